import type { Change } from '../model/change.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import type { ChangeCalls } from './change-calls.ts';

/**
 * Why a route that the plan took for one of a vanished peering has to stay: the peering is there. Tables and peerings are
 * read side by side, so that one made in between is in a table and not yet among the peerings, and its route is a
 * blackhole until it is active. A route of the product's own that somebody turned is turned back whatever it leads to.
 */
export async function livingPeering(
  { seen, mends, region, destination, routeTableId }: Change,
  calls: ChangeCalls,
): Promise<string | undefined> {
  if (seen?.state !== 'blackhole' || seen.target.kind !== 'peering' || mends === 'wrong-target') {
    return undefined;
  }
  const { id } = seen.target;
  const status = await calls.peeringStatus(region, id);
  return status === undefined || DEAD_STATUSES.has(status)
    ? undefined
    : `${id}, to which ${routeTableId} (${region}) routes ${destination}, is there after all (${status}); the next pass decides again.`;
}
