import type { PeeringView } from '../model/peering.ts';
import { type Cidr, contains, overlaps, parseCidr } from '../network/cidr.ts';
import type { RuleOutcome } from './decision.ts';
import { matchesPattern } from './patterns.ts';
import type { Policy, Rule } from './schema.ts';
import {
  listed,
  NAMES,
  organizationProblem,
  type Selected,
  shown,
  unknownBlocks,
  type Whose,
} from './subject.ts';

/** Why a selector does not hold, or why it cannot be told. */
interface Flaw {
  readonly kind: 'mismatch' | 'unknown';
  readonly says: string;
}

/** Looks at one selector of a rule; undefined if it holds. */
type Condition = (subject: Selected) => Flaw | undefined;

function mismatch(says: string): Flaw {
  return { kind: 'mismatch', says };
}

function unknown(says: string): Flaw {
  return { kind: 'unknown', says };
}

/** A rule made ready for many views. */
export interface PreparedRule {
  readonly rule: Rule;
  readonly remoteCidrs: readonly Cidr[];
  /** One for each selector that the rule has. */
  readonly conditions: readonly Condition[];
  /** What every view gets that matches. */
  readonly match: RuleOutcome;
  /** What every view gets that has this one flaw: thousands of peerings are with a handful of accounts, and share theirs. */
  readonly misses: WeakMap<Flaw, RuleOutcome>;
}

/** Prepared once per policy: a plan decides thousands of views with the same one. */
const prepared = new WeakMap<Policy, readonly PreparedRule[]>();

export function prepare(policy: Policy): readonly PreparedRule[] {
  const known = prepared.get(policy);
  if (known !== undefined) {
    return known;
  }
  const rules = policy.rules.map((rule): PreparedRule => {
    const remoteCidrs = rule.remote.cidrs.map(parseCidr);
    const { name, effect } = rule;
    return {
      rule,
      remoteCidrs,
      conditions: conditionsOf(rule, remoteCidrs),
      match: { rule: name, effect, matched: true, mismatches: [], unknowns: [] },
      misses: new WeakMap(),
    };
  });
  prepared.set(policy, rules);
  return rules;
}

function tagConditions(
  key: string,
  whose: Whose,
  selector: Rule['local']['tags'],
  tagsOf: (subject: Selected) => Readonly<Record<string, string>> | undefined,
  why: (subject: Selected) => string = () => '',
): Condition[] {
  return Object.entries(selector).map(([name, patterns]) => {
    const expected = `${key}.${shown(name)} [${listed(patterns)}]`;
    return (subject) => {
      const tags = tagsOf(subject);
      const owner = () => NAMES[whose](subject);
      if (tags === undefined) {
        return unknown(
          `tag ${shown(name)} of ${owner()} was not read${why(subject)}, and ${expected} asks for it`,
        );
      }
      // A tag may be named like something that every object has ("constructor").
      const value = Object.hasOwn(tags, name) ? tags[name] : undefined;
      if (value === undefined) {
        return mismatch(`${owner()} has no tag ${shown(name)}, and ${expected} asks for it`);
      }
      return patterns.some((pattern) => matchesPattern(pattern, value))
        ? undefined
        : mismatch(`tag ${shown(name)} of ${owner()} is "${shown(value)}", which is not in ${expected}`);
    };
  });
}

function valueConditions(
  key: string,
  what: string,
  patterns: readonly string[],
  read: (view: PeeringView) => string,
): Condition[] {
  if (patterns.length === 0) {
    return [];
  }
  const expected = `${key} [${listed(patterns)}]`;
  return [
    ({ view }) => {
      const value = read(view);
      return patterns.some((pattern) => matchesPattern(pattern, value))
        ? undefined
        : mismatch(`${what} ${shown(value)} is not in ${expected}`);
    },
  ];
}

