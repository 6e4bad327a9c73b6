import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { type OptIn, selectsRule } from '../model/opt-in.ts';
import { DEAD_STATUSES, type PeeringView } from '../model/peering.ts';
import type { Route } from '../model/route-table.ts';
import { syncedTagKey } from '../model/tags.ts';
import { viewKey, viewsOf } from '../model/views.ts';
import type { Cidr } from '../network/cidr.ts';
import { type Decision, type DecisionFacts, decide } from '../policy/decide.ts';
import { destinationsOf } from '../policy/destinations.ts';
import { createFacts, type FactsOptions } from '../policy/facts.ts';
import type { Policy, Rule } from '../policy/schema.ts';
import { readSyncMark } from './synced.ts';

export interface ViewDecision {
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
  readonly decision: Decision;
}

/** A live view whose routes the policy wants, and which. */
export interface ManagedView {
  readonly view: PeeringView;
  readonly rule: Rule;
  /** Destinations, disjoint and sorted. */
  readonly wanted: readonly Cidr[];
}

/** What the policy makes of the peering that a route points to, seen from the route's VPC. */
export type Standing =
  | { readonly kind: 'managed'; readonly managed: ManagedView }
  /** Gone for good; `why` completes the sentence "pcx-1 …". */
  | { readonly kind: 'dead'; readonly why: string }
  /** Live, but the policy does not want its routes. */
  | {
      readonly kind: 'unmanaged';
      readonly why: string;
      /** The rule that matches it all the same. */
      readonly rule?: string;
      /** The rules for which the product once wrote its routes; undefined when it never did. */
      readonly formerRules?: readonly string[];
    }
  /** Not live yet, or something about it is unknown: its routes are left as they are. `why` completes "pcx-1 …". */
  | { readonly kind: 'untouchable'; readonly why: string };

