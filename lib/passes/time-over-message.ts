import { createIsDeleteOf, routesLeadingTo, routesStaying } from '../assessment/routes-to-sides.ts';
import type { AssessedView } from '../assessment/types.ts';
import type { RefusedRoutes } from '../messages/ended.ts';
import { type OfTime, timeOverNotification } from '../messages/expiry.ts';
import { refusedChange } from '../messages/refused.ts';
import type { Change } from '../model/change.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { Notification } from '../model/notification.ts';
import type { PeeringEnd } from '../policy/expiry.ts';
import type { RegionView } from './region-view.ts';

/** What AWS has refused to delete lately, by table and error. */
function refusedDeletes(
  deletes: readonly Change[],
  { notes }: Pick<RegionMemory, 'notes'>,
  now: Date,
): RefusedRoutes[] {
  const refused = new Map<string, RefusedRoutes>();
  for (const change of deletes.filter(({ heldBy }) => heldBy === undefined)) {
    const call = refusedChange(notes, change, now);
    if (call !== undefined) {
      const key = `${change.routeTableId} ${call.code}`;
      refused.set(key, { ...call, count: (refused.get(key)?.count ?? 0) + 1 });
    }
  }
  return [...refused.values()];
}

/** Own routes that go now, and what stays. */
export function overMessage(
  end: PeeringEnd,
  { inventory: { tables }, remembered, changes }: RegionView,
): (about: OfTime, sides: readonly AssessedView[]) => Notification {
  return (about, sides) => {
    const kept = routesStaying(sides, tables, changes);
    const routes = routesLeadingTo(sides, tables, remembered, about.tagPrefix);
    const refused = refusedDeletes(changes.filter(createIsDeleteOf(sides, tables)), remembered, about.now);
    const staying = [...kept, ...refused].reduce((sum, { count }) => sum + count, 0);
    const own = Math.max(0, routes.own - staying);
    return timeOverNotification(end, { ...routes, own, kept, refused }, about);
  };
}
