import type { UnitAnswers } from '../model/organizational-unit.ts';
import type { Connection, Policy } from '../policy/schema.ts';

/** In whose VPCs the policy looks for spokes. */

const NO_UNITS: UnitAnswers = new Map();

export interface SpokeAccounts {
  /** In no order that means anything. */
  readonly accounts: readonly string[];
  /** Of these: those that are not active by AWS Organizations, so that nobody can look at them. With the state. */
  readonly closed: ReadonlyMap<string, string>;
  /** Units that were not read: which accounts are there is not known. */
  readonly unreadUnits: readonly string[];
  /** Accounts that the policy names and that are in none of its units. */
  readonly outside: readonly string[];
}

/** Whether an account is in one of the units that a connection names; `not-asked` where it names none. */
export type UnitMembership = 'inside' | 'outside' | 'unknown' | 'not-asked';

interface Members {
  readonly states: ReadonlyMap<string, string>;
  readonly unread: readonly string[];
}

function membersOf(units: readonly string[], answers: UnitAnswers): Members {
  const states = new Map<string, string>();
  const unread: string[] = [];
  for (const unit of units) {
    const answer = answers.get(unit);
    if (answer === undefined || 'unread' in answer) unread.push(unit);
    else for (const { accountId, state } of answer.accounts) states.set(accountId, state);
  }
  return { states, unread };
}

type Spokes = Pick<Connection['spokes'], 'accounts' | 'organizationalUnits'>;

/** The accounts that are named; of them, where units are named too, those in the units; without any named, all of these. */
export function spokeAccountsOf(
  { accounts, organizationalUnits: units }: Spokes,
  ownAccountId: string,
  answers: UnitAnswers = NO_UNITS,
): SpokeAccounts {
  const named = [...new Set(accounts.map((account) => (account === 'self' ? ownAccountId : account)))];
  if (units === undefined) {
    return {
      accounts: named.length === 0 ? [ownAccountId] : named,
      closed: new Map(),
      unreadUnits: [],
      outside: [],
    };
  }
  const { states, unread } = membersOf(units, answers);
  const inside = named.length === 0 ? [...states.keys()] : named.filter((account) => states.has(account));
  return {
    accounts: inside,
    closed: new Map(
      inside.flatMap((account): [string, string][] => {
        const state = states.get(account) ?? 'ACTIVE';
        return state === 'ACTIVE' ? [] : [[account, state]];
      }),
    ),
    unreadUnits: unread,
    outside: unread.length > 0 ? [] : named.filter((account) => !states.has(account)),
  };
}

export function unitMembershipOf(
  accountId: string,
  { organizationalUnits: units }: Spokes,
  answers: UnitAnswers = NO_UNITS,
): UnitMembership {
  if (units === undefined) {
    return 'not-asked';
  }
  const { states, unread } = membersOf(units, answers);
  if (states.has(accountId)) {
    return 'inside';
  }
  return unread.length === 0 ? 'outside' : 'unknown';
}

/** Other accounts whose VPCs have to be read: those of all connections, each once, that can be. */
export function accountsToRead(
  { connect = [] }: Pick<Policy, 'connect'>,
  ownAccountId: string,
  answers: UnitAnswers = NO_UNITS,
): readonly string[] {
  const all = connect.flatMap(({ spokes }) => {
    const { accounts, closed } = spokeAccountsOf(spokes, ownAccountId, answers);
    return accounts.filter((account) => !closed.has(account));
  });
  return [...new Set(all)].filter((account) => account !== ownAccountId).sort();
}
