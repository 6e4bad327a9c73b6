import { append } from '../model/append.ts';
import { frozenText } from '../model/freeze.ts';
import { asSentence } from '../model/sentence.ts';
import { type Cidr, intersect, overlaps, parseCidr, subtract } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { judgePlan, unknownText } from './address-plan.ts';
import { destinationsOf, routesAny } from './destinations.ts';
import { type SelectedSubnets, selectSubnets, subnetTagsOf, subnetTagsText } from './peer-subnets.ts';
import { peeredAlreadyText } from './peered-already.ts';
import type { Policy, Rule } from './schema.ts';
import { outsideOf, type PreparedRule } from './selectors.ts';
import { listed, NAMES, type Subject, shown, unknownBlocks } from './subject.ts';

/** EC2 uses these for its own services and takes no route to them (VPC guide, "Route table concepts"). */
const FORBIDDEN = ['169.254.168.0/22', 'fd00:ec2::/32'].map(parseCidr);

/** What guardrails make of the addresses of a view. */
export interface JudgedAddresses {
  /** CIDRs of the remote VPC that may be routed. */
  readonly allowed: readonly Cidr[];
  /** Why the others may not. */
  readonly problems: readonly string[];
  /** Why nothing can be said of the CIDRs of one VPC or both, or of the subnets that the rule selects. */
  readonly invisible: readonly string[];
  /** Among the problems is one because the address plan could not be judged. */
  readonly planUnknown?: true;
  /** What the rule makes of the remote VPC's subnets, where it selects by them and they are known. */
  readonly subnets?: SelectedSubnets;
}

/** The subnets that the rule selects, or why they cannot be told; undefined: it does not select by subnets. */
function selectedBy(
  winner: PreparedRule | undefined,
  { facts: { remoteSubnets } }: Subject,
): ReturnType<typeof selectSubnets> | undefined {
  const wanted = winner === undefined ? undefined : subnetTagsOf(winner.rule);
  return wanted === undefined ? undefined : selectSubnets(wanted, remoteSubnets);
}

/** Why it is not known which subnets the rule selects. */
function unknownSubnets(subject: Subject, rule: Rule, why: string): string {
  return (
    `Which subnets of ${NAMES.remote(subject)} have the tags ${listed([subnetTagsText(subnetTagsOf(rule) ?? {})])} is not known, ` +
    `and rule ${rule.name} routes just those (routes.destinations.subnetTags). ${shown(why)}`
  );
}

/** @param winner the rule that would route them, if any. */
export function judgeAddresses(
  subject: Subject,
  guardrails: Policy['guardrails'],
  winner: PreparedRule | undefined,
): JudgedAddresses {
  const selection = selectedBy(winner, subject);
  const subnets = selection === undefined || 'unknown' in selection ? undefined : selection;
  const { cidrs } = subject.remoteBlocks;
  const problems: string[] = [];
  const allowed = cidrs.filter((cidr) => {
    // What the rule never routes cannot stand in anybody's way.
    const found =
      winner === undefined || routesAny(winner.rule, cidr, subnets)
        ? addressProblems(subject, cidr, guardrails, winner)
        : [];
    append(problems, found);
    return found.length === 0;
  });
  const planned = judgeByPlan(subject, guardrails, winner, { allowed, subnets });
  const invisible: string[] = [];
  for (const side of ['remote', 'local'] as const) {
    const problem = unknownBlocks(subject, side);
    if (problem !== undefined) invisible.push(asSentence(problem));
  }
  if (winner !== undefined && selection !== undefined && 'unknown' in selection) {
    invisible.push(unknownSubnets(subject, winner.rule, selection.unknown));
  }
  const selected = subnets === undefined ? {} : { subnets };
  return planned === undefined
    ? { allowed, problems, invisible, ...selected }
    : { ...planned, problems: [...problems, ...planned.problems], invisible, ...selected };
}

/** The parts of a CIDR that lead to the peering already, and whether the rule wants more than those. */
interface AlreadyRouted {
  readonly blocks: readonly Cidr[];
  readonly isAll: boolean;
}

/** Of a request nothing is. Of a live peering whose tables were not read, all may be. */
function alreadyRouted(
  { stage, facts }: Subject,
  cidr: Cidr,
  { rule }: PreparedRule,
  subnets: SelectedSubnets | undefined,
): AlreadyRouted {
  if (stage !== 'live') {
    return { blocks: [], isAll: false };
  }
  if (facts.routed === undefined) {
    return { blocks: [cidr], isAll: true };
  }
  const blocks = facts.routed.flatMap((text) => {
    const block = readDestination(text);
    return block === undefined ? [] : (intersect(block, cidr) ?? []);
  });
  const wanted = destinationsOf(rule, {
    routableCidrs: [cidr.text],
    ...(subnets === undefined ? {} : { subnets }),
  });
  return { blocks, isAll: wanted.every((each) => subtract(each, blocks).length === 0) };
}

/**
 * What the address plan leaves of the CIDRs that may be routed. It is asked of who asked for the peering, once a rule would route
 * something. What leads to a live peering already stays: a plan that changes, or that cannot be read, takes no path away.
 *
 * @returns undefined where it says nothing.
 */
