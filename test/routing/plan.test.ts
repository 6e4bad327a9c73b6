import fc from 'fast-check';
import { driftMetrics } from '../../lib/assessment/metrics.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { syncMarkValue } from '../../lib/routing/synced.ts';
import {
  inventory,
  PEER,
  PREFIX,
  peering,
  policyOf,
  prefixList,
  route,
  STRANGER,
  SYNCED,
  table,
  vpc,
} from '../support/fixtures.ts';
import { planOf, registryOf } from '../support/plan-of.ts';

const local = vpc('vpc-a', ['10.1.0.0/16'], { tags: { Environment: 'prod' } });
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const other = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });
const stranger = vpc('vpc-x', ['10.99.0.0/16'], { accountId: STRANGER });
const dualStack = vpc('vpc-d', ['10.70.0.0/16', '100.64.70.0/24', '2001:db8:70::/56'], { accountId: PEER });

const synced = (peeringId = 'pcx-1') => peering(peeringId, local, remote, { tags: SYNCED });

/** One opted-in table of the local VPC, and what the plan makes of it. */
function planFor(routes: readonly Route[], parts: Parameters<typeof planWith>[1] = {}) {
  return planWith([table('rtb-1', local, routes, { optIn: parts.optIn ?? '*' })], parts);
}

function planWith(
  tables: readonly RouteTable[],
  parts: {
    readonly peerings?: Parameters<typeof inventory>[0]['peerings'];
    readonly policy?: Record<string, unknown>;
    readonly optIn?: string;
    readonly vpcs?: Parameters<typeof inventory>[0]['vpcs'];
    readonly memory?: RegionMemory;
    readonly prefixLists?: readonly PrefixList[];
  } = {},
) {
  const { changes, findings, pending, desired, warnings, ...rest } = planOf(
    inventory({
      vpcs: parts.vpcs ?? [local],
      peerings: parts.peerings ?? [synced()],
      tables,
      prefixLists: parts.prefixLists ?? [],
    }),
    policyOf(parts.policy),
    { memory: parts.memory ?? NOTHING_REMEMBERED },
  );
  return {
    ...rest,
    changes: changes.map(({ action, routeTableId, destination, peeringId }) =>
      [action, routeTableId, destination, peeringId].join(' '),
    ),
    findings: findings.map(({ kind, destination, peeringId, repairable }) =>
      [kind, destination, peeringId, repairable ? 'repairable' : 'left'].join(' '),
    ),
    details: findings.map(({ detail }) => detail),
    full: { changes, findings },
    reasons: changes.map(({ reason }) => reason),
    pending: pending.map(({ destination }) => destination),
    desired: desired.map(({ routeTableId, destination, peeringId }) =>
      [routeTableId, destination, peeringId].join(' '),
    ),
    warnings,
  };
}

describe('desired routes', () => {
  it('are every CIDR of the other VPC, IPv4 and IPv6, primary and secondary, in every opted-in table', () => {
    const { changes, desired } = planWith(
      [
        table('rtb-2', local, [], { optIn: 'peers' }),
        table('rtb-1', local, [], { optIn: '*' }),
        table('rtb-plain', local, []),
      ],
      { peerings: [peering('pcx-1', local, dualStack)] },
    );
    expect(desired).toEqual([
      'rtb-1 10.70.0.0/16 pcx-1',
      'rtb-1 100.64.70.0/24 pcx-1',
      'rtb-1 2001:db8:70::/56 pcx-1',
      'rtb-2 10.70.0.0/16 pcx-1',
      'rtb-2 100.64.70.0/24 pcx-1',
      'rtb-2 2001:db8:70::/56 pcx-1',
    ]);
    expect(changes).toEqual(desired.map((each) => `create ${each}`));
  });

  it('are written on both sides of a peering inside the account', () => {
    const second = vpc('vpc-b', ['10.2.0.0/16']);
    const { changes } = planWith(
      [table('rtb-a', local, [], { optIn: '*' }), table('rtb-b', second, [], { optIn: '*' })],
      { vpcs: [local, second], peerings: [peering('pcx-1', local, second)] },
    );
    expect(changes).toEqual(['create rtb-a 10.2.0.0/16 pcx-1', 'create rtb-b 10.1.0.0/16 pcx-1']);
  });

  it('go into main tables and explicitly associated ones alike', () => {
    const main: RouteTable = { ...table('rtb-1', local, [], { optIn: '*' }), associations: [{ main: true }] };
    const bare: RouteTable = { ...table('rtb-2', local, [], { optIn: '*' }), associations: [] };
    expect(planWith([main, bare]).changes).toHaveLength(2);
  });

  it('carry nothing in a table that no subnet uses, which is said and is no drift', () => {
    const bare = (id: string, optIn: string): RouteTable => ({
      ...table(id, local, [], { optIn }),
      associations: [],
    });
    const { changes, findings, warnings } = planWith([
      bare('rtb-1', '*'),
      // Nothing is routed here, so nothing is lost.
      bare('rtb-2', 'other'),
      bare('rtb-3', 'none'),
      // Subnets that no table names have this one; whether there are any is not read.
      { ...table('rtb-4', local, [], { optIn: '*' }), associations: [{ main: true }] },
    ]);
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1', 'create rtb-4 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual([
      'missing 10.64.0.0/16 pcx-1 repairable',
      'missing 10.64.0.0/16 pcx-1 repairable',
    ]);
    expect(warnings.filter((warning) => warning.includes('no subnet'))).toEqual([
      'rtb-1 in us-east-1 asks for routes by its tag peering-autopilot:routes, but no subnet is associated with it, and it is not the main table of vpc-a, so its routes carry nothing. Tag the table that the subnets use; those that are associated with this one instead have its routes alone.',
    ]);
  });

  it('go only into tables whose tag names the rule', () => {
    const { changes, warnings } = planWith([
      table('rtb-1', local, [], { optIn: 'some-other peers' }),
      table('rtb-2', local, [], { optIn: 'peerz' }),
      table('rtb-3', local, [], { optIn: ' ' }),
    ]);
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    expect(warnings).toEqual([
      expect.stringMatching(/rtb-1 .*names some-other, but the policy has no such rule/),
      expect.stringMatching(/rtb-2 .*names peerz/),
      expect.stringMatching(/rtb-3 .*is empty/),
    ]);
  });

  it('keep out of tables of a gateway, with a warning', () => {
    const { changes, warnings } = planWith([table('rtb-1', local, [], { optIn: '*', gatewayId: 'igw-1' })]);
    expect(changes).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('igw-1')]);
  });

  it('can be narrowed to destinations and cut by exclusions', () => {
    const rule = (routes: Record<string, unknown>) => ({
      rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes }],
    });
    const destinations = (routes: Record<string, unknown>) =>
      planFor([], { peerings: [peering('pcx-1', local, dualStack)], policy: rule(routes) }).desired.map(
        (each) => each.split(' ')[1],
      );
    expect(destinations({ destinations: ['10.70.4.0/22', '10.70.4.0/24', '192.168.0.0/16'] })).toEqual([
      '10.70.4.0/22',
    ]);
    expect(destinations({ destinations: ['10.64.0.0/10'] })).toEqual(['10.70.0.0/16']);
    expect(destinations({ exclude: ['100.64.0.0/10', '10.70.128.0/17', '::/0'] })).toEqual(['10.70.0.0/17']);
  });

  it('are none for requests that another account answers, peerings not allowed, or a Region that is not managed', () => {
    expect(
      planFor([], { peerings: [peering('pcx-1', local, remote, { status: 'pending-acceptance' })] }).desired,
    ).toEqual([]);
    expect(planFor([], { peerings: [peering('pcx-1', local, stranger)] }).desired).toEqual([]);
    expect(
      planFor([], { peerings: [peering('pcx-1', stranger, local, { status: 'pending-acceptance' })] })
        .desired,
    ).toEqual([]);
    expect(planFor([], { policy: { regions: ['eu-west-1'] } }).decisions).toEqual([]);
  });

  it('of a request that is accepted are planned, and wait for the acceptance', () => {
    const { full, pending, findings } = planFor([], {
      peerings: [peering('pcx-1', remote, local, { status: 'pending-acceptance' })],
    });
    expect(full.changes).toEqual([
      expect.objectContaining({ action: 'create', destination: '10.64.0.0/16', heldBy: 'acceptance' }),
    ]);
    expect(pending).toEqual(['10.64.0.0/16']);
    expect(findings).toEqual([]);
  });

  it('are written while the peering is provisioning', () => {
    const { changes, findings } = planFor([], {
      peerings: [peering('pcx-1', local, remote, { status: 'provisioning' })],
    });
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual([]);
  });

  it.each([
    ['the local VPC, which has grown', ['10.1.0.0/16', '10.70.0.0/16'], ['10.70.0.0/16', '100.64.70.0/24']],
    ['a range that EC2 reserves', ['10.1.0.0/16'], ['169.254.168.0/24', '100.64.70.0/24']],
  ])('leave out what overlaps %s, with a warning', (_, own, theirs) => {
    const grown = vpc('vpc-a', own);
    const { desired, warnings } = planFor([], {
      vpcs: [grown],
      peerings: [peering('pcx-1', grown, vpc('vpc-r', theirs, { accountId: PEER }))],
    });
    expect(desired).toEqual(['rtb-1 100.64.70.0/24 pcx-1']);
    expect(warnings).toEqual([expect.stringContaining(`${theirs[0]} of remote VPC vpc-r overlaps`)]);
  });
});

