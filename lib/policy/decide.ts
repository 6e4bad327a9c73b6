/**
 * Whether a policy accepts, holds or rejects a peering, and why. Pure.
 *
 * Deny by default: whatever is unknown holds. Most restrictive first: reject over hold over accept, whatever the order
 * of the rules in the file.
 */

import type { PeeringView } from '../model/peering.ts';
import { printable } from '../model/printable.ts';
import { type Cidr, CidrError, contains, overlaps, parseCidr } from '../network/cidr.ts';
import { destinationsOf } from './destinations.ts';
import { matchesPattern } from './patterns.ts';
import type { Effect, Policy, Rule } from './schema.ts';

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
  /** Live and matched by an accept rule, or by a hold rule once a person accepted it. */
  readonly managed: boolean;
  /** Of a request: the guardrails that keep an accept rule from accepting it. They are among the reasons. */
  readonly guardrails?: readonly string[];
  /** Live: why CIDRs of the remote VPC that the rule would route are not among `routableCidrs`. */
  readonly leftOut?: readonly string[];
  /**
   * Set when the peering is live and something unknown leaves open whether, or by which rule, it is managed. Its
   * routes have to be left exactly as they are.
   */
  readonly undecidable?: true;
};

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
  /** Of the remote account. `organizationalUnits`: all those above it, at any depth. */
  readonly organization?: {
    readonly organizationalUnits: readonly string[];
    readonly accountTags: Readonly<Record<string, string>>;
  };
  /** Why `organization` is unknown, if that is known. */
  readonly organizationProblem?: string;
}

export interface ViewWithFacts {
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
}

const RANK: Readonly<Record<Effect, number>> = { accept: 0, hold: 1, reject: 2 };

/** EC2 uses these for its own services and takes no route to them (VPC guide, "Route table concepts"). */
const FORBIDDEN = ['169.254.168.0/22', 'fd00:ec2::/32'].map(parseCidr);

/** Longest lists in a reason; what is beyond is counted. */
const MAX_LISTED = 10;

function shown(value: string): string {
  return printable(value, 256);
}

function listed(values: readonly string[], separator = ', '): string {
  const head = values.slice(0, MAX_LISTED).map(shown).join(separator);
  return values.length > MAX_LISTED ? `${head} and ${values.length - MAX_LISTED} more` : head;
}

/** CIDR texts as EC2 gave them. `unreadable` is what no CIDR can be made of: nothing may be concluded from it. */
interface Blocks {
  readonly cidrs: readonly Cidr[];
  readonly unreadable: readonly string[];
}

function readBlocks(texts: readonly string[]): Blocks {
  const cidrs: Cidr[] = [];
  const unreadable: string[] = [];
  for (const text of texts) {
    try {
      cidrs.push(parseCidr(text));
    } catch (error) {
      if (!(error instanceof CidrError)) {
        throw error;
      }
      unreadable.push(text);
    }
  }
  return { cidrs, unreadable };
}

/** Why a selector does not hold, or why it cannot be told. */
interface Flaw {
  readonly kind: 'mismatch' | 'unknown';
  readonly says: string;
}

/** Looks at one selector of a rule; undefined if it holds. */
type Check = (subject: Subject) => Flaw | undefined;

function mismatch(says: string): Flaw {
  return { kind: 'mismatch', says };
}

function unknown(says: string): Flaw {
  return { kind: 'unknown', says };
}

/** A rule made ready for many views. */
interface PreparedRule {
  readonly rule: Rule;
  readonly remoteCidrs: readonly Cidr[];
  /** One for each selector that the rule has. */
  readonly checks: readonly Check[];
  /** What every view gets that matches. */
  readonly match: RuleOutcome;
}

/** Prepared once per policy: a plan decides thousands of views with the same one. */
const prepared = new WeakMap<Policy, readonly PreparedRule[]>();

