import { plan } from '../../lib/routing/plan.ts';
import { syncMarkValue } from '../../lib/routing/synced.ts';
import type { Route, RouteTable } from '../../lib/routing/types.ts';
import {
  inventory,
  PEER,
  PREFIX,
  peering,
  policyOf,
  route,
  STRANGER,
  SYNCED,
  table,
  vpc,
} from '../support/fixtures.ts';

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
  } = {},
) {
  const { changes, findings, pending, desired, warnings, ...rest } = plan(
    inventory({ vpcs: parts.vpcs ?? [local], peerings: parts.peerings ?? [synced()], tables }),
    policyOf(parts.policy),
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

  it('are none for peerings that are pending, not allowed, or in a Region that is not managed', () => {
    expect(
      planFor([], { peerings: [peering('pcx-1', remote, local, { status: 'pending-acceptance' })] }).desired,
    ).toEqual([]);
    expect(planFor([], { peerings: [peering('pcx-1', local, stranger)] }).desired).toEqual([]);
    expect(planFor([], { policy: { regions: ['eu-west-1'] } }).decisions).toEqual([]);
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
      'rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers), but has no such route.',
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
  it.each([
    ['a dead peering', peering('pcx-9', local, other, { status: 'deleted' })],
    ['a managed peering that does not want it', peering('pcx-9', local, other)],
  ])('is replaced where it goes to %s', (_, wrong) => {
    const { changes, findings } = planFor([route('10.64.0.0/16', 'pcx-9'), route('10.65.0.0/16', 'pcx-9')], {
      peerings: [synced(), wrong],
    });
    expect(changes[0]).toBe('replace rtb-1 10.64.0.0/16 pcx-1');
    expect(findings).toContain('wrong-target 10.64.0.0/16 pcx-1 repairable');
  });

  it('is replaced where its peering has vanished from EC2', () => {
    const { changes } = planFor([route('10.64.0.0/16', 'pcx-gone', { state: 'blackhole' })]);
    expect(changes).toEqual(['replace rtb-1 10.64.0.0/16 pcx-1']);
  });

  it('is pending work where a new peering takes over from a dead one', () => {
    const { changes, findings, pending } = planFor([route('10.64.0.0/16', 'pcx-9', { state: 'blackhole' })], {
      peerings: [peering('pcx-1', local, remote), peering('pcx-9', local, remote, { status: 'deleted' })],
    });
    expect(changes).toEqual(['replace rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual([]);
    expect(pending).toEqual(['10.64.0.0/16']);
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

  it('leave it to the lowest id', () => {
    const { changes, findings } = planFor([], { peerings });
    expect(changes).toEqual(['create rtb-1 10.64.0.0/16 pcx-1']);
    expect(findings).toEqual(['conflict 10.64.0.0/16 pcx-2 left', 'missing 10.64.0.0/16 pcx-1 repairable']);
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
  it('goes from a table that its rule selects', () => {
    const { changes, findings } = planFor([route('10.64.0.0/16', 'pcx-1'), route('192.168.7.0/24', 'pcx-1')]);
    expect(changes).toEqual(['delete rtb-1 192.168.7.0/24 pcx-1']);
    expect(findings).toEqual(['unexpected 192.168.7.0/24 pcx-1 repairable']);
  });

  it('stays in a table that opted in to other rules', () => {
    const { changes, findings } = planFor([route('192.168.7.0/24', 'pcx-1')], { optIn: 'others' });
    expect(changes).toEqual([]);
    expect(findings).toEqual(['unexpected 192.168.7.0/24 pcx-1 left']);
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
    const { changes, findings, details } = planFor([
      wanted,
      route('10.64.9.0/24', 'tgw-1'),
      route('0.0.0.0/0', 'igw-1'),
    ]);
    expect(changes).toEqual([]);
    expect(findings).toEqual(['shadowed 10.64.9.0/24 pcx-1 left']);
    expect(details[0]).toContain('sends 10.64.9.0/24, a part of it, to tgw-1 (transit-gateway)');
  });

  it('is no second finding where the plan deletes it', () => {
    const { changes, findings } = planFor(
      [wanted, route('10.65.0.0/16', 'pcx-2'), route('10.64.9.0/24', 'pcx-2')],
      { peerings: [synced(), peering('pcx-2', local, other, { tags: SYNCED })] },
    );
    expect(changes).toEqual(['delete rtb-1 10.64.9.0/24 pcx-2']);
    expect(findings).toEqual(['unexpected 10.64.9.0/24 pcx-2 repairable']);
  });

  it('is only a warning where it is propagated', () => {
    const { findings, warnings } = planFor([
      wanted,
      route('10.64.9.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
    ]);
    expect(findings).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('vgw-1')]);
  });

  it('is no finding where the policy wants it', () => {
    const part = vpc('vpc-p', ['10.64.8.0/24'], { accountId: PEER });
    const { findings } = planFor([wanted, route('10.64.8.0/24', 'pcx-2')], {
      peerings: [synced(), peering('pcx-2', local, part, { tags: SYNCED })],
    });
    expect(findings).toEqual([]);
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

  it('counts a prefix list with its maximum entries where they are known', () => {
    const tables = [table('rtb-1', local, [route('pl-1', 'vpce-1')], { optIn: '*' })];
    const read = inventory({ vpcs: [local], peerings: [synced()], tables });
    const policy = policyOf({ guardrails: { routesPerTable: 10 } });
    expect(plan(read, policy).changes).toHaveLength(1);
    expect(plan(read, policy, { prefixListEntries: new Map([['pl-1', 10]]) }).findings).toEqual([
      expect.objectContaining({ kind: 'over-limit' }),
    ]);
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

describe('DNS resolution', () => {
  const asking = {
    rules: [
      { name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { dnsResolution: true } },
    ],
  };

  it('is drift when it was turned off after the peering was synced', () => {
    const off = (tags: Readonly<Record<string, string>>) =>
      planFor([route('10.64.0.0/16', 'pcx-1')], {
        policy: asking,
        peerings: [peering('pcx-1', local, remote, { tags, requesterDns: false })],
      }).findings;
    expect(off(SYNCED)).toEqual(['dns-resolution  pcx-1 repairable']);
    expect(off({})).toEqual([]);
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
