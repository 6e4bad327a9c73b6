import type { PeeringHealth } from '../connectivity/results.ts';
import { isFinal } from '../connectivity/verdict.ts';
import { groupBy } from '../model/group-by.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../model/memory.ts';
import { packed } from '../model/ping-notes.ts';
import { lossOverNote } from '../model/watch-notes.ts';
import { runLimited } from '../ports/run-limited.ts';
import { createSilences } from './connectivity-silence.ts';
import { countOpen } from './count-unchecked.ts';
import { readInvocations } from './ended-command.ts';
import { type Look, lookAtCommand } from './look-at-command.ts';
import { secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { askAgain, hasEnded, type OneCommand, type PingsHint, readSentPings } from './sent-pings.ts';
import { answersAgain, type DiagnosedTarget, updatesOf } from './target-watch.ts';
import { tellLost } from './tell-lost.ts';
import { tellRestored } from './tell-restored.ts';

/** It answers, and was lost before or was never asked: what the alarm watches may have had no data, or may still ring. */
function isNewsToAlarm({ health, before, after }: DiagnosedTarget): boolean {
  const isFirst = before.commandId === '' && health.verdict !== 'none';
  return after.lost === 0 && (before.lost > 0 || isFirst);
}

/**
 * Remembers what the checks found out, and tells people what is new in it: what both ends of a peering see, and other
 * peerings of the same check, is one message.
 *
 * @param remembered as it was before.
 */
async function rememberAndTell(
  dependencies: RecordDependencies,
  region: string,
  targets: readonly DiagnosedTarget[],
  remembered: RegionMemory,
): Promise<void> {
  const { policy, memory, now } = dependencies;
  const { periods } = policy.connectivity;
  const updates = [
    ...targets.filter((target) => !answersAgain(target, periods)).flatMap(updatesOf),
    ...packed(
      remembered.notes,
      targets.map(({ ping }) => ping),
      secondsOf(now()),
    ),
  ];
  if (targets.some(isNewsToAlarm)) {
    updates.push(lossOverNote(secondsOf(now())));
  }
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
  await tellLost(
    dependencies,
    region,
    targets.filter(({ after, health }) => health.failed && after.lost >= periods),
  );
  await tellRestored(
    dependencies,
    region,
    targets.filter((target) => answersAgain(target, periods)),
  );
}

/** Targets that are looked at side by side: each may take half a dozen calls. */
const READERS = 10;

export type Attempt = (work: () => Promise<void>) => Promise<void>;

export interface Recorded {
  readonly recorded: readonly PeeringHealth[];
  readonly waitingFor: number;
  readonly dropped: readonly string[];
}

/** What cannot be read keeps no loss from the metrics that alarms watch: the rest is done when the events come again. */
async function recall(
  { memory }: RecordDependencies,
  region: string,
  attempt: Attempt,
): Promise<RegionMemory | undefined> {
  let remembered: RegionMemory | undefined;
  await attempt(async () => {
    remembered = await memory.read(region);
  });
  return remembered;
}

/** Reads all pings of the checks at once, records those that have ended, and asks for another look at the others. */
export async function recordPings(
  dependencies: RecordDependencies,
  region: string,
  checks: readonly [PingsHint, ...PingsHint[]],
  attempt: Attempt,
): Promise<Recorded> {
  const { policy, memory } = dependencies;
  const remembered = policy.mode === 'enforce' ? await recall(dependencies, region, attempt) : undefined;
  const known = remembered ?? NOTHING_REMEMBERED;
  const silences = createSilences(
    { ...dependencies, memory: { ...memory, read: async () => known } },
    region,
  );
  const commands = await readSentPings(dependencies, region, checks);
  const read = commands.filter(hasEnded).map((each) => readInvocations(dependencies, region, each));
  const ended = read.flatMap((each) => ('health' in each ? [each] : []));
  const state: Look = { remembered, silences, notes: new Map(known.notes) };
  const targets: DiagnosedTarget[] = [];
  const recorded: PeeringHealth[] = [];
  // Those of one target one after the other: the later one counts on.
  const byTarget = groupBy(ended, ({ health, target, part }) => [`${health.peeringId} ${target} ${part}`]);
  await runLimited([...byTarget.values()], READERS, async (ofTarget) => {
    for (const command of ofTarget) {
      await attempt(async () => {
        const target = await lookAtCommand(dependencies, state, command);
        recorded.push(command.health);
        if (target !== undefined) targets.push(target);
      });
    }
  });
  await attempt(() => rememberAndTell(dependencies, region, targets, known));
  const open = commands.filter((each) => !hasEnded(each));
  await countOpen(dependencies, known, silences, open);
  await attempt(() => askAgain(dependencies, region, checks, open));
  return {
    recorded,
    waitingFor: open.flatMap((each: OneCommand) => each).filter(({ status }) => !isFinal(status)).length,
    dropped: read.flatMap((each) => ('dropped' in each ? [each.dropped] : [])),
  };
}