function prepare(policy: Policy): readonly PreparedRule[] {
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
      checks: checksOf(rule, remoteCidrs),
      match: { rule: name, effect, matched: true, mismatches: [], unknowns: [] },
    };
  });
  prepared.set(policy, rules);
  return rules;
}

/** A view with everything that rules and guardrails ask of it. */
interface Subject {
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
  /** `request`: nobody accepted it yet. */
  readonly stage: 'request' | 'live' | 'dead';
  readonly localBlocks: Blocks | undefined;
  readonly remoteBlocks: Blocks;
}

/** How reasons name the parts of a view. */
const NAMES = {
  local: ({ view }: Subject) => `local VPC ${shown(view.local.vpcId)}`,
  remote: ({ view }: Subject) => `remote VPC ${shown(view.remote.vpcId)}`,
  account: ({ view }: Subject) => `remote account ${shown(view.remote.accountId)}`,
} as const;

/** Who or what a selector is about. */
type Whose = keyof typeof NAMES;

function stageOf({ peering: { status } }: PeeringView): Subject['stage'] {
  switch (status) {
    case 'initiating-request':
    case 'pending-acceptance':
      return 'request';
    case 'provisioning':
    case 'active':
      return 'live';
    default:
      return 'dead';
  }
}

/** The views of a VPC come with the same list of its CIDRs, which is then read once. */
const localBlocks = new WeakMap<readonly string[], Blocks>();

function readLocalBlocks(texts: readonly string[]): Blocks {
  const blocks = localBlocks.get(texts) ?? readBlocks(texts);
  localBlocks.set(texts, blocks);
  return blocks;
}

function subjectOf(view: PeeringView, facts: DecisionFacts): Subject {
  return {
    view,
    facts,
    stage: stageOf(view),
    localBlocks: facts.localCidrs && readLocalBlocks(facts.localCidrs),
    remoteBlocks: readBlocks(view.remote.cidrs),
  };
}

/** Why the CIDRs of a VPC cannot be judged, or undefined if they can. */
function unknownBlocks(subject: Subject, side: 'local' | 'remote'): string | undefined {
  const blocks = side === 'local' ? subject.localBlocks : subject.remoteBlocks;
  if (blocks === undefined || (blocks.cidrs.length === 0 && blocks.unreadable.length === 0)) {
    return `the CIDRs of ${NAMES[side](subject)} are not visible`;
  }
  return blocks.unreadable.length === 0
    ? undefined
    : `${NAMES[side](subject)} has CIDRs that cannot be read: ${listed(blocks.unreadable)}`;
}

/** Why the organization's data of the remote account are unknown, in brackets. */
function organizationProblem({ facts }: Subject): string {
  return facts.organizationProblem === undefined ? '' : ` (${shown(facts.organizationProblem)})`;
}

