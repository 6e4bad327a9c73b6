import { DescribeSubnetsCommand, type EC2Client, type Subnet as Ec2Subnet } from '@aws-sdk/client-ec2';
import { namingCall } from './call-error.ts';
import { chunks, filters } from './ec2-filters.ts';
import { allPages } from './pages.ts';

/** The largest page of the call (EC2 API reference). */
const PAGE = 1000;

/** Subnets of these VPCs that the caller sees: its own, and those that other accounts share with it. */
export function describeSubnets(
  client: EC2Client,
  region: string,
  vpcIds: readonly string[],
): Promise<Ec2Subnet[]> {
  return namingCall('DescribeSubnets', region, vpcIds.join(', '), async () => {
    const byChunk = await Promise.all(
      chunks(vpcIds).map((chunk) =>
        allPages(async (NextToken) => {
          const page = await client.send(
            new DescribeSubnetsCommand({ ...filters({ 'vpc-id': chunk }), MaxResults: PAGE, NextToken }),
          );
          return { items: page.Subnets ?? [], nextToken: page.NextToken };
        }),
      ),
    );
    return byChunk.flat();
  });
}
