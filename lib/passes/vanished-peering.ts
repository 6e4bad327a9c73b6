import type { Change } from '../model/change.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import type { ChangeCalls } from './change-calls.ts';

/**
 * Why a route that the plan took for one of a dead peering has to stay: the peering is there. Tables and peerings are
 * read side by side, so that one made in between is in a table and not yet among the peerings, and its route is a
 * blackhole until it is active.
 */
export async function livingPeering(
  { onlyIfDead, region, destination, routeTableId }: Change,
  calls: ChangeCalls,
): Promise<string | undefined> {
  if (onlyIfDead === undefined) {
    return undefined;
  }
  const status = await calls.peeringStatus(region, onlyIfDead);
  return status === undefined || DEAD_STATUSES.has(status)
    ? undefined
    : `${onlyIfDead}, to which ${routeTableId} (${region}) routes ${destination}, is there after all (${status}); the next pass decides again.`;
}
