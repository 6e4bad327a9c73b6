import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES, type Peering, type Vpc } from '../model/peering.ts';
import type { NetworkReader } from '../ports/network-reader.ts';

export interface InventoryScope {
  readonly accountId: string;
  readonly region: string;
  /** Only these local VPCs and what touches them; left out: the whole Region. */
  readonly vpcIds?: readonly string[];
}

function localVpcIds(peering: Peering, { accountId, region }: InventoryScope): string[] {
  return [peering.requester, peering.accepter]
    .filter((side) => side.accountId === accountId && side.region === region)
    .map((side) => side.vpcId);
}

/**
 * Reads what decide and plan need, in the fewest calls: one page of peerings, the route tables, and the VPCs that
 * have a peering which is not dead.
 *
 * Tables are read whether they opted in or not: a table that lost its tag, and a route whose peering has vanished
 * from EC2, can be found in no other way.
 */
export async function readInventory(reader: NetworkReader, scope: InventoryScope): Promise<RegionInventory> {
  const { accountId, region, vpcIds } = scope;
  // Tables first: every peering that one of their routes points to is then old enough to be seen. The other way round,
  // a peering made in between would look vanished, and its route stale.
  const tables = await reader.readTables(region, vpcIds === undefined ? {} : { vpcIds });
  const everyPeering = await reader.readPeerings(region, {});
  const wanted = vpcIds === undefined ? undefined : new Set(vpcIds);
  const peerings = everyPeering.filter((peering) => {
    const local = localVpcIds(peering, scope);
    return local.length > 0 && (wanted === undefined || local.some((vpcId) => wanted.has(vpcId)));
  });

  const needed = new Set(
    peerings
      .filter((peering) => !DEAD_STATUSES.has(peering.status))
      .flatMap((peering) => localVpcIds(peering, scope)),
  );
  const vpcs = needed.size === 0 ? [] : await reader.readVpcs(region, [...needed].sort());
  return {
    accountId,
    region,
    peerings,
    vpcs: new Map(vpcs.map((vpc): [string, Vpc] => [vpc.vpcId, vpc])),
    tables,
  };
}
