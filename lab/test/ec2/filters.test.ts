import fc from 'fast-check';
import { Ec2Error } from '../../ec2/errors.ts';
import { filterTest, readFilters, validateFilterNames, wildcard } from '../../ec2/filters.ts';
import { readForm } from '../../ec2/form.ts';
import { runs } from '../support/runs.ts';
import { ec2Request } from './requests.ts';

const special = fc.constantFrom('*', '?', '\\', '.', '^', '$', '[', ']', '(', '-', '/', '+', 'a', 'B', '\n');
const text = fc.string({ unit: fc.oneof(special, fc.string({ minLength: 1, maxLength: 1 })), maxLength: 12 });

/** Wildcards by the definition, without regular expressions. */
function matches(pattern: readonly string[], value: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) {
    return value.length === 0;
  }
  if (first === 'ANY') {
    return value.some((_, index) => matches(rest, value.slice(index))) || matches(rest, []);
  }
  return value.length > 0 && (first === 'ONE' || first === value[0]) && matches(rest, value.slice(1));
}

describe('wildcards', () => {
  const escaped = (value: string) => value.replace(/[*?\\]/g, '\\$&');

  it('match any text that is escaped, and nothing else', () => {
    fc.assert(
      fc.property(text, text, (value, other) => {
        expect(wildcard(escaped(value)).test(value)).toBe(true);
        expect(wildcard(escaped(value)).test(other)).toBe(value === other);
      }),
    );
  });

  it('mean what they say', () => {
    const token = fc.constantFrom('ANY', 'ONE', 'a', 'b', '.', '*');
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 6 }),
        fc.array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 6 }),
        (tokens, value) => {
          const pattern = tokens
            .map((each) => (each === 'ANY' ? '*' : each === 'ONE' ? '?' : escaped(each)))
            .join('');
          expect(wildcard(pattern).test(value.join(''))).toBe(matches(tokens, value));
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

describe('filters', () => {
  const values = fc.constantFrom('x', 'y', 'z', '');
  const resources = fc.array(
    fc.record({
      fields: fc.record({
        state: fc.array(values, { maxLength: 2 }),
        kind: fc.array(values, { maxLength: 2 }),
      }),
      tags: fc.dictionary(fc.constantFrom('k', 'l'), values),
    }),
    { maxLength: 5 },
  );
  const filters = fc.array(
    fc.record({
      name: fc.constantFrom('state', 'kind', 'tag:k', 'tag-key'),
      values: fc.array(fc.constantFrom('x', 'y', 'k', '?', '*', ''), { minLength: 1, maxLength: 3 }),
    }),
    { maxLength: 3 },
  );

  it('let through what every one of them lets through, in any order', () => {
    fc.assert(
      fc.property(resources, filters, (all, given) => {
        const passing = (some: typeof given) =>
          all.filter(({ fields, tags }) => filterTest(some)(fields, tags));
        expect(passing(given)).toEqual(
          all.filter((each) => given.every((filter) => passing([filter]).includes(each))),
        );
        expect(passing([...given].reverse())).toEqual(passing(given));
      }),
    );
  });

  it('let through more with more values', () => {
    fc.assert(
      fc.property(resources, filters, fc.constantFrom('x', 'z', '*'), (all, given, more) => {
        const wider = given.map((filter) => ({ ...filter, values: [...filter.values, more] }));
        for (const { fields, tags } of all) {
          expect(!filterTest(given)(fields, tags) || filterTest(wider)(fields, tags)).toBe(true);
        }
      }),
    );
  });

  it('are read from the form by their numbers, empty values included', () => {
    const form = readForm(
      ec2Request({
        'Filter.2.Name': 'tag:empty',
        'Filter.2.Value.1': '',
        'Filter.10.Name': 'state',
        'Filter.10.Value.2': 'b',
        'Filter.10.Value.1': 'a',
      }),
    );

    expect(readFilters(form)).toEqual([
      { name: 'tag:empty', values: [''] },
      { name: 'state', values: ['a', 'b'] },
    ]);
  });

  it('take 200 values, not more', () => {
    const form = (count: number) =>
      readForm(
        ec2Request({
          'Filter.1.Name': 'state',
          ...Object.fromEntries(
            Array.from({ length: count }, (_, index) => [`Filter.1.Value.${index + 1}`, 'x']),
          ),
        }),
      );

    expect(readFilters(form(200))[0]?.values).toHaveLength(200);
    expect(() => readFilters(form(201))).toThrow(
      new Ec2Error(
        'FilterLimitExceeded',
        'The maximum number of filter values specified on a single call is 200',
      ),
    );
  });

  it('must be known', () => {
    const named = (name: string) => [{ name, values: [] }];

    expect(() => validateFilterNames(named('tag:anything'), [])).not.toThrow();
    expect(() => validateFilterNames(named('state'), ['state'])).not.toThrow();
    expect(() => validateFilterNames(named('toString'), ['state'])).toThrow(
      "The filter 'toString' is invalid",
    );
  });
});
