import fc from 'fast-check';
import type { RegionMemory } from '../../lib/model/memory.ts';
import { isPrefixListId, type Route } from '../../lib/model/route-table.ts';
import { inCidr, parseAddress, parseCidr } from '../../lib/network/cidr.ts';
import { coverageOf } from '../../lib/routing/coverage.ts';
import { inventory, PEER, peering, policyOf, prefixList, route, table, vpc } from '../support/fixtures.ts';
import { planOf, registryOf } from '../support/plan-of.ts';

/** Two prefix lists that have the same block and lead it to different targets: which one has it, AWS does not say. */

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const WISH = 'rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers), but';

interface Parts {
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  readonly policy?: Record<string, unknown>;
  readonly memory?: RegionMemory;
  readonly status?: 'active' | 'pending-acceptance';
}

const SAME = { 'pl-1': ['10.64.0.0/16'], 'pl-2': ['10.64.0.0/16'] };

function planFor(routes: readonly Route[], { lists = SAME, policy, memory, status = 'active' }: Parts = {}) {
  const pcx =
    status === 'active' ? peering('pcx-1', local, remote) : peering('pcx-1', remote, local, { status });
  const { changes, findings, requests } = planOf(
    inventory({
      vpcs: [local],
      peerings: [pcx],
      tables: [table('rtb-1', local, routes, { optIn: '*' })],
      prefixLists: Object.entries(lists).map(([id, cidrs]) => prefixList(id, cidrs)),
    }),
    policyOf(policy),
    memory === undefined ? {} : { memory },
  );
  return {
    changes: changes.map(({ action, destination, peeringId }) => `${action} ${destination} ${peeringId}`),
    kinds: findings.map(({ kind }) => kind),
    details: findings.map(({ detail }) => detail),
    reasons: requests.flatMap(({ decision }) => decision.reasons),
    decided: requests.map(({ decision }) => decision.decision),
  };
}

const ORDERS = [
  ['first', [route('pl-1', 'pcx-1'), route('pl-2', 'tgw-1')]],
  ['last', [route('pl-2', 'tgw-1'), route('pl-1', 'pcx-1')]],
] as const;

describe('a block that one list leads to the peering and another one elsewhere', () => {
  it.each(ORDERS)(
    'is not taken over, nor called routed, and the finding names both: the one to the peering %s',
    (_, routes) => {
      expect(planFor(routes)).toMatchObject({
        changes: [],
        kinds: ['conflict'],
        details: [
          `${WISH} has 10.64.0.0/16 in two prefix lists, pl-1 to pcx-1 and pl-2 to tgw-1: AWS picks one of them, and which is not known. If its addresses shall use the peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.0.0/16 --vpc-peering-connection-id pcx-1 (nothing else moves). To leave it as it is, exclude 10.64.0.0/16 from rule peers (routes.exclude).`,
        ],
      });
    },
  );

  it.each(ORDERS)(
    'has its own route made again where that is missing: the one to the peering %s',
    (_, routes) => {
      expect(planFor(routes, { memory: registryOf(['rtb-1 10.64.0.0/16 pcx-1']) })).toMatchObject({
        changes: ['create 10.64.0.0/16 pcx-1'],
        kinds: ['missing'],
        details: [`${WISH.replace(', but', '')}, but has no such route any more.`],
      });
    },
  );

  it.each(ORDERS)(
    'holds a request, which names the one elsewhere: the one to the peering %s',
    (_, routes) => {
      const guardrails = { widerRoutes: 'allow', equalRoutes: 'wait' };
      const { decided, reasons } = planFor(routes, { status: 'pending-acceptance', policy: { guardrails } });
      expect(decided).toEqual(['hold']);
      expect(reasons).toContain(
        '10.64.0.0/16 overlaps 10.64.0.0/16 of prefix list pl-2, which may go to tgw-1: another prefix list has it, too, and AWS picks one, in rtb-1.',
      );
    },
  );

  it('is taken over where it is wider and the policy says that peering routes win', () => {
    const lists = { 'pl-1': ['10.64.0.0/15'], 'pl-2': ['10.64.0.0/15'] };
    const [, routes] = ORDERS[0];
    expect(planFor(routes, { lists }).details[0]).toContain(
      '(nothing else moves). guardrails.widerRoutes: allow lets it, too, but for the whole policy',
    );
    const policy = { guardrails: { widerRoutes: 'allow' } };
    expect(planFor(routes, { lists, policy }).changes).toEqual(['create 10.64.0.0/16 pcx-1']);
  });

  it.each([
    ['both lead to the peering', [route('pl-1', 'pcx-1'), route('pl-2', 'pcx-1')]],
    [
      'a static route has it, which goes before lists',
      [route('pl-1', 'pcx-1'), route('pl-2', 'tgw-1'), route('10.64.0.0/16', 'pcx-1')],
    ],
    [
      'narrower routes have all of it',
      [
        route('pl-1', 'pcx-1'),
        route('pl-2', 'tgw-1'),
        route('10.64.0.0/17', 'pcx-1'),
        route('10.64.128.0/17', 'pcx-1'),
      ],
    ],
  ])('is in place where %s', (_, routes) => {
    expect(planFor(routes)).toMatchObject({ changes: [], kinds: [] });
  });

  it('is said to be not known where the share of the other VPC is told', () => {
    const [, routes] = ORDERS[0];
    const known = new Map(Object.entries(SAME).map(([id, cidrs]) => [id, prefixList(id, cidrs)]));
    const blocks = remote.cidrs.map(parseCidr);
    expect(coverageOf(table('rtb-1', local, routes), 'pcx-1', blocks, known)).toEqual({
      kind: 'unknown',
      why: 'rtb-1 has 10.64.0.0/16 in two prefix lists, pl-1 and pl-2: AWS picks one, and which is not known',
    });
    expect(coverageOf(table('rtb-1', local, routes), 'pcx-2', blocks, known)).toEqual({
      kind: 'known',
      routed: [],
    });
  });
});

