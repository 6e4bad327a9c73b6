import { measureCommand } from '../../bench/command.ts';
import { differences, LEAST } from '../../bench/lab-report.ts';
import { simulateLimits, TEN_THOUSAND } from '../../bench/limits.ts';
import { goalText, growthExponent, median } from '../../bench/markdown.ts';
import { desiredRoutes, type NetworkShape } from '../../bench/network.ts';
import { withResults } from '../../bench/report-file.ts';
import { measureLookups } from '../../bench/scale.ts';
import { planOnce } from '../../bench/scale-plan.ts';
import { readPrices, readStack } from '../../bench/stack-size.ts';
import { watchCost } from '../../bench/watch-cost.ts';

describe('figures', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it.each([0.5, 1, 2])('finds the exponent %d of a power law', (exponent) => {
    const points = [1, 10, 100, 1000].map((x) => ({ x, y: 3 * x ** exponent }));
    expect(growthExponent(points)).toBeCloseTo(exponent, 10);
  });

  it('says by how much a goal is missed', () => {
    expect(goalText(1.4, 1.5)).toMatch(/^holds/);
    expect(goalText(3, 1.5)).toContain('**missed** (3.00, at most 1.5: 2.00 times the goal)');
  });
});

describe('the networks that are planned', () => {
  const shape: NetworkShape = { peerings: 60, tables: 3, cidrs: 2, routes: 'unwritten' };

  it('want as many routes as their shape says, all of them missing', () => {
    expect(planOnce(shape)).toMatchObject({ desired: desiredRoutes(shape), changes: desiredRoutes(shape) });
  });

  it('leave nothing to do when every route is in place', () => {
    expect(planOnce({ ...shape, routes: 'written' })).toMatchObject({
      desired: desiredRoutes(shape),
      changes: 0,
    });
  });
});

it('the command is measured in the middle of a rollout, too, with much to find', async () => {
  const shape = { vpcs: 200, peerings: 600, findings: 'many' } as const;
  const { found, verbs } = await measureCommand({ rounds: 1, shape, asked: [['plan', ['plan', '--json']]] });
  expect(found.get('one-sided')).toBeGreaterThan(150);
  expect(found.get('conflict')).toBeGreaterThan(15);
  expect(found.get('shadowed') ?? 0).toBeGreaterThan(0);
  expect(verbs.get('plan')).toHaveLength(1);
}, 60_000);

it('the tree and the scan find the same longest prefix', () => {
  // Throws where they differ.
  expect(measureLookups([1, 300], 50).map(({ blocks }) => blocks)).toEqual([1, 300]);
});

describe("10,000 routes under EC2's limits", () => {
  it.each(['kept', 'new'] as const)(
    'are written at the pace of the buckets, over several invocations in a %s process, with no call throttled',
    async (processes) => {
      const result = await simulateLimits(TEN_THOUSAND, processes);
      expect(result).toMatchObject({ routes: 10_000, written: 10_000, throttled: 0, peeringsMarked: 100 });
      expect(result.simulatedSeconds).toBeGreaterThanOrEqual(result.leastSeconds);
      expect(result.simulatedSeconds).toBeLessThanOrEqual(result.leastSeconds * 1.05);
      expect(result.invocations).toBeGreaterThan(1);
      expect(result.longestInvocationSeconds).toBeLessThan(300);
    },
  );
});

describe('what watching costs otherwise', () => {
  const prices = {
    reachabilityAnalysis: 0.1,
    networkSyntheticMonitorResourceHour: 0.11,
    eventBridgeMillionCrossRegionEvents: 1,
  };

  it('counts an analysis for each peering and check, and an hour of a monitor for each peering', () => {
    // 2,628 s is a thousandth of a month.
    const stack = { ...readStack(), sweepInterval: 2628 };
    const cost = watchCost(readPrices(), prices, stack, { peerings: 5, regions: 1 });
    expect(cost.reachabilityAnalyzer).toBeCloseTo(5 * 1000 * 0.1, 6);
    expect(cost.reachabilityAnalyzerDaily).toBeCloseTo(5 * (730 / 24) * 0.1, 6);
    expect(cost.syntheticMonitor).toBeCloseTo(5 * 730 * 0.11, 6);
    // Five events for each of 5 × 0.1 changes; what a check brings is read from home.
    expect(cost.forwarding).toBeCloseTo(2.5 / 1e6, 12);
  });
});

it('the report takes the place of the one before, and of nothing else', () => {
  const page = (report: string) =>
    `# Title\n<!-- npm run bench -- --write: from here -->\n${report}\n<!-- to here -->\nend\n`;
  expect(withResults(page('old'), 'new')).toBe(page('\nnew\n'));
  expect(withResults(withResults(page('old'), 'new'), 'new')).toBe(page('\nnew\n'));
  expect(() => withResults('# Title\n', 'new')).toThrow('lacks the lines');
});

it('names every call that is more or less than the least', () => {
  expect(differences(LEAST.delete.calls, LEAST.delete.calls)).toEqual([]);
  expect(differences({ 'ec2:A': 2, 'ec2:C': 1 }, { 'ec2:A': 1, 'ec2:B': 1, 'ec2:C': 1 })).toEqual([
    'ec2:A 2 instead of 1',
    'ec2:B 0 instead of 1',
  ]);
});
