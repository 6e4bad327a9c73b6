import { driftMetrics } from '../../lib/assessment/metrics.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route } from '../../lib/model/route-table.ts';
import {
  inventory,
  PEER,
  peering,
  policyOf,
  prefixList,
  route,
  SYNCED,
  table,
  vpc,
} from '../support/fixtures.ts';
import { planOf, registryOf } from '../support/plan-of.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.8.0/24'], { accountId: PEER });
const wide = vpc('vpc-w', ['10.64.0.0/16'], { accountId: PEER });
const stranger = vpc('vpc-x', ['10.64.0.0/16'], { accountId: '333333333333' });

interface Parts {
  readonly peerings?: Parameters<typeof inventory>[0]['peerings'];
  readonly policy?: Record<string, unknown>;
  readonly optIn?: string;
  readonly memory?: RegionMemory;
  readonly prefixLists?: readonly PrefixList[];
}

function planFor(
  routes: readonly Route[],
  { peerings = [], policy, optIn = '*', memory = NOTHING_REMEMBERED, prefixLists = [] }: Parts = {},
) {
  const { changes, findings, fingerprints } = planOf(
    inventory({
      vpcs: [local],
      peerings: [peering('pcx-1', local, remote), ...peerings],
      tables: [table('rtb-1', local, routes, { optIn })],
      prefixLists,
    }),
    policyOf(policy),
    { memory },
  );
  return {
    changes: changes.map(({ action, destination, peeringId }) => `${action} ${destination} ${peeringId}`),
    unexpected: findings.filter(({ kind }) => kind === 'unexpected').map(({ detail }) => detail),
    created: changes
      .filter(({ action }) => action === 'create')
      .map(({ destination, peeringId }) => `${destination} ${peeringId}`),
    conflicts: findings
      .filter(({ kind }) => kind === 'conflict')
      .map(({ detail, repairable }) => `${repairable ? 'repairable' : 'left'}: ${detail}`),
    marked: [...fingerprints.keys()],
  };
}

const CREATED = { created: ['10.64.8.0/24 pcx-1'], conflicts: [], marked: ['pcx-1'] };

