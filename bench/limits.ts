import type { Hint } from '../lib/model/hint.ts';
import type { RegionInventory } from '../lib/model/inventory.ts';
import { type Bucket, createPace, EC2_BUCKETS, FUNCTION_BUCKETS, type Pace } from '../lib/ports/pace.ts';
import { createMemoryAws, type MemoryAws } from '../test/support/memory-aws.ts';
import { awsError } from '../test/support/memory-ec2.ts';
import { syncRoutes } from '../test/support/passes.ts';
import { createSimulatedClock, type SimulatedClock } from '../test/support/simulated-clock.ts';
import { count, goalText, number, table } from './markdown.ts';
import { BENCH_POLICY, desiredRoutes, type NetworkShape, networkOf } from './network.ts';

const GOAL = { ratio: 1.05, throttled: 0, invocationSeconds: 300 } as const;

/** Lambda ends an invocation of sync-routes after 5 minutes, as serverless.yml says. */
const LAMBDA_MS = 300_000;
/** Of one EC2 call, seen from a function. */
const CALL_MS = 100;
/** From the event that hands work on to the start of the next invocation. */
const HAND_OVER_MS = 500;
/** EC2's buckets for the calls that are not paced (EC2 API guide, "Request throttling"). */
const UNPACED = { Describe: { size: 100, refill: 20 }, CreateTags: { size: 100, refill: 10 } } as const;

export interface LimitsResult {
  readonly routes: number;
  readonly written: number;
  readonly simulatedSeconds: number;
  readonly leastSeconds: number;
  readonly throttled: number;
  readonly invocations: number;
  readonly longestInvocationSeconds: number;
  readonly peeringsMarked: number;
}

/** A bucket as EC2 keeps it: full at the start, and a call that finds no whole token is throttled. */
function createBucket({ size, refill }: Bucket) {
  let tokens = size;
  let at = 0;
  return (now: number): 'taken' | 'throttled' => {
    tokens = Math.min(size, tokens + ((now - at) / 1000) * refill);
    at = now;
    // Tokens are added up in floating point.
    if (tokens < 1 - 1e-6) {
      return 'throttled';
    }
    tokens -= 1;
    return 'taken';
  };
}

/** EC2's calls, each of which takes its time and a token of its bucket. */
function limitedCalls(clock: SimulatedClock) {
  const buckets = {
    CreateRoute: createBucket(EC2_BUCKETS.CreateRoute),
    Describe: createBucket(UNPACED.Describe),
    CreateTags: createBucket(UNPACED.CreateTags),
  };
  let throttled = 0;
  return {
    throttled: () => throttled,
    async limited<Answer>(bucket: keyof typeof buckets, send: () => Promise<Answer>): Promise<Answer> {
      if (buckets[bucket](clock.now()) === 'throttled') {
        throttled += 1;
        throw awsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
      }
      await clock.sleep(CALL_MS);
      return send();
    },
  };
}

/** The reader and the writer of a network in memory, as far as EC2 limits them. */
function limitedEc2({ reader, writer }: MemoryAws, { limited }: ReturnType<typeof limitedCalls>) {
  const limitedReader: typeof reader = {
    readPeerings: (...asked) => limited('Describe', () => reader.readPeerings(...asked)),
    readVpcs: (...asked) => limited('Describe', () => reader.readVpcs(...asked)),
    readTables: (...asked) => limited('Describe', () => reader.readTables(...asked)),
    // Asked once, of a bucket of its own.
    readPrefixLists: async (...asked) => (await reader.readPrefixLists?.(...asked)) ?? [],
  };
  const limitedWriter: typeof writer = {
    ...writer,
    createRoute: (...asked) => limited('CreateRoute', () => writer.createRoute(...asked)),
    tag: (...asked) => limited('CreateTags', () => writer.tag(...asked)),
  };
  return { reader: limitedReader, writer: limitedWriter };
}

/** Passes take their deadline from the system's clock. */
async function withSystemTime<Result>(now: () => number, work: () => Promise<Result>): Promise<Result> {
  const systemNow = Date.now;
  Date.now = now;
  try {
    return await work();
  } finally {
    Date.now = systemNow;
  }
}

interface Invocations {
  readonly count: number;
  readonly longestMs: number;
}

