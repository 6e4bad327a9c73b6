import { classifyAwsError } from '../lib/model/aws-error.ts';
import { printable } from '../lib/model/printable.ts';

/** Something that a person can put right. The message is one line: what happened, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** Errors of the core whose messages are made for people as they are; a policy's has one line per problem. */
const READABLE: ReadonlySet<string> = new Set([
  'CliError',
  'PolicyError',
  'EndpointError',
  'ReportBucketError',
]);

const MAX_LINE = 600;

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' '), MAX_LINE);
}

/** What AWS or Node says of itself often has no full stop, and a sentence of ours follows. */
function ended(text: string): string {
  return text.trimEnd().replace(/[^.!?]$/, '$&.');
}

function field(error: object, key: string): string | undefined {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The permission that a call needs has the name of the call, but for its service. */
function deniedRemedy(error: object): string {
  const call = field(error, 'call');
  return call === undefined
    ? 'Ask for the permission, or use another profile (AWS_PROFILE).'
    : `The caller needs a permission for ${call}; ask for it, or use another profile (AWS_PROFILE).`;
}

function named(error: unknown, names: readonly string[]): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (names.includes(each.name)) return true;
  }
  return false;
}

/**
 * With a profile it is mostly misspelled, or its sign-in has ended; `--profile` sets AWS_PROFILE.
 *
 * @param remedy what to do where no profile is named.
 */
export function noCredentials(remedy: string): string {
  const profile = process.env.AWS_PROFILE ?? '';
  return oneLine(
    profile === ''
      ? `No AWS credentials that can be used. ${remedy}`
      : `No AWS credentials that can be used come from the profile ${profile}. See whether your AWS settings have it (aws configure list-profiles), or sign in to it again (aws sso login --profile ${profile}).`,
  );
}

/** Whether a proxy was used depends on NO_PROXY and the address; it is mostly what was not reached. */
function proxyHint(): string {
  const name = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']
    .flatMap((each) => [each, each.toLowerCase()])
    .find((each) => (process.env[each] ?? '') !== '');
  return name === undefined
    ? ''
    : `${name} names a proxy: is it there, and does NO_PROXY leave out what needs none? `;
}

/** The line that a person reads instead of a stack trace. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) {
    return oneLine(String(error));
  }
  // A saved answer that cannot be read fails inside the call that asked for it.
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (READABLE.has(each.name)) {
      return each.message;
    }
  }
  if (named(error, ['CredentialsProviderError', 'TokenProviderError'])) {
    return noCredentials(
      'Sign in (aws sso login), or name a profile (AWS_PROFILE). Verbs that only read also take saved answers: --snapshot DIR.',
    );
  }
  const { kind, code, message } = classifyAwsError(error);
  const text = field(error, 'call') === undefined ? `${code}: ${message}` : message;
  switch (kind) {
    case 'denied':
      return oneLine(`AWS refused the call. ${ended(text)} ${deniedRemedy(error)}`);
    case 'throttled':
      return oneLine(`AWS throttles this account. ${ended(text)} Try again in a minute.`);
    case 'transient':
      return oneLine(
        `AWS was not reached or failed. ${ended(text)} ${proxyHint()}Look at the network, then try again.`,
      );
    case 'not-found':
    case 'conflict':
    case 'limit':
    case 'invalid':
      return oneLine(`AWS did not take the call. ${text}`);
    case 'unknown':
      return oneLine(`Unexpected: ${error.message} Run it again with --debug to see where.`);
  }
}
