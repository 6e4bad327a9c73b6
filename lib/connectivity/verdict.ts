import type { PingProblem, PingResult } from './ping-output.ts';

/** `none`: the check says nothing of the network, neither good nor bad. */
export type Verdict = 'reachable' | 'lossy' | 'unreachable' | 'none';

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

/** Problems that keep packets from leaving, or from being counted: nothing is known of the network then. */
const NO_EVIDENCE: Partial<Readonly<Record<PingProblem, string>>> = {
  'unknown-host': 'ping could not make an address of its target',
  'permission-denied': 'the system of the instance did not let ping send',
  'no-route': 'the system of the instance has no route to the target, so nothing left it',
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

function none(reason: string): VerdictWithReason {
  return { verdict: 'none', reason: `No verdict: ${reason}.` };
}

function withoutSeparators(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, '');
}

/**
 * What one ping says of the network.
 *
 * Only a command that ran to its end does say anything. `Failed` does: ping's exit code is not zero when no reply
 * comes. Everything that Systems Manager or the instance did not do is no verdict, and no packet loss.
 *
 * @param invocationStatus `Status` of GetCommandInvocation.
 * @param statusDetails its `StatusDetails`, which tells the kinds of `TimedOut` and `Failed` apart.
 * @param ping what the output says; undefined when it could not be fetched.
 */
export function verdictOf(
  invocationStatus: string,
  statusDetails: string | undefined,
  ping: PingResult | undefined,
): VerdictWithReason {
  const status = withoutSeparators(invocationStatus);
  const details = withoutSeparators(statusDetails ?? '') || status;
  const ran =
    (status === 'success' || status === 'failed') && (details === 'success' || details === 'failed');
  if (!ran) {
    return none(
      NOT_RUN[details] ?? NOT_RUN[status] ?? 'the command ended in a status that is not known here',
    );
  }
  if (ping === undefined) {
    return none('the output of the command could not be read');
  }
  const { problem, received, transmitted, truncated } = ping;
  const lack = problem === undefined ? undefined : NO_EVIDENCE[problem];
  if (lack !== undefined && received === 0) {
    return none(lack);
  }
  if (truncated) {
    return none('the output ends before its statistics');
  }
  if (transmitted === undefined) {
    return none('the output has no statistics');
  }
  if (transmitted === 0) {
    return none('nothing was sent');
  }
  if (received === 0) {
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
