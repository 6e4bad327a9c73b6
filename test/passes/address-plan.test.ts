import type { PoolAllocation } from '../../lib/model/address-plan.ts';
import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { createAddressPlanLookup } from '../../lib/passes/address-plan.ts';
import { allocation, BY_POOL, BY_SCOPE, POOL, SCOPE } from '../support/address-plans.ts';
import { OWN, PEER, peering, policyOf, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes, unhurried } from '../support/passes.ts';

/** What the passes do with what IPAM says, and with its silence. */

const TABLE = 'rtb-11111111';
const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const remote = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: PEER });
const other = vpc('vpc-33333333', ['10.3.0.0/16'], { accountId: PEER });
const grown = vpc('vpc-22222222', ['10.2.0.0/16', '10.9.0.0/16'], { accountId: PEER });
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };
const REQUEST = peering('pcx-11112222', remote, local, { status: 'pending-acceptance' });
const SECOND = peering('pcx-22223333', other, local, { status: 'pending-acceptance' });
const GIVEN = [allocation('10.2.0.0/16'), allocation('10.3.0.0/16')];

/** IPAM in memory; an error's name instead of allocations is thrown. */
function ipam(answer: readonly PoolAllocation[] | string) {
  const asked: string[] = [];
  const state = { answer };
  const read = async (id: string) => {
    asked.push(id);
    if (typeof state.answer === 'string') {
      throw Object.assign(new Error(`${state.answer} of ${id}`), { name: state.answer });
    }
    return state.answer;
  };
  const lookup = createAddressPlanLookup({
    readPool: ({ id }) => read(id),
    readScope: async ({ id }) => (await read(id)).map(({ cidr }) => ({ cidr, vpcId: remote.vpcId })),
  });
  return { asked, state, lookup };
}

function world(peerings: readonly Peering[], routes: Parameters<typeof table>[2] = []): MemoryAws {
  return createMemoryAws({
    peerings: [...peerings],
    vpcs: [local],
    tables: [table(TABLE, local, routes, { optIn: '*' })],
  });
}

function dependencies(
  aws: MemoryAws,
  { lookup }: Pick<ReturnType<typeof ipam>, 'lookup'>,
  named: object = BY_POOL,
) {
  return {
    ...aws,
    accountId: OWN,
    policy: policyOf({ guardrails: { ipam: named }, drift: { repair: true, onUntag: 'remove' } }),
    managedRegions: [REGION],
    addressPlan: lookup,
    pace: unhurried,
    now: () => new Date('2026-03-01T12:00:00Z'),
  };
}

describe('requests', () => {
  it('are accepted by one reading of each pool, however many there are', async () => {
    const aws = world([REQUEST, SECOND]);
    const plan = ipam(GIVEN);
    const outcomes = await decideRequests(sweep, dependencies(aws, plan));
    expect(outcomes.map(({ result }) => result)).toEqual(['accepted', 'accepted']);
    expect(plan.asked).toEqual([POOL]);
  });

  it('are held where the plan gives the range to somebody else, and people are told to whom', async () => {
    const aws = world([REQUEST]);
    const plan = ipam([allocation('10.2.0.0/16', { owner: STRANGER })]);
    expect(await decideRequests(sweep, dependencies(aws, plan))).toEqual([
      expect.objectContaining({ result: 'held' }),
    ]);
    expect(aws.writes).not.toContain(`accept ${REQUEST.peeringId}`);
    expect(aws.notifications.map(({ message }) => message).join()).toContain(`to account ${STRANGER}`);
  });

  it('are held with the reason while IPAM refuses, counted, and accepted at the sweep after it answers', async () => {
    const aws = world([REQUEST]);
    const plan = ipam('UnauthorizedOperation');
    const first = await decideRequests(sweep, dependencies(aws, plan));
    expect(first).toEqual([
      expect.objectContaining({ result: 'held', reason: expect.stringContaining('UnauthorizedOperation') }),
    ]);
    expect(aws.metrics.PermanentFailures).toBe(1);
    expect(aws.errors).toContainEqual(expect.objectContaining({ resource: POOL, retry: false }));
    expect(aws.notifications.map(({ message }) => message).join()).toContain('share ipam-pool-');

    plan.state.answer = GIVEN;
    expect(await decideRequests(sweep, dependencies(aws, plan))).toEqual([
      expect.objectContaining({ result: 'accepted' }),
    ]);
  });

  it('are neither accepted nor told to people while IPAM is throttled: they are tried again', async () => {
    const aws = world([REQUEST]);
    const outcomes = await decideRequests(sweep, dependencies(aws, ipam('RequestLimitExceeded')));
    expect(outcomes).toEqual([expect.objectContaining({ result: 'failed', retry: true })]);
    expect([aws.writes, aws.notifications]).toEqual([[], []]);
  });

  it('are held although IPAM is throttled where something else is against them', async () => {
    const aws = world([
      peering('pcx-33334444', { ...remote, cidrs: ['10.1.0.0/17'] }, local, { status: 'pending-acceptance' }),
    ]);
    const outcomes = await decideRequests(sweep, dependencies(aws, ipam('RequestLimitExceeded')));
    expect(outcomes).toEqual([expect.objectContaining({ result: 'held' })]);
  });

  it('ask for pools and scope, each once', async () => {
    const plan = ipam(GIVEN);
    await decideRequests(sweep, dependencies(world([REQUEST]), plan, { ...BY_POOL, ...BY_SCOPE }));
    expect([...plan.asked].sort()).toEqual([POOL, SCOPE]);
  });

  it('without an address plan in the policy ask nothing', async () => {
    const plan = ipam(GIVEN);
    const with_ = dependencies(world([REQUEST]), plan);
    await decideRequests(sweep, { ...with_, policy: policyOf() });
    expect(plan.asked).toEqual([]);
  });
});

