import { connectivityRestoredNotification } from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { stoppedCheckKey } from '../messages/news.ts';
import { togetherNotification } from '../messages/together.ts';
import { lossForgotten, lostToldKey, lostToldNote, toldLosses } from '../model/watch-notes.ts';
import {
  CHECK_WAITS_MS,
  type CheckedPeering,
  isKnownLost,
  isStillLost,
  readChecked,
  seenFrom,
} from './checked-peerings.ts';
import { peeringSilence } from './connectivity-silence.ts';
import { secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { checkedBesides } from './same-check.ts';
import { answersAgain, type DiagnosedTarget, updatesOf } from './target-watch.ts';

/** What answers again besides by the same check, in commands whose events are still to be answered. */
async function answeringBesides(
  dependencies: RecordDependencies,
  region: string,
  answering: readonly DiagnosedTarget[],
  [first]: readonly CheckedPeering[],
): Promise<DiagnosedTarget[]> {
  const notes = first?.remembered.get(region) ?? new Map();
  const atHand = new Set(answering.map(({ health }) => health.peeringId));
  const toldAsLost = new Set(toldLosses(notes).filter((peeringId) => !atHand.has(peeringId)));
  if (toldAsLost.size === 0) {
    return [];
  }
  const found = await checkedBesides(dependencies, region, notes, {
    isAbout: (peeringId) => toldAsLost.has(peeringId),
    atHand: new Set(answering.map(({ commandId }) => commandId)),
    waits: CHECK_WAITS_MS,
    isWanted: ({ status }) => status === 'Success',
  });
  const { periods } = dependencies.policy.connectivity;
  return found
    .filter((target) => answersAgain(target, periods))
    .map((target) => ({ ...target, diagnosis: undefined }));
}

/** That the check had stopped meanwhile is over with the same message. */
async function forgetStops(
  { memory }: RecordDependencies,
  restored: readonly CheckedPeering[],
): Promise<void> {
  for (const { watched, remembered } of restored) {
    for (const [region, notes] of remembered) {
      const key = stoppedCheckKey(region, watched.peeringId);
      if (notes.has(key)) {
        await memory.update(region, [{ kind: 'forget-note', key }]);
      }
    }
  }
}

/** Forgets that people know of the losses, tells them that they are over, and knows it again if nobody could be told. */
async function tell(
  dependencies: RecordDependencies,
  region: string,
  restored: readonly CheckedPeering[],
): Promise<void> {
  const { memory, topic, now, accountId } = dependencies;
  const toldAsLost = restored.flatMap(({ watched: { peeringId }, remembered }) =>
    [...remembered].flatMap(([at, notes]) =>
      notes.has(lostToldKey(peeringId))
        ? [{ at, peeringId, forgotten: lossForgotten(notes, peeringId) }]
        : [],
    ),
  );
  const silence = peeringSilence(
    restored[0]?.remembered.get(region) ?? new Map(),
    now(),
    new Map(restored.map(({ watched }) => [watched.peeringId, watched.peering])),
  );
  const [first, ...others] = restored
    .filter(({ watched }) => silence(watched) === undefined)
    .map(({ watched, targets }) => connectivityRestoredNotification({ ...watched, seen: seenFrom(targets) }));
  for (const { at, forgotten } of toldAsLost) {
    await memory.update(at, forgotten);
  }
  await forgetStops(dependencies, restored);
  if (first === undefined) {
    return;
  }
  try {
    await topic.notify(
      togetherNotification([first, ...others], {
        of: 'VPC peering',
        where: `answer again in ${accountId} (${region})`,
        rest: 'Run "peering status" to see them.',
      }),
    );
  } catch (error) {
    for (const { at, peeringId } of toldAsLost) {
      await memory.update(at, [lostToldNote(peeringId, secondsOf(now()))]);
    }
    throw error;
  }
}

/**
 * Tells people that peerings' targets answer again, of each once the last of them does, and remembers that they do. Remembered
 * first: if that were not possible, it would be told again and again.
 */
export async function tellRestored(
  dependencies: RecordDependencies,
  region: string,
  answering: readonly DiagnosedTarget[],
): Promise<void> {
  const { policy, memory, now } = dependencies;
  const { periods } = policy.connectivity;
  const isOver = (checked: CheckedPeering) => isKnownLost(checked, periods) && !isStillLost(checked, periods);
  const atHand = await readChecked(dependencies, region, answering);
  const over = atHand.filter(isOver);
  const besides = over.length === 0 ? [] : await answeringBesides(dependencies, region, answering, over);
  const all = [...over, ...(await readChecked(dependencies, region, besides)).filter(isOver)];
  await tell(dependencies, region, all);
  const updates = [
    ...[...answering, ...all.flatMap(({ targets }) => targets)].flatMap(updatesOf),
    ...eventsToRemember(
      all.map(({ watched }) => connectivityEvent(watched.peeringId, { state: 'restored' }, now())),
    ),
  ];
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
}
