/**
 * Whether a policy accepts, holds or rejects a peering as one view shows it, and why. Pure.
 *
 * Deny by default: whatever is unknown holds.
 */

import type { PeeringView } from '../model/peering.ts';
import type { Decision, DecisionFacts } from './decision.ts';
import { endOf, expireSeconds } from './expiry.ts';
import {
  frozenProblems,
  type JudgedAddresses,
  judgeAddresses,
  pairProblems,
  requestProblems,
  routesWaitFor,
  withoutFreezes,
} from './guardrails.ts';
import { type Judgement, judge } from './judgement.ts';
import { isKnownPeered } from './peered-already.ts';
import type { Policy } from './schema.ts';
import { outsideOf } from './selectors.ts';
import { softwareWarnings } from './software-warnings.ts';
import { type Subject, shown, subjectOf } from './subject.ts';

/**
 * Decides one view.
 *
 * For a request, an accept rule needs every guardrail; `cidrs` selectors need every CIDR inside. For a live peering,
 * one remote CIDR inside is enough and the others are left out of `routableCidrs`, so that a peer that adds a CIDR does
 * not tear down what works; only the address guardrails apply. A dead peering is held with nothing to do.
 *
 * Never throws on what EC2 or a tag holds: what cannot be read is unknown, and unknown holds.
 */
export function decide(view: PeeringView, policy: Policy, facts: DecisionFacts): Decision {
  const subject = subjectOf(view, facts);
  const judgement = judge(subject, policy);
  const { rules, winner, winning } = judgement;
  if (subject.stage === 'dead') {
    const { peeringId, status } = view.peering;
    return {
      decision: 'hold',
      reasons: [`${shown(peeringId)} is ${status}; there is nothing left to decide.`],
      ...nothingRouted(rules),
    };
  }
  const frozen = subject.stage === 'request' ? frozenProblems(subject) : [];
  if (winner?.effect === 'reject' && frozen.length > 0) {
    const { rule, effect } = winner;
    return {
      decision: 'hold',
      rule,
      effect,
      reasons: [...judgement.reasons, ...frozen],
      guardrails: frozen,
      ...nothingRouted(rules),
    };
  }
  if (winner?.effect === 'reject') {
    const { rule, effect } = winner;
    return { decision: 'reject', rule, effect, reasons: judgement.reasons, ...nothingRouted(rules) };
  }
  if (subject.stage === 'live' && winner === undefined && facts.acceptedUnreadable === true) {
    return {
      decision: 'hold',
      undecidable: true,
      reasons: [...judgement.reasons, acceptedUnreadable(view.peering.peeringId)],
      ...nothingRouted(rules),
    };
  }
  return subject.stage === 'request'
    ? decideRequest(subject, policy, judgement)
    : withEnd(
        decideLive(judgement, judgeAddresses(subject, policy.guardrails, winning)),
        view,
        policy,
        facts,
        judgement,
      );
}

function acceptedUnreadable(peeringId: string): string {
  return `A person accepted ${shown(peeringId)}, and what the registry has of it cannot be read, so its rule is not known. Write a rule that matches it, and deploy.`;
}

function renewalUnreadable(peeringId: string): string {
  return `A person gave ${shown(peeringId)} more time, and what the registry has of it cannot be read, so whether that is over is not known. Run peering renew ${shown(peeringId)}.`;
}

function nothingRouted(rules: Decision['rules']): Pick<Decision, 'rules' | 'routableCidrs' | 'managed'> {
  return { rules, routableCidrs: [], managed: false };
}

/** The same, with when its time is over. Of what nobody can decide, or nothing manages, nothing ends. */
function withEnd(
  decision: Decision,
  { peering }: PeeringView,
  policy: Policy,
  { lifetime }: DecisionFacts,
  { winning }: Judgement,
): Decision {
  if (lifetime === undefined || winning === undefined || !decision.managed) {
    return decision;
  }
  const expiry = endOf(peering, winning.rule, policy, lifetime);
  const { end, slip } = expiry;
  const said = [end?.why, slip].filter((text) => text !== undefined);
  const judged = { ...decision, expiry, reasons: [...decision.reasons, ...said] };
  if (lifetime.isRenewalUnreadable === true && end !== undefined && end.state !== 'running') {
    const why = renewalUnreadable(peering.peeringId);
    return {
      ...decision,
      decision: 'hold',
      undecidable: true,
      // Nothing is over, and it can be renewed.
      expiry: { ...expiry, end: { ...end, state: 'due', why } },
      reasons: [...decision.reasons, why],
      routableCidrs: [],
      managed: false,
    };
  }
  return end?.state === 'over' ? { ...judged, decision: 'hold', routableCidrs: [], managed: false } : judged;
}

/** Whoever accepts it knows that it is for a time. */
function timeOf(winning: Judgement['winning']): string[] {
  const rule = winning?.rule;
  return rule === undefined || expireSeconds(rule) === undefined
    ? []
    : [
        `Rule ${rule.name} says expireAfter: ${rule.expireAfter}: once it is accepted, it ${rule.onExpiry === 'delete' ? 'is deleted' : 'is no longer routed'} after that time, unless it is renewed.`,
      ];
}

