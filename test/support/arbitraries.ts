import fc from 'fast-check';
import type { PeerSubnets } from '../../lib/model/peer-subnets.ts';
import type { Peering, PeeringStatus, Vpc } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { BY_POOL } from './address-plans.ts';
import {
  OWN,
  PEER,
  PREFIX,
  peering,
  policyOf,
  prefixList,
  REGION,
  route,
  STRANGER,
  subnet,
  table,
  vpc,
} from './fixtures.ts';
import type { Account } from './memory-ec2.ts';

/** An account in one Region, with everything that its owner and others may have put there, and a policy for it. */
export interface Scenario {
  readonly account: Account;
  readonly policy: Policy;
  /** Own routes: of those that are there, of some that are gone, and of some that were turned elsewhere. */
  readonly own: readonly OwnRouteOfTable[];
}

export interface OwnRouteOfTable {
  readonly routeTableId: string;
  readonly destination: string;
  readonly peeringId: string;
  readonly rule: string;
}

const LOCAL: readonly Vpc[] = [
  vpc('vpc-a', ['10.1.0.0/16'], { tags: { Environment: 'prod' } }),
  vpc('vpc-b', ['10.2.0.0/16', '100.64.2.0/24', '2001:db8:2::/56'], { tags: { Environment: 'prod' } }),
  vpc('vpc-c', ['10.3.0.0/16', '2001:db8:3::/56'], { tags: { Environment: 'test' } }),
];

/** Some of them overlap one another, as VPCs of different owners do; none overlaps a local VPC. */
const REMOTE: readonly Vpc[] = [
  vpc('vpc-r1', ['10.64.0.0/16'], { accountId: PEER }),
  vpc('vpc-r2', ['10.64.0.0/16', '2001:db8:64::/56'], { accountId: PEER }),
  vpc('vpc-r3', ['10.64.8.0/24', '10.65.0.0/16'], { accountId: STRANGER }),
  vpc('vpc-r4', ['10.66.0.0/16', '100.64.66.0/24'], { accountId: PEER, region: 'eu-west-1' }),
  vpc('vpc-r5', ['10.67.0.0/16', '2001:db8:67::/56'], { accountId: OWN, region: 'eu-west-1' }),
];

const STATUSES: readonly PeeringStatus[] = [
  'active',
  'active',
  'active',
  'provisioning',
  'pending-acceptance',
  'initiating-request',
  'deleting',
  'deleted',
  'rejected',
  'expired',
  'failed',
];

const RULES = ['alpha', 'beta', 'gamma'] as const;

const ruleArbitrary = (name: string) =>
  fc.record({
    // Most rules say nothing of time. When it is over, test/assessment/expiry.test.ts says.
    expireAfter: fc.constantFrom(undefined, undefined, undefined, '90d', '1d'),
    onExpiry: fc.constantFrom(undefined, undefined, undefined, 'keep', 'delete'),
    name: fc.constant(name),
    effect: fc.constantFrom('accept', 'accept', 'accept', 'hold', 'reject'),
    remote: fc.record({
      accounts: fc.constantFrom(['self'], [PEER], ['self', PEER], ['*']),
      regions: fc.constantFrom([], [REGION], ['eu-*']),
      cidrs: fc.constantFrom([], [], ['10.64.0.0/10', '2001:db8::/32', '100.64.0.0/10'], ['10.64.0.0/16']),
    }),
    local: fc.record({ tags: fc.constantFrom({}, {}, { Environment: 'prod' }) }),
    routes: fc.record({
      destinations: fc.constantFrom(
        'all',
        'all',
        ['10.64.0.0/14', '2001:db8::/48'],
        ['10.64.8.0/24', '10.66.0.0/17'],
        { subnetTags: { Tier: 'shared' } },
        { subnetTags: { Tier: '*' } },
      ),
      exclude: fc.constantFrom([], [], ['100.64.0.0/10'], ['10.64.8.0/24']),
    }),
  });

const policyArbitrary: fc.Arbitrary<Policy> = fc
  .record({
    rules: fc.tuple(...RULES.map(ruleArbitrary)).chain((rules) => fc.subarray(rules, { minLength: 1 })),
    onUntag: fc.constantFrom('keep', 'remove'),
    routesPerTable: fc.constantFrom(500, 500, 8, 5),
    widerRoutes: fc.constantFrom('hold', 'hold', 'allow'),
    equalRoutes: fc.constantFrom('hold', 'hold', 'wait'),
    // Of which nothing is read: no request is accepted, no new range routed, and no path is lost.
    ipam: fc.constantFrom({}, {}, {}, { ipam: BY_POOL }),
    // Which peerings should exist makes no difference to the routes of those that do.
    mesh: fc.constantFrom(undefined, { tags: { Environment: 'prod' } }),
  })
  .map(({ rules, onUntag, routesPerTable, widerRoutes, equalRoutes, ipam, mesh }) =>
    // Plans that delete too much at once have tests of their own.
    policyOf({
      rules,
      ...(mesh === undefined ? {} : { mesh }),
      drift: { onUntag },
      guardrails: { routesPerTable, widerRoutes, equalRoutes, maxDeletesPercent: 100, ...ipam },
    }),
  );

