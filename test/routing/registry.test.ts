import { MARKS_ADOPTED, NO_MEMORY, NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import type { Peering } from '../../lib/model/peering.ts';
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

/** Whose a route is, and what follows from it: what the registry names, what it does not, and what it named in vain. */

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-0123456789abcdef1', ['10.64.0.0/16'], { accountId: PEER });
const other = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });
const twin = vpc('vpc-0123456789abcdef2', ['10.64.0.0/16'], { accountId: PEER });
const stranger = vpc('vpc-x', ['10.99.0.0/16'], { accountId: STRANGER });

const P1 = peering('pcx-1', local, remote);
const P2 = peering('pcx-2', local, other);
const WANTED = route('10.64.0.0/16', 'pcx-1');

interface Parts {
  readonly own?: readonly string[];
  readonly memory?: RegionMemory;
  readonly peerings?: readonly Peering[];
  readonly policy?: Record<string, unknown>;
  readonly prefixLists?: readonly PrefixList[];
}

function judgeTables(tables: readonly RouteTable[], parts: Parts = {}) {
  const plan = planOf(
    inventory({
      vpcs: [local],
      peerings: parts.peerings ?? [P1],
      tables,
      prefixLists: parts.prefixLists ?? [],
    }),
    policyOf(parts.policy),
    { memory: parts.memory ?? registryOf(parts.own ?? []) },
  );
  return {
    changes: plan.changes.map(({ action, destination, peeringId, mends, heldBy }) =>
      [
        action,
        destination,
        peeringId,
        ...(mends === undefined ? [] : [`(${mends})`]),
        ...(heldBy === undefined ? [] : [`(held: ${heldBy})`]),
      ].join(' '),
    ),
    findings: plan.findings.map(({ kind, destination, peeringId, repairable }) =>
      [kind, destination, peeringId, repairable ? 'repairable' : 'left'].join(' '),
    ),
    details: plan.findings.map(({ detail }) => detail),
    learned: plan.learned.map((update) =>
      update.kind === 'own' || update.kind === 'not-own'
        ? [update.kind, update.routeTableId, update.destination, update.peeringId, update.rule].join(' ')
        : update.kind,
    ),
    reasons: plan.changes.map(({ reason }) => reason),
    pending: plan.pending.map(({ destination, peeringId }) => `${destination} ${peeringId}`),
    notJudged: plan.notJudged,
    fingerprints: plan.fingerprints,
    routesOf: plan.decisions.map(({ view, routes }) => ({ [view.peering.peeringId]: routes })),
  };
}

/** One table that opted in to everything. */
function judge(routes: readonly Route[], parts: Parts = {}) {
  return judgeTables([table('rtb-1', local, routes, { optIn: '*' })], parts);
}

const NOTHING = { changes: [], findings: [], learned: [], pending: [] };

