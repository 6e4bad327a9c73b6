import { driftEvents, eventsToRemember } from '../messages/history.ts';
import { newsKeys, ROUTE_KINDS_IN_PLACE } from '../messages/news.ts';
import type { Finding } from '../model/finding.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import { lostByRouteKey } from '../model/watch-notes.ts';
import { changedBy, driftEvent, type FindingsHow } from './findings-how.ts';
import type { TellDependencies } from './tell-dependencies.ts';

/** Drift of which people know by the pings that are lost for it: one event is one message, whichever comes to light first. */

/** The message about lost pings named this very table as their cause, and nothing was heard of its drift since. */
export function joiningLosses(news: readonly Finding[], { notes }: RegionMemory) {
  const isJoined = ({ kind, routeTableId, peeringId }: Finding) =>
    routeTableId !== undefined &&
    peeringId !== undefined &&
    ROUTE_KINDS_IN_PLACE.some((each) => each === kind) &&
    notes.has(lostByRouteKey(peeringId, routeTableId));
  return {
    joined: news.filter(isJoined),
    toTell: news.filter((finding) => !isJoined(finding)),
  };
}

export function notesAbout(findings: readonly Finding[], updates: readonly MemoryUpdate[]): MemoryUpdate[] {
  const keys = new Set(findings.map(newsKeys.finding));
  return updates.filter((update) => 'key' in update && keys.has(update.key));
}

/** What people know by the loss that it caused: it goes into the history and to the bus. The next drift there is an event of its own. */
export async function noteJoined(
  dependencies: TellDependencies,
  joined: readonly Finding[],
  notes: readonly MemoryUpdate[],
  how: FindingsHow,
): Promise<void> {
  if (joined.length === 0) {
    return;
  }
  const events = driftEvents(joined, changedBy(how.hints), dependencies.now()).map((event) => ({
    ...event,
    why: [event.why, 'People were told of the pings that are lost for it.']
      .filter((text) => text !== '')
      .join(' '),
  }));
  const consumed = joined.flatMap(({ peeringId = '', routeTableId = '' }): MemoryUpdate[] => [
    { kind: 'forget-note', key: lostByRouteKey(peeringId, routeTableId) },
  ]);
  await dependencies.memory.update(how.region, [...notes, ...eventsToRemember(events), ...consumed]);
  await dependencies.bus.publish([driftEvent(dependencies, how, joined)]);
}
