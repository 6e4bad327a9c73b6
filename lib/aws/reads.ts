import {
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import type { PrefixList } from '../model/prefix-list.ts';
import type { NetworkReader, OnSkipped, PeeringFilter, TableFilter } from '../ports/network-reader.ts';
import { AwsCallError } from './call-error.ts';
import type { Ec2Clients } from './ec2-clients.ts';
import { chunks, FILTER_VALUES, filters } from './ec2-filters.ts';
import { peeringFrom, routeTableFrom, vpcFrom } from './mapping.ts';
import { allPages, mapped, type Page } from './pages.ts';
import { readPeerSubnets } from './peer-subnets.ts';
import { readPrefixLists } from './prefix-lists.ts';

/** Largest pages EC2 allows (EC2 API reference): fewer calls for the same answer. */
const PEERING_PAGE = 1000;
const VPC_PAGE = 1000;
const ROUTE_TABLE_PAGE = 100;

/**
 * All pages of a Describe call, in as many calls as a list of ids needs that one filter cannot hold.
 *
 * Ids are passed as filters, not as id lists: EC2 answers a filter that names a vanished id with what is left,
 * and an id list with an error for all of it.
 *
 * @param values of the filter that may be long; undefined: everything in the Region.
 */
async function pagesFor<Item>(
  call: string,
  region: string,
  values: readonly string[] | undefined,
  read: (chunk: readonly string[] | undefined, nextToken: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  try {
    const byChunk = await Promise.all(
      chunks(values).map((chunk) => allPages((nextToken) => read(chunk, nextToken))),
    );
    return byChunk.flat();
  } catch (error) {
    throw new AwsCallError(call, region, values === undefined ? 'everything' : values.join(', '), error);
  }
}

function describePeerings(client: EC2Client, region: string, { peeringIds, statuses }: PeeringFilter) {
  return pagesFor('DescribeVpcPeeringConnections', region, peeringIds, async (chunk, NextToken) => {
    const answer = await client.send(
      new DescribeVpcPeeringConnectionsCommand({
        ...filters({ 'vpc-peering-connection-id': chunk, 'status-code': statuses }),
        MaxResults: PEERING_PAGE,
        NextToken,
      }),
    );
    return { items: answer.VpcPeeringConnections ?? [], nextToken: answer.NextToken };
  });
}

function describeVpcs(client: EC2Client, region: string, vpcIds: readonly string[] | undefined) {
  // Beyond one filter's worth, all VPCs come in fewer calls than the wanted ones.
  const named = vpcIds === undefined || vpcIds.length > FILTER_VALUES ? undefined : vpcIds;
  return pagesFor('DescribeVpcs', region, named, async (chunk, NextToken) => {
    const answer = await client.send(
      new DescribeVpcsCommand({ ...filters({ 'vpc-id': chunk }), MaxResults: VPC_PAGE, NextToken }),
    );
    return { items: answer.Vpcs ?? [], nextToken: answer.NextToken };
  });
}

function describeRouteTables(client: EC2Client, region: string, { vpcIds, routeTableIds }: TableFilter) {
  return pagesFor('DescribeRouteTables', region, vpcIds, async (chunk, NextToken) => {
    const answer = await client.send(
      new DescribeRouteTablesCommand({
        ...filters({ 'vpc-id': chunk, 'route-table-id': routeTableIds }),
        MaxResults: ROUTE_TABLE_PAGE,
        NextToken,
      }),
    );
    return { items: answer.RouteTables ?? [], nextToken: answer.NextToken };
  });
}

/**
 * Reads the network through EC2's Describe calls.
 *
 * @param otherwise told of an item that cannot be understood where the read itself names nobody to tell.
 */
export function createNetworkReader(clients: Ec2Clients, otherwise: OnSkipped): NetworkReader {
  const awsLists = new Map<string, PrefixList>();
  return {
    async readPeerings(region, filter, onSkipped = otherwise) {
      const items = await describePeerings(clients.forRegion(region), region, filter);
      return mapped(items, (item) => peeringFrom(item, region), onSkipped);
    },
    async readVpcs(region, vpcIds, onSkipped = otherwise) {
      const items = await describeVpcs(clients.forRegion(region), region, vpcIds);
      return mapped(items, (item) => vpcFrom(item, region), onSkipped);
    },
    async readTables(region, filter, onSkipped = otherwise) {
      const items = await describeRouteTables(clients.forRegion(region), region, filter);
      return mapped(items, (item) => routeTableFrom(item, region), onSkipped);
    },
    readPeerSubnets: (region, vpcIds, onSkipped = otherwise) =>
      readPeerSubnets(clients, region, vpcIds, onSkipped),
    readPrefixLists: (region, prefixListIds) =>
      readPrefixLists(clients.forRegion(region), region, prefixListIds, awsLists),
  };
}
