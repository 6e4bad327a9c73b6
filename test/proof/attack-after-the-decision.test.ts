import fc from 'fast-check';
import type { Hint } from '../../lib/model/hint.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { contains, parseCidr } from '../../lib/network/cidr.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, policyOf, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws, type MemoryAwsOptions } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';
import { runs } from '../support/runs.ts';

/** A requester that shows one thing to get accepted and another one once it is. */

const LOCAL = vpc('vpc-a', ['10.1.0.0/16']);
const HONEST = vpc('vpc-honest', ['10.64.0.0/16'], { accountId: PEER });
const ATTACKER = vpc('vpc-attacker', ['10.80.0.0/16'], { accountId: PEER });
const REQUEST = peering('pcx-1', ATTACKER, LOCAL, { status: 'pending-acceptance' });

const SWEEP: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

function account(
  peerings: readonly Peering[],
  routes: readonly Route[],
  options: MemoryAwsOptions = {},
): MemoryAws {
  return createMemoryAws(
    { peerings: [...peerings], vpcs: [LOCAL], tables: [table('rtb-1', LOCAL, routes, { optIn: '*' })] },
    options,
  );
}

function dependenciesOf(aws: MemoryAws, policy: Record<string, unknown> = {}) {
  return {
    ...aws,
    accountId: OWN,
    policy: policyOf(policy),
    managedRegions: [REGION],
    pace: createPace({ now: () => 0, sleep: async () => undefined }),
    now: () => new Date('2026-03-01T12:00:00Z'),
  };
}

async function sweep(aws: MemoryAws, policy?: Record<string, unknown>): Promise<void> {
  const dependencies = dependenciesOf(aws, policy);
  await decideRequests(SWEEP, dependencies);
  await syncRoutes(SWEEP, dependencies);
}

/** What the requester's account does to its own VPC, whenever it likes. */
function changeRequester(aws: MemoryAws, cidrs: readonly string[]): void {
  aws.state.peerings = aws.state.peerings.map((each) =>
    each.peeringId === 'pcx-1' ? { ...each, requester: { ...each.requester, cidrs } } : each,
  );
}

function routesOf(aws: MemoryAws): string[] {
  return aws.state.tables.flatMap(({ routes }) =>
    routes
      .filter(({ target }) => target.kind !== 'local')
      .map(({ destination, target }) => `${destination} ${target.id}`),
  );
}