function judgeByPlan(
  subject: Subject,
  { ipam }: Policy['guardrails'],
  winner: PreparedRule | undefined,
  {
    allowed: cidrs,
    subnets,
  }: { readonly allowed: readonly Cidr[]; readonly subnets: SelectedSubnets | undefined },
): Omit<JudgedAddresses, 'invisible' | 'subnets'> | undefined {
  if (ipam === undefined || winner === undefined || subject.view.direction !== 'inbound') {
    return undefined;
  }
  const routed = new Map(cidrs.map((cidr) => [cidr, alreadyRouted(subject, cidr, winner, subnets)]));
  const asked = cidrs.filter(
    (cidr) => routesAny(winner.rule, cidr, subnets) && routed.get(cidr)?.isAll !== true,
  );
  if (asked.length === 0) {
    return undefined;
  }
  const { against, unknown } = judgePlan(subject, ipam, asked);
  const isKept = (cidr: Cidr) => !asked.includes(cidr) || (unknown.length === 0 && !against.has(cidr));
  return {
    allowed: cidrs.flatMap((cidr) => (isKept(cidr) ? [cidr] : (routed.get(cidr)?.blocks ?? []))),
    ...(unknown.length > 0
      ? { problems: [unknownText(subject, asked, unknown)], planUnknown: true }
      : { problems: [...against.values()].flat() }),
  };
}

/** Why the address guardrails and the rule's selector forbid to route a CIDR of the remote VPC. */
function addressProblems(
  subject: Subject,
  cidr: Cidr,
  { maxRemotePrefix }: Policy['guardrails'],
  winner: PreparedRule | undefined,
): string[] {
  const problems: string[] = [];
  const name = () => `${cidr.text} of ${NAMES.remote(subject)}`;
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
  return problems;
}

const POLICY_FROZEN = 'The policy is frozen (guardrails.freeze: true): nothing is accepted.';
const FROZEN = 'Nothing is answered meanwhile.';

/** Those of a request's problems that no freeze makes: of a freeze people know, as they ordered it. */
export function withoutFreezes(problems: readonly string[]): string[] {
  return problems.filter((problem) => problem !== POLICY_FROZEN && !problem.endsWith(FROZEN));
}

/** Whether a person froze the Region, so that neither the functions nor the command answer. */
export function areFrozen(problems: readonly string[]): boolean {
  return problems.some((problem) => problem.endsWith(FROZEN));
}

/** Why AWS would not accept the request, whatever the policy says. */
export function pairProblems({ view, facts: { peeredAlready, accountId } }: Subject): string[] {
  return peeredAlready === undefined ? [] : [peeredAlreadyText(view.peering, peeredAlready, accountId)];
}

/** Why a request must not be accepted, whatever its addresses are. */
export function requestProblems(
  subject: Subject,
  guardrails: Policy['guardrails'],
  winner: PreparedRule | undefined,
  { allowed, subnets }: Pick<JudgedAddresses, 'allowed' | 'subnets'>,
): string[] {
  const quota = quotaProblem(subject, guardrails);
  return [
    ...(guardrails.freeze ? [POLICY_FROZEN] : []),
    ...frozenProblems(subject),
    ...(quota === undefined ? [] : [quota]),
    ...(winner === undefined ? [] : routeProblems(subject, winner.rule, { allowed, subnets })),
  ];
}

/** Nothing is answered in a Region that a person has frozen: neither accepted nor rejected. */
export function frozenProblems({ facts: { frozen } }: Subject): string[] {
  return frozen === undefined ? [] : [`${frozenText(frozen)}. ${FROZEN}`];
}

function quotaProblem(subject: Subject, guardrails: Policy['guardrails']): string | undefined {
  const { peeringsPerVpc, quotaHeadroom } = guardrails;
  const { activePeerings } = subject.facts;
  const localName = NAMES.local(subject);
  if (activePeerings === undefined) {
    return `How many active peerings ${localName} has is not known, as not one of its route tables is among those that were read, so its quota cannot be judged.`;
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
function routeProblems(
  subject: Subject,
  rule: Rule,
  { allowed, subnets }: Pick<JudgedAddresses, 'allowed'> & { readonly subnets: SelectedSubnets | undefined },
): readonly string[] {
  const { obstacles } = subject.facts;
  return obstacles === undefined
    ? [
        `Not one route table of ${NAMES.local(subject)} is among those that were read, so conflicting routes cannot be ruled out.`,
      ]
    : obstacles(rule, wouldBeRouted(rule, { allowed, subnets }));
}

/** The destinations that a request gets by its rule. */
function wouldBeRouted(
  rule: Rule,
  { allowed, subnets }: Pick<JudgedAddresses, 'allowed'> & { readonly subnets: SelectedSubnets | undefined },
): readonly Cidr[] {
  const routableCidrs = allowed.map(({ text }) => text);
  return destinationsOf(rule, subnets === undefined ? { routableCidrs } : { routableCidrs, subnets });
}

/** What routes of a request that may be accepted wait for (`guardrails.equalRoutes: wait`). */
export function routesWaitFor(
  { facts: { routesInPlace } }: Subject,
  winner: PreparedRule | undefined,
  { allowed, subnets }: Pick<JudgedAddresses, 'allowed' | 'subnets'>,
): readonly string[] {
  return winner === undefined || routesInPlace === undefined
    ? []
    : routesInPlace(winner.rule, wouldBeRouted(winner.rule, { allowed, subnets }));
}
