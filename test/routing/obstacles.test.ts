import fc from 'fast-check';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import { NO_MEMORY, NOTHING_REMEMBERED, type OwnRoute, type RegionMemory } from '../../lib/model/memory.ts';
import type { Peering, PeeringStatus } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { parseCidr } from '../../lib/network/cidr.ts';
import { readDestination } from '../../lib/network/destination.ts';
import type { Rule } from '../../lib/policy/schema.ts';
import { createObstacles, type TakenDestinations } from '../../lib/routing/obstacles.ts';
import { anyText } from '../support/any-text.ts';
import { inventory, PEER, peering, policyOf, route, table, vpc } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';

const a = vpc('vpc-a', ['10.1.0.0/16', '2001:db8:1::/56']);
const b = vpc('vpc-b', ['10.2.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const second = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });
const request = peering('pcx-1', remote, a, { status: 'pending-acceptance' });
const TGW = route('10.64.0.0/16', 'tgw-1');
const WAYS_OUT = {
  narrower: (cidr: string) =>
    ` (a narrower route, which stays as it is with a copy of the rule for these two VPCs alone that has routes.exclude: [${cidr}] and whose name sorts first)`,
  wider:
    ' (a wider route; guardrails.widerRoutes: allow would let the peering route win, like all such routes of the policy)',
  equal: ' (guardrails.equalRoutes: wait would accept it, and route it once that route is gone)',
};

interface Parts {
  readonly tables: readonly RouteTable[];
  readonly peerings?: readonly Peering[];
  readonly prefixLists?: readonly Omit<PrefixList, 'name'>[];
  readonly guardrails?: Readonly<Record<string, unknown>>;
  readonly memory?: RegionMemory;
  readonly taken?: readonly TakenDestinations[];
  readonly destinations?: readonly string[];
}

const RULES = [
  { name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] } },
  { name: 'others', effect: 'accept', remote: { accounts: ['444444444444'] } },
];

/** What stands in the way of request pcx-1 in VPC vpc-a. */
function obstaclesOf(parts: Parts): readonly string[] {
  const read: RegionInventory = {
    ...inventory({ vpcs: [a, b], peerings: [request, ...(parts.peerings ?? [])], tables: parts.tables }),
    ...(parts.prefixLists === undefined
      ? {}
      : {
          prefixLists: new Map(
            parts.prefixLists.map((list) => [list.prefixListId, { name: 'list', ...list }]),
          ),
        }),
  };
  const policy = policyOf({ guardrails: parts.guardrails ?? {}, rules: RULES });
  const [rule] = policy.rules;
  if (rule === undefined) throw new Error('the test needs a rule');
  const of = createObstacles(read, policy, parts.memory ?? NO_MEMORY, readDestination);
  const destinations = (parts.destinations ?? ['10.64.0.0/16']).map(parseCidr);
  return of('vpc-a', 'pcx-1', parts.taken ?? [])(rule, destinations);
}

/** The same for one table that selects every rule. */
function obstaclesIn(routes: readonly Route[], parts: Omit<Parts, 'tables'> = {}): readonly string[] {
  return obstaclesOf({ ...parts, tables: [table('rtb-1', a, routes, { optIn: '*' })] });
}

/** Peering pcx-9 of the VPC, which has none of the addresses. */
const OTHER = { peeringId: 'pcx-9', vpcId: 'vpc-a', destinations: [], why: 'leads to' } as const;

function registry(routes: Readonly<Record<string, Readonly<Record<string, OwnRoute>>>>): RegionMemory {
  return {
    ...NOTHING_REMEMBERED,
    routes: new Map(Object.entries(routes).map(([id, own]) => [id, new Map(Object.entries(own))])),
  };
}

