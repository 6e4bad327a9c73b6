import type { Change } from '../model/change.ts';
import type { HeldBy } from '../model/held-by.ts';
import type { RegionMemory } from '../model/memory.ts';
import { optInOf, selectsRule } from '../model/opt-in.ts';
import type { RouteTable } from '../model/route-table.ts';
import { viewKey } from '../model/views.ts';
import type { AssessedView } from './types.ts';

/** Routes to a peering in one Region. */
export interface RoutesToIt {
  /** Own ones in tables whose tag names their rule: what the product may delete. */
  readonly own: number;
  /** Own ones in other tables, which the product leaves alone. */
  readonly untagged: number;
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
  tagPrefix: string,
): RoutesToIt {
  const keys = keysOf(sides);
  let [own, untagged, others] = [0, 0, 0];
  for (const table of tables) {
    const { routeTableId, vpcId, routes } = table;
    for (const { destination, target } of routes) {
      if (!keys.has(viewKey(target.id, vpcId))) continue;
      const known = registry.get(routeTableId)?.get(destination);
      if (known?.peeringId !== target.id) others += 1;
      else if (selectsRule(optInOf(table, tagPrefix), known.rule)) own += 1;
      else untagged += 1;
    }
  }
  return { own, untagged, others };
}

/** Whether a change deletes a route of the VPCs of these sides to their peering. */
export function createIsDeleteOf(
  sides: readonly Pick<AssessedView, 'view'>[],
  tables: readonly RouteTable[],
): (change: Change) => boolean {
  const keys = keysOf(sides);
  const vpcs = new Map(tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId]));
  return ({ action, peeringId, routeTableId }) =>
    action === 'delete' && keys.has(viewKey(peeringId, vpcs.get(routeTableId) ?? ''));
}

/** Deletes of own routes that something keeps from being made, by what does. */
export function routesStaying(
  sides: readonly Pick<AssessedView, 'view'>[],
  tables: readonly RouteTable[],
  changes: readonly Change[],
): { readonly heldBy: HeldBy; readonly count: number }[] {
  const kept = new Map<HeldBy, number>();
  for (const { heldBy } of changes.filter(createIsDeleteOf(sides, tables))) {
    if (heldBy !== undefined) {
      kept.set(heldBy, (kept.get(heldBy) ?? 0) + 1);
    }
  }
  return [...kept].map(([heldBy, count]) => ({ heldBy, count }));
}
