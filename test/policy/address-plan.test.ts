import fc from 'fast-check';
import type { AddressPlan, PoolAllocation, ScopedCidr } from '../../lib/model/address-plan.ts';
import type { PeeringSide, PeeringStatus, PeeringView } from '../../lib/model/peering.ts';
import { contains, overlaps, parseCidr, subtract } from '../../lib/network/cidr.ts';
import { decide } from '../../lib/policy/decide.ts';
import type { DecisionFacts } from '../../lib/policy/decision.ts';
import {
  allocation,
  BY_POOL,
  BY_SCOPE,
  OTHER_POOL,
  POOL,
  poolPlan,
  SCOPE,
  scoped,
  scopePlan,
  unreadPlan,
} from '../support/address-plans.ts';
import { OWN, PEER, policyOf, REGION, STRANGER } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';

const LOCAL: PeeringSide = { accountId: OWN, region: REGION, vpcId: 'vpc-00000000000000001', cidrs: [] };
const VPC = 'vpc-00000000000000002';
const OTHER_VPC = 'vpc-00000000000000003';

interface Parts {
  readonly cidrs?: readonly string[];
  readonly status?: PeeringStatus;
  readonly direction?: PeeringView['direction'];
}

function viewOf({ cidrs = ['10.64.0.0/16'], status = 'pending-acceptance', direction = 'inbound' }: Parts) {
  const remote: PeeringSide = { accountId: PEER, region: 'eu-west-1', vpcId: VPC, cidrs };
  const view: PeeringView = {
    peering: {
      peeringId: 'pcx-00000000000000001',
      status,
      statusMessage: status,
      requester: direction === 'inbound' ? remote : LOCAL,
      accepter: direction === 'inbound' ? LOCAL : remote,
      tags: {},
    },
    region: REGION,
    direction,
    local: LOCAL,
    remote,
    localTags: {},
  };
  return view;
}

function decided(
  ipam: object,
  addressPlan: AddressPlan | undefined,
  parts: Parts & { readonly rule?: object; readonly routed?: readonly string[] } = {},
) {
  const facts: DecisionFacts = {
    accountId: OWN,
    activePeerings: 3,
    localCidrs: ['10.1.0.0/16'],
    obstacles: () => [],
    ...(addressPlan === undefined ? {} : { addressPlan }),
    ...(parts.routed === undefined ? {} : { routed: parts.routed }),
  };
  const rules = [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, ...parts.rule }];
  return decide(viewOf(parts), policyOf({ rules, guardrails: { ipam } }), facts);
}

const RANGE = `10.64.0.0/16 of remote VPC ${VPC}`;
const NOT_ALLOCATED = `${RANGE} is not allocated to remote account ${PEER} or that VPC in ${POOL} (guardrails.ipam).`;

