import type { RegionInventory } from '../model/inventory.ts';
import type { Peering, Vpc } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type RouteTable } from '../model/route-table.ts';
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
 * Reads what the assessment needs, in the fewest calls, those that don't depend on each other side by side.
 *
 * Tables are read whether they opted in or not: a table that lost its tag, and a route whose peering has vanished
 * from EC2, can be found in no other way. As a peering made meanwhile may be missing, whoever removes the route of one that
 * looks vanished asks for it again first (`applyPlan`).
 */
export async function readInventory(reader: NetworkReader, scope: InventoryScope): Promise<RegionInventory> {
  const { accountId, region, vpcIds } = scope;
  const skipped: string[] = [];
  const onSkipped = (problem: string) => skipped.push(problem);
  const [tables, everyPeering, vpcs] = await Promise.all([
    reader.readTables(region, vpcIds === undefined ? {} : { vpcIds }, onSkipped),
    reader.readPeerings(region, {}, onSkipped),
    reader.readVpcs(region, vpcIds, onSkipped),
  ]);
  const wanted = vpcIds === undefined ? undefined : new Set(vpcIds);
  const peerings = everyPeering.filter((peering) => {
    const local = localVpcIds(peering, scope);
    return local.length > 0 && (wanted === undefined || local.some((vpcId) => wanted.has(vpcId)));
  });
  const prefixLists = await readPrefixLists(reader, region, tables);
  return {
    accountId,
    region,
    peerings,
    vpcs: new Map(vpcs.map((vpc): [string, Vpc] => [vpc.vpcId, vpc])),
    tables,
    ...(prefixLists === undefined ? {} : { prefixLists }),
    ...(skipped.length === 0 ? {} : { skipped: skipped.sort() }),
  };
}

/**
 * Those of endpoints are mostly AWS's own, and of no matter to a peering; but an endpoint of a Gateway Load Balancer takes the
 * addresses of any list.
 */
async function readPrefixLists(
  reader: NetworkReader,
  region: string,
  tables: readonly RouteTable[],
): Promise<ReadonlyMap<string, PrefixList> | undefined> {
  const ids = new Set<string>();
  for (const { routes } of tables) {
    for (const { destination } of routes) {
      if (isPrefixListId(destination)) {
        ids.add(destination);
      }
    }
  }
  if (ids.size === 0 || reader.readPrefixLists === undefined) {
    return undefined;
  }
  const lists = await reader.readPrefixLists(region, [...ids].sort());
  return new Map(lists.map((list) => [list.prefixListId, list]));
}