export interface Assessment {
  /** One per view whose peering is not dead, by peering id and local VPC. */
  readonly decisions: readonly ViewDecision[];
  /** Managed views by local VPC, each list by peering id. */
  readonly managedByVpc: ReadonlyMap<string, readonly ManagedView[]>;
  /** @param route a route to a peering, in a table of VPC `vpcId`. */
  readonly standingOf: (route: Route, vpcId: string) => Standing;
  /** About peerings as such: `active-but-not-allowed`, `dns-resolution`. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** What it takes to tell what becomes of a route to a peering. */
export interface RemovalContext {
  /** Policy: what to do with routes of a peering that lives but is no longer managed. */
  readonly onUntag: 'keep' | 'remove';
  readonly standingOf: Assessment['standingOf'];
}

/** The rule for which the product once wrote the routes of a peering that is no longer managed, in such a table. */
export function formerRuleOf(
  { formerRules }: Extract<Standing, { kind: 'unmanaged' }>,
  optIn: OptIn,
): string | undefined {
  return formerRules?.find((rule) => selectsRule(optIn, rule));
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

/**
 * Decides every view of one Region's inventory and says what that means for routes to its peering.
 *
 * @param managedRegions Regions in which the product works.
 */
export function assessPeerings(
  inventory: RegionInventory,
  policy: Policy,
  managedRegions: readonly string[],
  options: FactsOptions,
): Assessment {
  const { region } = inventory;
  const findings: Finding[] = [];
  const warnings: string[] = [];
  const markKey = syncedTagKey(policy.tagPrefix);
  const ruleKey = `${policy.tagPrefix}:rule`;
  const rules = new Map(policy.rules.map((rule) => [rule.name, rule]));
  const factsOf = createFacts(inventory, policy, options);
  const decisions = viewsOf(inventory, managedRegions)
    .filter(({ peering }) => !DEAD_STATUSES.has(peering.status))
    .map((view): ViewDecision => {
      const facts = factsOf(view);
      return { view, facts, decision: decide(view, policy, facts) };
    });

  function assess(viewDecision: ViewDecision): Standing {
    const { view, decision } = viewDecision;
    const { peering, local, remote } = view;
    const { peeringId, status } = peering;
    if (status !== 'active' && status !== 'provisioning') {
      return { kind: 'untouchable', why: `is ${status}` };
    }
    if (decision.effect === 'reject') {
      findings.push({
        kind: 'active-but-not-allowed',
        region,
        peeringId,
        ...(decision.rule === undefined ? {} : { rule: decision.rule }),
        detail:
          `Rule ${decision.rule} rejects ${peeringId} (${local.vpcId} to ${remote.vpcId} of account ` +
          `${remote.accountId}), yet it is ${status}.`,
        repairable: false,
      });
    }
    const unknown = decision.effect === 'reject' ? undefined : unknownIn(viewDecision);
    if (unknown !== undefined) {
      warnings.push(
        `${peeringId} cannot be decided for ${local.vpcId}, so its routes are left as they are: ${unknown}`,
      );
      return { kind: 'untouchable', why: 'cannot be decided now' };
    }
    const mark = readSyncMark(peering.tags[markKey]);
    const rule = decision.rule === undefined ? undefined : rules.get(decision.rule);
    if (!decision.managed || rule === undefined) {
      const recorded = peering.tags[ruleKey];
      const formerRules = mark?.rules.length === 0 && recorded !== undefined ? [recorded] : mark?.rules;
      return {
        kind: 'unmanaged',
        why: decision.reasons.join(' '),
        ...(decision.rule === undefined ? {} : { rule: decision.rule }),
        ...(formerRules === undefined ? {} : { formerRules }),
      };
    }
    if (
      rule.routes.dnsResolution &&
      local.dnsResolution === false &&
      status === 'active' &&
      mark !== undefined
    ) {
      findings.push({
        kind: 'dns-resolution',
        region,
        peeringId,
        rule: rule.name,
        detail:
          `Rule ${rule.name} lets ${remote.vpcId} resolve the private DNS names of ${local.vpcId}, but ` +
          `${peeringId} does not allow it.`,
        // Not by a change of a route: sync-routes sets peering options in the same pass.
        repairable: true,
      });
    }
    if (decision.routableCidrs.length < remote.cidrs.length) {
      warnings.push(
        `${peeringId}: not every CIDR of ${remote.vpcId} is routed from ${local.vpcId}: ${decision.reasons.join(' ')}`,
      );
    }
    return { kind: 'managed', managed: { view, rule, wanted: destinationsOf(rule, decision) } };
  }

  const standings = decisions.map((viewDecision) => ({
    view: viewDecision.view,
    standing: assess(viewDecision),
  }));
  const managedByVpc = new Map<string, ManagedView[]>();
  for (const { view, standing } of standings) {
    if (standing.kind === 'managed') {
      const managed = managedByVpc.get(view.local.vpcId) ?? [];
      managed.push(standing.managed);
      managedByVpc.set(view.local.vpcId, managed);
    }
  }

  function index() {
    return {
      statuses: new Map(inventory.peerings.map(({ peeringId, status }) => [peeringId, status])),
      standings: new Map(
        standings.map(({ view, standing }) => [viewKey(view.peering.peeringId, view.local.vpcId), standing]),
      ),
    };
  }
  // Made when first asked for: of a route that goes where it should, nothing is asked.
  let indexed: ReturnType<typeof index> | undefined;

  return {
    decisions,
    managedByVpc,
    findings,
    warnings,
    standingOf(route, vpcId) {
      indexed ??= index();
      const status = indexed.statuses.get(route.target.id);
      if (status === undefined) {
        // A peering leaves Describe some time after it died, and its routes turn to blackholes. One that is not
        // listed although its route works was not read.
        return route.state === 'blackhole'
          ? { kind: 'dead', why: 'no longer exists' }
          : { kind: 'untouchable', why: 'was not read' };
      }
      if (DEAD_STATUSES.has(status)) {
        return { kind: 'dead', why: `is ${status}` };
      }
      const standing = indexed.standings.get(viewKey(route.target.id, vpcId));
      return standing ?? { kind: 'untouchable', why: `has no side in ${vpcId} that this Region manages` };
    },
  };
}