describe('a request with pools as the address plan', () => {
  it.each<[string, PoolAllocation]>([
    ['to its VPC', allocation('10.64.0.0/16', { resourceType: 'vpc', resourceId: VPC })],
    ['to a VPC of its account that IPAM does not name', allocation('10.64.0.0/16', { resourceType: 'vpc' })],
    ['to its account', allocation('10.64.0.0/12')],
  ])('is accepted where the range is allocated %s', (_, given) => {
    expect(decided(BY_POOL, poolPlan(given))).toMatchObject({
      decision: 'accept',
      routableCidrs: ['10.64.0.0/16'],
    });
  });

  it('is accepted where several allocations of its account make up the range', () => {
    const plan = poolPlan(allocation('10.64.0.0/17'), allocation('10.64.128.0/17'));
    expect(decided(BY_POOL, plan).decision).toBe('accept');
  });

  it('is held where nothing is allocated, with range, VPC, account and pool', () => {
    expect(decided(BY_POOL, poolPlan())).toMatchObject({
      decision: 'hold',
      effect: 'accept',
      guardrails: [NOT_ALLOCATED],
    });
  });

  it('names what is missing of a range that is allocated in part', () => {
    const { guardrails } = decided(BY_POOL, poolPlan(allocation('10.64.0.0/17')));
    expect(guardrails).toEqual([`${NOT_ALLOCATED} 10.64.128.0/17 of it is not.`]);
  });

  it.each<[string, PoolAllocation, string]>([
    ['another account', allocation('10.64.0.0/16', { owner: STRANGER }), `account ${STRANGER}`],
    [
      'another VPC of the same account',
      allocation('10.64.0.0/16', { resourceType: 'vpc', resourceId: OTHER_VPC }),
      `vpc ${OTHER_VPC} of account ${PEER}`,
    ],
    [
      'another account in part',
      allocation('10.64.3.0/24', { owner: STRANGER, resourceType: 'vpc', resourceId: OTHER_VPC }),
      `vpc ${OTHER_VPC} of account ${STRANGER}`,
    ],
  ])('is held where the range is given to %s, and says to whom', (_, given, whom) => {
    const { decision, guardrails } = decided(BY_POOL, poolPlan(given));
    expect(decision).toBe('hold');
    expect(guardrails).toEqual([
      `${RANGE} is somebody else's in the address plan: it gives ${given.cidr} of ${POOL} to ${whom}.`,
    ]);
  });

  it('is held where its own allocation and one of somebody else overlap', () => {
    const plan = poolPlan(allocation('10.64.0.0/16'), allocation('10.64.9.0/24', { owner: STRANGER }));
    expect(decided(BY_POOL, plan).decision).toBe('hold');
  });

  it('names the pool that the range is handed on to, when the policy does not', () => {
    const plan = poolPlan(
      allocation('10.64.0.0/10', { owner: STRANGER, resourceType: 'ipam-pool', resourceId: OTHER_POOL }),
    );
    expect(decided(BY_POOL, plan).guardrails).toEqual([
      `${NOT_ALLOCATED} Pool ${POOL} hands 10.64.0.0/10 on to ${OTHER_POOL}, which guardrails.ipam.pools does not name.`,
    ]);
  });

  it('judges every range that would be routed, IPv6 too, and none that would not', () => {
    const cidrs = ['10.64.0.0/16', '2001:db8:64::/56', '100.64.0.0/16'];
    const rule = { routes: { exclude: ['100.64.0.0/10'] } };
    expect(decided(BY_POOL, poolPlan(allocation('10.64.0.0/16')), { cidrs, rule }).guardrails).toEqual([
      `2001:db8:64::/56 of remote VPC ${VPC} is not allocated to remote account ${PEER} or that VPC in ${POOL} (guardrails.ipam).`,
    ]);
    const both = poolPlan(allocation('10.64.0.0/16'), allocation('2001:DB8:64::/48'));
    expect(decided(BY_POOL, both, { cidrs, rule }).decision).toBe('accept');
  });

  it('is held, with call, reason and remedy, while a pool cannot be read', () => {
    const { decision, guardrails, unread } = decided(BY_POOL, unreadPlan());
    expect(decision).toBe('hold');
    expect(guardrails).toEqual([
      `Whether 10.64.0.0/16 of remote VPC ${VPC} is allocated to remote account ${PEER} is unknown (guardrails.ipam). ` +
        `Pool ${POOL} was not read. ` +
        `Let this account read it: share ${POOL} with it by AWS RAM, and let its roles call ec2:GetIpamPoolAllocations. ` +
        `GetIpamPoolAllocations of ${POOL} in eu-west-1 failed: UnauthorizedOperation: You are not authorized.`,
    ]);
    expect(unread).toBe('address-plan');
  });

  it('says the reason as a sentence of its own, however it begins', () => {
    const refused = { reason: 'connect ECONNREFUSED 10.0.0.1:443', kind: 'transient', retry: true } as const;
    const plan = { pools: new Map([[POOL, { unread: refused }]]) };
    expect(decided(BY_POOL, plan).guardrails?.[0]).toMatch(
      /It is asked again by itself\. Connect ECONNREFUSED 10\.0\.0\.1:443\.$/,
    );
  });

  it('is held although one pool gives the range, while another one cannot be read', () => {
    const ipam = { pools: [...BY_POOL.pools, { id: OTHER_POOL, region: REGION }] };
    const half = poolPlan(allocation('10.64.0.0/16'));
    const { decision, guardrails } = decided(ipam, half);
    expect(decision).toBe('hold');
    expect(guardrails?.join()).toContain(`Pool ${OTHER_POOL} was not read. IPAM was not asked.`);
  });

  it('is held when IPAM was not asked at all, and when an allocation has no readable range', () => {
    expect(decided(BY_POOL, undefined)).toMatchObject({ decision: 'hold', unread: 'address-plan' });
    const { decision, guardrails } = decided(
      BY_POOL,
      poolPlan(allocation('10.64.0.0/16'), allocation('nonsense')),
    );
    expect(decision).toBe('hold');
    expect(guardrails?.join()).toContain(`Pool ${POOL} has ranges that cannot be read: nonsense.`);
  });

  it.each([
    ['not-found', "names the pool's locale (eu-west-1)"],
    ['throttled', 'It is asked again by itself.'],
  ] as const)('says what to do when the pool is %s', (kind, says) => {
    const plan = unreadPlan({ kind, retry: kind === 'throttled' });
    expect(decided(BY_POOL, plan).guardrails?.join()).toContain(says);
  });

  it('is not said to hang on the plan alone where something else is against it', () => {
    const { unread } = decided(BY_POOL, unreadPlan(), { cidrs: ['10.64.0.0/16', '10.1.0.0/24'] });
    expect(unread).toBeUndefined();
    expect(decided(BY_POOL, unreadPlan(), { rule: { effect: 'hold' } }).unread).toBeUndefined();
  });
});

