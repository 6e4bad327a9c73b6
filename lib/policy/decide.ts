/**
 * Whether a policy accepts, holds or rejects a peering, and why. Pure.
 *
 * Deny by default: whatever is unknown holds. Most restrictive first: reject over hold over accept, whatever the order
 * of the rules in the file.
 */

import type { PeeringView } from '../model/peering.ts';
import type { Decision, DecisionFacts, RuleOutcome, ViewWithFacts } from './decision.ts';
import { type AddressVerdict, judgeAddresses, requestProblems } from './guardrails.ts';
import type { Effect, Policy } from './schema.ts';
import { evaluate, type PreparedRule, prepare } from './selectors.ts';
import { listed, type Subject, shown, subjectOf } from './subject.ts';

// For importers that still ask here; they go to decision.ts.
export type { Decision, DecisionFacts, ViewWithFacts } from './decision.ts';

const RANK: Readonly<Record<Effect, number>> = { accept: 0, hold: 1, reject: 2 };

/** Negative when `a` wins over `b`: the more restrictive one, then the one whose name comes first. */
export function byPrecedence(
  a: Pick<RuleOutcome, 'rule' | 'effect'>,
  b: Pick<RuleOutcome, 'rule' | 'effect'>,
): number {
  return RANK[b.effect] - RANK[a.effect] || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
}

/** Whether knowing that `open` matches would change what follows from `winner`. */
function wouldMatter(open: RuleOutcome, winner: RuleOutcome | undefined, stage: Subject['stage']): boolean {
  if (winner === undefined) {
    return true;
  }
  if (open.effect === winner.effect) {
    // Which rule it is decides which tables are routed, once there is something to route.
    return stage === 'live' && open.effect !== 'reject' && byPrecedence(open, winner) < 0;
  }
  return byPrecedence(open, winner) < 0;
}

/** Whether nothing is known to keep a rule from matching, and something unknown may. */
function isOpen({ mismatches, unknowns }: RuleOutcome): boolean {
  return mismatches.length === 0 && unknowns.length > 0;
}

function article(effect: Effect): string {
  return effect === 'accept' ? 'an accept' : `a ${effect}`;
}

/** @param open rules of which it is unknown whether they match. */
function reasonsWithoutWinner(open: readonly RuleOutcome[]): string[] {
  return open.length === 0 ? ['No rule matches, and what no rule matches is held.'] : [];
}

/** @param matched all rules that match, the winner included. */
function reasonOf(winner: RuleOutcome, matched: readonly RuleOutcome[]): string {
  const others = matched.filter(({ effect }) => effect !== winner.effect);
  return `Rule ${winner.rule} matches and has the effect ${winner.effect}${
    others.length === 0
      ? ''
      : `; it is more restrictive than ${listed(others.map(({ rule, effect }) => `${rule} (${effect})`))}, which also match`
  }.`;
}

function maybeMatches(whether: string, { rule, effect, unknowns }: RuleOutcome): string {
  return `${whether} rule ${rule} (${article(effect)} rule) matches is unknown: ${listed(unknowns, '; ')}.`;
}

/** What the rules of a policy make of a view. */
interface Judgement {
  readonly rules: readonly RuleOutcome[];
  readonly winner: RuleOutcome | undefined;
  readonly winning: PreparedRule | undefined;
  /** Something unknown leaves open whether another rule wins. */
  readonly isOpen: boolean;
  readonly reasons: readonly string[];
}

function judge(subject: Subject, policy: Policy): Judgement {
  const preparedRules = prepare(policy);
  const rules = preparedRules.map((rule) => evaluate(rule, subject));
  const matched = rules.filter((outcome) => outcome.matched).sort(byPrecedence);
  const open = rules.filter(isOpen).sort(byPrecedence);
  const [winner] = matched;
  const mattering = open.filter((outcome) => wouldMatter(outcome, winner, subject.stage));
  return {
    rules,
    winner,
    winning: preparedRules.find(({ rule }) => rule.name === winner?.rule),
    isOpen: mattering.length > 0,
    reasons: [
      ...(winner === undefined ? reasonsWithoutWinner(open) : [reasonOf(winner, matched)]),
      ...mattering.map((outcome) => maybeMatches('Whether', outcome)),
    ],
  };
}

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
  const nothing = { rules, routableCidrs: [], managed: false };
  if (subject.stage === 'dead') {
    const { peeringId, status } = view.peering;
    return {
      decision: 'hold',
      reasons: [`${shown(peeringId)} is ${status}; there is nothing left to decide.`],
      ...nothing,
    };
  }
  if (winner?.effect === 'reject') {
    const { rule, effect } = winner;
    return { decision: 'reject', rule, effect, reasons: judgement.reasons, ...nothing };
  }
  const addresses = judgeAddresses(subject, policy.guardrails, winning);
  return subject.stage === 'request'
    ? decideRequest(subject, policy, judgement, addresses)
    : decideLive(judgement, addresses);
}

