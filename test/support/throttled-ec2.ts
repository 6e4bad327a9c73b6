import { pairKey } from '../../lib/model/pair.ts';
import { DEAD_STATUSES, type Peering, REQUEST_STATUSES } from '../../lib/model/peering.ts';
import { type Bucket, type Clock, EC2_BUCKETS, type PacedCall } from '../../lib/ports/pace.ts';
import type { MemoryAws } from './memory-aws.ts';
import { awsError } from './memory-ec2.ts';

/** EC2 as it is for an account that calls it often: it refuses what its buckets have no token for, and what its quotas do not allow. */

type Call = PacedCall | 'DescribeVpcs';

const BUCKETS: Readonly<Record<Call, Bucket>> = {
  ...EC2_BUCKETS,
  DescribeVpcs: EC2_BUCKETS.DescribeVpcPeeringConnections,
};

/** How long a call takes. Milliseconds. */
const CALL_MS = 100;

/** What one answer of EC2 has at most, so that a look at more takes several calls (`lib/aws/reads.ts`). */
const PAGES = { DescribeVpcPeeringConnections: 1000, DescribeVpcs: 1000, DescribeRouteTables: 100 } as const;

/** By the writer's method: which bucket its call takes from. */
const WRITES = {
  acceptPeering: 'AcceptVpcPeeringConnection',
  requestPeering: 'CreateVpcPeeringConnection',
  tag: 'CreateTags',
  createRoute: 'CreateRoute',
  replaceRoute: 'ReplaceRoute',
  deleteRoute: 'DeleteRoute',
} as const satisfies Partial<Record<keyof MemoryAws['writer'], PacedCall>>;

export interface ThrottledEc2Options {
  /** Requests of the account that may wait for an answer at once (VPC quotas). */
  readonly outstanding?: number;
  /** Peerings of a VPC, with the requests that may become some (VPC quotas). */
  readonly perVpc?: number;
  /** So long after a peering was requested or accepted EC2 shows it as it was before (eventual consistency). Milliseconds. */
  readonly lag?: number;
}

/** Buckets that are emptied by calls, and filled by time. */
function createBuckets(clock: Clock) {
  const levels = new Map<Call, { readonly tokens: number; readonly at: number }>();
  return (call: Call): 'taken' | 'empty' => {
    const { size, refill } = BUCKETS[call];
    const known = levels.get(call) ?? { tokens: size, at: clock.now() };
    const tokens = Math.min(size, known.tokens + ((clock.now() - known.at) / 1000) * refill);
    const isEmpty = tokens < 1;
    levels.set(call, { tokens: isEmpty ? tokens : tokens - 1, at: clock.now() });
    return isEmpty ? 'empty' : 'taken';
  };
}

/** What EC2 showed of peerings before they changed, as long as it shows that still. */
function createPast(clock: Clock, lag: number) {
  const past = new Map<string, { readonly before: Peering | undefined; readonly until: number }>();
  return {
    changed(peeringId: string, before: Peering | undefined): void {
      if (lag > 0) past.set(peeringId, { before, until: clock.now() + lag });
    },
    shown(peerings: readonly Peering[]): Peering[] {
      for (const [peeringId, { until }] of past) if (until <= clock.now()) past.delete(peeringId);
      return peerings.flatMap((peering) => {
        const earlier = past.get(peering.peeringId);
        return earlier === undefined ? [peering] : earlier.before === undefined ? [] : [earlier.before];
      });
    },
  };
}

