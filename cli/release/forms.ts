import { CliError } from '../errors.ts';
import type { Options } from '../options.ts';
import { shown } from '../output.ts';

/** How names look that are given to AWS: what cannot be one is said before anything is asked. */

export interface Form {
  readonly pattern: RegExp;
  readonly looksLike: string;
}

export const FORMS = {
  account: { pattern: /^\d{12}$/, looksLike: 'an account id is 12 digits' },
  bucket: {
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    looksLike: 'a bucket name has 3 to 63 characters of a-z, 0-9, . and -, without s3://',
  },
  organizationalUnit: {
    pattern: /^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$/,
    looksLike: 'an organizational unit looks like ou-ab12-cdef3456, a root like r-ab12',
  },
  region: { pattern: /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/, looksLike: 'a Region looks like us-east-1' },
  stackSetName: {
    pattern: /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/,
    looksLike: 'the name of a StackSet begins with a letter and has at most 128 letters, digits and -',
  },
  stage: {
    pattern: /^[a-zA-Z]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/,
    looksLike: 'a stage begins with a letter, and has at most 32 letters, digits and - between them',
  },
} as const satisfies Readonly<Record<string, Form>>;

/** What is wrong with a value, as a sentence; undefined where nothing is. */
export function problemOf(value: string, { pattern, looksLike }: Form): string | undefined {
  return pattern.test(value) ? undefined : `${shown(value, 80)} is not valid: ${looksLike}.`;
}

/** @throws CliError for a value of another form. */
export function validated(name: string, value: string, form: Form): string {
  const problem = problemOf(value, form);
  if (problem !== undefined) {
    throw new CliError(`--${name} ${problem}`);
  }
  return value;
}

/** `--region` where the stack is in one Region. @throws CliError for more than one, and for what is none. */
export function regionOption({ region: regions = [] }: Pick<Options, 'region'>): string | undefined {
  const [region, second] = regions;
  if (second !== undefined) {
    throw new CliError(
      '--region is given twice; the stack is in one Region, and serves those of the policy from there.',
    );
  }
  return region === undefined ? undefined : validated('region', region, FORMS.region);
}