/** What every decision holds that the rules and the address guardrails lead to. */
function baseOf({ rules, winner }: Judgement, { allowed, invisible, subnets }: JudgedAddresses) {
  return {
    ...(winner === undefined ? {} : { rule: winner.rule, effect: winner.effect }),
    rules,
    ...(subnets === undefined ? {} : { subnets }),
    routableCidrs: winner === undefined || invisible.length > 0 ? [] : allowed.map(({ text }) => text),
  };
}

/** A request, and the rule by which it would be routed. */
interface ToRoute {
  readonly routed: Subject;
  readonly routing: Judgement['winning'];
  /** Its name, where it is another one than the one that accepts. */
  readonly onceAccepted?: string;
  /** Why that is another rule than the one that accepts. */
  readonly why: readonly string[];
}

/**
 * What a request is judged by is what would be routed, so the rule that counts once it is live. Of a live peering one CIDR inside
 * `remote.cidrs` is enough, so that this may be a rule that does not match the request. What that rule leaves out is not routed, and in nobody's way.
 */
function toRoute(subject: Subject, policy: Policy, { winner, winning }: Judgement): ToRoute {
  const asItIs = { routed: subject, routing: winning, why: [] };
  if (winner !== undefined && winner.effect !== 'accept') {
    return asItIs;
  }
  const later = judge({ ...subject, stage: 'live' }, policy);
  // What something unknown leaves open is not routed.
  if (later.isOpen || later.winning === undefined || later.winning === winning) {
    return asItIs;
  }
  const { rule, remoteCidrs } = later.winning;
  const outside = outsideOf(subject.remoteBlocks.cidrs, remoteCidrs);
  const inside = subject.remoteBlocks.cidrs.filter((cidr) => !outside.includes(cidr));
  return {
    routed: { ...subject, remoteBlocks: { ...subject.remoteBlocks, cidrs: inside } },
    routing: later.winning,
    onceAccepted: rule.name,
    why: [
      `Once it is accepted, rule ${rule.name} routes it: of a live peering one CIDR inside remote.cidrs is enough${winner === undefined ? '' : ', and this rule goes first'}.`,
    ],
  };
}

function decideRequest(subject: Subject, policy: Policy, judgement: Judgement): Decision {
  const { guardrails } = policy;
  const { winner, isOpen, reasons } = judgement;
  const { peeredAlready } = subject.facts;
  const { routed, routing, onceAccepted, why } = toRoute(subject, policy, judgement);
  const addresses = judgeAddresses(routed, guardrails, routing);
  const { problems, invisible, planUnknown } = addresses;
  const against = [
    ...pairProblems(subject),
    ...invisible,
    ...problems,
    ...requestProblems(subject, guardrails, routing, addresses),
  ];
  const accept = winner?.effect === 'accept' && !isOpen && against.length === 0;
  const waitsFor = against.length === 0 ? routesWaitFor(subject, routing, addresses) : [];
  return {
    decision: accept ? 'accept' : 'hold',
    ...baseOf(judgement, addresses),
    reasons: [...reasons, ...why, ...against, ...waitsFor, ...timeOf(routing), ...softwareWarnings(subject)],
    managed: false,
    ...(onceAccepted === undefined ? {} : { onceAccepted }),
    ...(waitsFor.length === 0 ? {} : { waitsFor }),
    ...(isKnownPeered(peeredAlready) ? { peeredBy: peeredAlready } : {}),
    ...(against.length === 0 ? {} : { guardrails: against, heldFor: withoutFreezes(against) }),
    ...(planUnknown && against.length === 1 && winner?.effect === 'accept' && !isOpen
      ? { unread: 'address-plan' }
      : {}),
  };
}

function decideLive(judgement: Judgement, addresses: JudgedAddresses): Decision {
  const { rules, winner, isOpen } = judgement;
  const { allowed, problems, invisible, subnets } = addresses;
  if (isOpen || (winner !== undefined && invisible.length > 0)) {
    // Where no rule routes it, guardrails of routing would say nothing to anybody.
    const against = winner === undefined ? [] : [...invisible, ...problems];
    return {
      decision: 'hold',
      ...baseOf(judgement, addresses),
      reasons: [...judgement.reasons, ...against],
      routableCidrs: [],
      managed: false,
      undecidable: true,
    };
  }
  if (winner === undefined) {
    return { decision: 'hold', rules, routableCidrs: [], reasons: judgement.reasons, managed: false };
  }
  const { rule, effect } = winner;
  const decision = effect === 'accept' && allowed.length > 0 ? 'accept' : 'hold';
  const routableCidrs = allowed.map(({ text }) => text);
  // Written out for the many of which there is nothing more to say: spreads cost more than all the rest.
  return problems.length === 0 && subnets === undefined
    ? { decision, rule, effect, rules, routableCidrs, reasons: judgement.reasons, managed: true }
    : {
        decision,
        rule,
        effect,
        rules,
        routableCidrs,
        reasons: [...judgement.reasons, ...problems],
        managed: true,
        ...(subnets === undefined ? {} : { subnets }),
        ...(problems.length === 0 ? {} : { leftOut: problems }),
      };
}