export function createThrottledEc2(
  aws: MemoryAws,
  clock: Clock,
  { outstanding = 25, perVpc = 50, lag = 0 }: ThrottledEc2Options = {},
) {
  const take = createBuckets(clock);
  const past = createPast(clock, lag);
  const refused: string[] = [];
  const made = new Map<Call, number>();
  const most = { outstanding: 0, perVpc: 0 };

  function refuse(call: Call, code: string, message: string, status = 400): never {
    refused.push(`${call}: ${code}`);
    throw awsError(code, message, status);
  }

  async function call(name: Call, times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      await clock.sleep(CALL_MS);
      made.set(name, (made.get(name) ?? 0) + 1);
      if (take(name) === 'empty') {
        refuse(name, 'RequestLimitExceeded', `Request limit exceeded: ${name}`, 503);
      }
    }
  }

  const find = (peeringId: string) => aws.state.peerings.find((each) => each.peeringId === peeringId);
  const waiting = () => aws.state.peerings.filter(({ status }) => REQUEST_STATUSES.has(status)).length;

  function checkQuotas(vpcId: string, peerVpcId: string): void {
    const counts = new Map<string, number>();
    const live = aws.state.peerings.filter(({ status }) => !DEAD_STATUSES.has(status));
    for (const { requester, accepter } of live) {
      for (const side of [requester, accepter]) counts.set(side.vpcId, (counts.get(side.vpcId) ?? 0) + 1);
    }
    const key = pairKey(vpcId, peerVpcId);
    if (live.some(({ requester, accepter }) => pairKey(requester.vpcId, accepter.vpcId) === key)) {
      refuse('CreateVpcPeeringConnection', 'VpcPeeringConnectionAlreadyExists', `${key} is peered already.`);
    }
    const fuller = Math.max(counts.get(vpcId) ?? 0, counts.get(peerVpcId) ?? 0) + 1;
    if (fuller > perVpc) {
      refuse(
        'CreateVpcPeeringConnection',
        'VpcPeeringConnectionsPerVpcLimitExceeded',
        `More than ${perVpc}.`,
      );
    }
    most.perVpc = Math.max(most.perVpc, fuller);
  }

  const { readPeerings, readTables, readVpcs, ...otherReads } = aws.reader;
  const inPages = async <Item>(name: keyof typeof PAGES, found: readonly Item[]): Promise<void> =>
    call(name, Math.max(1, Math.ceil(found.length / PAGES[name])));
  const reader: MemoryAws['reader'] = {
    ...otherReads,
    async readPeerings(region, filter, onSkipped) {
      const { statuses, ...rest } = filter;
      const shown = past
        .shown([...(await readPeerings(region, rest, onSkipped))])
        .filter(({ status }) => statuses === undefined || statuses.includes(status));
      await inPages('DescribeVpcPeeringConnections', shown);
      return shown;
    },
    async readTables(...asked) {
      const found = await readTables(...asked);
      await inPages('DescribeRouteTables', found);
      return found;
    },
    async readVpcs(...asked) {
      const found = await readVpcs(...asked);
      await inPages('DescribeVpcs', found);
      return found;
    },
  };

  const paced = Object.fromEntries(
    Object.entries(WRITES).map(([method, name]) => [
      method,
      async (...given: readonly unknown[]) => {
        await call(name);
        const write = aws.writer[method as keyof typeof WRITES] as (...all: typeof given) => Promise<unknown>;
        return write(...given);
      },
    ]),
  ) as Pick<MemoryAws['writer'], keyof typeof WRITES>;

  const writer: MemoryAws['writer'] = {
    ...aws.writer,
    ...paced,
    async requestPeering(region, request) {
      await call('CreateVpcPeeringConnection');
      if (waiting() >= outstanding) {
        refuse(
          'CreateVpcPeeringConnection',
          'OutstandingVpcPeeringConnectionLimitExceeded',
          `${outstanding} requests wait already.`,
        );
      }
      checkQuotas(request.vpcId, request.peer.vpcId);
      const answer = await aws.writer.requestPeering(region, request);
      past.changed(answer.peeringId, undefined);
      most.outstanding = Math.max(most.outstanding, waiting());
      return answer;
    },
    async acceptPeering(region, peeringId) {
      await call('AcceptVpcPeeringConnection');
      const before = find(peeringId);
      if (before?.status !== 'pending-acceptance') {
        refuse(
          'AcceptVpcPeeringConnection',
          'InvalidStateTransition',
          `${peeringId} is ${before?.status ?? 'gone'}.`,
        );
      }
      past.changed(peeringId, before);
      return aws.writer.acceptPeering(region, peeringId);
    },
  };

  return {
    reader,
    writer,
    /** Calls that EC2 did not take, with its codes. */
    refused,
    /** How often each call was made. */
    made,
    /** The most requests that waited at once, and the most peerings of one VPC. */
    most,
  };
}

export type ThrottledEc2 = ReturnType<typeof createThrottledEc2>;
