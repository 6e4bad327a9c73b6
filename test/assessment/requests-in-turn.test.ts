import fc from 'fast-check';
import type { Change } from '../../lib/model/change.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import type { Vpc } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { PEER, peering, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';
import { runs } from '../support/runs.ts';

/** Requests are decided one after the other: each meets what those before it, and live peerings, take up of the route tables. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);

interface Room {
  readonly routesPerTable: number;
  /** Of peerings that live and are not routed yet. */
  readonly live?: readonly string[];
  /** Of requests, the oldest first. */
  readonly requests: readonly string[];
  readonly routes?: readonly Route[];
}

function peer(kind: string, index: number, cidr: string): Vpc {
  return vpc(`vpc-${kind}${index}`, [cidr], { accountId: PEER });
}

function assessed({ routesPerTable, live = [], requests, routes = [] }: Room) {
  const network = {
    vpcs: [HERE],
    peerings: [
      ...live.map((cidr, index) => peering(`pcx-l${index}`, peer('l', index, cidr), HERE)),
      ...requests.map((cidr, index) =>
        peering(`pcx-r${index}`, peer('r', index, cidr), HERE, { status: 'pending-acceptance' }),
      ),
    ],
    tables: [table('rtb-a', HERE, routes, { optIn: '*' })],
  };
  return assessmentOf(judgingOf(network, { guardrails: { routesPerTable, quotaHeadroom: 0 } }));
}

function decisions(room: Room): string[] {
  return assessed(room).requests.map(
    ({ peering: { peeringId }, decision }) => `${peeringId} ${decision.decision}`,
  );
}

