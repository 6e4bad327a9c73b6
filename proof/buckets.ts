import { type Bucket, bucketOf } from 'local-aws-peering/parts';

export { bucketOf };

/**
 * How many of these calls a bucket that starts full would have refused. A refused call takes no token.
 * @param times milliseconds, in any order.
 */
export function refusedBy({ size, refill }: Bucket, times: readonly number[]): number {
  let tokens = size;
  let last = Number.NEGATIVE_INFINITY;
  let refused = 0;
  for (const at of times.toSorted((a, b) => a - b)) {
    tokens = Math.min(size, tokens + (Math.max(0, at - last) / 1000) * refill);
    last = at;
    if (tokens >= 1) {
      tokens -= 1;
    } else {
      refused += 1;
    }
  }
  return refused;
}
