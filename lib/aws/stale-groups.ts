import {
  DescribeStaleSecurityGroupsCommand,
  type EC2Client,
  type StaleSecurityGroup as Ec2StaleGroup,
} from '@aws-sdk/client-ec2';
import type { StaleGroup } from '../model/network.ts';
import { namingCall } from './call-error.ts';
import { staleGroupFrom } from './network-mapping.ts';
import { allPages } from './pages.ts';

/** The largest page of DescribeStaleSecurityGroups (EC2 API reference). */
const PAGE = 255;

/** As EC2 answers, every page. */
export function describeStaleGroups(
  client: EC2Client,
  region: string,
  VpcId: string,
): Promise<Ec2StaleGroup[]> {
  return namingCall('DescribeStaleSecurityGroups', region, VpcId, () =>
    allPages(async (NextToken) => {
      const page = await client.send(
        new DescribeStaleSecurityGroupsCommand({ VpcId, MaxResults: PAGE, NextToken }),
      );
      return { items: page.StaleSecurityGroupSet ?? [], nextToken: page.NextToken };
    }),
  );
}

/** The groups of a VPC with rules that refer to groups that are gone, or behind a peering that is. */
export async function readStaleGroups(
  client: EC2Client,
  region: string,
  vpcId: string,
): Promise<StaleGroup[]> {
  const items = await describeStaleGroups(client, region, vpcId);
  return items.flatMap((item) => staleGroupFrom(item) ?? []);
}
