import {
  type Account,
  type OrganizationsClient,
  paginateListAccounts,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
} from '@aws-sdk/client-organizations';
import { append } from '../model/append.ts';

/** Which accounts an organization has. Only its management account and delegated administrators may ask. */

export interface MemberAccount {
  readonly accountId: string;
  readonly name: string;
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, … */
  readonly state: string;
}

/** AWS announced that `Status` goes away on 9 September 2026, and `State` says the same (API reference, `Account`). */
function memberFrom({ Id = '', Name = '', State, Status }: Account): MemberAccount {
  return { accountId: Id, name: Name, state: State ?? Status ?? 'UNKNOWN' };
}

/** @throws the SDK's own errors. */
export async function accountsOfOrganization(client: OrganizationsClient): Promise<MemberAccount[]> {
  const members: MemberAccount[] = [];
  for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) {
    append(members, Accounts.map(memberFrom));
  }
  return members;
}

/**
 * Those of an organizational unit or root, at any depth.
 *
 * @throws the SDK's own errors: `ParentNotFoundException` for a unit that does not exist.
 */
export async function accountsUnder(client: OrganizationsClient, parentId: string): Promise<MemberAccount[]> {
  const members: MemberAccount[] = [];
  for await (const { Accounts = [] } of paginateListAccountsForParent({ client }, { ParentId: parentId })) {
    append(members, Accounts.map(memberFrom));
  }
  const pages = paginateListOrganizationalUnitsForParent({ client }, { ParentId: parentId });
  for await (const { OrganizationalUnits = [] } of pages) {
    for (const { Id = '' } of OrganizationalUnits) {
      append(members, await accountsUnder(client, Id));
    }
  }
  return members;
}
