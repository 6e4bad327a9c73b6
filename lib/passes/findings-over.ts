import type { AssessedView, Assessment } from '../assessment/types.ts';
import { forgetInPlace, stoppedCheckKey } from '../messages/news.ts';
import type { DesiredRoute } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import type { RouteTable } from '../model/route-table.ts';
import { type NotedResult, notedResults } from '../model/watch-notes.ts';
import { canonicalDestination } from '../network/destination.ts';

/** What people were told and what is over without a change of the product: when it comes back it is news. */

/** Of drift that people were told, what is in place now. */
export function driftOver(
  { notes }: RegionMemory,
  { region, tables }: Pick<RegionInventory, 'region' | 'tables'>,
  desiredIn: Assessment['desiredIn'],
  now: Date,
): MemoryUpdate[] {
  return forgetInPlace(notes, () => routesInPlace(tables, desiredIn(region)), now);
}

function routesInPlace(tables: readonly RouteTable[], desired: readonly DesiredRoute[]): DesiredRoute[] {
  const keyOf = (routeTableId: string, destination: string, peeringId: string) =>
    `${routeTableId} ${destination} ${peeringId}`;
  const active = new Set(
    tables.flatMap(({ routeTableId, routes }) =>
      routes
        .filter(({ state }) => state === 'active')
        .map(({ destination, target }) => keyOf(routeTableId, canonicalDestination(destination), target.id)),
    ),
  );
  return desired.filter(({ routeTableId, destination, peeringId }) =>
    active.has(keyOf(routeTableId, destination, peeringId)),
  );
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
