import type { Change } from '../model/change.ts';
import type { HeldBy } from '../model/held-by.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { RouteTable } from '../model/route-table.ts';
import { viewKey } from '../model/views.ts';
import type { AssessedView } from './types.ts';

/** Routes to a peering in one Region. */
export interface RoutesToIt {
  readonly own: number;
  readonly others: number;
}

/** `pcx-1 vpc-1` of each side. */
function keysOf(sides: readonly Pick<AssessedView, 'view'>[]): Set<string> {
  return new Set(sides.map(({ view }) => viewKey(view.peering.peeringId, view.local.vpcId)));
}

/** Routes of the VPCs of these sides that lead to their peering. */
export function routesLeadingTo(
  sides: readonly Pick<AssessedView, 'view'>[],
  tables: readonly RouteTable[],
  { routes: registry }: Pick<RegionMemory, 'routes'>,
): RoutesToIt {
  const keys = keysOf(sides);
  let [own, others] = [0, 0];
  for (const { routeTableId, vpcId, routes } of tables) {
    for (const { destination, target } of routes) {
      if (!keys.has(viewKey(target.id, vpcId))) continue;
      const isOwn = registry.get(routeTableId)?.get(destination)?.peeringId === target.id;
      if (isOwn) own += 1;
      else others += 1;
    }
  }
  return { own, others };
}

/** Deletes of own routes that something keeps from being made, by what does. */
export function routesStaying(
  sides: readonly Pick<AssessedView, 'view'>[],
  tables: readonly RouteTable[],
  changes: readonly Change[],
): { readonly heldBy: HeldBy; readonly count: number }[] {
  const keys = keysOf(sides);
  const vpcs = new Map(tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId]));
  const kept = new Map<HeldBy, number>();
  for (const { action, peeringId, routeTableId, heldBy } of changes) {
    const isAbout = keys.has(viewKey(peeringId, vpcs.get(routeTableId) ?? ''));
    if (action === 'delete' && isAbout && heldBy !== undefined) {
      kept.set(heldBy, (kept.get(heldBy) ?? 0) + 1);
    }
  }
  return [...kept].map(([heldBy, count]) => ({ heldBy, count }));
}
