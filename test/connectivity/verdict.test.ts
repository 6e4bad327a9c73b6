import type { PingProblem, PingResult } from '../../lib/connectivity/ping-output.ts';
import { isFinal, verdictOf } from '../../lib/connectivity/verdict.ts';

/** Five pings, all of them answered. */
const ANSWERED: PingResult = {
  format: 'iputils',
  transmitted: 5,
  received: 5,
  duplicates: 0,
  lossPercent: 0,
  truncated: false,
};
const { transmitted: _, lossPercent: __, ...UNCOUNTED } = ANSWERED;

const judged = (ping: PingResult | undefined) => verdictOf('Success', 'Success', ping);
const none = (why: string): ReturnType<typeof judged> => ({
  verdict: 'none',
  reason: `No verdict: ${why}.`,
});

describe('what is said of a command that ran', () => {
  it.each<[string, PingResult | undefined, ReturnType<typeof judged>]>([
    ['all answered', ANSWERED, { verdict: 'reachable', reason: 'All 5 pings were answered.' }],
    [
      'some answered',
      { ...ANSWERED, received: 4 },
      { verdict: 'lossy', reason: '4 of 5 pings were answered.' },
    ],
    [
      'none answered',
      { ...ANSWERED, received: 0 },
      { verdict: 'unreachable', reason: 'None of 5 pings was answered.' },
    ],
    ['no output', undefined, none('the output of the command could not be read')],
    ['cut output', { ...ANSWERED, truncated: true }, none('the output ends before its statistics')],
    ['no statistics', UNCOUNTED, none('the output has no statistics')],
    ['nothing sent', { ...ANSWERED, transmitted: 0, received: 0 }, none('nothing was sent')],
  ])('%s', (_what, ping, expected) => {
    expect(judged(ping)).toEqual(expected);
  });

  it.each<[PingProblem, string]>([
    ['unknown-host', 'ping could not make an address of its target'],
    ['permission-denied', 'the system of the instance did not let ping send'],
    ['no-route', 'the system of the instance has no route to the target, so nothing left it'],
    ['not-sent', 'the system of the instance could not send'],
    ['no-program', 'there is no ping program on the instance that takes the arguments'],
    ['contradictory', 'the replies that ping counts are not the replies that it shows'],
    ['no-output', 'ping printed nothing'],
    ['unreadable', 'the output is not one of a ping program known here'],
  ])('%s is no verdict, unless something was answered all the same', (problem, why) => {
    expect(judged({ ...ANSWERED, received: 0, problem })).toEqual(none(why));
    expect(judged({ ...ANSWERED, received: 4, problem }).verdict).toBe('lossy');
  });

  it.each<[PingProblem, string]>([
    ['host-unreachable', 'a router answered that the host is unreachable'],
    ['network-unreachable', 'a router answered that the network is unreachable'],
    ['prohibited', 'a router answered that the packet is prohibited'],
    ['ttl-exceeded', 'a router answered that the packet went through too many routers, perhaps in a circle'],
    ['other-address', 'only another address answered'],
  ])('%s is why the target is unreachable', (problem, why) => {
    expect(judged({ ...ANSWERED, received: 0, problem })).toEqual({
      verdict: 'unreachable',
      reason: `None of 5 pings was answered; ${why}.`,
    });
  });
});

describe('what is said of a command that did not run', () => {
  it.each([
    ['Success', 'Delivery Timed Out', 'the instance did not take the command in time; look at its SSM agent'],
    ['TimedOut', 'Something else', 'the command did not end in time'],
    [
      'Failed',
      'Access Denied',
      'Systems Manager may not run the command on the instance; look at the role of the instance',
    ],
    ['Cancelled', 'Success', 'the command was cancelled'],
    ['Pending', undefined, 'the command has not reached the instance yet'],
    ['Whatever', 'Whatever', 'the command ended in a status that is not known here'],
  ])('%s (%s)', (status, details, why) => {
    expect(verdictOf(status, details, ANSWERED)).toEqual(none(why));
  });

  it.each([
    ['Success', true],
    ['Failed', true],
    ['Cancelled', true],
    ['TimedOut', true],
    ['Undeliverable', true],
    ['Terminated', true],
    ['', false],
    ['InProgress', false],
    ['Pending', false],
    ['Delayed', false],
    ['Cancelling', false],
  ])('is final when it is %s: %s', (status, final) => {
    expect(isFinal(status)).toBe(final);
  });
});
