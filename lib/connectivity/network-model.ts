import { groupBy } from '../model/group-by.ts';
import type {
  Instance,
  NetworkAcl,
  NetworkInterface,
  NetworkSnapshot,
  SecurityGroup,
  Subnet,
} from '../model/network.ts';
import type { Peering, PeeringSide, Vpc } from '../model/peering.ts';
import type { RouteTable } from '../model/route-table.ts';
import {
  type Address,
  type AddressFamily,
  addressIn,
  type Cidr,
  inCidr,
  parseAddress,
  parseCidr,
} from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { createRouteChooser, type RouteChoice } from './route-choice.ts';

/** A snapshot with its indexes: lookups by id, by address and by longest prefix. */
export interface NetworkModel {
  readonly snapshot: NetworkSnapshot;
  vpc(vpcId: string): Vpc | undefined;
  /** Whether all of the VPC was read, so that what is not there is not there. */
  isWhole(vpcId: string): boolean;
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

/** The subnets of each VPC, by block. */
function subnetsByVpc(subnets: readonly Subnet[]): ReadonlyMap<string, PrefixMap<Subnet>> {
  const byVpc = new Map<string, PrefixMap<Subnet>>();
  for (const subnet of subnets) {
    const map = byVpc.get(subnet.vpcId) ?? new PrefixMap<Subnet>();
    for (const cidr of subnet.cidrs) {
      map.set(parseCidr(cidr), subnet);
    }
    byVpc.set(subnet.vpcId, map);
  }
  return byVpc;
}

/** The CIDRs of each VPC: as its owner shows them, else as the first of its peerings that does. */
function visibleCidrs({ vpcs, peerings }: NetworkSnapshot): ReadonlyMap<string, readonly Cidr[]> {
  const shown = [...vpcs, ...peerings.flatMap(({ requester, accepter }) => [requester, accepter])];
  const byVpc = new Map<string, readonly Cidr[]>();
  for (const { vpcId, cidrs } of shown) {
    if (cidrs.length > 0 && !byVpc.has(vpcId)) {
      byVpc.set(vpcId, cidrs.map(parseCidr));
    }
  }
  return byVpc;
}

/** The interfaces to which each block is delegated: VPCs may share ranges. */
function delegatedBlocks(interfaces: readonly NetworkInterface[]): PrefixMap<readonly NetworkInterface[]> {
  const byBlock = new PrefixMap<readonly NetworkInterface[]>();
  for (const each of interfaces) {
    for (const block of (each.delegated ?? []).map(parseCidr)) {
      byBlock.set(block, [...(byBlock.get(block) ?? []), each]);
    }
  }
  return byBlock;
}

type InterfaceLookups = Pick<NetworkModel, 'networkInterface' | 'interfacesWith' | 'interfacesOf'>;

function interfaceLookups(snapshot: NetworkSnapshot): InterfaceLookups {
  const interfaces = allInterfaces(snapshot);
  const byInterface = byId(interfaces, ({ interfaceId }) => interfaceId);
  const canonical = (text: string) => parseAddress(text).text;
  const byAddress = groupBy(interfaces, ({ addresses }) => addresses.map(canonical));
  const byBlock = delegatedBlocks(interfaces);
  const byInstance = groupBy(interfaces, ({ instanceId }) => (instanceId === undefined ? [] : [instanceId]));
  return {
    networkInterface: (interfaceId) => byInterface.get(interfaceId),
    interfacesWith: (address) => [
      ...new Set([
        ...(byAddress.get(address.text) ?? []),
        ...byBlock.covering(address).flatMap(({ value }) => value),
      ]),
    ],
    interfacesOf: (instanceId) => byInstance.get(instanceId) ?? [],
  };
}

function tableLookup({ routeTables }: NetworkSnapshot): NetworkModel['tableOf'] {
  const bySubnet = groupBy(routeTables, ({ associations }) =>
    associations.flatMap(({ subnetId }) => subnetId ?? []),
  );
  const mainTables = byId(
    routeTables.filter(({ associations }) => associations.some(({ main }) => main)),
    ({ vpcId }) => vpcId,
  );
  return (vpcId, subnetId) =>
    (subnetId === undefined ? undefined : bySubnet.get(subnetId)?.[0]) ?? mainTables.get(vpcId);
}

type CidrLookups = Pick<NetworkModel, 'cidrsOf' | 'vpcsWith'>;

function cidrLookups(snapshot: NetworkSnapshot): CidrLookups {
  const vpcCidrs = visibleCidrs(snapshot);
  return {
    cidrsOf: (vpcId) => vpcCidrs.get(vpcId),
    vpcsWith: (address) =>
      [...vpcCidrs]
        .filter(([, cidrs]) => cidrs.some((cidr) => inCidr(cidr, address)))
        .map(([vpcId]) => vpcId)
        .sort(),
  };
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
  const subnetsAt = subnetsByVpc(snapshot.subnets);
  const acls = groupBy(snapshot.networkAcls, ({ subnetIds }) => subnetIds);
  const peeringsByVpc = groupBy(snapshot.peerings, ({ requester, accepter }) => [
    ...new Set([requester.vpcId, accepter.vpcId]),
  ]);
  const prefixLists = new Map([...snapshot.prefixLists].map(([id, cidrs]) => [id, cidrs.map(parseCidr)]));
  return {
    snapshot,
    vpc: (vpcId) => vpcs.get(vpcId),
    isWhole: (vpcId) => vpcs.has(vpcId) && snapshot.partialVpcs?.has(vpcId) !== true,
    peering: (peeringId) => peerings.get(peeringId),
    instance: (instanceId) => instances.get(instanceId),
    ...interfaceLookups(snapshot),
    group: (groupId) => groups.get(groupId),
    subnet: (subnetId) => subnets.get(subnetId),
    subnetAt: (vpcId, address) => subnetsAt.get(vpcId)?.longestMatch(address)?.value,
    tableOf: tableLookup(snapshot),
    aclOf: (subnetId) => acls.get(subnetId)?.[0],
    choose: createRouteChooser(prefixLists),
    peeringsOf: (vpcId) => peeringsByVpc.get(vpcId) ?? [],
    ...cidrLookups(snapshot),
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
export function subnetContains(subnet: Subnet | undefined, address: Address): boolean {
  return subnet?.cidrs.some((cidr) => inCidr(parseCidr(cidr), address)) === true;
}

/** A typical address of a block: EC2 keeps the first four of each subnet to itself (VPC guide, "Subnet sizing"). */
export function sampleOf(block: Cidr): Address {
  return addressIn(block, 4);
}
