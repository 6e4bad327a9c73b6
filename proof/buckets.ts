import { EC2_BUCKETS } from '../lib/routing/pace.ts';

export interface Bucket {
  readonly size: number;
  /** Tokens a second. */
  readonly refill: number;
}

const DESCRIBE: Bucket = { size: 100, refill: 20 };
const PEERING_WRITE: Bucket = { size: 50, refill: 5 };

/** EC2's documented buckets per account and Region ("Request throttling for the Amazon EC2 API"); others have none here. */
export function bucketOf(action: string): Bucket | undefined {
  if (Object.hasOwn(EC2_BUCKETS, action)) {
    return EC2_BUCKETS[action as keyof typeof EC2_BUCKETS];
  }
  if (action === 'CreateTags') {
    return { size: 100, refill: 10 };
  }
  if (/^(Accept|Create|Delete|Reject)VpcPeeringConnection$/.test(action)) {
    return PEERING_WRITE;
  }
  return action.startsWith('Describe') ? DESCRIBE : undefined;
}

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
