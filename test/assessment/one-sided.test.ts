import { assess } from '../../lib/assessment/assess.ts';
import { withRoutesThatCome } from '../../lib/assessment/one-sided-advice.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import {
  inventory,
  OWN,
  PEER,
  peering,
  policyOf,
  prefixList,
  REGION,
  route,
  table,
  vpc,
} from '../support/fixtures.ts';
import { PLAN_NOW, registryOf } from '../support/plan-of.ts';

const WEST = 'eu-west-1';
const a = vpc('vpc-a', ['10.1.0.0/16']);
const b = vpc('vpc-b', ['10.2.0.0/16']);
const inWest = vpc('vpc-w', ['10.3.0.0/16'], { region: WEST });
const theirs = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });

function read(
  vpcs: readonly Vpc[],
  peerings: readonly Peering[],
  tables: readonly RouteTable[],
  of = vpcs[0],
) {
  const { accountId = OWN, region = REGION } = of ?? {};
  return { ...inventory({ vpcs, peerings, tables }), accountId, region };
}

function oneSided(
  regions: readonly RegionInventory[],
  others: readonly RegionInventory[] = [],
  policy: Record<string, unknown> = {},
) {
  return assess(
    { accountId: OWN, managedRegions: [REGION, WEST], regions, others },
    policyOf({ regions: [REGION, WEST], ...policy }),
    new Map(regions.map(({ region }) => [region, NOTHING_REMEMBERED])),
    PLAN_NOW,
  ).findings.filter(({ kind }) => kind === 'one-sided');
}

const between = peering('pcx-1', a, b);
const routedA = table('rtb-a', a, [route('10.2.0.0/16', 'pcx-1')], { optIn: '*' });

describe('a side of which the route goes', () => {
  const rules = [
    { name: 'from-b', effect: 'accept', local: { vpcs: ['vpc-b'] }, remote: { accounts: ['self'] } },
  ];
  const backB = table('rtb-b', b, [route('10.1.0.0/16', 'pcx-1')], { optIn: '*' });
  const emptyB = table('rtb-b', b, [], { optIn: '*' });
  const unroutedA = table('rtb-a', a, [], { optIn: '*' });

  function told(
    tables: readonly RouteTable[],
    policy: Record<string, unknown> = {},
    own = 'rtb-a 10.2.0.0/16 pcx-1',
  ) {
    return assess(
      { accountId: OWN, managedRegions: [REGION], regions: [read([a, b], [between], tables)] },
      policyOf({ rules, drift: { onUntag: 'remove' }, guardrails: { maxDeletesPercent: 100 }, ...policy }),
      new Map([[REGION, registryOf([own])]]),
      PLAN_NOW,
    ).findings.map(({ kind, detail }) => `${kind}: ${detail.replace(/, so nothing.*/, '')}`);
  }

  const ONE_SIDED =
    'one-sided: pcx-1 is routed from vpc-b (us-east-1), but no route table of vpc-a (us-east-1) leads back to it';

  it.each([
    ['has its route', backB],
    ['gets its route', emptyB],
  ])('is told at once with the other side, which %s, as it is at the next look', (_, ofB) => {
    const now = told([routedA, ofB]);
    expect(now).toEqual([expect.stringMatching(/^stale: rtb-a/), ONE_SIDED]);
    expect(told([unroutedA, backB])).toEqual([ONE_SIDED]);
  });

  it('is told by itself where the other side has none either', () => {
    expect(told([routedA, table('rtb-b', b, [])])).toEqual([expect.stringMatching(/^stale: rtb-a/)]);
  });

  it('is not without a route while something keeps it from going', () => {
    const kept = { guardrails: { maxDeletesPercent: 1 } };
    expect(told([routedA, backB], kept).filter((each) => each.startsWith('one-sided'))).toEqual([]);
  });
});

