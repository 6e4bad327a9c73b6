import { frozenText } from '../model/freeze.ts';
import { type Cidr, overlaps, parseCidr } from '../network/cidr.ts';
import { destinationsOf, routesAny } from './destinations.ts';
import type { Policy, Rule } from './schema.ts';
import { outsideOf, type PreparedRule } from './selectors.ts';
import { listed, NAMES, type Subject, unknownBlocks } from './subject.ts';

/** EC2 uses these for its own services and takes no route to them (VPC guide, "Route table concepts"). */
const FORBIDDEN = ['169.254.168.0/22', 'fd00:ec2::/32'].map(parseCidr);

/** What guardrails make of the addresses of a view. */
export interface JudgedAddresses {
  /** CIDRs of the remote VPC that may be routed. */
  readonly allowed: readonly Cidr[];
  /** Why the others may not. */
  readonly problems: readonly string[];
  /** Why nothing can be said of the CIDRs of one VPC or both. */
  readonly invisible: readonly string[];
}

/** @param winner the rule that would route them, if any. */
export function judgeAddresses(
  subject: Subject,
  guardrails: Policy['guardrails'],
  winner: PreparedRule | undefined,
): JudgedAddresses {
  const allowed: Cidr[] = [];
  const problems: string[] = [];
  for (const cidr of subject.remoteBlocks.cidrs) {
    // What the rule never routes cannot stand in anybody's way.
    const found =
      winner === undefined || routesAny(winner.rule, cidr)
        ? addressProblems(subject, cidr, guardrails, winner)
        : [];
    problems.push(...found);
    if (found.length === 0) {
      allowed.push(cidr);
    }
  }
  const invisible: string[] = [];
  for (const side of ['remote', 'local'] as const) {
    const problem = unknownBlocks(subject, side);
    if (problem !== undefined) invisible.push(sentence(problem));
  }
  return { allowed, problems, invisible };
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

/** Why a request must not be accepted, whatever its addresses are. */
export function requestProblems(
  subject: Subject,
  guardrails: Policy['guardrails'],
  winner: PreparedRule | undefined,
  allowed: readonly Cidr[],
): string[] {
  const quota = quotaProblem(subject, guardrails);
  return [
    ...(guardrails.freeze ? ['The policy is frozen (guardrails.freeze: true): nothing is accepted.'] : []),
    ...frozenProblems(subject),
    ...(quota === undefined ? [] : [quota]),
    ...(winner === undefined ? [] : routeProblems(subject, winner.rule, allowed)),
  ];
}

/** Nothing is answered in a Region that a person has frozen: neither accepted nor rejected. */
export function frozenProblems({ facts: { frozen } }: Subject): string[] {
  return frozen === undefined ? [] : [`${frozenText(frozen)}. Nothing is answered meanwhile.`];
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
function routeProblems(subject: Subject, rule: Rule, routable: readonly Cidr[]): readonly string[] {
  const { obstacles } = subject.facts;
  return obstacles === undefined
    ? [
        `Not one route table of ${NAMES.local(subject)} is among those that were read, so conflicting routes cannot be ruled out.`,
      ]
    : obstacles(rule, destinationsOf(rule, { routableCidrs: routable.map(({ text }) => text) }));
}

function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}
