import type { AssessedView } from '../assessment/types.ts';
import { forgetInPlace, stoppedCheckKey } from '../messages/news.ts';
import type { DesiredRoute } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import { type NotedResult, notedResults } from '../model/watch-notes.ts';

/** What people were told and what is over without a change of the product: when it comes back it is news. */

/** Of drift that people were told, what is in place now. */
export function driftOver(
  { notes }: RegionMemory,
  { region, tables }: Pick<RegionInventory, 'region' | 'tables'>,
  desired: readonly DesiredRoute[],
  now: Date,
): MemoryUpdate[] {
  const routes = new Map(tables.map((table) => [table.routeTableId, table.routes]));
  const inPlace = desired.filter(
    ({ routeTableId, destination, peeringId, ...wish }) =>
      wish.region === region &&
      routes
        .get(routeTableId)
        ?.some(
          (route) =>
            route.destination === destination && route.target.id === peeringId && route.state === 'active',
        ),
  );
  return forgetInPlace(notes, inPlace, now);
}

/** A peering of which people were told that its check had stopped, and of which a result has come since. */
export interface CheckOver {
  readonly peeringId: string;
  /** That they were told. */
  readonly key: string;
  readonly note: Note;
  /** Of one Region. Never empty. */
  readonly views: readonly AssessedView[];
}

/** Of checks that were told to have stopped, what is checked again: that it stops is news the next time. */
export function checksOver(
  { notes }: Pick<RegionMemory, 'notes'>,
  region: string,
  views: readonly AssessedView[],
): CheckOver[] {
  const stopped = new Set(
    views.flatMap(({ view, reachability }) =>
      reachability?.notChecked === undefined ? [] : [view.peering.peeringId],
    ),
  );
  const checked = views.filter(
    ({ view, reachability }) =>
      view.region === region &&
      reachability?.wasChecked === true &&
      !stopped.has(view.peering.peeringId) &&
      notes.has(stoppedCheckKey(region, view.peering.peeringId)),
  );
  const results = checked.length === 0 ? new Map<string, readonly NotedResult[]>() : notedResults(notes);
  return [...groupBy(checked, ({ view }) => [view.peering.peeringId])].flatMap(([peeringId, ofPeering]) => {
    const key = stoppedCheckKey(region, peeringId);
    const note = notes.get(key);
    // Also a policy that asks for fewer checks makes that none is late.
    const hasCome = (results.get(peeringId) ?? []).some(({ at }) => note !== undefined && at > note.at);
    return note !== undefined && hasCome ? [{ peeringId, key, note, views: ofPeering }] : [];
  });
}
