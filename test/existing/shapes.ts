import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The answers of `aws ec2 describe-…` as far as this folder needs them, and how a snapshot folder holds them. */

export interface Tag {
  Key: string;
  Value: string;
}

export interface Vpc {
  VpcId: string;
  OwnerId: string;
  CidrBlock: string;
  State: string;
  IsDefault: boolean;
  CidrBlockAssociationSet: { AssociationId: string; CidrBlock: string; CidrBlockState: { State: string } }[];
  Ipv6CidrBlockAssociationSet: {
    AssociationId: string;
    Ipv6CidrBlock: string;
    Ipv6CidrBlockState: { State: string };
  }[];
  Tags: Tag[];
}

export interface Side {
  VpcId: string;
  OwnerId: string;
  Region: string;
  CidrBlock?: string;
  CidrBlockSet?: { CidrBlock: string }[];
  Ipv6CidrBlockSet?: { Ipv6CidrBlock: string }[];
}

export interface Peering {
  VpcPeeringConnectionId: string;
  RequesterVpcInfo: Side;
  AccepterVpcInfo: Side;
  Status: { Code: string; Message: string };
  ExpirationTime?: string;
  Tags: Tag[];
}

export interface Route {
  State: string;
  Origin: string;
  DestinationCidrBlock?: string;
  DestinationIpv6CidrBlock?: string;
  DestinationPrefixListId?: string;
  GatewayId?: string;
  NatGatewayId?: string;
  TransitGatewayId?: string;
  NetworkInterfaceId?: string;
  EgressOnlyInternetGatewayId?: string;
  VpcPeeringConnectionId?: string;
}

export interface Association {
  Main: boolean;
  RouteTableAssociationId: string;
  RouteTableId: string;
  SubnetId?: string;
  GatewayId?: string;
  AssociationState: { State: string };
}

export interface RouteTable {
  RouteTableId: string;
  VpcId: string;
  OwnerId: string;
  Routes: Route[];
  Associations: Association[];
  PropagatingVgws: { GatewayId: string }[];
  Tags: Tag[];
}

export interface PrefixList {
  PrefixListId: string;
  PrefixListName: string;
  /** AWS's own lists show none. */
  MaxEntries?: number;
  OwnerId: string;
  AddressFamily?: string;
  State?: string;
}

export interface Entry {
  Cidr: string;
  Description: string;
}

/** The entries of the prefix lists that can be read, by the list's id. */
export type Lists = Readonly<Record<string, readonly Entry[]>>;

/** All answers of one account in one Region. */
export interface RegionFiles {
  Vpcs: Vpc[];
  VpcPeeringConnections: Peering[];
  RouteTables: RouteTable[];
  ManagedPrefixLists: PrefixList[];
  PrefixListEntries: Record<string, Entry[]>;
}

/** By account, then by Region. */
export type Network = Record<string, Record<string, RegionFiles>>;

/** One account's Region with what was answered there. */
export interface Place {
  account: string;
  region: string;
  files: RegionFiles;
}

/** Every (account, Region) of a network. */
export function placesOf(network: Network): Place[] {
  return Object.entries(network).flatMap(([account, regions]) =>
    Object.entries(regions).map(([region, files]) => ({ account, region, files })),
  );
}

/** Every route table of a network. */
export function tablesOf(network: Network): RouteTable[] {
  return placesOf(network).flatMap(({ files }) => files.RouteTables);
}

/** Entries of the lists that can be read anywhere: ids of lists are unique over accounts and Regions. */
export function listsOf(network: Network): Lists {
  return Object.assign({}, ...placesOf(network).map(({ files }) => files.PrefixListEntries));
}

/**
 * Each peering once. A peering between two accounts or Regions is answered in both, with the same CIDRs; the
 * first answer stands for all.
 */
export function peeringsOf(network: Network): Peering[] {
  const all = placesOf(network).flatMap(({ files }) => files.VpcPeeringConnections);
  return [...new Map(all.toReversed().map((peering) => [peering.VpcPeeringConnectionId, peering])).values()];
}

/** The CIDRs of a side, both families; none while AWS hides them. */
export function cidrsOf(side: Side): string[] {
  const set = (side.CidrBlockSet ?? []).map((item) => item.CidrBlock);
  const first = set.length === 0 && side.CidrBlock ? [side.CidrBlock] : set;
  return [...first, ...(side.Ipv6CidrBlockSet ?? []).map((item) => item.Ipv6CidrBlock)];
}

/** The CIDRs that a VPC holds now; what was disassociated stays in the answer for a while. */
export function cidrsOfVpc(vpc: Vpc): string[] {
  return [
    ...vpc.CidrBlockAssociationSet.filter((item) => item.CidrBlockState.State === 'associated').map(
      (item) => item.CidrBlock,
    ),
    ...vpc.Ipv6CidrBlockAssociationSet.filter((item) => item.Ipv6CidrBlockState.State === 'associated').map(
      (item) => item.Ipv6CidrBlock,
    ),
  ];
}

/** The destination of a route that names a block; undefined for one that names a prefix list. */
export function destinationOf(route: Route): string | undefined {
  return route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock;
}

/** The files of a network under a snapshot folder: path → content. */
export function snapshotFiles(network: Network): Record<string, unknown> {
  const files: Record<string, unknown> = {};
  for (const { account, region, files: answers } of placesOf(network)) {
    const folder = `accounts/${account}/${region}`;
    files[`${folder}/Vpcs.json`] = { Vpcs: answers.Vpcs };
    files[`${folder}/VpcPeeringConnections.json`] = { VpcPeeringConnections: answers.VpcPeeringConnections };
    files[`${folder}/RouteTables.json`] = { RouteTables: answers.RouteTables };
    files[`${folder}/ManagedPrefixLists.json`] = { PrefixLists: answers.ManagedPrefixLists };
    files[`${folder}/PrefixListEntries.json`] = { PrefixListEntries: answers.PrefixListEntries };
  }
  return files;
}

/** One file of a snapshot, or what stands for a file that is not there. */
function answer<Value>(folder: string, file: string, key: string, absent: Value): Value {
  const path = join(folder, `${file}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8'))[key] : absent;
}

/** The network that a snapshot folder describes. */
export function readNetwork(folder: string): Network {
  const network: Network = {};
  for (const account of readdirSync(join(folder, 'accounts'))) {
    const regions: Record<string, RegionFiles> = {};
    for (const region of readdirSync(join(folder, 'accounts', account))) {
      const place = join(folder, 'accounts', account, region);
      regions[region] = {
        Vpcs: answer<Vpc[]>(place, 'Vpcs', 'Vpcs', []),
        VpcPeeringConnections: answer<Peering[]>(place, 'VpcPeeringConnections', 'VpcPeeringConnections', []),
        RouteTables: answer<RouteTable[]>(place, 'RouteTables', 'RouteTables', []),
        ManagedPrefixLists: answer<PrefixList[]>(place, 'ManagedPrefixLists', 'PrefixLists', []),
        PrefixListEntries: answer<Record<string, Entry[]>>(
          place,
          'PrefixListEntries',
          'PrefixListEntries',
          {},
        ),
      };
    }
    network[account] = regions;
  }
  return network;
}