/** What every decision holds that the rules and the address guardrails lead to. */
function baseOf({ rules, winner }: Judgement, { allowed, invisible }: AddressVerdict) {
  return {
    ...(winner === undefined ? {} : { rule: winner.rule, effect: winner.effect }),
    rules,
    routableCidrs: winner === undefined || invisible.length > 0 ? [] : allowed.map(({ text }) => text),
  };
}

function decideRequest(
  subject: Subject,
  { guardrails }: Policy,
  judgement: Judgement,
  addresses: AddressVerdict,
): Decision {
  const { winner, winning, isOpen, reasons } = judgement;
  const { allowed, problems, invisible } = addresses;
  const against = [...invisible, ...problems, ...requestProblems(subject, guardrails, winning, allowed)];
  const accept = winner?.effect === 'accept' && !isOpen && against.length === 0;
  return {
    decision: accept ? 'accept' : 'hold',
    ...baseOf(judgement, addresses),
    reasons: [...reasons, ...against],
    managed: false,
    ...(against.length === 0 ? {} : { guardrails: against }),
  };
}

function decideLive(judgement: Judgement, addresses: AddressVerdict): Decision {
  const { winner, isOpen } = judgement;
  const { problems, invisible } = addresses;
  const base = baseOf(judgement, addresses);
  // Where no rule routes it, guardrails of routing would say nothing to anybody.
  const reasons = [...judgement.reasons, ...(winner === undefined ? [] : [...invisible, ...problems])];
  if (isOpen || (winner !== undefined && invisible.length > 0)) {
    return { decision: 'hold', ...base, reasons, routableCidrs: [], managed: false, undecidable: true };
  }
  const accept = winner?.effect === 'accept' && base.routableCidrs.length > 0;
  return {
    decision: accept ? 'accept' : 'hold',
    ...base,
    reasons,
    managed: winner !== undefined,
    ...(problems.length === 0 || winner === undefined ? {} : { leftOut: problems }),
  };
}

/** CIDRs of the accepter VPC are not in a pending peering, but its own view knows them. */
function withKnownRemote({ view, facts }: ViewWithFacts, accepter: ViewWithFacts): ViewWithFacts {
  const known = accepter.facts.localCidrs;
  return view.remote.cidrs.length > 0 || known === undefined
    ? { view, facts }
    : { view: { ...view, remote: { ...view.remote, cidrs: known } }, facts };
}

/**
 * Decides whether this account accepts a peering, from all views that it has of it.
 *
 * The accepter's view decides. If this account owns the requester's side as well, a hold or reject rule that matches
 * there restrains the decision, and so does what is in the way of its own routes; that no rule matches there says nothing.
 */
export function decidePeering(views: readonly ViewWithFacts[], policy: Policy): Decision {
  const accepter = views.find(({ view }) => view.direction === 'inbound');
  if (accepter === undefined) {
    return {
      decision: 'hold',
      reasons: ["The accepter's side could not be read in a managed Region of this account."],
      rules: [],
      routableCidrs: [],
      managed: false,
    };
  }
  const others = views.filter((each) => each !== accepter).map((other) => withKnownRemote(other, accepter));
  return others.reduce(
    (decision, other) => restrained(decision, other, decide(other.view, policy, other.facts)),
    decide(accepter.view, policy, accepter.facts),
  );
}

/** A decision of the accepter's view, made no looser by what is decided of another view. */
function restrained(decision: Decision, { view, facts }: ViewWithFacts, restraint: Decision): Decision {
  const { rule, effect } = restraint;
  const open = restraint.rules.filter((outcome) => outcome.effect !== 'accept' && isOpen(outcome));
  const matched = effect === 'hold' || effect === 'reject';
  // Its own side would be routed as well, so what is in the way there counts like here; that it was not read says nothing.
  const inTheWay = effect === 'accept' && facts.obstacles !== undefined ? (restraint.guardrails ?? []) : [];
  if (!matched && open.length === 0 && inTheWay.length === 0) {
    return decision;
  }
  const side = `Seen from the requester's side (${shown(view.local.vpcId)}): `;
  const outcome = effect === 'reject' ? 'reject' : 'hold';
  const wins = matched && RANK[outcome] > RANK[decision.effect ?? 'accept'];
  return {
    ...decision,
    decision: RANK[outcome] > RANK[decision.decision] ? outcome : decision.decision,
    ...(wins && rule !== undefined ? { rule, effect } : {}),
    reasons: [
      ...decision.reasons,
      ...(matched ? [`${side}rule ${rule} matches and has the effect ${effect}.`] : []),
      ...open.map((each) => maybeMatches(`${side}whether`, each)),
      ...inTheWay.filter((reason) => !decision.reasons.includes(reason)).map((reason) => `${side}${reason}`),
    ],
    ...(outcome === 'reject' ? { routableCidrs: [], managed: false } : {}),
  };
}
