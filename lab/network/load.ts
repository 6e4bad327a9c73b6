import {
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
  type Instance,
  type IpPermission,
  type NetworkAclEntry,
  type Route,
  type RouteTable,
  type Subnet,
  type Tag,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import type { Place } from '../types.ts';
import { type Block, readBlock } from './address.ts';
import type {
  AclEntry,
  GroupRule,
  Host,
  Network,
  NetworkAcl,
  NetworkGroup,
  NetworkPeering,
  NetworkRoute,
  NetworkSubnet,
  NetworkTable,
  NetworkVpc,
} from './types.ts';

/** Gives the client that reads EC2 of one account and Region. */
export type Ec2At = (place: Place) => EC2Client;

/** An answer of EC2 in which something is missing that EC2 always gives. */
class IncompleteAnswerError extends Error {
  override readonly name = 'IncompleteAnswerError';
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new IncompleteAnswerError(`EC2 answered without ${what}.`);
  }
  return value;
}

function blocksOf(texts: readonly (string | undefined)[]): readonly Block[] {
  return [...new Set(texts)].filter((text) => text !== undefined).map(readBlock);
}

function tagsOf(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

function readPeering(peering: VpcPeeringConnection): NetworkPeering {
  return {
    peeringId: required(peering.VpcPeeringConnectionId, 'a peering id'),
    status: peering.Status?.Code ?? 'unknown',
    vpcIds: [peering.RequesterVpcInfo?.VpcId ?? '', peering.AccepterVpcInfo?.VpcId ?? ''],
    namesOf: [peering.RequesterVpcInfo, peering.AccepterVpcInfo].flatMap((side) =>
      side?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc === true ? (side.VpcId ?? []) : [],
    ),
  };
}

/** Each account sees the options of its own side only. */
function joinedPeerings(all: readonly NetworkPeering[]): ReadonlyMap<string, NetworkPeering> {
  const byId = new Map<string, NetworkPeering>();
  for (const peering of all) {
    const before = byId.get(peering.peeringId)?.namesOf ?? [];
    byId.set(peering.peeringId, {
      ...peering,
      namesOf: [...new Set([...before, ...(peering.namesOf ?? [])])],
    });
  }
  return byId;
}

function sidesOf(peering: VpcPeeringConnection): readonly Place[] {
  return [peering.RequesterVpcInfo, peering.AccepterVpcInfo].flatMap((side) =>
    side?.OwnerId === undefined || side.Region === undefined
      ? []
      : [{ accountId: side.OwnerId, region: side.Region }],
  );
}

function readTarget(route: Route): NetworkRoute['target'] {
  if (route.VpcPeeringConnectionId !== undefined) {
    return { kind: 'peering', peeringId: route.VpcPeeringConnectionId };
  }
  if (route.GatewayId === 'local') {
    return { kind: 'local' };
  }
  return {
    kind: 'other',
    id:
      route.GatewayId ??
      route.NatGatewayId ??
      route.TransitGatewayId ??
      route.NetworkInterfaceId ??
      route.InstanceId ??
      route.EgressOnlyInternetGatewayId ??
      route.LocalGatewayId ??
      route.CarrierGatewayId ??
      route.CoreNetworkArn ??
      'an unknown target',
  };
}

function readRoutes(route: Route, prefixLists: ReadonlyMap<string, readonly Block[]>): NetworkRoute[] {
  const target = readTarget(route);
  if (route.DestinationPrefixListId !== undefined) {
    const blocks = prefixLists.get(route.DestinationPrefixListId) ?? [];
    return blocks.map((block) => ({ block, target, source: 'prefix-list' }));
  }
  const destination = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock;
  return destination === undefined
    ? []
    : [
        {
          block: readBlock(destination),
          target,
          source: route.Origin === 'EnableVgwRoutePropagation' ? 'propagated' : 'static',
        },
      ];
}

function readTable(table: RouteTable, prefixLists: ReadonlyMap<string, readonly Block[]>): NetworkTable {
  return {
    tableId: required(table.RouteTableId, 'a route table id'),
    vpcId: required(table.VpcId, 'the VPC of a route table'),
    routes: (table.Routes ?? []).flatMap((route) => readRoutes(route, prefixLists)),
  };
}

function readSubnet(
  subnet: Subnet,
  tables: readonly RouteTable[],
  aclOf: ReadonlyMap<string, string>,
): NetworkSubnet {
  const subnetId = required(subnet.SubnetId, 'a subnet id');
  const vpcId = required(subnet.VpcId, 'the VPC of a subnet');
  const inVpc = tables.filter((table) => table.VpcId === vpcId);
  const table =
    inVpc.find(({ Associations }) => Associations?.some((each) => each.SubnetId === subnetId)) ??
    inVpc.find(({ Associations }) => Associations?.some((each) => each.Main));
  return {
    subnetId,
    vpcId,
    zoneId: subnet.AvailabilityZoneId ?? subnet.AvailabilityZone ?? '',
    blocks: blocksOf([
      subnet.CidrBlock,
      ...(subnet.Ipv6CidrBlockAssociationSet ?? [])
        .filter(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State !== 'disassociated')
        .map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    ]),
    tableId: table?.RouteTableId,
    aclId: aclOf.get(subnetId),
  };
}

function readPermission(
  permission: IpPermission,
  prefixLists: ReadonlyMap<string, readonly Block[]>,
): GroupRule {
  return {
    protocol: permission.IpProtocol ?? '-1',
    type: permission.FromPort,
    code: permission.ToPort,
    blocks: [
      ...blocksOf((permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp)),
      ...blocksOf((permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6)),
      ...(permission.PrefixListIds ?? []).flatMap(
        ({ PrefixListId }) => prefixLists.get(PrefixListId ?? '') ?? [],
      ),
    ],
    groupIds: (permission.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
  };
}

function readEntry(entry: NetworkAclEntry): AclEntry {
  return {
    number: required(entry.RuleNumber, 'the number of a network ACL entry'),
    egress: entry.Egress === true,
    allow: entry.RuleAction === 'allow',
    protocol: entry.Protocol ?? '-1',
    type: entry.IcmpTypeCode?.Type,
    code: entry.IcmpTypeCode?.Code,
    block: readBlock(required(entry.CidrBlock ?? entry.Ipv6CidrBlock, 'the block of a network ACL entry')),
  };
}

function readHost(instance: Instance, place: Place): Host {
  // A terminated instance stays visible for a while, but its addresses are free again.
  const attached = instance.State?.Name === 'terminated' ? [] : (instance.NetworkInterfaces ?? []);
  const interfaces = attached
    .toSorted((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0))
    .map((each) => ({
      interfaceId: required(each.NetworkInterfaceId, 'an interface id'),
      subnetId: required(each.SubnetId, 'the subnet of an interface'),
      vpcId: required(each.VpcId, 'the VPC of an interface'),
      addresses: [
        each.PrivateIpAddress,
        ...(each.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress),
        ...(each.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
      ].filter((address, index, all) => address !== undefined && all.indexOf(address) === index) as string[],
      groupIds: (each.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    }));
  return {
    instanceId: required(instance.InstanceId, 'an instance id'),
    state: instance.State?.Name ?? 'unknown',
    platform: instance.Platform?.toLowerCase() === 'windows' ? 'Windows' : 'Linux',
    ...place,
    interfaces,
    names: {
      privateName: instance.PrivateDnsName?.toLowerCase() ?? '',
      publicName: instance.PublicDnsName?.toLowerCase() ?? '',
      publicAddress: instance.PublicIpAddress ?? '',
    },
    tags: tagsOf(instance.Tags),
  };
}

interface Pages<T> {
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

async function allPages<T>(
  read: (token: { NextToken?: string }) => Promise<Pages<T>>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await read(token === undefined ? {} : { NextToken: token });
    found.push(...(items ?? []));
    token = next === '' ? undefined : next;
  } while (token !== undefined);
  return found;
}

/** Instances of one account and Region. */
export async function loadHosts(ec2: EC2Client, place: Place): Promise<readonly Host[]> {
  const reservations = await allPages(async (token) => {
    const page = await ec2.send(new DescribeInstancesCommand(token));
    return { items: page.Reservations, next: page.NextToken };
  });
  return reservations
    .flatMap(({ Instances }) => Instances ?? [])
    .map((instance) => readHost(instance, place));
}

async function loadPrefixLists(
  ec2: EC2Client,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly Block[]>> {
  const lists = await Promise.all(
    [...ids].map(async (PrefixListId) => {
      const entries = await allPages(async (token) => {
        const page = await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, ...token }));
        return { items: page.Entries, next: page.NextToken };
      });
      return [PrefixListId, blocksOf(entries.map(({ Cidr }) => Cidr))] as const;
    }),
  );
  return new Map(lists);
}

interface LoadedPlace {
  readonly vpcs: readonly NetworkVpc[];
  readonly subnets: readonly NetworkSubnet[];
  readonly tables: readonly NetworkTable[];
  readonly peerings: readonly NetworkPeering[];
  readonly groups: readonly NetworkGroup[];
  readonly acls: readonly NetworkAcl[];
  readonly hosts: readonly Host[];
  /** Accounts and Regions at the other ends of the peerings. */
  readonly neighbours: readonly Place[];
}

async function loadPlace(ec2: EC2Client, place: Place): Promise<LoadedPlace> {
  const [vpcs, subnets, tables, peerings, groups, acls, hosts] = await Promise.all([
    allPages(async (token) => {
      const page = await ec2.send(new DescribeVpcsCommand(token));
      return { items: page.Vpcs, next: page.NextToken };
    }),
    allPages(async (token) => {
      const page = await ec2.send(new DescribeSubnetsCommand(token));
      return { items: page.Subnets, next: page.NextToken };
    }),
    allPages(async (token) => {
      const page = await ec2.send(new DescribeRouteTablesCommand(token));
      return { items: page.RouteTables, next: page.NextToken };
    }),
    allPages(async (token) => {
      const page = await ec2.send(new DescribeVpcPeeringConnectionsCommand(token));
      return { items: page.VpcPeeringConnections, next: page.NextToken };
    }),
    allPages(async (token) => {
      const page = await ec2.send(new DescribeSecurityGroupsCommand(token));
      return { items: page.SecurityGroups, next: page.NextToken };
    }),
    allPages(async (token) => {
      const page = await ec2.send(new DescribeNetworkAclsCommand(token));
      return { items: page.NetworkAcls, next: page.NextToken };
    }),
    loadHosts(ec2, place),
  ]);
  const permissions = groups.flatMap(({ IpPermissions, IpPermissionsEgress }) => [
    ...(IpPermissions ?? []),
    ...(IpPermissionsEgress ?? []),
  ]);
  const prefixLists = await loadPrefixLists(
    ec2,
    new Set([
      ...tables.flatMap(({ Routes }) => Routes ?? []).flatMap((route) => route.DestinationPrefixListId ?? []),
      ...permissions
        .flatMap(({ PrefixListIds }) => PrefixListIds ?? [])
        .flatMap((each) => each.PrefixListId ?? []),
    ]),
  );
  const aclOf = new Map(
    acls.flatMap(({ NetworkAclId, Associations }) =>
      (Associations ?? []).map(({ SubnetId }) => [SubnetId ?? '', NetworkAclId ?? ''] as const),
    ),
  );
  return {
    vpcs: vpcs.map((vpc) => ({
      vpcId: required(vpc.VpcId, 'a VPC id'),
      ...place,
      blocks: blocksOf([
        vpc.CidrBlock,
        ...(vpc.CidrBlockAssociationSet ?? [])
          .filter(({ CidrBlockState }) => CidrBlockState?.State !== 'disassociated')
          .map(({ CidrBlock }) => CidrBlock),
        ...(vpc.Ipv6CidrBlockAssociationSet ?? [])
          .filter(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State !== 'disassociated')
          .map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
      ]),
    })),
    subnets: subnets.map((subnet) => readSubnet(subnet, tables, aclOf)),
    tables: tables.map((table) => readTable(table, prefixLists)),
    peerings: peerings.map(readPeering),
    groups: groups.map((group) => ({
      groupId: required(group.GroupId, 'a security group id'),
      vpcId: group.VpcId ?? '',
      ingress: (group.IpPermissions ?? []).map((each) => readPermission(each, prefixLists)),
      egress: (group.IpPermissionsEgress ?? []).map((each) => readPermission(each, prefixLists)),
    })),
    acls: acls.map((acl) => ({
      aclId: required(acl.NetworkAclId, 'a network ACL id'),
      entries: (acl.Entries ?? []).map(readEntry),
    })),
    hosts,
    neighbours: peerings.flatMap(sidesOf),
  };
}

/**
 * Reads the network of these accounts and Regions, and of every account and Region that their peerings lead to.
 *
 * @throws IncompleteAnswerError, and whatever the client throws.
 */
export async function loadNetwork(ec2At: Ec2At, places: readonly Place[]): Promise<Network> {
  const loaded: LoadedPlace[] = [];
  const seen = new Set<string>();
  let next = places;
  while (next.length > 0) {
    const fresh = next.filter((place) => {
      const name = `${place.accountId}/${place.region}`;
      const isNew = !seen.has(name);
      seen.add(name);
      return isNew;
    });
    const read = await Promise.all(fresh.map((place) => loadPlace(ec2At(place), place)));
    loaded.push(...read);
    next = read.flatMap(({ neighbours }) => neighbours);
  }
  return {
    vpcs: new Map(loaded.flatMap(({ vpcs }) => vpcs).map((each) => [each.vpcId, each])),
    subnets: new Map(loaded.flatMap(({ subnets }) => subnets).map((each) => [each.subnetId, each])),
    tables: new Map(loaded.flatMap(({ tables }) => tables).map((each) => [each.tableId, each])),
    peerings: joinedPeerings(loaded.flatMap(({ peerings }) => peerings)),
    groups: new Map(loaded.flatMap(({ groups }) => groups).map((each) => [each.groupId, each])),
    acls: new Map(loaded.flatMap(({ acls }) => acls).map((each) => [each.aclId, each])),
    hosts: new Map(loaded.flatMap(({ hosts }) => hosts).map((each) => [each.instanceId, each])),
  };
}
