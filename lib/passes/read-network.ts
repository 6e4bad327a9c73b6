import { append } from '../model/append.ts';
import type { NetworkSnapshot, SecurityGroup } from '../model/network.ts';
import type { Peering } from '../model/peering.ts';
import { isPrefixListId, type RouteTable } from '../model/route-table.ts';
import type { ConnectivityReader } from '../ports/connectivity.ts';
import type { NetworkReader } from '../ports/network-reader.ts';

/** Reads what bears on whether a packet arrives. Functions and command read it in the same way. */

/** A filter takes at most 200 values (EC2 API reference, "Filter"). */
const FILTER_VALUES = 200;

async function inParts<Item>(
  vpcIds: readonly string[],
  read: (part: readonly string[]) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < vpcIds.length; start += FILTER_VALUES) {
    append(items, await read(vpcIds.slice(start, start + FILTER_VALUES)));
  }
  return items;
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
  reader: Pick<NetworkReader, 'readPrefixLists'>,
  region: string,
  ids: readonly string[],
): Promise<(readonly [string, readonly string[]])[]> {
  const lists = ids.length === 0 ? [] : await reader.readPrefixLists?.(region, ids);
  return (lists ?? []).flatMap(({ prefixListId, cidrs }) =>
    cidrs === undefined ? [] : [[prefixListId, cidrs] as const],
  );
}

/** What lies in VPCs of one Region, as one account sees it. */
export type VpcNetwork = Omit<NetworkSnapshot, 'peerings'>;

/** @param routeTables of these VPCs. */
export async function readVpcNetwork(
  { reader, connectivity }: { readonly reader: NetworkReader; readonly connectivity: ConnectivityReader },
  region: string,
  vpcIds: readonly string[],
  routeTables: readonly RouteTable[],
): Promise<VpcNetwork> {
  const [vpcs, subnets, securityGroups, networkAcls, instances, interfaces] = await Promise.all([
    vpcIds.length === 0 ? [] : reader.readVpcs(region, vpcIds),
    inParts(vpcIds, (part) => connectivity.readSubnets(region, part)),
    inParts(vpcIds, (part) => connectivity.readSecurityGroups(region, part)),
    inParts(vpcIds, (part) => connectivity.readNetworkAcls(region, part)),
    inParts(vpcIds, (part) => connectivity.readInstances(region, part)),
    inParts(vpcIds, (part) => connectivity.readInterfaces(region, part)),
  ]);
  const lists = await readPrefixLists(reader, region, prefixListsIn(routeTables, securityGroups));
  return {
    routeTables,
    vpcs,
    subnets,
    securityGroups,
    networkAcls,
    instances,
    interfaces,
    prefixLists: new Map(lists),
  };
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

/** Each once: in a shared VPC two accounts show the same. */
function unique<Item>(items: readonly Item[], idOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [idOf(item), item])).values()];
}

/** Joins what was read in several accounts and Regions. */
export function joinNetworks(
  networks: readonly VpcNetwork[],
  peerings: readonly Peering[],
): Omit<NetworkSnapshot, 'partialVpcs'> {
  const all = <Item>(itemsOf: (network: VpcNetwork) => readonly Item[]) => networks.flatMap(itemsOf);
  return {
    peerings: merged(peerings),
    vpcs: unique(
      all(({ vpcs }) => vpcs),
      ({ vpcId }) => vpcId,
    ),
    subnets: unique(
      all(({ subnets }) => subnets),
      ({ subnetId }) => subnetId,
    ),
    routeTables: unique(
      all(({ routeTables }) => routeTables),
      ({ routeTableId }) => routeTableId,
    ),
    securityGroups: all(({ securityGroups }) => securityGroups),
    networkAcls: all(({ networkAcls }) => networkAcls),
    instances: all(({ instances }) => instances),
    interfaces: unique(
      all(({ interfaces }) => interfaces),
      ({ interfaceId }) => interfaceId,
    ),
    prefixLists: new Map(all(({ prefixLists }) => [...prefixLists])),
  };
}
