import type { UnitAccount, UnitAnswers } from '../model/organizational-unit.ts';
import type { DecisionFacts } from '../policy/decision.ts';

export type OrganizationFacts = NonNullable<DecisionFacts['organization']>;

/** What is read from AWS Organizations; `aws/organizations.ts` fills it, tests fill it in memory. */
export interface OrganizationReader {
  /**
   * The units above an account and its tags. An account that is not in the organization has neither.
   * @throws AWS errors when Organizations, or the role that reads it, does not answer.
   */
  readAccount(accountId: string): Promise<OrganizationFacts>;
}

/** Which accounts an organizational unit has; filled and faked as `OrganizationReader`. */
export interface UnitReader {
  /**
   * Those at any depth below the unit or root.
   * @throws AWS errors when Organizations, or the role that reads it, does not answer, and where there is no such unit.
   */
  readAccountsIn(unit: string): Promise<readonly UnitAccount[]>;
}

/** Answers by unit, kept for a while. Never throws: what cannot be read is an answer, too. */
export interface UnitLookup {
  lookUp(units: readonly string[]): Promise<UnitAnswers>;
}

export interface UnreadAccount {
  readonly reason: string;
  /** The same read may succeed later without anybody doing anything. */
  readonly retry: boolean;
}

export type OrganizationAnswer = { readonly facts: OrganizationFacts } | { readonly unread: UnreadAccount };

/** Answers by account id, kept for a while. Never throws: what cannot be read is an answer, too. */
export interface OrganizationLookup {
  lookUp(accountIds: readonly string[]): Promise<ReadonlyMap<string, OrganizationAnswer>>;
}
