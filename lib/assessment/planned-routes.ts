import type { Change } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import { type RouteTable, vpcOfTablesInUse } from '../model/route-table.ts';
import { viewKey } from '../model/views.ts';
import { overlaps } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { blocksLed, type Leads, leadsOf, mayLeadToPeering } from '../routing/leads.ts';
import { unreadListRoutes } from '../routing/list-blocks.ts';
import { NO_PREFIX_LISTS } from '../routing/plan.ts';
import { type PlannedRoute, type PlannedRoutes, withChanges } from './one-sided.ts';

/**
 * What the plan has for a peering in a VPC: routes that lead addresses to it once all is made, so not one to which narrower routes
 * leave none. All of it is gathered when one is first asked for, and where a table leads then, when that table is.
 */
export function createPlannedRoutes(
  inventories: readonly RegionInventory[],
  changes: readonly Change[],
): PlannedRoutes {
  const ofViews = lazy(() => {
    // A route in a table that no subnet uses leads nothing back.
    const vpcOf = vpcOfTablesInUse(inventories.flatMap(({ tables }) => tables));
    return groupBy(changes, ({ action, peeringId, routeTableId }) => {
      const vpcId = vpcOf.get(routeTableId);
      return action === 'delete' || vpcId === undefined ? [] : [viewKey(peeringId, vpcId)];
    });
  });
  const leadsAny = createLeadsAny(inventories, changes);
  return (peeringId, vpcId, block) =>
    whatIsPlanned(
      (ofViews().get(viewKey(peeringId, vpcId)) ?? []).filter((change) => {
        const cidr = block === undefined ? undefined : readDestination(change.destination);
        const isAsked = block === undefined || (cidr !== undefined && overlaps(cidr, block));
        return isAsked && leadsAny(change);
      }),
    );
}

function whatIsPlanned(changes: readonly Change[]): PlannedRoute {
  if (changes.length === 0) {
    return 'none';
  }
  if (changes.some(({ heldBy }) => heldBy === undefined)) {
    return 'about-to-be-made';
  }
  // What is stale is told of another peering, the one that ended.
  return changes.some(({ mends }) => mends !== undefined && mends !== 'stale') ? 'repair-held' : 'held';
}

/** Whether a change leads any address to its peering once all changes of its table are made. What is not known counts as led. */
function createLeadsAny(
  inventories: readonly RegionInventory[],
  changes: readonly Change[],
): (change: Change) => boolean {
  const changesOf = lazy(() => groupBy(changes, ({ routeTableId }) => [routeTableId]));
  const tables = lazy(
    () =>
      new Map(
        inventories.flatMap(({ tables: all, prefixLists = NO_PREFIX_LISTS }) =>
          all.map((table) => [table.routeTableId, { table, prefixLists }] as const),
        ),
      ),
  );
  const known = new Map<string, Leads | undefined>();
  const leadsThen = (routeTableId: string): Leads | undefined => {
    const found = tables().get(routeTableId);
    if (found !== undefined && !known.has(routeTableId)) {
      const after: RouteTable = withChanges(found.table, changesOf().get(routeTableId) ?? []);
      const isKnown = unreadListRoutes(after, found.prefixLists).length === 0;
      known.set(
        routeTableId,
        isKnown ? leadsOf(after.routes, readDestination, found.prefixLists) : undefined,
      );
    }
    return known.get(routeTableId);
  };
  return ({ routeTableId, destination, peeringId }) => {
    const leads = leadsThen(routeTableId);
    const cidr = readDestination(destination);
    return (
      leads === undefined ||
      cidr === undefined ||
      blocksLed(leads, cidr, mayLeadToPeering(peeringId)).length > 0
    );
  };
}