export function outsideOf(cidrs: readonly Cidr[], selector: readonly Cidr[]): Cidr[] {
  return cidrs.filter((cidr) => !selector.some((block) => contains(block, cidr)));
}

/**
 * How much of a VPC a `cidrs` selector has to cover.
 *
 * `every`: what an accept rule lets in. `one`: a live peering, of which the CIDRs inside are routed. `any-overlap`: what
 * hold and reject rules keep out: a requester that adds one more CIDR must not get past them.
 */
type Needed = 'every' | 'one' | 'any-overlap';

function neededBy({ effect }: Rule, stage: Selected['stage'], side: 'local' | 'remote'): Needed {
  if (effect === 'reject' || (effect === 'hold' && stage !== 'live')) {
    return 'any-overlap';
  }
  return stage === 'live' && side === 'remote' ? 'one' : 'every';
}

function cidrConditions(side: 'local' | 'remote', rule: Rule, selector: readonly Cidr[]): Condition[] {
  if (selector.length === 0) {
    return [];
  }
  const expected = `${side}.cidrs [${listed(selector.map(({ text }) => text))}]`;
  return [
    (subject) => {
      const needs = neededBy(rule, subject.stage, side);
      const cidrs = (side === 'local' ? subject.localBlocks?.cidrs : subject.remoteBlocks.cidrs) ?? [];
      const outside =
        needs === 'any-overlap'
          ? cidrs.filter((cidr) => !selector.some((block) => overlaps(block, cidr)))
          : outsideOf(cidrs, selector);
      // One CIDR is outside whatever the others are; and where one inside is enough, it is.
      const settled = needs === 'every' ? outside.length > 0 : outside.length < cidrs.length;
      const invisible = settled ? undefined : unknownBlocks(subject, side);
      if (invisible !== undefined) {
        return unknown(`${invisible}, and ${expected} asks for them`);
      }
      if (needs === 'every' ? outside.length === 0 : outside.length < cidrs.length) {
        return undefined;
      }
      const which = listed(outside.map(({ text }) => text));
      return mismatch(
        needs === 'every'
          ? `${which} of ${NAMES[side](subject)} is outside ${expected}`
          : `no CIDR of ${NAMES[side](subject)} (${which}) is inside ${expected}`,
      );
    },
  ];
}

function directionConditions({ direction }: Rule): Condition[] {
  return direction === 'any'
    ? []
    : [
        ({ view }) =>
          direction === view.direction
            ? undefined
            : mismatch(`the request is ${view.direction}, and direction asks for ${direction}`),
      ];
}

function accountConditions(accounts: readonly string[]): Condition[] {
  if (accounts.length === 0) {
    return [];
  }
  const expected = `remote.accounts [${listed(accounts)}]`;
  // Thousands of peerings are with a handful of accounts.
  const flaws = new Map<string, Flaw>();
  return [
    (subject) => {
      const { accountId } = subject.view.remote;
      for (const pattern of accounts) {
        if (pattern === 'self' ? accountId === subject.facts.accountId : matchesPattern(pattern, accountId)) {
          return undefined;
        }
      }
      const flaw = flaws.get(accountId) ?? mismatch(`${NAMES.account(subject)} is not in ${expected}`);
      flaws.set(accountId, flaw);
      return flaw;
    },
  ];
}

function unitConditions(wanted: readonly string[]): Condition[] {
  if (wanted.length === 0) {
    return [];
  }
  const expected = `remote.organizationalUnits [${listed(wanted)}]`;
  return [
    (subject) => {
      const units = subject.facts.organization?.organizationalUnits;
      if (units === undefined) {
        return unknown(
          `the organizational units of ${NAMES.account(subject)} could not be read${organizationProblem(subject)}, and ${expected} asks for them`,
        );
      }
      return wanted.some((unit) => units.includes(unit))
        ? undefined
        : mismatch(`${NAMES.account(subject)} is in [${listed(units)}], not in ${expected}`);
    },
  ];
}