describe('the tables in which a request may find obstacles', () => {
  it.each([['*'], ['peers'], ['others peers']])('are those that select the rule: %s', (optIn) => {
    expect(obstaclesOf({ tables: [table('rtb-1', a, [TGW], { optIn })] })).toHaveLength(1);
  });

  it.each([
    ['has no tag beside one that has', [table('rtb-1', a, [TGW]), table('rtb-2', a, [], { optIn: '*' })]],
    ['names other rules', [table('rtb-1', a, [TGW], { optIn: 'others' })]],
    ['is of another VPC', [table('rtb-1', b, [TGW], { optIn: '*' })]],
    ['is a gateway route table', [table('rtb-1', a, [TGW], { optIn: '*', gatewayId: 'igw-1' })]],
  ])('are not: one that %s', (_, tables) => {
    expect(obstaclesOf({ tables })).toEqual([]);
  });

  it('are not those without a tag of which the registry says nothing', () => {
    expect(obstaclesOf({ tables: [table('rtb-1', a, [TGW])], memory: NOTHING_REMEMBERED })).toEqual([]);
  });

  it('are all, while no table of the VPC has a tag and no registry says whether any has lost it', () => {
    const saysWhy =
      "No route table of vpc-a has the tag peering-autopilot:routes, and no registry says whether they ever had it, so they count as if they had lost it: with the stack's registry, tables that never had it are in nobody's way.";
    const elsewhere = expect.stringContaining('already goes to tgw-1');
    expect(obstaclesOf({ tables: [table('rtb-1', a, [TGW]), table('rtb-2', a, [])] })).toEqual([
      elsewhere,
      saysWhy,
    ]);
    expect(
      obstaclesOf({ tables: [table('rtb-1', a, [TGW]), table('rtb-2', b, [], { optIn: '*' })] }),
    ).toEqual([elsewhere, saysWhy]);
    expect(obstaclesOf({ tables: [table('rtb-1', a, [])] })).toEqual([]);
  });

  it.each([[{}], [{ optIn: '*' }]])(
    'are not those of gateways, which no tag would have routed: %j, and no registry',
    (parts) => {
      const tables = [table('rtb-1', a, [TGW], { ...parts, gatewayId: 'igw-1' }), table('rtb-2', a, [])];
      expect(obstaclesOf({ tables })).toEqual([]);
    },
  );

  it('are not those that were handed back, and no registry', () => {
    const tables = [table('rtb-1', a, [TGW], { optIn: 'none' }), table('rtb-2', a, [])];
    expect(obstaclesOf({ tables })).toEqual([]);
    expect(obstaclesOf({ tables: [...tables, table('rtb-3', a, [TGW])] })).toEqual([
      expect.stringContaining('in rtb-3.'),
      expect.stringContaining('No route table of vpc-a has the tag'),
    ]);
  });

  describe('where a tag was lost, as the registry says', () => {
    const own = (rule: string) => registry({ 'rtb-1': { '10.70.0.0/16': { peeringId: 'pcx-9', rule } } });

    it.each([
      ['the tag is gone', {}, 'others', 1],
      ['the tag still names other rules, and routes are there for this one', { optIn: 'others' }, 'peers', 1],
      ['the tag names other rules, and routes are there for others', { optIn: 'others' }, 'others', 0],
      ['the tag names no rule of the policy, as if it were gone', { optIn: 'other' }, 'others', 1],
      ['the table was handed back', { optIn: 'none' }, 'peers', 0],
      ['the table has become a gateway route table', { optIn: '*', gatewayId: 'igw-1' }, 'peers', 0],
      ['the tag is gone, and the table has become one of a gateway', { gatewayId: 'igw-1' }, 'peers', 0],
    ] as const)('%s', (_, parts, rule, count) => {
      const tables = [table('rtb-1', a, [TGW, route('10.70.0.0/16', 'pcx-9')], parts)];
      expect(obstaclesOf({ tables, memory: own(rule) })).toHaveLength(count);
    });

    it.each<[string, Partial<Parts>, number]>([
      ['and whose peering is gone', {}, 0],
      ['and whose peering has ended', { taken: [{ ...OTHER, ownRoutes: 'over' }] }, 0],
      ['of a peering that the policy still manages', { taken: [{ ...OTHER, ownRoutes: 'managed' }] }, 1],
      ['of a peering that cannot be judged', { taken: [{ ...OTHER, ownRoutes: 'not-judged' }] }, 1],
    ])(
      'an own route that is not there any more %s: what is about to be forgotten holds nothing',
      (_, parts, count) => {
        const tables = [table('rtb-1', a, [TGW])];
        expect(obstaclesOf({ tables, memory: own('peers'), ...parts })).toHaveLength(count);
      },
    );

    it('in a table that names other rules what is not there counts only where nobody can judge it', () => {
      const tables = [table('rtb-1', a, [TGW], { optIn: 'others' })];
      const holds = (ownRoutes: TakenDestinations['ownRoutes']) =>
        obstaclesOf({ tables, memory: own('peers'), taken: [{ ...OTHER, ownRoutes }] }).length;
      expect([holds('managed'), holds('not-judged')]).toEqual([0, 1]);
    });

    it('a table in which the product never wrote is not one of them', () => {
      const tables = [table('rtb-2', a, [TGW])];
      expect(obstaclesOf({ tables, memory: own('peers') })).toEqual([]);
    });
  });
});

