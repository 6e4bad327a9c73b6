import type {
  Instance,
  NetworkAcl,
  NetworkInterface,
  NetworkSnapshot,
  SecurityGroup,
  Subnet,
} from '../model/network.ts';
import type { Peering, PeeringSide, Vpc } from '../model/peering.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { type Address, type AddressFamily, type Cidr, parseAddress, parseCidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';

/** Where a route table sends an address. */
export type RouteChoice =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'no-route' }
  /** A route to a prefix list whose entries were not read might be the one. */
  | { readonly kind: 'unknown'; readonly route: Route }
  /** Two prefix lists hold the same block and lead to different targets: AWS picks one (VPC guide, "Route priority"). */
  | { readonly kind: 'either'; readonly route: Route; readonly rival: Route };

/** A snapshot with its indexes: lookups by id, by address and by longest prefix. */
export interface NetworkModel {
  readonly snapshot: NetworkSnapshot;
  vpc(vpcId: string): Vpc | undefined;
  peering(peeringId: string): Peering | undefined;
  instance(instanceId: string): Instance | undefined;
  networkInterface(interfaceId: string): NetworkInterface | undefined;
  group(groupId: string): SecurityGroup | undefined;
  subnet(subnetId: string): Subnet | undefined;
  /** The subnet of the VPC that an address lies in. */
  subnetAt(vpcId: string, address: Address): Subnet | undefined;
  /** The interfaces of every VPC that have an address: VPCs may share ranges. */
  interfacesWith(address: Address): readonly NetworkInterface[];
  /** The primary interface first. */
  interfacesOf(instanceId: string): readonly NetworkInterface[];
  /** The table that a subnet is associated with, else the VPC's main table. */
  tableOf(vpcId: string, subnetId: string | undefined): RouteTable | undefined;
  aclOf(subnetId: string): NetworkAcl | undefined;
  choose(table: RouteTable, address: Address): RouteChoice;
  /** Live or not, every peering with a side in the VPC. */
  peeringsOf(vpcId: string): readonly Peering[];
  /** CIDRs of a VPC as its owner or its peerings show them; undefined: not visible. */
  cidrsOf(vpcId: string): readonly Cidr[] | undefined;
  /** Every VPC, seen or only named by a peering, that has the address in a CIDR; in order of id. */
  vpcsWith(address: Address): readonly string[];
  prefixList(prefixListId: string): readonly Cidr[] | undefined;
}

export function inCidr(cidr: Cidr, address: Address): boolean {
  return cidr.family === address.family && cidr.first <= address.value && address.value <= cidr.last;
}

function isPropagated({ origin }: Route): boolean {
  return origin === 'EnableVgwRoutePropagation' || origin === 'Advertisement';
}

/** Of routes to the same block: static before prefix list before propagated (VPC guide, "Route priority"). */
const PRIORITY = { static: 0, 'prefix-list': 1, propagated: 2 } as const;

interface Entry {
  readonly route: Route;
  readonly priority: number;
  /** Of another prefix list with the same block, to another target. */
  readonly rival?: Route;
}

interface TableIndex {
  readonly entries: PrefixMap<Entry>;
  /** Routes to prefix lists that were not read and may hold private addresses. */
  readonly unread: readonly Route[];
}

function groupBy<Item>(
  items: readonly Item[],
  keysOf: (item: Item) => readonly string[],
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) {
        group.push(item);
      } else {
        groups.set(key, [item]);
      }
    }
  }
  return groups;
}

function byId<Item>(items: readonly Item[], idOf: (item: Item) => string): Map<string, Item> {
  return new Map(items.map((item) => [idOf(item), item]));
}