function tagChecks(
  key: string,
  whose: Whose,
  selector: Rule['local']['tags'],
  tagsOf: (subject: Subject) => Readonly<Record<string, string>> | undefined,
  why: (subject: Subject) => string = () => '',
): Check[] {
  return Object.entries(selector).map(([name, patterns]) => {
    const expected = `${key}.${shown(name)} [${listed(patterns)}]`;
    return (subject) => {
      const tags = tagsOf(subject);
      const owner = () => NAMES[whose](subject);
      if (tags === undefined) {
        return unknown(
          `tag ${shown(name)} of ${owner()} could not be read${why(subject)}, and ${expected} asks for it`,
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

function valueChecks(
  key: string,
  what: string,
  patterns: readonly string[],
  read: (view: PeeringView) => string,
): Check[] {
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

function outsideOf(cidrs: readonly Cidr[], selector: readonly Cidr[]): Cidr[] {
  return cidrs.filter((cidr) => !selector.some((block) => contains(block, cidr)));
}

/**
 * How much of a VPC a `cidrs` selector has to cover.
 *
 * `every`: what an accept rule lets in. `one`: a live peering, of which the CIDRs inside are routed. `any-overlap`: what
 * hold and reject rules keep out: a requester that adds one more CIDR must not get past them.
 */
type Needed = 'every' | 'one' | 'any-overlap';

function neededBy({ effect }: Rule, stage: Subject['stage'], side: 'local' | 'remote'): Needed {
  if (effect === 'reject' || (effect === 'hold' && stage !== 'live')) {
    return 'any-overlap';
  }
  return stage === 'live' && side === 'remote' ? 'one' : 'every';
}

function cidrChecks(side: 'local' | 'remote', rule: Rule, selector: readonly Cidr[]): Check[] {
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

function directionChecks({ direction }: Rule): Check[] {
  return direction === 'any'
    ? []
    : [
        ({ view }) =>
          direction === view.direction
            ? undefined
            : mismatch(`the request is ${view.direction}, and direction asks for ${direction}`),
      ];
}

function accountChecks(accounts: readonly string[]): Check[] {
  if (accounts.length === 0) {
    return [];
  }
  const expected = `remote.accounts [${listed(accounts)}]`;
  return [
    (subject) => {
      const { accountId } = subject.view.remote;
      return accounts.some((pattern) =>
        pattern === 'self' ? accountId === subject.facts.accountId : matchesPattern(pattern, accountId),
      )
        ? undefined
        : mismatch(`${NAMES.account(subject)} is not in ${expected}`);
    },
  ];
}

function unitChecks(wanted: readonly string[]): Check[] {
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
function checksOf(rule: Rule, remoteCidrs: readonly Cidr[]): Check[] {
  const { local, remote } = rule;
  return [
    ...directionChecks(rule),
    ...valueChecks('local.vpcs', 'local VPC', local.vpcs, (view) => view.local.vpcId),
    ...valueChecks('local.regions', 'local Region', local.regions, (view) => view.local.region),
    ...tagChecks('local.tags', 'local', local.tags, ({ view }) => view.localTags),
    ...cidrChecks('local', rule, local.cidrs.map(parseCidr)),
    ...accountChecks(remote.accounts),
    ...valueChecks('remote.vpcs', 'remote VPC', remote.vpcs, (view) => view.remote.vpcId),
    ...valueChecks('remote.regions', 'remote Region', remote.regions, (view) => view.remote.region),
    ...cidrChecks('remote', rule, remoteCidrs),
    ...unitChecks(remote.organizationalUnits),
    ...tagChecks(
      'remote.accountTags',
      'account',
      remote.accountTags,
      ({ facts }) => facts.organization?.accountTags,
      organizationProblem,
    ),
  ];
}

function evaluate({ rule, checks, match }: PreparedRule, subject: Subject): RuleOutcome {
  const mismatches: string[] = [];
  const unknowns: string[] = [];
  for (const check of checks) {
    const flaw = check(subject);
    if (flaw !== undefined) {
      (flaw.kind === 'mismatch' ? mismatches : unknowns).push(flaw.says);
    }
  }
  return mismatches.length === 0 && unknowns.length === 0
    ? match
    : { rule: rule.name, effect: rule.effect, matched: false, mismatches, unknowns };
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

/** Per remote CIDR, why the address guardrails and the rule's selector forbid to route it. */
function addressProblems(
  subject: Subject,
  { maxRemotePrefix }: Policy['guardrails'],
  winner: PreparedRule | undefined,
): { readonly allowed: Cidr[]; readonly problems: string[] } {
  const allowed: Cidr[] = [];
  const problems: string[] = [];
  for (const cidr of subject.remoteBlocks.cidrs) {
    // What the rule never routes cannot stand in anybody's way.
    if (winner && destinationsOf(winner.rule, { routableCidrs: [cidr.text] }).length === 0) {
      allowed.push(cidr);
      continue;
    }
    const name = () => `${cidr.text} of ${NAMES.remote(subject)}`;
    const before = problems.length;
    if (winner && winner.remoteCidrs.length > 0 && outsideOf([cidr], winner.remoteCidrs).length > 0) {
      const expected = listed(winner.remoteCidrs.map(({ text }) => text));
      problems.push(`${name()} is outside remote.cidrs [${expected}] of rule ${winner.rule.name}.`);
    }
    for (const own of subject.localBlocks?.cidrs ?? []) {
      if (overlaps(own, cidr)) {
        problems.push(
          `${name()} overlaps ${own.text} of ${NAMES.local(subject)}, and such addresses cannot be routed.`,
        );
      }
    }
    const widest = maxRemotePrefix[cidr.family];
    if (cidr.prefix < widest) {
      problems.push(
        `${name()} is wider than /${widest}, which guardrails.maxRemotePrefix.${cidr.family} allows.`,
      );
    }
    for (const block of FORBIDDEN) {
      if (overlaps(block, cidr)) {
        problems.push(`${name()} overlaps ${block.text}, which EC2 keeps for its own services.`);
      }
    }
    if (problems.length === before) {
      allowed.push(cidr);
    }
  }
  return { allowed, problems };
}

function quotaProblem(subject: Subject, guardrails: Policy['guardrails']): string | undefined {
  const { peeringsPerVpc, quotaHeadroom } = guardrails;
  const { activePeerings } = subject.facts;
  const localName = NAMES.local(subject);
  if (activePeerings === undefined) {
    return `How many active peerings ${localName} has could not be read, so its quota cannot be judged.`;
  }
  const left = peeringsPerVpc - activePeerings - 1;
  // Written so that a count that is no number holds, too.
  if (left >= quotaHeadroom) {
    return undefined;
  }
  return (
    `${localName[0]?.toUpperCase()}${localName.slice(1)} has ${activePeerings} active peerings of ` +
    `${peeringsPerVpc} (guardrails.peeringsPerVpc); one more would leave ${left}, and guardrails.quotaHeadroom ` +
    `asks for ${quotaHeadroom}.`
  );
}

/** What keeps the destinations of a request from being routed as its rule says. */
function routeProblems(subject: Subject, rule: Rule, routable: readonly Cidr[]): readonly string[] {
  const { obstacles } = subject.facts;
  return obstacles === undefined
    ? [
        `The route tables of ${NAMES.local(subject)} could not be read, so conflicting routes cannot be ruled out.`,
      ]
    : obstacles(rule, destinationsOf(rule, { routableCidrs: routable.map(({ text }) => text) }));
}

function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
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
  const { stage } = subject;
  const preparedRules = prepare(policy);
  const rules = preparedRules.map((rule) => evaluate(rule, subject));
  if (stage === 'dead') {
    return {
      decision: 'hold',
      reasons: [
        `${shown(view.peering.peeringId)} is ${view.peering.status}; there is nothing left to decide.`,
      ],
      rules,
      routableCidrs: [],
      managed: false,
    };
  }

  const matched = rules.filter((outcome) => outcome.matched).sort(byPrecedence);
  const open = rules
    .filter(({ mismatches, unknowns }) => mismatches.length === 0 && unknowns.length > 0)
    .sort(byPrecedence);
  const [winner] = matched;
  const mattering = open.filter((outcome) => wouldMatter(outcome, winner, stage));
  const reasons = winner === undefined ? reasonsWithoutWinner(open) : [reasonOf(winner, matched)];
  for (const { rule, effect, unknowns } of mattering) {
    reasons.push(
      `Whether rule ${rule} (${article(effect)} rule) matches is unknown: ${listed(unknowns, '; ')}.`,
    );
  }

  const won = winner === undefined ? {} : { rule: winner.rule, effect: winner.effect };
  if (winner?.effect === 'reject') {
    return { decision: 'reject', ...won, reasons, rules, routableCidrs: [], managed: false };
  }

  const winning = preparedRules.find(({ rule }) => rule.name === winner?.rule);
  const { allowed, problems } = addressProblems(subject, policy.guardrails, winning);
  const invisible = [unknownBlocks(subject, 'remote'), unknownBlocks(subject, 'local')].filter(
    (problem) => problem !== undefined,
  );
  const guardrails = [...invisible.map(sentence), ...problems];
  if (stage === 'request') {
    if (policy.guardrails.freeze) {
      guardrails.push('The policy is frozen (guardrails.freeze: true): nothing is accepted.');
    }
    const quota = quotaProblem(subject, policy.guardrails);
    if (quota !== undefined) {
      guardrails.push(quota);
    }
    if (winning !== undefined) {
      guardrails.push(...routeProblems(subject, winning.rule, allowed));
    }
  } else if (winner === undefined) {
    // Live, and no rule routes it: guardrails of routing would say nothing to anybody.
    guardrails.length = 0;
  }
  reasons.push(...guardrails);

  const routableCidrs = winner === undefined || invisible.length > 0 ? [] : allowed.map(({ text }) => text);
  if (stage === 'request') {
    const accept = winner?.effect === 'accept' && mattering.length === 0 && guardrails.length === 0;
    return {
      decision: accept ? 'accept' : 'hold',
      ...won,
      reasons,
      rules,
      routableCidrs,
      managed: false,
      ...(guardrails.length === 0 ? {} : { guardrails }),
    };
  }
  if (mattering.length > 0 || (winner !== undefined && invisible.length > 0)) {
    return {
      decision: 'hold',
      ...won,
      reasons,
      rules,
      routableCidrs: [],
      managed: false,
      undecidable: true,
    };
  }
  const accept = winner?.effect === 'accept' && routableCidrs.length > 0;
  return {
    decision: accept ? 'accept' : 'hold',
    ...won,
    reasons,
    rules,
    routableCidrs,
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
  let decision = decide(accepter.view, policy, accepter.facts);
  for (const other of views) {
    if (other === accepter) {
      continue;
    }
    const { view, facts } = withKnownRemote(other, accepter);
    const restraint = decide(view, policy, facts);
    const side = `Seen from the requester's side (${shown(view.local.vpcId)}): `;
    const open = restraint.rules.filter(
      ({ effect, mismatches, unknowns }) =>
        effect !== 'accept' && mismatches.length === 0 && unknowns.length > 0,
    );
    const matched = restraint.effect === 'hold' || restraint.effect === 'reject';
    // Its own side would be routed as well, so what is in the way there counts like here.
    const inTheWay = restraint.effect === 'accept' ? (restraint.guardrails ?? []) : [];
    if (!matched && open.length === 0 && inTheWay.length === 0) {
      continue;
    }
    const reasons = [
      ...(matched ? [`${side}rule ${restraint.rule} matches and has the effect ${restraint.effect}.`] : []),
      ...open.map(
        ({ rule, effect, unknowns }) =>
          `${side}whether rule ${rule} (${article(effect)} rule) matches is unknown: ${listed(unknowns, '; ')}.`,
      ),
      ...inTheWay.filter((reason) => !decision.reasons.includes(reason)).map((reason) => `${side}${reason}`),
    ];
    const outcome = restraint.effect === 'reject' ? 'reject' : 'hold';
    const wins = matched && RANK[outcome] > RANK[decision.effect ?? 'accept'];
    decision = {
      ...decision,
      decision: RANK[outcome] > RANK[decision.decision] ? outcome : decision.decision,
      ...(wins && restraint.rule !== undefined && restraint.effect !== undefined
        ? { rule: restraint.rule, effect: restraint.effect }
        : {}),
      reasons: [...decision.reasons, ...reasons],
      ...(outcome === 'reject' ? { routableCidrs: [], managed: false } : {}),
    };
  }
  return decision;
}
