import type { Acceptance } from '../model/acceptance.ts';
import type { AddressPlan } from '../model/address-plan.ts';
import type { Freeze } from '../model/freeze.ts';
import type { PeerSubnets } from '../model/peer-subnets.ts';
import type { PeeringView } from '../model/peering.ts';
import type { Cidr } from '../network/cidr.ts';
import type { JudgedEnd, Lifetime } from './expiry.ts';
import type { SelectedSubnets } from './peer-subnets.ts';
import type { KnownPeered, PeeredAlready } from './peered-already.ts';
import type { Effect, Rule } from './schema.ts';

/** What one rule makes of a view. */
export interface RuleOutcome {
  readonly rule: string;
  readonly effect: Effect;
  /** Every selector is known to hold. */
  readonly matched: boolean;
  /** Why it does not match: one phrase per selector that does not hold. */
  readonly mismatches: readonly string[];
  /** Selectors that could not be evaluated. Without a mismatch they leave open whether the rule matches. */
  readonly unknowns: readonly string[];
}

export type Decision = {
  readonly decision: 'accept' | 'hold' | 'reject';
  /** The rule that won; undefined when none matched. */
  readonly rule?: string;
  /** That rule's own effect: a guardrail, or something unknown, may have turned accept into hold. */
  readonly effect?: Effect;
  /** Sentences for people: all of them, not only the first. */
  readonly reasons: readonly string[];
  /** One per rule of the policy, in the policy's order. */
  readonly rules: readonly RuleOutcome[];
  /** CIDRs of the remote VPC that the winning rule's `cidrs` selector and the address guardrails allow, canonical. */
  readonly routableCidrs: readonly string[];
  /** What the winning rule makes of the remote VPC's subnets, where it routes by them and they are known. */
  readonly subnets?: SelectedSubnets;
  /** Live and matched by an accept rule, or by a hold rule once a person accepted it. */
  readonly managed: boolean;
  /** Of a request: the rule that routes it once it is accepted, where that is not the one that matches the request. */
  readonly onceAccepted?: string;
  /** Of a request: the guardrails that keep an accept rule from accepting it. They are among the reasons. */
  readonly guardrails?: readonly string[];
  /**
   * Of a held request: what keeps it from being answered beside the rule's own effect, on either side, as sentences that are among
   * the reasons. What people ordered for a time (a freeze) is not among them.
   */
  readonly heldFor?: readonly string[];
  /** Of a request: the peering of its two VPCs, which is there or about to be, so that nobody can accept this one. */
  readonly peeredBy?: KnownPeered;
  /** Of a request: set where it is held because not all of its own sides were read, whatever the rules say. */
  readonly unseen?: true;
  /** Of a request that may be accepted: what its routes wait for afterwards. It is among the reasons. */
  readonly waitsFor?: readonly string[];
  /** Of a request: all that keeps an accept rule from accepting it is that this could not be read. */
  readonly unread?: 'address-plan';
  /** Live: why CIDRs of the remote VPC that the rule would route are not among `routableCidrs`. */
  readonly leftOut?: readonly string[];
  /**
   * Set when the peering is live and something unknown leaves open whether, or by which rule, it is managed. Its
   * routes have to be left exactly as they are.
   */
  readonly undecidable?: true;
  /** Of a live peering that a rule manages, or would if its time were not over: when it ends. Left out: nothing lets it end. */
  readonly expiry?: JudgedEnd;
};

/** Whether the time of a peering is over, so that the product routes it no more. */
export function isOver({ expiry }: Pick<Decision, 'expiry'>): boolean {
  return expiry?.end?.state === 'over';
}

/** Whether a rule says that a person decides: not a guardrail, nor that no rule matches. */
export function isHeldByRule({ decision, effect }: Pick<Decision, 'decision' | 'effect'>): boolean {
  return decision === 'hold' && effect === 'hold';
}

/** What decide has to know beyond the view. Undefined means unknown, never none. */
export interface DecisionFacts {
  /** This account: `self` in rules. */
  readonly accountId: string;
  /** Active and provisioning peerings of the local VPC. */
  readonly activePeerings?: number;
  /** Every CIDR of the local VPC. */
  readonly localCidrs?: readonly string[];
  /**
   * What stands in the way of routing these destinations for the rule in the local VPC, as sentences. Undefined when its
   * tables could not be read. Only a request asks.
   */
  readonly obstacles?: (rule: Rule, destinations: readonly Cidr[]) => readonly string[];
  /** The same of what keeps no request from being accepted, and its routes from being made until it is gone. */
  readonly routesInPlace?: (rule: Rule, destinations: readonly Cidr[]) => readonly string[];
  /** Another peering of the same two VPCs, which keeps a request from being accepted. Left out: there is none. */
  readonly peeredAlready?: PeeredAlready;
  /** Of the remote VPC. Only a rule that routes by subnets asks. */
  readonly remoteSubnets?: PeerSubnets;
  /** Of the remote account. `organizationalUnits`: all those above it, at any depth. */
  readonly organization?: {
    readonly organizationalUnits: readonly string[];
    readonly accountTags: Readonly<Record<string, string>>;
  };
  /** Why `organization` is unknown, if that is known. */
  readonly organizationProblem?: string;
  /** What Amazon VPC IPAM says, where the policy names a part of it (`guardrails.ipam`). Undefined: it was not asked. */
  readonly addressPlan?: AddressPlan;
  /**
   * Destinations that lead, or led by an own route, from the local VPC to this peering. Only a live peering asks, and only
   * with an address plan. Undefined: its tables were not read.
   */
  readonly routed?: readonly string[];
  /** By whom it was accepted by hand, and as which rule. It says something of a live peering only. */
  readonly accepted?: Acceptance;
  /** It was accepted by hand, and as which rule cannot be read. */
  readonly acceptedUnreadable?: true;
  /** The same, of what a person is about to accept: the request is judged as if it were so. */
  readonly proposed?: Acceptance;
  /** Nothing is answered while it lasts. */
  readonly frozen?: Freeze;
  /** What is known of its time. Left out: nothing lets it end, or nobody asks. */
  readonly lifetime?: Lifetime;
}

export interface ViewWithFacts {
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
}
