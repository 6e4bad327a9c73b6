import type { Finding } from '../model/finding.ts';
import type { PeeringView } from '../model/peering.ts';
import type { Cidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { type Decision, type DecisionFacts, isOver } from '../policy/decision.ts';
import { destinationsOf } from '../policy/destinations.ts';
import { subnetTagsOf, subnetTagsText } from '../policy/peer-subnets.ts';
import type { Rule } from '../policy/schema.ts';
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
  /**
   * Where the rule selects subnets of a VPC of another account: all that are shared with this one. Of an address outside
   * them nobody knows whether its subnet has lost its tag, or is just no longer shared.
   */
  readonly seen?: readonly Cidr[];
  /** `request`: the policy accepts it, and nobody has done so yet. */
  readonly stage: 'live' | 'request';
}

/** What the policy makes of the peering that a route points to, seen from the route's VPC. */
export type Management =
  | { readonly kind: 'managed'; readonly managed: ManagedView }
  /** Gone for good, or a request that the policy rejects; `why` completes the sentence "pcx-1 …". */
  | { readonly kind: 'dead'; readonly why: string; readonly since?: 'rejection' }
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
  /** Live, and its time is over: own routes go, and all others are left. `why` is one sentence. */
  | { readonly kind: 'expired'; readonly why: string; readonly rule: string }
  | {
      readonly kind: 'untouchable';
      /** EC2 lists no such peering, and a route to it works: this one, or another of the Region. */
      readonly notRead?: true;
      readonly why: string;
      /** Something is unknown, so that nothing can be said about its routes. */
      readonly undecidable?: true;
      /** Nobody accepted it yet, so that no route to it was ever made for the policy. */
      readonly request?: true;
    };

/** The management of a view, and what there is to tell about it. */
export interface JudgedView {
  readonly management: Management;
  /** `active-but-not-allowed`. */
  readonly finding?: Finding;
  readonly warning?: string;
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
      `${remote.accountId}), yet it is ${peering.status}. Delete the peering, or change the rule so that it does not match.`,
    repairable: false,
  };
}

function unmanaged({ view, decision }: ViewDecision, tagPrefix: string): Management {
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

function managed(
  { view, decision }: ViewDecision,
  rule: Rule,
  stage: ManagedView['stage'],
): Extract<Management, { kind: 'managed' }> {
  const seen = decision.subnets?.seen?.flatMap((text) => readDestination(text) ?? []);
  return {
    kind: 'managed',
    managed: {
      view,
      rule,
      wanted: destinationsOf(rule, decision),
      ...(seen === undefined ? {} : { seen }),
      stage,
    },
  };
}

/** What a person may not expect of the routes of a managed peering. */
function warningsOf({ view, decision }: ViewDecision, rule: Rule): string[] {
  const { peering, local, remote } = view;
  const { leftOut = [], subnets } = decision;
  const tags = subnetTagsOf(rule);
  return [
    ...(leftOut.length === 0
      ? []
      : [
          `${peering.peeringId}: not every CIDR of ${remote.vpcId} is routed from ${local.vpcId}: ${leftOut.join(' ')}`,
        ]),
    ...(tags === undefined || subnets === undefined || subnets.selected.length > 0
      ? []
      : [
          `${peering.peeringId}: nothing is routed from ${local.vpcId}, because no subnet of ${remote.vpcId} that this account sees has the tags ${subnetTagsText(tags)}, which rule ${rule.name} asks for (routes.destinations.subnetTags).`,
        ]),
  ];
}

/** Of a peering that nobody accepted yet, or that is no more. */
function managementOfRequest(viewDecision: ViewDecision, rule: Rule | undefined): Management {
  const { view, decision } = viewDecision;
  if (decision.decision === 'reject') {
    return { kind: 'dead', why: `is a request that rule ${decision.rule} rejects`, since: 'rejection' };
  }
  return decision.decision === 'accept' && rule !== undefined
    ? managed(viewDecision, rule, 'request')
    : { kind: 'untouchable', why: `is ${view.peering.status}`, request: true };
}

/** Of a live peering of which all is known that its routes hang on. */
function managementOfKnown(
  viewDecision: ViewDecision,
  rule: Rule | undefined,
  tagPrefix: string,
): JudgedView {
  const { decision } = viewDecision;
  if (rule !== undefined && isOver(decision)) {
    return { management: { kind: 'expired', why: decision.expiry?.end?.why ?? '', rule: rule.name } };
  }
  if (!decision.managed || rule === undefined) {
    return { management: unmanaged(viewDecision, tagPrefix) };
  }
  const warnings = warningsOf(viewDecision, rule);
  return {
    management: managed(viewDecision, rule, 'live'),
    ...(warnings.length === 0 ? {} : { warning: warnings.join(' ') }),
  };
}

/**
 * What the decision on a view means for routes from its local VPC to its peering.
 *
 * @param rule the one that the decision names.
 */
export function managementOfView(
  viewDecision: ViewDecision,
  rule: Rule | undefined,
  tagPrefix: string,
): JudgedView {
  const { view, decision } = viewDecision;
  const { peeringId, status } = view.peering;
  if (status !== 'active' && status !== 'provisioning') {
    return { management: managementOfRequest(viewDecision, rule) };
  }
  if (decision.effect === 'reject') {
    // Rejected is rejected, whatever else is unknown.
    return { ...managementOfKnown(viewDecision, rule, tagPrefix), finding: notAllowed(viewDecision) };
  }
  const unknown = unknownIn(viewDecision);
  return unknown === undefined
    ? managementOfKnown(viewDecision, rule, tagPrefix)
    : {
        management: { kind: 'untouchable', why: 'cannot be decided now', undecidable: true },
        warning: `${peeringId} cannot be decided for ${view.local.vpcId}, so its routes are left as they are: ${unknown}`,
      };
}
