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
} from '@aws-sdk/client-ec2';
import type { Place } from '../types.ts';
import type { Block } from './address.ts';
import {
  blocksOf,
  joinedPeerings,
  prefixListsIn,
  readAcl,
  readGroup,
  readHost,
  readPeering,
  readSubnet,
  readTable,
  readVpc,
  sidesOf,
} from './read-ec2.ts';
import type {
  Host,
  Network,
  NetworkAcl,
  NetworkGroup,
  NetworkPeering,
  NetworkSubnet,
  NetworkTable,
  NetworkVpc,
} from './types.ts';

/** Gives the client that reads EC2 of one account and Region. */
export type Ec2At = (place: Place) => EC2Client;

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

/** Everything of a place as EC2 describes it. */
async function describePlace(ec2: EC2Client) {
  const [vpcs, subnets, tables, peerings, groups, acls] = await Promise.all([
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
  ]);
  return { vpcs, subnets, tables, peerings, groups, acls };
}

async function loadPlace(ec2: EC2Client, place: Place): Promise<LoadedPlace> {
  const [{ vpcs, subnets, tables, peerings, groups, acls }, hosts] = await Promise.all([
    describePlace(ec2),
    loadHosts(ec2, place),
  ]);
  const prefixLists = await loadPrefixLists(ec2, prefixListsIn(tables, groups));
  const aclOf = new Map(
    acls.flatMap(({ NetworkAclId, Associations }) =>
      (Associations ?? []).map(({ SubnetId }) => [SubnetId ?? '', NetworkAclId ?? ''] as const),
    ),
  );
  return {
    vpcs: vpcs.map((vpc) => readVpc(vpc, place)),
    subnets: subnets.map((subnet) => readSubnet(subnet, tables, aclOf)),
    tables: tables.map((table) => readTable(table, prefixLists)),
    peerings: peerings.map(readPeering),
    groups: groups.map((group) => readGroup(group, prefixLists)),
    acls: acls.map(readAcl),
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
