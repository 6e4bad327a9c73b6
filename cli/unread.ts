import type { Assessment } from './assess.ts';
import { CliError } from './errors.ts';
import { shown } from './output.ts';
import type { Source } from './source/types.ts';
import type { ExitCode, Invocation } from './verb.ts';

/** Accounts and Regions that could not be read although others could: never an all-clear. */

/** For verbs that show only what was asked about. */
export function tellUnread({ output }: Pick<Invocation, 'output'>, { unread }: Source): void {
  for (const { reason } of unread?.() ?? []) {
    output.note(`not judged: ${shown(reason)}`);
  }
}

/**
 * Who could not read what the stack remembers does not know whether somebody has frozen a Region, nor which routes are its own.
 *
 * @param what was not done, as a sentence.
 * @throws CliError then.
 */
export function refuseUnread({ unread }: Source, what: string): void {
  const [first] = unread?.() ?? [];
  if (first !== undefined) {
    throw new CliError(`${what} ${shown(first.reason)}`);
  }
}

/** 3 where all would be well, but something was not judged: no script takes that for fine. */
export function unlessNotJudged(code: ExitCode, { notJudged }: Pick<Assessment, 'notJudged'>): ExitCode {
  return code === 0 && notJudged.length > 0 ? 3 : code;
}
