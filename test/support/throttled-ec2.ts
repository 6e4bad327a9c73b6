import { REQUEST_STATUSES } from '../../lib/model/peering.ts';
import { type Clock, EC2_BUCKETS, type PacedCall } from '../../lib/ports/pace.ts';
import type { MemoryAws } from './memory-aws.ts';
import { awsError } from './memory-ec2.ts';

/** EC2 as it is for an account that calls it often: a call for which its bucket has no token is refused. */

/** How long a call takes. Milliseconds. */
const CALL_MS = 100;

/** What one answer of EC2 has at most, so that a look at more takes several calls (`lib/aws/reads.ts`). */
const PAGES = { DescribeVpcPeeringConnections: 1000, DescribeRouteTables: 100 } as const;

/** By the name of the call, or of the writer's method: which bucket it takes from. */
const WRITES = {
  acceptPeering: 'AcceptVpcPeeringConnection',
  requestPeering: 'CreateVpcPeeringConnection',
  tag: 'CreateTags',
  createRoute: 'CreateRoute',
  replaceRoute: 'ReplaceRoute',
  deleteRoute: 'DeleteRoute',
} as const satisfies Partial<Record<keyof MemoryAws['writer'], PacedCall>>;

/** Tokens of full buckets that are emptied by calls, and filled by time. */
function createBuckets(clock: Clock) {
  const levels = new Map<PacedCall, { tokens: number; at: number }>();
  return (call: PacedCall): 'taken' | 'empty' => {
    const { size, refill } = EC2_BUCKETS[call];
    const known = levels.get(call) ?? { tokens: size, at: clock.now() };
    const tokens = Math.min(size, known.tokens + ((clock.now() - known.at) / 1000) * refill);
    const isEmpty = tokens < 1;
    levels.set(call, { tokens: isEmpty ? tokens : tokens - 1, at: clock.now() });
    return isEmpty ? 'empty' : 'taken';
  };
}

/**
 * @param outstanding requests of the account that may wait for an answer at once (VPC quotas).
 */
export function createThrottledEc2(aws: MemoryAws, clock: Clock, outstanding = 25) {
  const buckets = createBuckets(clock);
  const refused: string[] = [];
  const made = new Map<PacedCall, number>();
  let mostOutstanding = 0;

  async function take(call: PacedCall, times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      await clock.sleep(CALL_MS);
      made.set(call, (made.get(call) ?? 0) + 1);
      if (buckets(call) === 'empty') {
        refused.push(`${call}: RequestLimitExceeded`);
        throw awsError('RequestLimitExceeded', `Request limit exceeded: ${call}`, 503);
      }
    }
  }

  const waiting = () => aws.state.peerings.filter(({ status }) => REQUEST_STATUSES.has(status)).length;

  const { readPeerings, readTables, ...otherReads } = aws.reader;
  const reader: MemoryAws['reader'] = {
    ...otherReads,
    async readPeerings(...asked) {
      const found = await readPeerings(...asked);
      await take(
        'DescribeVpcPeeringConnections',
        Math.max(1, Math.ceil(found.length / PAGES.DescribeVpcPeeringConnections)),
      );
      return found;
    },
    async readTables(...asked) {
      const found = await readTables(...asked);
      await take('DescribeRouteTables', Math.max(1, Math.ceil(found.length / PAGES.DescribeRouteTables)));
      return found;
    },
  };

  const paced = Object.fromEntries(
    Object.entries(WRITES).map(([method, call]) => [
      method,
      async (...given: readonly unknown[]) => {
        await take(call);
        const write = aws.writer[method as keyof typeof WRITES] as (...all: typeof given) => Promise<unknown>;
        return write(...given);
      },
    ]),
  ) as Pick<MemoryAws['writer'], keyof typeof WRITES>;

  const writer: MemoryAws['writer'] = {
    ...aws.writer,
    ...paced,
    async requestPeering(...given) {
      if (waiting() >= outstanding) {
        refused.push('CreateVpcPeeringConnection: OutstandingVpcPeeringConnectionLimitExceeded');
        throw awsError(
          'OutstandingVpcPeeringConnectionLimitExceeded',
          `${outstanding} requests wait already.`,
        );
      }
      const answer = await paced.requestPeering(...given);
      mostOutstanding = Math.max(mostOutstanding, waiting());
      return answer;
    },
  };

  return {
    reader,
    writer,
    /** Calls that EC2 did not take, with its codes. */
    refused,
    /** How often each call was made. */
    made,
    mostOutstanding: () => mostOutstanding,
  };
}