/** Interfaces as listed, and the primary ones of instances of which none is listed. */
function allInterfaces({ interfaces, instances }: NetworkSnapshot): NetworkInterface[] {
  const listed = new Set(interfaces.map(({ instanceId }) => instanceId));
  const primary = instances
    // A terminated instance stays visible for a while, but its addresses are free again.
    .filter(({ instanceId, state }) => !listed.has(instanceId) && state !== 'terminated')
    .map(
      (instance): NetworkInterface => ({
        interfaceId: `the primary interface of ${instance.instanceId}`,
        vpcId: instance.vpcId,
        subnetId: instance.subnetId,
        addresses: [...instance.ipv4Addresses, ...instance.ipv6Addresses],
        securityGroupIds: instance.securityGroupIds,
        instanceId: instance.instanceId,
      }),
    );
  return [...interfaces, ...primary];
}

/**
 * Indexes a snapshot. Tables are indexed when they are first asked for.
 *
 * @throws CidrError when the snapshot holds an address or CIDR that is none.
 */
export function createNetworkModel(snapshot: NetworkSnapshot): NetworkModel {
  const vpcs = byId(snapshot.vpcs, ({ vpcId }) => vpcId);
  const peerings = byId(snapshot.peerings, ({ peeringId }) => peeringId);
  const instances = byId(snapshot.instances, ({ instanceId }) => instanceId);
  const groups = byId(snapshot.securityGroups, ({ groupId }) => groupId);
  const subnets = byId(snapshot.subnets, ({ subnetId }) => subnetId);
  const interfaces = allInterfaces(snapshot);
  const byInterface = byId(interfaces, ({ interfaceId }) => interfaceId);
  const canonical = (text: string) => parseAddress(text).text;
  const byAddress = groupBy(interfaces, ({ addresses }) => addresses.map(canonical));
  const byInstance = groupBy(interfaces, ({ instanceId }) => (instanceId === undefined ? [] : [instanceId]));
  const bySubnet = groupBy(snapshot.routeTables, ({ associations }) =>
    associations.flatMap(({ subnetId }) => subnetId ?? []),
  );
  const mainTables = byId(
    snapshot.routeTables.filter(({ associations }) => associations.some(({ main }) => main)),
    ({ vpcId }) => vpcId,
  );
  const acls = groupBy(snapshot.networkAcls, ({ subnetIds }) => subnetIds);
  const peeringsByVpc = groupBy(snapshot.peerings, ({ requester, accepter }) => [
    ...new Set([requester.vpcId, accepter.vpcId]),
  ]);

  const subnetsByVpc = new Map<string, PrefixMap<Subnet>>();
  for (const subnet of snapshot.subnets) {
    const map = subnetsByVpc.get(subnet.vpcId) ?? new PrefixMap<Subnet>();
    for (const cidr of subnet.cidrs) {
      map.set(parseCidr(cidr), subnet);
    }
    subnetsByVpc.set(subnet.vpcId, map);
  }

  const vpcCidrs = new Map<string, readonly Cidr[]>();
  const learn = (vpcId: string, cidrs: readonly string[]) => {
    if (cidrs.length > 0 && !vpcCidrs.has(vpcId)) {
      vpcCidrs.set(vpcId, cidrs.map(parseCidr));
    }
  };
  for (const { vpcId, cidrs } of snapshot.vpcs) {
    learn(vpcId, cidrs);
  }
  for (const { requester, accepter } of snapshot.peerings) {
    learn(requester.vpcId, requester.cidrs);
    learn(accepter.vpcId, accepter.cidrs);
  }

  const prefixLists = new Map([...snapshot.prefixLists].map(([id, cidrs]) => [id, cidrs.map(parseCidr)]));
  const indexes = new Map<string, TableIndex>();

  function indexOf(table: RouteTable): TableIndex {
    const known = indexes.get(table.routeTableId);
    if (known) {
      return known;
    }
    const entries = new PrefixMap<Entry>();
    const unread: Route[] = [];
    const add = (cidr: Cidr, route: Route, priority: number) => {
      const rival = entries.get(cidr);
      if (rival === undefined || priority < rival.priority) {
        entries.set(cidr, { route, priority });
      } else if (
        priority === PRIORITY['prefix-list'] &&
        rival.priority === priority &&
        rival.route.target.id !== route.target.id
      ) {
        entries.set(cidr, { ...rival, rival: route });
      }
    };
    for (const route of table.routes) {
      if (!route.destination.startsWith('pl-')) {
        add(parseCidr(route.destination), route, isPropagated(route) ? PRIORITY.propagated : PRIORITY.static);
        continue;
      }
      const list = prefixLists.get(route.destination);
      if (list !== undefined) {
        for (const cidr of list) {
          add(cidr, route, PRIORITY['prefix-list']);
        }
      } else if (route.target.kind !== 'vpc-endpoint') {
        // Gateway endpoints route AWS's own lists, which hold public addresses of S3 and DynamoDB only.
        unread.push(route);
      }
    }
    const index = { entries, unread };
    indexes.set(table.routeTableId, index);
    return index;
  }

  return {
    snapshot,
    vpc: (vpcId) => vpcs.get(vpcId),
    peering: (peeringId) => peerings.get(peeringId),
    instance: (instanceId) => instances.get(instanceId),
    networkInterface: (interfaceId) => byInterface.get(interfaceId),
    group: (groupId) => groups.get(groupId),
    subnet: (subnetId) => subnets.get(subnetId),
    subnetAt: (vpcId, address) => subnetsByVpc.get(vpcId)?.longestMatch(address)?.value,
    interfacesWith: (address) => byAddress.get(address.text) ?? [],
    interfacesOf: (instanceId) => byInstance.get(instanceId) ?? [],
    tableOf: (vpcId, subnetId) =>
      (subnetId === undefined ? undefined : bySubnet.get(subnetId)?.[0]) ?? mainTables.get(vpcId),
    aclOf: (subnetId) => acls.get(subnetId)?.[0],
    choose(table, address) {
      const { entries, unread } = indexOf(table);
      const match = entries.longestMatch(address);
      // More specific routes always take priority, so only a host route is safe from the entries of an unread list.
      // A list that leads to the same target as what is known makes no difference.
      const list = unread.find(({ target }) => target.id !== match?.value.route.target.id);
      const bits = address.family === 'ipv4' ? 32 : 128;
      if (list !== undefined && match?.cidr.prefix !== bits) {
        return { kind: 'unknown', route: list };
      }
      if (match === undefined) {
        return { kind: 'no-route' };
      }
      const { route, rival } = match.value;
      return rival === undefined ? { kind: 'route', route } : { kind: 'either', route, rival };
    },
    peeringsOf: (vpcId) => peeringsByVpc.get(vpcId) ?? [],
    cidrsOf: (vpcId) => vpcCidrs.get(vpcId),
    vpcsWith: (address) =>
      [...vpcCidrs]
        .filter(([, cidrs]) => cidrs.some((cidr) => inCidr(cidr, address)))
        .map(([vpcId]) => vpcId)
        .sort(),
    prefixList: (prefixListId) => prefixLists.get(prefixListId),
  };
}

/** The side of a peering that is not in the VPC; undefined if neither is. */
export function otherSide(peering: Peering, vpcId: string): PeeringSide | undefined {
  const { requester, accepter } = peering;
  if (requester.vpcId === vpcId) {
    return accepter;
  }
  return accepter.vpcId === vpcId ? requester : undefined;
}

/** The first block of a family. */
export function firstOf(cidrs: readonly Cidr[] | undefined, family: AddressFamily): Cidr | undefined {
  return cidrs?.find((cidr) => cidr.family === family);
}

/** Whether a subnet holds an address. */
export function subnetHolds(subnet: Subnet | undefined, address: Address): boolean {
  return subnet?.cidrs.some((cidr) => inCidr(parseCidr(cidr), address)) === true;
}

/** A typical address of a block: EC2 keeps the first four of each subnet to itself (VPC guide, "Subnet sizing"). */
export function sampleOf(block: Cidr): Address {
  const value = block.last - block.first >= 4n ? block.first + 4n : block.first;
  return { family: block.family, value, text: addressText(block.family, value) };
}

function addressText(family: AddressFamily, value: bigint): string {
  if (family === 'ipv4') {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - index * 16)) & 65535n).toString(16),
  );
  return parseAddress(groups.join(':')).text;
}