it('a block that two lists lead to two targets elsewhere is said to go to neither for sure', () => {
  const routes = [route('pl-1', 'tgw-1'), route('pl-2', 'tgw-2')];
  expect(planFor(routes)).toMatchObject({
    changes: [],
    kinds: ['conflict'],
    details: [
      `${WISH} has 10.64.0.0/16 in two prefix lists, pl-1 to tgw-1 and pl-2 to tgw-2: AWS picks one of them, and which is not known; and the new route would take that traffic over. If its addresses shall use the peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.0.0/16 --vpc-peering-connection-id pcx-1 (nothing else moves). To leave it as it is, exclude 10.64.0.0/16 from rule peers (routes.exclude).`,
    ],
  });
  const three = [route('pl-1', 'tgw-1'), route('pl-3', 'pcx-1'), route('pl-2', 'tgw-2')];
  expect(planFor(three, { lists: { ...SAME, 'pl-3': ['10.64.0.0/16'] } }).details[0]).toContain(
    'in 3 prefix lists, pl-3 to pcx-1, pl-1 to tgw-1 and pl-2 to tgw-2: AWS picks one of them, and which is not known. If its addresses shall use the peering, run: aws ec2 create-route',
  );
});

describe('a part of a destination that two lists lead to different targets', () => {
  const lists = { 'pl-1': ['10.64.8.0/24', '10.64.9.0/24'], 'pl-2': ['10.64.8.0/24'] };
  const OWN_ROUTE = route('10.64.0.0/16', 'pcx-1');
  const has = (part: string) => `${WISH} ${part}`;
  const UNKNOWN = 'AWS picks one of them, and which is not known';

  it.each([
    [
      'neither of them the peering',
      [route('pl-1', 'tgw-1'), route('pl-2', 'nat-9', { state: 'blackhole' })],
      'pl-1 to tgw-1 (transit-gateway) and pl-2 to nat-9 (nat-gateway, a blackhole)',
    ],
    [
      'one of them the peering',
      [route('pl-1', 'tgw-1'), route('pl-2', 'pcx-1')],
      'pl-1 to tgw-1 (transit-gateway) and pl-2 to pcx-1',
    ],
  ])('is said to go nowhere for sure, once: %s', (_, toLists, targets) => {
    const { kinds, details, changes } = planFor([OWN_ROUTE, ...toLists], { lists });
    expect(changes).toEqual([]);
    expect(kinds).toEqual(['shadowed', 'shadowed']);
    expect(details).toEqual([
      `${has(`has 10.64.8.0/24, a part of it, in two prefix lists, ${targets}`)}: ${UNKNOWN}. A more specific route always wins. If its addresses shall use the peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.8.0/24 --vpc-peering-connection-id pcx-1 (nothing else moves). To leave it as it is, exclude 10.64.8.0/24 from rule peers (routes.exclude), which makes 8 routes of 10.64.0.0/16 in each table that takes the rule.`,
      expect.stringContaining('sends 10.64.9.0/24, a part of it (pl-1), to tgw-1 (transit-gateway)'),
    ]);
    expect(planFor([OWN_ROUTE, ...toLists.toReversed()], { lists }).details).toEqual(details);
  });

  it('goes where both lead', () => {
    const both = [OWN_ROUTE, route('pl-1', 'tgw-1'), route('pl-2', 'tgw-1')];
    const { details } = planFor(both, { lists });
    expect(details.join('\n')).not.toContain(UNKNOWN);
    expect(details).toHaveLength(2);
  });

  it("is nobody's who has only lists: a static route goes before both", () => {
    const routes = [
      OWN_ROUTE,
      route('pl-1', 'tgw-1'),
      route('pl-2', 'tgw-2'),
      route('10.64.8.0/24', 'pcx-1'),
    ];
    expect(planFor(routes, { lists }).details).toEqual([expect.stringContaining('10.64.9.0/24')]);
  });
});

