import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { labAccount } from './lab-account.ts';

/** What `fleetReader` of an account's peering-stack.yml makes for a function of another account, without an organization. */
export async function letLook({
  endpoint,
  region,
  accountId,
  reader,
}: {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** The account that may look. */
  readonly reader: string;
}): Promise<void> {
  const { credentials } = await labAccount({ endpoint, region, accountId });
  const iam = new IAMClient({ endpoint, region, credentials });
  const RoleName = 'vpc-peering-autopilot-prod-fleet-reader';
  const statement = (of: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...of }] });
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: '/vpc-peering-autopilot/prod/',
      AssumeRolePolicyDocument: statement({
        Principal: { AWS: `arn:aws:iam::${reader}:root` },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'fleet-reader',
      PolicyDocument: statement({ Action: 'ec2:DescribeVpcs', Resource: '*' }),
    }),
  );
}
