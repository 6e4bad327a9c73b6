/** Time in milliseconds, so that tests can run on a simulated clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export type PacedCall =
  | 'DescribeRouteTables'
  | 'DescribeVpcPeeringConnections'
  | 'CreateRoute'
  | 'ReplaceRoute'
  | 'DeleteRoute'
  | 'AcceptVpcPeeringConnection'
  | 'RejectVpcPeeringConnection'
  | 'DeleteVpcPeeringConnection'
  | 'ModifyVpcPeeringConnectionOptions'
  | 'CreateVpcPeeringConnection'
  | 'DeleteVpcPeeringConnection'
  | 'CreateTags';

export interface Bucket {
  /** Calls that can be made at once when none was made for a while. */
  readonly size: number;
  /** Calls per second after that. */
  readonly refill: number;
}

/** EC2's token buckets per account and Region, one for each call (EC2 API guide, "Request throttling"). */
export const EC2_BUCKETS: Readonly<Record<PacedCall, Bucket>> = {
  DescribeRouteTables: { size: 100, refill: 20 },
  DescribeVpcPeeringConnections: { size: 100, refill: 20 },
  CreateRoute: { size: 50, refill: 5 },
  ReplaceRoute: { size: 50, refill: 5 },
  DeleteRoute: { size: 50, refill: 5 },
  AcceptVpcPeeringConnection: { size: 50, refill: 5 },
  RejectVpcPeeringConnection: { size: 50, refill: 5 },
  DeleteVpcPeeringConnection: { size: 50, refill: 5 },
  ModifyVpcPeeringConnectionOptions: { size: 50, refill: 5 },
  CreateVpcPeeringConnection: { size: 50, refill: 5 },
  CreateTags: { size: 100, refill: 10 },
};

/** Part of a bucket that is not counted on: others call EC2 too, and so may the calls of a process that was ended. */
const KEPT_BACK = 0.1;

/** @param share of the bucket, for a call that several functions make and none knows of the others' calls. */
function countedOn({ size, refill }: Bucket, share = 1): Bucket {
  return { size: Math.floor(size * share * (1 - KEPT_BACK)), refill: refill * share };
}

/**
 * What one function takes for its own. No function runs twice at the same time, so it need not share with itself;
 * accept-requests and sync-routes both call CreateTags, sync-routes and request-peerings both delete peerings.
 */
export const FUNCTION_BUCKETS: Readonly<Record<PacedCall, Bucket>> = {
  DescribeRouteTables: countedOn(EC2_BUCKETS.DescribeRouteTables),
  DescribeVpcPeeringConnections: countedOn(EC2_BUCKETS.DescribeVpcPeeringConnections),
  CreateRoute: countedOn(EC2_BUCKETS.CreateRoute),
  ReplaceRoute: countedOn(EC2_BUCKETS.ReplaceRoute),
  DeleteRoute: countedOn(EC2_BUCKETS.DeleteRoute),
  AcceptVpcPeeringConnection: countedOn(EC2_BUCKETS.AcceptVpcPeeringConnection),
  RejectVpcPeeringConnection: countedOn(EC2_BUCKETS.RejectVpcPeeringConnection),
  DeleteVpcPeeringConnection: countedOn(EC2_BUCKETS.DeleteVpcPeeringConnection, 0.5),
  ModifyVpcPeeringConnectionOptions: countedOn(EC2_BUCKETS.ModifyVpcPeeringConnectionOptions),
  CreateVpcPeeringConnection: countedOn(EC2_BUCKETS.CreateVpcPeeringConnection),
  CreateTags: countedOn(EC2_BUCKETS.CreateTags, 0.5),
};

export interface Pace {
  /**
   * Waits until the call can be made without overdrawing its bucket, in the order of asking.
   *
   * @param deadline milliseconds since the epoch. When the turn would come at or after it, nothing is taken and the
   *   answer is `too-late` at once.
   */
  take(region: string, call: PacedCall, deadline?: number): Promise<'taken' | 'too-late'>;
  /**
   * Waits until every bucket of the Region is full again, but no longer than `atMost` milliseconds. Whoever comes next
   * and knows nothing of the calls made here can then rely on full buckets; no call is lost by it, as the tokens gather.
   */
  refill(region: string, atMost: number): Promise<void>;
  /** EC2 throttled a call: something else uses the bucket too, so it is taken to be empty now. */
  drain(region: string, call: PacedCall): void;
}

/**
 * Paces calls to token buckets that start full. Each bucket is kept as one number: the time at which it would be full
 * again if no further call were made (the generic cell rate algorithm).
 */
export function createPace(clock: Clock, buckets: Readonly<Record<PacedCall, Bucket>> = EC2_BUCKETS): Pace {
  const fullAt = new Map<string, number>();
  return {
    async take(region, call, deadline = Number.POSITIVE_INFINITY) {
      const key = `${region} ${call}`;
      const { size, refill } = buckets[call];
      const interval = 1000 / refill;
      const now = clock.now();
      const full = Math.max(fullAt.get(key) ?? now, now);
      const wait = Math.max(0, full + interval - size * interval - now);
      if (now + wait >= deadline) {
        return 'too-late';
      }
      fullAt.set(key, full + interval);
      if (wait > 0) {
        await clock.sleep(Math.ceil(wait));
      }
      return 'taken';
    },
    async refill(region, atMost) {
      const now = clock.now();
      const full = [...fullAt].flatMap(([key, at]) => (key.startsWith(`${region} `) ? [at] : []));
      const wait = Math.min(atMost, Math.max(now, ...full) - now);
      if (wait > 0) {
        await clock.sleep(Math.ceil(wait));
      }
    },
    drain(region, call) {
      const { size, refill } = buckets[call];
      const key = `${region} ${call}`;
      const emptyNow = clock.now() + (size * 1000) / refill;
      fullAt.set(key, Math.max(fullAt.get(key) ?? 0, emptyNow));
    },
  };
}
