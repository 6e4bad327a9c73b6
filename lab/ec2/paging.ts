import { createHash } from 'node:crypto';
import { Ec2Error } from './errors.ts';
import type { Form } from './form.ts';

export interface PageOptions {
  readonly form: Form;
  /** What `MaxResults` may be. */
  readonly limits: { readonly least: number; readonly most: number };
  /** Ids and filters of the call: a token goes with the question that it was given for. */
  readonly asked: readonly string[];
}

export interface Page<T> {
  readonly members: readonly T[];
  /** Set when there are more. */
  readonly nextToken?: string;
}

function invalid(message: string): Ec2Error {
  return new Ec2Error('InvalidParameterValue', message);
}

/** A token holds the key of the last member given out, so that pages neither repeat nor skip when others come and go. */
function lastKeyIn(token: string, question: string): string {
  try {
    const read = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>;
    if (typeof read.after === 'string' && read.question === question) {
      return read.after;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  throw invalid(`Value ( ${token} ) for parameter nextToken is invalid.`);
}

/**
 * The page that a call asks for, in the order of the keys.
 * @throws {Ec2Error} when `MaxResults` is out of range, or the token is none that this question was given.
 */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (member: T) => string,
  { form, limits, asked }: PageOptions,
): Page<T> {
  const { least, most } = limits;
  const asks = form.get('MaxResults');
  const size = asks === undefined ? most : Number(asks);
  if (!Number.isInteger(size) || size < least || size > most) {
    throw invalid(
      `Value ( ${asks} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`,
    );
  }
  const token = form.get('NextToken');
  if (asks === undefined && token === undefined) {
    return { members: all };
  }
  const question = createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
  const after = token === undefined ? undefined : lastKeyIn(token, question);
  const rest = all
    .map((member) => ({ member, key: keyOf(member) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .filter(({ key }) => after === undefined || key > after);
  const members = rest.slice(0, size);
  const last = members.at(-1);
  return {
    members: members.map(({ member }) => member),
    ...(last !== undefined && rest.length > size
      ? { nextToken: Buffer.from(JSON.stringify({ after: last.key, question })).toString('base64url') }
      : {}),
  };
}
