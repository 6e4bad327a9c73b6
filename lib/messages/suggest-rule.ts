import type { Peering, PeeringSide, PeeringView } from '../model/peering.ts';
import { readDestination } from '../network/destination.ts';
import type { Policy, PolicyInput } from '../policy/schema.ts';

type RuleInput = NonNullable<PolicyInput['rules']>[number];

export interface SuggestedRule {
  /** As a policy file may write it. */
  readonly rule: RuleInput;
  /** An item of the list `rules`, indented by two spaces, to paste. */
  readonly yaml: readonly string[];
}

/** The two sides of a peering: `local` is the one that this account owns. */
export type Sides = Pick<PeeringView, 'local' | 'remote'>;

/** A request is decided from the side of its accepter. */
export function sidesOfRequest({ accepter, requester }: Pick<Peering, 'accepter' | 'requester'>): Sides {
  return { local: accepter, remote: requester };
}

const MAX_NAME = 64;

/** The name is free in the policy, because tags of route tables choose rules by it. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const name = `${base.slice(0, MAX_NAME - suffix.length)}${suffix}`;
    if (!taken.has(name)) {
      return name;
    }
  }
}

/** Canonical; undefined where one is not visible or cannot be read, because then a list would leave something out. */
function blocksOf(sides: readonly PeeringSide[]): string[] | undefined {
  const blocks = new Set<string>();
  for (const { cidrs } of sides) {
    for (const text of cidrs) {
      const block = readDestination(text)?.text;
      if (block === undefined) {
        return undefined;
      }
      blocks.add(block);
    }
    if (cidrs.length === 0) {
      return undefined;
    }
  }
  return [...blocks];
}

/** Ids and CIDRs in quotes: YAML would take an account for a number. */
function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}

function yamlOf({ name, effect, local, remote }: RuleInput): string[] {
  const selectorsText = (selectors: Readonly<Record<string, readonly string[] | undefined>>) =>
    Object.entries(selectors)
      .flatMap(([key, values]) => (values === undefined ? [] : [`${key}: ${list(values)}`]))
      .join(', ');
  return [
    `  - name: ${name}`,
    `    effect: ${effect}`,
    `    local: { ${selectorsText({ accounts: local?.accounts, vpcs: local?.vpcs })} }`,
    `    remote: { ${selectorsText({ accounts: remote?.accounts, vpcs: remote?.vpcs, cidrs: remote?.cidrs })} }`,
    '    routes: { destinations: all }',
  ];
}

/**
 * The narrowest accept rule for a peering that no rule matches. Where the other VPC's CIDRs are visible it names them, else
 * the VPC itself. Of a peering inside one account the rule covers both sides, so that both are routed.
 *
 * Undefined where an id is none that a policy could name. Guardrails, and rules that hold or reject, still apply to it.
 */
export function suggestRule(
  { local, remote }: Sides,
  policy: Pick<Policy, 'rules'>,
): SuggestedRule | undefined {
  const inside = local.accountId === remote.accountId;
  const vpcIds = [local.vpcId, remote.vpcId];
  if (!/^[0-9]{12}$/.test(remote.accountId) || !vpcIds.every((id) => /^vpc-[0-9a-f]{1,32}$/.test(id))) {
    return undefined;
  }
  const remotes = inside ? [local, remote] : [remote];
  const cidrs = blocksOf(remotes);
  const taken = new Set(policy.rules.map(({ name }) => name));
  const rule: RuleInput = {
    name: freeName(inside ? vpcIds.join('-') : `${remote.accountId}-${local.vpcId}`, taken),
    effect: 'accept',
    local: {
      // The rule does not open more than it has to where the policy tells accounts apart.
      ...(policy.rules.some((each) => each.local.accounts.length > 0) && { accounts: [local.accountId] }),
      vpcs: inside ? vpcIds : [local.vpcId],
    },
    remote: {
      accounts: [inside ? 'self' : remote.accountId],
      ...(cidrs === undefined ? { vpcs: remotes.map(({ vpcId }) => vpcId) } : { cidrs }),
    },
    routes: { destinations: 'all' },
  };
  return { rule, yaml: yamlOf(rule) };
}
