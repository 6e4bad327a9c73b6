import { compileEventPattern } from 'local-aws-peering/parts';
import { readHint } from '../../lib/lambda/read-hint.ts';
import type { BusEvent } from '../../lib/model/events.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { EVENT_SOURCE } from '../../lib/model/names.ts';
import { decideRequests } from '../../lib/passes/accept-requests.ts';
import type { Failure } from '../../lib/passes/failure.ts';
import { requestPeerings } from '../../lib/passes/request-peerings.ts';
import { syncRoutes } from '../../lib/passes/sync-routes.ts';
import { createPace, FUNCTION_BUCKETS } from '../../lib/ports/pace.ts';
import { FUNCTION_SIZES } from '../../resources/functions.ts';
import { deployedRules } from './deployed-rules.ts';
import { OWN, REGION } from './fixtures.ts';
import type { Scene } from './scene.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { ThrottledEc2 } from './throttled-ec2.ts';

/**
 * The functions that request, accept and route, side by side as the stack runs them: the deployed rules bring events into a
 * queue each, whose batches one invocation after the other takes, each function with its own share of EC2's buckets.
 */

/** A batch of a FIFO queue holds no more (Lambda guide, "Using Lambda with Amazon SQS"). */
const BATCH = 10;
const SECOND = 1000;
const SWEEP = 300 * SECOND;
/** What failed comes back after so long (`lib/lambda/receive.ts`). */
const AFTER_FAILURE = 10 * SECOND;

const RUNNING = ['request-peerings', 'accept-requests', 'sync-routes'] as const;
export type RunningFunction = (typeof RUNNING)[number];

/** As EventBridge carries it. */
type Carried = Readonly<Record<string, unknown>>;

const carried = ({ type, detail }: BusEvent): Carried => ({
  source: EVENT_SOURCE,
  'detail-type': type,
  account: OWN,
  region: REGION,
  detail,
});

/** What EventBridge says of a VPC whose tags were changed (`events/vpc-tagged.json`). */
export function vpcTagged(vpcId: string, tags: Readonly<Record<string, string>>): Carried {
  return {
    source: 'aws.tag',
    'detail-type': 'Tag Change on Resource',
    account: OWN,
    region: REGION,
    resources: [`arn:aws:ec2:${REGION}:${OWN}:vpc/${vpcId}`],
    detail: { 'changed-tag-keys': Object.keys(tags), service: 'ec2', 'resource-type': 'vpc', tags },
  };
}

/** The queues of the functions, filled as the rules of the scene's stack say. */
function createQueues({ policy, managedRegions }: ReturnType<Scene['dependencies']>) {
  const rules = deployedRules({ policy, stage: 'prod' }).flatMap(({ target, bus, pattern }) =>
    pattern === undefined ? [] : [{ target, bus, matches: compileEventPattern(pattern) }],
  );
  const queues: Readonly<Record<RunningFunction, Hint[]>> = {
    'request-peerings': [],
    'accept-requests': [],
    'sync-routes': [],
  };
  return {
    queues,
    put(event: Carried): void {
      const bus = event.source === EVENT_SOURCE ? 'own' : undefined;
      const hint = readHint(event, { accountId: OWN, managedRegions });
      for (const name of RUNNING) {
        const isFor = rules.some((rule) => rule.target === name && rule.bus === bus && rule.matches(event));
        if (isFor && !('dropped' in hint)) queues[name].push(hint);
      }
    },
  };
}

export interface StackRun {
  /** Invocations that looked, by function. */
  readonly looks: Readonly<Record<RunningFunction, number>>;
  /** `sync-routes: …`: what failed. */
  readonly failures: readonly string[];
}

interface Running {
  readonly scene: Scene;
  readonly ec2: ThrottledEc2;
  readonly clock: SimulatedClock;
}

export interface StackRunOptions {
  /** What happened before the first function begins. */
  readonly events: readonly Carried[];
  readonly isDone: () => boolean;
  /** Until then at the latest. Hours. */
  readonly hours: number;
}

/** One function over the life of the stack. */
function invocations({ scene, ec2, clock }: Running, name: RunningFunction, put: (event: Carried) => void) {
  const pace = createPace(clock, FUNCTION_BUCKETS);
  return () => {
    const until = clock.now() + FUNCTION_SIZES[name].timeout * SECOND;
    return {
      ...scene.dependencies(),
      reader: ec2.reader,
      writer: ec2.writer,
      pace,
      bus: {
        publish: async (published: readonly BusEvent[]) => {
          await scene.aws.bus.publish(published);
          for (const event of published) put(carried(event));
        },
      },
      sleep: (milliseconds: number) => clock.sleep(milliseconds),
      now: () => new Date(clock.now()),
      millisecondsLeft: () => until - clock.now(),
    };
  };
}

type Invocation = ReturnType<ReturnType<typeof invocations>>;

/** What `handlers/` calls for a batch. */
const LOOKS: Readonly<
  Record<RunningFunction, (hints: readonly Hint[], invocation: Invocation) => Promise<readonly Failure[]>>
> = {
  'request-peerings': async (_, invocation) => (await requestPeerings(invocation)).failures,
  'accept-requests': async (hints, invocation) =>
    (await decideRequests(REGION, hints, invocation)).flatMap(({ result, reason, retry = false }) =>
      result === 'failed' ? [{ reason, retry }] : [],
    ),
  'sync-routes': async (hints, invocation) =>
    (await syncRoutes(REGION, hints, invocation)).flatMap(({ failures }) => failures),
};

async function run(running: Running, { events, isDone, hours }: StackRunOptions): Promise<StackRun> {
  const { scene, clock } = running;
  const { queues, put } = createQueues(scene.dependencies());
  const looks = { 'request-peerings': 0, 'accept-requests': 0, 'sync-routes': 0 };
  const failures: string[] = [];
  const end = clock.now() + hours * 3600 * SECOND;
  const isOver = () => isDone() || clock.now() >= end;

  async function serve(name: RunningFunction): Promise<void> {
    const invocation = invocations(running, name, put);
    while (!isOver()) {
      const hints = queues[name].splice(0, BATCH);
      if (hints.length === 0) {
        // Long polling answers within a second of what comes.
        await clock.sleep(SECOND);
        continue;
      }
      looks[name] += 1;
      const failed = await LOOKS[name](hints, invocation());
      failures.push(...failed.map(({ reason }) => `${name}: ${reason}`));
      if (failed.some(({ retry }) => retry)) {
        queues[name].unshift(...hints);
        await clock.sleep(AFTER_FAILURE);
      }
    }
  }

  async function sweep(): Promise<void> {
    while (!isOver()) {
      put(carried({ type: 'Sweep Requested', detail: { accountId: OWN, region: REGION } }));
      for (let second = 0; second < SWEEP && !isOver(); second += SECOND) await clock.sleep(SECOND);
    }
  }

  for (const event of events) put(event);
  await clock.run(Promise.all([sweep(), ...RUNNING.map(serve)]));
  return { looks, failures };
}

/** Runs the functions until what `isDone` asks for is so, or the time is over. A sweep comes at once and every five minutes. */
export async function runStack(running: Running, options: StackRunOptions): Promise<StackRun> {
  const { now } = Date;
  // The passes tell time by their ports, and the deadline of a wait by the clock of the process.
  Date.now = () => running.clock.now();
  try {
    return await run(running, options);
  } finally {
    Date.now = now;
  }
}
