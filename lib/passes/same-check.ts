import { readCommandComment } from '../connectivity/probe-commands.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { Note } from '../model/memory.ts';
import type { Invocation } from '../ports/connectivity.ts';
import { runLimited } from '../ports/run-limited.ts';
import { readInvocations } from './ended-command.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { type CheckedTarget, targetOf } from './target-watch.ts';

/** Probes of one check are sent within this time. */
const ONE_CHECK_MS = 120_000;

/** Commands that are read side by side. */
const READERS = 10;

/** More commands than this are not read for one message: their own events bring the next one. */
const MAX_COMMANDS = 300;

/** Which commands of a check to look at besides those at hand. */
export interface Besides {
  readonly isAbout: (peeringId: string) => boolean;
  /** Ids of the commands that are known already. */
  readonly atHand: ReadonlySet<string>;
  /** How long to wait, in milliseconds, each time that one of them has not ended. */
  readonly waits: readonly number[];
}

/** Checks may come every minute: of each instance and what it was asked the last one, also where that is at hand. */
function newestOf(invocations: readonly Invocation[]): Invocation[] {
  const newest = new Map<string, Invocation>();
  for (const invocation of invocations) {
    const key = `${invocation.instanceId} ${invocation.comment}`;
    const known = newest.get(key);
    if (known === undefined || invocation.requestedAt > known.requestedAt) {
      newest.set(key, invocation);
    }
  }
  return [...newest.values()];
}

/** Commands of the same check that have ended on each of their instances, with the invocations of each. */
export async function endedBesides(
  { commands, now, sleep }: RecordDependencies,
  region: string,
  { isAbout, atHand, waits }: Besides,
): Promise<ReadonlyMap<string, readonly Invocation[]>> {
  const since = new Date(now().getTime() - ONE_CHECK_MS);
  const read = async () => {
    const found = new Map<string, Invocation[]>();
    for (const invocation of newestOf(await commands.readInvocationsSince(region, since))) {
      const { commandId, comment } = invocation;
      const peeringId = readCommandComment(comment)?.peeringId;
      if (!atHand.has(commandId) && peeringId !== undefined && isAbout(peeringId)) {
        found.set(commandId, [...(found.get(commandId) ?? []), invocation]);
      }
    }
    return found;
  };
  const isOver = (invocations: readonly Invocation[]) => invocations.every(({ status }) => isFinal(status));
  let found = await read();
  for (const wait of waits) {
    if ([...found.values()].every(isOver)) {
      break;
    }
    await sleep(wait);
    found = await read();
  }
  return new Map([...found].filter(([, invocations]) => isOver(invocations)));
}

/**
 * What other commands of the same check say of their targets, before their own events are answered. Those count nothing twice
 * then, as each target's note names the command that said so last.
 *
 * @param notes what is remembered of the Region.
 * @param isWanted which commands are worth a call, by the status of their invocations.
 */
export async function checkedBesides(
  dependencies: RecordDependencies,
  region: string,
  notes: ReadonlyMap<string, Note>,
  { isWanted, ...besides }: Besides & { readonly isWanted: (invocation: Invocation) => boolean },
): Promise<CheckedTarget[]> {
  const ended = await endedBesides(dependencies, region, besides);
  const wanted = [...ended].filter(([, invocations]) => invocations.some(isWanted));
  const checked: CheckedTarget[] = [];
  await runLimited(wanted.slice(0, MAX_COMMANDS), READERS, async ([commandId]) => {
    const [first, ...others] = await dependencies.commands.readCommand(region, commandId);
    const read = first === undefined ? undefined : readInvocations(dependencies, region, [first, ...others]);
    if (read !== undefined && 'health' in read) {
      checked.push(targetOf(dependencies, read, notes));
    }
  });
  return checked.sort((a, b) => (a.key < b.key ? -1 : 1));
}