describe('an own route', () => {
  const own = ['rtb-1 10.64.0.0/16 pcx-1'];

  it('that is in place needs nothing', () => {
    expect(judge([WANTED], { own })).toMatchObject(NOTHING);
  });

  it('that is gone is missing, and the registry keeps it', () => {
    expect(judge([], { own })).toMatchObject({
      changes: ['create 10.64.0.0/16 pcx-1 (missing)'],
      findings: ['missing 10.64.0.0/16 pcx-1 repairable'],
      learned: [],
      pending: [],
    });
  });

  it('that is gone is missing while another own one leads its addresses there, which is said, and counts as routed', () => {
    const wide = route('10.0.0.0/8', 'pcx-1');
    const result = judge([wide], { own: [...own, 'rtb-1 10.0.0.0/8 pcx-1'] });
    expect(result).toMatchObject({
      changes: ['create 10.64.0.0/16 pcx-1 (missing)', 'delete 10.0.0.0/8 pcx-1'],
      findings: ['missing 10.64.0.0/16 pcx-1 repairable'],
      routesOf: [{ 'pcx-1': { desired: 1, present: 1 } }],
    });
    expect(result.details).toEqual([
      'rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers), but has no such route any more. ' +
        'Its addresses lead there meanwhile by the route to 10.0.0.0/8, so no traffic is lost.',
    ]);
    const part = [wide, route('10.64.8.0/24', 'tgw-1')];
    expect(judge(part, { own: [...own, 'rtb-1 10.0.0.0/8 pcx-1'] })).toMatchObject({
      routesOf: [{ 'pcx-1': { desired: 1, present: 0 } }],
      details: [
        expect.stringMatching(/but has no such route any more\.$/),
        expect.stringContaining('sends 10.64.8.0/24'),
      ],
    });
  });

  it('that is gone is not missing where routes that stay lead its addresses there, whoever made them', () => {
    expect(judge([route('10.0.0.0/8', 'pcx-1')], { own })).toMatchObject({
      changes: [],
      findings: ['unexpected 10.0.0.0/8 pcx-1 left'],
      routesOf: [{ 'pcx-1': { desired: 1, present: 1 } }],
    });
  });

  it('is own in its table alone: the same one of a table tagged later is pending', () => {
    const tables = [
      table('rtb-1', local, [WANTED], { optIn: '*' }),
      table('rtb-2', local, [], { optIn: '*' }),
    ];
    expect(judgeTables(tables, { own })).toMatchObject({
      changes: ['create 10.64.0.0/16 pcx-1'],
      findings: [],
      pending: ['10.64.0.0/16 pcx-1'],
    });
  });

  it.each([
    ['a managed peering', P2],
    ['a peering that no rule matches', peering('pcx-2', local, stranger)],
    ['a peering that was not read', peering('pcx-7', local, stranger)],
  ])('turned to %s is turned back', (_, elsewhere) => {
    const tables = [
      table('rtb-1', local, [route('10.64.0.0/16', 'pcx-2'), route('10.65.0.0/16', 'pcx-2')], { optIn: '*' }),
    ];
    const result = judgeTables(tables, { own, peerings: [P1, elsewhere] });
    expect(result.changes).toEqual(['replace 10.64.0.0/16 pcx-1 (wrong-target)']);
    expect(result.findings).toEqual(['wrong-target 10.64.0.0/16 pcx-1 repairable']);
    expect(result.learned.filter((update) => update.startsWith('not-own'))).toEqual([]);
  });

  it('in whose place somebody put a route to no peering is a conflict, and that one stays', () => {
    expect(judge([route('10.64.0.0/16', 'tgw-1')], { own })).toMatchObject({
      changes: [],
      findings: ['conflict 10.64.0.0/16 pcx-1 left'],
    });
  });

  it('that the policy no longer asks for goes, which is no drift', () => {
    expect(
      judge([WANTED, route('10.64.9.0/24', 'pcx-1')], { own: [...own, 'rtb-1 10.64.9.0/24 pcx-1'] }),
    ).toMatchObject({ changes: ['delete 10.64.9.0/24 pcx-1'], findings: [], learned: [] });
  });

  it('moves with its destination: what takes its place comes first', () => {
    const policy = {
      rules: [
        {
          name: 'peers',
          effect: 'accept',
          remote: { accounts: [PEER] },
          routes: { destinations: ['10.64.0.0/17'] },
        },
      ],
    };
    expect(judge([WANTED], { own, policy })).toMatchObject({
      changes: ['create 10.64.0.0/17 pcx-1', 'delete 10.64.0.0/16 pcx-1'],
      findings: [],
    });
  });

  it('inside a destination that cannot be routed now stays, and nothing is said of it beside that', () => {
    const there = [route('10.64.0.0/17', 'pcx-1'), route('10.64.0.0/16', 'tgw-1')];
    expect(judge(there, { own: ['rtb-1 10.64.0.0/17 pcx-1'] })).toMatchObject({
      changes: [],
      findings: ['conflict 10.64.0.0/16 pcx-1 left'],
      notJudged: [],
    });
  });

  it('goes where the VPC at the other end has lost its range, and the reason says so', () => {
    const there = [WANTED, route('10.80.0.0/16', 'pcx-1'), route('10.64.0.0/15', 'pcx-1')];
    const { reasons } = judge(there, {
      own: [...own, 'rtb-1 10.80.0.0/16 pcx-1', 'rtb-1 10.64.0.0/15 pcx-1'],
    });
    expect(reasons).toEqual([
      'rtb-1 in us-east-1 routes 10.64.0.0/15 to pcx-1, of which the VPC at the other end (vpc-0123456789abcdef1) now has only 10.64.0.0/16.',
      'rtb-1 in us-east-1 routes 10.80.0.0/16 to pcx-1, which the VPC at the other end (vpc-0123456789abcdef1) does not have any more: it has 10.64.0.0/16.',
    ]);
  });

  it('goes though the rest of a wider destination leads elsewhere: its own addresses lead on by that', () => {
    const routes = [WANTED, route('10.64.8.0/24', 'pcx-1'), route('10.64.128.0/17', 'tgw-1')];
    const result = judge(routes, { own: [...own, 'rtb-1 10.64.8.0/24 pcx-1'] });
    expect(result).toMatchObject({
      changes: ['delete 10.64.8.0/24 pcx-1'],
      findings: ['shadowed 10.64.128.0/17 pcx-1 left'],
    });
  });

  it('goes as what the policy asks for no more, whether its peering lives or not', () => {
    const { changes } = planOf(
      inventory({
        vpcs: [local],
        peerings: [P1],
        tables: [table('rtb-1', local, [WANTED, route('10.9.0.0/16', 'pcx-1')], { optIn: '*' })],
      }),
      policyOf(),
      { memory: registryOf([...own, 'rtb-1 10.9.0.0/16 pcx-1']) },
    );
    expect(changes).toEqual([expect.not.objectContaining({ onlyIfDead: 'pcx-1' })]);
  });

  it('stays where a part of its addresses would lead nowhere', () => {
    const policy = {
      rules: [
        {
          name: 'peers',
          effect: 'accept',
          remote: { accounts: [PEER] },
          routes: { destinations: ['10.64.0.0/17'] },
        },
      ],
    };
    const result = judge([WANTED, route('10.64.0.0/17', 'tgw-1')], { own, policy });
    expect(result).toMatchObject({
      changes: [],
      findings: ['conflict 10.64.0.0/17 pcx-1 left', 'unexpected 10.64.0.0/16 pcx-1 left'].sort(
        (a, b) => Number(a.includes('/17')) - Number(b.includes('/17')),
      ),
    });
    expect(result.details.find((detail) => detail.includes('It stays'))).toContain(
      'It stays, because 10.64.0.0/17, which the policy wants there, cannot be routed to pcx-1 by itself now.',
    );
  });

  it('stays where its addresses would fall to a narrower route to elsewhere', () => {
    const routes = [WANTED, route('10.64.9.0/24', 'pcx-1'), route('10.64.8.0/22', 'tgw-1')];
    const result = judge(routes, { own: [...own, 'rtb-1 10.64.9.0/24 pcx-1'] });
    expect(result).toMatchObject({
      changes: [],
      findings: ['shadowed 10.64.8.0/22 pcx-1 left'],
    });
    // What goes to that one already is not lost.
    const wider = [WANTED, route('10.64.8.0/22', 'pcx-1'), route('10.64.9.0/24', 'tgw-1')];
    expect(judge(wider, { own: [...own, 'rtb-1 10.64.8.0/22 pcx-1'] }).changes).toEqual([
      'delete 10.64.8.0/22 pcx-1',
    ]);
  });

  it('for which another peering is asked now is handed over in one call', () => {
    const policy = {
      rules: [
        {
          name: 'old',
          effect: 'accept',
          remote: { vpcs: ['vpc-0123456789abcdef2'], accounts: [PEER] },
          routes: { destinations: ['10.64.128.0/17'] },
        },
        {
          name: 'new',
          effect: 'accept',
          remote: { vpcs: ['vpc-0123456789abcdef1'], accounts: [PEER] },
          routes: { destinations: ['10.64.0.0/17'] },
        },
      ],
    };
    expect(
      judge([route('10.64.0.0/17', 'pcx-3'), route('10.64.128.0/17', 'pcx-3')], {
        peerings: [P1, peering('pcx-3', local, twin)],
        policy,
        own: ['rtb-1 10.64.0.0/17 pcx-3 old', 'rtb-1 10.64.128.0/17 pcx-3 old'],
      }),
    ).toMatchObject({
      changes: ['replace 10.64.0.0/17 pcx-1'],
      findings: [],
      pending: ['10.64.0.0/17 pcx-1'],
    });
  });

  it.each([
    ['keep', [], ['stale 10.99.0.0/16 pcx-9 left'], 'drift.onUntag is keep, so the route stays.'],
    [
      'remove',
      ['delete 10.99.0.0/16 pcx-9 (stale)'],
      ['stale 10.99.0.0/16 pcx-9 repairable'],
      'and drift.onUntag is remove.',
    ],
  ])(
    'of a peering that is no longer managed follows drift.onUntag: %s',
    (onUntag, changes, findings, says) => {
      const result = judge([route('10.99.0.0/16', 'pcx-9')], {
        peerings: [peering('pcx-9', local, stranger)],
        own: ['rtb-1 10.99.0.0/16 pcx-9'],
        policy: { drift: { onUntag } },
      });
      expect(result).toMatchObject({ changes, findings });
      expect(result.details[0]).toContain(says);
    },
  );

  it('of such a peering stays in a table whose tag does not name its rule any more', () => {
    const tables = [table('rtb-1', local, [route('10.99.0.0/16', 'pcx-9')], { optIn: 'others' })];
    const result = judgeTables(tables, {
      peerings: [peering('pcx-9', local, stranger)],
      own: ['rtb-1 10.99.0.0/16 pcx-9'],
      policy: {
        drift: { onUntag: 'remove' },
        rules: ['peers', 'others'].map((name) => ({ name, effect: 'accept', remote: { accounts: [PEER] } })),
      },
    });
    expect(result).toMatchObject({ changes: [], findings: ['stale 10.99.0.0/16 pcx-9 left'] });
    expect(result.details[0]).toContain(
      "the table's tag peering-autopilot:routes does not name rule peers (any more), so the route stays.",
    );
  });

  it.each([
    ['has no tag', {}, 'the table has no tag peering-autopilot:routes (any more), so'],
    [
      'has a tag for other rules',
      { optIn: 'others' },
      "the table's tag peering-autopilot:routes does not name rule peers (any more), so",
    ],
  ])(
    'of a dead peering is told of where its table %s, as the product does not write there',
    (_, parts, says) => {
      const result = judgeTables(
        [table('rtb-1', local, [route('10.65.0.0/16', 'pcx-2', { state: 'blackhole' })], parts)],
        {
          peerings: [peering('pcx-2', local, other, { status: 'deleted' })],
          own: ['rtb-1 10.65.0.0/16 pcx-2'],
          policy: { rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['999999999999'] } }] },
        },
      );
      expect(result).toMatchObject({ changes: [], findings: ['untagged 10.65.0.0/16 pcx-2 left'] });
      expect(result.details[0]).toContain(says);
    },
  );

  it('in a table whose tag is nearly the right one is told of with the tag that was meant', () => {
    const made = table('rtb-1', local, [WANTED]);
    const tags = { ...made.tags, 'peering-autopilot:route': '*' };
    const { findings, details } = judgeTables([{ ...made, tags }], { own: ['rtb-1 10.64.0.0/16 pcx-1'] });
    expect(findings).toEqual(['untagged 10.64.0.0/16 pcx-1 left']);
    expect(details[0]).toContain('"peering-autopilot:route"');
    expect(details[0]).toContain('peering-autopilot:routes');
  });

  it('of a dead peering goes', () => {
    expect(
      judge([route('10.65.0.0/16', 'pcx-2', { state: 'blackhole' })], {
        peerings: [peering('pcx-2', local, other, { status: 'deleted' })],
        own: ['rtb-1 10.65.0.0/16 pcx-2'],
      }),
    ).toMatchObject({
      changes: ['delete 10.65.0.0/16 pcx-2 (stale)'],
      findings: ['stale 10.65.0.0/16 pcx-2 repairable'],
      learned: [],
    });
  });
});