const BLOCKS = ['10.64.0.0/15', '10.64.0.0/16', '10.64.0.0/17', '10.64.128.0/17', '10.64.8.0/24'] as const;
/** One in each part into which these blocks cut the destination. */
const ADDRESSES = ['10.64.0.1', '10.64.8.1', '10.64.9.1', '10.64.128.1'].map(parseAddress);

/** By AWS's rules alone: all targets that may have an address. */
function targetsOf(
  routes: readonly Route[],
  lists: Readonly<Record<string, readonly string[]>>,
  address: (typeof ADDRESSES)[number],
): ReadonlySet<string> {
  const found = routes.flatMap(({ destination, target }) =>
    (lists[destination] ?? (isPrefixListId(destination) ? [] : [destination]))
      .map(parseCidr)
      .filter((cidr) => inCidr(cidr, address))
      .map(({ prefix }) => ({ prefix, isStatic: isPrefixListId(destination) ? 0 : 1, id: target.id })),
  );
  const best = found.reduce((most, { prefix, isStatic }) => Math.max(most, prefix * 2 + isStatic), -1);
  return new Set(found.filter(({ prefix, isStatic }) => prefix * 2 + isStatic === best).map(({ id }) => id));
}

it('a destination is called routed only where AWS leads every address to its peering for sure, in whatever order', () => {
  const blocks = fc.uniqueArray(fc.constantFrom(...BLOCKS), { maxLength: 4 });
  const targets = fc.constantFrom('pcx-1', 'pcx-1', 'tgw-1');
  const network = fc.record({
    lists: fc.record({ 'pl-1': blocks, 'pl-2': blocks, 'pl-3': blocks }),
    byList: fc.tuple(targets, targets, targets),
    statics: fc.uniqueArray(fc.tuple(fc.constantFrom(...BLOCKS), targets), {
      selector: ([block]) => block,
      maxLength: 2,
    }),
  });
  fc.assert(
    fc.property(network, ({ lists, byList, statics }) => {
      const routes = [
        ...byList.map((target, index) => route(`pl-${index + 1}`, target)),
        ...statics.map(([block, target]) => route(block, target)),
      ];
      const isRouted = ADDRESSES.every((address) => {
        const found = targetsOf(routes, lists, address);
        return found.size === 1 && found.has('pcx-1');
      });
      const { changes, kinds, details } = planFor(routes, { lists });
      const saysSo = changes.length === 0 && kinds.every((kind) => kind === 'unexpected');
      expect(saysSo).toBe(isRouted);
      const again = planFor([...routes].reverse(), { lists });
      expect(again.changes).toEqual(changes);
      expect(again.kinds).toEqual(kinds);
      expect(details.every((detail) => detail.length > 0)).toBe(true);
      const targetsByList = (block = '') =>
        new Set(
          Object.values(lists).flatMap((list, index) =>
            list.some((each) => each === block) ? [byList[index]] : [],
          ),
        ).size;
      for (const detail of details) {
        const [, sure] = /sends (\S+), a part of it \(pl-/.exec(detail) ?? [];
        const [, unsure] = /has (\S+), a part of it, in \S+ prefix lists/.exec(detail) ?? [];
        if (sure !== undefined) expect(targetsByList(sure)).toBe(1);
        if (unsure !== undefined) expect(targetsByList(unsure)).toBe(2);
      }
    }),
  );
});
