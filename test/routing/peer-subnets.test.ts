import type { PeerSubnets } from '../../lib/model/peer-subnets.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import {
  inventory,
  PEER,
  peering,
  policyOf,
  REGION,
  route,
  subnet,
  table,
  vpc,
} from '../support/fixtures.ts';
import { planOf, registryOf } from '../support/plan-of.ts';

const A = vpc('vpc-a', ['10.1.0.0/16']);
/** In another Region, so that the one that is looked at has one view of it. */
const B = vpc('vpc-b', ['10.2.0.0/16', '2001:db8:2::/56'], { region: 'eu-west-1' });

const APP = subnet('subnet-app', B, ['10.2.1.0/24', '2001:db8:2:1::/64'], { Tier: 'shared' });
const NEXT = subnet('subnet-next', B, '10.2.2.0/24', { Tier: 'shared' });
const DB = subnet('subnet-db', B, '10.2.3.0/24', { Tier: 'private' });
const BARE = subnet('subnet-bare', B, '10.2.4.0/24');

const OF_B: PeerSubnets = { seen: 'all', subnets: [APP, NEXT, DB, BARE] };

function routing(routes: object, parts: object = {}) {
  return policyOf({
    rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] }, routes }],
    ...parts,
  });
}

const SHARED = routing({ destinations: { subnetTags: { Tier: 'shared' } } });

function network(
  {
    far = B,
    tables = [table('rtb-a', A, [], { optIn: '*' })],
    ofB = OF_B,
    status = 'active' as const,
  } = {} as {
    far?: typeof B;
    tables?: readonly RouteTable[];
    ofB?: PeerSubnets | undefined;
    status?: 'active' | 'pending-acceptance';
  },
) {
  return inventory({
    vpcs: [A],
    peerings: [peering('pcx-1', A, far, { status })],
    tables,
    peerSubnets: { 'vpc-b': ofB },
  });
}

const changesOf = (plan: ReturnType<typeof planOf>) =>
  plan.changes.map(({ action, routeTableId, destination }) => `${action} ${routeTableId} ${destination}`);

describe('a rule that routes subnets by their tags', () => {
  it('routes the subnets of the other VPC that have them, each by itself, IPv6 too, and nothing else', () => {
    expect(changesOf(planOf(network(), SHARED))).toEqual([
      'create rtb-a 10.2.1.0/24',
      'create rtb-a 10.2.2.0/24',
      'create rtb-a 2001:db8:2:1::/64',
    ]);
  });

  it.each([
    [{ Tier: ['private', 'none'] }, ['10.2.3.0/24']],
    [{ Tier: 's*' }, ['10.2.1.0/24', '10.2.2.0/24', '2001:db8:2:1::/64']],
    [{ Tier: '*' }, ['10.2.1.0/24', '10.2.2.0/24', '10.2.3.0/24', '2001:db8:2:1::/64']],
    [{ Tier: 'shared', Env: 'prod' }, []],
    [{ constructor: '*' }, []],
  ])('understands tags as other selectors do: %j', (subnetTags, destinations) => {
    const { desired } = planOf(network(), routing({ destinations: { subnetTags } }));
    expect(desired.map(({ destination }) => destination)).toEqual(destinations);
  });

  it('leaves out what the rule excludes, and what lies in no CIDR that it may route', () => {
    const policy = policyOf({
      rules: [
        {
          name: 'peers',
          effect: 'accept',
          remote: { accounts: ['self'], cidrs: ['10.2.0.0/16'] },
          routes: { destinations: { subnetTags: { Tier: 'shared' } }, exclude: ['10.2.1.128/25'] },
        },
      ],
    });
    const { desired } = planOf(network(), policy);
    expect(desired.map(({ destination }) => destination)).toEqual(['10.2.1.0/25', '10.2.2.0/24']);
  });

  it('removes the route of a subnet that lost its tag, and touches no other', () => {
    const routes = ['10.2.1.0/24', '10.2.2.0/24', '10.2.3.0/24', '2001:db8:2:1::/64'];
    const tables = [
      table(
        'rtb-a',
        A,
        routes.map((each) => route(each, 'pcx-1')),
        { optIn: '*' },
      ),
    ];
    const plan = planOf(network({ tables }), SHARED, {
      memory: registryOf(routes.map((each) => `rtb-a ${each} pcx-1`)),
    });
    expect(changesOf(plan)).toEqual(['delete rtb-a 10.2.3.0/24']);
    expect(plan.findings).toEqual([]);
  });

  it('makes the routes of subnets before it takes the route of the whole VPC away', () => {
    const tables = [table('rtb-a', A, [route('10.2.0.0/16', 'pcx-1')], { optIn: '*' })];
    const plan = planOf(network({ tables }), SHARED, { memory: registryOf(['rtb-a 10.2.0.0/16 pcx-1']) });
    expect(changesOf(plan)).toEqual([
      'create rtb-a 10.2.1.0/24',
      'create rtb-a 10.2.2.0/24',
      'create rtb-a 2001:db8:2:1::/64',
      'delete rtb-a 10.2.0.0/16',
    ]);
  });

  it('makes the route of the whole VPC before it takes those of subnets away', () => {
    const tables = [table('rtb-a', A, [route('10.2.1.0/24', 'pcx-1')], { optIn: '*' })];
    const memory = registryOf(['rtb-a 10.2.1.0/24 pcx-1']);
    expect(changesOf(planOf(network({ tables }), routing({ destinations: 'all' }), { memory }))).toEqual([
      'create rtb-a 10.2.0.0/16',
      'create rtb-a 2001:db8:2::/56',
      'delete rtb-a 10.2.1.0/24',
    ]);
  });

  it('says so where no subnet has the tags, and routes nothing', () => {
    const plan = planOf(network({ ofB: { seen: 'all', subnets: [DB] } }), SHARED);
    expect(plan.desired).toEqual([]);
    expect(plan.warnings).toEqual([
      'pcx-1: nothing is routed from vpc-a, because no subnet of vpc-b that this account sees has the tags Tier [shared], which rule peers asks for (routes.destinations.subnetTags).',
    ]);
    expect(plan.notJudged).toEqual([]);
  });
});

