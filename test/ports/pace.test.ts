import fc from 'fast-check';
import type { Change } from '../../lib/model/change.ts';
import { applyPlan } from '../../lib/passes/apply-changes.ts';
import { createPace, EC2_BUCKETS, FUNCTION_BUCKETS, type PacedCall } from '../../lib/ports/pace.ts';
import { runs } from '../support/runs.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

/** A token bucket as EC2 keeps it, to be drawn from. `least` is the lowest level ever reached. */
function createBucket({ size, refill }: { readonly size: number; readonly refill: number }) {
  let tokens = size;
  let at = 0;
  let least = size;
  return {
    draw(now: number) {
      tokens = Math.min(size, tokens + ((now - at) / 1000) * refill) - 1;
      at = now;
      least = Math.min(least, tokens);
    },
    least: () => least,
  };
}

/** Tokens are added up in floating point. */
const ROUNDING = 1e-6;

describe('createPace', () => {
  it('lets a burst through at once and then one call per refill', async () => {
    const clock = createSimulatedClock();
    const pace = createPace(clock);
    const times: number[] = [];
    const takes = Array.from({ length: 53 }, () =>
      pace.take('us-east-1', 'CreateRoute').then(() => times.push(clock.now())),
    );
    await clock.run(Promise.all(takes));
    expect(times.slice(0, 50)).toEqual(Array(50).fill(0));
    expect(times.slice(50)).toEqual([200, 400, 600]);
  });

  it('keeps Regions and calls apart', async () => {
    const clock = createSimulatedClock();
    const pace = createPace(clock, { ...EC2_BUCKETS, CreateRoute: { size: 1, refill: 1 } });
    const all = ['us-east-1', 'eu-west-1'].flatMap((region) => [
      pace.take(region, 'CreateRoute'),
      pace.take(region, 'DeleteRoute'),
    ]);
    await clock.run(Promise.all(all));
    expect(clock.now()).toBe(0);
  });

  it('takes nothing when the turn would come at the deadline or later', async () => {
    const clock = createSimulatedClock();
    const pace = createPace(clock, { ...EC2_BUCKETS, CreateRoute: { size: 1, refill: 1 } });
    expect(await pace.take('us-east-1', 'CreateRoute', 1000)).toBe('taken');
    expect(await pace.take('us-east-1', 'CreateRoute', 1000)).toBe('too-late');
    expect(await clock.run(pace.take('us-east-1', 'CreateRoute', 1001))).toBe('taken');
    expect(clock.now()).toBe(1000);
  });

  it('waits for a refill after a call was throttled', async () => {
    const clock = createSimulatedClock();
    const pace = createPace(clock);
    pace.drain('us-east-1', 'CreateRoute');
    await clock.run(pace.take('us-east-1', 'CreateRoute'));
    expect(clock.now()).toBe(200);
  });

  it('waits for full buckets, those of the asked Region alone', async () => {
    const clock = createSimulatedClock();
    const pace = createPace(clock);
    pace.drain('us-east-1', 'CreateRoute');
    await clock.run(pace.refill('eu-west-1', 60_000));
    expect(clock.now()).toBe(0);
    await clock.run(pace.refill('us-east-1', 60_000));
    expect(clock.now()).toBe((EC2_BUCKETS.CreateRoute.size / EC2_BUCKETS.CreateRoute.refill) * 1000);
  });

  it.each([
    [3000, 3000],
    [0, 0],
    [-1000, 0],
  ])('waits for full buckets no longer than %d ms', async (atMost, waited) => {
    const clock = createSimulatedClock();
    const pace = createPace(clock);
    pace.drain('us-east-1', 'CreateRoute');
    await clock.run(pace.refill('us-east-1', atMost));
    expect(clock.now()).toBe(waited);
  });

  it('never overdraws a bucket, whatever the pauses between the calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ pause: fc.integer({ min: 0, max: 3000 }), calls: fc.integer({ min: 1, max: 70 }) }),
          {
            maxLength: 12,
          },
        ),
        fc.constantFrom<PacedCall[]>('CreateRoute', 'DescribeRouteTables'),
        async (bursts, call) => {
          const clock = createSimulatedClock();
          const pace = createPace(clock);
          const bucket = createBucket(EC2_BUCKETS[call]);
          const work = async () => {
            for (const { pause, calls } of bursts) {
              await clock.sleep(pause);
              await Promise.all(
                Array.from({ length: calls }, async () => {
                  await pace.take('us-east-1', call);
                  bucket.draw(clock.now());
                }),
              );
            }
          };
          await clock.run(work());
          expect(bucket.least()).toBeGreaterThanOrEqual(-ROUNDING);
        },
      ),
      { numRuns: runs(50) },
    );
  });
});

describe('applyPlan at the pace of EC2', () => {
  it('makes 10,000 creates within 1.05 times the least possible time and overdraws no bucket', async () => {
    const clock = createSimulatedClock();
    const bucket = createBucket(EC2_BUCKETS.CreateRoute);
    const changes = Array.from(
      { length: 10_000 },
      (_, index): Change => ({
        action: 'create',
        region: 'us-east-1',
        routeTableId: `rtb-${index % 40}`,
        destination: `10.${Math.floor(index / 256)}.${index % 256}.0/24`,
        peeringId: 'pcx-1',
        rule: 'peers',
        reason: 'wanted',
      }),
    );
    const result = await clock.run(
      applyPlan(changes, {
        mode: 'enforce',
        clock,
        pace: createPace(clock),
        ec2: {
          readTable: () => Promise.reject(new Error('creates need no read')),
          createRoute: async () => bucket.draw(clock.now()),
          replaceRoute: () => Promise.reject(new Error('nothing to replace')),
          deleteRoute: () => Promise.reject(new Error('nothing to delete')),
        },
      }),
    );
    const leastMilliseconds = ((10_000 - 50) / 5) * 1000;
    expect(result.outcomes.every(({ outcome }) => outcome === 'written')).toBe(true);
    expect(result.outcomes).toHaveLength(10_000);
    expect(clock.now()).toBeLessThanOrEqual(leastMilliseconds * 1.05);
    expect(bucket.least()).toBeGreaterThanOrEqual(-ROUNDING);
  });
});

describe('what one function counts on', () => {
  it('leaves room for calls of a process that was ended, which arrive when the next one has begun to fill up', async () => {
    const lowest = async (buckets: typeof EC2_BUCKETS) => {
      const clock = createSimulatedClock();
      const bucket = createBucket(EC2_BUCKETS.CreateRoute);
      const burst = async (calls: number) => {
        const pace = createPace(clock, buckets);
        for (let call = 0; call < calls; call++) {
          await pace.take('us-east-1', 'CreateRoute');
          bucket.draw(clock.now());
        }
      };
      await clock.run(
        (async () => {
          await burst(60);
          // On their way when the process was ended.
          await clock.sleep(500);
          for (let call = 0; call < 4; call++) bucket.draw(clock.now());
          // EC2 has filled up what the process knew of.
          await clock.sleep(9_500);
          await burst(60);
        })(),
      );
      return bucket.least();
    };
    expect(await lowest(FUNCTION_BUCKETS)).toBeGreaterThanOrEqual(-ROUNDING);
    expect(await lowest(EC2_BUCKETS)).toBeLessThan(0);
  });

  it('is half of the tags, which two functions write', () => {
    expect(2 * FUNCTION_BUCKETS.CreateTags.size).toBeLessThanOrEqual(EC2_BUCKETS.CreateTags.size);
    expect(2 * FUNCTION_BUCKETS.CreateTags.refill).toBe(EC2_BUCKETS.CreateTags.refill);
  });
});