/** Invokes sync-routes until it hands on no more work. */
async function invokeUntilDone(
  { aws, clock, calls }: Simulation,
  { accountId, region }: Pick<RegionInventory, 'accountId' | 'region'>,
  paceOfInvocation: () => Pace,
): Promise<Invocations> {
  let count = 0;
  let longestMs = 0;
  let hint: Hint | undefined = { kind: 'region', region, cause: 'Sweep Requested' };
  while (hint !== undefined) {
    const started = clock.now();
    count += 1;
    aws.events.length = 0;
    await syncRoutes(hint, {
      ...aws,
      ...limitedEc2(aws, calls),
      accountId,
      policy: BENCH_POLICY,
      managedRegions: [region],
      pace: paceOfInvocation(),
      now: () => new Date(clock.now()),
      sleep: clock.sleep,
      millisecondsLeft: () => started + LAMBDA_MS - clock.now(),
    });
    longestMs = Math.max(longestMs, clock.now() - started);
    const handedOn = aws.events.some(({ type }) => type === 'Routes Remaining');
    hint = handedOn ? { kind: 'region', region, cause: 'Routes Remaining' } : undefined;
    if (handedOn) {
      await clock.sleep(HAND_OVER_MS);
    }
  }
  return { count, longestMs };
}

interface Simulation {
  readonly aws: MemoryAws;
  readonly clock: SimulatedClock;
  readonly calls: ReturnType<typeof limitedCalls>;
}

function simulationOf({ peerings, vpcs, tables, prefixLists }: RegionInventory): Simulation {
  const clock = createSimulatedClock();
  const aws = createMemoryAws({
    peerings: [...peerings],
    vpcs: [...vpcs.values()],
    tables: [...tables],
    prefixLists: [...(prefixLists?.values() ?? [])],
  });
  return { aws, clock, calls: limitedCalls(clock) };
}

/**
 * Writes all routes of a network by sync-routes itself, invocation after invocation, on a clock that jumps.
 *
 * @param processes `kept`: Lambda invokes the same process again. `new`: each invocation starts in a new one, which
 *   knows nothing of what the last one took from EC2's buckets.
 */
export async function simulateLimits(shape: NetworkShape, processes: 'kept' | 'new'): Promise<LimitsResult> {
  const network = networkOf(shape);
  const simulation = simulationOf(network);
  const { aws, clock, calls } = simulation;
  const pace = createPace(clock, FUNCTION_BUCKETS);
  const paceOfInvocation = () => (processes === 'kept' ? pace : createPace(clock, FUNCTION_BUCKETS));
  const invocations = await withSystemTime(clock.now, () =>
    clock.run(invokeUntilDone(simulation, network, paceOfInvocation)),
  );
  const routes = desiredRoutes(shape);
  const { size, refill } = EC2_BUCKETS.CreateRoute;
  return {
    routes,
    written: aws.writes.filter((call) => call.startsWith('createRoute ')).length,
    simulatedSeconds: clock.now() / 1000,
    leastSeconds: Math.max(0, routes - size) / refill,
    throttled: calls.throttled(),
    invocations: invocations.count,
    longestInvocationSeconds: invocations.longestMs / 1000,
    peeringsMarked: aws.writes.filter((call) => call.startsWith('tag ')).length,
  };
}

export const TEN_THOUSAND: NetworkShape = { peerings: 100, tables: 20, cidrs: 5, routes: 'unwritten' };

export async function measureLimits(): Promise<string> {
  const results = [
    { name: 'the same process', ...(await simulateLimits(TEN_THOUSAND, 'kept')) },
    { name: 'a new process each time', ...(await simulateLimits(TEN_THOUSAND, 'new')) },
  ];
  const worst = Math.max(...results.map((each) => each.simulatedSeconds / each.leastSeconds));
  const throttled = Math.max(...results.map((each) => each.throttled));
  const longest = Math.max(...results.map((each) => each.longestInvocationSeconds));
  return [
    `${count(TEN_THOUSAND.peerings)} peerings, ${TEN_THOUSAND.tables} tables a VPC, ${TEN_THOUSAND.cidrs} CIDRs a peer. ` +
      `sync-routes itself, on a simulated clock, against buckets of 50 calls that refill by 5 a second; a call takes ` +
      `${CALL_MS} ms, Lambda ends after ${LAMBDA_MS / 1000} s. Least time: (10,000 − 50) / 5 a second.`,
    '',
    table(
      [
        'invocations run in',
        number('routes'),
        number('written'),
        number('seconds'),
        number('least seconds'),
        number('ratio'),
        number('throttled calls'),
        number('invocations'),
        number('longest, s'),
      ],
      results.map((each) => [
        each.name,
        count(each.routes),
        count(each.written),
        each.simulatedSeconds.toFixed(1),
        each.leastSeconds.toFixed(1),
        (each.simulatedSeconds / each.leastSeconds).toFixed(3),
        count(each.throttled),
        count(each.invocations),
        each.longestInvocationSeconds.toFixed(1),
      ]),
    ),
    '',
    `- Goal ${GOAL.ratio} times the least time: ${goalText(worst, GOAL.ratio)}.`,
    `- Goal no throttled call: ${goalText(throttled, GOAL.throttled)}.`,
    `- Every invocation ends before Lambda ends it: ${goalText(longest, GOAL.invocationSeconds)}.`,
  ].join('\n');
}
