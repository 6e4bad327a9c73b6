import type {
  NetworkAcl as Ec2Acl,
  Instance,
  IpPermission,
  NetworkAclEntry,
  Route,
  RouteTable,
  SecurityGroup,
  Subnet,
  Tag,
  Vpc,
  VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import type { Place } from '../types.ts';
import { type Block, readBlock } from './address.ts';
import type {
  AclEntry,
  GroupRule,
  Host,
  NetworkAcl,
  NetworkGroup,
  NetworkPeering,
  NetworkRoute,
  NetworkSubnet,
  NetworkTable,
  NetworkVpc,
} from './types.ts';

/** The network's parts from what EC2 answers. Pure. */

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

export function blocksOf(texts: readonly (string | undefined)[]): readonly Block[] {
  return [...new Set(texts)].filter((text) => text !== undefined).map(readBlock);
}

function tagsOf(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

export function readPeering(peering: VpcPeeringConnection): NetworkPeering {
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
export function joinedPeerings(all: readonly NetworkPeering[]): ReadonlyMap<string, NetworkPeering> {
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

export function sidesOf(peering: VpcPeeringConnection): readonly Place[] {
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

export function readTable(
  table: RouteTable,
  prefixLists: ReadonlyMap<string, readonly Block[]>,
): NetworkTable {
  return {
    tableId: required(table.RouteTableId, 'a route table id'),
    vpcId: required(table.VpcId, 'the VPC of a route table'),
    routes: (table.Routes ?? []).flatMap((route) => readRoutes(route, prefixLists)),
  };
}

export function readSubnet(
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

export function readHost(instance: Instance, place: Place): Host {
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

export function readVpc(vpc: Vpc, place: Place): NetworkVpc {
  return {
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
  };
}

export function readGroup(
  group: SecurityGroup,
  prefixLists: ReadonlyMap<string, readonly Block[]>,
): NetworkGroup {
  return {
    groupId: required(group.GroupId, 'a security group id'),
    vpcId: group.VpcId ?? '',
    ingress: (group.IpPermissions ?? []).map((each) => readPermission(each, prefixLists)),
    egress: (group.IpPermissionsEgress ?? []).map((each) => readPermission(each, prefixLists)),
  };
}

/** Ids of the prefix lists that routes and rules of security groups name. */
export function prefixListsIn(
  tables: readonly RouteTable[],
  groups: readonly SecurityGroup[],
): ReadonlySet<string> {
  const permissions = groups.flatMap(({ IpPermissions, IpPermissionsEgress }) => [
    ...(IpPermissions ?? []),
    ...(IpPermissionsEgress ?? []),
  ]);
  return new Set([
    ...tables.flatMap(({ Routes }) => Routes ?? []).flatMap((route) => route.DestinationPrefixListId ?? []),
    ...permissions
      .flatMap(({ PrefixListIds }) => PrefixListIds ?? [])
      .flatMap((each) => each.PrefixListId ?? []),
  ]);
}

export function readAcl(acl: Ec2Acl): NetworkAcl {
  return {
    aclId: required(acl.NetworkAclId, 'a network ACL id'),
    entries: (acl.Entries ?? []).map(readEntry),
  };
}