describe('live peerings', () => {
  const live = (side = remote) => peering('pcx-11112222', side, local);
  const IN_PLACE = route('10.2.0.0/16', 'pcx-11112222');

  it('that are routed are not asked about', async () => {
    const plan = ipam('UnauthorizedOperation');
    await syncRoutes(sweep, dependencies(world([live()], [IN_PLACE]), plan));
    expect(plan.asked).toEqual([]);
  });

  it('that this account asked for are not asked about', async () => {
    const plan = ipam([]);
    const aws = world([peering('pcx-11112222', local, remote)]);
    await syncRoutes(sweep, dependencies(aws, plan));
    expect(plan.asked).toEqual([]);
    expect(aws.writes).toContain(`createRoute ${TABLE} 10.2.0.0/16 pcx-11112222`);
  });

  it('get a new range once the plan gives it', async () => {
    const aws = world([live(grown)], [IN_PLACE]);
    const plan = ipam(GIVEN);
    await syncRoutes(sweep, dependencies(aws, plan));
    expect(aws.writes.filter((call) => call.includes('Route'))).toEqual([]);
    expect(plan.asked).toEqual([POOL]);

    plan.state.answer = [...GIVEN, allocation('10.9.0.0/16')];
    await syncRoutes(sweep, dependencies(aws, plan));
    expect(aws.writes).toContain(`createRoute ${TABLE} 10.9.0.0/16 pcx-11112222`);
  });

  it.each(['UnauthorizedOperation', 'RequestLimitExceeded', 'InvalidIpamPoolId.NotFound'])(
    'keep every route, and get back the own one that somebody deleted, while IPAM answers %s',
    async (name) => {
      const aws = world([live(grown)], [IN_PLACE]);
      const plan = ipam(name);
      await syncRoutes(sweep, dependencies(aws, plan));
      expect(aws.writes.filter((call) => call.includes('Route'))).toEqual([]);

      await aws.writer.deleteRoute(REGION, TABLE, '10.2.0.0/16');
      aws.writes.length = 0;
      const results = await syncRoutes(sweep, dependencies(aws, plan));
      expect(aws.writes.filter((call) => call.includes('Route'))).toEqual([
        `createRoute ${TABLE} 10.2.0.0/16 pcx-11112222`,
      ]);
      expect(results.flatMap(({ failures }) => failures.map(({ retry }) => retry))).toEqual(
        name === 'RequestLimitExceeded' ? [true] : [],
      );
    },
  );
});

describe('the lookup', () => {
  it('shares a read with whoever asks meanwhile, and asks anew afterwards', async () => {
    const { asked, lookup } = ipam(GIVEN);
    const named = policyOf({ guardrails: { ipam: BY_POOL } }).guardrails.ipam;
    if (named === undefined) throw new Error('the policy names no plan');
    const both = await Promise.all([lookup.lookUp(named), lookup.lookUp(named)]);
    expect(both.map(({ pools }) => pools.get(POOL))).toEqual([{ items: GIVEN }, { items: GIVEN }]);
    expect(asked).toEqual([POOL]);
    await lookup.lookUp(named);
    expect(asked).toEqual([POOL, POOL]);
  });
});
