import { hasWildcard } from './patterns.ts';
import type { Effect, Policy } from './schema.ts';

/**
 * Characters that accounts may take in the policy of the role that accepts. IAM allows 10,240 for all statements of a role
 * (IAM quotas); the others take some 3,000, and a customer key, a long stage or another partition some more.
 */
const ROOM = 6_000;
/** One account whose requests may be accepted, in its ARN. */
const NAMED = 45;
/** One account that is told, in the ARN of its bus. */
const TRUSTED = 100;

/** Whose requests the rules of a policy that accept, or hold, are about, as far as they name accounts. */
export type AcceptedAccounts =
  /** Ids and `self`, sorted. */
  | { readonly kind: 'named'; readonly accounts: readonly string[] }
  /** Patterns, organizational units or account tags decide. */
  | { readonly kind: 'unnamed' }
  /** Named, and too many for a role's policy. */
  | { readonly kind: 'many'; readonly most: number };

/**
 * What IAM can hold of the decision whose requests are accepted. A rule that selects by accounts and more accepts from
 * fewer than it names, never from others.
 */
export function acceptedAccounts(policy: Pick<Policy, 'rules' | 'trust'>): AcceptedAccounts {
  return accountsOf(policy, 'accept');
}

/** The same of hold rules: whose requests a person may accept from chat. */
export function heldAccounts(policy: Pick<Policy, 'rules' | 'trust'>): AcceptedAccounts {
  return accountsOf(policy, 'hold');
}

function accountsOf(
  { rules, trust }: Pick<Policy, 'rules' | 'trust'>,
  which: Extract<Effect, 'accept' | 'hold'>,
): AcceptedAccounts {
  const accepting = rules.filter(({ effect }) => effect === which).map(({ remote }) => remote.accounts);
  if (accepting.some((accounts) => accounts.length === 0 || accounts.some(hasWildcard))) {
    return { kind: 'unnamed' };
  }
  const accounts = [...new Set(accepting.flat())].sort();
  const most = Math.max(0, Math.floor((ROOM - TRUSTED * trust.accounts.length) / NAMED));
  return accounts.length > most ? { kind: 'many', most } : { kind: 'named', accounts };
}