/** In the order in which reasons name them. */
function conditionsOf(rule: Rule, remoteCidrs: readonly Cidr[]): Condition[] {
  const { local, remote } = rule;
  return [
    ...directionConditions(rule),
    ...valueConditions('local.accounts', 'local account', local.accounts, (view) => view.local.accountId),
    ...valueConditions('local.vpcs', 'local VPC', local.vpcs, (view) => view.local.vpcId),
    ...valueConditions('local.regions', 'local Region', local.regions, (view) => view.local.region),
    ...tagConditions('local.tags', 'local', local.tags, ({ view }) => view.localTags),
    ...cidrConditions('local', rule, local.cidrs.map(parseCidr)),
    ...accountConditions(remote.accounts),
    ...valueConditions('remote.vpcs', 'remote VPC', remote.vpcs, (view) => view.remote.vpcId),
    ...valueConditions('remote.regions', 'remote Region', remote.regions, (view) => view.remote.region),
    ...cidrConditions('remote', rule, remoteCidrs),
    ...unitConditions(remote.organizationalUnits),
    ...tagConditions(
      'remote.accountTags',
      'account',
      remote.accountTags,
      ({ facts }) => facts.organization?.accountTags,
      organizationProblem,
    ),
  ];
}

const NONE: readonly Flaw[] = [];

function saysOf(flaws: readonly Flaw[], kind: Flaw['kind']): string[] {
  return flaws.filter((flaw) => flaw.kind === kind).map(({ says }) => says);
}

function evaluate({ rule, conditions, match, misses }: PreparedRule, subject: Selected): RuleOutcome {
  let flaws = NONE;
  for (const condition of conditions) {
    const flaw = condition(subject);
    if (flaw !== undefined) flaws = [...flaws, flaw];
  }
  const [first, second] = flaws;
  if (first === undefined) {
    return match;
  }
  const known = second === undefined ? misses.get(first) : undefined;
  if (known !== undefined) {
    return known;
  }
  const outcome: RuleOutcome = {
    rule: rule.name,
    effect: rule.effect,
    matched: false,
    mismatches: saysOf(flaws, 'mismatch'),
    unknowns: saysOf(flaws, 'unknown'),
  };
  if (second === undefined) misses.set(first, outcome);
  return outcome;
}

/** What each rule makes of it, in the order of the policy. */
export function evaluateAll(rules: readonly PreparedRule[], subject: Selected): readonly RuleOutcome[] {
  return rules.map((rule) => evaluate(rule, subject));
}

interface Evaluated {
  readonly rules: readonly PreparedRule[];
  readonly subject: Selected;
  readonly outcomes: readonly RuleOutcome[];
}

const evaluated = new WeakMap<PeeringView, Map<Selected['stage'], Evaluated>>();

/** Whether no selector can tell the one from the other, as views of the same object with the same facts. */
function isSelectedAlike(a: Selected, b: Selected): boolean {
  return (
    a.localBlocks === b.localBlocks &&
    a.facts.accountId === b.facts.accountId &&
    a.facts.organization === b.facts.organization &&
    a.facts.organizationProblem === b.facts.organizationProblem
  );
}

/**
 * The same, kept with the view: for one that is judged as if a person had named a rule, by each rule in turn. With 1,000 rules
 * that is a million evaluations of the same.
 */
export function evaluateAllOnce(rules: readonly PreparedRule[], subject: Selected): readonly RuleOutcome[] {
  const byStage = evaluated.get(subject.view) ?? new Map<Selected['stage'], Evaluated>();
  const known = byStage.get(subject.stage);
  if (known?.rules === rules && isSelectedAlike(known.subject, subject)) {
    return known.outcomes;
  }
  const outcomes = evaluateAll(rules, subject);
  evaluated.set(subject.view, byStage.set(subject.stage, { rules, subject, outcomes }));
  return outcomes;
}
