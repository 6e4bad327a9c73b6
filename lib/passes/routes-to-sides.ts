import type { AssessedView } from '../assessment/types.ts';
import type { RoutesToIt } from '../messages/expiry.ts';
import type { HeldBy } from '../model/held-by.ts';
import { viewKey } from '../model/views.ts';
import type { RegionView } from './region-view.ts';

/** `pcx-1 vpc-1` of each side. */
function keysOf(sides: readonly AssessedView[]): Set<string> {
  return new Set(sides.map(({ view }) => viewKey(view.peering.peeringId, view.local.vpcId)));
}

/** Routes of the VPCs of these sides that lead to their peering. */
export function routesLeadingTo(
  sides: readonly AssessedView[],
  { inventory, remembered }: RegionView,
): RoutesToIt {
  const keys = keysOf(sides);
  let [own, others] = [0, 0];
  for (const { routeTableId, vpcId, routes } of inventory.tables) {
    for (const { destination, target } of routes) {
      if (!keys.has(viewKey(target.id, vpcId))) continue;
      const isOwn = remembered.routes.get(routeTableId)?.get(destination)?.peeringId === target.id;
      if (isOwn) own += 1;
      else others += 1;
    }
  }
  return { own, others };
}

/** Deletes of own routes that something keeps from being made, by what does. */
export function routesStaying(sides: readonly AssessedView[], { changes, vpcOf }: RegionView) {
  const keys = keysOf(sides);
  const kept = new Map<HeldBy, number>();
  for (const { action, peeringId, routeTableId, heldBy } of changes) {
    const isAbout = keys.has(viewKey(peeringId, vpcOf(routeTableId) ?? ''));
    if (action === 'delete' && isAbout && heldBy !== undefined) {
      kept.set(heldBy, (kept.get(heldBy) ?? 0) + 1);
    }
  }
  return [...kept].map(([heldBy, count]) => ({ heldBy, count }));
}
