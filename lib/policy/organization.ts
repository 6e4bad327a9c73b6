import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import { matchesPattern } from './patterns.ts';
import type { Policy, Rule } from './schema.ts';

function selectsUnits({ remote }: Rule): boolean {
  return remote.organizationalUnits.length > 0;
}

function selectsTags({ remote }: Rule): boolean {
  return Object.keys(remote.accountTags).length > 0;
}

/** What the rules of a policy ask of AWS Organizations. */
export function organizationNeeds({ rules }: Policy): {
  readonly units: boolean;
  readonly tags: boolean;
} {
  return { units: rules.some(selectsUnits), tags: rules.some(selectsTags) };
}

/** What any of them asks. */
export function organizationNeedsOf(policies: readonly Policy[]): ReturnType<typeof organizationNeeds> {
  const needs = policies.map(organizationNeeds);
  return { units: needs.some(({ units }) => units), tags: needs.some(({ tags }) => tags) };
}

export function asksOrganization(policy: Policy): boolean {
  const { units, tags } = organizationNeeds(policy);
  return units || tags;
}

/** Organizational units in which `connect` looks for spokes: each once, sorted. */
export function spokeUnitsOf(policies: readonly Pick<Policy, 'connect'>[]): readonly string[] {
  const named = policies.flatMap(({ connect = [] }) =>
    connect.flatMap(({ spokes }) => spokes.organizationalUnits ?? []),
  );
  return [...new Set(named)].sort();
}

/** Remote accounts of peerings that are not dead, and of which a rule asks something that Organizations knows. */
export function accountsAsked(inventories: readonly RegionInventory[], policy: Policy): string[] {
  const asking = policy.rules.filter((rule) => selectsUnits(rule) || selectsTags(rule));
  if (asking.length === 0) {
    return [];
  }
  const admits = ({ remote: { accounts } }: Rule, account: string, own: string) =>
    accounts.length === 0 ||
    accounts.some((pattern) => (pattern === 'self' ? account === own : matchesPattern(pattern, account)));
  const asked = new Set<string>();
  for (const { accountId: own, peerings } of inventories) {
    for (const { status, requester, accepter } of peerings) {
      const account = requester.accountId === own ? accepter.accountId : requester.accountId;
      if (!DEAD_STATUSES.has(status) && asking.some((rule) => admits(rule, account, own))) {
        asked.add(account);
      }
    }
  }
  return [...asked].sort();
}
