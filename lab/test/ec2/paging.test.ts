import fc from 'fast-check';
import { readForm } from '../../ec2/form.ts';
import { pageOf } from '../../ec2/paging.ts';
import { ec2Request } from './requests.ts';

const LIMITS = { least: 5, most: 100 };
const ids = fc.uniqueArray(fc.nat({ max: 999 }), { maxLength: 60 }).map((all) => all.map((n) => `id-${n}`));

function page(all: readonly string[], parameters: Record<string, string>, asked: readonly string[] = []) {
  return pageOf(all, (id) => id, { form: readForm(ec2Request(parameters)), limits: LIMITS, asked });
}

function pages(first: readonly string[], size: number, later = first): string[][] {
  const found: string[][] = [];
  let token: string | undefined;
  let all = first;
  do {
    const { members, nextToken } = page(all, {
      MaxResults: String(size),
      ...(token === undefined ? {} : { NextToken: token }),
    });
    found.push([...members]);
    token = nextToken;
    all = later;
  } while (token !== undefined);
  return found;
}

describe('pages', () => {
  it('hold everything once, and all but the last are full', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 5, max: 20 }), (all, size) => {
        const found = pages(all, size);

        expect(found.flat().sort()).toEqual([...all].sort());
        expect(found.slice(0, -1).every(({ length }) => length === size)).toBe(true);
        expect(found).toHaveLength(Math.max(1, Math.ceil(all.length / size)));
      }),
    );
  });

  it('neither repeat nor lose what stays while other things come and go', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 5, max: 20 }), (before, after, size) => {
        const found = pages(before, size, after).flat();

        expect(new Set(found).size).toBe(found.length);
        for (const id of before.filter((each) => after.includes(each))) {
          expect(found).toContain(id);
        }
      }),
    );
  });

  it('are one, of everything, when no size is asked for', () => {
    fc.assert(fc.property(ids, (all) => expect(page(all, {})).toEqual({ members: all })));
  });

  it.each(['4', '101', '0', '-1', '5.5', 'many'])('cannot have the size %s', (MaxResults) => {
    expect(() => page([], { MaxResults })).toThrow(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between 5 and 100.`,
    );
  });

  it('go on only with a token of the same question', () => {
    const all = Array.from({ length: 6 }, (_, index) => `id-${index}`);
    const { nextToken = '' } = page(all, { MaxResults: '5' }, ['one question']);

    expect(page(all, { MaxResults: '5', NextToken: nextToken }, ['one question']).members).toEqual(['id-5']);
    for (const token of [nextToken, 'junk', Buffer.from('{"after":1}').toString('base64url')]) {
      expect(() => page(all, { MaxResults: '5', NextToken: token }, ['another'])).toThrow(
        'for parameter nextToken is invalid',
      );
    }
  });
});
