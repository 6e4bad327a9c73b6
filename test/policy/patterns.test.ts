import fc from 'fast-check';
import { matchesPattern, patternCovers, patternsIntersect } from '../../lib/policy/patterns.ts';
import { runs } from '../support/runs.ts';

/** The meaning of a pattern, as a regular expression. */
function reference(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}

const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*'), maxLength: 7 });
const values = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });

describe('patterns', () => {
  it.each([
    ['eu-*', 'eu-west-1', true],
    ['eu-*', 'us-east-1', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['prod', 'prod', true],
    ['prod', 'production', false],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-b-c', true],
    ['Prod', 'prod', false],
    ['a.c', 'abc', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j matches %j: %s', (pattern, value, expected) => {
    expect(matchesPattern(pattern, value)).toBe(expected);
  });

  it('match as the regular expression of the same meaning', () => {
    fc.assert(
      fc.property(patterns, values, (pattern, value) => {
        expect(matchesPattern(pattern, value)).toBe(reference(pattern).test(value));
      }),
      { numRuns: runs(1500) },
    );
  });

  it('take no more than linear time on what makes regular expressions hang', () => {
    const value = 'a'.repeat(50_000);
    expect(matchesPattern(`${'*a'.repeat(1000)}*b`, value)).toBe(false);
  });

  it('that cover another one match all that it matches', () => {
    fc.assert(
      fc.property(patterns, patterns, values, (wide, narrow, value) => {
        if (patternCovers(wide, narrow) && matchesPattern(narrow, value)) {
          expect(matchesPattern(wide, value)).toBe(true);
        }
      }),
      { numRuns: runs(1500) },
    );
  });

  it('intersect exactly if some text matches both', () => {
    const all = [''];
    for (let start = 0; all.length < 4000; start++) {
      all.push(`${all[start]}a`, `${all[start]}b`);
    }
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 4 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        expect(patternsIntersect(a, b)).toBe(
          all.some((value) => matchesPattern(a, value) && matchesPattern(b, value)),
        );
      }),
      { numRuns: runs(500) },
    );
  });
});
