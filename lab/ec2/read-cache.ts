import type { LabCall, LabContext, LabRequest, LabResponse } from '../types.ts';
import { type Form, readForm } from './form.ts';

/**
 * moto's answers to EC2 reads, kept until a call may have changed what they show. moto takes milliseconds for each, and
 * functions, the gateway's own checks and the model of the network ask for the same again and again.
 */
export interface ReadCache {
  /** Answers a read from here or by `ask`, and lets go of what a write may have changed. */
  through(request: CacheableRequest, ask: () => Promise<LabResponse>): Promise<LabResponse>;
  /** Something else than the EC2 API may have changed anything. */
  clear(): void;
}

export type CacheableRequest = Pick<LabRequest, 'accountId' | 'region' | 'query' | 'body'>;

/** These show nothing that changes by itself. */
const READS: ReadonlySet<string> = new Set([
  'DescribeInstances',
  'DescribeNetworkAcls',
  'DescribeNetworkInterfaces',
  'DescribeRouteTables',
  'DescribeSecurityGroups',
  'DescribeSubnets',
  'DescribeTags',
  'DescribeVpcAttribute',
  'DescribeVpcPeeringConnections',
  'DescribeVpcs',
]);

/** These change nothing. */
const OTHER_READS = /^(Describe|Get|List|Search)/;

const ROUTE_WRITES: ReadonlySet<string> = new Set(['CreateRoute', 'ReplaceRoute', 'DeleteRoute']);

/** All answers go when there are more. */
const KEPT = 1000;

/** The reads whose answers a call may have changed, of whatever account and Region: a peering has two. */
function changedBy({ action, list }: Form): readonly string[] | 'all' {
  if (OTHER_READS.test(action)) {
    return [];
  }
  if (ROUTE_WRITES.has(action)) {
    return ['DescribeRouteTables'];
  }
  const ofPeerings =
    action.endsWith('VpcPeeringConnection') ||
    action === 'ModifyVpcPeeringConnectionOptions' ||
    ((action === 'CreateTags' || action === 'DeleteTags') &&
      list('ResourceId').every((id) => id.startsWith('pcx-')));
  return ofPeerings ? ['DescribeVpcPeeringConnections', 'DescribeTags'] : 'all';
}

export function createReadCache(): ReadCache {
  /** By action, then by place and parameters. */
  const kept = new Map<string, Map<string, Promise<LabResponse>>>();
  let count = 0;

  function clear(): void {
    kept.clear();
    count = 0;
  }

  function forget(changed: readonly string[] | 'all'): void {
    if (changed === 'all') {
      clear();
      return;
    }
    for (const action of changed) {
      count -= kept.get(action)?.size ?? 0;
      kept.delete(action);
    }
  }

  async function read(action: string, key: string, ask: () => Promise<LabResponse>): Promise<LabResponse> {
    const known = kept.get(action)?.get(key);
    if (known !== undefined) {
      return known;
    }
    if (count >= KEPT) {
      clear();
    }
    const asked = ask();
    const answers = kept.get(action) ?? new Map<string, Promise<LabResponse>>();
    kept.set(action, answers.set(key, asked));
    count += 1;
    let answered: LabResponse | undefined;
    try {
      answered = await asked;
      return answered;
    } finally {
      // A failure is not kept.
      if ((answered === undefined || answered.status >= 400) && kept.get(action)?.get(key) === asked) {
        kept.get(action)?.delete(key);
        count -= 1;
      }
    }
  }

  return {
    clear,
    async through(request, ask) {
      const form = readForm(request);
      if (READS.has(form.action)) {
        const { accountId, region, query, body } = request;
        return read(form.action, JSON.stringify([accountId, region, query, body.toString()]), ask);
      }
      try {
        return await ask();
      } finally {
        // Only now: a read that began before the write was done may show what was before it.
        forget(changedBy(form));
      }
    },
  };
}

/** The lab's own calls, those of EC2 through the cache. */
export function throughCache(cache: ReadCache, call: LabContext['call']): LabContext['call'] {
  return (asked: LabCall) => {
    const { service, accountId, region, query = '', body = '' } = asked;
    return service === 'ec2'
      ? cache.through({ accountId, region, query, body: Buffer.from(body) }, () => call(asked))
      : call(asked);
  };
}
