import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { unverifiedAuthorization } from '../signature.ts';

/** What a web page may try to send to the local AWS, and what that would change there. */

export const AUTHORIZATION = unverifiedAuthorization({
  accessKeyId: 'test',
  region: 'us-east-1',
  service: 'ec2',
});

/** A body that makes a VPC. */
export const CREATE_VPC = 'Action=CreateVpc&Version=2016-11-15&CidrBlock=10.66.0.0%2F16';

/** The same with its signature in the query, which a page can send without asking first. */
export const SIGNED_QUERY = `${CREATE_VPC}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fec2%2Faws4_request`;

/** What a request may have changed: the VPCs of the account, and by how many days or so the clock of the lab was put forward. */
export async function whatPagesMayChange(labUrl: string) {
  const ec2 = new EC2Client({
    endpoint: labUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  const { now } = (await (await fetch(`${labUrl}/_lab/clock`)).json()) as { readonly now: string };
  return { vpcs: Vpcs?.length, forward: Math.floor(Math.abs(Date.parse(now) - Date.now()) / 1_000_000_000) };
}
