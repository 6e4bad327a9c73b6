import {
  causeOf,
  connectivityLostNotification,
  type LostPeering,
  routeTableAtFault,
} from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { togetherNotification } from '../messages/together.ts';
import { lostByRouteNote, lostToldNote } from '../model/watch-notes.ts';
import { type CheckedPeering, isKnownLost, readChecked } from './checked-peerings.ts';
import { peeringSilence } from './connectivity-silence.ts';
import { knownByRoute } from './known-by-route.ts';
import { lostBesides, lostPeering } from './lost-peerings.ts';
import { keepQuiet, noteAgain, noteKnown } from './note-lost.ts';
import { readOtherEnds } from './other-ends.ts';
import { secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { type DiagnosedTarget, updatesOf } from './target-watch.ts';
import { once } from './tell-once.ts';

/** Where the message names a route table as the cause: its drift is no second event then, in whichever Region it is found. */
function causesToRemember(lost: readonly LostPeering[], at: number) {
  return lost.flatMap((each) => {
    const routeTableId = routeTableAtFault(each);
    return routeTableId === undefined
      ? []
      : [{ peeringId: each.peeringId, note: lostByRouteNote(each.peeringId, routeTableId, at) }];
  });
}

async function tell(
  dependencies: RecordDependencies,
  region: string,
  [first, ...others]: readonly LostPeering[],
  regionsOf: (peeringId: string) => readonly string[],
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
      rest: 'Run "peering status" to see them, and "peering explain PEERING" to look at one.',
    },
  );
  const causes = causesToRemember(all, secondsOf(now()));
  await once(memory, region, [...updates, ...causes.map(({ note }) => note)], () => topic.notify(message));
  for (const { peeringId, note } of causes) {
    for (const other of regionsOf(peeringId).filter((each) => each !== region)) {
      await memory.update(other, [note]);
    }
  }
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
  const lostPeerings = toTell.map((checked) => lostPeering(dependencies, region, checked, others));
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
    (peeringId) => [
      ...(toTell.find(({ watched }) => watched.peeringId === peeringId)?.remembered.keys() ?? []),
    ],
  );
}