describe('requests to one VPC', () => {
  it('are accepted as long as the tables have room for the routes of all of them', () => {
    const requests = ['10.64.0.0/16', '10.65.0.0/16'];
    expect(decisions({ routesPerTable: 2, requests })).toEqual(['pcx-r0 accept', 'pcx-r1 accept']);
    expect(decisions({ routesPerTable: 1, requests })).toEqual(['pcx-r0 accept', 'pcx-r1 hold']);
  });

  it('find taken what a live peering is about to get', () => {
    const room = { live: ['10.70.0.0/16'], requests: ['10.64.0.0/16'] };
    expect(decisions({ ...room, routesPerTable: 2 })).toEqual(['pcx-r0 accept']);
    expect(decisions({ ...room, routesPerTable: 1 })).toEqual(['pcx-r0 hold']);
    expect(assessed({ ...room, routesPerTable: 1 }).requests[0]?.decision.reasons.join(' ')).toContain(
      'routes find no room beside the 0 of at most 1 that count against the quota (guardrails.routesPerTable) and the 1 that other peerings of the VPC are about to get',
    );
  });

  it('need no room for what a live peering will not get, as something is in its way', () => {
    expect(
      decisions({
        live: ['10.70.0.0/16'],
        requests: ['10.64.0.0/16'],
        routes: [route('10.70.0.0/17', 'tgw-1')],
        routesPerTable: 2,
      }),
    ).toEqual(['pcx-r0 accept']);
  });

  it('need no room for what a live peering has', () => {
    expect(
      decisions({
        live: ['10.70.0.0/16'],
        requests: ['10.64.0.0/16'],
        routes: [route('10.70.0.0/16', 'pcx-l0')],
        routesPerTable: 2,
      }),
    ).toEqual(['pcx-r0 accept']);
  });

  it('find the room that routes of ended peerings leave, as these go in the same look', () => {
    const room = { requests: ['10.64.0.0/16'], routesPerTable: 1 };
    const gone = route('10.70.0.0/16', 'pcx-gone', { state: 'blackhole' });
    expect(decisions({ ...room, routes: [gone] })).toEqual(['pcx-r0 accept']);
    const { changes } = assessed({ ...room, routes: [gone] });
    expect(changes.map(({ action, destination }) => `${action} ${destination}`)).toEqual([
      'delete 10.70.0.0/16',
      'create 10.64.0.0/16',
    ]);
    // A dead route to elsewhere is nobody's to remove.
    const elsewhere = route('10.70.0.0/16', 'tgw-gone', { state: 'blackhole' });
    expect(decisions({ ...room, routes: [elsewhere] })).toEqual(['pcx-r0 hold']);
  });

  it('that are accepted together all find room for their routes, however many there are', () => {
    const room = fc.record({
      routesPerTable: fc.integer({ min: 1, max: 8 }),
      live: fc.integer({ min: 0, max: 4 }),
      requests: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(room, ({ routesPerTable, live, requests }) => {
        const cidrs = (second: number, count: number) =>
          Array.from({ length: count }, (_, index) => `10.${second + index}.0.0/16`);
        const { requests: answered, findings } = assessed({
          routesPerTable,
          live: cidrs(100, live),
          requests: cidrs(150, requests),
        });
        const accepted = answered.filter(({ decision }) => decision.decision === 'accept').length;
        expect(Math.min(live, routesPerTable) + accepted).toBeLessThanOrEqual(routesPerTable);
        // As many as fit, once the live peerings have theirs.
        expect(accepted).toBe(Math.min(requests, Math.max(0, routesPerTable - live)));
        expect(findings.filter(({ kind }) => kind === 'over-limit').length > 0).toBe(live > routesPerTable);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('a dead route to a request that is rejected', () => {
  const rejected = vpc('vpc-no', ['10.3.0.0/16'], { accountId: STRANGER });
  const wanted = vpc('vpc-yes', ['10.3.128.0/17'], { accountId: PEER });
  const pending = { status: 'pending-acceptance' } as const;
  const rules = [
    { name: 'no', effect: 'reject', remote: { accounts: [STRANGER] } },
    { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } },
  ];

  it.each([
    ['before', 'pcx-0'],
    ['after', 'pcx-2'],
  ])('holds no other request, whether it was asked %s that one', (_, peeringId) => {
    const network = {
      vpcs: [HERE],
      peerings: [peering(peeringId, rejected, HERE, pending), peering('pcx-1', wanted, HERE, pending)],
      tables: [
        table('rtb-a', HERE, [route('10.3.0.0/16', peeringId, { state: 'blackhole' })], { optIn: '*' }),
      ],
    };
    const { requests, changes } = assessmentOf(judgingOf(network, { rules }));
    expect(
      new Map(requests.map(({ peering: { peeringId: id }, decision }) => [id, decision.decision])),
    ).toEqual(
      new Map([
        [peeringId, 'reject'],
        ['pcx-1', 'accept'],
      ]),
    );
    expect(
      changes.map(({ action, destination, heldBy }) => `${action} ${destination} ${heldBy}`).sort(),
    ).toEqual(['create 10.3.128.0/17 acceptance', 'delete 10.3.0.0/16 rejection']);
  });
});

describe('an own route that the same look deletes', () => {
  const rules = [
    { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } },
    { name: 'others', effect: 'accept', remote: { accounts: [STRANGER] } },
  ];
  const asks = peering('pcx-1', vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER }), HERE, {
    status: 'pending-acceptance',
  });
  const moved = peering('pcx-o', vpc('vpc-o', ['10.70.0.0/16'], { accountId: PEER }), HERE);
  const DEAD = { state: 'blackhole' } as const;
  const TGW = route('10.64.0.0/16', 'tgw-1');

  interface Had {
    readonly routes: readonly Route[];
    /** Destinations of own routes to pcx-o that rule peers once wanted. */
    readonly own: readonly string[];
    readonly optIn?: string;
    readonly live?: true;
    readonly destinations?: unknown;
  }

  function judgedWith({ routes, own, optIn, live, destinations }: Had) {
    const tables = [
      table('rtb-a', HERE, routes, optIn === undefined ? {} : { optIn }),
      table('rtb-b', HERE, [], { optIn: '*' }),
    ];
    const peerings = live ? [asks, moved] : [asks];
    const [first, ...rest] = rules;
    const routed = [
      { ...first, ...(destinations === undefined ? {} : { routes: { destinations } }) },
      ...rest,
    ];
    const registry = new Map(own.map((each) => [each, { peeringId: 'pcx-o', rule: 'peers' }]));
    return assessmentOf({
      ...judgingOf({ vpcs: [HERE], peerings, tables }, { rules: routed }),
      memory: new Map([[REGION, { ...NOTHING_REMEMBERED, routes: new Map([['rtb-a', registry]]) }]]),
    });
  }

  const decided = (had: Had) => judgedWith(had).requests.map(({ decision }) => decision.decision);
  const deleted = (had: Had) =>
    judgedWith(had).changes.flatMap(({ action, destination }) => (action === 'create' ? [] : [destination]));

  it.each<[string, Had]>([
    [
      'that is dead, in a table that takes other rules now: what is in the way there is in no way of this rule',
      { routes: [route('10.70.0.0/16', 'pcx-o', DEAD), TGW], own: ['10.70.0.0/16'], optIn: 'others' },
    ],
    [
      'at addresses that the VPC at the other end has no more',
      { routes: [route('10.64.0.0/16', 'pcx-o')], own: ['10.64.0.0/16'], optIn: '*', live: true },
    ],
    [
      'at some of these addresses',
      { routes: [route('10.64.7.0/24', 'pcx-o', DEAD)], own: ['10.64.7.0/24'], optIn: 'peers', live: true },
    ],
  ])('holds no request: one %s', (_, had) => {
    expect(deleted(had)).toEqual(had.own);
    expect(decided(had)).toEqual(['accept']);
  });

  it('holds it where the route hides a wider one to elsewhere, which has the addresses once it is gone', () => {
    const routes = [route('10.64.0.0/16', 'pcx-o'), route('10.0.0.0/8', 'tgw-1')];
    const had: Had = { routes, own: ['10.64.0.0/16'], optIn: '*', live: true };
    expect(deleted(had)).toEqual(['10.64.0.0/16']);
    expect(decided(had)).toEqual(['hold']);
  });

  it.each<[string, Had]>([
    [
      'of an ended peering stays, as its table has lost its tag',
      { routes: [route('10.70.0.0/16', 'pcx-o', DEAD), TGW], own: ['10.70.0.0/16'] },
    ],
    [
      'is not its own: somebody else made it',
      { routes: [route('10.64.0.0/16', 'pcx-o')], own: [], optIn: '*', live: true },
    ],
    [
      'stays, as its table has lost the tag of its rule',
      { routes: [route('10.64.0.0/16', 'pcx-o')], own: ['10.64.0.0/16'], live: true },
    ],
    [
      'stays, as which subnets the rule routes is not known',
      {
        routes: [route('10.64.0.0/16', 'pcx-o')],
        own: ['10.64.0.0/16'],
        optIn: '*',
        live: true,
        destinations: { subnetTags: { routed: ['yes'] } },
      },
    ],
  ])('holds it where the route %s', (_, had) => {
    expect(deleted(had)).toEqual([]);
    expect(decided(had)).toEqual(['hold']);
  });

  it('never holds what the next look accepts, once its deletes are made', () => {
    const blocks = ['10.64.0.0/16', '10.64.7.0/24', '10.0.0.0/8', '10.70.0.0/16', '10.71.0.0/16'] as const;
    const routed = fc.record({
      destination: fc.constantFrom(...blocks),
      target: fc.constantFrom('pcx-o', 'pcx-o', 'tgw-1'),
      isDead: fc.boolean(),
    });
    const had = fc.record({
      routes: fc
        .uniqueArray(routed, { selector: ({ destination }) => destination, maxLength: 4 })
        .map((each) =>
          each.map(({ destination, target, isDead }) => route(destination, target, isDead ? DEAD : {})),
        ),
      own: fc.subarray([...blocks]),
      optIn: fc.option(fc.constantFrom('*', 'peers', 'others', 'no-rule'), { nil: undefined }),
      live: fc.option(fc.constant(true as const), { nil: undefined }),
    });
    let accepted = 0;
    fc.assert(
      fc.property(had, ({ optIn, live, ...rest }) => {
        const now: Had = { ...rest, ...(optIn && { optIn }), ...(live && { live }) };
        const { requests, changes } = judgedWith(now);
        const gone = changes.filter(({ action, heldBy }) => action === 'delete' && heldBy === undefined);
        // Of routes that work the answer waits until they are gone.
        const isNone = ({ seen }: Change) =>
          seen?.state === 'blackhole' || seen?.destination.startsWith('10.64.');
        if (gone.length === 0 || !gone.every(isNone)) return;
        const isGone = ({ destination }: Pick<Route, 'destination'>) =>
          gone.some((change) => change.destination === destination);
        const then = { ...now, routes: now.routes.filter((each) => !isGone(each)) };
        const left = now.own.filter((destination) => !isGone({ destination }));
        expect(requests.map(({ decision }) => decision.decision)).toEqual(decided({ ...then, own: left }));
        accepted += requests.filter(({ decision }) => decision.decision === 'accept').length;
      }),
      { numRuns: runs(400) },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('a request that rules for parts of a VPC match', () => {
  const CIDRS = ['10.64.0.0/16', '10.65.0.0/16', '172.30.0.0/16'] as const;
  const blocks = (maxLength: number) =>
    fc.subarray([...CIDRS, '10.64.0.0/17', '10.64.0.0/15'], { minLength: 1, maxLength });
  const rule = (name: string) =>
    fc.record({
      name: fc.constant(name),
      effect: fc.constant('accept'),
      remote: fc.record({ accounts: fc.constant([PEER]), cidrs: fc.oneof(fc.constant([]), blocks(3)) }),
      routes: fc.record({ destinations: fc.oneof(fc.constant('all'), blocks(2)) }),
    });
  const given = fc.record({
    rules: fc.tuple(rule('a'), rule('b'), rule('c')),
    cidrs: fc.subarray([...CIDRS], { minLength: 1 }),
    routes: fc.subarray(['10.64.0.0/16', '10.64.128.0/17', '10.65.9.0/24', '172.30.0.0/16']),
    widest: fc.constantFrom(8, 16),
  });

  it('is accepted only if nothing is in the way of what is routed once it is, by whichever rule that is', () => {
    let accepted = 0;
    fc.assert(
      fc.property(given, ({ rules, cidrs, routes, widest }) => {
        const asks = vpc('vpc-r', cidrs, { accountId: PEER });
        const network = (status: 'pending-acceptance' | 'active') => ({
          vpcs: [HERE],
          peerings: [peering('pcx-r', asks, HERE, { status })],
          tables: [
            table(
              'rtb-a',
              HERE,
              routes.map((each) => route(each, 'tgw-1')),
              { optIn: '*' },
            ),
          ],
        });
        const policy = { rules, guardrails: { maxRemotePrefix: { ipv4: widest } } };
        const before = assessmentOf(judgingOf(network('pending-acceptance'), policy));
        const once = assessmentOf(judgingOf(network('active'), policy));
        const inTheWay = once.findings.filter(({ kind }) => kind === 'conflict' || kind === 'shadowed');
        const { decision, effect } = before.requests[0]?.decision ?? {};
        if (decision === 'accept') {
          accepted += 1;
          expect(inTheWay).toEqual([]);
        } else if (effect === 'accept') {
          // And held for nothing else.
          expect(inTheWay.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs(300) },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});