function peeringArbitrary(peeringId: string): fc.Arbitrary<Peering> {
  return fc
    .record({
      local: fc.constantFrom(...LOCAL),
      remote: fc.constantFrom(...REMOTE, ...LOCAL),
      outbound: fc.boolean(),
      status: fc.constantFrom(...STATUSES),
      tags: fc.constantFrom<Record<string, string>[]>(
        {},
        { [`${PREFIX}:routes-synced-at`]: '2026-01-31T12:00:00.000Z' },
        { [`${PREFIX}:routes-synced-at`]: '2026-01-31T12:00:00.000Z 0123456789abcdef alpha beta' },
        { [`${PREFIX}:routes-synced-at`]: '2026-01-31T12:00:00.000Z', [`${PREFIX}:rule`]: 'alpha' },
      ),
    })
    .filter(({ local, remote }) => local.vpcId !== remote.vpcId)
    .map(({ local, remote, outbound, status, tags }) =>
      outbound
        ? peering(peeringId, local, remote, { status, tags })
        : peering(peeringId, remote, local, { status, tags }),
    );
}

const DESTINATIONS = [
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.2.0.0/16',
  '10.3.0.0/16',
  '10.64.0.0/16',
  '10.64.8.0/24',
  '10.64.9.0/24',
  '10.64.128.0/17',
  '10.65.0.0/16',
  '10.66.0.0/16',
  '10.66.0.0/17',
  '10.67.0.0/16',
  '100.64.66.0/24',
  '192.168.0.0/24',
  '2001:db8:2::/56',
  '2001:db8:64::/56',
  '2001:db8:67::/56',
  'pl-0123456789abcdef0',
  'pl-0123456789abcdef1',
] as const;

const LISTS: fc.Arbitrary<readonly PrefixList[]> = fc
  .record({
    cidrs: fc.constantFrom(
      ['10.64.0.0/16'],
      ['10.64.8.0/24', '10.66.0.0/16', '192.168.7.0/24'],
      ['2001:db8:64::/56'],
      ['10.0.0.0/8'],
      undefined,
    ),
    spare: fc.nat({ max: 2 }),
  })
  .map(({ cidrs, spare }) => [
    prefixList('pl-0123456789abcdef0', cidrs, { maxEntries: (cidrs?.length ?? 1) + spare }),
    prefixList('pl-0123456789abcdef1', undefined, { owner: 'aws' }),
  ]);

/** A route that can lie in a table of the VPC: EC2 takes no peering of another VPC as its target. */
function routeArbitrary(local: Vpc, peerings: readonly Peering[]): fc.Arbitrary<Route> {
  const own = peerings
    .filter(({ requester, accepter }) => [requester.vpcId, accepter.vpcId].includes(local.vpcId))
    .map(({ peeringId }) => peeringId);
  return fc
    .record({
      destination: fc.constantFrom(...DESTINATIONS),
      targetId: fc.constantFrom(
        ...own,
        ...own,
        ...own,
        'pcx-vanished',
        'tgw-1',
        'nat-1',
        'igw-1',
        'eni-1',
        'vpce-1',
        // Kinds that the product has no word for: a carrier, local or egress-only gateway, a core network.
        'cagw-1',
        'lgw-1',
      ),
      propagated: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
      state: fc.constantFrom<Route['state'][]>('active', 'active', 'blackhole'),
    })
    .filter(({ destination }) => !local.cidrs.includes(destination))
    .map(({ destination, targetId, propagated, state }) =>
      propagated && !destination.startsWith('pl-')
        ? route(destination, 'vgw-1', { origin: 'EnableVgwRoutePropagation' })
        : route(destination, targetId, targetId.startsWith('pcx-') ? {} : { state }),
    );
}

function tableArbitrary(routeTableId: string, peerings: readonly Peering[]): fc.Arbitrary<RouteTable> {
  return fc.constantFrom(...LOCAL).chain((local) =>
    fc
      .record({
        optIn: fc.constantFrom(
          undefined,
          '*',
          '*',
          'alpha',
          'alpha beta',
          'beta gamma',
          'unknown',
          'none',
          '',
        ),
        gateway: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
        routes: fc.uniqueArray(routeArbitrary(local, peerings), {
          maxLength: 8,
          // A propagated route may lie beside a static one to the same destination.
          selector: ({ destination, origin }) => `${destination} ${origin === 'CreateRoute'}`,
        }),
      })
      .map(({ optIn, gateway, routes }) =>
        table(
          routeTableId,
          local,
          gateway ? routes.filter(({ target }) => target.kind !== 'peering') : routes,
          {
            ...(optIn === undefined ? {} : { optIn }),
            ...(gateway ? { gatewayId: 'igw-1' } : {}),
          },
        ),
      ),
  );
}

