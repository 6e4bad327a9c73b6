import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { createClient } from '../../lib/aws/clients.ts';
import {
  accountsOfOrganization,
  accountsUnder,
  type MemberAccount,
} from '../../lib/aws/organization-accounts.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { AccountSelection } from '../accounts.ts';
import { CliError } from '../errors.ts';

/** The accounts that `--accounts` means; those named by id come without a name, and nobody is asked about them. */
export type FleetAccount = Pick<MemberAccount, 'accountId'> & Partial<MemberAccount>;

function problemWith(asked: string, error: unknown): string {
  const { kind, code, message } = classifyAwsError(error);
  if (code === 'ParentNotFoundException') {
    return `There is no organizational unit ${asked} in this organization. aws organizations list-organizational-units-for-parent shows those that there are.`;
  }
  const remedy =
    kind === 'denied'
      ? 'Only the management account and delegated administrators may ask: use such a profile (AWS_PROFILE), or name the accounts by their IDs.'
      : kind === 'transient' || kind === 'throttled'
        ? 'Try again in a minute.'
        : 'Name the accounts by their IDs.';
  return `AWS Organizations does not say which accounts --accounts ${asked} means: ${code}: ${message} ${remedy}`;
}

/**
 * @param region any of the partition: the SDK finds the one endpoint of Organizations.
 * @returns by account id.
 * @throws CliError when the organization has to be asked and does not answer.
 */
export async function fleetAccounts(
  { everything, units, accounts, without }: AccountSelection,
  region: string,
): Promise<FleetAccount[]> {
  const client = createClient(OrganizationsClient, { region });
  const found = new Map<string, FleetAccount>(accounts.map((accountId) => [accountId, { accountId }]));
  const add = async (asked: string, list: () => Promise<MemberAccount[]>) => {
    try {
      for (const member of await list()) found.set(member.accountId, member);
    } catch (error) {
      throw new CliError(problemWith(asked, error), { cause: error });
    }
  };
  if (everything) {
    await add('all', () => accountsOfOrganization(client));
  }
  for (const unit of everything ? [] : units) {
    await add(unit, () => accountsUnder(client, unit));
  }
  const left = [...found.values()].filter(({ accountId }) => !without.includes(accountId));
  if (left.length === 0) {
    throw new CliError('--accounts selects no account: what it names holds none, or all are left out.');
  }
  return left.sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
}