describe('a missing route', () => {
  it('is pending work while the peering was never synced', () => {
    const { changes, findings, pending } = planFor([], { peerings: [peering('pcx-1', local, remote)] });
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual([]);
    expect(pending).toEqual(['10.64.0.0/16']);
  });

  it('is drift once the peering was synced', () => {
    const { changes, findings, pending, details } = planFor([]);
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual(['missing 10.64.0.0/16 pcx-1 repairable']);
    expect(details).toEqual([
      'rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers), but has no such route any more.',
    ]);
    expect(pending).toEqual([]);
  });

  it('is pending work when a table was tagged since the last sync, and drift when nothing was', () => {
    const before = planFor([]);
    const value = syncMarkValue(new Date(0), before.fingerprints.get('pcx-1') ?? '', ['peers']);
    const peerings = [peering('pcx-1', local, remote, { tags: { [`${PREFIX}:routes-synced-at`]: value } })];
    expect(planFor([], { peerings }).findings).toEqual(['missing 10.64.0.0/16 pcx-1 repairable']);

    const tagged = [
      table('rtb-1', local, [route('10.64.0.0/16', 'pcx-1')], { optIn: '*' }),
      table('rtb-2', local, [], { optIn: '*' }),
    ];
    const after = planWith(tagged, { peerings });
    expect(after.findings).toEqual([]);
    expect(after.pending).toEqual(['10.64.0.0/16']);
    expect(after.changes).toEqual(['create rtb-2 10.64.0.0/16 pcx-1']);
  });

  it('is created beside an identical propagated route, which a static one beats', () => {
    const { changes, findings } = planFor([
      route('10.64.0.0/16', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
    ]);
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual(['missing 10.64.0.0/16 pcx-1 repairable']);
  });

  it('is not planned for a request whose addresses a wider route leads there as soon as it is accepted', () => {
    const pending = { status: 'pending-acceptance', tags: SYNCED } as const;
    const before = planFor([route('10.0.0.0/8', 'pcx-1', { state: 'blackhole' })], {
      peerings: [peering('pcx-1', remote, local, pending)],
    });
    const after = planFor([route('10.0.0.0/8', 'pcx-1')], { peerings: [peering('pcx-1', remote, local)] });
    expect([before.changes, after.changes]).toEqual([[], []]);
    expect(planFor([], { peerings: [peering('pcx-1', remote, local, pending)] }).changes).toEqual([
      'create rtb-1 10.64.0.0/16 pcx-1',
    ]);
  });
});

describe('a route in place', () => {
  it('needs nothing', () => {
    const { changes, findings, pending, warnings } = planFor([route('10.64.0.0/16', 'pcx-1')]);
    expect([changes, findings, pending, warnings]).toEqual([[], [], [], []]);
  });

  it('is recognised however EC2 or a snapshot writes an IPv6 destination', () => {
    const { changes } = planFor(
      [
        route('10.70.0.0/16', 'pcx-1'),
        route('100.64.70.0/24', 'pcx-1'),
        route('2001:DB8:0070:0::/56', 'pcx-1'),
      ],
      { peerings: [peering('pcx-1', local, dualStack)] },
    );
    expect(changes).toEqual([]);
  });

  it('is a finding when it is a blackhole although the peering is active', () => {
    const blackhole = route('10.64.0.0/16', 'pcx-1', { state: 'blackhole' });
    expect(planFor([blackhole]).findings).toEqual(['blackhole 10.64.0.0/16 pcx-1 left']);
    const provisioning = [peering('pcx-1', local, remote, { status: 'provisioning' })];
    expect(planFor([blackhole], { peerings: provisioning }).findings).toEqual([]);
  });
});

describe('a desired destination that goes elsewhere', () => {
  it('is replaced where it goes to a dead peering, whoever made the route', () => {
    const { changes, findings, pending } = planFor([route('10.64.0.0/16', 'pcx-9')], {
      peerings: [
        peering('pcx-1', local, remote),
        peering('pcx-9', local, other, { status: 'deleted', tags: SYNCED }),
      ],
    });
    expect(changes).toEqual(['replace rtb-1 10.64.0.0/16 pcx-1']);
    expect([findings, pending]).toEqual([['stale 10.64.0.0/16 pcx-9 repairable'], ['10.64.0.0/16']]);
  });

  it('is replaced where its peering has vanished from EC2', () => {
    const { changes } = planFor([route('10.64.0.0/16', 'pcx-gone', { state: 'blackhole' })]);
    expect(changes).toEqual(['replace rtb-1 10.64.0.0/16 pcx-1']);
  });

  it('is pending work where a new peering takes over from a dead one, whose route is stale', () => {
    const { changes, findings, pending, details } = planFor(
      [route('10.64.0.0/16', 'pcx-9', { state: 'blackhole' })],
      {
        peerings: [peering('pcx-1', local, remote), peering('pcx-9', local, remote, { status: 'deleted' })],
      },
    );
    expect(changes).toEqual(['replace rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual(['stale 10.64.0.0/16 pcx-9 repairable']);
    expect(details).toEqual([
      'rtb-1 in us-east-1 routes 10.64.0.0/16 to pcx-9, which is deleted. The route to pcx-1 (rule peers) takes its place.',
    ]);
    expect(pending).toEqual(['10.64.0.0/16']);
  });

  it('keeps a dead route, told as stale, while the new peering waits for its acceptance, and that is no alarm', () => {
    const { full, details } = planFor([route('10.64.0.0/16', 'pcx-9', { state: 'blackhole' })], {
      peerings: [
        peering('pcx-1', remote, local, { status: 'pending-acceptance' }),
        peering('pcx-9', local, remote, { status: 'deleted' }),
      ],
    });
    expect(full.changes).toEqual([
      expect.objectContaining({
        action: 'replace',
        peeringId: 'pcx-1',
        mends: 'stale',
        heldBy: 'acceptance',
      }),
    ]);
    expect(full.findings).toEqual([
      expect.objectContaining({ kind: 'stale', peeringId: 'pcx-9', repairable: true, heldBy: 'acceptance' }),
    ]);
    expect(details[0]).toContain('Once request pcx-1 is accepted, its route (rule peers) takes the place.');
    expect(driftMetrics(full.findings)).toMatchObject({ RouteDrift: 0, RouteDriftUnrepaired: 0 });
  });

  it('is stale where the policy no longer manages the peering of an own route, and onUntag removes it', () => {
    const found = route('10.64.0.0/16', 'pcx-9');
    const judged = (onUntag: string) =>
      planFor([found], {
        peerings: [synced(), peering('pcx-9', local, stranger)],
        policy: { drift: { onUntag } },
        memory: registryOf(['rtb-1 10.64.0.0/16 pcx-9']),
      });
    expect(judged('remove')).toMatchObject({
      changes: ['replace rtb-1 10.64.0.0/16 pcx-1'],
      findings: ['stale 10.64.0.0/16 pcx-9 repairable'],
      details: [
        'rtb-1 in us-east-1 routes 10.64.0.0/16 to pcx-9, which the policy no longer manages (drift.onUntag: remove). The route to pcx-1 (rule peers) takes its place.',
      ],
    });
    expect(judged('keep').findings).toEqual(['conflict 10.64.0.0/16 pcx-1 left']);
  });

  it.each([
    ['a transit gateway', route('10.64.0.0/16', 'tgw-1'), []],
    ['a deleted NAT gateway', route('10.64.0.0/16', 'nat-1', { state: 'blackhole' }), []],
    [
      'a live peering that is not managed',
      route('10.64.0.0/16', 'pcx-9'),
      [peering('pcx-9', local, stranger)],
    ],
    [
      'a pending peering',
      route('10.64.0.0/16', 'pcx-9'),
      [peering('pcx-9', local, other, { status: 'pending-acceptance' })],
    ],
    ['a peering that works but was not read', route('10.64.0.0/16', 'pcx-9'), []],
  ])('is a conflict and left alone where it goes to %s', (_, found, peerings) => {
    const { changes, findings } = planFor([found], { peerings: [synced(), ...peerings] });
    expect(changes).toEqual([]);
    expect(findings).toEqual(['conflict 10.64.0.0/16 pcx-1 left']);
  });
});

describe('several peerings that want one destination', () => {
  const twin = vpc('vpc-t', ['10.64.0.0/16'], { accountId: PEER });
  const peerings = [peering('pcx-2', local, twin, { tags: SYNCED }), synced()];

  it('get none of them a route while none has it', () => {
    const { changes, findings, pending, desired } = planFor([], { peerings });
    expect([changes, pending, desired]).toEqual([[], [], []]);
    expect(findings).toEqual(['conflict 10.64.0.0/16 pcx-1 left', 'conflict 10.64.0.0/16 pcx-2 left']);
  });

  it('leave it to the one that has it', () => {
    const { changes, findings, details } = planFor([route('10.64.0.0/16', 'pcx-2')], { peerings });
    expect(changes).toEqual([]);
    expect(findings).toEqual(['conflict 10.64.0.0/16 pcx-1 left']);
    expect(details[0]).toContain('pcx-2 (rule peers) wants the same destination');
  });
});

describe('a route of a dead peering', () => {
  it.each(['deleting', 'deleted', 'rejected', 'expired', 'failed'] as const)(
    'goes when the peering is %s',
    (status) => {
      const { changes, findings } = planFor([route('10.65.0.0/16', 'pcx-9', { state: 'blackhole' })], {
        peerings: [peering('pcx-9', local, other, { status })],
      });
      expect(changes).toEqual(['delete rtb-1 10.65.0.0/16 pcx-9']);
      expect(findings).toEqual(['stale 10.65.0.0/16 pcx-9 repairable']);
    },
  );

  it('goes when the peering is no longer listed and the route is a blackhole', () => {
    expect(planFor([route('10.65.0.0/16', 'pcx-9', { state: 'blackhole' })]).changes).toContain(
      'delete rtb-1 10.65.0.0/16 pcx-9',
    );
  });

  it('stays in a table that did not opt in, and where the route still works', () => {
    const dead = route('10.65.0.0/16', 'pcx-9', { state: 'blackhole' });
    expect(planWith([table('rtb-1', local, [dead])]).changes).toEqual([]);
    expect(planFor([route('10.64.0.0/16', 'pcx-1'), route('10.65.0.0/16', 'pcx-9')]).changes).toEqual([]);
  });
});

describe('a route of a peering that lives but is no longer managed', () => {
  const formerly = (rules: string) =>
    peering('pcx-9', local, stranger, {
      tags: { [`${PREFIX}:routes-synced-at`]: `2026-01-31T12:00:00Z 00 ${rules}` },
    });
  const routes = [route('10.99.0.0/16', 'pcx-9')];

  it('stays by default and is reported', () => {
    const { changes, findings } = planFor(routes, { peerings: [formerly('peers')] });
    expect(changes).toEqual([]);
    expect(findings).toEqual(['stale 10.99.0.0/16 pcx-9 left']);
  });

  it('goes with drift.onUntag: remove', () => {
    const { changes, findings } = planFor(routes, {
      peerings: [formerly('peers')],
      policy: { drift: { onUntag: 'remove' } },
    });
    expect(changes).toEqual(['delete rtb-1 10.99.0.0/16 pcx-9']);
    expect(findings).toEqual(['stale 10.99.0.0/16 pcx-9 repairable']);
  });

  it('goes, too, where only the decision tag of the peering tells its former rule', () => {
    const tags = { ...SYNCED, [`${PREFIX}:rule`]: 'peers' };
    const { changes } = planFor(routes, {
      peerings: [peering('pcx-9', local, stranger, { tags })],
      optIn: 'peers',
      policy: { drift: { onUntag: 'remove' } },
    });
    expect(changes).toEqual(['delete rtb-1 10.99.0.0/16 pcx-9']);
  });

  it('stays even then where the product never wrote it', () => {
    const policy = { drift: { onUntag: 'remove' } };
    expect(planFor(routes, { peerings: [peering('pcx-9', local, stranger)], policy })).toMatchObject({
      changes: [],
      findings: [],
    });
    expect(planFor(routes, { peerings: [formerly('peers')], optIn: 'others', policy }).changes).toEqual([]);
  });

  it('is reported, and the peering too, where a rule rejects it', () => {
    const { changes, findings } = planFor(routes, {
      peerings: [peering('pcx-9', local, stranger)],
      policy: { rules: [{ name: 'never', effect: 'reject', remote: { accounts: [STRANGER] } }] },
    });
    expect(changes).toEqual([]);
    expect(findings).toEqual(['active-but-not-allowed  pcx-9 left', 'unexpected 10.99.0.0/16 pcx-9 left']);
  });
});

describe('a route to a managed peering that nobody asked for', () => {
  it('stays and is reported, because somebody else made it', () => {
    const { changes, findings } = planFor([route('10.64.0.0/16', 'pcx-1'), route('192.168.7.0/24', 'pcx-1')]);
    expect(changes).toEqual([]);
    expect(findings).toEqual(['unexpected 192.168.7.0/24 pcx-1 left']);
  });

  it("is nobody's business in a table that opted in to other rules", () => {
    const { changes, findings } = planFor([route('192.168.7.0/24', 'pcx-1')], { optIn: 'others' });
    expect([changes, findings]).toEqual([[], []]);
  });

  it('is reported as untagged in a table that does not ask for it, and stays whatever the policy says', () => {
    const { changes, findings, details } = planWith(
      [table('rtb-1', local, [route('10.64.0.0/16', 'pcx-1')])],
      {
        policy: { drift: { onUntag: 'remove' } },
      },
    );
    expect(changes).toEqual([]);
    expect(findings).toEqual(['untagged 10.64.0.0/16 pcx-1 left']);
    expect(details[0]).toContain('peering-autopilot:routes');
  });
});

describe('a more specific route', () => {
  const wanted = route('10.64.0.0/16', 'pcx-1');

  it('is reported where it takes a part of a desired destination elsewhere', () => {
    const { changes, findings, details, full } = planFor([
      wanted,
      route('10.64.9.0/24', 'tgw-1'),
      route('0.0.0.0/0', 'igw-1'),
    ]);
    expect(changes).toEqual([]);
    // So that people are told again when it becomes another target.
    expect(full.findings[0]?.elsewhere).toBe('10.64.9.0/24 tgw-1');
    expect(findings).toEqual(['shadowed 10.64.9.0/24 pcx-1 left']);
    expect(details[0]).toContain('sends 10.64.9.0/24, a part of it, to tgw-1 (transit-gateway)');
  });

  it('is no second finding where the plan deletes it', () => {
    const { changes, findings } = planFor(
      [wanted, route('10.65.0.0/16', 'pcx-2'), route('10.64.9.0/24', 'pcx-2')],
      {
        peerings: [synced(), peering('pcx-2', local, other, { tags: SYNCED })],
        memory: registryOf(['rtb-1 10.64.9.0/24 pcx-2']),
      },
    );
    expect(changes).toEqual(['delete rtb-1 10.64.9.0/24 pcx-2']);
    expect(findings).toEqual([]);
  });

  it("is reported twice where it is somebody else's to a managed peering that has no such addresses", () => {
    const { changes, findings } = planFor(
      [wanted, route('10.65.0.0/16', 'pcx-2'), route('10.64.9.0/24', 'pcx-2')],
      { peerings: [synced(), peering('pcx-2', local, other, { tags: SYNCED })] },
    );
    expect(changes).toEqual([]);
    expect(findings).toEqual(['shadowed 10.64.9.0/24 pcx-1 left', 'unexpected 10.64.9.0/24 pcx-2 left']);
  });

  it.each([
    [
      'a gateway propagates it',
      [route('10.64.9.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' })],
      'to vgw-1 (virtual-private-gateway). A gateway propagates that route, and a more specific route always wins. If its addresses shall use the peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.9.0/24 --vpc-peering-connection-id pcx-1 (nothing else moves). To leave it as it is, exclude 10.64.9.0/24 from rule peers (routes.exclude), which makes 8 routes of 10.64.0.0/16 in each table that takes the rule.',
    ],
    [
      'a transit gateway advertises it',
      [route('10.64.9.0/24', 'tgw-1', { origin: 'Advertisement' })],
      'to tgw-1 (transit-gateway). A gateway propagates that route, and a more specific route always wins. If its addresses shall use the peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.9.0/24 --vpc-peering-connection-id pcx-1 (nothing else moves). To leave it as it is, exclude 10.64.9.0/24 from rule peers (routes.exclude), which makes 8 routes of 10.64.0.0/16 in each table that takes the rule.',
    ],
    [
      'a prefix list has it',
      [route('pl-1', 'tgw-1')],
      '(pl-1), to tgw-1 (transit-gateway). It is an entry of a prefix list to which the table routes, and a more specific route always wins. If its addresses shall use the peering, run: aws ec2 create-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.9.0/24 --vpc-peering-connection-id pcx-1 (nothing else moves). To leave it as it is, exclude 10.64.9.0/24 from rule peers (routes.exclude), which makes 8 routes of 10.64.0.0/16 in each table that takes the rule.',
    ],
  ])('is reported where %s, for the longest prefix wins whatever its origin', (_, routes, says) => {
    const { changes, findings, details, warnings } = planFor([wanted, ...routes], {
      prefixLists: [prefixList('pl-1', ['10.64.9.0/24', '192.168.0.0/16'])],
    });
    expect([changes, warnings]).toEqual([[], []]);
    expect(findings).toEqual(['shadowed 10.64.9.0/24 pcx-1 left']);
    expect(details[0]).toContain(`sends 10.64.9.0/24, a part of it`);
    expect(details[0]?.endsWith(says)).toBe(true);
  });

  it('is reported where it goes to the same peering and drops its traffic all the same', () => {
    const dropping = [wanted, route('10.64.9.0/24', 'pcx-1', { state: 'blackhole' })];
    const { changes, findings, details } = planFor(dropping);
    expect(changes).toEqual([]);
    expect(findings).toEqual(['shadowed 10.64.9.0/24 pcx-1 left']);
    expect(details[0]).toContain('drops 10.64.9.0/24, a part of it (pcx-1 is a blackhole)');
    // A route to a peering that is not active yet is one until then.
    const provisioning = [peering('pcx-1', local, remote, { status: 'provisioning' })];
    expect(planFor(dropping, { peerings: provisioning }).findings).toEqual([]);
    const request = [peering('pcx-1', local, remote, { status: 'pending-acceptance' })];
    expect(planFor(dropping, { peerings: request }).findings).toEqual([]);
  });

  it('is told once where a static route beats the same entry of a list or gateway', () => {
    const { findings, details } = planFor(
      [
        wanted,
        route('10.64.9.0/24', 'nat-1'),
        route('10.64.9.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
        route('pl-1', 'tgw-1'),
      ],
      { prefixLists: [prefixList('pl-1', ['10.64.9.0/24'])] },
    );
    expect(findings).toEqual(['shadowed 10.64.9.0/24 pcx-1 left']);
    expect(details[0]).toContain('to nat-1 (nat-gateway)');
  });

  it('is a finding also where the policy wants it: the wider destination has not all its addresses', () => {
    const part = vpc('vpc-p', ['10.64.8.0/24'], { accountId: PEER });
    const { findings } = planFor([wanted, route('10.64.8.0/24', 'pcx-2')], {
      peerings: [synced(), peering('pcx-2', local, part, { tags: SYNCED })],
    });
    expect(findings).toEqual(['shadowed 10.64.8.0/24 pcx-1 left']);
  });
});

describe('the route quota of a table', () => {
  const limited = { guardrails: { routesPerTable: 1 } };

  it('lowers the creates to what fits, in order, and reports the rest', () => {
    const { changes, findings } = planFor([], {
      peerings: [peering('pcx-1', local, dualStack, { tags: SYNCED })],
      policy: limited,
    });
    expect(changes).toEqual(['create rtb-1 10.70.0.0/16 pcx-1', 'create rtb-1 2001:db8:70::/56 pcx-1']);
    expect(findings).toEqual([
      'missing 10.70.0.0/16 pcx-1 repairable',
      'over-limit 100.64.70.0/24 pcx-1 left',
      'missing 2001:db8:70::/56 pcx-1 repairable',
    ]);
  });

  it('goes to live peerings first, whatever a request would take', () => {
    const lower = vpc('vpc-l', ['10.20.0.0/16'], { accountId: PEER });
    const { changes, findings } = planFor([], {
      peerings: [synced(), peering('pcx-2', lower, local, { status: 'pending-acceptance' })],
      policy: limited,
    });
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    // The request is held, so nothing is missing for it.
    expect(findings).toEqual(['missing 10.64.0.0/16 pcx-1 repairable']);
  });

  it('goes to live peerings first, whatever an own request would take that another account has to accept', () => {
    const lower = vpc('vpc-l', ['10.20.0.0/16'], { accountId: PEER });
    const { changes, findings } = planFor([], {
      peerings: [synced(), peering('pcx-2', local, lower, { status: 'pending-acceptance' })],
      policy: limited,
    });
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual(['missing 10.64.0.0/16 pcx-1 repairable']);
  });

  it('keeps the route of an ended peering that still carries traffic, until there is room for the one that takes its place', () => {
    const narrow = vpc('vpc-n', ['10.64.8.0/24'], { accountId: PEER });
    const judge = (routesPerTable: number) =>
      planFor([route('10.64.0.0/16', 'pcx-9')], {
        peerings: [
          peering('pcx-1', local, narrow, { tags: SYNCED }),
          peering('pcx-9', local, remote, { status: 'deleting', tags: SYNCED }),
        ],
        policy: { guardrails: { routesPerTable } },
        memory: registryOf(['rtb-1 10.64.0.0/16 pcx-9']),
      });
    const roomy = judge(5);
    expect(roomy.changes).toEqual(['create rtb-1 10.64.8.0/24 pcx-1', 'delete rtb-1 10.64.0.0/16 pcx-9']);
    expect(roomy.findings).toContain('stale 10.64.0.0/16 pcx-9 repairable');
    const { changes, findings, details } = judge(1);
    expect(changes).toEqual([]);
    expect(findings).toEqual(['stale 10.64.0.0/16 pcx-9 left', 'over-limit 10.64.8.0/24 pcx-1 left']);
    expect(details[0]).toMatch(/\. It stays until there is room for the routes that take its place\.$/);
  });

  describe('with room for one route', () => {
    const policy = { guardrails: { routesPerTable: 1, quotaHeadroom: 0, widerRoutes: 'allow' } };

    it('gives it to a live peering before a request, whatever the order of their destinations', () => {
      const narrow = vpc('vpc-n', ['10.63.0.0/16'], { accountId: PEER });
      const asking = (routesPerTable: number) =>
        planFor([], {
          policy: { guardrails: { ...policy.guardrails, routesPerTable } },
          peerings: [
            peering('pcx-1', local, remote),
            peering('pcx-0', narrow, local, { status: 'pending-acceptance' }),
          ],
        });
      expect(asking(2).changes).toEqual([
        'create rtb-1 10.64.0.0/16 pcx-1',
        'create rtb-1 10.63.0.0/16 pcx-0',
      ]);
      expect(asking(1).changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    });

    it('has none for what takes the place of a route that goes only after a request is rejected', () => {
      const { changes, findings } = planFor([route('10.99.0.0/16', 'pcx-9', { state: 'blackhole' })], {
        policy: {
          ...policy,
          rules: [
            { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } },
            { name: 'no', effect: 'reject', remote: { accounts: [STRANGER] } },
          ],
        },
        peerings: [
          peering('pcx-1', local, remote),
          peering('pcx-9', stranger, local, { status: 'pending-acceptance' }),
        ],
      });
      expect(changes).toEqual(['delete rtb-1 10.99.0.0/16 pcx-9']);
      expect(findings).toEqual(['over-limit 10.64.0.0/16 pcx-1 left']);
    });
  });

  it('counts a prefix list with its maximum entries where they are known', () => {
    const policy = { guardrails: { routesPerTable: 10 } };
    const withList = (prefixLists: readonly PrefixList[]) =>
      planFor([route('pl-1', 'vpce-1')], { policy, prefixLists });
    expect(withList([]).changes).toHaveLength(1);
    expect(withList([prefixList('pl-1', ['52.216.0.0/15'], { maxEntries: 9 })]).changes).toHaveLength(1);
    const full = withList([prefixList('pl-1', ['52.216.0.0/15'], { maxEntries: 10 })]);
    expect(full.changes).toEqual([]);
    expect(full.findings).toEqual(['over-limit 10.64.0.0/16 pcx-1 left']);
    // Its entries are of the other family.
    expect(withList([prefixList('pl-1', ['2600:1f00::/32'], { maxEntries: 10 })]).changes).toHaveLength(1);
  });
});

describe('what is unknown', () => {
  const routes = [route('10.64.0.0/16', 'pcx-1'), route('192.168.7.0/24', 'pcx-1')];

  it.each([
    ['the local VPC could not be read', { vpcs: [] }],
    [
      'the CIDRs of the other VPC are not visible',
      { peerings: [{ ...synced(), accepter: { ...synced().accepter, cidrs: [] } }] },
    ],
    [
      'a rule asks for what cannot be read',
      {
        policy: {
          rules: [{ name: 'peers', effect: 'accept', remote: { accountTags: { team: 'a' } } }],
        },
      },
    ],
  ])('leaves the routes exactly as they are when %s', (_, parts) => {
    const { changes, findings, desired, warnings } = planFor(routes, parts);
    expect([changes, findings, desired]).toEqual([[], [], []]);
    expect(warnings).toEqual([expect.stringContaining('pcx-1 cannot be decided for vpc-a')]);
  });
});

describe('what people read of a finding', () => {
  const wanted = 'rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers)';
  const leave =
    "by a route that is not the product's own and is left alone. If its addresses shall use the peering, run: aws ec2 replace-route --region us-east-1 --route-table-id rtb-1 --destination-cidr-block 10.64.0.0/16 --vpc-peering-connection-id pcx-1 (without a gap, and nothing else moves). To leave it as it is, exclude 10.64.0.0/16 from rule peers (routes.exclude).";
  const dead = { state: 'blackhole' } as const;
  const about = { region: 'us-east-1', routeTableId: 'rtb-1' };
  const inPlace = route('10.64.0.0/16', 'pcx-1');

  it.each([
    ['tgw-1', 'tgw-1 (transit-gateway)', []],
    ['something-1', 'something-1', []],
    // It was not read.
    ['pcx-9', 'pcx-9', []],
    // It is managed, and its rule does not ask for the destination.
    ['pcx-9', 'pcx-9', [peering('pcx-9', local, other)]],
    // No rule matches it.
    ['pcx-9', 'pcx-9', [peering('pcx-9', local, stranger)]],
    ['pcx-9', 'pcx-9', [peering('pcx-9', local, other, { status: 'pending-acceptance' })]],
    // It has no side in this VPC.
    ['pcx-9', 'pcx-9', [peering('pcx-9', remote, other)]],
    // It cannot be decided.
    [
      'pcx-9',
      'pcx-9',
      [
        {
          ...peering('pcx-9', local, other),
          accepter: { ...peering('pcx-9', local, other).accepter, cidrs: [] },
        },
      ],
    ],
  ])('names what a destination goes to instead: %s (%#)', (target, instead, peerings) => {
    // What pcx-9 may want itself is in place.
    const found = [route('10.64.0.0/16', target), route('10.65.0.0/16', 'pcx-9')];
    const { full } = planFor(found, { peerings: [synced(), ...peerings] });
    expect(full).toEqual({
      changes: [],
      findings: [
        {
          ...about,
          kind: 'conflict',
          destination: '10.64.0.0/16',
          peeringId: 'pcx-1',
          rule: 'peers',
          elsewhere: `10.64.0.0/16 ${target}`,
          detail: `${wanted}, but routes it to ${instead} ${leave}`,
          repairable: false,
        },
      ],
    });
  });

  it('says of a conflict what policy does with it once the other route is gone', () => {
    const { details } = planFor([route('10.64.0.0/16', 'tgw-1', dead)], {
      policy: { guardrails: { equalRoutes: 'wait' } },
    });
    expect(details).toEqual([
      `${wanted}, but routes it to tgw-1 (transit-gateway), which drops its traffic, by a route that is not the product's own and is left alone. As soon as that route is deleted, the route to the peering takes its place (guardrails.equalRoutes: wait).`,
    ]);
  });

  it("says of a conflict that somebody turned the product's own route, where the registry knows it", () => {
    const found = route('10.64.0.0/16', 'tgw-1');
    const turned = planFor([found], { memory: registryOf(['rtb-1 10.64.0.0/16 pcx-1']) });
    expect(turned.details).toEqual([
      `${wanted}, but in place of the product's own route somebody put one to tgw-1 (transit-gateway). Only routes to peerings are turned back, so it is left alone. ` +
        leave.slice(leave.indexOf('If its addresses')),
    ]);
    const before = planFor([found], { memory: registryOf(['rtb-1 10.64.0.0/16 pcx-8']) });
    expect(before.details).toEqual([`${wanted}, but routes it to tgw-1 (transit-gateway) ${leave}`]);
  });

  const wish = { ...about, destination: '10.64.0.0/16', peeringId: 'pcx-1', rule: 'peers' };

  it('says why a route of a dead peering is replaced', () => {
    const found = route('10.64.0.0/16', 'pcx-9');
    const { full } = planFor([found], {
      peerings: [
        synced(),
        peering('pcx-9', local, vpc('vpc-s', [], { accountId: PEER }), { status: 'deleted' }),
      ],
    });
    expect(full).toEqual({
      changes: [
        {
          action: 'replace',
          onlyIfDead: 'pcx-9',
          ...wish,
          reason: 'Rule peers routes 10.64.0.0/16 to pcx-1; rtb-1 routes it to pcx-9, which is deleted.',
          seen: found,
          mends: 'stale',
        },
      ],
      findings: [
        {
          kind: 'stale',
          ...about,
          destination: '10.64.0.0/16',
          peeringId: 'pcx-9',
          takenOverBy: 'pcx-1',
          detail:
            'rtb-1 in us-east-1 routes 10.64.0.0/16 to pcx-9, which is deleted. The route to pcx-1 (rule peers) takes its place.',
          repairable: true,
        },
      ],
    });
  });

  it.each([
    ['managed', peering('pcx-9', local, other)],
    ['not managed', peering('pcx-9', local, stranger)],
    ['dead', peering('pcx-9', local, other, { status: 'deleted' })],
  ] as const)('says that somebody turned an own route to another peering, which is %s', (standing, wrong) => {
    const found = route('10.64.0.0/16', 'pcx-9');
    const ofManaged = standing === 'managed' ? [route('10.65.0.0/16', 'pcx-9')] : [];
    const { full } = planFor([found, ...ofManaged], {
      peerings: [synced(), wrong],
      memory: registryOf(['rtb-1 10.64.0.0/16 pcx-1']),
    });
    const why = standing === 'dead' ? 'which is deleted' : 'to which somebody turned it';
    expect(full).toEqual({
      changes: [
        {
          action: 'replace',
          ...wish,
          reason: `Rule peers routes 10.64.0.0/16 to pcx-1; rtb-1 routes it to pcx-9, ${why}.`,
          seen: found,
          mends: 'wrong-target',
        },
      ],
      findings: [
        {
          kind: 'wrong-target',
          ...wish,
          detail: `${wanted}, but routes it to pcx-9, ${why}.`,
          repairable: true,
        },
      ],
    });
  });

  it('says why a route is created', () => {
    expect(planFor([]).reasons).toEqual([
      'Rule peers routes 10.64.0.0/16 to pcx-1, and rtb-1 has no such route.',
    ]);
    expect(planFor([]).full.changes[0]?.mends).toBe('missing');
  });

  it('says of a blackhole that it drops traffic', () => {
    expect(planFor([route('10.64.0.0/16', 'pcx-1', dead)]).details).toEqual([
      'rtb-1 in us-east-1 routes 10.64.0.0/16 to pcx-1 (rule peers), which is active, but the route is a blackhole and drops its traffic. If that lasts for more than a few minutes, delete the route by hand; where the policy says mode: enforce and drift.repair: true, the product writes it anew.',
    ]);
  });

  it('names the rule of a route that a managed peering does not ask for, and none of a dead one', () => {
    const { full } = planFor(
      [
        inPlace,
        route('192.168.7.0/24', 'pcx-1'),
        route('pl-2', 'pcx-1'),
        route('10.65.0.0/16', 'pcx-9', dead),
        route('pl-1', 'pcx-9', dead),
      ],
      { prefixLists: [prefixList('pl-2', ['10.64.1.0/24', '192.168.8.0/24', '192.168.9.0/24'])] },
    );
    const byHand =
      ' The product writes plain CIDR routes only, so this one is not its own: delete it by hand.';
    const has = (destination: string, peeringId: string) =>
      `rtb-1 in us-east-1 routes ${destination} to ${peeringId}, `;
    const gone = 'which no longer exists.';
    const unasked = 'a destination that rule peers does not ask for.';
    const foreign = (them: string, how: string) =>
      ` Somebody else made this route, so it is left alone. The VPC at the other end (vpc-r) has 10.64.0.0/16 and none of ${them}, so all that is sent there is dropped: ${how}.`;
    const of = (destination: string, peeringId: string) => ({ ...about, destination, peeringId });
    expect(full.findings).toEqual([
      {
        kind: 'stale',
        ...of('10.65.0.0/16', 'pcx-9'),
        detail: has('10.65.0.0/16', 'pcx-9') + gone,
        repairable: true,
      },
      {
        kind: 'unexpected',
        ...of('192.168.7.0/24', 'pcx-1'),
        rule: 'peers',
        detail:
          has('192.168.7.0/24', 'pcx-1') +
          unasked +
          foreign('these addresses', 'delete the route by hand') +
          ' Without this route its addresses lead nowhere.',
        repairable: false,
      },
      {
        kind: 'stale',
        ...of('pl-1', 'pcx-9'),
        detail: has('pl-1', 'pcx-9') + gone + byHand,
        repairable: false,
      },
      {
        kind: 'unexpected',
        ...of('pl-2', 'pcx-1'),
        rule: 'peers',
        detail:
          has('pl-2', 'pcx-1') +
          unasked.replace('destination', 'destination (192.168.8.0/24, 192.168.9.0/24)') +
          foreign('these addresses', 'take them out of the prefix list') +
          ' Without these entries their addresses lead nowhere.',
        repairable: false,
      },
    ]);
    expect(full.changes).toEqual([
      {
        action: 'delete',
        onlyIfDead: 'pcx-9',
        ...of('10.65.0.0/16', 'pcx-9'),
        reason: has('10.65.0.0/16', 'pcx-9') + gone,
        seen: route('10.65.0.0/16', 'pcx-9', dead),
        mends: 'stale',
      },
    ]);
  });

  describe("of somebody's route to several CIDRs of the other VPC at once", () => {
    const two = vpc('vpc-t', ['10.2.0.0/16', '10.3.0.0/16', '2001:db8::/57', '2001:db8:0:80::/57'], {
      accountId: PEER,
    });
    const ofTwo = (routes: readonly Route[], parts: Parameters<typeof planWith>[1] = {}) =>
      planFor(routes, { peerings: [peering('pcx-1', local, two)], ...parts });
    const bothFamilies = [route('10.2.0.0/15', 'pcx-1'), route('2001:db8::/56', 'pcx-1')];
    const asking = (destinations: readonly string[]) => ({
      rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { destinations } }],
    });

    it('says nothing where they are all of it, in both families', () => {
      expect(ofTwo(bothFamilies)).toMatchObject({ changes: [], findings: [] });
    });

    it('says nothing of the same as an entry of a list, nor where the rule names it', () => {
      const byList = [route('pl-1', 'pcx-1')];
      const prefixLists = [prefixList('pl-1', ['10.2.0.0/15', '2001:db8::/56'])];
      expect(ofTwo(byList, { prefixLists })).toMatchObject({ changes: [], findings: [] });
      const policy = asking(['10.2.0.0/15', '2001:db8::/56']);
      expect(ofTwo(bothFamilies, { policy })).toMatchObject({ changes: [], findings: [] });
    });

    it('says that the rule may ask for it where the rule asks for one of them alone: nothing is dropped', () => {
      const { details } = ofTwo([route('10.2.0.0/16', 'pcx-1'), route('10.2.0.0/15', 'pcx-1')], {
        policy: asking(['10.2.0.0/16']),
      });
      expect(details).toEqual([
        expect.stringContaining('left alone. Let the rule ask for it, or delete it by hand.'),
      ]);
    });

    it('says what is outside of all of them', () => {
      expect(ofTwo([...bothFamilies, route('10.0.0.0/14', 'pcx-1')]).details).toEqual([
        // The VPC of the table has 10.1.0.0/16 itself.
        expect.stringContaining(
          'has of it 10.2.0.0/16, 10.3.0.0/16 alone, so what is sent to 10.0.0.0/16 is dropped.',
        ),
      ]);
    });

    it('says something exactly where it has an address that none of them has', () => {
      const quarters = ['10.2.0.0/18', '10.2.64.0/18', '10.2.128.0/18', '10.2.192.0/18'];
      const blocks: Readonly<Record<string, readonly number[]>> = {
        '10.2.0.0/16': [0, 1, 2, 3],
        '10.2.0.0/17': [0, 1],
        '10.2.128.0/17': [2, 3],
        '10.2.64.0/18': [1],
      };
      const some = fc.uniqueArray(fc.constantFrom<number[]>(0, 1, 2, 3), { minLength: 1 });
      fc.assert(
        fc.property(some, fc.constantFrom(...Object.keys(blocks)), (has, block) => {
          const peer = vpc(
            'vpc-t',
            has.flatMap((index) => quarters[index] ?? []),
            { accountId: PEER },
          );
          const { findings } = planFor([route(block, 'pcx-1')], {
            peerings: [peering('pcx-1', local, peer)],
          });
          const isBeyond = (blocks[block] ?? []).some((index) => !has.includes(index));
          expect(findings).toEqual(isBeyond ? [`unexpected ${block} pcx-1 left`] : []);
        }),
      );
    });
  });

  describe("of somebody's route beyond what a rule asks for", () => {
    const half = {
      rules: [
        {
          name: 'peers',
          effect: 'accept',
          remote: { accounts: [PEER] },
          routes: { destinations: ['10.64.0.0/17'] },
        },
      ],
    };
    const memory = registryOf(['rtb-1 10.64.0.0/17 pcx-1']);
    const ofRoutes = (routes: readonly Route[], parts: Parameters<typeof planWith>[1] = {}) =>
      planFor(routes, { policy: half, memory, ...parts }).full.findings.flatMap(({ kind, detail }) =>
        kind === 'unexpected' ? [detail.split('is left alone. ')[1]] : [],
      );
    const there = [route('10.64.0.0/17', 'pcx-1'), route('10.64.200.0/24', 'pcx-1')];
    const choice = 'Let the rule ask for it, or delete it by hand.';

    it.each<[string, readonly Route[], string]>([
      [
        'a wider route',
        [route('10.0.0.0/8', 'tgw-1')],
        'lead to tgw-1 (transit-gateway) by the route to 10.0.0.0/8',
      ],
      [
        'the narrowest of several',
        [route('10.0.0.0/8', 'tgw-1'), route('10.64.192.0/18', 'eni-1')],
        'lead to eni-1 (network-interface) by the route to 10.64.192.0/18',
      ],
      [
        'the default route',
        [route('0.0.0.0/0', 'nat-1')],
        'lead to nat-1 (nat-gateway) by the route to 0.0.0.0/0',
      ],
      [
        'a propagated route to the same',
        [route('10.64.200.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' })],
        'lead to vgw-1 (virtual-private-gateway) by the route to 10.64.200.0/24',
      ],
      [
        'a route that drops them',
        [route('10.0.0.0/8', 'tgw-1', { state: 'blackhole' })],
        'are dropped by the route to 10.0.0.0/8',
      ],
      ['no route', [], 'lead nowhere'],
    ])('says where its traffic goes without it: %s', (_, others, where) => {
      expect(ofRoutes([...there, ...others])).toEqual([
        `${choice} Without this route its addresses ${where}.`,
      ]);
    });

    it('says what it alone leads there that the rule wants, and how that goes on', () => {
      expect(ofRoutes([route('10.64.0.0/15', 'pcx-1')])).toEqual([
        'The VPC at the other end (vpc-r) has of it 10.64.0.0/16 alone, so what else is sent there is dropped. ' +
          'Let the rule ask for 10.64.0.0/16, and delete it by hand once that has its own route. ' +
          'By this route alone 10.64.0.0/17 leads there, which the rule wants: add a route to that first, which the product adopts, then delete this one. ' +
          'Without this route its addresses lead nowhere.',
      ]);
    });

    const eachHalf = (to: string) => [route('10.64.0.0/17', to), route('10.64.128.0/17', to)];

    it.each<[string, readonly Route[], string]>([
      [
        'elsewhere',
        eachHalf('tgw-1'),
        'Its addresses lead to tgw-1 (transit-gateway) by the route to 10.64.0.0/17, or lead to tgw-1 (transit-gateway) by the route to 10.64.128.0/17 already: nothing changes without this route.',
      ],
      [
        'to the same peering',
        eachHalf('pcx-1'),
        'Its addresses lead to pcx-1 by the route to 10.64.0.0/17, or lead to pcx-1 by the route to 10.64.128.0/17 already: nothing changes without this route.',
      ],
    ])('says that narrower routes have its addresses already: %s', (_, halves, says) => {
      const { details } = planWith([table('rtb-1', local, [inPlace, ...halves])], {
        memory: registryOf(['rtb-1 10.64.0.0/16 pcx-1']),
      });
      expect(details[0]).toContain(says);
    });

    it('says that narrower routes have a part of its addresses', () => {
      const { details } = planWith([table('rtb-1', local, [inPlace, route('10.64.0.0/17', 'tgw-1')])], {
        memory: registryOf(['rtb-1 10.64.0.0/16 pcx-1']),
      });
      expect(details[0]).toContain(
        'Without this route its addresses lead nowhere, but for those that other routes have already.',
      );
    });

    it('says of an entry of a list that a static route to the same goes before it', () => {
      const lists = [prefixList('pl-1', ['10.9.0.0/16'])];
      const routes = [...there.slice(0, 1), route('pl-1', 'pcx-1'), route('10.9.0.0/16', 'tgw-1')];
      expect(ofRoutes(routes, { prefixLists: lists })).toEqual([
        'The VPC at the other end (vpc-r) has 10.64.0.0/16 and none of these addresses, and all of them go by other routes, so nothing is sent there: delete the route by hand. ' +
          'Its addresses lead to tgw-1 (transit-gateway) by the route to 10.9.0.0/16 already: nothing changes without this route.',
      ]);
    });

    it('says what comes next where two lists have it: either', () => {
      const lists = [prefixList('pl-1', ['10.64.200.0/24']), prefixList('pl-2', ['10.64.200.0/24'])];
      const routes = [...there, route('pl-1', 'tgw-1'), route('pl-2', 'tgw-2')];
      expect(ofRoutes(routes, { prefixLists: lists })).toEqual([
        `${choice} Without this route its addresses lead to tgw-1 (transit-gateway) by the route to 10.64.200.0/24 in prefix list pl-1, or lead to tgw-2 (transit-gateway) by the route to 10.64.200.0/24 in prefix list pl-2.`,
      ]);
    });

    it.each<[string, readonly Route[], string]>([
      ['none of it', [], 'so what else is sent there is dropped.'],
      [
        'all of it',
        [route('10.65.0.0/16', 'tgw-1')],
        'The rest goes by other routes, so nothing is dropped.',
      ],
      ['a part of it', [route('10.65.0.0/17', 'tgw-1')], 'so what is sent to 10.65.128.0/17 is dropped.'],
    ])(
      'says what is dropped of what the other VPC does not have, where narrower routes lead %s',
      (_, others, says) => {
        const routes = [route('10.64.0.0/17', 'pcx-1'), route('10.64.0.0/15', 'pcx-1'), ...others];
        expect(ofRoutes(routes)).toEqual([expect.stringContaining(says)]);
      },
    );

    it('says where the traffic of a table goes that lost its tag, if its route is deleted', () => {
      const { details } = planWith([table('rtb-1', local, [inPlace, route('10.0.0.0/8', 'tgw-1')])], {
        memory: registryOf(['rtb-1 10.64.0.0/16 pcx-1']),
      });
      expect(details).toEqual([
        expect.stringMatching(
          /delete the route then\. Without this route its addresses lead to tgw-1 \(transit-gateway\) by the route to 10\.0\.0\.0\/8\.$/,
        ),
      ]);
    });
  });

  const formerly = peering('pcx-9', local, stranger, {
    tags: { [`${PREFIX}:routes-synced-at`]: '2026-01-31T12:00:00Z 00 peers' },
  });
  const never = { rules: [{ name: 'never', effect: 'reject', remote: { accounts: [STRANGER] } }] };
  const unmanaged = 'rtb-1 in us-east-1 routes 10.99.0.0/16 to pcx-9, which the policy no longer manages';
  const noRule = 'No rule matches, and what no rule matches is held.';

  it('says why a route of a peering that is no longer managed stays, or goes', () => {
    const routes = [route('10.99.0.0/16', 'pcx-9')];
    const kept = planFor(routes, { peerings: [formerly] });
    const helps =
      'Let a rule manage the peering again, or delete the route by hand. Without this route its addresses lead nowhere.';
    expect(kept.details).toEqual([
      `${unmanaged}; drift.onUntag is keep, so the route stays. ${noRule} ${helps}`,
    ]);
    expect(kept.full.findings[0]).not.toHaveProperty('rule');
    const removed = planFor(routes, { peerings: [formerly], policy: { drift: { onUntag: 'remove' } } });
    expect(removed.details).toEqual([`${unmanaged}, and drift.onUntag is remove. ${noRule}`]);
    expect(removed.reasons).toEqual(removed.details);
    const rejected = planFor(routes, { peerings: [formerly], policy: never });
    expect(rejected.full.findings[1]).toMatchObject({
      kind: 'stale',
      rule: 'never',
      detail: `${unmanaged}; drift.onUntag is keep, so the route stays. Rule never matches and has the effect reject. ${helps}`,
    });
  });

  it('says what rejects a live peering', () => {
    const { full } = planFor([route('10.99.0.0/16', 'pcx-9')], {
      peerings: [peering('pcx-9', local, stranger)],
      policy: never,
    });
    expect(full.findings).toEqual([
      {
        kind: 'active-but-not-allowed',
        region: 'us-east-1',
        peeringId: 'pcx-9',
        rule: 'never',
        detail:
          'Rule never rejects pcx-9 (vpc-a to vpc-x of account 333333333333), yet it is active. Delete the peering, or change the rule so that it does not match.',
        repairable: false,
      },
      {
        kind: 'unexpected',
        ...about,
        destination: '10.99.0.0/16',
        peeringId: 'pcx-9',
        rule: 'never',
        detail:
          'rtb-1 in us-east-1 routes 10.99.0.0/16 to pcx-9, which is live but not managed. The route is left alone. Rule never matches and has the effect reject.',
        repairable: false,
      },
    ]);
  });

  it('says of a rejected peering nothing that is left to do, where it is pending or dead', () => {
    for (const status of ['pending-acceptance', 'deleted'] as const) {
      const peerings = [peering('pcx-9', local, stranger, { status })];
      const { findings, decisions } = planFor([], { peerings, policy: never });
      expect(findings).toEqual([]);
      expect(decisions).toHaveLength(status === 'deleted' ? 0 : 1);
    }
  });

  it('names the rule of a route in a table that did not opt in to it', () => {
    const untagged = planWith([table('rtb-1', local, [inPlace])]);
    expect(untagged.full.findings).toEqual([
      {
        kind: 'untagged',
        ...about,
        destination: '10.64.0.0/16',
        peeringId: 'pcx-1',
        rule: 'peers',
        elsewhere: '10.64.0.0/16 pcx-1',
        detail:
          'rtb-1 in us-east-1 routes 10.64.0.0/16 to pcx-1, as rule peers asks of tagged tables, but the table has no tag peering-autopilot:routes (any more). Tag the table again; or tag it none, if somebody else keeps its routes from now on. If nobody needs this one, tag it none first and delete the route then. Without this route its addresses lead nowhere.',
        repairable: false,
      },
    ]);
    // A route that nobody asked for is nobody's business there, and a route to one of several CIDRs is as good as to all.
    expect(planWith([table('rtb-1', local, [route('192.168.7.0/24', 'pcx-1')])]).findings).toEqual([]);
    expect(
      planWith([table('rtb-1', local, [route('100.64.70.0/24', 'pcx-1')])], {
        peerings: [peering('pcx-1', local, dualStack, { tags: SYNCED })],
      }).findings,
    ).toEqual(['untagged 100.64.70.0/24 pcx-1 left']);
    // One that the product never had is somebody's who does without the product.
    expect(
      planWith([table('rtb-1', local, [inPlace])], { peerings: [peering('pcx-1', local, remote)] }).findings,
    ).toEqual([]);
    expect(planWith([table('rtb-1', local, [route('pl-1', 'pcx-1')])]).findings).toEqual([]);
  });

  it('says nothing of a route to an unmanaged peering in a table that did not opt in', () => {
    expect(
      planWith([table('rtb-1', local, [route('10.99.0.0/16', 'pcx-9')])], {
        peerings: [formerly],
        policy: never,
      }).findings,
    ).toEqual(['active-but-not-allowed  pcx-9 left']);
  });

  it('counts the routes that leave no room, by family', () => {
    const { full } = planFor(
      [route('10.0.0.0/16', 'igw-1'), route('10.5.0.0/16', 'tgw-1'), route('::/0', 'igw-1')],
      {
        peerings: [peering('pcx-1', local, dualStack, { tags: SYNCED })],
        policy: { guardrails: { routesPerTable: 2 } },
      },
    );
    expect(full.findings.slice(0, 2)).toEqual(
      ['10.70.0.0/16', '100.64.70.0/24'].map((destination) => ({
        kind: 'over-limit',
        ...about,
        destination,
        peeringId: 'pcx-1',
        rule: 'peers',
        detail: `rtb-1 in us-east-1 should route ${destination} to pcx-1 (rule peers), but holds 2 of at most 2 IPv4 routes (guardrails.routesPerTable; a prefix list counts with its maximum). Delete routes that nobody needs; or have the quota raised (Service Quotas, Amazon VPC: Routes per route table), then set guardrails.routesPerTable to it and deploy.`,
        repairable: false,
      })),
    );
    expect(full.changes.map(({ destination }) => destination)).toEqual(['2001:db8:70::/56']);
    const none = planFor([route('2001:db8:1::/56', 'igw-1'), route('2001:db8:2::/56', 'igw-1')], {
      peerings: [peering('pcx-1', local, dualStack, { tags: SYNCED })],
      policy: { guardrails: { routesPerTable: 2 } },
    });
    expect(none.changes).toEqual(['create rtb-1 10.70.0.0/16 pcx-1', 'create rtb-1 100.64.70.0/24 pcx-1']);
    expect(none.details.at(-1)).toContain('holds 2 of at most 2 IPv6 routes');
  });

  it.each([
    ['an own route', ['rtb-1 10.70.5.0/24 pcx-1']],
    ["somebody else's route", []],
  ])('keeps %s that stands in for one without room', (_, own) => {
    const { full, details } = planFor([route('10.70.5.0/24', 'pcx-1'), route('10.5.0.0/16', 'tgw-1')], {
      peerings: [peering('pcx-1', local, vpc('vpc-d', ['10.70.0.0/16'], { accountId: PEER }))],
      policy: { guardrails: { routesPerTable: 2 } },
      memory: registryOf(own),
    });
    expect(full.changes).toEqual([]);
    expect(details).toEqual([
      'rtb-1 in us-east-1 should route 10.70.0.0/16 to pcx-1 (rule peers), but holds 2 of at most 2 IPv4 routes (guardrails.routesPerTable; a prefix list counts with its maximum). Delete routes that nobody needs; or have the quota raised (Service Quotas, Amazon VPC: Routes per route table), then set guardrails.routesPerTable to it and deploy.',
    ]);
  });

  it('says what takes a part of a destination away', () => {
    const helps = (call: string, part: string) =>
      `If its addresses shall use the peering, run: aws ec2 ${call} --region us-east-1 --route-table-id rtb-1 --destination-cidr-block ${part} --vpc-peering-connection-id pcx-1`;
    const leftOut = (part: string) =>
      `To leave it as it is, exclude ${part} from rule peers (routes.exclude), which makes 8 routes of 10.64.0.0/16 in each table that takes the rule.`;
    const shadow = (part: string, parts: string) =>
      `${wanted}, but ${parts} The more specific route is left alone. ${helps('replace-route', part)} (without a gap, and nothing else moves). ${leftOut(part)}`;
    const { details, findings, warnings, notJudged } = planFor([
      inPlace,
      route('10.64.9.0/24', 'nat-1', dead),
      route('10.64.8.0/24', 'something-1'),
      route('10.64.7.0/24', 'pcx-7'),
      route('10.64.6.0/24', 'local'),
      route('0.0.0.0/0', 'igw-1'),
      route('pl-2', 'tgw-1'),
      route('pl-1', 'eni-1'),
      route('pl-3', 'vpce-1'),
      route('pl-4', 'pcx-7'),
      route('10.64.5.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
      route('10.64.4.0/24', 'tgw-1', { origin: 'Advertisement' }),
    ]);
    const propagated = (part: string, parts: string) =>
      `${wanted}, but ${parts} A gateway propagates that route, and a more specific route always wins. ${helps('create-route', part)} (nothing else moves). ${leftOut(part)}`;
    expect(details).toEqual([
      propagated('10.64.4.0/24', 'sends 10.64.4.0/24, a part of it, to tgw-1 (transit-gateway).'),
      propagated('10.64.5.0/24', 'sends 10.64.5.0/24, a part of it, to vgw-1 (virtual-private-gateway).'),
      shadow('10.64.7.0/24', 'sends 10.64.7.0/24, a part of it, to pcx-7.'),
      shadow('10.64.8.0/24', 'sends 10.64.8.0/24, a part of it, to something-1.'),
      shadow('10.64.9.0/24', 'drops 10.64.9.0/24, a part of it (nat-1 (nat-gateway) is a blackhole).'),
    ]);
    expect(findings).toEqual([4, 5, 7, 8, 9].map((part) => `shadowed 10.64.${part}.0/24 pcx-1 left`));
    expect(warnings).toEqual([]);
    // Lists that nobody read may take parts away, too; a gateway endpoint's are of AWS. EC2 does not list pcx-7.
    expect(notJudged.map(({ resource, reason }) => [resource, reason])).toEqual([
      ...[
        ['pl-1', 'eni-1'],
        ['pl-2', 'tgw-1'],
      ].map(([list, target]) => [
        list,
        `rtb-1 routes prefix list ${list} to ${target}; whether that takes part of a peering's addresses away is not known: its entries were not read.`,
      ]),
      ...['10.64.7.0/24', 'pl-4'].map((destination) => [
        'pcx-7',
        `rtb-1 in us-east-1 routes ${destination} to pcx-7, which EC2 does not list although the route works: where it leads is not known.`,
      ]),
    ]);
  });

  it.each([
    ['wants none', '*', {}],
    ['wants none, and which lost its tag', undefined, { memory: registryOf(['rtb-1 10.64.7.0/24 pcx-7']) }],
  ])(
    'does not call a route fine whose peering EC2 does not list, in a table in which the policy %s',
    (_, optIn, parts) => {
      const found = [route('10.64.7.0/24', 'pcx-7'), route('10.64.9.0/24', 'tgw-1')];
      const { changes, findings, notJudged } = planWith(
        [table('rtb-1', local, found, optIn === undefined ? {} : { optIn })],
        { ...parts, peerings: [] },
      );
      expect([changes, findings]).toEqual([[], []]);
      expect(notJudged.map(({ reason }) => reason)).toEqual([
        'rtb-1 in us-east-1 routes 10.64.7.0/24 to pcx-7, which EC2 does not list although the route works: where it leads is not known.',
      ]);
    },
  );

  it('says nothing of the routes of others, wherever they lead, in a table without the tag', () => {
    const { notJudged } = planWith([table('rtb-1', local, [route('10.64.7.0/24', 'pcx-7')])], {
      peerings: [],
    });
    expect(notJudged).toEqual([]);
  });

  it('says nothing of other routes in a table in which the policy wants none', () => {
    const { findings, warnings } = planFor([route('pl-2', 'tgw-1'), route('10.64.9.0/24', 'tgw-1')], {
      peerings: [],
    });
    expect([findings, warnings]).toEqual([[], []]);
  });

  it('takes a default route that the policy wants for no part of another', () => {
    const everything = vpc('vpc-r', ['0.0.0.0/0'], { accountId: PEER });
    const policy = { rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] } }] };
    const { findings } = planFor([inPlace, route('0.0.0.0/0', 'igw-1')], {
      peerings: [synced(), peering('pcx-5', local, everything, { tags: SYNCED })],
      policy,
    });
    expect(findings.filter((each) => each.startsWith('shadowed'))).toEqual([]);
  });

  it('names every rule of a tag that the policy has not', () => {
    expect(planFor([], { optIn: 'peers  one two' }).warnings).toEqual([
      'rtb-1 in us-east-1: the tag peering-autopilot:routes names one, two, but the policy has no such rule; did you mean peering-autopilot:routes = "peers"?',
    ]);
    expect(planFor([], { optIn: 'peers' }).warnings).toEqual([]);
    expect(planWith([table('rtb-1', local, [])]).warnings).toEqual([]);
    expect(planFor([], { optIn: ' ' }).warnings).toEqual([
      'rtb-1 in us-east-1: the tag peering-autopilot:routes is empty, so the table gets no routes. Set it to * or to names of rules, with blanks between: peers.',
    ]);
    expect(planWith([table('rtb-1', local, [], { optIn: '*', gatewayId: 'igw-1' })]).warnings).toEqual([
      'rtb-1 in us-east-1 is associated with igw-1; gateway route tables take no peering routes, so it is left alone. Remove its tag peering-autopilot:routes.',
    ]);
  });

  it('takes nothing out of the table of a gateway and finds nothing there', () => {
    const routes = [route('10.65.0.0/16', 'pcx-9', dead), route('192.168.7.0/24', 'pcx-1')];
    const { changes, findings } = planWith([
      table('rtb-1', local, routes, { optIn: '*', gatewayId: 'igw-1' }),
    ]);
    expect([changes, findings]).toEqual([[], []]);
  });

  it('says what cannot be decided, and why', () => {
    const undecided = 'pcx-1 cannot be decided for vpc-a, so its routes are left as they are: ';
    expect(planFor([], { vpcs: [] }).warnings).toEqual([
      `${undecided}Rule peers matches and has the effect accept. The CIDRs of local VPC vpc-a are not visible.`,
    ]);
    const hidden = { ...synced(), accepter: { ...synced().accepter, cidrs: [] } };
    expect(planFor([], { peerings: [hidden] }).warnings).toEqual([
      `${undecided}Rule peers matches and has the effect accept. The CIDRs of remote VPC vpc-r are not visible.`,
    ]);
  });

  it('says which CIDRs are not routed, and why', () => {
    const grown = vpc('vpc-a', ['10.1.0.0/16', '10.70.0.0/16']);
    const { warnings } = planFor([], { vpcs: [grown], peerings: [peering('pcx-1', grown, dualStack)] });
    expect(warnings).toEqual([
      'pcx-1: not every CIDR of vpc-d is routed from vpc-a: 10.70.0.0/16 of remote VPC vpc-d overlaps 10.70.0.0/16 of local VPC vpc-a, and such addresses cannot be routed.',
    ]);
  });

  it('puts CIDRs before prefix lists, then goes by kind and peering', () => {
    const twin = vpc('vpc-t', ['10.64.0.0/16'], { accountId: PEER });
    const { findings } = planFor([route('pl-2', 'pcx-9', dead), route('pl-1', 'pcx-9', dead)], {
      peerings: [
        synced('pcx-3'),
        peering('pcx-2', local, twin, { tags: SYNCED }),
        peering('pcx-1', local, twin, { tags: SYNCED }),
      ],
    });
    expect(findings).toEqual([
      'conflict 10.64.0.0/16 pcx-1 left',
      'conflict 10.64.0.0/16 pcx-2 left',
      'conflict 10.64.0.0/16 pcx-3 left',
      'stale pl-1 pcx-9 left',
      'stale pl-2 pcx-9 left',
    ]);
  });
});

it('names ids, Region and rule in every reason', () => {
  const { reasons } = planFor([
    route('10.64.0.0/16', 'pcx-gone', { state: 'blackhole' }),
    route('10.65.0.0/16', 'pcx-gone', { state: 'blackhole' }),
  ]);
  expect(reasons).toEqual([
    'Rule peers routes 10.64.0.0/16 to pcx-1; rtb-1 routes it to pcx-gone, which no longer exists.',
    'rtb-1 in us-east-1 routes 10.65.0.0/16 to pcx-gone, which no longer exists.',
  ]);
});