describe('where the subnets of the other side cannot be seen', () => {
  const problem = 'vpc-b belongs to account 222222222222, and shares no subnet with account 111111111111.';
  const UNSEEN: PeerSubnets = { seen: 'none', problem };
  const far = { ...B, accountId: PEER };

  it('no route is wanted, those that are there stay, and it is told as not judged', () => {
    const tables = [
      table('rtb-a', A, [route('10.2.0.0/16', 'pcx-1'), route('10.2.9.0/24', 'pcx-1')], { optIn: '*' }),
    ];
    const memory = registryOf(['rtb-a 10.2.0.0/16 pcx-1', 'rtb-a 10.2.9.0/24 pcx-1']);
    const plan = planOf(network({ far, tables, ofB: UNSEEN }), SHARED, { memory });
    expect(plan.desired).toEqual([]);
    expect(plan.changes).toEqual([]);
    expect(plan.notJudged).toMatchObject([{ region: REGION, resource: 'pcx-1' }]);
    expect(plan.warnings.join()).toContain(
      `Which subnets of remote VPC vpc-b have the tags Tier [shared] is not known, and rule peers routes just those (routes.destinations.subnetTags). ${problem}`,
    );
  });

  it('a request is held, with the reason', () => {
    const asked = inventory({
      vpcs: [A],
      peerings: [peering('pcx-1', far, A, { status: 'pending-acceptance' })],
      tables: [table('rtb-a', A, [], { optIn: '*' })],
      peerSubnets: { 'vpc-b': UNSEEN },
    });
    const [request] = planOf(asked, SHARED).requests;
    expect(request?.decision).toMatchObject({ decision: 'hold', rule: 'peers' });
    expect(request?.decision.guardrails?.join()).toContain(problem);
  });

  it('nothing is concluded from subnets that nobody read', () => {
    const { peerSubnets: _, ...unread } = network();
    const plan = planOf(unread, SHARED);
    expect(plan.changes).toEqual([]);
    expect(plan.notJudged).toMatchObject([{ resource: 'pcx-1' }]);
  });

  it('nor from a subnet whose CIDR cannot be read', () => {
    const ofB: PeerSubnets = { seen: 'all', subnets: [APP, subnet('subnet-x', B, 'nonsense')] };
    const plan = planOf(network({ ofB }), SHARED);
    expect(plan.changes).toEqual([]);
    expect(plan.notJudged).toMatchObject([{ resource: 'pcx-1' }]);
  });
});

