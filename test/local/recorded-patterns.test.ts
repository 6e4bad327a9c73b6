import {
  answeredOtherwise,
  labAnswer,
  RECORDED_PATTERNS,
  readRecordedPatterns,
} from '../../proof/judges/recorded-patterns.ts';

const recorded = readRecordedPatterns();

describe('the event patterns recorded on AWS', () => {
  if (recorded === undefined) {
    it.skip(`are not here: there is no ${RECORDED_PATTERNS}`, () => undefined);
    return;
  }

  it('are all answered as EventBridge answered them', async () => {
    expect(recorded).toHaveLength(155);
    await expect(answeredOtherwise(recorded, labAnswer)).resolves.toEqual([]);
  });
});

describe('recorded patterns', () => {
  it('that are not beside the project are told apart from none at all', () => {
    expect(readRecordedPatterns('/nowhere/patterns')).toBeUndefined();
  });

  it('answered otherwise are named', async () => {
    const one = { name: 'a', pattern: { a: [1] }, event: { a: 2 }, answer: 'matches' as const };
    await expect(answeredOtherwise([one], labAnswer)).resolves.toEqual([
      'a: EventBridge said "matches", here it is "does not match"',
    ]);
  });
});
