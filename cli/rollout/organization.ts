import { DescribeOrganizationCommand, type OrganizationsClient } from '@aws-sdk/client-organizations';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { accountsUnder } from '../../lib/aws/organization-accounts.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';

/** What AWS Organizations says; undefined where the caller may not ask, or is in no organization. */
export interface Organization {
  id(): Promise<string | undefined>;
  /**
   * Active accounts in an OU or root, at any depth: those that get a stack. The management account never does.
   * @returns `not there` for an OU that does not exist.
   */
  accountsIn(parent: string): Promise<number | 'not there' | undefined>;
}

const NO_ORGANIZATION = 'AWSOrganizationsNotInUseException';
const NO_PARENT = 'ParentNotFoundException';

export function createOrganization(client: OrganizationsClient, region: string): Organization {
  let described: Promise<{ readonly id?: string; readonly management?: string }> | undefined;

  async function describe() {
    try {
      const { Organization: found } = await client.send(new DescribeOrganizationCommand({}));
      return {
        ...(found?.Id === undefined ? {} : { id: found.Id }),
        ...(found?.MasterAccountId === undefined ? {} : { management: found.MasterAccountId }),
      };
    } catch (error) {
      const { kind, code } = classifyAwsError(error);
      if (kind === 'denied' || code === NO_ORGANIZATION) return {};
      throw new AwsCallError('DescribeOrganization', region, 'the organization', error);
    }
  }
  const description = () => {
    described ??= describe();
    return described;
  };

  async function count(parent: string, management: string | undefined): Promise<number> {
    const members = await accountsUnder(client, parent);
    return members.filter(({ accountId, state }) => state === 'ACTIVE' && accountId !== management).length;
  }

  return {
    id: async () => (await description()).id,
    async accountsIn(parent) {
      try {
        return await count(parent, (await description()).management);
      } catch (error) {
        const { kind, code } = classifyAwsError(error);
        if (code === NO_PARENT) return 'not there';
        if (kind === 'denied' || code === NO_ORGANIZATION) return undefined;
        throw new AwsCallError('ListAccountsForParent', region, parent, error);
      }
    },
  };
}