describe('a request with a scope as the address plan', () => {
  it('is accepted where IPAM allocated the range to that VPC', () => {
    expect(decided(BY_SCOPE, scopePlan(scoped('10.64.0.0/16', VPC))).decision).toBe('accept');
  });

  it.each([
    ['unmanaged', `${RANGE} was not allocated by IPAM: ${SCOPE} shows it as unmanaged (guardrails.ipam).`],
    ['ignored', `${RANGE} was not allocated by IPAM: ${SCOPE} shows it as ignored (guardrails.ipam).`],
  ])('is held where the scope shows the range as %s', (managementState, says) => {
    const plan = scopePlan(scoped('10.64.0.0/16', VPC, { managementState }));
    expect(decided(BY_SCOPE, plan)).toMatchObject({ decision: 'hold', guardrails: [says] });
  });

  it('is held where the scope does not show the range', () => {
    expect(decided(BY_SCOPE, scopePlan()).guardrails).toEqual([
      `${RANGE} is not among the ranges of that VPC that ${SCOPE} shows (guardrails.ipam). IPAM finds a new VPC after some minutes.`,
    ]);
  });

  it('does not take the VPC of another account for the one that asks', () => {
    expect(decided(BY_SCOPE, scopePlan(scoped('10.64.0.0/16', VPC, { owner: STRANGER }))).decision).toBe(
      'hold',
    );
  });

  it('is held where another VPC of the organization overlaps, which is named; ignored ones do not count', () => {
    const other = scoped('10.64.128.0/20', OTHER_VPC, {
      owner: STRANGER,
      region: 'eu-north-1',
      managementState: 'unmanaged',
    });
    const own = scoped('10.64.0.0/16', VPC, { overlapStatus: 'overlapping' });
    expect(decided(BY_SCOPE, scopePlan(own, other)).guardrails).toEqual([
      `${RANGE} overlaps what ${SCOPE} shows elsewhere: 10.64.128.0/20 of ${OTHER_VPC} (account ${STRANGER}, eu-north-1).`,
    ]);
    const ignored = { ...other, managementState: 'ignored' };
    expect(decided(BY_SCOPE, scopePlan(scoped('10.64.0.0/16', VPC), ignored)).decision).toBe('accept');
  });

  it('is held where IPAM says that the range overlaps, whatever with', () => {
    const plan = scopePlan(scoped('10.64.0.0/16', VPC, { overlapStatus: 'overlapping' }));
    expect(decided(BY_SCOPE, plan).guardrails).toEqual([
      `${RANGE} overlaps another range, as ${SCOPE} says (overlapping).`,
    ]);
  });

  it('looks for overlap only, where pools say what is allocated', () => {
    const both = { ...BY_POOL, ...BY_SCOPE };
    const plan = (other: ScopedCidr): AddressPlan => ({
      ...poolPlan(allocation('10.64.0.0/16')),
      ...scopePlan(other),
      pools: poolPlan(allocation('10.64.0.0/16')).pools,
    });
    expect(decided(both, plan(scoped('10.64.0.0/16', VPC, { managementState: 'unmanaged' }))).decision).toBe(
      'accept',
    );
    expect(decided(both, plan(scoped('10.64.0.0/16', OTHER_VPC))).decision).toBe('hold');
  });

  it('is held with the remedy while the scope cannot be read', () => {
    const unread = { reason: 'GetIpamResourceCidrs failed', kind: 'denied', retry: false } as const;
    expect(decided(BY_SCOPE, { pools: new Map(), scope: { unread } }).guardrails?.join()).toContain(
      `Scope ${SCOPE} was not read. Only the account that has the IPAM can read a scope`,
    );
  });
});

