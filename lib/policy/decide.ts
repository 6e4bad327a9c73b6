/**
 * Whether a policy accepts, holds or rejects a peering, and why. Pure.
 *
 * Deny by default: whatever is unknown holds. Most restrictive first: reject over hold over accept, whatever the order
 * of the rules in the file.
 */
import { type Cidr, CidrError, contains, overlaps, parseCidr } from '../network/cidr.ts';
import type { PeeringView } from '../peering/types.ts';
import { printable } from '../report/printable.ts';
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
   * Routes of the local VPC's opted-in tables, without `local` routes, routes to this peering and routes to dead
   * peerings.
   */
  readonly routedDestinations?: readonly {
    readonly destination: string;
    readonly routeTableId: string;
    readonly targetId: string;
  }[];
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
const MAX_CONFLICTS = 50;

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

/** Why the CIDRs of a VPC cannot be judged, or undefined if they can. */
function unknownBlocks(blocks: Blocks | undefined, whose: string): string | undefined {
  if (blocks === undefined || (blocks.cidrs.length === 0 && blocks.unreadable.length === 0)) {
    return `the CIDRs of ${whose} are not visible`;
  }
  return blocks.unreadable.length === 0
    ? undefined
    : `${whose} has CIDRs that cannot be read: ${listed(blocks.unreadable)}`;
}

/** A rule with its blocks parsed. */
interface PreparedRule {
  readonly rule: Rule;
  readonly localCidrs: readonly Cidr[];
  readonly remoteCidrs: readonly Cidr[];
}

/** Parsed once per policy: a plan decides thousands of views with the same one. */
const prepared = new WeakMap<Policy, readonly PreparedRule[]>();

function prepare(policy: Policy): readonly PreparedRule[] {
  const known = prepared.get(policy);
  if (known !== undefined) {
    return known;
  }
  const rules = policy.rules.map((rule) => ({
    rule,
    localCidrs: rule.local.cidrs.map(parseCidr),
    remoteCidrs: rule.remote.cidrs.map(parseCidr),
  }));
  prepared.set(policy, rules);
  return rules;
}

/** A view with everything that rules and guardrails ask of it. */
interface Subject {
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
  /** `request`: nobody accepted it yet. */
  readonly stage: 'request' | 'live' | 'dead';
  readonly localName: string;
  readonly remoteName: string;
  readonly accountName: string;
  readonly localBlocks: Blocks | undefined;
  readonly remoteBlocks: Blocks;
}

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

function subjectOf(view: PeeringView, facts: DecisionFacts): Subject {
  return {
    view,
    facts,
    stage: stageOf(view),
    localName: `local VPC ${shown(view.local.vpcId)}`,
    remoteName: `remote VPC ${shown(view.remote.vpcId)}`,
    accountName: `remote account ${shown(view.remote.accountId)}`,
    localBlocks: facts.localCidrs && readBlocks(facts.localCidrs),
    remoteBlocks: readBlocks(view.remote.cidrs),
  };
}

interface Findings {
  readonly mismatches: string[];
  readonly unknowns: string[];
}

type TagSelector = Rule['local']['tags'];

function checkTags(
  selector: TagSelector,
  tags: Readonly<Record<string, string>> | undefined,
  { key, whose, why = '' }: { readonly key: string; readonly whose: string; readonly why?: string },
  found: Findings,
): void {
  for (const [name, patterns] of Object.entries(selector)) {
    const tag = `tag ${shown(name)} of ${whose}`;
    const expected = `${key}.${shown(name)} [${listed(patterns)}]`;
    if (tags === undefined) {
      found.unknowns.push(`${tag} could not be read${why}, and ${expected} asks for it`);
      continue;
    }
    // A tag may be named like something that every object has ("constructor").
    const value = Object.hasOwn(tags, name) ? tags[name] : undefined;
    if (value === undefined) {
      found.mismatches.push(`${whose} has no tag ${shown(name)}, and ${expected} asks for it`);
    } else if (!patterns.some((pattern) => matchesPattern(pattern, value))) {
      found.mismatches.push(`${tag} is "${shown(value)}", which is not in ${expected}`);
    }
  }
}

