import type { BusEvent } from '../../lib/model/events.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { decideRequests } from '../../lib/passes/accept-requests.ts';
import { requestPeerings } from '../../lib/passes/request-peerings.ts';
import { WORK_HANDED_ON } from '../../lib/passes/sync-dependencies.ts';
import { syncRoutes } from '../../lib/passes/sync-routes.ts';
import { createPace, FUNCTION_BUCKETS } from '../../lib/ports/pace.ts';
import { REGION } from './fixtures.ts';
import type { Scene } from './scene.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { createThrottledEc2 } from './throttled-ec2.ts';

/** The functions that request, accept and route, side by side, each with its queue and its own share of EC2's buckets. */

/** A batch of a FIFO queue holds no more (SQS developer guide). */
const BATCH = 10;
const SECOND = 1000;
/** What a look takes beside EC2's calls: the registry, the bus, the start of an invocation. */
const BESIDE_EC2 = SECOND;
const TIMEOUT = 300 * SECOND;
const SWEEP = 300 * SECOND;

type Queued = 'request-peerings' | 'accept-requests' | 'sync-routes';

/** Whom the rules of the stack bring which events. */
const RULES: Readonly<Record<Queued, readonly BusEvent['type'][]>> = {
  'request-peerings': ['Peering Accepted', 'Sweep Requested'],
  'accept-requests': ['Peering Requested', 'Sweep Requested'],
  'sync-routes': ['Peering Accepted', WORK_HANDED_ON, 'Sweep Requested'],
};

function hintOf({ type, detail }: BusEvent): Hint {
  const { peeringId } = detail;
  const base = { region: REGION, cause: type };
  return typeof peeringId === 'string'
    ? { kind: 'peering', peeringId, ...base }
    : { kind: 'region', ...base };
}

/** Runs the functions until what `isDone` asks for is so, or the time is over. Sweeps come every five minutes. */
export async function runStack(
  scene: Scene,
  ec2: ReturnType<typeof createThrottledEc2>,
  clock: SimulatedClock,
  { isDone, hours }: { readonly isDone: () => boolean; readonly hours: number },
): Promise<{ readonly looks: Readonly<Record<Queued, number>>; readonly failures: readonly string[] }> {
  const queues: Readonly<Record<Queued, Hint[]>> = {
    'request-peerings': [],
    'accept-requests': [],
    'sync-routes': [],
  };
  const looks = { 'request-peerings': 0, 'accept-requests': 0, 'sync-routes': 0 };
  const failures: string[] = [];
  const end = clock.now() + hours * 3600 * SECOND;
  const isOver = () => isDone() || clock.now() >= end;
  const put = (event: BusEvent) => {
    for (const name of Object.keys(queues) as Queued[]) {
      if (RULES[name].includes(event.type)) queues[name].push(hintOf(event));
    }
  };
  const bus = {
    publish: async (published: readonly BusEvent[]) => {
      await scene.aws.bus.publish(published);
      for (const event of published) put(event);
    },
  };

  async function serve(
    name: Queued,
    look: (hints: readonly Hint[], dependencies: ReturnType<typeof invocation>) => Promise<readonly string[]>,
  ): Promise<void> {
    const pace = createPace(clock, FUNCTION_BUCKETS);
    while (!isOver()) {
      const hints = queues[name].splice(0, BATCH);
      if (hints.length > 0) {
        looks[name] += 1;
        failures.push(...(await look(hints, invocation(pace))).map((reason) => `${name}: ${reason}`));
      }
      // Long polling answers within a second of what comes.
      if (queues[name].length === 0) await clock.sleep(SECOND);
    }
  }

  async function recall(region: string) {
    await clock.sleep(BESIDE_EC2);
    return scene.aws.memory.read(region);
  }

  function invocation(pace: ReturnType<typeof createPace>) {
    const until = clock.now() + TIMEOUT;
    return {
      ...scene.dependencies(),
      reader: ec2.reader,
      writer: ec2.writer,
      memory: { ...scene.aws.memory, read: recall },
      bus,
      pace,
      sleep: (milliseconds: number) => clock.sleep(milliseconds),
      now: () => new Date(clock.now()),
      millisecondsLeft: () => until - clock.now(),
    };
  }

  async function sweep(): Promise<void> {
    while (!isOver()) {
      put({ type: 'Sweep Requested', detail: { accountId: '', region: REGION } });
      for (let second = 0; second < SWEEP && !isOver(); second += SECOND) await clock.sleep(SECOND);
    }
  }

  await clock.run(
    Promise.all([
      sweep(),
      serve('request-peerings', async (_, own) =>
        (await requestPeerings(own)).failures.map(({ reason }) => reason),
      ),
      serve('accept-requests', async (hints, own) =>
        (await decideRequests(REGION, hints, own)).flatMap(({ result, reason }) =>
          result === 'failed' ? [reason] : [],
        ),
      ),
      serve('sync-routes', async (hints, own) =>
        (await syncRoutes(REGION, hints, own)).flatMap((each) => each.failures.map(({ reason }) => reason)),
      ),
    ]),
  );
  return { looks, failures };
}