describe('a route that the registry does not name', () => {
  it('is adopted where it is in place as the policy wants it', () => {
    expect(judge([WANTED])).toMatchObject({
      ...NOTHING,
      learned: ['own rtb-1 10.64.0.0/16 pcx-1 peers'],
    });
  });

  it('is adopted for its rule of today', () => {
    expect(judge([WANTED], { own: ['rtb-1 10.64.0.0/16 pcx-1 former'] }).learned).toEqual([
      'own rtb-1 10.64.0.0/16 pcx-1 peers',
      'not-own rtb-1 10.64.0.0/16 pcx-1 former',
    ]);
  });

  it('is adopted by nobody without a registry, nor while its peering is a request', () => {
    expect(judge([WANTED], { memory: NO_MEMORY }).learned).toEqual([]);
    const request = peering('pcx-1', remote, local, { status: 'pending-acceptance' });
    expect(judge([WANTED], { peerings: [request] }).learned).toEqual([]);
  });

  it('stays while its peering is a request, and is shown to go with its acceptance where its rule does not ask for it', () => {
    const request = peering('pcx-1', remote, local, { status: 'pending-acceptance' });
    const plan = judge([route('10.66.0.0/16', 'pcx-1')], {
      peerings: [request],
      own: ['rtb-1 10.66.0.0/16 pcx-1'],
    });
    expect(plan.changes.filter((change) => change.startsWith('delete'))).toEqual([
      'delete 10.66.0.0/16 pcx-1 (held: acceptance)',
    ]);
    expect(plan.learned).toEqual([]);
  });

  it('takes the place of an own one that it was turned from, once the policy wants it so', () => {
    expect(
      judge([WANTED], {
        peerings: [P1, peering('pcx-3', local, stranger)],
        own: ['rtb-1 10.64.0.0/16 pcx-3 old'],
      }).learned,
    ).toEqual(['own rtb-1 10.64.0.0/16 pcx-1 peers', 'not-own rtb-1 10.64.0.0/16 pcx-3 old']);
  });

  it.each([
    ['inside what its rule asks for', '10.64.9.0/24', []],
    ['outside of it', '10.70.0.0/16', ['unexpected 10.70.0.0/16 pcx-1 left']],
    ['around it', '10.0.0.0/8', ['unexpected 10.0.0.0/8 pcx-1 left']],
  ])('stays: to a managed peering, %s', (_, destination, findings) => {
    expect(judge([WANTED, route(destination, 'pcx-1')], { own: ['rtb-1 10.64.0.0/16 pcx-1'] })).toMatchObject(
      { changes: [], findings, learned: [] },
    );
  });

  it('stays: to a live peering that is not managed, whatever onUntag says', () => {
    expect(
      judge([WANTED, route('10.99.0.0/16', 'pcx-9')], {
        peerings: [P1, peering('pcx-9', local, stranger)],
        policy: { drift: { onUntag: 'remove' } },
      }),
    ).toMatchObject({ changes: [], findings: [] });
  });

  it('stays: in the place of a wanted one', () => {
    expect(
      judge([route('10.64.0.0/16', 'pcx-2'), route('10.65.0.0/16', 'pcx-2')], { peerings: [P1, P2] }),
    ).toMatchObject({ changes: [], findings: ['conflict 10.64.0.0/16 pcx-1 left'] });
  });

  it('is not missing: a route that was never there is pending', () => {
    for (const memory of [NOTHING_REMEMBERED, NO_MEMORY]) {
      expect(judge([], { memory })).toMatchObject({
        changes: ['create 10.64.0.0/16 pcx-1'],
        findings: [],
        pending: ['10.64.0.0/16 pcx-1'],
      });
    }
  });
});

