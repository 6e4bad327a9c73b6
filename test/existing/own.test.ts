import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { runs } from '../support/runs.ts';
import { ACCEPT_ALL, anyExistingNetwork, existingNetworks, ownAmong, policies } from './generate.ts';
import {
  alarmsOverNothing,
  applyChange,
  type Change,
  type Judged,
  lossesWithoutWord,
  violations,
} from './invariants.ts';
import {
  address,
  block,
  blockText,
  elementaryIntervals,
  farBlocks,
  inside,
  intervalText,
  isLive,
  leads,
  pathDifferences,
  representatives,
  workingPaths,
} from './leads.ts';
import {
  destinationOf,
  listsOf,
  type Network,
  type Peering,
  peeringsOf,
  type Route,
  type RouteTable,
  readNetwork,
  snapshotFiles,
  tablesOf,
} from './shapes.ts';
import { type PolicyShape, viewsFrom, wantedBlocks, without } from './wanted.ts';

const HOME = 'vpc-0a11ce0fab1e0f001';
const TABLE = 'rtb-0ab5e11a9ee000001';
const EDGE = 'rtb-0ab5e11a9ee000002';
const ONE = 'pcx-05ca1ab1e00000001';
const TWO = 'pcx-05ca1ab1e00000002';
const GONE = 'pcx-05ca1ab1e00000009';
const LIST = 'pl-00011575115700001';

/** A route as people make it; `propagated` and dead ones by name. */
function route(destination: string, target: Partial<Route>, rest: Partial<Route> = {}): Route {
  const to = destination.startsWith('pl-')
    ? { DestinationPrefixListId: destination }
    : destination.includes(':')
      ? { DestinationIpv6CidrBlock: destination }
      : { DestinationCidrBlock: destination };
  return { State: 'active', Origin: 'CreateRoute', ...to, ...target, ...rest };
}

const local = route('10.40.0.0/16', { GatewayId: 'local' }, { Origin: 'CreateRouteTable' });
const tgw = { TransitGatewayId: 'tgw-0b01dface0b01dfac' };
const vgw = { GatewayId: 'vgw-0ddba11ddba11ddba' };
const propagated = { Origin: 'EnableVgwRoutePropagation' };
const dead = { State: 'blackhole' };
const one = { VpcPeeringConnectionId: ONE };
const two = { VpcPeeringConnectionId: TWO };
const gone = { VpcPeeringConnectionId: GONE };

/** A live peering of the home VPC with a VPC of these CIDRs. */
function peering(id: string, cidrs: string[], code = 'active'): Peering {
  return {
    VpcPeeringConnectionId: id,
    RequesterVpcInfo: {
      VpcId: HOME,
      OwnerId: '444455556666',
      Region: 'us-west-2',
      CidrBlockSet: [{ CidrBlock: '10.40.0.0/16' }],
    },
    AccepterVpcInfo: {
      VpcId: id.replace('pcx', 'vpc'),
      OwnerId: '777788889999',
      Region: 'us-west-2',
      CidrBlockSet: cidrs.map((CidrBlock) => ({ CidrBlock })),
    },
    Status: { Code: code, Message: code },
    Tags: [],
  };
}

/** An opted-in table of the home VPC. */
function table(routes: Route[], tag = '*', id = TABLE): RouteTable {
  return {
    RouteTableId: id,
    VpcId: HOME,
    OwnerId: '444455556666',
    Routes: [local, ...routes],
    Associations: [],
    PropagatingVgws: [],
    Tags: [{ Key: 'peering-autopilot:routes', Value: tag }],
  };
}

/** A network of one VPC with these tables and peerings. */
function network(tables: RouteTable[], peerings: Peering[], entries: string[] = []): Network {
  const files = {
    Vpcs: [],
    VpcPeeringConnections: peerings,
    RouteTables: tables,
    ManagedPrefixLists: [],
    PrefixListEntries: { [LIST]: entries.map((Cidr) => ({ Cidr, Description: '' })) },
  };
  return { '444455556666': { 'us-west-2': files } };
}

/** A change in the opted-in table. */
function change(
  action: Change['action'],
  destination: string,
  peeringId = ONE,
  routeTableId = TABLE,
): Change {
  return { action, routeTableId, destination, peeringId };
}

/** The letters of what a list of changes breaks. */
function letters(before: Network, changes: Change[], rest: Partial<Judged> = {}): string[] {
  const found = violations({ before, changes, policy: ACCEPT_ALL, own: [], ...rest });
  return [...new Set(found.map((text) => /\((\w+)\)/.exec(text)?.[1] ?? text))].sort();
}

