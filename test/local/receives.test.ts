import fc from 'fast-check';
import { MOST_RECEIVES, VISIBILITY_TIMES } from '../../lib/lambda/receive.ts';
import { decideRequests } from '../../lib/passes/accept-requests.ts';
import { OWN, PEER, peering, policyOf, REGION, table, vpc } from '../support/fixtures.ts';
import { asLambdaProcess } from '../support/lambda-process.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createPolledFunction } from '../support/polled-function.ts';

/** What becomes of a batch that Lambda holds, that fails, or whose function dies; with the visibility timeout of the stack. */

const TIMEOUT_SECONDS = 120;
const VISIBILITY_SECONDS = VISIBILITY_TIMES * TIMEOUT_SECONDS;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const local = vpc('vpc-aaaaaaaa', ['10.0.0.0/16']);
const idOf = (index: number) => `pcx-${String(index).padStart(8, '0')}`;

asLambdaProcess({ now: NOW });

interface Setting {
  readonly requests: number;
  /** How many calls of EC2's Accept are throttled. */
  readonly throttled?: number;
  readonly crashes?: (invocation: number) => boolean;
}

/** accept-requests behind its queue, and requests that its policy allows. */
function acceptRequests({ requests, throttled = 0, crashes }: Setting) {
  let left = throttled;
  const throttle = () => {
    left -= 1;
    return left >= 0 ? Object.assign(new Error('slow down'), { name: 'RequestLimitExceeded' }) : undefined;
  };
  const aws = createMemoryAws(
    {
      peerings: Array.from({ length: requests }, (_, index) =>
        peering(
          idOf(index),
          vpc(`vpc-${String(index).padStart(8, '0')}`, [`10.${index + 1}.0.0/16`], { accountId: PEER }),
          local,
          { status: 'pending-acceptance' },
        ),
      ),
      vpcs: [local],
      tables: [table('rtb-aaaaaaaa', local, [], { optIn: '*' })],
    },
    { fail: (call) => (call === 'accept' ? throttle() : undefined) },
  );
  const polled = createPolledFunction({
    aws,
    policy: policyOf(),
    visibilitySeconds: VISIBILITY_SECONDS,
    mostReceives: MOST_RECEIVES,
    timeoutSeconds: TIMEOUT_SECONDS,
    ...(crashes === undefined ? {} : { crashes }),
    work: async (region, hints, invocation) => {
      const outcomes = await decideRequests(region, hints, invocation);
      return outcomes.filter(({ result }) => result === 'failed');
    },
  });
  const request = (index: number) =>
    polled.send({
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      account: OWN,
      region: REGION,
      detail: {
        eventName: 'CreateVpcPeeringConnection',
        responseElements: { vpcPeeringConnection: { vpcPeeringConnectionId: idOf(index) } },
      },
    });
  return { aws, ...polled, request };
}

type Polled = ReturnType<typeof acceptRequests>;

const accepts = ({ aws }: Polled) => aws.writes.filter((call) => call.startsWith('accept '));
const seconds = (milliseconds: number) => Math.round(milliseconds / 1000);

/** Invocations that changed something while another one did. */
function besideEachOther({ runs }: Polled) {
  const writing = runs.filter(({ writes }) => writes.length > 0);
  return writing.flatMap((one, index) =>
    writing.slice(index + 1).filter((other) => other.began < one.ended && one.began < other.ended),
  );
}

describe('a batch that Lambda holds because it is throttled', () => {
  it('is worked on when it can be invoked, as long as its receive holds', async () => {
    const polled = acceptRequests({ requests: 1 });
    polled.faults.add({ service: 'lambda', action: 'Invoke', kind: 'throttle', delayMs: 60_000, times: 11 });
    await polled.request(0);
    await jest.advanceTimersByTimeAsync(700_000);
    expect(polled.runs).toMatchObject([{ began: 660_000, outcome: 'success', receives: 1 }]);
    expect(accepts(polled)).toEqual([`accept ${idOf(0)}`]);
    expect(polled.queue.left()).toBe(0);
    polled.stop();
  });

  it('is left alone when it was held longer than the visibility timeout: another receive does its work', async () => {
    const polled = acceptRequests({ requests: 1 });
    polled.faults.add({ service: 'lambda', action: 'Invoke', kind: 'expired', delayMs: 500 });
    await polled.request(0);
    await jest.advanceTimersByTimeAsync(30_000);
    const [second, held, ...more] = polled.runs;
    expect(more).toEqual([]);
    expect(second).toMatchObject({ receives: 2, outcome: 'success' });
    expect(held).toMatchObject({ receives: 1, outcome: 'error', writes: [] });
    expect(held?.error).toMatch(
      /^These 1 events were left alone: Lambda held them longer than the queue hides/,
    );
    // It began while the other one was at work.
    expect(held?.began).toBeLessThan(second?.ended ?? 0);
    expect(accepts(polled)).toEqual([`accept ${idOf(0)}`]);
    expect(polled.queue.left()).toBe(0);
    polled.stop();
  });
});

