import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

/** A person of the account, who may do what a role says and no more. */

/** The lab checks the calls of roles below this path, and whom they trust. */
const CHECKED_PATH = '/vpc-peering-autopilot-deployment/';

interface Where {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Makes a role that its account may assume, with this policy document and no other. @returns its ARN. */
export async function roleWith(
  name: string,
  policy: object,
  { accountId, ...given }: Where,
): Promise<string> {
  const iam = new IAMClient(given);
  await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      Path: CHECKED_PATH,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({ RoleName: name, PolicyName: name, PolicyDocument: JSON.stringify(policy) }),
  );
  return `arn:aws:iam::${accountId}:role${CHECKED_PATH}${name}`;
}

/** The environment of somebody who has such a role. */
export async function personWith(
  name: string,
  statements: readonly object[],
  where: Where,
): Promise<Record<string, string>> {
  const RoleArn = await roleWith(name, { Version: '2012-10-17', Statement: statements }, where);
  const { Credentials } = await new STSClient(where).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'ann' }),
  );
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}

/** The statements that docs/cli.md says people need who answer requests and renew peerings. */
export function documentedStatements(): { readonly Sid: string; readonly Action: string[] }[] {
  const page = readFileSync(join(__dirname, '../../docs/cli.md'), 'utf8');
  const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json);
  return blocks.filter((json) => json.includes('"Statement"')).flatMap((json) => JSON.parse(json).Statement);
}
