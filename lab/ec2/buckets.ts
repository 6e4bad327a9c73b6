import type { Place } from '../types.ts';

/** EC2's token bucket for one call, per account and Region. */
export interface Bucket {
  readonly size: number;
  /** Tokens a second. */
  readonly refill: number;
}

const BUCKETS: readonly (readonly [calls: RegExp, bucket: Bucket])[] = [
  [/^(Create|Replace|Delete)Route$/, { size: 50, refill: 5 }],
  [/^(Accept|Create|Delete|Reject)VpcPeeringConnection$/, { size: 50, refill: 5 }],
  [/^ModifyVpcPeeringConnectionOptions$/, { size: 50, refill: 5 }],
  [/^CreateTags$/, { size: 100, refill: 10 }],
  [/^(Describe|GetManagedPrefixListEntries)/, { size: 100, refill: 20 }],
];

/** EC2's documented buckets ("Request throttling for the Amazon EC2 API"); other calls have none here. */
export function bucketOf(action: string): Bucket | undefined {
  return BUCKETS.find(([calls]) => calls.test(action))?.[1];
}

/** Takes a token for each call, from buckets that start full. A refused call takes none. */
export interface Buckets {
  /** @param at milliseconds; never less than the time before. */
  take(place: Place, action: string, at: number): 'taken' | 'refused';
}

export function createBuckets(): Buckets {
  const levels = new Map<string, { tokens: number; at: number }>();
  return {
    take({ accountId, region }, action, at) {
      const bucket = bucketOf(action);
      if (bucket === undefined) {
        return 'taken';
      }
      const key = `${accountId}/${region}/${action}`;
      const level = levels.get(key) ?? { tokens: bucket.size, at };
      const tokens = Math.min(bucket.size, level.tokens + ((at - level.at) / 1000) * bucket.refill);
      const taken = tokens >= 1;
      levels.set(key, { tokens: taken ? tokens - 1 : tokens, at });
      return taken ? 'taken' : 'refused';
    },
  };
}