/** A registry that is right about some routes, and wrong about some: others changed what it names, or took it away. */
function ownArbitrary(
  tables: readonly RouteTable[],
  peerings: readonly Peering[],
): fc.Arbitrary<readonly OwnRouteOfTable[]> {
  const there = tables.flatMap(({ routeTableId, routes }) =>
    routes
      .filter(({ target, destination }) => target.kind === 'peering' && !destination.startsWith('pl-'))
      .map(({ destination, target }) => ({ routeTableId, destination, peeringId: target.id })),
  );
  const wanted = tables.flatMap(({ routeTableId, vpcId }) =>
    peerings.flatMap(({ peeringId, requester, accepter }) => {
      const far = requester.vpcId === vpcId ? accepter : accepter.vpcId === vpcId ? requester : undefined;
      return (far?.cidrs ?? []).map((destination) => ({ routeTableId, destination, peeringId }));
    }),
  );
  const withRule = fc.constantFrom(...RULES);
  const some = (routes: readonly Omit<OwnRouteOfTable, 'rule'>[]) => fc.subarray([...routes]);
  return fc
    .tuple(some(wanted), some(there), fc.array(withRule, { minLength: 8, maxLength: 8 }), fc.boolean())
    .map(([gone, right, rules, hasAny]) => {
      const byPlace = new Map(
        (hasAny ? [...gone, ...right] : []).map((each) => [`${each.routeTableId} ${each.destination}`, each]),
      );
      return [...byPlace.values()].map((each, index) => ({ ...each, rule: rules[index % 8] ?? 'alpha' }));
    });
}

/** Where the VPCs of the scenarios have subnets. */
const SUBNETS: Readonly<Record<string, readonly string[]>> = {
  'vpc-a': ['10.1.1.0/24', '10.1.2.0/24'],
  'vpc-b': ['10.2.1.0/24', '100.64.2.0/24', '2001:db8:2:1::/64'],
  'vpc-c': ['10.3.0.0/16'],
  'vpc-r1': ['10.64.8.0/24', '10.64.9.0/24', '10.64.128.0/17'],
  'vpc-r2': ['10.64.9.0/24', '2001:db8:64::/64'],
  'vpc-r3': ['10.64.8.0/25', '10.65.4.0/24'],
  'vpc-r4': ['10.66.0.0/17', '10.66.128.0/17'],
  'vpc-r5': ['10.67.1.0/24', '10.67.2.0/23', '2001:db8:67:7::/64'],
};

function subnetsArbitrary({ vpcId, accountId, ...rest }: Vpc): fc.Arbitrary<PeerSubnets> {
  const cidrs = SUBNETS[vpcId] ?? [];
  const tags = fc.constantFrom<Record<string, string>[]>({ Tier: 'shared' }, { Tier: 'private' }, {});
  const some = fc
    .tuple(fc.subarray([...cidrs]), fc.array(tags, { minLength: 4, maxLength: 4 }))
    .map(([there, tagged]) =>
      there.map((cidr, index) =>
        subnet(`subnet-${vpcId}-${cidr}`, { vpcId, accountId, ...rest }, cidr, tagged[index] ?? {}),
      ),
    );
  const none = fc.constant<PeerSubnets>({ seen: 'none', problem: 'nobody may read them.' });
  return accountId === OWN
    ? fc.oneof({ weight: 4, arbitrary: some.map((subnets): PeerSubnets => ({ seen: 'all', subnets })) }, none)
    : fc.oneof(
        some.map(
          (subnets): PeerSubnets =>
            subnets.length === 0 ? { seen: 'none', problem: 'it shares none.' } : { seen: 'shared', subnets },
        ),
        none,
      );
}

const SUBNETS_OF_ALL: fc.Arbitrary<Readonly<Record<string, PeerSubnets>>> = fc
  .tuple(...[...LOCAL, ...REMOTE].map((each) => subnetsArbitrary(each)))
  .map((all) =>
    Object.fromEntries([...LOCAL, ...REMOTE].map(({ vpcId }, index) => [vpcId, all[index] as PeerSubnets])),
  );

export const scenarioArbitrary: fc.Arbitrary<Scenario> = fc
  .tuple(
    policyArbitrary,
    fc
      .integer({ min: 0, max: 6 })
      .chain((count) =>
        fc.tuple(...Array.from({ length: count }, (_, index) => peeringArbitrary(`pcx-${index + 1}`))),
      ),
    LISTS,
    SUBNETS_OF_ALL,
  )
  .chain(([policy, peerings, prefixLists, peerSubnets]) =>
    fc
      .integer({ min: 1, max: 5 })
      .chain((count) =>
        fc.tuple(
          ...Array.from({ length: count }, (_, index) => tableArbitrary(`rtb-${index + 1}`, peerings)),
        ),
      )
      .chain((tables) =>
        ownArbitrary(tables, peerings).map((own) => ({
          policy,
          own,
          account: {
            accountId: OWN,
            region: REGION,
            vpcs: LOCAL,
            // Marks of an older version tell what the registry knows nothing of.
            peerings: own.length === 0 ? peerings : peerings.map((each) => ({ ...each, tags: {} })),
            tables,
            prefixLists,
            peerSubnets,
          },
        })),
      ),
  );

/** The same things in another order. */
export function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  return items
    .map((item, index) => ({ item, at: Math.imul(index + 1, seed | 1) >>> 0 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