describe('a route to elsewhere', () => {
  const propagated = (destination: string) =>
    route(destination, 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
  const base = (destination: string, target = 'tgw-1') =>
    `10.64.0.0/16 overlaps ${destination}, which already goes to ${target}`;

  it.each<[string, Route, string | undefined, { allow: boolean; wait: boolean }]>([
    ['the same', TGW, `${base('10.64.0.0/16')}${WAYS_OUT.equal}`, { allow: true, wait: false }],
    [
      'a narrower',
      route('10.64.3.0/24', 'tgw-1'),
      `${base('10.64.3.0/24')}${WAYS_OUT.narrower('10.64.3.0/24')}`,
      { allow: true, wait: true },
    ],
    [
      'a wider',
      route('10.0.0.0/8', 'tgw-1'),
      `${base('10.0.0.0/8')}${WAYS_OUT.wider}`,
      { allow: false, wait: true },
    ],
    [
      'the same, propagated',
      propagated('10.64.0.0/16'),
      `${base('10.64.0.0/16', 'vgw-1')}${WAYS_OUT.equal}`,
      { allow: true, wait: false },
    ],
    [
      'a narrower, propagated',
      propagated('10.64.3.0/24'),
      `${base('10.64.3.0/24', 'vgw-1')}${WAYS_OUT.narrower('10.64.3.0/24')}`,
      { allow: true, wait: true },
    ],
    [
      'a wider, propagated',
      propagated('10.0.0.0/8'),
      `${base('10.0.0.0/8', 'vgw-1')}${WAYS_OUT.wider}`,
      { allow: false, wait: true },
    ],
    ['a default', route('0.0.0.0/0', 'igw-1'), undefined, { allow: false, wait: false }],
    ['an IPv6 default', route('::/0', 'igw-1'), undefined, { allow: false, wait: false }],
    ['a disjoint', route('10.65.0.0/16', 'tgw-1'), undefined, { allow: false, wait: false }],
    ['an unreadable', route('10.64.0.0/99', 'tgw-1'), undefined, { allow: false, wait: false }],
  ])('at %s destination', (_, there, says, { allow, wait }) => {
    const expected = says === undefined ? [] : [`${says}, in rtb-1.`];
    expect(obstaclesIn([there])).toEqual(expected);
    const allowing = obstaclesIn([there], { guardrails: { widerRoutes: 'allow' } });
    expect(allowing).toEqual(allow ? expected : []);
    const waiting = obstaclesIn([there], { guardrails: { equalRoutes: 'wait' } });
    expect(waiting).toEqual(wait ? expected : []);
  });

  it('is in the way of IPv6 destinations as of others', () => {
    const there = [route('2001:DB8:2::/48', 'tgw-1'), route('10.64.0.0/12', 'tgw-1')];
    const destinations = ['2001:db8:2:ff00::/56'];
    expect(obstaclesIn(there, { destinations })).toEqual([
      `2001:db8:2:ff00::/56 overlaps 2001:db8:2::/48, which already goes to tgw-1${WAYS_OUT.wider}, in rtb-1.`,
    ]);
  });

  it('is in the way of what would be routed only, not of what the rule excludes', () => {
    const there = [route('10.64.0.0/17', 'tgw-1')];
    expect(obstaclesIn(there, { destinations: ['10.64.128.0/17'] })).toEqual([]);
    expect(obstaclesIn(there, { destinations: [] })).toEqual([]);
  });

  it('counts where it leads something: of several wider ones the narrowest, and every narrower one', () => {
    const there = [
      route('10.0.0.0/8', 'tgw-8'),
      route('10.64.0.0/12', 'tgw-12'),
      route('10.64.1.0/24', 'tgw-24'),
      route('10.64.1.128/25', 'tgw-25'),
    ];
    expect(obstaclesIn(there).map((says) => /goes to (tgw-\d+)/.exec(says)?.[1])).toEqual([
      'tgw-12',
      'tgw-24',
      'tgw-25',
    ]);
  });

  it('is hidden by a static route at the same destination, over which a propagated one never wins', () => {
    const there = [propagated('10.64.0.0/16'), TGW];
    expect(obstaclesIn(there)).toEqual([`${base('10.64.0.0/16')}${WAYS_OUT.equal}, in rtb-1.`]);
  });

  it("is no obstacle where it is the VPC's own, or the request's", () => {
    expect(obstaclesIn([], { destinations: ['10.1.0.0/17'] })).toEqual([]);
    expect(obstaclesIn([route('10.64.0.0/16', 'pcx-1', { state: 'blackhole' })])).toEqual([]);
  });

  it.each<[string, Route, PeeringStatus | undefined, number]>([
    ['of a target that is gone', route('10.64.1.0/24', 'nat-1', { state: 'blackhole' }), undefined, 0],
    ['of a peering that has vanished', route('10.64.1.0/24', 'pcx-2', { state: 'blackhole' }), undefined, 0],
    ['of a peering that was not read', route('10.64.1.0/24', 'pcx-2'), undefined, 1],
    ['of a deleted peering', route('10.64.1.0/24', 'pcx-2', { state: 'blackhole' }), 'deleted', 0],
    ['of an expired peering, not yet a blackhole', route('10.64.1.0/24', 'pcx-2'), 'expired', 0],
    ['of an active peering', route('10.64.1.0/24', 'pcx-2'), 'active', 1],
    [
      'of a peering that is being set up',
      route('10.64.1.0/24', 'pcx-2', { state: 'blackhole' }),
      'provisioning',
      1,
    ],
    ['of a request', route('10.64.1.0/24', 'pcx-2', { state: 'blackhole' }), 'pending-acceptance', 1],
  ])('is one only if it is not dead: a route %s', (_, there, status, count) => {
    const peerings = status === undefined ? [] : [peering('pcx-2', a, second, { status })];
    expect(obstaclesIn([there], { peerings })).toHaveLength(count);
  });

  it.each<[string, Route, Route, string]>([
    ['propagated, as wide', route('10.64.0.0/16', 'pcx-2'), propagated('10.64.0.0/16'), '10.64.0.0/16'],
    ['wider', route('10.64.0.0/16', 'pcx-2'), route('10.0.0.0/8', 'tgw-1'), '10.0.0.0/8'],
  ])('is one behind the route of an ended peering, which is cleaned up: %s', (_, ended, behind, cidr) => {
    const peerings = [peering('pcx-2', a, second, { status: 'deleted' })];
    const [says] = obstaclesIn([ended, behind], { peerings });
    expect(says).toContain(`10.64.0.0/16 overlaps ${cidr}, which already goes to`);
  });

  it('is none where it is wider and leads to a peering whose other VPC has none of the addresses', () => {
    const wider = [route('10.0.0.0/8', 'pcx-2')];
    expect(obstaclesIn(wider, { peerings: [peering('pcx-2', a, second)] })).toEqual([]);
    const holder = vpc('vpc-t', ['10.64.8.0/24'], { accountId: PEER });
    expect(obstaclesIn(wider, { peerings: [peering('pcx-2', a, holder)] })).toHaveLength(1);
    // A pending peering does not show what its other VPC has.
    const pending = peering('pcx-2', a, second, { status: 'pending-acceptance' });
    expect(obstaclesIn(wider, { peerings: [pending] })).toHaveLength(1);
  });
});

describe('a route to another live peering', () => {
  const holder = vpc('vpc-t', ['10.64.0.0/16'], { accountId: PEER });
  const toHolder = { peerings: [peering('pcx-2', a, holder)] };
  const toSecond = { peerings: [peering('pcx-2', a, second)] };
  const list = [{ prefixListId: 'pl-1', owner: 'customer' as const, cidrs: ['10.64.0.0/16'] }];

  it('is in the way by default where the VPC at its other end has the addresses, whatever the setting', () => {
    const everything = [route('0.0.0.0/0', 'pcx-2')];
    const says = ['10.64.0.0/16 overlaps 0.0.0.0/0, which already goes to pcx-2, in rtb-1.'];
    expect(obstaclesIn(everything, toHolder)).toEqual(says);
    expect(obstaclesIn(everything, { ...toHolder, guardrails: { widerRoutes: 'allow' } })).toEqual(says);
    expect(obstaclesIn(everything, toSecond)).toEqual([]);
  });

  it('is in the way by an equal entry of a prefix list only where that VPC has the addresses', () => {
    const toList = [route('pl-1', 'pcx-2')];
    expect(obstaclesIn(toList, { ...toHolder, prefixLists: list })).toHaveLength(1);
    expect(obstaclesIn(toList, { ...toSecond, prefixLists: list })).toEqual([]);
  });

  it('is not said to wait where that VPC has the addresses: no setting lets two peerings have them', () => {
    const equal = [route('10.64.0.0/16', 'pcx-2')];
    const says = '10.64.0.0/16 overlaps 10.64.0.0/16, which already goes to pcx-2';
    expect(obstaclesIn(equal, toHolder)).toEqual([`${says}, in rtb-1.`]);
    expect(obstaclesIn(equal, toSecond)).toEqual([`${says}${WAYS_OUT.equal}, in rtb-1.`]);
  });
});

describe('a route to a prefix list', () => {
  const list = (cidrs: readonly string[] | undefined, parts: Partial<PrefixList> = {}) => ({
    prefixListId: 'pl-1',
    owner: 'customer' as const,
    ...(cidrs === undefined ? {} : { cidrs }),
    ...parts,
  });
  const toList = [route('pl-1', 'tgw-1')];

  it.each([
    ['10.64.0.0/16', WAYS_OUT.equal],
    ['10.64.7.0/24', WAYS_OUT.narrower('10.64.7.0/24')],
    ['10.0.0.0/8', WAYS_OUT.wider],
  ])('is in the way by each of its entries: %s', (entry, wayOut) => {
    const prefixLists = [list(['192.168.0.0/16', entry])];
    expect(obstaclesIn(toList, { prefixLists })).toEqual([
      `10.64.0.0/16 overlaps ${entry} of prefix list pl-1, which already goes to tgw-1${wayOut}, in rtb-1.`,
    ]);
  });

  it("is in nobody's way where an entry is equal and the policy lets the route wait for it to go", () => {
    const parts = { prefixLists: [list(['10.64.0.0/16'])], guardrails: { equalRoutes: 'wait' } };
    expect(obstaclesIn(toList, parts)).toEqual([]);
  });

  it('is not in the way where no entry overlaps', () => {
    expect(obstaclesIn(toList, { prefixLists: [list(['10.65.0.0/16'])] })).toEqual([]);
    expect(obstaclesIn(toList, { prefixLists: [list([])] })).toEqual([]);
  });

  it('holds where its entries are not known, and says why', () => {
    const unknown = 'Whether the route to prefix list pl-1 by tgw-1 overlaps is unknown';
    expect(obstaclesIn(toList)).toEqual([`${unknown}: its entries were not read, in rtb-1.`]);
    const problem = 'it is shared and may not be read';
    expect(obstaclesIn(toList, { prefixLists: [list(undefined, { problem })] })).toEqual([
      `${unknown}: ${problem}, in rtb-1.`,
    ]);
  });

  it.each([
    ["AWS's own", toList, [list(undefined, { owner: 'aws' })]],
    ['that of a gateway endpoint', [route('pl-1', 'vpce-1')], []],
    ["the request's own", [route('pl-1', 'pcx-1')], []],
  ])('holds nothing where its entries are not known and it is %s', (_, routes, prefixLists) => {
    expect(obstaclesIn(routes, { prefixLists })).toEqual([]);
  });

  it('that cannot be read counts in selected tables only', () => {
    const tables = [table('rtb-1', a, toList), table('rtb-2', a, [], { optIn: '*' })];
    expect(obstaclesOf({ tables })).toEqual([]);
  });
});

describe("what the VPC's other peerings have", () => {
  const taken = (
    destinations: readonly string[],
    parts: Partial<TakenDestinations> = {},
  ): TakenDestinations[] => [
    {
      ownRoutes: 'managed',
      peeringId: 'pcx-2',
      vpcId: 'vpc-a',
      destinations: destinations.map(parseCidr),
      why: 'already routes',
      ...parts,
    },
  ];
  const noRoutes: Omit<Parts, 'taken'> = { tables: [table('rtb-1', a, [])] };

  it.each([['10.64.0.0/16'], ['10.64.3.0/24'], ['10.0.0.0/8']])(
    'is in the way whatever the tables: %s',
    (block) => {
      expect(obstaclesOf({ ...noRoutes, taken: taken([block]) })).toEqual([
        `10.64.0.0/16 overlaps ${block}, which is what pcx-2 already routes.`,
      ]);
    },
  );

  it.each([
    ['is of another VPC', taken(['10.64.0.0/16'], { vpcId: 'vpc-b' })],
    ["is the request's own", taken(['10.64.0.0/16'], { peeringId: 'pcx-1' })],
    ['is disjoint', taken(['10.65.0.0/16'])],
    ['is nothing', taken([])],
  ])('is not in the way where it %s', (_, others) => {
    expect(obstaclesOf({ ...noRoutes, taken: others })).toEqual([]);
  });

  it('is no matter of guardrails: two peerings never get the same addresses', () => {
    const guardrails = { widerRoutes: 'allow', equalRoutes: 'wait' };
    expect(obstaclesOf({ ...noRoutes, guardrails, taken: taken(['10.64.0.0/16']) })).toHaveLength(1);
  });

  it('is told before what the tables have, with a few examples for each peering', () => {
    const destinations = Array.from({ length: 9 }, (_, index) => `10.64.${index}.0/24`);
    const told = obstaclesIn([route('10.64.0.0/24', 'tgw-1')], {
      destinations,
      taken: [...taken(['10.64.0.0/16']), ...taken(['10.64.8.0/24'], { peeringId: 'pcx-3', why: 'gets' })],
    });
    expect(told).toHaveLength(3);
    expect(told[0]?.match(/overlaps/g)).toHaveLength(5);
    expect(told[1]).toBe('10.64.8.0/24 overlaps 10.64.8.0/24, which is what pcx-3 gets.');
    expect(told[2]).toContain('tgw-1');
  });
});

describe('what is told of obstacles', () => {
  it('names each route once, with all its tables in order', () => {
    const tables = ['rtb-2', 'rtb-3', 'rtb-1'].map((id) =>
      table(id, a, [route('10.0.0.0/8', 'tgw-1'), route('10.64.1.0/24', `eni-${id === 'rtb-3' ? 3 : 0}`)], {
        optIn: '*',
      }),
    );
    const base = '10.64.0.0/16 overlaps';
    expect(obstaclesOf({ tables })).toEqual([
      `${base} 10.0.0.0/8, which already goes to tgw-1${WAYS_OUT.wider}, in rtb-1, rtb-2, rtb-3.`,
      `${base} 10.64.1.0/24, which already goes to eni-0${WAYS_OUT.narrower('10.64.1.0/24')}, in rtb-1, rtb-2.`,
      `${base} 10.64.1.0/24, which already goes to eni-3${WAYS_OUT.narrower('10.64.1.0/24')}, in rtb-3.`,
    ]);
  });

  it('stays readable with thousands of them', () => {
    const there = Array.from({ length: 250 }, (_, index) => route(`10.64.${index}.0/24`, 'tgw-1'));
    const tables = Array.from({ length: 16 }, (_, index) => table(`rtb-${index}`, a, there, { optIn: '*' }));
    const told = obstaclesOf({ tables });
    expect(told).toHaveLength(51);
    expect(told.at(-1)).toBe('200 more routes conflict.');
    expect(told.join('').length).toBeLessThan(20_000);
    const taken = Array.from({ length: 200 }, (_, index) => ({
      peeringId: `pcx-${index + 2}`,
      vpcId: 'vpc-a',
      destinations: [parseCidr('10.64.0.0/16')],
      ownRoutes: 'managed' as const,
      why: 'already routes',
    }));
    expect(obstaclesOf({ tables: [], taken })).toHaveLength(50);
  });

  it('shows no character from a target that could do harm, and does not depend on the order of reading', () => {
    const routes = fc.uniqueArray(
      fc.record({
        destination: fc.oneof(
          fc.constantFrom('10.0.0.0/8', '10.64.0.0/16', '10.64.3.0/24', '0.0.0.0/0', 'pl-1'),
          anyText({ maxLength: 12 }),
        ),
        id: anyText({ maxLength: 12 }),
      }),
      { selector: ({ destination }) => destination, maxLength: 6 },
    );
    fc.assert(
      fc.property(routes, fc.boolean(), (given, reversed) => {
        const there = given.map(
          ({ destination, id }): Route => ({
            ...route(destination, 'tgw-1'),
            target: { kind: 'unknown', id },
          }),
        );
        const tables = [
          table('rtb-1', a, there, { optIn: '*' }),
          table('rtb-2', a, there.toReversed(), { optIn: '*' }),
        ];
        const told = obstaclesOf({ tables: reversed ? tables.toReversed() : tables });
        expect(told.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(told).toEqual(obstaclesOf({ tables }));
      }),
      { numRuns: runs(300) },
    );
  });

  it('asks the rule it is given, and not another', () => {
    const read = inventory({
      vpcs: [a],
      peerings: [request],
      tables: [table('rtb-1', a, [TGW], { optIn: 'others' })],
    });
    const policy = policyOf({
      rules: [
        { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } },
        { name: 'others', effect: 'hold' },
      ],
    });
    const of = createObstacles(read, policy, NO_MEMORY, readDestination)('vpc-a', 'pcx-1', []);
    const told = (rule: Rule) => [rule.name, of(rule, [parseCidr('10.64.0.0/16')]).length];
    expect(policy.rules.map(told)).toEqual([
      ['peers', 0],
      ['others', 1],
    ]);
  });
});