describe('a VPC of another account that shares some subnets', () => {
  const far = { ...B, accountId: PEER };
  const routes = ['10.2.1.0/24', '10.2.3.0/24', '10.2.9.0/24'];
  const tables = [
    table(
      'rtb-a',
      A,
      routes.map((each) => route(each, 'pcx-1')),
      { optIn: '*' },
    ),
  ];
  const memory = registryOf(routes.map((each) => `rtb-a ${each} pcx-1`));
  const ofB: PeerSubnets = {
    seen: 'shared',
    subnets: [subnet('subnet-app', B, '10.2.1.0/24', { Tier: 'shared' }), DB],
  };

  it('is routed by what is shared; a subnet that is no longer shared keeps its route, and is told', () => {
    const plan = planOf(network({ far, tables, ofB }), SHARED, { memory });
    expect(changesOf(plan)).toEqual(['delete rtb-a 10.2.3.0/24']);
    expect(plan.findings).toMatchObject([
      {
        kind: 'stale',
        destination: '10.2.9.0/24',
        repairable: false,
        detail:
          'rtb-a in us-east-1 routes 10.2.9.0/24 to pcx-1, whose subnet of vpc-b account 222222222222 no longer shares with this one, or which is gone, so whether rule peers still asks for it is not known. It stays: delete it by hand, or have the subnet shared again. Without this route its addresses lead nowhere.',
      },
    ]);
  });
});

describe('a request between own VPCs', () => {
  const near = { ...B, region: REGION };
  const request = (subnets: PeerSubnets) =>
    planOf(
      inventory({
        vpcs: [A, near],
        peerings: [peering('pcx-1', near, A, { status: 'pending-acceptance' })],
        tables: [
          table('rtb-a', A, [route('10.2.3.0/24', 'tgw-1')], { optIn: '*' }),
          table('rtb-b', near, [], { optIn: '*' }),
        ],
        peerSubnets: {
          'vpc-a': { seen: 'all', subnets: [subnet('subnet-a', A, '10.1.1.0/24', { Tier: 'shared' })] },
          'vpc-b': subnets,
        },
      }),
      SHARED,
    );

  it('is judged by the subnets that would be routed: a route elsewhere to another subnet is in nobody’s way', () => {
    const plan = request({ seen: 'all', subnets: [APP, DB] });
    expect(plan.requests[0]?.decision.decision).toBe('accept');
    expect(changesOf(plan)).toEqual([
      'create rtb-a 10.2.1.0/24',
      'create rtb-a 2001:db8:2:1::/64',
      'create rtb-b 10.1.1.0/24',
    ]);
  });

  it('is held by a route elsewhere to a subnet that would be routed', () => {
    const plan = request({
      seen: 'all',
      subnets: [subnet('subnet-db', B, '10.2.3.0/24', { Tier: 'shared' })],
    });
    expect(plan.requests[0]?.decision.decision).toBe('hold');
    expect(plan.requests[0]?.decision.guardrails?.join()).toContain('10.2.3.0/24 overlaps 10.2.3.0/24');
  });
});

describe('a main table that is tagged, where the subnets of its VPC were read', () => {
  const MAIN = { ...table('rtb-m', A, [], { optIn: '*' }), associations: [{ main: true }] };
  const own = (...ids: readonly string[]): PeerSubnets => ({
    seen: 'all',
    subnets: ids.map((id) => subnet(id, A, '10.1.1.0/24')),
  });
  /** Of these subnets the first two have tables of their own. */
  const warned = (ofA: PeerSubnets | undefined, main: RouteTable = MAIN) => {
    const tables = [main, table('rtb-1', A, []), table('rtb-2', A, [])];
    const { peerSubnets = new Map(), ...read } = network({ tables });
    const subnets = ofA === undefined ? peerSubnets : new Map([...peerSubnets, ['vpc-a', ofA]]);
    return planOf({ ...read, peerSubnets: subnets }, SHARED).warnings;
  };
  const [ONE, TWO] = ['subnet-of-rtb-1', 'subnet-of-rtb-2'];
  const says = (subnets: string) =>
    `rtb-m in us-east-1 asks for routes by its tag peering-autopilot:routes, and is the main table of vpc-a, but ${subnets} associated with another table, so its routes carry nothing. Tag the tables that they use.`;

  it('is told where each of them uses another table', () => {
    expect(warned(own(ONE, TWO))).toEqual([says('each of its 2 subnets is')]);
    expect(warned(own(ONE))).toEqual([says('its one subnet is')]);
  });

  it.each<[string, PeerSubnets | undefined, RouteTable]>([
    ['one uses it, as it has no table of its own', own(ONE, 'subnet-3'), MAIN],
    [
      'one is associated with it beside that it is the main one',
      own(ONE, 'subnet-3'),
      { ...MAIN, associations: [{ main: true }, { main: false, subnetId: 'subnet-3' }] },
    ],
    ['there is none yet, which would use it', own(), MAIN],
    ['they were not read', undefined, MAIN],
    ['they could not be read', { seen: 'none', problem: 'It is not permitted.' }, MAIN],
    ['not all of them are seen', { seen: 'shared', subnets: [subnet(ONE, A, '10.1.1.0/24')] }, MAIN],
  ])('is not where %s', (_, ofA, main) => {
    expect(warned(ofA, main)).toEqual([]);
  });
});