describe('a live peering with an address plan', () => {
  const live = { status: 'active' } as const;
  const cidrs = ['10.64.0.0/16', '10.65.0.0/16'];

  it('keeps what leads to it, whatever the plan says', () => {
    for (const plan of [poolPlan(), unreadPlan(), undefined]) {
      const decision = decided(BY_POOL, plan, { ...live, routed: ['10.64.0.0/16'] });
      expect(decision).toMatchObject({ managed: true, routableCidrs: ['10.64.0.0/16'] });
      expect(decision.leftOut).toBeUndefined();
    }
  });

  it('gets no new range that the plan does not give, or of which it is unknown, and says why', () => {
    const given = decided(BY_POOL, poolPlan(allocation('10.64.0.0/15')), {
      ...live,
      cidrs,
      routed: ['10.64.0.0/16'],
    });
    expect(given).toMatchObject({ managed: true, routableCidrs: cidrs });
    for (const plan of [poolPlan(allocation('10.64.0.0/16')), unreadPlan()]) {
      const decision = decided(BY_POOL, plan, { ...live, cidrs, routed: ['10.64.0.0/16'] });
      expect(decision).toMatchObject({ managed: true, routableCidrs: ['10.64.0.0/16'] });
      expect(decision.leftOut?.join()).toContain('10.65.0.0/16');
    }
  });

  it('keeps the routed part of a range that grew, and leaves out the rest', () => {
    expect(
      decided(BY_POOL, poolPlan(), { ...live, cidrs: ['10.64.0.0/15'], routed: ['10.64.0.0/16'] }),
    ).toMatchObject({ routableCidrs: ['10.64.0.0/16'], managed: true });
  });

  it('is not asked about where the rule routes a part of the range, and that is routed', () => {
    const rule = { routes: { destinations: ['10.64.0.0/24'] } };
    const decision = decided(BY_POOL, poolPlan(), { ...live, rule, routed: ['10.64.0.0/24'] });
    expect(decision.leftOut).toBeUndefined();
    expect(decision.routableCidrs).toEqual(['10.64.0.0/16']);
  });

  it('is left as it is while its tables are unknown', () => {
    expect(decided(BY_POOL, poolPlan(), live)).toMatchObject({ routableCidrs: ['10.64.0.0/16'] });
  });

  it('that this account asked for is not judged by the plan', () => {
    const outbound = { ...live, direction: 'outbound', routed: [] } as const;
    expect(decided(BY_POOL, poolPlan(), outbound)).toMatchObject({ routableCidrs: ['10.64.0.0/16'] });
  });
});

const BLOCKS = [
  '10.64.0.0/15',
  '10.64.0.0/16',
  '10.65.0.0/16',
  '10.64.0.0/17',
  '10.64.128.0/17',
  '2001:db8::/48',
  '2001:db8::/56',
];
const blockOf = fc.constantFrom(...BLOCKS);
const ownerOf = fc.constantFrom(PEER, PEER, STRANGER, OWN);
const vpcOf = fc.constantFrom(VPC, VPC, OTHER_VPC);

const allocationOf = fc
  .record({
    cidr: blockOf,
    owner: fc.option(ownerOf, { nil: undefined, freq: 8 }),
    resourceType: fc.constantFrom('vpc', 'custom', 'ipam-pool', 'subnet', 'eip'),
    resourceId: fc.option(vpcOf, { nil: undefined }),
  })
  .map(
    ({ owner, resourceId, ...rest }): PoolAllocation => ({
      ...rest,
      ...(owner === undefined ? {} : { owner }),
      ...(resourceId === undefined ? {} : { resourceId }),
    }),
  );

