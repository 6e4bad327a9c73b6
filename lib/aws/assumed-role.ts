import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type CredentialProvider, createClient } from './clients.ts';

/**
 * Credentials of a role, asked for at each call: a client keeps them, and asks again before they expire.
 *
 * @param region of the STS endpoint that is asked.
 * @returns a provider that throws the SDK's own error.
 */
export function assumedRole(roleArn: string, region: string): CredentialProvider {
  const sts = createClient(STSClient, { region });
  return async () => {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'vpc-peering-autopilot' }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
      throw new Error('STS answered without credentials.');
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      ...(Expiration === undefined ? {} : { expiration: Expiration }),
    };
  };
}
