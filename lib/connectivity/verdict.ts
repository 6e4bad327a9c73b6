import { defaultRangeOf } from './default-ranges.ts';
import type { OwnWay } from './own-way.ts';
import { isOfTheNetwork, type PingProblem, type PingResult } from './ping-output.ts';

/**
 * `none`: the check says nothing of the network, neither good nor bad. `mtu-limited`: small packets pass and large ones do not.
 * `misresolved`: the target's name leads elsewhere, or nowhere.
 */
export type Verdict = 'reachable' | 'lossy' | 'unreachable' | 'mtu-limited' | 'misresolved' | 'none';

export interface VerdictWithReason {
  readonly verdict: Verdict;
  /** One sentence for people. */
  readonly reason: string;
}

/** What a command invocation's status details mean when the ping did not run to its end, by lower-case letters only. */
const NOT_RUN: Readonly<Record<string, string>> = {
  pending: 'the command has not reached the instance yet',
  inprogress: 'the command is still running',
  delayed: 'the instance was not reached by Systems Manager, which tries again',
  undeliverable: 'Systems Manager could not deliver the command; look at the SSM agent of the instance',
  deliverytimedout: 'the instance did not take the command in time; look at its SSM agent',
  executiontimedout: 'the command did not end in time',
  timedout: 'the command did not end in time',
  cancelled: 'the command was cancelled',
  canceled: 'the command was cancelled',
  cancelling: 'the command is being cancelled',
  terminated: 'Systems Manager gave up the command after too many errors on other instances',
  accessdenied: 'Systems Manager may not run the command on the instance; look at the role of the instance',
  invalidplatform: 'the document does not fit the platform of the instance',
  incomplete: 'the command ended incompletely',
  noinstancesintag: 'the command found no instance',
  limitexceeded: 'the account has too many commands under way',
  rateexceeded: 'the account has too many commands under way',
};

const NO_ROUTE = 'the system of the instance has no route to the target, so nothing left it';

/** Problems that keep packets from leaving, or from being counted: nothing is known of the network then. */
const NO_EVIDENCE: Partial<Readonly<Record<PingProblem, string>>> = {
  'unknown-host': 'ping could not make an address of its target',
  'permission-denied': 'the system of the instance did not let ping send',
  'no-route': NO_ROUTE,
  'not-sent': 'the system of the instance could not send',
  'no-program': 'there is no ping program on the instance that takes the arguments',
  contradictory: 'the replies that ping counts are not the replies that it shows',
  'no-output': 'ping printed nothing',
  unreadable: 'the output is not one of a ping program known here',
};

const ANSWERED_BY_OTHERS: Partial<Readonly<Record<PingProblem, string>>> = {
  'host-unreachable': 'a router answered that the host is unreachable',
  'network-unreachable': 'a router answered that the network is unreachable',
  prohibited: 'a router answered that the packet is prohibited',
  'ttl-exceeded': 'a router answered that the packet went through too many routers, perhaps in a circle',
  'other-address': 'only another address answered',
};

export function noVerdict(reason: string): VerdictWithReason {
  return { verdict: 'none', reason: `No verdict: ${reason}.` };
}

function withoutSeparators(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, '');
}

/**
 * Why a command says nothing; undefined for one that ran to its end. `Failed` is one that did: ping's exit code is not zero when
 * no reply comes. Everything that Systems Manager or the instance did not do is no verdict, and no packet loss.
 *
 * @param invocationStatus `Status` of GetCommandInvocation.
 * @param statusDetails its `StatusDetails`, which tells the kinds of `TimedOut` and `Failed` apart.
 */
export function whyNotRun(
  invocationStatus: string,
  statusDetails: string | undefined,
): VerdictWithReason | undefined {
  const status = withoutSeparators(invocationStatus);
  const details = withoutSeparators(statusDetails ?? '') || status;
  const ran =
    (status === 'success' || status === 'failed') && (details === 'success' || details === 'failed');
  return ran
    ? undefined
    : noVerdict(
        NOT_RUN[details] ?? NOT_RUN[status] ?? 'the command ended in a status that is not known here',
      );
}

