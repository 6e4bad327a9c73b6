import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES, type Peering, type PeeringView } from '../model/peering.ts';
import type { Route } from '../model/route-table.ts';
import { viewKey } from '../model/views.ts';
import type { Cidr } from '../network/cidr.ts';
import type { Decision, DecisionFacts } from '../policy/decide.ts';
import { destinationsOf } from '../policy/destinations.ts';
import type { Policy, Rule } from '../policy/schema.ts';
import { syncMarkOf } from './synced.ts';

export interface ViewDecision {
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
  readonly decision: Decision;
}

/** A view whose routes the policy wants, and which. */
export interface ManagedView {
  readonly view: PeeringView;
  readonly rule: Rule;
  /** Destinations, disjoint and sorted. */
  readonly wanted: readonly Cidr[];
  /** `request`: the policy accepts it, and nobody has done so yet. */
  readonly stage: 'live' | 'request';
}

/** What the policy makes of the peering that a route points to, seen from the route's VPC. */
export type Standing =
  | { readonly kind: 'managed'; readonly managed: ManagedView }
  /** Gone for good; `why` completes the sentence "pcx-1 …". */
  | { readonly kind: 'dead'; readonly why: string }
  /** Live, but the policy does not want its routes. */
  | {
      readonly kind: 'unmanaged';
      readonly peeringId: string;
      readonly why: string;
      /** CIDRs of the VPC at the other end, as EC2 gives them. */
      readonly remoteCidrs: readonly string[];
      /** The rule that matches it all the same. */
      readonly rule?: string;
      /** The rules for which the product once wrote its routes, as tags of an older version say. */
      readonly formerRules?: readonly string[];
    }
  /** Not live yet, or something about it is unknown: its routes are left as they are. `why` completes "pcx-1 …". */
  | {
      readonly kind: 'untouchable';
      readonly why: string;
      /** Something is unknown, so that nothing can be said about its routes. */
      readonly undecidable?: true;
    };

export interface Standings {
  /** By local VPC, each list by peering id. */
  readonly managedByVpc: ReadonlyMap<string, readonly ManagedView[]>;
  readonly ofView: (view: PeeringView) => Standing | undefined;
  /** @param route a route to a peering, in a table of VPC `vpcId`. */
  readonly standingOf: (route: Route, vpcId: string) => Standing;
  /** About peerings as such: `active-but-not-allowed`. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** What decide cannot know, or undefined. Deny by default: nothing is concluded from what was not read. */
function unknownIn({ view, facts, decision }: ViewDecision): string | undefined {
  if (decision.undecidable) {
    return decision.reasons.join(' ');
  }
  if (facts.localCidrs === undefined) {
    return `the CIDRs of its own side, ${view.local.vpcId}, could not be read.`;
  }
  return view.remote.cidrs.length === 0
    ? `the CIDRs of the other side, ${view.remote.vpcId}, are not visible.`
    : undefined;
}

function notAllowed({ view, decision }: ViewDecision): Finding {
  const { peering, local, remote, region } = view;
  return {
    kind: 'active-but-not-allowed',
    region,
    peeringId: peering.peeringId,
    ...(decision.rule === undefined ? {} : { rule: decision.rule }),
    detail:
      `Rule ${decision.rule} rejects ${peering.peeringId} (${local.vpcId} to ${remote.vpcId} of account ` +
      `${remote.accountId}), yet it is ${peering.status}.`,
    repairable: false,
  };
}

function unmanaged({ view, decision }: ViewDecision, tagPrefix: string): Standing {
  const { peering } = view;
  const mark = syncMarkOf(peering, tagPrefix);
  const recorded = peering.tags[`${tagPrefix}:rule`];
  const formerRules = mark?.rules.length === 0 && recorded !== undefined ? [recorded] : mark?.rules;
  return {
    kind: 'unmanaged',
    peeringId: peering.peeringId,
    why: decision.reasons.join(' '),
    remoteCidrs: view.remote.cidrs,
    ...(decision.rule === undefined ? {} : { rule: decision.rule }),
    ...(formerRules === undefined ? {} : { formerRules }),
  };
}

/** EC2's own words say who ended it, where they say more than the status. */
function whyDead({ status, statusMessage }: Peering): string {
  return statusMessage.toLowerCase() === status ? `is ${status}` : `is ${status} (${statusMessage})`;
}

/** What the decisions of one Region's views mean for routes to their peerings. */
export function standingsOf(
  inventory: RegionInventory,
  policy: Policy,
  decisions: readonly ViewDecision[],
): Standings {
  const findings: Finding[] = [];
  const warnings: string[] = [];
  const rules = new Map(policy.rules.map((rule) => [rule.name, rule]));

  function standing(viewDecision: ViewDecision): Standing {
    const { view, decision } = viewDecision;
    const { peering, local, remote } = view;
    const { peeringId, status } = peering;
    const rule = decision.rule === undefined ? undefined : rules.get(decision.rule);
    if (status !== 'active' && status !== 'provisioning') {
      return decision.decision === 'accept' && rule !== undefined
        ? {
            kind: 'managed',
            managed: { view, rule, wanted: destinationsOf(rule, decision), stage: 'request' },
          }
        : { kind: 'untouchable', why: `is ${status}` };
    }
    if (decision.effect === 'reject') {
      findings.push(notAllowed(viewDecision));
    }
    const unknown = decision.effect === 'reject' ? undefined : unknownIn(viewDecision);
    if (unknown !== undefined) {
      warnings.push(
        `${peeringId} cannot be decided for ${local.vpcId}, so its routes are left as they are: ${unknown}`,
      );
      return { kind: 'untouchable', why: 'cannot be decided now', undecidable: true };
    }
    if (!decision.managed || rule === undefined) {
      return unmanaged(viewDecision, policy.tagPrefix);
    }
    if (decision.leftOut !== undefined && decision.leftOut.length > 0) {
      warnings.push(
        `${peeringId}: not every CIDR of ${remote.vpcId} is routed from ${local.vpcId}: ${decision.leftOut.join(' ')}`,
      );
    }
    return {
      kind: 'managed',
      managed: { view, rule, wanted: destinationsOf(rule, decision), stage: 'live' },
    };
  }

  const managedByVpc = new Map<string, ManagedView[]>();
  const standings = new Map<string, Standing>();
  for (const each of decisions) {
    const { peering, local } = each.view;
    const found = standing(each);
    standings.set(viewKey(peering.peeringId, local.vpcId), found);
    if (found.kind === 'managed') {
      const managed = managedByVpc.get(local.vpcId) ?? [];
      managed.push(found.managed);
      managedByVpc.set(local.vpcId, managed);
    }
  }
  const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
  return {
    managedByVpc,
    findings,
    warnings,
    ofView: ({ peering, local }) => standings.get(viewKey(peering.peeringId, local.vpcId)),
    standingOf(route, vpcId) {
      const peering = peerings.get(route.target.id);
      if (peering === undefined) {
        // A peering leaves Describe some time after it died, and its routes turn to blackholes. One that is not
        // listed although its route works was not read.
        return route.state === 'blackhole'
          ? { kind: 'dead', why: 'no longer exists' }
          : { kind: 'untouchable', why: 'was not read' };
      }
      if (DEAD_STATUSES.has(peering.status)) {
        return { kind: 'dead', why: whyDead(peering) };
      }
      return (
        standings.get(viewKey(route.target.id, vpcId)) ?? {
          kind: 'untouchable',
          why: `has no side in ${vpcId} that this Region manages`,
        }
      );
    },
  };
}
