import fc from 'fast-check';
import { assess } from '../../lib/assessment/assess.ts';
import { withRoutesThatCome } from '../../lib/assessment/one-sided-advice.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { overlaps, parseCidr } from '../../lib/network/cidr.ts';
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
import { runs } from '../support/runs.ts';

/** The lower half of a block. */
function halfOf(block: string): string {
  const [address, prefix] = block.split('/');
  return `${address}/${Number(prefix) + 1}`;
}

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
          'pcx-1 is routed from vpc-a (us-east-1), but no route table of vpc-b (us-east-1) leads back to it, so nothing comes back by it. ' +
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
          /nothing comes back by it\. The plan has a route for it there, which is held for now\.$/,
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
        /nothing comes back by it\. Its route there is wanted and has none of its addresses: shadowed of 10\.1\.0\.0\/17 in rtb-b, shadowed of 10\.1\.128\.0\/17 in rtb-b\. That finding says what helps; a route by hand would take the addresses from what has them now\.$/,
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
      'pcx-1 is routed from vpc-a (us-east-1), but no route table of vpc-b (us-east-1) that a subnet uses leads back to it, so nothing comes back by it. ' +
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

  describe('in one address family, or of one CIDR', () => {
    const [V6_A, V6_B, SECOND] = ['2001:db8:1::/56', '2001:db8:2::/56', '100.64.0.0/16'];
    const bothA = vpc('vpc-a', ['10.1.0.0/16', V6_A]);
    const bothB = vpc('vpc-b', ['10.2.0.0/16', V6_B]);
    const wideA = vpc('vpc-a', ['10.1.0.0/16', SECOND]);
    const bothTheirs = vpc('vpc-r', ['10.64.0.0/16', '2001:db8:64::/56'], { accountId: PEER });
    const OUT_4 = route('10.2.0.0/16', 'pcx-1');
    const OUT_6 = route(V6_B, 'pcx-1');
    const BACK_4 = route('10.1.0.0/16', 'pcx-1');
    const says = (block: string, which = '') =>
      `pcx-1 is routed from vpc-a (us-east-1), but no route table of vpc-b (us-east-1)${which} leads ${block} back to it, so nothing comes back to that block by it. `;
    const told = (
      [x, y]: readonly [Vpc, Vpc],
      tables: readonly RouteTable[],
      policy: Record<string, unknown> = {},
    ) => oneSided([read([x, y], [peering('pcx-1', x, y)], tables)], [], policy);
    const details = (...of: Parameters<typeof told>) => told(...of).map(({ detail }) => detail);

    it('is told of IPv6 where IPv4 alone comes back', () => {
      const tables = [table('rtb-a', bothA, [OUT_4, OUT_6]), table('rtb-b', bothB, [BACK_4])];
      expect(told([bothA, bothB], tables)).toEqual([
        {
          kind: 'one-sided',
          region: REGION,
          destination: V6_A,
          peeringId: 'pcx-1',
          detail: `${says(V6_A)}Tag a route table there, or route it by hand.`,
          repairable: false,
        },
      ]);
    });

    it('is told of IPv4 where IPv6 alone comes back, and not of both once more where nothing does', () => {
      const tableA = table('rtb-a', bothA, [OUT_4, OUT_6]);
      const back6 = table('rtb-b', bothB, [route(V6_A, 'pcx-1')]);
      expect(details([bothA, bothB], [tableA, back6])).toEqual([
        expect.stringContaining(says('10.1.0.0/16')),
      ]);
      expect(details([bothA, bothB], [tableA, table('rtb-b', bothB, [])])).toEqual([
        expect.not.stringContaining('to that block'),
      ]);
    });

    it.each<[string, readonly [Vpc, Vpc], readonly Route[], readonly Route[]]>([
      ['has no addresses of that family', [a, bothB], [OUT_4, OUT_6], [BACK_4]],
      ['routes none of that family either', [bothA, bothB], [OUT_4], [BACK_4]],
      ['gets a part of it back', [bothA, bothB], [OUT_4, OUT_6], [BACK_4, route('2001:db8:1::/64', 'pcx-1')]],
      [
        'may get it back by a list that nobody read',
        [bothA, bothB],
        [OUT_4, OUT_6],
        [BACK_4, route('pl-1', 'pcx-1')],
      ],
      ['has a further CIDR that nobody wants routed', [wideA, b], [OUT_4], [BACK_4]],
    ])('is not told of a side that %s', (_, [x, y], out, back) => {
      const tables = [table('rtb-a', x, out), table('rtb-b', y, back)];
      const rules = [{ name: 'other', effect: 'accept', remote: { accounts: [PEER] } }];
      expect(details([x, y], tables, { rules })).toEqual([]);
    });

    it('is told of a further CIDR that the policy routes there, and no table does', () => {
      const tables = [table('rtb-a', wideA, [OUT_4], { optIn: '*' }), table('rtb-b', b, [BACK_4])];
      expect(details([wideA, b], tables)).toEqual([
        `${says(SECOND)}Tag a route table there, or route it by hand.`,
      ]);
      const without = (parts: Record<string, unknown>) => ({
        rules: [{ name: 'own', effect: 'accept', remote: { accounts: ['self'] }, ...parts }],
      });
      expect(details([wideA, b], tables, without({ routes: { exclude: [SECOND] } }))).toEqual([]);
      expect(
        details([wideA, b], tables, without({ remote: { accounts: ['self'], cidrs: ['10.0.0.0/8'] } })),
      ).toEqual([]);
    });

    it('is not told of what the plan makes there, or tells of a table that is tagged for it', () => {
      const tableA = table('rtb-a', wideA, [OUT_4], { optIn: '*' });
      expect(details([wideA, b], [tableA, table('rtb-b', b, [BACK_4], { optIn: '*' })])).toEqual([]);
      const inTheWay = [BACK_4, route(SECOND, 'tgw-1')];
      expect(details([wideA, b], [tableA, table('rtb-b', b, inTheWay, { optIn: '*' })])).toEqual([]);
      const dual = [
        table('rtb-a', bothA, [OUT_4, OUT_6], { optIn: '*' }),
        table('rtb-b', bothB, [BACK_4], { optIn: '*' }),
      ];
      expect(details([bothA, bothB], dual)).toEqual([]);
      expect(details([bothA, bothB], dual, { mode: 'observe' })).toEqual([
        `${says(V6_A)}The plan has a route for it there, which is held for now.`,
      ]);
    });

    it('names what leaves it out, and a table that no subnet uses', () => {
      const rules = [
        {
          name: 'own',
          effect: 'accept',
          local: { vpcs: ['vpc-b'] },
          remote: { accounts: ['self'], cidrs: ['10.0.0.0/8'] },
        },
        { name: 'out', effect: 'accept', local: { vpcs: ['vpc-a'] }, remote: { accounts: ['self'] } },
      ];
      const dual = [
        table('rtb-a', bothA, [OUT_4, OUT_6], { optIn: '*' }),
        table('rtb-b', bothB, [BACK_4], { optIn: '*' }),
      ];
      expect(details([bothA, bothB], dual, { rules })).toEqual([
        expect.stringMatching(
          /Rule own leaves it out there: 2001:db8:1::\/56 of .* is outside remote\.cidrs/,
        ),
      ]);
      const main = { ...table('rtb-b', bothB, [BACK_4]), associations: [{ main: true }] };
      const unused = { ...table('rtb-b2', bothB, [route(V6_A, 'pcx-1')]), associations: [] };
      expect(details([bothA, bothB], [table('rtb-a', bothA, [OUT_4, OUT_6]), main, unused])).toEqual([
        expect.stringContaining(`${says(V6_A, ' that a subnet uses')}rtb-b2 there is used by no subnet`),
      ]);
    });

    it('is told of another account, and that it comes where its plan has that block', () => {
      const out = [route('10.64.0.0/16', 'pcx-1'), route('2001:db8:64::/56', 'pcx-1')];
      const toTheirs = peering('pcx-1', bothA, bothTheirs);
      const here = read([bothA], [toTheirs], [table('rtb-a', bothA, out)]);
      const there = read([bothTheirs], [toTheirs], [table('rtb-r', bothTheirs, [BACK_4])], bothTheirs);
      const [found] = oneSided([here], [there]);
      expect(found?.detail).toContain(`of account ${PEER} leads ${V6_A} back to it`);
      const sides = [toTheirs.requester, toTheirs.accepter];
      const comes = found && withRoutesThatCome(found, sides, (_peering, _vpc, block) => block === V6_A);
      expect(comes?.detail).toMatch(
        /to that block by it\. A route there is among the changes of account 222222222222/,
      );
    });

    it('is told just where addresses go out and none of their family, or none that is wanted, comes back', () => {
      const FAMILIES = [
        { ours: ['10.1.0.0/16', SECOND], theirs: ['10.2.0.0/16', '100.65.0.0/16'] },
        { ours: [V6_A], theirs: [V6_B] },
      ];
      const some = (blocks: readonly string[]) => fc.subarray([...blocks]);
      const routed = (blocks: readonly string[]) => some([...blocks, ...blocks.map(halfOf)]);
      const world = fc.record({
        ours: some(FAMILIES.flatMap(({ ours }) => ours)).filter((cidrs) => cidrs.length > 0),
        theirs: some(FAMILIES.flatMap(({ theirs: each }) => each)).filter((cidrs) => cidrs.length > 0),
        out: routed(FAMILIES.flatMap(({ theirs: each }) => each)),
        back: routed(FAMILIES.flatMap(({ ours }) => ours)),
        isWanted: fc.boolean(),
      });
      let count = 0;
      fc.assert(
        fc.property(world, ({ ours, theirs: far, out, back, isWanted }) => {
          const [x, y] = [vpc('vpc-a', ours), vpc('vpc-b', far)];
          const to = (blocks: readonly string[]) => blocks.map((each) => route(each, 'pcx-1'));
          const tables = [table('rtb-a', x, to(out)), table('rtb-b', y, to(back))];
          const rules = [{ name: 'own', effect: 'accept', remote: { accounts: [isWanted ? 'self' : PEER] } }];
          const found = told([x, y], tables, { rules });
          const reaches = (routes: readonly string[], block: string) =>
            routes.some((each) => overlaps(parseCidr(each), parseCidr(block)));
          const expected = [
            [ours, far, out, back],
            [far, ours, back, out],
          ].flatMap(([from = [], into = [], leads = [], comes = []]) => {
            const goes = into.filter((block) => reaches(leads, block));
            if (goes.length === 0) return [];
            const lost = from.filter((block) => !reaches(comes, block));
            if (lost.length === from.length) return ['all'];
            return lost.filter((block) => {
              const isSame = (each: string) => each.includes(':') === block.includes(':');
              return (
                goes.some(isSame) && (isWanted || from.filter(isSame).every((each) => lost.includes(each)))
              );
            });
          });
          expect(found.map(({ destination = 'all' }) => destination).sort()).toEqual(expected.sort());
          count += found.filter(({ destination }) => destination !== undefined).length;
        }),
        { numRuns: runs(400) },
      );
      expect(count).toBeGreaterThan(0);
    });
  });

  it('is not told where neither side is routed', () => {
    expect(oneSided([read([a, b], [between], [table('rtb-a', a, []), table('rtb-b', b, [])])])).toEqual([]);
  });

  describe('advises by what is the case at the side without routes', () => {
    const advice = (back: RouteTable, policy: Record<string, unknown> = {}, more: readonly Peering[] = []) =>
      oneSided([read([a, b], [between, ...more], [routedA, back])], [], policy)[0]?.detail.split(
        'nothing comes back by it. ',
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
        /nothing comes back by it\. Its route there, 10\.1\.0\.0\/16 in rtb-b, is wanted by rule own and waits: why is named with what was not judged\.$/,
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
        /nothing comes back by it\. A route there is among the changes of account 222222222222: it comes/,
      );
      expect(finding && withRoutesThatCome(finding, sides, () => false)).toEqual(finding);
    });
  });
});