const scopedOf = fc.record({
  cidr: blockOf,
  vpcId: vpcOf,
  owner: ownerOf,
  managementState: fc.constantFrom('managed', 'managed', 'unmanaged', 'ignored'),
  overlapStatus: fc.constantFrom('nonoverlapping', 'nonoverlapping', 'overlapping', 'ignored'),
});

function readingOf<Item>(item: fc.Arbitrary<Item>) {
  const unread = fc.constant({ unread: { reason: 'no', kind: 'denied', retry: false } as const });
  const items = fc.array(item, { maxLength: 4 }).map((list) => ({ items: list }));
  return fc.oneof({ weight: 8, arbitrary: items }, { weight: 1, arbitrary: unread });
}

const planOf = fc
  .record({ pool: readingOf(allocationOf), scope: readingOf(scopedOf) })
  .map(({ pool, scope }): AddressPlan => ({ pools: new Map([[POOL, pool]]), scope }));

const cidrsOf = fc.uniqueArray(blockOf, { minLength: 1, maxLength: 2 });
const namedOf = fc.constantFrom(BY_POOL, BY_SCOPE, { ...BY_POOL, ...BY_SCOPE });

describe('properties', () => {
  it('whatever the plan, what is accepted is allocated to who asks, and to nobody else', () => {
    let accepted = 0;
    fc.assert(
      fc.property(planOf, namedOf, cidrsOf, (plan, named, cidrs) => {
        if (decided(named, plan, { cidrs }).decision !== 'accept') return;
        accepted += 1;
        const pool = plan.pools.get(POOL);
        const { scope } = plan;
        for (const cidr of cidrs.map(parseCidr)) {
          if ('pools' in named) {
            const items = pool !== undefined && 'items' in pool ? pool.items : [];
            const own = items.filter(({ owner }) => owner === PEER).map((each) => parseCidr(each.cidr));
            expect(subtract(cidr, own)).toEqual([]);
            const foreign = items.filter(
              ({ owner, resourceType }) => owner !== PEER && resourceType !== 'ipam-pool',
            );
            expect(foreign.filter((each) => overlaps(parseCidr(each.cidr), cidr))).toEqual([]);
          }
          if ('scope' in named) {
            const items = scope !== undefined && 'items' in scope ? scope.items : [];
            const watched = items.filter(({ managementState }) => managementState !== 'ignored');
            const foreign = watched.filter(({ owner, vpcId }) => owner !== PEER || vpcId !== VPC);
            expect(foreign.filter((each) => overlaps(parseCidr(each.cidr), cidr))).toEqual([]);
          }
          if (!('pools' in named)) {
            const items = scope !== undefined && 'items' in scope ? scope.items : [];
            const own = items.filter(
              ({ vpcId, managementState }) => vpcId === VPC && managementState === 'managed',
            );
            expect(own.some((each) => contains(parseCidr(each.cidr), cidr))).toBe(true);
          }
        }
      }),
      { numRuns: runs(2000) },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('whatever the plan, nothing that leads to a live peering is left out', () => {
    fc.assert(
      fc.property(
        fc.option(planOf, { nil: undefined }),
        namedOf,
        cidrsOf,
        fc.subarray(BLOCKS),
        (plan, named, cidrs, routed) => {
          const { routableCidrs } = decided(named, plan, { status: 'active', cidrs, routed });
          const routable = routableCidrs.map(parseCidr);
          for (const block of routed.map(parseCidr)) {
            for (const cidr of cidrs.map(parseCidr).filter((each) => overlaps(each, block))) {
              const part = cidr.prefix >= block.prefix ? cidr : block;
              expect(subtract(part, routable)).toEqual([]);
            }
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it('without guardrails.ipam a plan changes no decision', () => {
    fc.assert(
      fc.property(planOf, cidrsOf, (plan, cidrs) => {
        expect(decided(undefined as unknown as object, plan, { cidrs })).toEqual(
          decided(undefined as unknown as object, undefined, { cidrs }),
        );
      }),
      { numRuns: runs(100) },
    );
  });
});
