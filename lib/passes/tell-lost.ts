import { causeOf, connectivityLostNotification, type LostPeering } from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { togetherNotification } from '../messages/together.ts';
import { isWatchNoteOld, lostToldKey, lostToldNote } from '../model/watch-notes.ts';
import {
  CHECK_WAITS_MS,
  type CheckedPeering,
  isKnownLost,
  readChecked,
  seenFrom,
} from './checked-peerings.ts';
import { type OtherEnd, readOtherEnds } from './other-ends.ts';
import { recallPeerVerdict, secondsOf } from './peer-verdicts.ts';
import { diagnosisOf } from './read-diagnosis.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { checkedBesides } from './same-check.ts';
import { type DiagnosedTarget, updatesOf } from './target-watch.ts';
import { once } from './tell-findings.ts';
import { seenBefore } from './watched-peering.ts';

/** Peerings of one message whose hops are looked at: each takes half a dozen calls. Of the others it says so. */
const MAX_DIAGNOSED = 10;

/** People know of these: that they do is noted again, so that it is not forgotten while it lasts. */
async function noteAgain({ memory, now }: RecordDependencies, known: readonly CheckedPeering[]) {
  const at = secondsOf(now());
  for (const { watched, remembered } of known) {
    for (const [region, notes] of remembered) {
      const note = notes.get(lostToldKey(watched.peeringId));
      if (note !== undefined && isWatchNoteOld(note, at)) {
        await memory.update(region, [lostToldNote(watched.peeringId, at)]);
      }
    }
  }
}

/**
 * What the same check has lost besides, in commands whose events are still to be answered: an outage of many peerings is one
 * message. Looked for only when there is something to tell, so that a check that finds nothing costs nothing more.
 */
async function lostBesides(
  dependencies: RecordDependencies,
  region: string,
  lost: readonly DiagnosedTarget[],
  [first]: readonly CheckedPeering[],
): Promise<DiagnosedTarget[]> {
  const { periods } = dependencies.policy.connectivity;
  const found = await checkedBesides(dependencies, region, first?.remembered.get(region) ?? new Map(), {
    isAbout: () => true,
    atHand: new Set(lost.map(({ commandId }) => commandId)),
    waits: CHECK_WAITS_MS,
    isWanted: ({ status }) => status === 'Failed',
  });
  const besides = found.filter(({ health, after }) => health.failed && after.lost >= periods);
  const diagnosed = new Set(lost.map(({ health }) => health.peeringId));
  const targets: DiagnosedTarget[] = [];
  for (const target of besides) {
    const { peeringId } = target.health;
    const isDiagnosed = diagnosed.has(peeringId) || diagnosed.size < MAX_DIAGNOSED;
    if (isDiagnosed) diagnosed.add(peeringId);
    const diagnosis = isDiagnosed ? await diagnosisOf(dependencies, target.health) : undefined;
    targets.push({ ...target, diagnosis });
  }
  return targets;
}

async function lostPeering(
  dependencies: RecordDependencies,
  region: string,
  { watched, targets, remembered }: CheckedPeering,
  others: readonly OtherEnd[],
): Promise<LostPeering> {
  const { peeringId } = watched;
  const ofIt = others.filter(({ health }) => health.peeringId === peeringId);
  const atHand = new Set([...targets, ...ofIt].map(({ target }) => target));
  const peer = await recallPeerVerdict(dependencies, { region, peeringId });
  return {
    ...watched,
    seen: [...seenFrom(targets), ...ofIt.map(({ health }) => ({ health }))],
    before: seenBefore(watched, remembered, (target) => atHand.has(target)),
    ...(peer === undefined ? {} : { peer }),
  };
}

async function tell(
  dependencies: RecordDependencies,
  region: string,
  [first, ...others]: readonly LostPeering[],
): Promise<void> {
  const { memory, topic, journal, now } = dependencies;
  if (first === undefined) {
    return;
  }
  const all = [first, ...others];
  const updates = all.flatMap((lost) => {
    const cause = causeOf(lost);
    journal.warn('connectivity lost', { peeringId: lost.peeringId, region, cause });
    const event = connectivityEvent(lost.peeringId, { state: 'lost', why: cause }, now());
    return [lostToldNote(lost.peeringId, secondsOf(now())), ...eventsToRemember([event])];
  });
  const message = togetherNotification(
    [connectivityLostNotification(first), ...others.map(connectivityLostNotification)],
    {
      of: 'VPC peering',
      where: `lost connectivity in ${dependencies.accountId} (${region})`,
      rest: 'Run "peering status" to see them, and "peering ping PEERING" to look at one.',
    },
  );
  await once(memory, region, updates, () => topic.notify(message));
}

/** Tells people that pings are lost: of all peerings that one check finds, and of both ends of each, in one message and once. */
export async function tellLost(
  dependencies: RecordDependencies,
  region: string,
  lost: readonly DiagnosedTarget[],
): Promise<void> {
  const { policy, memory } = dependencies;
  const { periods } = policy.connectivity;
  const isNews = (checked: CheckedPeering) => !isKnownLost(checked, periods);
  const atHand = await readChecked(dependencies, region, lost);
  await noteAgain(
    dependencies,
    atHand.filter((checked) => !isNews(checked)),
  );
  const news = atHand.filter(isNews);
  if (news.length === 0) {
    return;
  }
  const besides = await lostBesides(dependencies, region, lost, news);
  const updates = besides.flatMap(updatesOf);
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
  const targets = [...news.flatMap((checked) => checked.targets), ...besides];
  const toTell =
    besides.length === 0 ? news : (await readChecked(dependencies, region, targets)).filter(isNews);
  const others = await readOtherEnds(
    dependencies,
    [...new Set(toTell.flatMap(({ remembered }) => [...remembered.keys()]))],
    new Set(toTell.map(({ watched }) => watched.peeringId)),
    new Set([...lost, ...besides].map(({ commandId }) => commandId)),
  );
  const told: LostPeering[] = [];
  for (const checked of toTell) {
    told.push(await lostPeering(dependencies, region, checked, others));
  }
  await tell(dependencies, region, told);
}