describe('a requester that changes its CIDRs after the decision', () => {
  it('does not draw traffic away from a wider route with a CIDR that it adds later', async () => {
    const aws = account([REQUEST], [route('10.50.0.0/16', 'tgw-1')]);
    await sweep(aws);
    expect(routesOf(aws)).toEqual(['10.50.0.0/16 tgw-1', '10.80.0.0/16 pcx-1']);

    changeRequester(aws, ['10.80.0.0/16', '10.50.8.0/24']);
    await sweep(aws);
    await sweep(aws);

    expect(routesOf(aws)).toEqual(['10.50.0.0/16 tgw-1', '10.80.0.0/16 pcx-1']);
    expect(aws.notifications.at(-1)?.message).toContain('the new route would take that traffic over');
  });

  it('does not draw traffic away from another peering either, whichever is routed first', async () => {
    const honest = peering('pcx-2', HONEST, LOCAL);
    for (const routes of [[], [route('10.64.0.0/16', 'pcx-2')]]) {
      const aws = account([REQUEST, honest], routes);
      await sweep(aws);
      changeRequester(aws, ['10.80.0.0/16', '10.64.8.0/24']);
      await sweep(aws);
      await sweep(aws);
      expect(routesOf(aws).sort()).toEqual(['10.64.0.0/16 pcx-2', '10.80.0.0/16 pcx-1']);
    }
  });

  it('does not get its CIDR in between the decision and the first route', async () => {
    const aws = account([REQUEST], [route('10.50.0.0/16', 'tgw-1')]);
    await decideRequests(SWEEP, dependenciesOf(aws));
    changeRequester(aws, ['10.80.0.0/16', '10.50.8.0/24']);
    await syncRoutes(SWEEP, dependenciesOf(aws));
    expect(routesOf(aws)).toEqual(['10.50.0.0/16 tgw-1', '10.80.0.0/16 pcx-1']);
  });

  it('does not take over what a gateway propagates', async () => {
    const propagated = route('10.50.8.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
    const aws = account([REQUEST], [propagated]);
    await sweep(aws);
    changeRequester(aws, ['10.80.0.0/16', '10.50.8.0/24']);
    await sweep(aws);
    expect(routesOf(aws)).toEqual(['10.50.8.0/24 vgw-1', '10.80.0.0/16 pcx-1']);
  });

  it('is let through where the policy says that peering routes win', async () => {
    const allow = { guardrails: { widerRoutes: 'allow' } };
    const aws = account([REQUEST], [route('10.50.0.0/16', 'tgw-1')]);
    await sweep(aws, allow);
    changeRequester(aws, ['10.80.0.0/16', '10.50.8.0/24']);
    await sweep(aws, allow);
    expect(routesOf(aws)).toContain('10.50.8.0/24 pcx-1');
  });

  it('keeps a route that was in place before a wider one was made, and gets it repaired', async () => {
    const aws = account([REQUEST], []);
    await sweep(aws);
    aws.state.tables = aws.state.tables.map((each) => ({
      ...each,
      routes: [route('10.1.0.0/16', 'local'), route('10.80.0.0/12', 'tgw-1')],
    }));
    await sweep(aws);
    expect(routesOf(aws)).toEqual(['10.80.0.0/12 tgw-1', '10.80.0.0/16 pcx-1']);
  });

  it('gets nothing routed outside what the rule names, whatever it adds', async () => {
    const block = fc
      .tuple(fc.integer({ min: 8, max: 28 }), fc.integer({ min: 0, max: 2 ** 24 - 1 }))
      .map(([prefix, low]) => {
        const value = ((10 << 24) | low) >>> 0;
        const first = (value & (prefix === 0 ? 0 : -1 << (32 - prefix))) >>> 0;
        return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}/${prefix}`;
      });
    const policy = {
      rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER], cidrs: ['10.64.0.0/10'] } }],
    };
    const allowed = parseCidr('10.64.0.0/10');
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 4 }), async (added) => {
        const aws = account([REQUEST], [route('10.96.0.0/16', 'tgw-1')]);
        await sweep(aws, policy);
        changeRequester(aws, ['10.80.0.0/16', ...added]);
        await sweep(aws, policy);
        for (const each of routesOf(aws).filter((text) => text.endsWith(' pcx-1'))) {
          expect(contains(allowed, parseCidr(each.split(' ')[0] ?? ''))).toBe(true);
          expect(contains(parseCidr('10.96.0.0/16'), parseCidr(each.split(' ')[0] ?? ''))).toBe(false);
        }
      }),
      { numRuns: runs(50) },
    );
  });
});

describe('a requester that changes between two reads of one pass', () => {
  /** The first answer is what was shown to get accepted. */
  function turning(honest: Peering, turned: Peering): MemoryAws {
    const aws = account([turned], []);
    let reads = 0;
    return {
      ...aws,
      reader: {
        ...aws.reader,
        async readPeerings(region, filter) {
          reads += 1;
          return reads === 1 ? [honest] : aws.reader.readPeerings(region, filter);
        },
      },
    };
  }

  it('is decided by what EC2 in the accepter Region shows last', async () => {
    const stranger: Vpc = { ...ATTACKER, accountId: STRANGER };
    const aws = turning(REQUEST, peering('pcx-1', stranger, LOCAL, { status: 'pending-acceptance' }));
    const [outcome] = await decideRequests(
      { kind: 'peering', peeringId: 'pcx-1', region: REGION, cause: 'Peering Requested' },
      dependenciesOf(aws),
    );
    expect(outcome?.result).toBe('held');
    expect(aws.writes.filter((write) => write.startsWith('accept'))).toEqual([]);
  });

  it('is held when the CIDRs that it shows last overlap this VPC', async () => {
    const overlapping = vpc('vpc-attacker', ['10.1.128.0/17'], { accountId: PEER });
    const aws = turning(REQUEST, peering('pcx-1', overlapping, LOCAL, { status: 'pending-acceptance' }));
    const [outcome] = await decideRequests(
      { kind: 'peering', peeringId: 'pcx-1', region: REGION, cause: 'Peering Requested' },
      dependenciesOf(aws),
    );
    expect(outcome?.result).toBe('held');
  });
});

describe('a requester that tags and names its own side', () => {
  it('gets no decision out of tags on the peering: those of this account only say what was told', async () => {
    const tags = {
      'peering-autopilot:decision': 'accept',
      'peering-autopilot:rule': 'peers',
      Environment: 'prod',
    };
    const stranger: Vpc = { ...ATTACKER, accountId: STRANGER };
    const aws = account([peering('pcx-1', stranger, LOCAL, { status: 'pending-acceptance', tags })], []);
    const [outcome] = await decideRequests(SWEEP, dependenciesOf(aws));
    expect(outcome?.decision).toBe('hold');
    expect(aws.state.peerings[0]?.status).toBe('pending-acceptance');
  });

  it('gets no decision out of the tags of its VPC: local.tags are those of this side', async () => {
    const policy = {
      rules: [
        {
          name: 'prod-only',
          effect: 'accept',
          local: { tags: { Environment: 'prod' } },
          remote: { accounts: [PEER] },
        },
      ],
    };
    const tagged: Vpc = { ...ATTACKER, tags: { Environment: 'prod' } };
    const aws = account([peering('pcx-1', tagged, LOCAL, { status: 'pending-acceptance' })], []);
    aws.state.vpcs.push(tagged);
    const [outcome] = await decideRequests(SWEEP, dependenciesOf(aws, policy));
    expect(outcome?.decision).toBe('hold');
  });
});