/** Where the source's own system keeps packets for itself, whatever came back says nothing of the peering. */
export function whyKept(way: OwnWay | undefined, target: string): VerdictWithReason | undefined {
  if (way?.kind === 'refused') {
    return noVerdict(NO_ROUTE);
  }
  if (way?.kind !== 'kept') {
    return undefined;
  }
  const known = defaultRangeOf(target);
  const whose = known === undefined ? '' : `, as ${known.user} does by default`;
  return noVerdict(
    `the source's own system keeps packets to ${target} for itself: its interface ${way.interface} has ${way.range}${whose}. Give that software another range, or ping from another instance`,
  );
}

/** What tells whether it was the network that answered. */
export interface Evidence {
  /** What the source's own system said of its way to the target. */
  readonly way?: OwnWay | undefined;
  /** Who sent an ICMP error, or answered in the target's place. */
  readonly answeredBy?: string | undefined;
}

/** An ICMP error counts for the network only if somebody in the network sent it. */
function whyOwnAnswer(
  { problem, target }: PingResult,
  { way, answeredBy }: Evidence,
): VerdictWithReason | undefined {
  if (problem === undefined || answeredBy === undefined || !isOfTheNetwork(problem)) {
    return undefined;
  }
  const leaving = way?.kind === 'refused' ? undefined : way;
  if (leaving !== undefined && answeredBy === leaving.source) {
    return noVerdict(
      `the source's own system (${answeredBy}, interface ${leaving.interface}) answered in place of the network, so nothing left it; look at its routes and its firewall`,
    );
  }
  const range = answeredBy === target ? undefined : defaultRangeOf(answeredBy);
  return range === undefined || way !== undefined
    ? undefined
    : noVerdict(
        `${answeredBy} answered in the target's place, which is probably the source itself: ${range.cidr.text} is a range that ${range.user} uses by default. Give that software another range, or ping from another instance`,
      );
}

/**
 * What one ping says of the network. Only a command that ran to its end does say anything.
 *
 * @param ping what the output says; undefined when it could not be fetched.
 */
export function verdictOf(
  invocationStatus: string,
  statusDetails: string | undefined,
  ping: PingResult | undefined,
  evidence: Evidence = {},
): VerdictWithReason {
  const notRun = whyNotRun(invocationStatus, statusDetails);
  if (notRun !== undefined) {
    return notRun;
  }
  if (ping === undefined) {
    return noVerdict('the output of the command could not be read');
  }
  const { problem, received, transmitted, truncated } = ping;
  const lack = problem === undefined ? undefined : NO_EVIDENCE[problem];
  if (lack !== undefined && received === 0) {
    return noVerdict(lack);
  }
  if (truncated) {
    return noVerdict('the output ends before its statistics');
  }
  if (transmitted === undefined) {
    return noVerdict('the output has no statistics');
  }
  if (transmitted === 0) {
    return noVerdict('nothing was sent');
  }
  const kept = ping.target === undefined ? undefined : whyKept(evidence.way, ping.target);
  if (kept !== undefined) {
    return kept;
  }
  if (received === 0) {
    const own = whyOwnAnswer(ping, evidence);
    if (own !== undefined) {
      return own;
    }
    const cause = problem === undefined ? undefined : ANSWERED_BY_OTHERS[problem];
    return {
      verdict: 'unreachable',
      reason: `None of ${transmitted} pings was answered${cause === undefined ? '' : `; ${cause}`}.`,
    };
  }
  return received < transmitted
    ? { verdict: 'lossy', reason: `${received} of ${transmitted} pings were answered.` }
    : { verdict: 'reachable', reason: `All ${transmitted} pings were answered.` };
}

/** Statuses of an invocation that is under way. After any other, as `Undeliverable`, nothing more comes (SSM guide, "Command statuses"). */
const UNDER_WAY: ReadonlySet<string> = new Set(['', 'Pending', 'InProgress', 'Delayed', 'Cancelling']);

export function isFinal(invocationStatus: string): boolean {
  return !UNDER_WAY.has(invocationStatus);
}