describe('what the registry names in vain is forgotten', () => {
  it('where the route is gone and nobody wants it', () => {
    expect(
      judge([WANTED], { own: ['rtb-1 10.64.0.0/16 pcx-1', 'rtb-1 10.64.9.0/24 pcx-1 old'] }),
    ).toMatchObject({ changes: [], findings: [], learned: ['not-own rtb-1 10.64.9.0/24 pcx-1 old'] });
  });

  it('where its table is gone', () => {
    expect(
      judge([WANTED], { own: ['rtb-1 10.64.0.0/16 pcx-1', 'rtb-9 10.64.0.0/16 pcx-1'] }).learned,
    ).toEqual(['not-own rtb-9 10.64.0.0/16 pcx-1 peers']);
  });

  it.each([[{ optIn: '*' }], [{ optIn: 'old' }], [{}]])(
    'where its table has become one of a gateway, whatever its tag says: %j',
    (parts) => {
      const hidden = { ...P2, accepter: { ...P2.accepter, cidrs: [] } };
      expect(
        judgeTables([table('rtb-1', local, [], { ...parts, gatewayId: 'igw-1' })], {
          own: ['rtb-1 10.64.0.0/16 pcx-1', 'rtb-1 10.65.0.0/16 pcx-2', 'rtb-1 10.66.0.0/16 pcx-9'],
          peerings: [P1, hidden],
        }),
      ).toMatchObject({
        changes: [],
        findings: [],
        learned: [
          'not-own rtb-1 10.64.0.0/16 pcx-1 peers',
          'not-own rtb-1 10.65.0.0/16 pcx-2 peers',
          'not-own rtb-1 10.66.0.0/16 pcx-9 peers',
        ],
      });
    },
  );

  it('where its peering is a request, whatever becomes of that: no route was ever made for it', () => {
    for (const [tags, remoteSide] of [
      [{ optIn: '*' }, remote],
      [{}, remote],
      [{}, stranger],
    ] as const) {
      const request = peering('pcx-1', remoteSide, local, { status: 'pending-acceptance' });
      expect(
        judgeTables([table('rtb-1', local, [], tags)], {
          own: ['rtb-1 10.70.0.0/16 pcx-1'],
          peerings: [request],
        }).learned,
      ).toEqual(['not-own rtb-1 10.70.0.0/16 pcx-1 peers']);
    }
  });

  it('but not while its peering wants a part of those addresses, and gets no route for it as another one does, too', () => {
    const rival = peering('pcx-3', local, twin);
    const { changes, learned } = judge([], {
      own: ['rtb-1 10.64.0.0/15 pcx-1 old', 'rtb-1 10.70.0.0/16 pcx-1 old'],
      peerings: [P1, rival],
    });
    expect(changes).toEqual([]);
    expect(learned).toEqual(['not-own rtb-1 10.70.0.0/16 pcx-1 old']);
  });

  it('also where another peering wants a part of those addresses, and gets no route for it', () => {
    const result = judge([], {
      peerings: [P1, peering('pcx-3', local, twin), peering('pcx-9', local, other)],
      own: ['rtb-1 10.64.0.0/16 pcx-9'],
    });
    expect(result.learned).toEqual(['not-own rtb-1 10.64.0.0/16 pcx-9 peers']);
  });

  it('but not where there is no registry to forget it in', () => {
    const memory = registryOf(['rtb-9 10.64.0.0/16 pcx-1'], { registry: 'none' });
    expect(judge([WANTED], { memory }).learned).toEqual([]);
  });
});

