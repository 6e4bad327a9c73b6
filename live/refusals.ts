import { classifyAwsError, isDeniedByOrganization } from '../lib/model/aws-error.ts';
import { printable } from '../lib/model/printable.ts';
import { NotTried } from './not-tried.ts';

/** Why a question could not be asked, and what to do. Pure. */

export interface Refusal {
  readonly why: string;
  readonly remedy: string;
}

const LONGEST = 300;

/** How each protocol answers in a Region that the account has not enabled, or that the credentials are not of. */
const NOT_VALID_HERE: ReadonlySet<string> = new Set([
  'authfailure',
  'unrecognizedclientexception',
  'invalidclienttokenid',
  'invalidtoken',
  'optinrequired',
]);

const NO_CREDENTIALS: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError']);

function hasCause(error: unknown, test: (error: Error) => boolean): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (test(each)) return true;
  }
  return false;
}

/** Whether the SDK found no credentials to call AWS with. */
export function hasNoCredentials(error: unknown): boolean {
  return hasCause(error, ({ name }) => NO_CREDENTIALS.has(name));
}

function field(error: unknown, name: string): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const value: unknown = Reflect.get(each, name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/** `ec2:CreateVpc` of the message of a refusal; messages name the caller too, which is nobody else's business. */
function deniedAction(message: string): string | undefined {
  return /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];
}

function denied(error: unknown, message: string): Refusal {
  const what = deniedAction(message) ?? field(error, 'call') ?? 'A call';
  return isDeniedByOrganization(error)
    ? {
        why: `${what} is denied by a service control policy.`,
        remedy: 'Run it in an account where it is allowed.',
      }
    : {
        why: `${what} is denied to the caller.`,
        remedy: 'Allow it to the caller, or use another profile (AWS_PROFILE).',
      };
}

/** @param region where it was asked */
export function refusalOf(error: unknown, region: string): Refusal {
  if (error instanceof NotTried) {
    return { why: error.message, remedy: error.remedy };
  }
  if (hasNoCredentials(error)) {
    return {
      why: 'There are no AWS credentials that can be used.',
      remedy: 'Sign in (aws sso login), or name a profile (AWS_PROFILE).',
    };
  }
  const { kind, code, message } = classifyAwsError(error);
  const lower = code.toLowerCase();
  if (lower === 'expiredtoken' || lower === 'expiredtokenexception') {
    return { why: 'The AWS credentials have expired.', remedy: 'Sign in again (aws sso login).' };
  }
  if (NOT_VALID_HERE.has(lower)) {
    return {
      why: `The credentials are not valid in ${region}: ${code}.`,
      remedy: `Enable ${region} for the account, choose another Region (AWS_REGION, --other-region), or sign in again.`,
    };
  }
  if (lower === 'enotfound' || lower === 'eai_again') {
    return {
      why: `No address of AWS is known for ${region}.`,
      remedy: 'Look at the name of the Region (AWS_REGION, --other-region) and at the network.',
    };
  }
  const said = printable(`${code}: ${message.replace(/\s+/g, ' ')}`, LONGEST);
  switch (kind) {
    case 'denied':
      return denied(error, message);
    case 'limit':
      return {
        why: `A quota is used up. ${said}`,
        remedy: 'Make room, or run it in another account or Region.',
      };
    case 'throttled':
    case 'transient':
      return { why: `AWS did not answer as it should. ${said}`, remedy: 'Try again later.' };
    case 'conflict':
    case 'not-found':
    case 'invalid':
    case 'unknown':
      return { why: `It failed. ${said}`, remedy: 'Run it again with --debug to see more.' };
  }
}
