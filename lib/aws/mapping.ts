import type {
  Route as Ec2Route,
  RouteTable as Ec2RouteTable,
  Subnet as Ec2Subnet,
  Vpc as Ec2Vpc,
  ManagedPrefixList,
  Tag,
  VpcPeeringConnection,
  VpcPeeringConnectionVpcInfo,
} from '@aws-sdk/client-ec2';
import type { PeerSubnet } from '../model/peer-subnets.ts';
import { PEERING_STATUSES, type Peering, type PeeringSide, type Vpc } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { printable } from '../model/printable.ts';
import type { Route, RouteTable, RouteTarget } from '../model/route-table.ts';

/** EC2's answers, turned into the words of the domain. An answer that lacks an id is a defect of the answer and throws. */

/** Longer than any id, CIDR or message of EC2. */
const MAX_TEXT = 512;

/** Ids, CIDRs and states go into messages and onto terminals; EC2's own are printable, those of a saved answer may not be. */
function text(value: string): string {
  return printable(value, MAX_TEXT);
}

/** Ids, accounts, Regions and CIDRs stand in commands that people paste, so what a shell would take apart is escaped as well. */
function word(value: string): string {
  return text(
    value.replace(/[^\w.:/@%+=,-]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`),
  );
}

function required(value: string | undefined, what: string): string {
  if (value === undefined || value === '') {
    throw new Error(`EC2 answered without ${what}; the answer is not used.`);
  }
  return word(value);
}

export function tagsFrom(tags: readonly Tag[] | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { Key, Value } of tags ?? []) {
    if (Key !== undefined) {
      result[Key] = Value ?? '';
    }
  }
  return result;
}

/** Primary CIDR first, then the others in EC2's order, each once. */
function cidrsFrom(
  primary: string | undefined,
  ipv4: readonly (string | undefined)[],
  ipv6: readonly (string | undefined)[],
): string[] {
  const cidrs = [primary, ...ipv4, ...ipv6].filter(
    (cidr): cidr is string => cidr !== undefined && cidr !== '',
  );
  return [...new Set(cidrs.map(text))];
}

/** @param vpc what it is of which peering, for whoever reads that it is missing. */
function sideFrom(info: VpcPeeringConnectionVpcInfo | undefined, region: string, vpc: string): PeeringSide {
  const dnsResolution = info?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc;
  return {
    accountId: required(info?.OwnerId, `the owner of ${vpc}`),
    // Every answer names the Region; older ones left it out for a peering inside the Region that was asked.
    region: word(info?.Region ?? region),
    vpcId: required(info?.VpcId, `the id of ${vpc}`),
    cidrs: cidrsFrom(
      info?.CidrBlock,
      (info?.CidrBlockSet ?? []).map((block) => block.CidrBlock),
      (info?.Ipv6CidrBlockSet ?? []).map((block) => block.Ipv6CidrBlock),
    ),
    ...(dnsResolution === undefined ? {} : { dnsResolution }),
  };
}

/** @param region the Region that was asked, used where the answer names none. */
export function peeringFrom(connection: VpcPeeringConnection, region: string): Peering {
  const peeringId = required(connection.VpcPeeringConnectionId, 'a peering id');
  const code = required(connection.Status?.Code, `the status of ${peeringId}`);
  return {
    peeringId,
    status: PEERING_STATUSES.find((status) => status === code) ?? 'unknown',
    statusMessage: text(connection.Status?.Message ?? code),
    requester: sideFrom(connection.RequesterVpcInfo, region, `the requester VPC of ${peeringId}`),
    accepter: sideFrom(connection.AccepterVpcInfo, region, `the accepter VPC of ${peeringId}`),
    ...(connection.ExpirationTime ? { expiresAt: connection.ExpirationTime } : {}),
    tags: tagsFrom(connection.Tags),
  };
}

/**
 * CIDRs, subnets and gateways whose association is being taken away or failed are left out: no traffic goes by them (EC2 API
 * reference, VpcCidrBlockState, RouteTableAssociationState).
 */
function associated(state: string | undefined): boolean {
  return state === undefined || state === 'associated' || state === 'associating';
}

export function vpcFrom(vpc: Ec2Vpc, region: string): Vpc {
  return {
    vpcId: required(vpc.VpcId, 'a VPC id'),
    accountId: required(vpc.OwnerId, `the owner of ${vpc.VpcId}`),
    region,
    cidrs: cidrsFrom(
      vpc.CidrBlock,
      (vpc.CidrBlockAssociationSet ?? [])
        .filter((block) => associated(block.CidrBlockState?.State))
        .map((block) => block.CidrBlock),
      (vpc.Ipv6CidrBlockAssociationSet ?? [])
        .filter((block) => associated(block.Ipv6CidrBlockState?.State))
        .map((block) => block.Ipv6CidrBlock),
    ),
    tags: tagsFrom(vpc.Tags),
  };
}

export function peerSubnetFrom(subnet: Ec2Subnet): PeerSubnet {
  const subnetId = required(subnet.SubnetId, 'a subnet id');
  return {
    subnetId,
    vpcId: required(subnet.VpcId, `the VPC of ${subnetId}`),
    cidrs: cidrsFrom(
      subnet.CidrBlock,
      [],
      (subnet.Ipv6CidrBlockAssociationSet ?? [])
        .filter((block) => associated(block.Ipv6CidrBlockState?.State))
        .map((block) => block.Ipv6CidrBlock),
    ),
    tags: tagsFrom(subnet.Tags),
  };
}

function gatewayTarget(id: string): RouteTarget {
  if (id === 'local') {
    return { kind: 'local', id };
  }
  if (id.startsWith('igw-')) {
    return { kind: 'internet-gateway', id };
  }
  if (id.startsWith('vgw-')) {
    return { kind: 'virtual-private-gateway', id };
  }
  if (id.startsWith('vpce-')) {
    return { kind: 'vpc-endpoint', id };
  }
  return { kind: 'unknown', id };
}

/** Fields of a route that name no target. */
const NO_TARGET: ReadonlySet<string> = new Set([
  'DestinationCidrBlock',
  'DestinationIpv6CidrBlock',
  'DestinationPrefixListId',
  'InstanceOwnerId',
  'IpAddress',
  'Origin',
  'State',
]);

/** A target of a kind that is not known here, in EC2's words: field and value. Of one that is gone EC2 may name nothing. */
function targetAsSaid(route: Ec2Route): string {
  const said = Object.entries(route).find(
    ([field, value]) => !NO_TARGET.has(field) && typeof value === 'string' && value !== '',
  );
  return said === undefined ? 'a target that EC2 does not name' : said.join(' ');
}

/** A route through a network interface of an instance carries both ids; the interface is what routes. */
function targetFrom(route: Ec2Route): RouteTarget {
  if (route.VpcPeeringConnectionId) return { kind: 'peering', id: route.VpcPeeringConnectionId };
  if (route.TransitGatewayId) return { kind: 'transit-gateway', id: route.TransitGatewayId };
  if (route.NatGatewayId) return { kind: 'nat-gateway', id: route.NatGatewayId };
  if (route.NetworkInterfaceId) return { kind: 'network-interface', id: route.NetworkInterfaceId };
  if (route.InstanceId) return { kind: 'instance', id: route.InstanceId };
  if (route.EgressOnlyInternetGatewayId) {
    return { kind: 'egress-only-internet-gateway', id: route.EgressOnlyInternetGatewayId };
  }
  if (route.LocalGatewayId) return { kind: 'local-gateway', id: route.LocalGatewayId };
  if (route.CarrierGatewayId) return { kind: 'carrier-gateway', id: route.CarrierGatewayId };
  if (route.CoreNetworkArn) return { kind: 'core-network', id: route.CoreNetworkArn };
  if (route.GatewayId) return gatewayTarget(route.GatewayId);
  return { kind: 'unknown', id: targetAsSaid(route) };
}

function printableTarget({ kind, id }: RouteTarget): RouteTarget {
  return { kind, id: text(id) };
}

function routeFrom(route: Ec2Route, routeTableId: string): Route {
  const state = route.State;
  const origin = route.Origin;
  return {
    destination: required(
      route.DestinationCidrBlock || route.DestinationIpv6CidrBlock || route.DestinationPrefixListId,
      `the destination of a route in ${routeTableId}`,
    ),
    target: printableTarget(targetFrom(route)),
    state: state === 'blackhole' || state === 'filtered' ? state : 'active',
    origin:
      origin === 'CreateRouteTable' || origin === 'EnableVgwRoutePropagation' || origin === 'Advertisement'
        ? origin
        : 'CreateRoute',
  };
}

export function routeTableFrom(table: Ec2RouteTable, region: string): RouteTable {
  const routeTableId = required(table.RouteTableId, 'a route table id');
  return {
    routeTableId,
    vpcId: required(table.VpcId, `the VPC of ${routeTableId}`),
    region,
    tags: tagsFrom(table.Tags),
    routes: (table.Routes ?? []).map((route) => routeFrom(route, routeTableId)),
    associations: (table.Associations ?? [])
      .filter(({ AssociationState }) => associated(AssociationState?.State))
      .map((association) => ({
        main: association.Main === true,
        ...(association.SubnetId ? { subnetId: word(association.SubnetId) } : {}),
        ...(association.GatewayId ? { gatewayId: word(association.GatewayId) } : {}),
      })),
  };
}

/** AWS's own: nobody else's list may have a name that begins so (VPC guide, "Prefix list rules"). */
const AWS_NAME = 'com.amazonaws.';

/** A list without its entries, for which there is a call of their own. */
export function prefixListFrom(list: ManagedPrefixList): PrefixList {
  const prefixListId = required(list.PrefixListId, 'a prefix list id');
  const name = text(list.PrefixListName ?? prefixListId);
  return {
    prefixListId,
    name,
    owner: list.OwnerId === 'AWS' || name.startsWith(AWS_NAME) ? 'aws' : 'customer',
    ...(list.MaxEntries === undefined ? {} : { maxEntries: list.MaxEntries }),
  };
}
