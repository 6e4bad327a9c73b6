import {
  causeOf,
  connectivityLostNotification,
  connectivityRestoredNotification,
  type SeenFrom,
  type WatchedPeering,
} from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import type { Note } from '../model/memory.ts';
import { isWatchNoteOld, lostToldKey, lostToldNote, watchedTargets } from '../model/watch-notes.ts';
import { readOtherEnds } from './other-ends.ts';
import { recallPeerVerdict, secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { type DiagnosedTarget, updatesOf } from './target-watch.ts';
import { once } from './tell-findings.ts';
import { readRemembered, readWatchedPeering, regionsOfPeering, seenBefore } from './watched-peering.ts';

function byLoss(a: SeenFrom, b: SeenFrom): number {
  return (b.health.lossPercent ?? 0) - (a.health.lossPercent ?? 0);
}

function seenFrom(targets: readonly DiagnosedTarget[]): SeenFrom[] {
  return targets
    .map(({ health, diagnosis }) => (diagnosis === undefined ? { health } : { health, diagnosis }))
    .sort(byLoss);
}

/** A peering of which checks have just ended, with all that is remembered of it. */
interface Checked {
  readonly watched: WatchedPeering;
  readonly targets: readonly DiagnosedTarget[];
  readonly remembered: ReadonlyMap<string, ReadonlyMap<string, Note>>;
}

async function readChecked(
  dependencies: RecordDependencies,
  region: string,
  targets: readonly DiagnosedTarget[],
): Promise<Checked> {
  const peeringId = targets[0]?.health.peeringId ?? '';
  const watched = await readWatchedPeering(dependencies, region, peeringId);
  const remembered = await readRemembered(dependencies, regionsOfPeering(dependencies, watched));
  return { watched, targets, remembered };
}

/** Whether people know: of the peering, or of one of its targets where an older version told of each by itself. */
function isKnown({ watched, targets, remembered }: Checked, periods: number): boolean {
  const key = lostToldKey(watched.peeringId);
  return (
    [...remembered.values()].some((notes) => notes.has(key)) ||
    targets.some(({ before }) => before.toldOf === undefined && before.lost >= periods)
  );
}

/** Tells people that pings across a peering are lost: of both ends in one message, and once. */
export async function tellLost(
  dependencies: RecordDependencies,
  region: string,
  lost: readonly DiagnosedTarget[],
): Promise<void> {
  const { policy, memory, topic, journal, now } = dependencies;
  const checked = await readChecked(dependencies, region, lost);
  const { watched, remembered } = checked;
  if (isKnown(checked, policy.connectivity.periods)) {
    const at = secondsOf(now());
    for (const [each, notes] of remembered) {
      const note = notes.get(lostToldKey(watched.peeringId));
      if (note !== undefined && isWatchNoteOld(note, at)) {
        await memory.update(each, [lostToldNote(watched.peeringId, at)]);
      }
    }
    return;
  }
  const others = await readOtherEnds(
    dependencies,
    [...remembered.keys()],
    watched.peeringId,
    new Set(lost.map(({ commandId }) => commandId)),
  );
  const seen = [...seenFrom(lost), ...others.map(({ health }) => ({ health }))];
  const atHand = new Set([...lost, ...others].map(({ target }) => target));
  const peer = await recallPeerVerdict(dependencies, { region, peeringId: watched.peeringId });
  const told = {
    ...watched,
    seen,
    before: seenBefore(watched, remembered, (target) => atHand.has(target)),
    ...(peer === undefined ? {} : { peer }),
  };
  const message = connectivityLostNotification(told);
  const cause = causeOf(told);
  journal.warn('connectivity lost', { peeringId: watched.peeringId, region, cause });
  const event = connectivityEvent(watched.peeringId, { state: 'lost', why: cause }, now());
  await once(
    memory,
    region,
    [lostToldNote(watched.peeringId, secondsOf(now())), ...eventsToRemember([event])],
    () => topic.notify(message),
  );
}

/** Targets of the peering that are still lost, by the checks at hand and by what is remembered of the others. */
function stillLost({ watched, targets, remembered }: Checked, periods: number): boolean {
  const answered = new Set(
    targets.flatMap(({ key, replaces }) => [key, ...(replaces === undefined ? [] : [replaces])]),
  );
  return [...remembered.values()].some((notes) =>
    (watchedTargets(notes).get(watched.peeringId) ?? []).some(
      ({ key, watch }) => watch.lost >= periods && !answered.has(key),
    ),
  );
}

/**
 * Tells people that a peering's targets answer again, once the last of them does, and remembers that they do. Remembered first: if
 * that were not possible, it would be told again and again.
 */
export async function tellRestored(
  dependencies: RecordDependencies,
  region: string,
  answering: readonly DiagnosedTarget[],
): Promise<void> {
  const { policy, memory, topic, now } = dependencies;
  const checked = await readChecked(dependencies, region, answering);
  const updates = answering.flatMap(updatesOf);
  const { periods } = policy.connectivity;
  if (stillLost(checked, periods) || !isKnown(checked, periods)) {
    await memory.update(region, updates);
    return;
  }
  const { watched, remembered } = checked;
  const key = lostToldKey(watched.peeringId);
  const told = [...remembered].filter(([, notes]) => notes.has(key)).map(([each]) => each);
  for (const each of told) {
    await memory.update(each, [{ kind: 'forget-note', key }]);
  }
  try {
    await topic.notify(connectivityRestoredNotification({ ...watched, seen: seenFrom(answering) }));
  } catch (error) {
    for (const each of told) {
      await memory.update(each, [lostToldNote(watched.peeringId, secondsOf(now()))]);
    }
    throw error;
  }
  const event = connectivityEvent(watched.peeringId, { state: 'restored' }, now());
  await memory.update(region, [...updates, ...eventsToRemember([event])]);
}