describe('a table that is handed back, by the tag none', () => {
  const own = ['rtb-1 10.64.0.0/16 pcx-1', 'rtb-2 10.64.0.0/16 pcx-1'];
  const forgotten = ['not-own rtb-1 10.64.0.0/16 pcx-1 peers'];
  const handedBack = (routes: readonly Route[], parts: Parts = {}) =>
    judgeTables(
      [table('rtb-1', local, routes, { optIn: 'none' }), table('rtb-2', local, [WANTED], { optIn: '*' })],
      { own, ...parts },
    );

  it.each([
    ['as they were', [WANTED]],
    ['turned elsewhere', [route('10.64.0.0/16', 'tgw-1')]],
    ['gone', []],
  ])('keeps its routes %s, which are nobody of the product any more', (_, routes) => {
    expect(handedBack(routes)).toMatchObject({ changes: [], findings: [], learned: forgotten });
  });

  it('is left alone whatever becomes of the peering', () => {
    for (const peerings of [
      [],
      [peering('pcx-1', local, remote, { status: 'deleted' })],
      [peering('pcx-1', local, stranger)],
    ]) {
      expect(
        judgeTables([table('rtb-1', local, [WANTED], { optIn: 'none' })], {
          own: ['rtb-1 10.64.0.0/16 pcx-1'],
          peerings,
          policy: { drift: { onUntag: 'remove' } },
        }),
      ).toMatchObject({ changes: [], findings: [], learned: forgotten });
    }
  });

  it('is left alone where only a tag of an older version knows its routes', () => {
    expect(
      judgeTables([table('rtb-1', local, [WANTED], { optIn: 'none' })], {
        own: [],
        peerings: [peering('pcx-1', local, remote, { tags: SYNCED })],
      }),
    ).toMatchObject(NOTHING);
  });

  it('has its routes adopted again once it is tagged as before', () => {
    expect(judge([WANTED])).toMatchObject({ ...NOTHING, learned: ['own rtb-1 10.64.0.0/16 pcx-1 peers'] });
  });

  it('and does not stand in for a rule: beside other names it is one of them', () => {
    expect(
      judgeTables([table('rtb-1', local, [WANTED], { optIn: 'none peers' })], { own: [own[0] ?? ''] }),
    ).toMatchObject(NOTHING);
  });
});

describe('a table that lost its tag', () => {
  const own = ['rtb-1 10.64.0.0/16 pcx-1'];
  const untagged = (routes: readonly Route[], parts: Parts = {}) =>
    judgeTables([table('rtb-1', local, routes)], { own, ...parts });

  it('keeps its own routes, and each is a finding', () => {
    expect(untagged([WANTED], { policy: { drift: { onUntag: 'remove' } } })).toMatchObject({
      changes: [],
      findings: ['untagged 10.64.0.0/16 pcx-1 left'],
      learned: [],
    });
  });

  it('and with it its own routes is a finding for each, and the registry keeps them', () => {
    const result = untagged([]);
    expect(result).toMatchObject({
      changes: [],
      findings: ['untagged 10.64.0.0/16 pcx-1 left'],
      learned: [],
    });
    expect(result.details).toEqual([
      "rtb-1 in us-east-1 had a route to 10.64.0.0/16 by pcx-1 (rule peers). It is gone, and so is the table's tag " +
        'peering-autopilot:routes, without which the product does not write there. Tag the table again to have the route back; or tag it none, if the product shall not have it any more.',
    ]);
  });

  it.each(['peer', 'gone', 'x y'])('counts as one that lost it where its tag names no rule: %s', (optIn) => {
    const table1 = (routes: readonly Route[]) =>
      judgeTables([table('rtb-1', local, routes, { optIn })], { own });
    expect(table1([WANTED]).findings).toEqual(['untagged 10.64.0.0/16 pcx-1 left']);
    const result = table1([]);
    expect(result).toMatchObject({
      changes: [],
      findings: ['untagged 10.64.0.0/16 pcx-1 left'],
      learned: [],
    });
    expect(result.details[0]).toContain(
      "It is gone, and the table's tag peering-autopilot:routes names no rule of the policy, so the product does not write there. Set the tag right",
    );
  });

  it('has not lost it where its tag names another rule: a route of the former one is forgotten once it is deleted', () => {
    const other = { name: 'other', effect: 'accept', remote: { accounts: ['444444444444'] } };
    const policy = {
      rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] } }, other],
    };
    const result = judgeTables([table('rtb-1', local, [], { optIn: 'other' })], { own, policy });
    expect(result).toMatchObject({
      changes: [],
      findings: [],
      learned: ['not-own rtb-1 10.64.0.0/16 pcx-1 peers'],
    });
  });

  it('and whose routes somebody turned elsewhere is a finding, too', () => {
    expect(untagged([route('10.64.0.0/16', 'tgw-1')]).findings).toEqual(['untagged 10.64.0.0/16 pcx-1 left']);
  });

  it('has its routes back as missing ones once it is tagged again', () => {
    expect(judge([], { own }).changes).toEqual(['create 10.64.0.0/16 pcx-1 (missing)']);
  });

  it('is forgotten by the registry once its peering has ended, but not while that cannot be decided', () => {
    const gone = { learned: ['not-own rtb-1 10.64.0.0/16 pcx-1 peers'] };
    expect(untagged([], { peerings: [] })).toMatchObject(gone);
    expect(
      untagged([], { peerings: [peering('pcx-1', local, remote, { status: 'deleted' })] }),
    ).toMatchObject(gone);
    const hidden = { ...P1, accepter: { ...P1.accepter, cidrs: [] } };
    for (const tables of [[table('rtb-1', local, [])], [table('rtb-1', local, [], { optIn: '*' })]]) {
      expect(judgeTables(tables, { own, peerings: [hidden] }).learned).toEqual([]);
    }
  });

  it('is nothing to talk about once the peering has ended or is not managed', () => {
    expect(
      untagged([], { peerings: [peering('pcx-1', local, remote, { status: 'deleted' })] }),
    ).toMatchObject({
      changes: [],
      findings: [],
    });
    expect(untagged([], { peerings: [peering('pcx-1', local, stranger)] }).findings).toEqual([]);
  });

  it('says nothing of routes that the product never had', () => {
    expect(untagged([WANTED], { own: [] })).toMatchObject(NOTHING);
  });
});