/** Where a case leaves out a route that no rule of this folder forbids, and why. */
const LEFT_OUT: Record<string, string> = {
  '29-list-holds-the-peer': 'the list leads there already',
  '46-quota-by-the-maximum-of-a-list': 'the table is full',
};

const own = (destination: string, peeringId = ONE) => ({ routeTableId: TABLE, destination, peeringId });

describe('blocks', () => {
  test.each([
    ['10.2.3.4/16', '10.2.0.0/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2600:1F18:0:1100::/56', '2600:1f18:0:1100::/56'],
    ['::/0', '::/0'],
  ])('%s is written %s', (given, written) => {
    expect(blockText(block(given))).toBe(written);
  });

  test('the two families never meet', () => {
    expect(inside(block('10.0.0.0/8'), block('::/0'))).toBe(false);
  });

  test('a block without a quarter of it is its other half and its other quarter', () => {
    const left = without(block('10.60.0.0/16'), [block('10.60.192.0/18')]);
    expect(left.map(blockText)).toEqual(['10.60.0.0/17', '10.60.128.0/18']);
  });

  test('intervals are cut at every end and leave out what no block holds', () => {
    const cut = elementaryIntervals([block('10.0.0.0/30'), block('10.0.0.1/32'), block('10.0.0.8/32')]);
    expect(cut.map(intervalText)).toEqual([
      '10.0.0.0 to 10.0.0.0',
      '10.0.0.1 to 10.0.0.1',
      '10.0.0.2 to 10.0.0.3',
      '10.0.0.8 to 10.0.0.8',
    ]);
  });
});

describe('where a table leads', () => {
  const lists = { [LIST]: [{ Cidr: '10.60.0.0/16', Description: '' }] };
  test.each<[string, Route[], string, string]>([
    ['nowhere without a route', [], '10.60.0.1', 'nowhere'],
    [
      'a longer prefix wins over a shorter',
      [route('10.0.0.0/8', tgw), route('10.60.0.0/16', one)],
      '10.60.0.1',
      ONE,
    ],
    [
      'a longer propagated prefix wins over a static route',
      [route('10.60.0.0/16', one), route('10.60.0.0/20', vgw, propagated)],
      '10.60.0.1',
      'elsewhere',
    ],
    [
      'static wins over propagated at the same destination',
      [route('10.60.0.0/16', vgw, propagated), route('10.60.0.0/16', one)],
      '10.60.0.1',
      ONE,
    ],
    [
      'a static CIDR wins over the entry of a list',
      [route(LIST, tgw), route('10.60.0.0/16', one)],
      '10.60.0.1',
      ONE,
    ],
    [
      'the entry of a list wins over propagated',
      [route('10.60.0.0/16', vgw, propagated), route(LIST, one)],
      '10.60.0.1',
      ONE,
    ],
    [
      'a longer entry wins over a static CIDR',
      [route('10.0.0.0/8', tgw), route(LIST, one)],
      '10.60.0.1',
      ONE,
    ],
    [
      'a blackhole that wins drops',
      [route('10.0.0.0/8', tgw), route('10.60.0.0/16', gone, dead)],
      '10.60.0.1',
      'dropped',
    ],
    [
      'no propagated route takes from the local one',
      [route('10.40.1.0/24', vgw, propagated)],
      '10.40.1.1',
      'local',
    ],
    ['a list that cannot be read leads nowhere', [route('pl-0unreadable', one)], '10.60.0.1', 'nowhere'],
    ['IPv6 has its own default', [route('0.0.0.0/0', tgw)], '2600::1', 'nowhere'],
  ])('%s', (_name, routes, at, expected) => {
    const lead = leads(table(routes), address(at), lists);
    expect(lead.peeringId ?? lead.kind).toBe(expected);
  });

  test('two lists with the same entry and different targets decide nothing', () => {
    const both = { ...lists, 'pl-2': [{ Cidr: '10.60.0.0/16', Description: '' }] };
    expect(leads(table([route(LIST, one), route('pl-2', tgw)]), address('10.60.0.1'), both).kind).toBe(
      'undecided',
    );
  });
});