function checkValue(
  value: string,
  patterns: readonly string[],
  { key, what }: { readonly key: string; readonly what: string },
  found: Findings,
): void {
  if (patterns.length > 0 && !patterns.some((pattern) => matchesPattern(pattern, value))) {
    found.mismatches.push(`${what} ${shown(value)} is not in ${key} [${listed(patterns)}]`);
  }
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

function checkCidrs(
  blocks: Blocks | undefined,
  selector: readonly Cidr[],
  { key, whose, needs }: { readonly key: string; readonly whose: string; readonly needs: Needed },
  found: Findings,
): void {
  if (selector.length === 0) {
    return;
  }
  const expected = () => `${key} [${listed(selector.map(({ text }) => text))}]`;
  const unknown = unknownBlocks(blocks, whose);
  const cidrs = blocks?.cidrs ?? [];
  const outside =
    needs === 'any-overlap'
      ? cidrs.filter((cidr) => !selector.some((block) => overlaps(block, cidr)))
      : outsideOf(cidrs, selector);
  // One CIDR is outside whatever the others are; and where one inside is enough, it is.
  const settled = needs === 'every' ? outside.length > 0 : outside.length < cidrs.length;
  if (unknown !== undefined && !settled) {
    found.unknowns.push(`${unknown}, and ${expected()} asks for them`);
  } else if (needs === 'every' ? outside.length > 0 : outside.length === cidrs.length) {
    const which = listed(outside.map(({ text }) => text));
    found.mismatches.push(
      needs === 'every'
        ? `${which} of ${whose} is outside ${expected()}`
        : `no CIDR of ${whose} (${which}) is inside ${expected()}`,
    );
  }
}

function evaluate({ rule, localCidrs, remoteCidrs }: PreparedRule, subject: Subject): RuleOutcome {
  const { view, facts, localName, remoteName } = subject;
  const found: Findings = { mismatches: [], unknowns: [] };
  if (rule.direction !== 'any' && rule.direction !== view.direction) {
    found.mismatches.push(`the request is ${view.direction}, and direction asks for ${rule.direction}`);
  }
  checkValue(view.local.vpcId, rule.local.vpcs, { key: 'local.vpcs', what: 'local VPC' }, found);
  checkValue(view.local.region, rule.local.regions, { key: 'local.regions', what: 'local Region' }, found);
  checkTags(rule.local.tags, view.localTags, { key: 'local.tags', whose: localName }, found);
  checkCidrs(
    subject.localBlocks,
    localCidrs,
    { key: 'local.cidrs', whose: localName, needs: neededBy(rule, subject.stage, 'local') },
    found,
  );

  const { accountId } = view.remote;
  const { accounts } = rule.remote;
  if (
    accounts.length > 0 &&
    !accounts.some((pattern) =>
      pattern === 'self' ? accountId === facts.accountId : matchesPattern(pattern, accountId),
    )
  ) {
    found.mismatches.push(`${subject.accountName} is not in remote.accounts [${listed(accounts)}]`);
  }
  checkValue(view.remote.vpcId, rule.remote.vpcs, { key: 'remote.vpcs', what: 'remote VPC' }, found);
  checkValue(
    view.remote.region,
    rule.remote.regions,
    { key: 'remote.regions', what: 'remote Region' },
    found,
  );
  checkCidrs(
    subject.remoteBlocks,
    remoteCidrs,
    { key: 'remote.cidrs', whose: remoteName, needs: neededBy(rule, subject.stage, 'remote') },
    found,
  );
  const { accountName } = subject;
  const why = facts.organizationProblem === undefined ? '' : ` (${shown(facts.organizationProblem)})`;
  const wanted = rule.remote.organizationalUnits;
  if (wanted.length > 0) {
    const units = facts.organization?.organizationalUnits;
    if (units === undefined) {
      found.unknowns.push(
        `the organizational units of ${accountName} could not be read${why}, and remote.organizationalUnits [${listed(wanted)}] asks for them`,
      );
    } else if (!wanted.some((unit) => units.includes(unit))) {
      found.mismatches.push(
        `${accountName} is in [${listed(units)}], not in remote.organizationalUnits [${listed(wanted)}]`,
      );
    }
  }
  checkTags(
    rule.remote.accountTags,
    facts.organization?.accountTags,
    { key: 'remote.accountTags', whose: accountName, why },
    found,
  );
  const { mismatches, unknowns } = found;
  return {
    rule: rule.name,
    effect: rule.effect,
    matched: mismatches.length === 0 && unknowns.length === 0,
    mismatches,
    unknowns,
  };
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
  { localBlocks, localName, remoteBlocks, remoteName }: Subject,
  { maxRemotePrefix }: Policy['guardrails'],
  winner: PreparedRule | undefined,
): { readonly allowed: Cidr[]; readonly problems: string[] } {
  const allowed: Cidr[] = [];
  const problems: string[] = [];
  for (const cidr of remoteBlocks.cidrs) {
    const name = `${cidr.text} of ${remoteName}`;
    const found: string[] = [];
    if (winner && winner.remoteCidrs.length > 0 && outsideOf([cidr], winner.remoteCidrs).length > 0) {
      const expected = listed(winner.remoteCidrs.map(({ text }) => text));
      found.push(`${name} is outside remote.cidrs [${expected}] of rule ${winner.rule.name}.`);
    }
    for (const own of localBlocks?.cidrs ?? []) {
      if (overlaps(own, cidr)) {
        found.push(`${name} overlaps ${own.text} of ${localName}, and such addresses cannot be routed.`);
      }
    }
    const widest = maxRemotePrefix[cidr.family];
    if (cidr.prefix < widest) {
      found.push(`${name} is wider than /${widest}, which guardrails.maxRemotePrefix.${cidr.family} allows.`);
    }
    for (const block of FORBIDDEN) {
      if (overlaps(block, cidr)) {
        found.push(`${name} overlaps ${block.text}, which EC2 keeps for its own services.`);
      }
    }
    if (found.length === 0) {
      allowed.push(cidr);
    }
    problems.push(...found);
  }
  return { allowed, problems };
}

function quotaProblem({ facts, localName }: Subject, guardrails: Policy['guardrails']): string | undefined {
  const { peeringsPerVpc, quotaHeadroom } = guardrails;
  const { activePeerings } = facts;
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

/** What the local VPC's opted-in tables already route elsewhere and the peering would route, too. */
function routeProblems(
  { facts, localName, remoteBlocks, remoteName }: Subject,
  { widerRoutes }: Policy['guardrails'],
): string[] {
  if (facts.routedDestinations === undefined) {
    return [`The route tables of ${localName} could not be read, so conflicting routes cannot be ruled out.`];
  }
  const conflicts = new Map<string, { readonly says: string; readonly tables: Set<string> }>();
  const note = (key: string, says: string, routeTableId: string) => {
    const conflict = conflicts.get(key) ?? { says, tables: new Set() };
    conflict.tables.add(routeTableId);
    conflicts.set(key, conflict);
  };
  const blocks = new Map<string, Blocks>();
  for (const { destination, routeTableId, targetId } of facts.routedDestinations) {
    // A prefix list's addresses are not visible here, and a static CIDR route wins over it.
    if (destination.startsWith('pl-')) {
      continue;
    }
    let block = blocks.get(destination);
    if (block === undefined) {
      block = readBlocks([destination]);
      blocks.set(destination, block);
    }
    const [routed] = block.cidrs;
    if (routed === undefined) {
      note(destination, `The route to ${shown(destination)} cannot be read`, routeTableId);
      continue;
    }
    if (routed.prefix === 0) {
      continue;
    }
    for (const cidr of remoteBlocks.cidrs) {
      const wider = routed.prefix < cidr.prefix;
      if (overlaps(routed, cidr) && !(wider && widerRoutes === 'allow')) {
        const hint = wider
          ? ' (a wider route; guardrails.widerRoutes: allow would let the peering route win)'
          : '';
        note(
          `${routed.text} ${targetId} ${cidr.text}`,
          `${cidr.text} of ${remoteName} overlaps ${routed.text}, which already goes to ${shown(targetId)}${hint}`,
          routeTableId,
        );
      }
    }
  }
  const sentences = [...conflicts.values()]
    .slice(0, MAX_CONFLICTS)
    .map(({ says, tables }) => `${says}, in ${listed([...tables].sort())}.`);
  return conflicts.size > MAX_CONFLICTS
    ? [...sentences, `${conflicts.size - MAX_CONFLICTS} more routes conflict.`]
    : sentences;
}

function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}

function article(effect: Effect): string {
  return effect === 'accept' ? 'an accept' : `a ${effect}`;
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
  const { stage, localName, remoteName } = subject;
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
  const reasons: string[] = [];
  if (winner === undefined) {
    if (open.length === 0) {
      reasons.push('No rule matches, and what no rule matches is held.');
    }
  } else {
    const others = matched.slice(1).filter(({ effect }) => effect !== winner.effect);
    reasons.push(
      `Rule ${winner.rule} matches and has the effect ${winner.effect}${
        others.length === 0
          ? ''
          : `; it is more restrictive than ${listed(others.map(({ rule, effect }) => `${rule} (${effect})`))}, which also match`
      }.`,
    );
  }
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
  const invisible = [
    unknownBlocks(subject.remoteBlocks, remoteName),
    unknownBlocks(subject.localBlocks, localName),
  ].filter((problem) => problem !== undefined);
  const guardrails = [...invisible.map(sentence), ...problems];
  if (stage === 'request') {
    if (policy.guardrails.freeze) {
      guardrails.push('The policy is frozen (guardrails.freeze: true): nothing is accepted.');
    }
    const quota = quotaProblem(subject, policy.guardrails);
    if (quota !== undefined) {
      guardrails.push(quota);
    }
    guardrails.push(...routeProblems(subject, policy.guardrails));
  } else if (winner === undefined) {
    // Live, and no rule routes it: guardrails of routing would say nothing to anybody.
    guardrails.length = 0;
  }
  reasons.push(...guardrails);

  const routableCidrs = winner === undefined || invisible.length > 0 ? [] : allowed.map(({ text }) => text);
  if (stage === 'request') {
    const accept = winner?.effect === 'accept' && mattering.length === 0 && guardrails.length === 0;
    return { decision: accept ? 'accept' : 'hold', ...won, reasons, rules, routableCidrs, managed: false };
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
 * there restrains the decision; that no rule matches there says nothing.
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
    if (!matched && open.length === 0) {
      continue;
    }
    const reasons = [
      ...(matched ? [`${side}rule ${restraint.rule} matches and has the effect ${restraint.effect}.`] : []),
      ...open.map(
        ({ rule, effect, unknowns }) =>
          `${side}whether rule ${rule} (${article(effect)} rule) matches is unknown: ${listed(unknowns, '; ')}.`,
      ),
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