describe('a peering of which one side alone is routed', () => {
  it('is told inside one account: the other side has no table that asks for routes', () => {
    expect(oneSided([read([a, b], [between], [routedA, table('rtb-b', b, [])])])).toEqual([
      {
        kind: 'one-sided',
        region: REGION,
        peeringId: 'pcx-1',
        detail:
          'pcx-1 is routed from vpc-a (us-east-1), but no route table of vpc-b (us-east-1) leads back to it, so nothing comes back. ' +
          'Tag a route table there, or route it by hand.',
        repairable: false,
      },
    ]);
  });

  it('is not told while the routes back are about to be made', () => {
    const tables = [routedA, table('rtb-b', b, [], { optIn: '*' })];
    expect(oneSided([read([a, b], [between], tables)])).toEqual([]);
    // In observe mode nobody makes them; that the table is tagged for them is known.
    expect(oneSided([read([a, b], [between], tables)], [], { mode: 'observe' })).toEqual([
      expect.objectContaining({
        detail: expect.stringMatching(
          /nothing comes back\. The plan has a route for it there, which is held for now\.$/,
        ),
      }),
    ]);
  });

  it('is not told beside the drift that it follows from', () => {
    const tables = [routedA, table('rtb-b', b, [], { optIn: '*' })];
    const own = new Map([['rtb-b', new Map([['10.1.0.0/16', { peeringId: 'pcx-1', rule: 'own' }]])]]);
    const { findings } = assess(
      { accountId: OWN, managedRegions: [REGION], regions: [read([a, b], [between], tables)] },
      policyOf({ drift: { repair: false } }),
      new Map([[REGION, { ...NOTHING_REMEMBERED, routes: own }]]),
      PLAN_NOW,
    );
    expect(findings.map(({ kind, routeTableId }) => [kind, routeTableId])).toEqual([['missing', 'rtb-b']]);
  });

  it('is told once, in the Region of the side that lacks routes, though both Regions list it', () => {
    const across = peering('pcx-1', a, inWest);
    const east = read([a], [across], [table('rtb-a', a, [route('10.3.0.0/16', 'pcx-1')], { optIn: '*' })]);
    const west = read([inWest], [across], [table('rtb-w', inWest, [])]);
    for (const regions of [
      [east, west],
      [west, east],
    ]) {
      expect(oneSided(regions)).toEqual([expect.objectContaining({ peeringId: 'pcx-1', region: WEST })]);
    }
  });

  it('is told of another account, where its Region was read as well', () => {
    const shared = peering('pcx-1', a, theirs);
    const own = read([a], [shared], [table('rtb-a', a, [route('10.64.0.0/16', 'pcx-1')], { optIn: '*' })]);
    const other = (routes: RouteTable['routes']) =>
      read([theirs], [shared], [table('rtb-r', theirs, routes)], theirs);
    expect(oneSided([own], [other([])])).toEqual([
      expect.objectContaining({
        region: REGION,
        detail: expect.stringContaining('vpc-r (us-east-1) of account 222222222222 leads back to it'),
      }),
    ]);
    expect(oneSided([own], [other([route('10.1.0.0/16', 'pcx-1')])])).toEqual([]);
    expect(oneSided([own])).toEqual([]);
  });

  it.each([
    ['a route back that drops what it gets', route('10.1.0.0/16', 'pcx-1', { state: 'blackhole' }), 1],
    ['a route back to a part of it', route('10.1.7.0/24', 'pcx-1'), 0],
    ['a route back by a prefix list', route('pl-1', 'pcx-1'), 0],
    ['a route to another peering', route('10.1.0.0/16', 'pcx-2'), 1],
  ])('means with %s', (_, back, count) => {
    expect(oneSided([read([a, b], [between], [routedA, table('rtb-b', b, [back])])])).toHaveLength(count);
  });

  describe('goes by where addresses lead, not by routes that are there', () => {
    const back = route('10.1.0.0/16', 'pcx-1');
    const halves = (target: string, parts: Partial<Route> = {}) => [
      route('10.1.0.0/17', target, parts),
      route('10.1.128.0/17', target, parts),
    ];
    const judged = (routes: readonly Route[], lists: readonly PrefixList[] = [], optIn = '*') =>
      oneSided([
        {
          ...read([a, b], [between], [routedA, table('rtb-b', b, routes, { optIn })]),
          prefixLists: new Map(lists.map((list) => [list.prefixListId, list])),
        },
      ]);

    it.each([
      ['both halves to elsewhere', [back, ...halves('tgw-1')], 1],
      ['both halves dropped', [back, ...halves('nat-1', { state: 'blackhole' })], 1],
      ['both halves propagated', [back, ...halves('vgw-1', { origin: 'EnableVgwRoutePropagation' })], 1],
      ['one half to elsewhere', [back, route('10.1.0.0/17', 'tgw-1')], 0],
      [
        'halves to elsewhere, and a part of these led back',
        [back, ...halves('tgw-1'), route('10.1.7.0/24', 'pcx-1')],
        0,
      ],
      [
        'a summary that narrower routes leave nothing',
        [route('10.0.0.0/8', 'pcx-1'), route('10.1.0.0/16', 'tgw-1')],
        1,
      ],
      ['narrow routes of other addresses', [back, route('10.9.0.0/24', 'tgw-1')], 0],
    ])('%s', (_, routes, count) => {
      expect(judged(routes)).toHaveLength(count);
    });

    it('and says of what is shadowed as a whole which findings say what helps', () => {
      expect(judged([back, ...halves('tgw-1')])[0]?.detail).toMatch(
        /nothing comes back\. Its route there is wanted and kept out: shadowed of 10\.1\.0\.0\/17 in rtb-b, shadowed of 10\.1\.128\.0\/17 in rtb-b\. That finding says what helps; a route by hand would take the addresses from what has them now\.$/,
      );
    });

    it('by the entries of prefix lists, where these could be read', () => {
      const toList = route('pl-1', 'pcx-1');
      expect(judged([toList], [prefixList('pl-1', ['10.1.0.0/16'])])).toEqual([]);
      expect(judged([toList], [prefixList('pl-1', ['10.9.0.0/16'])], 'none')).toHaveLength(1);
      expect(judged([toList], [prefixList('pl-1', undefined)])).toEqual([]);
      const shadow = [back, route('pl-1', 'tgw-1')];
      expect(judged(shadow, [prefixList('pl-1', ['10.1.0.0/17', '10.1.128.0/17'])])).toHaveLength(1);
      expect(judged(shadow, [prefixList('pl-1', undefined)])).toEqual([]);
      // What another list leads away says nothing of addresses to which the peering has no route.
      const beside = [route('10.9.0.0/24', 'pcx-1'), route('pl-1', 'tgw-1')];
      expect(judged(beside, [prefixList('pl-1', undefined)], 'none')).toHaveLength(1);
    });

    it('and is told for each table that leads: one that does is enough', () => {
      const tables = [
        routedA,
        table('rtb-b', b, [back, ...halves('tgw-1')]),
        table('rtb-c', b, [route('10.1.0.0/16', 'pcx-1')]),
      ];
      expect(oneSided([read([a, b], [between], tables)])).toEqual([]);
    });
  });

  it.each(['provisioning', 'deleted', 'pending-acceptance'] as const)(
    'is not told while it is %s',
    (status) => {
      const tables = [routedA, table('rtb-b', b, [])];
      expect(oneSided([read([a, b], [peering('pcx-1', a, b, { status })], tables)])).toEqual([]);
    },
  );

  it.each<[string, readonly ReturnType<typeof route>[]]>([
    ['the same addresses go to a transit gateway', [route('10.1.0.0/16', 'tgw-1')]],
    ['the two halves of them go elsewhere', [route('10.1.0.0/17', 'tgw-1'), route('10.1.128.0/17', 'nat-1')]],
    ['they are dropped', [route('10.1.0.0/16', 'eni-1', { state: 'blackhole' })]],
    ['a gateway propagates them', [route('10.1.0.0/16', 'vgw-1', { origin: 'EnableVgwRoutePropagation' })]],
  ])('is told where the only route back is a wider one, and %s: nothing leads back by it', (_, elsewhere) => {
    const back = table('rtb-b', b, [route('0.0.0.0/0', 'pcx-1'), ...elsewhere]);
    const found = oneSided([read([a, b], [between], [routedA, back])]);
    expect(found.map(({ detail }) => detail)).toEqual([
      expect.stringContaining(
        'pcx-1 is routed from vpc-a (us-east-1), but no route table of vpc-b (us-east-1) leads back',
      ),
    ]);
  });

  it('is not told of a side whose only route gets none of the addresses: neither is routed', () => {
    const idle = table('rtb-a', a, [route('0.0.0.0/0', 'pcx-1'), route('10.2.0.0/16', 'tgw-1')]);
    expect(oneSided([read([a, b], [between], [idle, table('rtb-b', b, [])])])).toEqual([]);
  });

  it('is not told while a part of the addresses leads back, or a list that nobody read may lead them', () => {
    const part = table('rtb-b', b, [route('0.0.0.0/0', 'pcx-1'), route('10.1.0.0/17', 'tgw-1')]);
    expect(oneSided([read([a, b], [between], [routedA, part])])).toEqual([]);
    const unread = table('rtb-b', b, [
      route('0.0.0.0/0', 'pcx-1'),
      route('10.1.0.0/16', 'tgw-1'),
      route('pl-1', 'pcx-1'),
    ]);
    expect(oneSided([read([a, b], [between], [routedA, unread])])).toEqual([]);
  });

  describe('of which a gateway route table has a route', () => {
    const [toB, toA] = [[route('10.2.0.0/16', 'pcx-1')], [route('10.1.0.0/16', 'pcx-1')]];
    const gatewayB = table('rtb-gb', b, toA, { gatewayId: 'igw-1' });

    it('is told: what leaves the subnets never passes that table', () => {
      const found = oneSided([read([a, b], [between], [routedA, gatewayB, table('rtb-b', b, [])])]);
      expect(found.map(({ detail }) => detail)).toEqual([
        expect.stringContaining('no route table of vpc-b (us-east-1) leads back to it'),
      ]);
    });

    it('is not told of that table alone: neither side is routed', () => {
      const gatewayA = table('rtb-ga', a, toB, { gatewayId: 'igw-2' });
      expect(
        oneSided([read([a, b], [between], [gatewayA, table('rtb-a', a, []), table('rtb-b', b, [])])]),
      ).toEqual([]);
    });
  });

  describe('goes by the tables that subnets use', () => {
    const toA = [route('10.1.0.0/16', 'pcx-1')];
    const used = (of: RouteTable, ...associations: RouteTable['associations'][number][]) => ({
      ...of,
      associations,
    });
    const main = (of: RouteTable) => used(of, { main: true });
    const unused = (of: RouteTable) => used(of);
    const details = (tables: readonly RouteTable[], policy: Record<string, unknown> = {}) =>
      oneSided([read([a, b], [between], tables)], [], policy).map(({ detail }) => detail);
    const SAYS =
      'pcx-1 is routed from vpc-a (us-east-1), but no route table of vpc-b (us-east-1) that a subnet uses leads back to it, so nothing comes back. ' +
      'rtb-b2 there is used by no subnet, so its routes carry nothing: tag the table that the subnets use.';

    it.each([
      ['by hand, in a table without a tag', undefined],
      ['by the product, in a tagged table', '*'],
    ])('and is told where the only route back stands %s that no subnet uses', (_, optIn) => {
      const back = table('rtb-b2', b, toA, optIn === undefined ? {} : { optIn });
      expect(details([routedA, main(table('rtb-b', b, [])), unused(back)])).toEqual([SAYS]);
    });

    it('with what subnets would lose that are associated with it instead', () => {
      const [there, idle] = [table('rtb-b', b, [route('0.0.0.0/0', 'nat-1')]), table('rtb-b2', b, toA)];
      expect(details([routedA, main(there), unused(idle)])).toEqual([
        `${SAYS} Subnets that are associated with it instead lose what their own table has: 0.0.0.0/0 to nat-1.`,
      ]);
    });

    it('at once, and not only when the plan has made a route in such a table', () => {
      const tables = [routedA, main(table('rtb-b', b, [])), unused(table('rtb-b2', b, [], { optIn: '*' }))];
      expect(details(tables)).toEqual([SAYS.replace(' that a subnet uses', '')]);
      expect(details(tables, { mode: 'observe' })).toEqual([SAYS.replace(' that a subnet uses', '')]);
    });

    it('also where the route out stands in such a table, and then of the other side', () => {
      const out = unused(table('rtb-a2', a, [route('10.2.0.0/16', 'pcx-1')], { optIn: '*' }));
      const back = main(table('rtb-b', b, toA, { optIn: '*' }));
      expect(details([main(table('rtb-a', a, [])), out, back])).toEqual([
        expect.stringContaining(
          'is routed from vpc-b (us-east-1), but no route table of vpc-a (us-east-1) that',
        ),
      ]);
    });

    it.each([
      ['the main table', main(table('rtb-b2', b, toA, { optIn: '*' }))],
      [
        'a table of a subnet',
        used(table('rtb-b2', b, toA, { optIn: '*' }), { main: false, subnetId: 'subnet-1' }),
      ],
    ])('and is not told beside a prepared table, where %s leads back', (_, back) => {
      const prepared = unused(table('rtb-b3', b, toA, { optIn: '*' }));
      expect(details([routedA, main(table('rtb-b', b, [])), back, prepared])).toEqual([]);
    });

    it('and not where both sides have their routes in such tables alone: neither is routed', () => {
      const [out, back] = [table('rtb-a2', a, [route('10.2.0.0/16', 'pcx-1')]), table('rtb-b2', b, toA)];
      const tables = [main(table('rtb-a', a, [])), main(table('rtb-b', b, [])), unused(out), unused(back)];
      expect(details(tables)).toEqual([]);
    });

    it('takes every table for used where the main one was not read', () => {
      expect(details([routedA, unused(table('rtb-b2', b, toA, { optIn: '*' }))])).toEqual([]);
    });
  });

  it('is not told where neither side is routed', () => {
    expect(oneSided([read([a, b], [between], [table('rtb-a', a, []), table('rtb-b', b, [])])])).toEqual([]);
  });

  describe('advises by what is the case at the side without routes', () => {
    const advice = (back: RouteTable, policy: Record<string, unknown> = {}, more: readonly Peering[] = []) =>
      oneSided([read([a, b], [between, ...more], [routedA, back])], [], policy)[0]?.detail.split(
        'nothing comes back. ',
      )[1];
    const own = { name: 'own', effect: 'accept', remote: { accounts: ['self'] } };

    it.each<[string, RouteTable, Record<string, unknown>, string | RegExp]>([
      [
        'another route has the addresses',
        table('rtb-b', b, [route('10.1.0.0/16', 'tgw-1')], { optIn: '*' }),
        { rules: [own] },
        /^Its route there is wanted and kept out: conflict of 10\.1\.0\.0\/16 in rtb-b\. That finding says what helps; a route by hand would take the addresses from what has them now\.$/,
      ],
      [
        'its route drops what it gets',
        table('rtb-b', b, [route('10.1.0.0/16', 'pcx-1', { state: 'blackhole' })], { optIn: '*' }),
        { rules: [own] },
        'Its route there is wanted and does not carry traffic: blackhole of 10.1.0.0/16 in rtb-b. That finding says what helps.',
      ],
      [
        'the table has no room',
        table('rtb-b', b, [route('192.0.2.0/24', 'tgw-1')], { optIn: '*' }),
        { rules: [own], guardrails: { routesPerTable: 1 } },
        'Its route there is wanted and kept out: over-limit of 10.1.0.0/16 in rtb-b. That finding says what helps.',
      ],
      [
        'a table is tagged for another rule',
        table('rtb-b', b, [], { optIn: 'other' }),
        { rules: [own] },
        'No route table there is tagged for rule own: tag one for it, or route it by hand.',
      ],
      [
        'no rule routes it',
        table('rtb-b', b, [], { optIn: '*' }),
        { rules: [] },
        'No rule of the policy routes it there: add one, or route it by hand.',
      ],
      [
        'a rule rejects it',
        table('rtb-b', b, [], { optIn: '*' }),
        { rules: [{ ...own, effect: 'reject' }] },
        /^Rule own rejects it there/,
      ],
      [
        'the rule leaves its destinations out',
        table('rtb-b', b, [], { optIn: '*' }),
        { rules: [{ ...own, routes: { exclude: ['10.1.0.0/16'] } }] },
        /routes\.destinations and routes\.exclude/,
      ],
    ])('%s', (_, back, policy, says) => {
      expect(advice(back, policy)).toMatch(says);
    });

    it('a tagged table there waits for a prefix list that nobody read, and no selector of the rule is to blame', () => {
      const list = prefixList('pl-1', undefined);
      const there = table('rtb-b', b, [route('pl-1', 'tgw-1')], { optIn: '*' });
      const [finding] = oneSided(
        [{ ...read([a, b], [between], [routedA, there]), prefixLists: new Map([['pl-1', list]]) }],
        [],
        { rules: [own] },
      );
      expect(finding?.detail).toMatch(
        /nothing comes back\. Its route there, 10\.1\.0\.0\/16 in rtb-b, is wanted by rule own and waits: why is named with what was not judged\.$/,
      );
    });

    it('a table of another account is tagged: its own plan says what keeps the route out', () => {
      const shared = peering('pcx-1', a, theirs);
      const here = read([a], [shared], [table('rtb-a', a, [route('10.64.0.0/16', 'pcx-1')], { optIn: '*' })]);
      const there = read([theirs], [shared], [table('rtb-r', theirs, [], { optIn: '*' })], theirs);
      const [finding] = oneSided([here], [there]);
      expect(finding?.detail).toContain('A route table there is tagged already');
      const sides = [shared.requester, shared.accepter];
      const come = (vpcId: string) => vpcId === 'vpc-r';
      expect(finding && withRoutesThatCome(finding, sides, (_, vpcId) => come(vpcId)).detail).toMatch(
        /nothing comes back\. A route there is among the changes of account 222222222222: it comes/,
      );
      expect(finding && withRoutesThatCome(finding, sides, () => false)).toEqual(finding);
    });
  });
});