describe('peerings that want the same destination', () => {
  const P3 = peering('pcx-3', local, twin);
  const peerings = [P1, P3];
  const twoRules = {
    rules: [
      { name: 'one', effect: 'accept', remote: { accounts: [PEER], vpcs: ['vpc-0123456789abcdef1'] } },
      { name: 'two', effect: 'accept', remote: { accounts: [PEER], vpcs: ['vpc-0123456789abcdef2'] } },
    ],
  };

  it('get no route while none has one; each finding names the other and the rule that both match', () => {
    const result = judge([], { peerings });
    expect(result).toMatchObject({
      ...NOTHING,
      findings: ['conflict 10.64.0.0/16 pcx-1 left', 'conflict 10.64.0.0/16 pcx-3 left'],
    });
    expect(result.details).toEqual(
      [
        ['pcx-1', 'pcx-3'],
        ['pcx-3', 'pcx-1'],
      ].map(
        ([mine, its]) =>
          `rtb-1 in us-east-1 should route 10.64.0.0/16 to ${mine} (rule peers), but ${its} (rule peers) wants the same destination, ` +
          'and no route to it is made until a person decides. Decide which peering shall have 10.64.0.0/16 from vpc-a. If it is not ' +
          `${mine}: add a copy of rule peers named 0-peers, with local.vpcs: [vpc-a], remote.vpcs: [${mine === 'pcx-1' ? remote.vpcId : twin.vpcId}] and routes.exclude: [10.64.0.0/16]. ` +
          `If ${its} is not to have it, the same with the VPC at the other end of that in remote.vpcs.`,
      ),
    );
    expect(result.routesOf).toEqual([
      { 'pcx-1': { desired: 1, present: 0 } },
      { 'pcx-3': { desired: 1, present: 0 } },
    ]);
    expect([...result.fingerprints.keys()]).toEqual([]);
  });

  it('are named all, where they are more than two', () => {
    const { details } = judge([], { peerings: [...peerings, peering('pcx-4', local, twin)] });
    expect(details).toHaveLength(3);
    expect(details[0]).toContain(
      'but pcx-3 (rule peers), pcx-4 (rule peers) want the same destination, and no route',
    );
  });

  it('can be told apart by their rules, and a table asks for one of them', () => {
    expect(judge([], { peerings, policy: twoRules }).details[0]).toContain(
      'pcx-3 (rule two) wants the same destination, and no route to it is made until a person decides. Decide which peering shall have 10.64.0.0/16 from vpc-a.',
    );
    const tables = [table('rtb-1', local, [], { optIn: 'two' })];
    expect(judgeTables(tables, { peerings, policy: twoRules })).toMatchObject({
      changes: ['create 10.64.0.0/16 pcx-3'],
      findings: [],
    });
  });

  it.each([
    ['by its own route', [route('10.64.0.0/16', 'pcx-3')], ['rtb-1 10.64.0.0/16 pcx-3'], []],
    [
      'by a route that somebody made for it',
      [route('10.64.0.0/16', 'pcx-3')],
      [],
      ['own rtb-1 10.64.0.0/16 pcx-3 peers'],
    ],
  ])('leave it to the one that has it %s', (_, routes, own, learned) => {
    const result = judge(routes, { peerings, own });
    expect(result).toMatchObject({ changes: [], findings: ['conflict 10.64.0.0/16 pcx-1 left'], learned });
    expect(result.details[0]).toContain('but pcx-3 (rule peers) wants the same destination and has it.');
  });

  it('leave it to the one that had it, also while its route is missing', () => {
    expect(judge([], { peerings, own: ['rtb-1 10.64.0.0/16 pcx-3'] })).toMatchObject({
      changes: ['create 10.64.0.0/16 pcx-3 (missing)'],
      findings: ['conflict 10.64.0.0/16 pcx-1 left', 'missing 10.64.0.0/16 pcx-3 repairable'],
    });
  });

  it('leave it to the one to which somebody turned it: that is a decision of a person', () => {
    expect(judge([WANTED], { peerings, own: ['rtb-1 10.64.0.0/16 pcx-3'] })).toMatchObject({
      changes: [],
      findings: ['conflict 10.64.0.0/16 pcx-3 left'],
      learned: ['own rtb-1 10.64.0.0/16 pcx-1 peers', 'not-own rtb-1 10.64.0.0/16 pcx-3 peers'],
    });
  });

  it('are a new one alone where the other has ended', () => {
    const ended = peering('pcx-3', local, twin, { status: 'deleted' });
    expect(
      judge([route('10.64.0.0/16', 'pcx-3', { state: 'blackhole' })], {
        peerings: [P1, ended],
        own: ['rtb-1 10.64.0.0/16 pcx-3'],
      }),
    ).toMatchObject({
      changes: ['replace 10.64.0.0/16 pcx-1 (stale)'],
      findings: ['stale 10.64.0.0/16 pcx-3 repairable'],
    });
  });
});