describe('a new route inside a wider one to elsewhere', () => {
  it('is held back, and the finding says what it would take over and what to do', () => {
    expect(planFor([route('10.64.0.0/16', 'tgw-1')])).toMatchObject({
      created: [],
      conflicts: [
        'left: rtb-1 in us-east-1 should route 10.64.8.0/24 to pcx-1 (rule peers), but sends it to tgw-1 by the ' +
          'route to 10.64.0.0/16, and the new route would take that traffic over. If its addresses shall use ' +
          'the peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.8.0/24 ' +
          '--vpc-peering-connection-id pcx-1 (nothing else moves). guardrails.widerRoutes: allow lets it, too, but for the whole ' +
          'policy, so also for each such route that comes later. To leave it as it is, exclude 10.64.8.0/24 from rule peers (routes.exclude).',
      ],
      marked: [],
    });
  });

  it('names the narrowest of several wider routes', () => {
    const { conflicts } = planFor([route('10.0.0.0/8', 'tgw-1'), route('10.64.0.0/16', 'eni-1')]);
    expect(conflicts).toHaveLength(1);
    expect(conflicts[0]).toContain('sends it to eni-1 by the route to 10.64.0.0/16');
  });

  it.each([
    ['a default route', [route('0.0.0.0/0', 'igw-1')], {}],
    ['a narrower route', [route('10.64.8.0/25', 'tgw-1')], {}],
    ['a prefix list to its own peering whose entries nobody could read', [route('pl-1', 'pcx-1')], {}],
    ['the prefix list of a gateway endpoint', [route('pl-1', 'vpce-1')], {}],
    [
      'a prefix list of other addresses',
      [route('pl-1', 'tgw-1')],
      { prefixLists: [prefixList('pl-1', ['10.65.0.0/16', '0.0.0.0/0'])] },
    ],
    ['a route to a peering that is gone', [route('10.64.0.0/16', 'pcx-gone', { state: 'blackhole' })], {}],
    [
      'a wider route of another managed peering that does not ask for it',
      [route('10.0.0.0/8', 'pcx-2')],
      { peerings: [peering('pcx-2', local, vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER }))] },
    ],
    [
      'any wider route where the policy says that peering routes win',
      [
        route('10.64.0.0/16', 'tgw-1'),
        route('10.64.0.0/20', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
      ],
      { policy: { guardrails: { widerRoutes: 'allow' } } },
    ],
  ] as const)('is made in spite of %s', (_, routes, parts) => {
    const { created, conflicts } = planFor(routes, parts);
    expect({ created: created.filter((each) => each.endsWith(' pcx-1')), conflicts }).toEqual({
      created: CREATED.created,
      conflicts: [],
    });
  });

  it.each(['hold', 'allow'] as const)(
    'is held back by an equal propagated route, over which a static route would win: widerRoutes %s',
    (widerRoutes) => {
      const propagated = route('10.64.8.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
      const { created, conflicts } = planFor([propagated], { policy: { guardrails: { widerRoutes } } });
      expect(created).toEqual([]);
      expect(conflicts).toEqual([
        'left: rtb-1 in us-east-1 should route 10.64.8.0/24 to pcx-1 (rule peers), but sends it to vgw-1 by the ' +
          'route to 10.64.8.0/24, and the new route would take that traffic over. If its addresses shall use the ' +
          'peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.8.0/24 ' +
          '--vpc-peering-connection-id pcx-1 (nothing else moves). To leave it as it is, exclude 10.64.8.0/24 from rule peers (routes.exclude).',
      ]);
    },
  );

  it('is held back by an entry of a prefix list, and the finding names the list', () => {
    const { created, conflicts } = planFor([route('pl-1', 'tgw-1')], {
      prefixLists: [prefixList('pl-1', ['10.64.0.0/16', '10.0.0.0/8'])],
    });
    expect(created).toEqual([]);
    expect(conflicts[0]).toContain('sends it to tgw-1 by the route to 10.64.0.0/16 in prefix list pl-1,');
  });

  it.each([
    ['a wider route', [route('10.64.0.0/16', 'pcx-1')]],
    [
      'a wider route inside one to elsewhere',
      [route('10.64.0.0/16', 'tgw-1'), route('10.64.8.0/22', 'pcx-1')],
    ],
    ['an entry of a prefix list', [route('pl-1', 'pcx-1')]],
    ['two halves of it', [route('10.64.8.0/25', 'pcx-1'), route('10.64.8.128/25', 'pcx-1')]],
  ])('is not needed where its addresses go to the same peering already, by %s', (_, routes) => {
    expect(planFor(routes, { prefixLists: [prefixList('pl-1', ['10.64.8.0/24'])] })).toMatchObject({
      created: [],
      conflicts: [],
    });
  });

  it('is held back where something narrower than a wider route of its peering takes its addresses', () => {
    expect(planFor([route('10.64.0.0/16', 'pcx-1'), route('10.64.8.0/22', 'tgw-1')]).created).toEqual([]);
  });

  it('is made before an own route around it goes', () => {
    const { changes, conflicts } = planFor([route('10.0.0.0/8', 'pcx-1')], {
      memory: registryOf(['rtb-1 10.0.0.0/8 pcx-1']),
    });
    expect(changes).toEqual(['create 10.64.8.0/24 pcx-1', 'delete 10.0.0.0/8 pcx-1']);
    expect(conflicts).toEqual([]);
  });

  it('is not made where another peering wants a wider part of an own route around it, which stays', () => {
    const { changes, conflicts, unexpected } = planFor([route('10.0.0.0/8', 'pcx-1')], {
      peerings: [peering('pcx-2', local, wide)],
      memory: registryOf(['rtb-1 10.0.0.0/8 pcx-1']),
    });
    expect(changes).toEqual([]);
    expect(conflicts).toEqual([
      expect.stringContaining(
        'should route 10.64.0.0/16 to pcx-2 (rule peers), but pcx-1 (rule peers) wants 10.64.8.0/24, a part of it, and has that.',
      ),
    ]);
    expect(unexpected).toEqual([
      expect.stringContaining(
        'because 10.64.8.0/24, which the policy wants there, cannot be routed to pcx-1 by itself now.',
      ),
    ]);
  });

  it('is held back by an own route that stays because rivals want a part of its addresses', () => {
    const twin = vpc('vpc-t', ['10.64.8.0/24'], { accountId: PEER });
    const { changes, conflicts, unexpected } = planFor([route('10.0.0.0/8', 'pcx-1')], {
      peerings: [peering('pcx-2', local, wide), peering('pcx-3', local, twin)],
      memory: registryOf(['rtb-1 10.0.0.0/8 pcx-1']),
    });
    expect(changes).toEqual([]);
    expect(conflicts).toEqual([
      expect.stringContaining(
        'wants 10.64.8.0/24, a part of it, and has that; pcx-3 (rule peers) wants 10.64.8.0/24, a part of it. Decide',
      ),
      expect.stringContaining(
        'wants the same destination and has it; pcx-2 (rule peers) wants 10.64.0.0/16, in which it lies. Decide',
      ),
    ]);
    expect(unexpected).toEqual([
      expect.stringContaining(
        'because 10.64.8.0/24, which the policy wants there, cannot be routed to pcx-1 by itself now.',
      ),
    ]);
  });

  it('is held back where another managed peering wants the wider destination, written or not', () => {
    const peerings = [peering('pcx-2', local, wide)];
    expect(planFor([], { peerings }).created).toEqual([]);
    expect(planFor([route('10.64.0.0/16', 'pcx-2')], { peerings }).created).toEqual([]);
  });

  it.each([
    ['a transit gateway', 'tgw-1'],
    ['a peering that is not managed', 'pcx-9'],
  ])('waits while nobody can read which addresses a prefix list leads to %s', (_, target) => {
    const { changes, findings, notJudged } = planOf(
      inventory({
        vpcs: [local],
        peerings: [peering('pcx-1', local, remote), peering('pcx-9', local, stranger)],
        tables: [table('rtb-1', local, [route('pl-1', target)], { optIn: '*' })],
      }),
      policyOf(),
    );
    expect([changes, findings]).toEqual([[], []]);
    expect(notJudged.map(({ reason }) => reason)).toContain(
      `rtb-1 in us-east-1 should route 10.64.8.0/24 to pcx-1 (rule peers), but whether that takes over what its route to prefix list pl-1 leads to ${target} is not known: its entries were not read. The route waits until the list can be read.`,
    );
  });

  it('is made again beside such a list where it was in place', () => {
    const { changes } = planOf(
      inventory({
        vpcs: [local],
        peerings: [peering('pcx-1', local, remote)],
        tables: [table('rtb-1', local, [route('pl-1', 'tgw-1')], { optIn: '*' })],
      }),
      policyOf(),
      { memory: registryOf(['rtb-1 10.64.8.0/24 pcx-1']) },
    );
    expect(changes.map(({ action, destination }) => `${action} ${destination}`)).toEqual([
      'create 10.64.8.0/24',
    ]);
  });

  it.each(['hold', 'allow'] as const)(
    'waits beside another live peering that wants the wider one, whichever comes first: widerRoutes %s',
    (widerRoutes) => {
      for (const routes of [[], [route('10.64.0.0/16', 'pcx-2')]]) {
        const peerings = [peering('pcx-2', local, wide)];
        const { created, conflicts } = planFor(routes, { peerings, policy: { guardrails: { widerRoutes } } });
        expect(created).toEqual([]);
        expect(conflicts).toContainEqual(
          expect.stringContaining('pcx-2 (rule peers) wants 10.64.0.0/16, in which it lies'),
        );
      }
    },
  );

  it('is held back by a route to a live peering that is left alone, and not by one that this plan deletes', () => {
    const unmanaged = (tags: Record<string, string>) => [peering('pcx-9', local, stranger, { tags })];
    const former = { ...SYNCED, 'peering-autopilot:rule': 'peers' };
    const routes = [route('10.64.0.0/16', 'pcx-9')];
    const remove = { drift: { onUntag: 'remove' } };
    expect(planFor(routes, { peerings: unmanaged({}) }).created).toEqual([]);
    expect(planFor(routes, { peerings: unmanaged(former) }).created).toEqual([]);
    expect(planFor(routes, { peerings: unmanaged({}), policy: remove }).created).toEqual([]);
    expect(planFor(routes, { peerings: unmanaged(former), policy: remove }).created).toEqual(CREATED.created);
  });

  it('is held back by a route to a peering that is still pending', () => {
    const pending = [peering('pcx-9', local, wide, { status: 'pending-acceptance' })];
    expect(planFor([route('10.64.0.0/16', 'pcx-9')], { peerings: pending }).created).toEqual([]);
  });

  it('is not held back by a dead route to a request that waits: it carries nothing, and may never do', () => {
    const pending = (by: typeof wide) => [peering('pcx-9', by, local, { status: 'pending-acceptance' })];
    const dead = [route('10.64.0.0/12', 'pcx-9', { state: 'blackhole' })];
    expect(planFor(dead, { peerings: pending(stranger) })).toMatchObject(CREATED);
    expect(planFor(dead, { peerings: pending(wide) })).toMatchObject(CREATED);
    const soon = [peering('pcx-9', local, wide, { status: 'provisioning' })];
    expect(planFor(dead, { peerings: soon }).created).toEqual([]);
  });

  it.each<[string, readonly Route[], readonly PrefixList[]]>([
    ['static ones', [route('10.64.8.0/25', 'tgw-2'), route('10.64.8.128/25', 'eni-1')], []],
    [
      'one to its peering and one to elsewhere',
      [route('10.64.8.0/25', 'pcx-1'), route('10.64.8.128/25', 'tgw-2')],
      [],
    ],
    [
      'dead ones',
      [route('10.64.8.0/25', 'tgw-2', { state: 'blackhole' }), route('10.64.8.128/25', 'tgw-2')],
      [],
    ],
    [
      'propagated ones and those of a prefix list',
      [route('10.64.8.0/25', 'vgw-2', { origin: 'EnableVgwRoutePropagation' }), route('pl-1', 'tgw-2')],
      [prefixList('pl-1', ['10.64.8.128/25'])],
    ],
    [
      'ones inside one another',
      [route('10.64.8.0/25', 'tgw-2'), route('10.64.8.128/25', 'tgw-2'), route('10.64.8.128/26', 'eni-1')],
      [],
    ],
  ])(
    'is made where narrower routes lead all of its addresses, so that the wider one has none of them: %s',
    (_which, narrower, prefixLists) => {
      for (const around of [
        route('10.64.0.0/16', 'tgw-1'),
        route('10.0.0.0/8', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
        route('10.64.8.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
      ]) {
        expect(planFor([around, ...narrower], { prefixLists })).toMatchObject(CREATED);
        expect(planFor([around, ...narrower.slice(1)], { prefixLists }).created).toEqual([]);
      }
    },
  );

  it('is held back where narrower routes lead its addresses that this plan deletes', () => {
    const ended = [peering('pcx-9', local, wide, { status: 'deleted' })];
    const own = ['10.64.8.0/25', '10.64.8.128/25'].map((each) =>
      route(each, 'pcx-9', { state: 'blackhole' }),
    );
    const memory = registryOf(own.map(({ destination }) => `rtb-1 ${destination} pcx-9 peers`));
    const { changes } = planFor([route('10.64.0.0/16', 'tgw-1'), ...own], { peerings: ended, memory });
    expect(changes).toEqual(['delete 10.64.8.0/25 pcx-9', 'delete 10.64.8.128/25 pcx-9']);
  });

  it.each([
    ['a static one, which goes before what is propagated', '10.64.0.0/16', '10.64.0.0/16'],
    ['a narrower one', '10.64.0.0/16', '10.0.0.0/8'],
  ])(
    'is made where the wider route to elsewhere has lost its addresses to a dead one: %s',
    (_which, dead, live) => {
      const routes = [
        route(dead, 'tgw-2', { state: 'blackhole' }),
        route(live, 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
      ];
      expect(planFor(routes)).toMatchObject(CREATED);
    },
  );

  it('is made again where all routes of its peering were in place once', () => {
    const { changes } = planOf(
      inventory({
        vpcs: [local],
        peerings: [peering('pcx-1', local, remote, { tags: SYNCED })],
        tables: [table('rtb-1', local, [route('10.64.0.0/16', 'tgw-1')], { optIn: '*' })],
      }),
      policyOf(),
    );
    expect(changes.map(({ action, mends }) => `${action} ${mends}`)).toEqual(['create missing']);
  });

  it('leaves the marks of a peering about the routes that it has: what was held back stays so', () => {
    const two = vpc('vpc-r', ['10.64.8.0/24', '10.80.0.0/16'], { accountId: PEER });
    const routes = [route('10.64.0.0/16', 'tgw-1'), route('10.80.0.0/16', 'pcx-1')];
    const planned = (tags: Record<string, string>) =>
      planOf(
        inventory({
          vpcs: [local],
          peerings: [peering('pcx-1', local, two, { tags })],
          tables: [table('rtb-1', local, routes, { optIn: '*' })],
        }),
        policyOf(),
      );
    const fingerprint = planned({}).fingerprints.get('pcx-1');
    const again = planned({
      'peering-autopilot:routes-synced-at': `2026-01-31T12:00:00.000Z ${fingerprint} peers`,
    });
    expect(again.fingerprints.get('pcx-1')).toBe(fingerprint);
    expect(again.changes).toEqual([]);
    expect(again.findings.map(({ kind }) => kind)).toEqual(['conflict']);
  });
});

describe('a route that takes a wider one over, to a peering that is still provisioning', () => {
  interface Given {
    readonly routes?: readonly Route[];
    readonly status?: 'active' | 'provisioning';
    readonly policy?: Record<string, unknown>;
    readonly own?: readonly string[];
  }
  const allow = { guardrails: { widerRoutes: 'allow' } };

  function changesFor({
    routes = [route('10.64.0.0/16', 'tgw-1')],
    status = 'provisioning',
    policy = allow,
    own = [],
  }: Given = {}) {
    const plan = planOf(
      inventory({
        vpcs: [local],
        peerings: [peering('pcx-1', local, remote, { status })],
        tables: [table('rtb-1', local, routes, { optIn: '*' })],
        prefixLists: [prefixList('pl-1', ['10.64.0.0/20'])],
      }),
      policyOf(policy),
      { memory: registryOf(own) },
    );
    expect(plan.findings).toEqual([]);
    return plan.changes;
  }
  const held = (given?: Given) =>
    changesFor(given).map(
      ({ action, destination, heldBy = 'nothing' }) => `${action} ${destination} ${heldBy}`,
    );

  it('waits until that is active, and says so', () => {
    expect(changesFor()).toEqual([
      expect.objectContaining({
        action: 'create',
        destination: '10.64.8.0/24',
        peeringId: 'pcx-1',
        heldBy: 'activation',
        reason: expect.stringMatching(
          /10\.64\.0\.0\/16 to tgw-1 leads its addresses now, and pcx-1 is not active yet: the route waits until it is\.$/,
        ),
      }),
    ]);
    expect(held({ status: 'active' })).toEqual(['create 10.64.8.0/24 nothing']);
  });

  it('waits where an entry of a prefix list, or a propagated route, has them', () => {
    expect(held({ routes: [route('pl-1', 'tgw-1')] })).toEqual(['create 10.64.8.0/24 activation']);
    const propagated = route('10.64.0.0/16', 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
    expect(held({ routes: [propagated] })).toEqual(['create 10.64.8.0/24 activation']);
  });

  it('waits in observe mode too, with what it is to take the place of: the plan shows what would be done now', () => {
    const observe = { ...allow, mode: 'observe' };
    expect(held({ policy: observe })).toEqual(['create 10.64.8.0/24 activation']);
    expect(held({ policy: observe, status: 'active' })).toEqual(['create 10.64.8.0/24 observe']);
    expect(
      held({
        policy: observe,
        routes: [route('10.64.0.0/16', 'tgw-1'), route('10.64.8.0/25', 'pcx-1')],
        own: ['rtb-1 10.64.8.0/25 pcx-1'],
      }),
    ).toEqual(['create 10.64.8.0/24 activation', 'delete 10.64.8.0/25 gap']);
  });

  it.each<[string, readonly Route[]]>([
    ['nothing has them', []],
    ['a default route has what is left', [route('0.0.0.0/0', 'tgw-1')]],
    ['what has them drops them', [route('10.64.0.0/16', 'tgw-1', { state: 'blackhole' })]],
  ])('waits for nothing where %s', (_, routes) => {
    expect(held({ routes })).toEqual(['create 10.64.8.0/24 nothing']);
  });

  it('keeps an own route that it is to take the place of until then', () => {
    const given = {
      routes: [route('10.64.0.0/16', 'tgw-1'), route('10.64.8.0/25', 'pcx-1')],
      own: ['rtb-1 10.64.8.0/25 pcx-1'],
    };
    expect(held(given)).toEqual(['create 10.64.8.0/24 activation', 'delete 10.64.8.0/25 gap']);
    expect(held({ ...given, status: 'active' })).toEqual([
      'create 10.64.8.0/24 nothing',
      'delete 10.64.8.0/25 nothing',
    ]);
  });
});

describe('an own route that is replaced, in favour of a peering that is still provisioning', () => {
  const next = vpc('vpc-n', ['10.64.8.0/24'], { accountId: PEER });

  interface Given {
    readonly status?: 'active' | 'provisioning';
    readonly former?: 'active' | 'deleted';
    /** To which peering the registry has it. */
    readonly own?: string;
    readonly state?: 'active' | 'blackhole';
    readonly policy?: Record<string, unknown>;
  }

  function replaced({
    status = 'provisioning',
    former = 'active',
    own = 'pcx-2',
    state = 'active',
    policy,
  }: Given) {
    const { changes, findings } = planOf(
      inventory({
        vpcs: [local],
        peerings: [
          peering('pcx-1', local, next, { status }),
          peering('pcx-2', local, stranger, { status: former }),
        ],
        tables: [table('rtb-1', local, [route('10.64.8.0/24', 'pcx-2', { state })], { optIn: '*' })],
      }),
      policyOf({ drift: { onUntag: 'remove' }, ...policy }),
      { memory: registryOf([`rtb-1 10.64.8.0/24 ${own}`]) },
    );
    return {
      changes: changes.map(({ action, heldBy = 'nothing' }) => `${action} ${heldBy}`),
      reasons: changes.map(({ reason }) => reason),
      findings: findings.map(({ kind, heldBy }) => `${kind} ${heldBy}`),
      metrics: driftMetrics(findings),
    };
  }

  it('waits until that is active, as one that is created does', () => {
    const { changes, reasons } = replaced({});
    expect(changes).toEqual(['replace activation']);
    expect(reasons).toEqual([
      expect.stringMatching(
        /10\.64\.8\.0\/24 to pcx-2 works until then, and pcx-1 is not active yet: the route waits until it is\.$/,
      ),
    ]);
    expect(replaced({ status: 'active' }).changes).toEqual(['replace nothing']);
  });

  it('rings no alarm by that: it follows by itself', () => {
    const { findings, metrics } = replaced({});
    expect(findings).toEqual(['stale activation']);
    expect(metrics).toMatchObject({ RouteDrift: 0, RouteDriftUnrepaired: 0 });
  });

  it('waits where somebody turned it to a peering that works', () => {
    expect(replaced({ own: 'pcx-1' })).toMatchObject({
      changes: ['replace activation'],
      findings: ['wrong-target activation'],
    });
  });

  it.each<[string, Given]>([
    ['its peering has ended', { former: 'deleted', state: 'blackhole' }],
    ['it drops its traffic', { state: 'blackhole' }],
  ])('waits for nothing where %s', (_, given) => {
    expect(replaced(given).changes).toEqual(['replace nothing']);
  });

  it('waits in observe mode, too: peering apply makes what the mode alone holds', () => {
    expect(replaced({ policy: { mode: 'observe' } }).changes).toEqual(['replace activation']);
  });
});

describe('a default route to a live peering', () => {
  const toStranger = { peerings: [peering('pcx-2', local, stranger)] };
  const dual = vpc('vpc-r', ['10.64.8.0/24', '2001:db8:8::/56'], { accountId: PEER });
  const dualStranger = vpc('vpc-x', ['10.99.0.0/16', '2001:db8:8::/56'], { accountId: '333333333333' });

  it.each(['hold', 'allow'] as const)(
    'keeps the addresses that the VPC at its other end has: widerRoutes %s',
    (widerRoutes) => {
      const { created, conflicts } = planFor([route('0.0.0.0/0', 'pcx-2')], {
        ...toStranger,
        policy: { guardrails: { widerRoutes } },
      });
      expect(created).toEqual([]);
      expect(conflicts).toEqual([
        expect.stringContaining('sends it to pcx-2 by the route to 0.0.0.0/0, and the new route would take'),
      ]);
    },
  );

  it('does so for IPv6, and in an entry of a prefix list', () => {
    const peerings = [peering('pcx-1', local, dual), peering('pcx-2', local, dualStranger)];
    const ipv6 = planFor([route('::/0', 'pcx-2')], { peerings });
    expect(ipv6.created).toEqual(['10.64.8.0/24 pcx-1']);
    const listed = planFor([route('pl-1', 'pcx-2')], {
      ...toStranger,
      prefixLists: [prefixList('pl-1', ['0.0.0.0/0'])],
    });
    expect(listed.created).toEqual([]);
  });

  it.each([
    ['a peering whose other VPC has none of the addresses', route('0.0.0.0/0', 'pcx-3')],
    ['its own peering', route('0.0.0.0/0', 'pcx-1')],
    ['a peering that has ended', route('0.0.0.0/0', 'pcx-4', { state: 'blackhole' })],
  ])('keeps nothing where it leads to %s', (_, there) => {
    const away = vpc('vpc-y', ['10.99.0.0/16'], { accountId: '333333333333' });
    const { conflicts, created } = planFor([there], {
      peerings: [peering('pcx-3', local, away), peering('pcx-4', local, stranger, { status: 'deleted' })],
    });
    expect(conflicts).toEqual([]);
    expect(created).toEqual(there.target.id === 'pcx-1' ? [] : CREATED.created);
  });
});

describe("a destination that somebody's route has, inside a wider one", () => {
  const own = route('10.64.8.0/24', 'eni-1');

  it('is not said to be free once that route is gone', () => {
    expect(planFor([own, route('10.64.0.0/16', 'tgw-1')]).conflicts).toEqual([
      expect.stringContaining(
        'Were that route deleted, 10.64.0.0/16 to tgw-1 would have these addresses. If its addresses shall use the peering, run: aws ec2 replace-route',
      ),
    ]);
  });

  it('is free once that route is gone where the product had it before: what is missing is made again', () => {
    const memory = registryOf(['rtb-1 10.64.8.0/24 pcx-1']);
    expect(planFor([own, route('10.64.0.0/16', 'tgw-1')], { memory }).conflicts).toEqual([
      expect.stringContaining(
        'left alone. If its addresses shall use the peering, run: aws ec2 replace-route',
      ),
    ]);
    expect(planFor([route('10.64.0.0/16', 'tgw-1')], { memory }).created).toEqual(CREATED.created);
  });

  it('is where the setting lets it, or the wider one is a default route', () => {
    const free = [expect.stringContaining('left alone. If its addresses shall use the peering, run:')];
    const allow = { policy: { guardrails: { widerRoutes: 'allow' } } };
    expect(planFor([own, route('10.64.0.0/16', 'tgw-1')], allow).conflicts).toEqual(free);
    expect(planFor([own, route('0.0.0.0/0', 'igw-1')]).conflicts).toEqual(free);
  });

  it('is not said to be free where an equal propagated route comes next', () => {
    const propagated = route('10.64.8.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
    expect(planFor([own, propagated]).conflicts).toEqual([
      expect.stringContaining('Were that route deleted, 10.64.8.0/24 to vgw-1 would have these addresses.'),
    ]);
    expect(planFor([own, propagated], { policy: { guardrails: { equalRoutes: 'wait' } } }).conflicts).toEqual(
      [
        expect.stringContaining(
          'As soon as that route and 10.64.8.0/24 to vgw-1, which has these addresses next, are gone, the route to the peering takes their place',
        ),
      ],
    );
  });
});
