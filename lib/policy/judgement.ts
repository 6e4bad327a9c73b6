import type { Acceptance } from '../model/acceptance.ts';
import { append } from '../model/append.ts';
import type { RuleOutcome } from './decision.ts';
import type { Effect, Policy } from './schema.ts';
import { evaluateAll, evaluateAllOnce, type PreparedRule, prepare } from './selectors.ts';
import { listed, type Subject, shown } from './subject.ts';

const RANK: Readonly<Record<Effect, number>> = { accept: 0, hold: 1, reject: 2 };

/** Whether `a` wins over `b` as the more restrictive of two effects. */
export function isStricter(a: Effect, b: Effect): boolean {
  return RANK[a] > RANK[b];
}

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
export function isOpen({ mismatches, unknowns }: RuleOutcome): boolean {
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
      : `; it is more restrictive than ${listed(others.map(({ rule, effect }) => `${rule} (${effect})`))}, which also match${others.length === 1 ? 'es' : ''}`
  }.`;
}

/** What a person decided about it. Of a request only what is proposed counts: nothing is accepted because of a note. */
function byHand({ facts, stage }: Subject): Acceptance | undefined {
  return facts.proposed ?? (stage === 'live' ? facts.accepted : undefined);
}

/** A rule that a person chose counts as one that matches, unless it rejects: then no person has chosen it. */
function asChosen(outcome: RuleOutcome, acceptance: Acceptance): RuleOutcome {
  return acceptance.rule === outcome.rule && outcome.effect !== 'reject'
    ? { ...outcome, matched: true, mismatches: [], unknowns: [] }
    : outcome;
}

function acceptedText({ rule, by, at }: Acceptance): string {
  return `Accepted by ${shown(by)} as rule ${shown(rule)} (${new Date(at * 1000).toISOString()}).`;
}

/** What there is to say of an acceptance by hand beside the rule that wins. */
function acceptedReasons(
  acceptance: Acceptance | undefined,
  winner: RuleOutcome | undefined,
  rules: readonly RuleOutcome[],
): string[] {
  if (acceptance === undefined) {
    return [];
  }
  const text = acceptedText(acceptance);
  if (winner?.rule === acceptance.rule) {
    return [text];
  }
  const rule = rules.find((each) => each.rule === acceptance.rule);
  if (rule === undefined || rule.effect === 'reject') {
    return [`${text} The policy no longer has it as a rule that accepts or holds.`];
  }
  return [
    winner === undefined
      ? `${text} It no longer matches.`
      : `${text} Rule ${winner.rule} is what counts now.`,
  ];
}

/** @param whether the word, with what comes before it in the sentence. */
export function maybeMatches(whether: string, { rule, effect, unknowns }: RuleOutcome): string {
  return `${whether} rule ${rule} (${article(effect)} rule) matches is unknown: ${listed(unknowns, '; ')}.`;
}

/** What the rules of a policy make of a view. */
export interface Judgement {
  readonly rules: readonly RuleOutcome[];
  readonly winner: RuleOutcome | undefined;
  readonly winning: PreparedRule | undefined;
  /** Something unknown leaves open whether another rule wins. */
  readonly isOpen: boolean;
  readonly reasons: readonly string[];
}

const NONE: readonly RuleOutcome[] = [];

function isMatched({ matched }: RuleOutcome): boolean {
  return matched;
}

/** Those of whom this is true. Mostly it is one or none, and thousands of views are judged: their lists are as long as they have to be. */
function strictestFirst(
  rules: readonly RuleOutcome[],
  isTrueOf: (rule: RuleOutcome) => boolean,
): readonly RuleOutcome[] {
  const first = rules.findIndex(isTrueOf);
  const found = rules[first];
  if (found === undefined) {
    return NONE;
  }
  const others = rules.slice(first + 1).filter(isTrueOf);
  return others.length === 0 ? [found] : [found, ...others].sort(byPrecedence);
}

function rulesOf(
  subject: Subject,
  prepared: readonly PreparedRule[],
  acceptance: Acceptance | undefined,
): readonly RuleOutcome[] {
  if (acceptance?.how !== 'chosen') {
    return evaluateAll(prepared, subject);
  }
  const outcomes =
    subject.facts.proposed === undefined
      ? evaluateAll(prepared, subject)
      : evaluateAllOnce(prepared, subject);
  return outcomes.map((outcome) => asChosen(outcome, acceptance));
}

/** Most restrictive first: reject over hold over accept, whatever the order of the rules in the file. */
export function judge(subject: Subject, policy: Policy): Judgement {
  const preparedRules = prepare(policy);
  const acceptance = byHand(subject);
  const rules = rulesOf(subject, preparedRules, acceptance);
  const matched = strictestFirst(rules, isMatched);
  const open = strictestFirst(rules, isOpen);
  const winner = matched[0];
  const chosen = acceptance?.how === 'chosen' && winner?.rule === acceptance.rule;
  const reasons =
    winner === undefined ? reasonsWithoutWinner(open) : chosen ? [] : [reasonOf(winner, matched)];
  append(reasons, acceptedReasons(acceptance, winner, rules));
  const mattering =
    open.length === 0 ? NONE : open.filter((outcome) => wouldMatter(outcome, winner, subject.stage));
  for (const outcome of mattering) reasons.push(maybeMatches('Whether', outcome));
  return {
    rules,
    winner,
    winning: winner === undefined ? undefined : preparedRules[rules.indexOf(winner)],
    isOpen: mattering.length > 0,
    reasons,
  };
}
