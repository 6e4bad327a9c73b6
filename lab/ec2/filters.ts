import { Ec2Error } from './errors.ts';
import { type Form, indices } from './form.ts';

/** A filter of a Describe call: one of its values has to match. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** All that a resource has under the name of a filter; `undefined` stands for nothing. */
export type FilterFields = Readonly<Record<string, readonly (string | undefined)[]>>;

/** Values that one filter takes (EC2 API reference, "Filter"). */
const MOST_VALUES = 200;

/** @throws {Ec2Error} `FilterLimitExceeded` */
export function readFilters({ parameters }: Pick<Form, 'parameters'>): readonly Filter[] {
  return indices(parameters, 'Filter').map((index) => {
    const values = indices(parameters, `Filter.${index}.Value`).map(
      // An empty value is one: it finds empty tags.
      (number) => parameters.get(`Filter.${index}.Value.${number}`) ?? '',
    );
    if (values.length > MOST_VALUES) {
      throw new Ec2Error(
        'FilterLimitExceeded',
        `The maximum number of filter values specified on a single call is ${MOST_VALUES}`,
      );
    }
    return { name: parameters.get(`Filter.${index}.Name`) ?? '', values };
  });
}

/**
 * @param known names that the call takes besides `tag:<key>` and `tag-key`.
 * @throws {Ec2Error} for any other.
 */
export function validateFilterNames(filters: readonly Filter[], known: readonly string[]): void {
  for (const { name } of filters) {
    if (!name.startsWith('tag:') && name !== 'tag-key' && !known.includes(name)) {
      throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
    }
  }
}

/** `*` stands for any text and `?` for any character, unless a backslash stands before it. Case matters. */
export function wildcard(pattern: string): RegExp {
  let expression = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    const next = pattern.charAt(at + 1);
    if (character === '\\' && next !== '' && '*?\\'.includes(next)) {
      expression += `\\${next}`;
      at += 1;
    } else if (character === '*') {
      expression += '[^]*';
    } else if (character === '?') {
      expression += '[^]';
    } else {
      expression += character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    }
  }
  return new RegExp(`^${expression}$`);
}

/** Tells whether a resource passes all filters. */
export function filterTest(
  filters: readonly Filter[],
): (fields: FilterFields, tags: Readonly<Record<string, string>>) => boolean {
  const compiled = filters.map(({ name, values }) => {
    // Most values are ids: looking them up is cheaper than a pattern for each.
    const exact = new Set(values.filter((value) => !/[*?\\]/.test(value)));
    const patterns = values.filter((value) => !exact.has(value)).map(wildcard);
    const matches = (text: string) => exact.has(text) || patterns.some((pattern) => pattern.test(text));
    return { name, matches };
  });
  return (fields, tags) =>
    compiled.every(({ name, matches }) => {
      if (name === 'tag-key') {
        return Object.keys(tags).some(matches);
      }
      if (name.startsWith('tag:')) {
        const value = tags[name.slice('tag:'.length)];
        return value !== undefined && matches(value);
      }
      return (fields[name] ?? []).some((value) => value !== undefined && matches(value));
    });
}
