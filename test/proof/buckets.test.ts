import fc from 'fast-check';
import { bucketOf, refusedBy } from '../../proof/buckets.ts';

describe('a token bucket', () => {
  const bucket = { size: 3, refill: 2 };

  it('refuses what comes at once beyond its size', () => {
    expect(refusedBy(bucket, [0, 0, 0, 0, 0])).toBe(2);
  });

  it('takes calls at the rate of its refill for ever', () => {
    expect(
      refusedBy(
        bucket,
        Array.from({ length: 100 }, (_, index) => index * 500),
      ),
    ).toBe(0);
  });

  it('lets through at most its size and what it was refilled with', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 }), (times) => {
        const through = times.length - refusedBy(bucket, times);
        const span = times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
        expect(through).toBeLessThanOrEqual(bucket.size + (span / 1000) * bucket.refill);
        expect(through).toBeGreaterThanOrEqual(Math.min(times.length, bucket.size));
      }),
    );
  });
});

describe('the buckets of EC2', () => {
  it.each([
    ['CreateRoute', 50, 5],
    ['AcceptVpcPeeringConnection', 50, 5],
    ['CreateTags', 100, 10],
    ['DescribeVpcs', 100, 20],
  ])('%s has %d, refilled with %d a second', (action, size, refill) => {
    expect(bucketOf(action)).toEqual({ size, refill });
  });
});
