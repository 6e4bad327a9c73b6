import type { AssessedView } from '../assessment/types.ts';
import { forgetInPlace, newsKeys } from '../messages/news.ts';
import type { DesiredRoute } from '../model/change.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';

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

/** Of a check that was told to have stopped, what is checked again: that it stops is news the next time. */
export function checksOver(
  { notes }: RegionMemory,
  region: string,
  views: readonly AssessedView[],
): MemoryUpdate[] {
  const stopped = new Set(
    views.flatMap(({ view, reachability }) =>
      reachability?.notChecked === undefined ? [] : [view.peering.peeringId],
    ),
  );
  const again = views.flatMap(({ view: { region: at, peering }, reachability }) =>
    at === region && reachability?.wasChecked === true && !stopped.has(peering.peeringId)
      ? [newsKeys.finding({ kind: 'not-checked', region, peeringId: peering.peeringId })]
      : [],
  );
  return [...new Set(again)].filter((key) => notes.has(key)).map((key) => ({ kind: 'forget-note', key }));
}