describe('destinations that lie in one another', () => {
  const narrow = vpc('vpc-n', ['10.64.8.0/24'], { accountId: PEER });
  const P4 = peering('pcx-4', local, narrow);
  const own = ['rtb-1 10.64.0.0/16 pcx-1', 'rtb-1 10.64.8.0/24 pcx-4'];

  it('are restored narrow first: the wide one alone would lead the addresses of the narrow one', () => {
    expect(judge([], { peerings: [P1, P4], own }).changes).toEqual([
      'create 10.64.8.0/24 pcx-4 (missing)',
      'create 10.64.0.0/16 pcx-1 (missing)',
    ]);
  });

  it('are told where the narrow one takes a part of the wide one', () => {
    expect(judge([WANTED, route('10.64.8.0/24', 'pcx-4')], { peerings: [P1, P4], own })).toMatchObject({
      ...NOTHING,
      findings: ['shadowed 10.64.8.0/24 pcx-1 left'],
    });
  });
});

describe('a prefix list', () => {
  it.each([
    ['the destination itself', ['10.64.0.0/16']],
    ['a wider block', ['10.0.0.0/8']],
    ['all parts of it', ['10.64.0.0/17', '10.64.128.0/18', '10.64.192.0/18']],
  ])('that leads to the peering puts a destination in place by %s', (_, cidrs) => {
    const result = judge([route('pl-1', 'pcx-1')], { prefixLists: [prefixList('pl-1', cidrs)] });
    expect(result).toMatchObject({ changes: [], pending: [], learned: [] });
    expect(result.findings).toEqual(cidrs[0] === '10.0.0.0/8' ? ['unexpected pl-1 pcx-1 left'] : []);
    expect(result.routesOf).toEqual([{ 'pcx-1': { desired: 1, present: 1 } }]);
  });

  it('that leads only a part there does not', () => {
    const prefixLists = [prefixList('pl-1', ['10.64.0.0/17'])];
    expect(judge([route('pl-1', 'pcx-1')], { prefixLists })).toMatchObject({
      changes: ['create 10.64.0.0/16 pcx-1'],
      findings: [],
    });
  });

  it('that drops what it gets does not', () => {
    const prefixLists = [prefixList('pl-1', ['10.64.0.0/16'])];
    const { changes } = judge([route('pl-1', 'pcx-1', { state: 'blackhole' })], { prefixLists });
    expect(changes).toEqual(['create 10.64.0.0/16 pcx-1']);
  });

  it('to the peering that holds more is reported with what is too much', () => {
    const { details } = judge([WANTED, route('pl-1', 'pcx-1')], {
      prefixLists: [prefixList('pl-1', ['10.64.5.0/24', '10.70.0.0/16', '10.71.0.0/16'])],
    });
    expect(details).toEqual([
      'rtb-1 in us-east-1 routes pl-1 to pcx-1, a destination (10.70.0.0/16, 10.71.0.0/16) that rule peers does not ask for. ' +
        'Somebody else made this route, so it is left alone. The VPC at the other end (vpc-0123456789abcdef1) has 10.64.0.0/16 and none of these addresses, ' +
        'so all that is sent there is dropped: take them out of the prefix list. Without these entries their addresses lead nowhere.',
    ]);
  });

  it('to the peering that nobody could read is not judged, and says why', () => {
    const result = judge([WANTED, route('pl-1', 'pcx-1')], {
      own: ['rtb-1 10.64.0.0/16 pcx-1'],
      prefixLists: [prefixList('pl-1', undefined, { problem: 'it belongs to account 222222222222' })],
    });
    expect(result).toMatchObject(NOTHING);
    expect(result.notJudged).toEqual([
      {
        region: 'us-east-1',
        resource: 'pl-1',
        reason:
          'rtb-1 in us-east-1 routes pl-1 to pcx-1, and where that leads is not known: it belongs to account 222222222222.',
      },
    ]);
    expect(judge([WANTED, route('pl-1', 'pcx-1')]).notJudged).toEqual([
      expect.objectContaining({ resource: 'pl-1', reason: expect.stringContaining('were not read.') }),
    ]);
  });

  it('to a peering that is not managed may take a part of a wanted route away, which is not judged while nobody can read it', () => {
    const peerings = [P1, peering('pcx-9', local, stranger)];
    const own = ['rtb-1 10.64.0.0/16 pcx-1'];
    const unread = judge([WANTED, route('pl-1', 'pcx-9')], { peerings, own });
    expect(unread).toMatchObject(NOTHING);
    expect(unread.notJudged).toEqual([
      {
        region: 'us-east-1',
        resource: 'pl-1',
        reason:
          "rtb-1 in us-east-1 routes pl-1 to pcx-9; whether that takes part of another peering's addresses away is not known: its entries were not read.",
      },
    ]);
    const nothingWanted = { peerings: [peering('pcx-9', local, stranger)] };
    expect(judge([route('pl-1', 'pcx-9')], nothingWanted).notJudged).toEqual([]);
    const both = judge([WANTED, route('pl-2', 'pcx-9'), route('pl-1', 'pcx-9')], { peerings, own });
    expect(both.notJudged.map(({ resource }) => resource)).toEqual(['pl-1', 'pl-2']);
    const elsewhere = [prefixList('pl-1', ['10.99.0.0/16'])];
    expect(judge([WANTED, route('pl-1', 'pcx-9')], { peerings, own, prefixLists: elsewhere })).toMatchObject({
      ...NOTHING,
      notJudged: [],
    });
  });
});