describe('a batch that fails', () => {
  it('comes again after seconds, later each time, and what came after it waits its turn', async () => {
    const polled = acceptRequests({ requests: 2, throttled: 2 });
    await polled.request(0);
    await jest.advanceTimersByTimeAsync(1_000);
    await polled.request(1);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(
      polled.runs.map(({ began, ended, messages, receives }) => [
        seconds(began),
        messages,
        receives,
        ended > 0,
      ]),
    ).toEqual([
      [0, 1, 1, true],
      [expect.any(Number), 2, 2, true],
      [expect.any(Number), 2, 3, true],
    ]);
    const [first, again, last] = polled.runs;
    expect(seconds((again?.began ?? 0) - (first?.ended ?? 0))).toBe(10);
    expect(seconds((last?.began ?? 0) - (again?.ended ?? 0))).toBe(20);
    // The one that was not throttled did not wait for the other.
    expect(accepts(polled)).toEqual([`accept ${idOf(1)}`, `accept ${idOf(0)}`]);
    polled.stop();
  });

  it('goes to the dead-letter queue after five receives, and what came after it is worked on at once', async () => {
    const polled = acceptRequests({ requests: 1, throttled: 1_000 });
    await polled.request(0);
    await jest.advanceTimersByTimeAsync(120_000);
    await polled.send({ source: 'nobody' });
    await jest.advanceTimersByTimeAsync(120_000);
    expect(polled.runs.map(({ receives, outcome }) => `${receives} ${outcome}`)).toEqual([
      '1 error',
      '2 error',
      '3 error',
      '4 error',
      '5 error',
      // It was received with the fifth, and failed with it.
      '2 success',
    ]);
    expect(polled.queue.dead).toHaveLength(1);
    const [hopeless, next] = polled.runs.slice(-2);
    expect(seconds((next?.began ?? 0) - (hopeless?.ended ?? 0))).toBe(0);
    polled.stop();
  });
});

describe('a batch whose function dies', () => {
  it('comes again when the visibility timeout is over', async () => {
    const polled = acceptRequests({ requests: 1, crashes: (invocation) => invocation === 1 });
    await polled.request(0);
    await jest.advanceTimersByTimeAsync(VISIBILITY_SECONDS * 1000 - 1_000);
    expect(polled.runs).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(11_000);
    expect(polled.runs.map(({ began }) => seconds(began))).toEqual([0, VISIBILITY_SECONDS]);
    expect(accepts(polled)).toEqual([`accept ${idOf(0)}`]);
    polled.stop();
  });
});

describe('whatever goes wrong', () => {
  const MISHAPS = ['throttled poller', 'expired', 'throttled call', 'crash', 'none'] as const;

  it('each request is accepted once, and no two passes change anything beside each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...MISHAPS), fc.nat({ max: 20_000 })), { maxLength: 8 }),
        async (mishaps) => {
          const count = (kind: (typeof MISHAPS)[number]) => mishaps.filter(([each]) => each === kind).length;
          let crashes = count('crash');
          const polled = acceptRequests({
            requests: 4,
            // Fewer than would use up the receives.
            throttled: Math.min(1, count('throttled call')),
            crashes: (invocation) => {
              crashes -= 1;
              return invocation < 3 && crashes >= 0;
            },
          });
          for (const [index, [mishap, delayMs]] of mishaps.entries()) {
            if (index < 4) await polled.request(index);
            if (mishap === 'expired' || mishap === 'throttled poller') {
              const kind = mishap === 'expired' ? mishap : 'throttle';
              polled.faults.add({ service: 'lambda', action: 'Invoke', kind, delayMs });
            }
            await jest.advanceTimersByTimeAsync(delayMs);
          }
          await jest.advanceTimersByTimeAsync(2 * VISIBILITY_SECONDS * 1000);
          polled.faults.clear();
          await polled.send({
            source: 'vpc-peering-autopilot',
            'detail-type': 'Sweep Requested',
            account: OWN,
            region: REGION,
            detail: { accountId: OWN, region: REGION },
          });
          await jest.advanceTimersByTimeAsync(10 * VISIBILITY_SECONDS * 1000);
          polled.stop();
          expect(besideEachOther(polled)).toEqual([]);
          expect([...accepts(polled)].sort()).toEqual([0, 1, 2, 3].map((index) => `accept ${idOf(index)}`));
          expect(polled.queue.left()).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });
});
