import { causeOf, connectivityLostNotification, type LostPeering } from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { togetherNotification } from '../messages/together.ts';
import { isWatchNoteOld, lostToldKey, lostToldNote } from '../model/watch-notes.ts';
import { type CheckedPeering, isKnownLost, readChecked } from './checked-peerings.ts';
import { peeringSilence } from './connectivity-silence.ts';
import { knownByRoute } from './known-by-route.ts';
import { lostBesides, lostPeering } from './lost-peerings.ts';
import { readOtherEnds } from './other-ends.ts';
import { secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { type FindSilence, keptQuiet } from './silenced.ts';
import { type DiagnosedTarget, updatesOf } from './target-watch.ts';
import { once } from './tell-once.ts';

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

/** What nobody is sent a message of goes into the history, once for each silence. */
async function keepQuiet(
  { memory, now }: RecordDependencies,
  region: string,
  lost: readonly LostPeering[],
  [first]: readonly CheckedPeering[],
  silence: FindSilence,
): Promise<void> {
  const notes = first?.remembered.get(region) ?? new Map();
  const updates = lost.flatMap((each) => {
    const silenced = silence(each);
    return silenced === undefined
      ? []
      : keptQuiet(notes, lostToldKey(each.peeringId), silenced, [
          connectivityEvent(each.peeringId, { state: 'lost', why: causeOf(each) }, now()),
        ]);
  });
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
}

/** What people know by its cause: it goes into the history, and that it is over is told. */
async function noteKnown(
  { memory, journal, now }: RecordDependencies,
  region: string,
  lost: readonly LostPeering[],
): Promise<void> {
  const updates = lost.flatMap((each) => {
    const { peeringId } = each;
    const why = `${causeOf(each)} People were told of that route.`;
    journal.warn('connectivity lost', { peeringId, region, cause: why });
    const event = connectivityEvent(peeringId, { state: 'lost', why }, now());
    return [lostToldNote(peeringId, secondsOf(now())), ...eventsToRemember([event])];
  });
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
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

/**
 * Tells people that pings are lost: of all peerings that one check finds, and of both ends of each, in one message and once. Where they
 * were told of the route that is at fault, that was the message.
 */
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
  const lostPeerings: LostPeering[] = [];
  for (const checked of toTell) {
    lostPeerings.push(await lostPeering(dependencies, region, checked, others));
  }
  const silence = peeringSilence(
    news[0]?.remembered.get(region) ?? new Map(),
    dependencies.now(),
    new Map(lostPeerings.map((lost) => [lost.peeringId, lost.peering])),
  );
  await keepQuiet(dependencies, region, lostPeerings, news, silence);
  const loud = lostPeerings.filter((lost) => silence(lost) === undefined);
  const known = await knownByRoute(dependencies, toTell);
  await noteKnown(
    dependencies,
    region,
    loud.filter(({ peeringId }) => known.has(peeringId)),
  );
  await tell(
    dependencies,
    region,
    loud.filter(({ peeringId }) => !known.has(peeringId)),
  );
}