describe('the mark of an older version', () => {
  const marked = (tags: Readonly<Record<string, string>>) => peering('pcx-1', local, remote, { tags });
  const exactly = (fingerprint: string) => ({
    [`${PREFIX}:routes-synced-at`]: syncMarkValue(new Date(0), fingerprint, ['peers']),
  });
  const fingerprint = judge([]).fingerprints.get('pcx-1') ?? '';

  it.each([
    ['a bare time', SYNCED],
    ['the fingerprint of just these routes', exactly(fingerprint)],
  ])('tells by %s that what is gone is missing', (_, tags) => {
    for (const memory of [NOTHING_REMEMBERED, NO_MEMORY]) {
      expect(judge([], { peerings: [marked(tags)], memory })).toMatchObject({
        changes: ['create 10.64.0.0/16 pcx-1 (missing)'],
        findings: ['missing 10.64.0.0/16 pcx-1 repairable'],
      });
    }
  });

  it('is taken over by the registry, so that it still counts where not all routes could be written in one pass', () => {
    const peerings = [marked(SYNCED)];
    expect(judge([], { peerings }).learned).toEqual(['own rtb-1 10.64.0.0/16 pcx-1 peers']);
    expect(judge([], { peerings, memory: NO_MEMORY }).learned).toEqual([]);
  });

  it('tells nothing by the fingerprint of other routes', () => {
    expect(judge([], { peerings: [marked(exactly('0123456789abcdef'))] })).toMatchObject({
      findings: [],
      pending: ['10.64.0.0/16 pcx-1'],
    });
  });

  it('tells nothing of a peering of which the registry knows a route', () => {
    const two = vpc('vpc-0123456789abcdef1', ['10.64.0.0/16', '10.66.0.0/16'], { accountId: PEER });
    expect(
      judge([WANTED], {
        peerings: [peering('pcx-1', local, two, { tags: SYNCED })],
        own: ['rtb-1 10.64.0.0/16 pcx-1'],
      }),
    ).toMatchObject({ changes: ['create 10.66.0.0/16 pcx-1'], findings: [] });
  });

  it.each([
    [
      'turned, where the fingerprint names it',
      exactly(fingerprint),
      ['replace 10.64.0.0/16 pcx-1 (wrong-target)'],
      'wrong-target 10.64.0.0/16 pcx-1 repairable',
    ],
    [
      "somebody else's, where only a time is known: which routes there were, nobody can say",
      SYNCED,
      [],
      'conflict 10.64.0.0/16 pcx-1 left',
    ],
  ])('makes a route to another live peering: %s', (_, tags, changes, finding) => {
    expect(
      judge([route('10.64.0.0/16', 'pcx-9')], {
        peerings: [marked(tags), peering('pcx-9', local, stranger)],
      }),
    ).toMatchObject({ changes, findings: [finding] });
  });

  it.each([
    ['its rules', { [`${PREFIX}:routes-synced-at`]: '2026-01-31T12:00:00Z 00 peers' }, true],
    ['the decision tag', { ...SYNCED, [`${PREFIX}:rule`]: 'peers' }, true],
    [
      'rules that the table does not ask for',
      { [`${PREFIX}:routes-synced-at`]: '2026-01-31T12:00:00Z 00 b' },
      false,
    ],
    ['no rule at all', SYNCED, false],
  ])('says by %s whether routes of a peering that is no longer managed were own', (_, tags, own) => {
    const tables = [
      table('rtb-1', local, [route('10.99.0.0/16', 'pcx-9'), route('10.98.0.0/16', 'pcx-9')], {
        optIn: 'peers',
      }),
    ];
    expect(
      judgeTables(tables, {
        peerings: [peering('pcx-9', local, stranger, { tags })],
        policy: { drift: { onUntag: 'remove' } },
      }),
    ).toMatchObject({
      // A version that wrote whole CIDRs of the other VPC made no others.
      changes: own ? ['delete 10.99.0.0/16 pcx-9 (stale)'] : [],
      findings: own ? ['stale 10.99.0.0/16 pcx-9 repairable'] : [],
      // Should the delete be held or fail, the registry knows it when the mark counts no more.
      learned: own ? ['own rtb-1 10.99.0.0/16 pcx-9 peers'] : [],
    });
  });

  it('makes routes of a table without a tag untagged ones', () => {
    expect(judgeTables([table('rtb-1', local, [WANTED])], { peerings: [marked(SYNCED)] }).findings).toEqual([
      'untagged 10.64.0.0/16 pcx-1 left',
    ]);
  });
});

describe('a tag of an older version', () => {
  const peerings = [peering('pcx-1', local, remote, { tags: SYNCED })];
  const held = table('rtb-1', local, [route('10.0.0.0/8', 'tgw-1')], { optIn: '*' });

  it('counts no longer once the registry has taken over what it says', () => {
    const adopted = { ...registryOf([]), notes: new Map([[MARKS_ADOPTED, { value: '', at: 0 }]]) };
    const { changes, findings } = judgeTables([held], { peerings, memory: adopted });
    expect(changes).toEqual([]);
    expect(findings).toEqual(['conflict 10.64.0.0/16 pcx-1 left']);
  });

  it('says before that, that the route was there and is missing, and the registry learns it', () => {
    expect(judgeTables([held], { peerings, memory: registryOf([]) })).toMatchObject({
      changes: ['create 10.64.0.0/16 pcx-1 (missing)'],
      learned: ['own rtb-1 10.64.0.0/16 pcx-1 peers'],
    });
  });
});
