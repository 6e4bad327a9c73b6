import type { NetworkSnapshot, SecurityGroup } from '../lib/model/network.ts';
import type { Peering } from '../lib/model/peering.ts';
import { isPrefixListId, type RouteTable } from '../lib/model/route-table.ts';
import type { NetworkReader } from '../lib/ports/network-reader.ts';
import type { Source } from './source/types.ts';

/** A filter takes at most 200 values (EC2 API reference, "Filter"). */
const FILTER_VALUES = 200;

async function inParts<Item>(
  vpcIds: readonly string[],
  read: (part: readonly string[]) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < vpcIds.length; start += FILTER_VALUES) {
    items.push(...(await read(vpcIds.slice(start, start + FILTER_VALUES))));
  }
  return items;
}

/** Of a peering that several accounts or Regions show, the one that shows most. */
function merged(peerings: readonly Peering[]): Peering[] {
  const visible = ({ requester, accepter }: Peering) => requester.cidrs.length + accepter.cidrs.length;
  const best = new Map<string, Peering>();
  for (const peering of peerings) {
    const known = best.get(peering.peeringId);
    if (known === undefined || visible(peering) > visible(known)) {
      best.set(peering.peeringId, peering);
    }
  }
  return [...best.values()];
}

/** The prefix lists that routes lead to and that rules of security groups name. */
function prefixListsIn(routeTables: readonly RouteTable[], groups: readonly SecurityGroup[]): string[] {
  const routed = routeTables
    .flatMap(({ routes }) => routes)
    .filter(({ destination }) => isPrefixListId(destination))
    .map(({ destination }) => destination);
  const allowed = groups
    .flatMap(({ ingress, egress }) => [...ingress, ...egress])
    .flatMap(({ prefixListIds }) => prefixListIds);
  return [...new Set([...routed, ...allowed])].sort();
}

/** Entries by list. A list without entries is not visible, so it is left out: nothing is concluded from it. */
async function readPrefixLists(
  reader: NetworkReader,
  region: string,
  ids: readonly string[],
): Promise<(readonly [string, readonly string[]])[]> {
  const lists = ids.length === 0 ? [] : await reader.readPrefixLists?.(region, ids);
  return (lists ?? []).flatMap(({ prefixListId, cidrs }) =>
    cidrs === undefined ? [] : [[prefixListId, cidrs] as const],
  );
}

/** Each once: in a shared VPC two accounts show the same. */
function unique<Item>(items: readonly Item[], idOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [idOf(item), item])).values()];
}

/** Everything that bears on whether a packet arrives, in every account and Region of the source. */
export async function readNetwork({ scopes }: Pick<Source, 'scopes'>): Promise<NetworkSnapshot> {
  const byScope = await Promise.all(
    scopes.map(async ({ region, reader, connectivity }) => {
      const [routeTables, peerings] = await Promise.all([
        reader.readTables(region, {}),
        reader.readPeerings(region, {}),
      ]);
      // Every VPC has at least its main table.
      const vpcIds = [...new Set(routeTables.map(({ vpcId }) => vpcId))].sort();
      const [vpcs, subnets, securityGroups, networkAcls, instances, interfaces] = await Promise.all([
        vpcIds.length === 0 ? [] : reader.readVpcs(region, vpcIds),
        inParts(vpcIds, (part) => connectivity.readSubnets(region, part)),
        inParts(vpcIds, (part) => connectivity.readSecurityGroups(region, part)),
        inParts(vpcIds, (part) => connectivity.readNetworkAcls(region, part)),
        inParts(vpcIds, (part) => connectivity.readInstances(region, part)),
        inParts(vpcIds, (part) => connectivity.readInterfaces(region, part)),
      ]);
      const prefixLists = await readPrefixLists(reader, region, prefixListsIn(routeTables, securityGroups));
      return {
        routeTables,
        peerings,
        vpcs,
        subnets,
        securityGroups,
        networkAcls,
        instances,
        interfaces,
        prefixLists,
      };
    }),
  );
  const owners = new Set(scopes.map(({ accountId }) => accountId));
  const vpcs = unique(
    byScope.flatMap((each) => each.vpcs),
    ({ vpcId }) => vpcId,
  );
  // What a VPC's owner shares is seen by the participants too, and never all of it.
  const shared = vpcs.filter(({ accountId }) => !owners.has(accountId)).map(({ vpcId }) => vpcId);
  return {
    vpcs,
    partialVpcs: new Set(shared),
    subnets: unique(
      byScope.flatMap(({ subnets }) => subnets),
      ({ subnetId }) => subnetId,
    ),
    routeTables: unique(
      byScope.flatMap(({ routeTables }) => routeTables),
      ({ routeTableId }) => routeTableId,
    ),
    peerings: merged(byScope.flatMap(({ peerings }) => peerings)),
    securityGroups: byScope.flatMap(({ securityGroups }) => securityGroups),
    networkAcls: byScope.flatMap(({ networkAcls }) => networkAcls),
    instances: byScope.flatMap(({ instances }) => instances),
    interfaces: unique(
      byScope.flatMap(({ interfaces }) => interfaces),
      ({ interfaceId }) => interfaceId,
    ),
    prefixLists: new Map(byScope.flatMap(({ prefixLists }) => prefixLists)),
  };
}
