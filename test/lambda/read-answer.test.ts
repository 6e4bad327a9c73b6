import fc from 'fast-check';
import { readAnswer } from '../../lib/lambda/read-answer.ts';
import { anyText } from '../support/any-text.ts';
import { runs } from '../support/runs.ts';

const managed = { managedRegions: ['us-east-1', 'eu-west-1'] };
const good = { answer: 'accept', peeringId: 'pcx-0a1b2c3d4e5f60718', region: 'eu-west-1' };

describe('what a button sends', () => {
  it('is read, and nothing besides', () => {
    const more = { ...good, by: 'arn:aws:iam::1:root', rule: 'any', force: true };
    expect(readAnswer(more, managed)).toEqual(good);
    expect(readAnswer({ ...good, answer: 'reject' }, managed)).toEqual({ ...good, answer: 'reject' });
  });

  it.each([
    ['nothing', undefined, /takes an object/],
    ['text', JSON.stringify(good), /takes an object/],
    ['another answer', { ...good, answer: 'ACCEPT' }, /accept or reject/],
    ['an answer that is inherited', Object.create(good), /accept or reject/],
    ['a variable that was not replaced', { ...good, peeringId: '$PeeringId' }, /id of a peering/],
    ['two ids', { ...good, peeringId: ['pcx-0a1b2c3d4e5f60718'] }, /id of a peering/],
    ['an id with more behind it', { ...good, peeringId: 'pcx-0a1b2c3d\nx' }, /id of a peering/],
    ['a Region that is not managed', { ...good, region: 'us-west-2' }, /none that this stack manages/],
  ])('is refused: %s', (_what, event, expected) => {
    expect(readAnswer(event, managed)).toEqual({ problem: expect.stringMatching(expected) });
  });

  it('never shows up in the refusal', () => {
    fc.assert(
      fc.property(fc.anything(), anyText({ minLength: 8 }), (other, text) => {
        for (const event of [
          other,
          { ...good, answer: text },
          { ...good, peeringId: text },
          { ...good, region: text },
        ]) {
          const read = readAnswer(event, managed);
          if ('problem' in read) {
            expect(read.problem).not.toContain(text);
            expect(read.problem).toMatch(/^Nothing was done: [ -~]+$/);
          }
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