describe('working paths', () => {
  const peers = [peering(ONE, ['10.60.0.0/16']), peering(TWO, ['10.60.0.0/16', '10.61.0.0/16'])];

  test('only addresses of the VPC at the other end count, up to the routes that take a part away', () => {
    const paths = workingPaths(table([route('10.0.0.0/8', one), route('10.60.128.0/17', tgw)]), peers);
    expect(paths.map(intervalText)).toEqual(['10.60.0.0 to 10.60.127.255']);
  });

  test('neighbours that lead to the same peering are one path', () => {
    const paths = workingPaths(table([route('10.60.0.0/17', two), route('10.60.128.0/17', two)]), peers);
    expect(paths.map(intervalText)).toEqual(['10.60.0.0 to 10.60.255.255']);
  });

  test('a peering that is not active has none', () => {
    const paths = workingPaths(table([route('10.60.0.0/16', one)]), [
      peering(ONE, ['10.60.0.0/16'], 'provisioning'),
    ]);
    expect(paths).toEqual([]);
  });

  test('what was lost, moved and gained is told apart', () => {
    const before = workingPaths(table([route('10.60.0.0/16', one)]), peers);
    const after = workingPaths(table([route('10.60.0.0/17', two), route('10.61.0.0/16', two)]), peers);
    const { lost, moved, gained } = pathDifferences(before, after);
    expect(lost.map(intervalText)).toEqual(['10.60.128.0 to 10.60.255.255']);
    expect(moved.map((path) => [intervalText(path), path.to])).toEqual([['10.60.0.0 to 10.60.127.255', TWO]]);
    expect(gained.map(intervalText)).toEqual(['10.61.0.0 to 10.61.255.255']);
  });
});

