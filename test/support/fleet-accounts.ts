import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { parseStackFile } from '../../lib/policy/stack-file.ts';
import { resources } from '../../resources/index.ts';
import { policyOf } from './fixtures.ts';
import { labAccount } from './lab-account.ts';

/** An organization in the lab whose management account reads the others. */
export interface LabOrganization {
  readonly id: string;
  readonly client: OrganizationsClient;
  /** @returns the new account's id. */
  createAccount(name: string): Promise<string>;
}

/** Its management account is the lab's own. */
export async function createLabOrganization(endpoint: string, region: string): Promise<LabOrganization> {
  const { credentials } = await labAccount({ endpoint, region });
  const client = new OrganizationsClient({ endpoint, region, credentials });
  const { Organization } = await client.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  if (Organization?.Id === undefined) throw new Error('the lab answered without an organization');
  return {
    id: Organization.Id,
    client,
    async createAccount(name) {
      const { CreateAccountStatus } = await client.send(
        new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com` }),
      );
      if (CreateAccountStatus?.AccountId === undefined)
        throw new Error('the lab answered without an account');
      return CreateAccountStatus.AccountId;
    },
  };
}

/** What of the stack an account needs to be read: its role and its registry, as the product's template has them. */
export async function makeReadable(
  {
    endpoint,
    region,
    accountId,
  }: { readonly endpoint: string; readonly region: string; readonly accountId: string },
  {
    reader,
    organization,
    rolePath = '/',
  }: { readonly reader: string; readonly organization: string; readonly rolePath?: string },
): Promise<void> {
  const options = parseStackFile(
    `version: 1\nrolePath: ${rolePath}\nfleetReader: { account: "${reader}", organization: ${organization} }`,
    'peering-stack.yml',
  );
  const { Resources } = resources({ policy: policyOf({}), stage: 'prod', options });
  const { FleetReaderRole, Registry } = Resources;
  const { credentials } = await labAccount({ endpoint, region, accountId });
  const cloudFormation = new CloudFormationClient({ endpoint, region, credentials });
  const StackName = 'vpc-peering-autopilot-prod';
  await cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify({ Resources: { FleetReaderRole, Registry } }),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  if (Stacks?.[0]?.StackStatus !== 'CREATE_COMPLETE') {
    throw new Error(`the stack of ${accountId} is ${Stacks?.[0]?.StackStatus}`);
  }
}
