import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { conditionOf } from './stack-condition.ts';
import type { StackEvent, StackPlace, StackState, Stacks } from './stacks.ts';

/** Waits for CloudFormation, and says what it is at. */

export interface WaitOptions {
  /** What is being done. */
  progress(line: string): void;
  sleep(milliseconds: number): Promise<void>;
}

/** A small change is seen to end soon; a deployment that takes minutes is not asked about too often. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;

/** Milliseconds before each further look at what is under way. */
export function* waits(): Generator<number, never> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    yield wait;
  }
}

/** What went wrong comes before what was rolled back because of it. */
function failuresIn(events: readonly StackEvent[]): readonly StackEvent[] {
  return events
    .filter(({ status, reason }) => status.endsWith('_FAILED') && !/cancelled/i.test(reason ?? ''))
    .toReversed();
}

function progressOf(events: readonly StackEvent[], name: string): string {
  const done = new Set(
    events.filter(({ status }) => /_(COMPLETE|FAILED)$/.test(status)).map(({ logicalId }) => logicalId),
  );
  const [last] = events;
  return last === undefined ? `stack ${name}` : `${done.size} done, now ${last.logicalId} ${last.status}`;
}

/** What the failed resources say, the first first. */
export function failureText(events: readonly StackEvent[]): string {
  const failures = failuresIn(events).filter(({ reason }) => reason !== undefined);
  const [first, ...others] = failures;
  if (first === undefined) {
    return 'CloudFormation does not say why; see the events of the stack.';
  }
  const also = others.length === 0 ? '' : ` ${others.length} more failed after it.`;
  // Most reasons end with a full stop of their own, some with blanks behind it.
  const reason = shown(first.reason ?? '', 400).replace(/[.\s]+$/, '');
  return `${first.logicalId} (${first.type}): ${reason}.${also}`;
}

/**
 * Waits until nothing is under way with the stack.
 *
 * @param since when it began.
 * @returns the stack as it is then; undefined when it is gone.
 */
export async function settled(
  stacks: Stacks,
  { name, region }: StackPlace,
  since: Date,
  { progress, sleep }: WaitOptions,
): Promise<StackState | undefined> {
  const pauses = waits();
  for (;;) {
    const state = await stacks.read();
    if (state === undefined || conditionOf(state, name, region).kind !== 'busy') {
      return state;
    }
    progress(progressOf(await stacks.eventsSince(state.id, since), name));
    await sleep(pauses.next().value);
  }
}

const WORKED = /^(CREATE|UPDATE|IMPORT)_COMPLETE$/;

/** @throws CliError with what failed first, unless the stack is what was wanted. */
export async function requireWorked(
  stacks: Stacks,
  { name, region }: StackPlace,
  since: Date,
  state: StackState | undefined,
): Promise<StackState> {
  if (state !== undefined && WORKED.test(state.status)) {
    return state;
  }
  const events = state === undefined ? [] : await stacks.eventsSince(state.id, since);
  const now =
    state === undefined ? 'it is gone again' : `it is ${state.status}, so what ran before runs on unchanged`;
  const why = failureText(events);
  const remedy = /already exists/i.test(why)
    ? 'Something that is not of this stack has the name: delete or rename it, or choose another --stage; then run this again.'
    : 'Mend it, and run this again.';
  throw new CliError(`The stack ${name} in ${region} could not be deployed: ${now}. ${why} ${remedy}`);
}