describe('changes that are wrong are caught', () => {
  const peer = peering(ONE, ['10.60.0.0/16']);
  const twin = peering(TWO, ['10.60.0.0/16']);
  const cases: [string, string[], Network, Change[], Partial<Judged>?][] = [
    [
      'deleting a narrow hand-made route beside a transit gateway',
      ['a', 'b', 'c'],
      network([table([route('10.60.0.0/16', tgw), route('10.60.3.0/24', one)])], [peer]),
      [change('delete', '10.60.3.0/24')],
    ],
    [
      'deleting an own route with nothing else leading there',
      ['b', 'c'],
      network([table([route('10.60.0.0/16', one)])], [peer]),
      [change('delete', '10.60.0.0/16')],
      { own: [own('10.60.0.0/16')] },
    ],
    [
      'deleting before creating',
      ['b', 'c'],
      network([table([route('10.60.0.0/16', one)])], [peer]),
      [change('delete', '10.60.0.0/16'), change('create', '10.60.0.0/16')],
      { own: [own('10.60.0.0/16')] },
    ],
    [
      'replacing a route to a transit gateway',
      ['a', 'g'],
      network([table([route('10.60.0.0/16', tgw)])], [peer]),
      [change('replace', '10.60.0.0/16')],
    ],
    [
      'replacing the route of another live peer',
      ['a', 'b', 'd', 'g'],
      network([table([route('10.60.0.0/16', two)])], [peer, twin]),
      [change('replace', '10.60.0.0/16')],
    ],
    [
      'routing a peer beside one that wants a part of its addresses',
      ['d'],
      network([table([])], [peer, peering(TWO, ['10.60.9.0/24'])]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'routing a peer around one that is routed',
      ['d'],
      network([table([route('10.60.9.0/24', two)])], [peer, peering(TWO, ['10.60.9.0/24'])]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'choosing between two live peers',
      ['d'],
      network([table([])], [peer, twin]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'moving a half that works to the twin',
      ['b', 'd', 'g'],
      network([table([route('10.60.0.0/16', one)])], [peer, twin]),
      [change('create', '10.60.0.0/17', TWO)],
    ],
    [
      'routing more than the VPC at the other end',
      ['e'],
      network([table([])], [peer]),
      [change('create', '10.60.0.0/15')],
    ],
    [
      'writing in a table tagged for another rule',
      ['f'],
      network([table([], 'vendor-1')], [peer]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'writing in the table of a gateway',
      ['f'],
      network(
        [
          {
            ...table([], '*', EDGE),
            Associations: [
              {
                Main: false,
                RouteTableAssociationId: 'rtbassoc-1',
                RouteTableId: EDGE,
                GatewayId: 'igw-1',
                AssociationState: { State: 'associated' },
              },
            ],
          },
        ],
        [peer],
      ),
      [change('create', '10.60.0.0/16', ONE, EDGE)],
    ],
    [
      'taking the addresses of a summary route',
      ['g'],
      network([table([route('10.0.0.0/8', tgw)])], [peer]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'taking the addresses of a default route to a live peer that has them, even where wider ones may lose',
      ['b', 'd', 'g'],
      network([table([route('0.0.0.0/0', two)])], [peer, twin]),
      [change('create', '10.60.0.0/16')],
      { policy: { ...ACCEPT_ALL, guardrails: { widerRoutes: 'allow' } } },
    ],
    [
      'taking the addresses of a propagated route of the same length, even where wider ones may lose',
      ['g'],
      network([table([route('10.60.0.0/16', vgw, propagated)])], [peer]),
      [change('create', '10.60.0.0/16')],
      { policy: { ...ACCEPT_ALL, guardrails: { widerRoutes: 'allow' } } },
    ],
    [
      'taking the addresses of a list',
      ['g'],
      network([table([route(LIST, tgw)])], [peer], ['10.60.0.0/16']),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'replacing a blackhole that is no peering',
      ['a'],
      network([table([route('10.60.0.0/16', tgw, dead)])], [peer]),
      [change('replace', '10.60.0.0/16')],
    ],
    [
      'replacing the prepared route of a pending peering',
      ['a'],
      network([table([route('10.60.0.0/16', two, dead)])], [peer, peering(TWO, [], 'pending-acceptance')]),
      [change('replace', '10.60.0.0/16')],
    ],
    [
      'creating what is there',
      ['refused'],
      network([table([route('10.60.0.0/16', one)])], [peer]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'deleting a route that leads to another peering than it says',
      ['refused'],
      network([table([route('10.60.0.0/16', gone, dead)])], [peer]),
      [change('delete', '10.60.0.0/16')],
    ],
  ];

  test.each(cases)('%s', (_name, expected, before, changes, rest = {}) => {
    expect(letters(before, changes, rest)).toEqual(expected);
  });
});

describe('changes that are right pass', () => {
  const peer = peering(ONE, ['10.60.0.0/16']);
  const narrow: PolicyShape = {
    ...ACCEPT_ALL,
    rules: [
      {
        name: 'data',
        effect: 'accept',
        remote: { accounts: ['*'] },
        routes: { destinations: ['10.60.0.0/17'] },
      },
    ],
  };
  const nobody: PolicyShape = {
    ...ACCEPT_ALL,
    rules: [{ name: 'data', effect: 'accept', remote: { accounts: ['self'] } }],
  };
  const cases: [string, Network, Change[], Partial<Judged>?][] = [
    [
      'a route beside a default',
      network([table([route('0.0.0.0/0', tgw)])], [peer]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'a route beside a default to a peer that has none of the addresses',
      network([table([route('0.0.0.0/0', two)])], [peer, peering(TWO, ['10.61.0.0/16'])]),
      [change('create', '10.60.0.0/16')],
    ],
    [
      'a wider route that may lose',
      network([table([route('10.0.0.0/8', tgw)])], [peer]),
      [change('create', '10.60.0.0/16')],
      { policy: { ...ACCEPT_ALL, guardrails: { widerRoutes: 'allow' } } },
    ],
    [
      'own pieces joined, the whole first',
      network([table([route('10.60.0.0/17', one)])], [peer]),
      [change('create', '10.60.0.0/16'), change('delete', '10.60.0.0/17')],
      { own: [own('10.60.0.0/17')] },
    ],
    [
      'a dead route replaced',
      network([table([route('10.60.0.0/16', gone, dead)])], [peer]),
      [change('replace', '10.60.0.0/16')],
    ],
    [
      'an own route that the policy has narrowed',
      network([table([route('10.60.0.0/16', one)])], [peer]),
      [change('create', '10.60.0.0/17'), change('delete', '10.60.0.0/16')],
      { own: [own('10.60.0.0/16')], policy: narrow },
    ],
    [
      'an own route of what is no longer allowed, where such are removed',
      network([table([route('10.60.0.0/16', one)])], [peer]),
      [change('delete', '10.60.0.0/16')],
      { own: [own('10.60.0.0/16')], policy: { ...nobody, drift: { onUntag: 'remove' } } },
    ],
  ];

  test.each(cases)('%s', (_name, before, changes, rest = {}) => {
    expect(violations({ before, changes, policy: ACCEPT_ALL, own: [], ...rest })).toEqual([]);
  });

  test('where they are kept, deleting it is not right', () => {
    const before = network([table([route('10.60.0.0/16', one)])], [peer]);
    const rest = { own: [own('10.60.0.0/16')], policy: nobody };
    expect(letters(before, [change('delete', '10.60.0.0/16')], rest)).toEqual(['b', 'c']);
  });
});

/** What a planner without judgement would do: everything wanted is created, all else to a peering deleted. */
function carelessPlan(before: Network, policy: PolicyShape): Change[] {
  return tablesOf(before).flatMap((each) => {
    const creates = viewsFrom(before, each.VpcId)
      .filter((view) => isLive(view.peering))
      .flatMap((view) =>
        policy.rules.flatMap((rule) =>
          wantedBlocks(policy, rule, view.remote).map((one) =>
            change('create', blockText(one), view.peering.VpcPeeringConnectionId, each.RouteTableId),
          ),
        ),
      );
    const deletes = each.Routes.flatMap((one) => {
      const destination = destinationOf(one);
      const peeringId = one.VpcPeeringConnectionId;
      if (destination === undefined || peeringId === undefined) return [];
      return [change('delete', destination, peeringId, each.RouteTableId)];
    });
    return [...creates, ...deletes];
  });
}

describe('generated networks', () => {
  test('hold what EC2 allows', () => {
    fc.assert(
      fc.property(anyExistingNetwork(), ({ network: generated }) => {
        for (const each of tablesOf(generated)) {
          const locals = each.Routes.filter(({ GatewayId }) => GatewayId === 'local').map((one) =>
            block(destinationOf(one) ?? ''),
          );
          const others = each.Routes.filter(({ GatewayId }) => GatewayId !== 'local');
          const statics = others
            .filter(({ Origin }) => Origin === 'CreateRoute')
            .map((one) => destinationOf(one) ?? one.DestinationPrefixListId);
          expect(new Set(statics).size).toBe(statics.length);
          for (const one of others) {
            const destination = destinationOf(one);
            if (destination === undefined) continue;
            expect(locals.some((mine) => inside(block(destination), mine))).toBe(false);
            expect(blockText(block(destination))).toBe(destination);
          }
          const shown = new Map(peeringsOf(generated).map((peer) => [peer.VpcPeeringConnectionId, peer]));
          for (const { VpcPeeringConnectionId: id = '', State } of others) {
            const peer = shown.get(id);
            if (peer === undefined) continue;
            expect([peer.RequesterVpcInfo.VpcId, peer.AccepterVpcInfo.VpcId]).toContain(each.VpcId);
            expect(State).toBe(isLive(peer) ? 'active' : 'blackhole');
          }
        }
      }),
      { numRuns: runs(200) },
    );
  });

  test('every address of an interval is led where its first is', () => {
    fc.assert(
      fc.property(
        anyExistingNetwork(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ network: generated }, share) => {
          const lists = listsOf(generated);
          for (const each of tablesOf(generated)) {
            for (const piece of representatives(each, peeringsOf(generated), lists)) {
              const size = piece.last - piece.first;
              const value = piece.first + (size * BigInt(Math.floor(share * 1e6))) / 1000000n;
              const [first, any] = [piece.first, value].map((at) =>
                leads(each, { family: piece.family, value: at }, lists),
              );
              expect(any).toEqual(first);
            }
          }
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test('doing nothing breaks nothing, whatever is own', () => {
    const drawn = anyExistingNetwork().chain((existing) =>
      fc.record({ existing: fc.constant(existing), own: ownAmong(existing.network), policy: policies() }),
    );
    fc.assert(
      fc.property(drawn, ({ existing, own: mine, policy }) => {
        expect(violations({ before: existing.network, policy, changes: [], own: mine })).toEqual([]);
      }),
      { numRuns: runs(50) },
    );
  });

  test('are rich enough for a careless planner to break every rule', () => {
    const seen = new Set<string>();
    const options = { seed: 7, numRuns: 200 };
    for (const { network: before } of fc.sample(existingNetworks(), options)) {
      for (const letter of letters(before, carelessPlan(before, ACCEPT_ALL))) seen.add(letter);
    }
    expect([...seen].sort()).toEqual(['a', 'b', 'c', 'd', 'f', 'g', 'refused']);
  });

  test('hold live peerings, working paths and peers with a common address', () => {
    const all = fc.sample(existingNetworks({ allOptedIn: true }), { seed: 11, numRuns: 200 });
    const working = all.filter(({ network: each }) =>
      tablesOf(each).some((one) => workingPaths(one, peeringsOf(each), listsOf(each)).length > 0),
    );
    const contested = all.filter(({ network: each }) =>
      tablesOf(each).some(({ VpcId }) => {
        const far = peeringsOf(each)
          .filter(isLive)
          .map((peer) => farBlocks(peer, VpcId).map(blockText));
        return far.some((mine, at) =>
          far.some((other, index) => index > at && mine.some((one) => other.includes(one))),
        );
      }),
    );
    expect(working.length).toBeGreaterThan(50);
    expect(contested.length).toBeGreaterThan(5);
  });

  test('become files of a snapshot', () => {
    const [first] = fc.sample(existingNetworks({ accounts: 2, regions: 2 }), { seed: 3, numRuns: 1 });
    const paths = Object.keys(snapshotFiles(first?.network ?? {}));
    expect(paths).toHaveLength(20);
    expect(paths[0]).toBe(
      'accounts/444455556666/ap-southeast-2/Vpcs.json'.replace('ap-southeast-2', 'us-west-2'),
    );
  });
});

describe('what is told of a network', () => {
  const peers = [peering(ONE, ['10.60.0.0/16']), peering(TWO, ['10.60.128.0/17'])];
  const about = (destination: string, peeringId = ONE) => ({ routeTableId: TABLE, destination, peeringId });
  const both = [route('10.60.0.0/16', one), route('10.60.128.0/17', two)];

  test.each<[string, Route[], ReturnType<typeof about>[], RegExp[]]>([
    [
      'nothing, where all is in place but a half',
      both,
      [],
      [/^\(h\) 10.60.128.0 to 10.60.255.255 of .*without a word/],
    ],
    ['the half', both, [about('10.60.128.0/17')], []],
    ['another half', both, [about('10.60.0.0/17')], [/^\(h\) 10.60.128.0 /]],
    ['the half of the other peering', both, [about('10.60.128.0/17', TWO)], [/^\(h\) 10.60.128.0 /]],
    ['one of two that have no route', [], [about('10.60.0.0/16')], [/^\(h\) 10.60.128.0 .* leads nowhere/]],
    ['both', [], [about('10.60.0.0/16'), about('10.60.128.0/17', TWO)], []],
  ])('%s', (_name, routes, told, expected) => {
    const found = lossesWithoutWord(network([table(routes)], peers), ACCEPT_ALL, told);
    expect(found).toEqual(expected.map((each) => expect.stringMatching(each)));
  });

  test('a conflict over a destination whose addresses all lead there is for nothing', () => {
    const halves = [route('10.60.0.0/17', one), route('10.60.128.0/17', one), route('10.60.0.0/16', tgw)];
    const told = [about('10.60.0.0/16')];
    expect(alarmsOverNothing(network([table(halves)], peers), told)).toEqual([
      expect.stringContaining('(i) all of 10.60.0.0/16 leads to'),
    ]);
    expect(alarmsOverNothing(network([table(halves.slice(1))], peers), told)).toEqual([]);
  });
});

describe('the cases', () => {
  const folder = join(process.cwd(), 'test/existing/cases');

  test.each(readdirSync(folder))('%s expects nothing that is forbidden', (name) => {
    const before = readNetwork(join(folder, name, 'snapshot'));
    const policy: PolicyShape = parse(readFileSync(join(folder, name, 'policy.yml'), 'utf8'));
    const expected = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8'));
    const changes: Change[] = expected.plan.changes;
    const broken = violations({ before, policy, changes, own: [] });
    expect(broken).toEqual([]);
    const known = new Set(peeringsOf(before).map(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId));
    expect(Object.keys(expected.plan.decisions).filter((id) => !known.has(id))).toEqual([]);
    const tables = new Set(tablesOf(before).map(({ RouteTableId }) => RouteTableId));
    const named = [...expected.plan.findings, ...expected.plan.absentFindings].map((one) => one.routeTableId);
    expect(named.filter((id) => id !== undefined && !tables.has(id))).toEqual([]);
  });

  test.each(readdirSync(folder))('%s leaves nothing out that could be created without harm', (name) => {
    const before = readNetwork(join(folder, name, 'snapshot'));
    const policy: PolicyShape = parse(readFileSync(join(folder, name, 'policy.yml'), 'utf8'));
    const expected = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8'));
    const after = (expected.plan.changes as Change[]).reduce(applyChange, before);
    const more = carelessPlan(after, policy)
      .filter(({ action }) => action === 'create')
      .filter((one) => violations({ before: after, policy, changes: [one], own: [] }).length === 0);
    expect(more).toHaveLength(name in LEFT_OUT ? 1 : 0);
  });
});
