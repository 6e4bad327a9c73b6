import { FAULT_SHAPES, type FaultCase, faultCases, isRead } from '../../proof/fault-cases.ts';
import { type FaultBench, faultBenchOn } from '../../proof/fault-run.ts';
import { deployFeatures, deployStack, type Stack } from '../../proof/stack.ts';
import { storm } from '../../proof/storm.ts';

/** The short forms of `npm run proof -- --only faults` and `--only storm`, on one deployed stack. */

const silent = () => undefined;

/** One of each fault, each on another call; mutating calls first, because those can be half done. */
function fewOf(cases: readonly FaultCase[]): FaultCase[] {
  const inOrder = [...cases].sort((a, b) => Number(isRead(a.call)) - Number(isRead(b.call)));
  const used = new Set<string>();
  return FAULT_SHAPES.flatMap((shape) => {
    const one = inOrder.find(
      (each) => each.shape === shape && !used.has(`${each.call.function} ${each.call.action}`),
    );
    if (one === undefined) return [];
    used.add(`${one.call.function} ${one.call.action}`);
    return [one];
  });
}

async function survives(bench: FaultBench, cases: readonly FaultCase[]): Promise<void> {
  for (const one of cases) {
    const { problems } = await bench.run(one);
    expect({ call: one.call, fault: one.shape.heading, problems }).toEqual({
      call: one.call,
      fault: one.shape.heading,
      problems: [],
    });
  }
}

let stack: Stack;

beforeAll(async () => {
  stack = await deployStack(silent);
});

afterAll(async () => {
  await stack?.stop();
});

it('ends as without faults after one clean sweep, touches nothing foreign and loses nothing in silence', async () => {
  const bench = await faultBenchOn(stack, 'plain');
  const cases = fewOf(faultCases(await bench.watch()));
  expect(cases.map(({ shape }) => shape)).toEqual(FAULT_SHAPES);
  await survives(bench, cases);
});

/** A request, a delete, a page and an answer that fail: of each function that only some policies have, and of the end of a peering. */
const OF_FEATURES = [
  ['request-peerings', 'CreateVpcPeeringConnection', 'reset after'],
  ['publish-report', 'PutObject', 'denied'],
  ['answer-request', 'AcceptVpcPeeringConnection', 'reset before'],
  ['sync-routes', 'DeleteVpcPeeringConnection', 'throttled'],
] as const;

it('does so with all that a policy can ask for, too', async () => {
  const features = await deployFeatures(silent);
  try {
    const bench = await faultBenchOn(features, 'features');
    const cases = faultCases(await bench.watch());
    const chosen = OF_FEATURES.flatMap(([name, action, heading]) =>
      cases.filter(
        ({ call, shape }) => call.function === name && call.action === action && shape.heading === heading,
      ),
    );
    expect(chosen).toHaveLength(OF_FEATURES.length);
    await survives(bench, chosen);
  } finally {
    await features.stop();
  }
});

it('accepts and routes every allowed request of a storm and no other, while functions are killed', async () => {
  const { problems, requests, killed } = await storm(stack, { requests: 60, seed: 7 }, silent);
  expect(problems).toEqual([]);
  expect(requests).toBe(60);
  expect(killed).toBeGreaterThan(0);
});
