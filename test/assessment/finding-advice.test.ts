import fc from 'fast-check';
import type { Change } from '../../lib/model/change.ts';
import type { Finding } from '../../lib/model/finding.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import {
  inventory,
  PREFIX,
  peering,
  policyOf,
  prefixList,
  REGION,
  route,
  table,
  vpc,
} from '../support/fixtures.ts';
import { planOf, registryOf } from '../support/plan-of.ts';
import { runs } from '../support/runs.ts';

/**
 * What findings advise is done to the same network, to the letter: the finding has to be over, and nothing else may have lost a
 * route.
 */

const HUB = vpc('vpc-0000000000000000a', ['10.1.0.0/16']);
const SPOKE = vpc('vpc-0000000000000000b', ['10.2.0.0/16']);
const TWIN = vpc('vpc-0000000000000000c', ['10.2.0.0/16']);
const INSIDE = vpc('vpc-0000000000000000d', ['10.2.8.0/24']);
const OTHER = vpc('vpc-0000000000000000e', ['10.5.0.0/16']);
const ONE = peering('pcx-1', HUB, SPOKE);

interface Policy {
  readonly mode?: string;
  readonly drift?: Readonly<Record<string, unknown>>;
  readonly guardrails?: Readonly<Record<string, unknown>>;
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

const POLICY: Policy = { rules: [{ name: 'all', effect: 'accept', remote: { accounts: ['self'] } }] };

interface Network {
  readonly vpcs: readonly Vpc[];
  readonly peerings: readonly Peering[];
  readonly tables: readonly RouteTable[];
}

const LISTS = [prefixList('pl-1', ['10.2.8.0/24'])];

/** Routes to peerings are the product's own. */
function judged({ vpcs, peerings, tables }: Network, policy: Policy) {
  const own = tables.flatMap(({ routeTableId, routes }) =>
    routes.flatMap(({ destination, target }) =>
      target.kind === 'peering' ? [`${routeTableId} ${destination} ${target.id} all`] : [],
    ),
  );
  const read: RegionInventory = inventory({
    vpcs: [...vpcs],
    peerings: [...peerings],
    tables: [...tables],
    prefixLists: LISTS,
  });
  return planOf(read, policyOf({ ...policy }), { memory: registryOf(own) });
}

function withRoute(of: RouteTable, made: Route): RouteTable {
  return {
    ...of,
    routes: [...of.routes.filter(({ destination }) => destination !== made.destination), made],
  };
}

function afterChange(of: RouteTable, { action, destination, peeringId }: Change): RouteTable {
  return action === 'delete'
    ? { ...of, routes: of.routes.filter((found) => found.destination !== destination) }
    : withRoute(of, route(destination, peeringId));
}

/** The network once the plan is carried out, as often as it has something to do. */
function carriedOut(network: Network, policy: Policy): Network {
  let now = network;
  for (let round = 0; round < 5; round += 1) {
    const changes = judged(now, policy).changes.filter(({ heldBy }) => heldBy === undefined);
    if (changes.length === 0) return now;
    const tables = now.tables.map((each) =>
      changes.filter(({ routeTableId }) => routeTableId === each.routeTableId).reduce(afterChange, each),
    );
    now = { ...now, tables };
  }
  throw new Error('the plan never comes to an end');
}

const BY_HAND =
  /run: aws ec2 (create|replace)-route --region \S+ --route-table-id (\S+) --destination-cidr-block (\S+) --vpc-peering-connection-id (\S+) \(/;
const EXCLUDE = /exclude (\S+) from rule (\S+) \(routes\.exclude\)/;
const COPY =
  /add a copy of rule (\S+) named (\S+), with local\.vpcs: \[(\S+)\], remote\.vpcs: \[(\S+)\] and routes\.exclude: \[(.+?)\]/;
const TAG = /add (\S+) behind (\S+) in the tag \S+ of (.+?)\./;

function byHand(network: Network, detail: string): Network | undefined {
  const [, call, tableId, destination = '', peeringId = ''] = BY_HAND.exec(detail) ?? [];
  return call === undefined
    ? undefined
    : {
        ...network,
        tables: network.tables.map((each) =>
          each.routeTableId === tableId ? withRoute(each, route(destination, peeringId)) : each,
        ),
      };
}

function tagged(network: Network, detail: string): Network {
  const [, copy = '', rule = '', tables = ''] = TAG.exec(detail) ?? [];
  const key = `${PREFIX}:routes`;
  return {
    ...network,
    tables: network.tables.map((each) =>
      tables.split(', ').includes(each.routeTableId)
        ? { ...each, tags: { ...each.tags, [key]: (each.tags[key] ?? '').replace(rule, `${rule} ${copy}`) } }
        : each,
    ),
  };
}

function leftOut(policy: Policy, detail: string): Policy | undefined {
  const [, from, copy, local, remote, blocks = ''] = COPY.exec(detail) ?? [];
  if (copy !== undefined) {
    const base = policy.rules.find(({ name }) => name === from);
    const added = {
      ...base,
      name: copy,
      local: { vpcs: [local] },
      remote: { ...(base?.remote as object), vpcs: [remote] },
      routes: { exclude: blocks.split(', ') },
    };
    return { ...policy, rules: [...policy.rules, added] };
  }
  const [, block, rule] = EXCLUDE.exec(detail) ?? [];
  return block === undefined
    ? undefined
    : {
        ...policy,
        rules: policy.rules.map((each) =>
          each.name === rule ? { ...each, routes: { exclude: [block] } } : each,
        ),
      };
}

/** One address in each /24 that some test is about, and where each table leads it. */
const ADDRESSES = ['10.1.0', '10.2.0', '10.2.8', '10.2.200', '10.5.0'].map((start) => `${start}.9`);

function leadsTo({ routes }: RouteTable, address: string): string {
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const blocks = routes.flatMap(({ destination, target }) =>
    (destination === 'pl-1' ? (LISTS[0]?.cidrs ?? []) : [destination]).map((text) => {
      const [start = '', length = '0'] = text.split('/');
      // A static route goes before an entry with the same block.
      return { start, length: Number(length), order: destination === 'pl-1' ? 0 : 1, id: target.id };
    }),
  );
  const found = blocks
    .filter(({ start, length }) => {
      const size = 2 ** (32 - length);
      return Math.floor(number(start) / size) === Math.floor(number(address) / size);
    })
    .sort((a, b) => b.length - a.length || b.order - a.order)[0];
  return found?.id ?? 'nowhere';
}

/** By table and address, but for those of the finding. */
function leadsOf({ tables }: Network): Map<string, string> {
  return new Map(
    tables.flatMap((each) =>
      ADDRESSES.map((address) => [`${each.routeTableId} ${address}`, leadsTo(each, address)] as const),
    ),
  );
}

function lost(before: Network, after: Network, { routeTableId, destination = '' }: Finding): string[] {
  const [now, then] = [leadsOf(before), leadsOf(after)];
  const about = destination.endsWith('/24') ? '10.2.8.' : destination.split('.', 2).join('.');
  return [...now].flatMap(([key, target]) =>
    key.startsWith(`${routeTableId} ${about}`) || target === then.get(key) ? [] : [`${key}: ${target}`],
  );
}

const to = (cidr: string, target: string) => route(cidr, target);
const all = (id: string, of: Vpc, routes: readonly Route[], optIn = '*') => table(id, of, routes, { optIn });
const back = (id: string, of: Vpc, pcx: string) => all(id, of, [to('10.1.0.0/16', pcx)]);

/** The hub's table, and others that have the same destination by the same rule. */
const withThird = (routes: readonly Route[], optIn = '*'): Network => ({
  vpcs: [HUB, SPOKE, OTHER],
  peerings: [ONE, peering('pcx-2', SPOKE, OTHER)],
  tables: [
    all('rtb-a', HUB, routes, optIn),
    all('rtb-b', SPOKE, [to('10.1.0.0/16', 'pcx-1'), to('10.5.0.0/16', 'pcx-2')]),
    all('rtb-e', OTHER, [to('10.2.0.0/16', 'pcx-2')]),
  ],
});

const twins = (routes: readonly Route[], third: Vpc = TWIN): Network => ({
  vpcs: [HUB, SPOKE, third],
  peerings: [ONE, peering('pcx-2', HUB, third)],
  tables: [all('rtb-a', HUB, routes), back('rtb-b', SPOKE, 'pcx-1'), back('rtb-c', third, 'pcx-2')],
});

const alone = (routes: readonly Route[]): Network => ({
  vpcs: [HUB, SPOKE],
  peerings: [ONE],
  tables: [all('rtb-a', HUB, routes), back('rtb-b', SPOKE, 'pcx-1')],
});

const WHOLE = to('10.2.0.0/16', 'pcx-1');

const CASES: readonly (readonly [string, Network, Policy])[] = [
  ['a route to elsewhere has the destination', alone([to('10.2.0.0/16', 'tgw-1')]), POLICY],
  ['… and other VPCs have it by the same rule', withThird([to('10.2.0.0/16', 'tgw-1')]), POLICY],
  ['… and the table names the rule', withThird([to('10.2.0.0/16', 'tgw-1')], 'all'), POLICY],
  [
    '… and a wider route comes next',
    withThird([to('10.2.0.0/16', 'eni-1'), to('10.0.0.0/8', 'tgw-1')]),
    POLICY,
  ],
  ['a wider route has the addresses', alone([to('10.0.0.0/8', 'tgw-1')]), POLICY],
  ['… and other VPCs have it by the same rule', withThird([to('10.0.0.0/8', 'tgw-1')]), POLICY],
  ['a narrower route leads a part elsewhere', alone([WHOLE, to('10.2.8.0/24', 'vpce-1')]), POLICY],
  ['… and other VPCs have that part', withThird([WHOLE, to('10.2.8.0/24', 'vpce-1')]), POLICY],
  ['a prefix list leads a part elsewhere', withThird([WHOLE, to('pl-1', 'tgw-1')]), POLICY],
  ['two peerings want the same, and one has it', twins([WHOLE]), POLICY],
  ['two peerings want the same, and none has it', twins([]), POLICY],
  ['one peering has a part of what another wants', twins([to('10.2.8.0/24', 'pcx-2')], INSIDE), POLICY],
  ['one peering wants a part of what another has', twins([WHOLE], INSIDE), POLICY],
  ['both have their routes', twins([WHOLE, to('10.2.8.0/24', 'pcx-2')], INSIDE), POLICY],
];

const KINDS: readonly string[] = ['conflict', 'shadowed'];
const told = (network: Network, policy: Policy) =>
  judged(network, policy).findings.filter(({ kind }) => KINDS.includes(kind));

it.each(CASES)('a route by hand ends the finding and moves nothing else: %s', (_, network, policy) => {
  for (const finding of told(network, policy)) {
    const after = byHand(network, finding.detail);
    if (after === undefined) {
      expect(finding.detail).toContain('Decide which peering shall have');
    } else {
      expect({
        finding,
        left: told(after, policy),
        lost: lost(network, carriedOut(after, policy), finding),
      }).toEqual({ finding, left: [], lost: [] });
    }
  }
});

it.each(CASES)(
  'what is left out of a rule ends the finding and unroutes nothing else: %s',
  (_, network, policy) => {
    const findings = told(network, policy);
    expect(findings).not.toEqual([]);
    for (const finding of findings) {
      const changed = leftOut(policy, finding.detail);
      const after = changed && carriedOut(tagged(network, finding.detail), changed);
      expect({
        finding,
        left: after && told(after, changed),
        lost: after && lost(network, after, finding),
      }).toEqual({ finding, left: [], lost: [] });
    }
  },
);

it.each<[string, Policy]>([
  ['mode: observe', { ...POLICY, mode: 'observe' }],
  ['drift.repair: false', { ...POLICY, drift: { repair: false } }],
])('a conflict in place of an own route says that nothing takes its place: %s', (says, policy) => {
  const network = alone([to('10.2.0.0/16', 'tgw-1')]);
  const { findings } = planOf(
    inventory({
      ...network,
      vpcs: [...network.vpcs],
      peerings: [...network.peerings],
      tables: [...network.tables],
    }),
    policyOf({ ...policy }),
    {
      memory: registryOf(['rtb-a 10.2.0.0/16 pcx-1 all']),
    },
  );
  expect(findings[0]?.detail).toContain(
    `Do not just delete the route: the product would put none in its place now, as the policy says ${says}.`,
  );
});

it('a part that would make more routes than there is room for is not advised to be left out', () => {
  const policy = { ...POLICY, guardrails: { routesPerTable: 9 } };
  const [finding] = told(alone([WHOLE, to('10.2.8.0/24', 'vpce-1')]), policy);
  expect(finding?.detail).toContain(
    'To exclude 10.2.8.0/24 from rule all would make 8 routes of 10.2.0.0/16, for which rtb-a has no room (guardrails.routesPerTable).',
  );
});

it('a destination that another table of the VPC leads to the peering is not advised to be left out', () => {
  const network = alone([to('10.2.0.0/16', 'tgw-1')]);
  const tables = [...network.tables, all('rtb-z', HUB, [WHOLE])];
  const [finding] = told({ ...network, tables }, POLICY);
  expect(finding?.detail).toContain(
    'To exclude 10.2.0.0/16 from rule all would take it from 1 other route: 10.2.0.0/16 in rtb-z (vpc-0000000000000000a).',
  );
  expect(finding?.detail).not.toContain('To leave it as it is');
});

it('where a managed Region was not read, the way that touches one VPC alone is advised', () => {
  const { vpcs, peerings, tables } = alone([to('10.2.0.0/16', 'tgw-1')]);
  const read = inventory({ vpcs: [...vpcs], peerings: [...peerings], tables: [...tables] });
  const { findings } = planOf(read, policyOf({ ...POLICY, regions: [REGION, 'eu-west-1'] }));
  expect(findings[0]?.detail).toMatch(
    /add a copy of rule all named 0-all, .* Rule all itself may route 10\.2\.0\.0\/16 in other Regions, too, which were not looked at here\.$/,
  );
});

it('what guardrails.widerRoutes: allow would bring besides is counted', () => {
  const wider = withThird([to('10.0.0.0/8', 'tgw-1')]);
  const tables = wider.tables.map((each) =>
    each.routeTableId === 'rtb-e' ? all('rtb-e', OTHER, [to('10.0.0.0/8', 'nat-7')]) : each,
  );
  expect(told({ ...wider, tables }, POLICY)[0]?.detail).toContain(
    'guardrails.widerRoutes: allow lets it, too, but for the whole policy: 1 other route would take addresses from nat-7.',
  );
});

it.each([
  ['a firewall endpoint', 'vpce-1'],
  ['a VPN gateway', 'vgw-1'],
])(
  'a request that a narrower route to %s holds is accepted as its reason says, and that route stays',
  (_, target) => {
    const network = {
      vpcs: [HUB, SPOKE],
      peerings: [peering('pcx-1', SPOKE, HUB, { status: 'pending-acceptance' })],
      tables: [all('rtb-a', HUB, [to('10.2.8.0/24', target)]), all('rtb-b', SPOKE, [])],
    };
    const [held] = judged(network, POLICY).requests;
    const reasons = held?.decision.reasons.join(' ') ?? '';
    const [, block] =
      /copy of the rule for these two VPCs alone that has routes\.exclude: \[(\S+)\] and whose name sorts first/.exec(
        reasons,
      ) ?? [];
    expect([held?.decision.decision, block]).toEqual(['hold', '10.2.8.0/24']);
    const copy = {
      ...POLICY.rules[0],
      name: '0-all',
      local: { vpcs: [HUB.vpcId] },
      remote: { accounts: ['self'], vpcs: [SPOKE.vpcId] },
      routes: { exclude: [block] },
    };
    const { requests, changes } = judged(network, { ...POLICY, rules: [...POLICY.rules, copy] });
    expect(requests.map(({ decision }) => decision.decision)).toEqual(['accept']);
    expect(changes.filter(({ destination }) => destination === block)).toEqual([]);
  },
);

const SPOKES = [SPOKE, TWIN, INSIDE, OTHER];
const FOREIGN = ['10.0.0.0/8', '10.2.0.0/16', '10.2.0.0/17', '10.2.8.0/24', '10.5.0.0/16', 'pl-1'];

/** A hub with spokes, of which neighbours are peered, too; all routed as the policy says, and then routes that somebody made. */
const anyNetwork = fc
  .record({
    spokes: fc.subarray(SPOKES, { minLength: 1 }),
    neighbours: fc.boolean(),
    optIns: fc.array(fc.constantFrom('*', 'all'), { minLength: 6, maxLength: 6 }),
    second: fc.boolean(),
    foreign: fc.array(
      fc.record({
        table: fc.nat(5),
        cidr: fc.constantFrom(...FOREIGN),
        target: fc.constantFrom('tgw-1', 'vpce-1'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    order: fc.constantFrom('before', 'after'),
  })
  .map(({ spokes, neighbours, optIns, second, foreign, order }): Network => {
    const peerings = spokes.map((spoke, index) => peering(`pcx-${index + 1}`, HUB, spoke));
    const [one, two] = [spokes[0], spokes.at(-1)];
    if (neighbours && one !== undefined && two !== undefined && one.cidrs[0] !== two.cidrs[0]) {
      peerings.push(peering('pcx-9', one, two));
    }
    const of = [HUB, ...spokes, ...(second ? [HUB] : [])];
    const bare = of.map((each, index) => all(`rtb-${index}`, each, [], optIns[index]));
    const network = { vpcs: [HUB, ...spokes], peerings, tables: bare };
    const withForeign = (given: Network): Network => ({
      ...given,
      tables: given.tables.map((each, index) =>
        foreign
          .filter(({ table: place }) => place % given.tables.length === index)
          .filter(({ cidr }) => !each.routes.some(({ destination }) => destination === cidr))
          .reduce((made, { cidr, target }) => withRoute(made, to(cidr, target)), each),
      ),
    });
    return order === 'before'
      ? carriedOut(withForeign(network), POLICY)
      : withForeign(carriedOut(network, POLICY));
  });

const isLost = (text: string) => !text.endsWith(': nowhere');

it('whatever the network, what is advised of a finding ends it and takes nothing that works from anything else', () => {
  fc.assert(
    fc.property(anyNetwork, (network) => {
      const nameOf = ({ kind, routeTableId, destination, peeringId }: Finding) =>
        `${kind} ${routeTableId} ${destination} ${peeringId}`;
      for (const finding of told(network, POLICY)) {
        const changed = leftOut(POLICY, finding.detail);
        const ways = [
          { policy: POLICY, after: byHand(network, finding.detail) },
          {
            policy: changed ?? POLICY,
            after: changed === undefined ? undefined : tagged(network, finding.detail),
          },
        ];
        for (const { policy, after } of ways) {
          if (after === undefined) continue;
          const settled = carriedOut(after, policy);
          expect({
            finding,
            left: told(settled, policy)
              .map(nameOf)
              .filter((name) => name === nameOf(finding)),
            lost: lost(network, settled, finding).filter(isLost),
          }).toEqual({ finding, left: [], lost: [] });
        }
      }
    }),
    { numRuns: runs(100) },
  );
});
