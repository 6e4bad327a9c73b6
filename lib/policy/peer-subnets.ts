import type { RegionInventory } from '../model/inventory.ts';
import type { PeerSubnets } from '../model/peer-subnets.ts';
import { DEAD_STATUSES, type Peering, type PeeringSide } from '../model/peering.ts';
import { readDestination } from '../network/destination.ts';
import { matchesPattern } from './patterns.ts';
import type { Policy, Rule } from './schema.ts';

type SubnetTags = Extract<Rule['routes']['destinations'], { readonly subnetTags: unknown }>['subnetTags'];

/** The tags by which a rule selects the subnets that it routes; undefined: it selects by blocks, or routes all. */
export function subnetTagsOf({ routes: { destinations } }: Rule): SubnetTags | undefined {
  return destinations === 'all' || Array.isArray(destinations) ? undefined : destinations.subnetTags;
}

export function asksSubnets({ rules }: Pick<Policy, 'rules'>): boolean {
  return rules.some((rule) => subnetTagsOf(rule) !== undefined);
}

/** The keys of the tags that rules select subnets by, sorted. */
export function subnetTagKeys({ rules }: Pick<Policy, 'rules'>): string[] {
  return [...new Set(rules.flatMap((rule) => Object.keys(subnetTagsOf(rule) ?? {})))].sort();
}

/** What a rule makes of the subnets at the other end. */
export interface SelectedSubnets {
  /** CIDRs of the subnets whose tags the rule asks for, sorted as text. */
  readonly selected: readonly string[];
  /** Where the account does not own the VPC: CIDRs of all its subnets that it sees. Left out: it sees every one. */
  readonly seen?: readonly string[];
}

function hasTags(tags: Readonly<Record<string, string>>, wanted: SubnetTags): boolean {
  return Object.entries(wanted).every(([name, patterns]) => {
    // A tag may be named like something that every object has ("constructor").
    const value = Object.hasOwn(tags, name) ? tags[name] : undefined;
    return value !== undefined && patterns.some((pattern) => matchesPattern(pattern, value));
  });
}

/** @param subnets undefined: nobody asked for them. @returns text: why it cannot be told, as a phrase. */
export function selectSubnets(
  wanted: SubnetTags,
  subnets: PeerSubnets | undefined,
): SelectedSubnets | { readonly unknown: string } {
  if (subnets === undefined || subnets.seen === 'none') {
    return { unknown: subnets?.problem ?? 'They were not read.' };
  }
  const all = subnets.subnets.flatMap(({ cidrs }) => cidrs).sort();
  const unreadable = all.filter((cidr) => readDestination(cidr) === undefined);
  if (unreadable.length > 0) {
    return { unknown: `These CIDRs of theirs cannot be read: ${unreadable.slice(0, 5).join(', ')}.` };
  }
  const tagged = subnets.subnets.filter(({ tags }) => hasTags(tags, wanted));
  const selected = tagged.flatMap(({ cidrs }) => cidrs).sort();
  return subnets.seen === 'all' ? { selected } : { selected, seen: all };
}

/** As a policy file writes it, for messages. */
export function subnetTagsText(wanted: SubnetTags): string {
  return Object.entries(wanted)
    .map(([name, patterns]) => `${name} [${patterns.join(', ')}]`)
    .join(', ');
}

/** VPCs of which subnets have to be read, in the Region where they are. */
export interface SubnetQuestion {
  readonly region: string;
  readonly vpcs: readonly Pick<PeeringSide, 'vpcId' | 'accountId'>[];
}

/**
 * The VPCs at the other ends of peerings that are not dead whose subnets a rule may select, by Region: one call each. None
 * where no rule selects subnets.
 */
export function subnetsAsked(
  { accountId, region }: Pick<RegionInventory, 'accountId' | 'region'>,
  peerings: readonly Peering[],
  policy: Pick<Policy, 'rules'>,
): SubnetQuestion[] {
  const asking = policy.rules.filter((rule) => subnetTagsOf(rule) !== undefined);
  if (asking.length === 0) {
    return [];
  }
  const admits = ({ remote: { accounts } }: Rule, account: string) =>
    accounts.length === 0 || accounts.some((each) => each !== 'self' && matchesPattern(each, account));
  const byRegion = new Map<string, Map<string, SubnetQuestion['vpcs'][number]>>();
  const isOwn = (side: PeeringSide) => side.accountId === accountId && side.region === region;
  for (const { status, requester, accepter } of peerings) {
    for (const [near, far] of [
      [requester, accepter],
      [accepter, requester],
    ] as const) {
      // A person may have accepted any peering as any of the rules; of own VPCs it costs little to know more.
      const asked = far.accountId === accountId || asking.some((rule) => admits(rule, far.accountId));
      if (!DEAD_STATUSES.has(status) && isOwn(near) && asked) {
        const vpcs = byRegion.get(far.region) ?? new Map();
        byRegion.set(far.region, vpcs.set(far.vpcId, { vpcId: far.vpcId, accountId: far.accountId }));
      }
    }
  }
  return [...byRegion]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, vpcs]) => ({
      region: place,
      vpcs: [...vpcs.values()].sort((a, b) => (a.vpcId < b.vpcId ? -1 : 1)),
    }));
}
