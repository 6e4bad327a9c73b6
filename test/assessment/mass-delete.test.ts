import fc from 'fast-check';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import { inventory, PEER, peering, policyOf, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { noted, planOf, registryOf } from '../support/plan-of.ts';
import { runs } from '../support/runs.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });

const destinations = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `192.168.${from + index}.0/24`);

/** Twelve routes to a peering that no rule manages, and that the tag of an older version calls own. */
const MARKED = inventory({
  vpcs: [local],
  peerings: [
    peering('pcx-9', local, vpc('vpc-x', destinations(12), { accountId: STRANGER }), {
      tags: { 'peering-autopilot:routes-synced-at': '2026-01-31T12:00:00.000Z 00 peers' },
    }),
  ],
  tables: [
    table(
      'rtb-1',
      local,
      destinations(12).map((destination) => route(destination, 'pcx-9')),
      { optIn: '*' },
    ),
  ],
});

interface Table {
  readonly id: string;
  /** Own routes that the policy no longer wants, and those that it wants. */
  readonly unwanted: readonly string[];
  readonly kept?: number;
  readonly state?: 'active' | 'blackhole';
}

/** Tables with own routes, judged by a policy that wants the first so many of 10.64.0.0/16's /24. */
function judge(tables: readonly Table[], policy: Record<string, unknown> = {}, peeringId = 'pcx-1') {
  const keptOf = ({ kept = 0 }: Table) => Array.from({ length: kept }, (_, index) => `10.64.${index}.0/24`);
  const wanted = keptOf({ id: '', unwanted: [], kept: Math.max(1, ...tables.map(({ kept = 0 }) => kept)) });
  const { changes, findings } = planOf(
    inventory({
      vpcs: [local],
      peerings: [peering('pcx-1', local, remote)],
      tables: tables.map((each) =>
        table(
          each.id,
          local,
          [
            ...keptOf(each).map((destination) => route(destination, 'pcx-1')),
            ...each.unwanted.map((destination) =>
              route(destination, peeringId, { state: each.state ?? 'active' }),
            ),
          ],
          { optIn: '*' },
        ),
      ),
    }),
    policyOf({
      rules: [
        { name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { destinations: wanted } },
      ],
      ...policy,
    }),
    {
      memory: registryOf(
        tables.flatMap((each) => [
          ...keptOf(each).map((destination) => `${each.id} ${destination} pcx-1`),
          ...each.unwanted.map((destination) => `${each.id} ${destination} ${peeringId}`),
        ]),
      ),
    },
  );
  const deletes = changes.filter(({ action }) => action === 'delete');
  return {
    held: deletes.filter(({ heldBy }) => heldBy === 'mass-delete').length,
    made: deletes.filter(({ heldBy }) => heldBy === undefined).length,
    findings: findings.filter(({ kind }) => kind === 'mass-delete'),
  };
}

describe('a plan that would delete an unusual share of the own routes', () => {
  it('is kept back as a whole where it is of the account, and says what to do', () => {
    const result = judge([
      { id: 'rtb-1', unwanted: destinations(6), kept: 4 },
      { id: 'rtb-2', unwanted: destinations(6), kept: 4 },
    ]);
    expect(result).toEqual({
      held: 12,
      made: 0,
      findings: [
        {
          kind: 'mass-delete',
          region: 'us-east-1',
          detail:
            'The policy as it is now would delete 12 of the 20 routes that the product has in this account: more than 50 % at once ' +
            '(guardrails.maxDeletesPercent). None of them is deleted. If that is what is wanted, look at peering plan, then carry it ' +
            'out with peering apply, or raise guardrails.maxDeletesPercent and deploy; if not, mend the policy.',
          repairable: false,
        },
      ],
    });
  });

  it('is kept back in one table where it is of that table alone', () => {
    const result = judge([
      { id: 'rtb-1', unwanted: destinations(12), kept: 1 },
      { id: 'rtb-2', unwanted: destinations(2), kept: 30 },
      { id: 'rtb-3', unwanted: [], kept: 30 },
    ]);
    expect(result).toMatchObject({ held: 12, made: 2 });
    expect(result.findings).toEqual([
      expect.objectContaining({
        kind: 'mass-delete',
        routeTableId: 'rtb-1',
        detail: expect.stringContaining('delete 12 of the 13 routes that the product has in rtb-1'),
      }),
    ]);
  });

  it.each([
    ['ten at once, whatever share that is, where the policy sets none', 10, 0, undefined, 'made'],
    ['eleven of eleven, where the policy sets none', 11, 0, undefined, 'held'],
    ['half, where the policy sets none', 12, 12, undefined, 'made'],
    ['one of one, where the policy sets a share', 1, 0, 50, 'held'],
    ['two of ten, where the policy sets a lower share', 2, 8, 10, 'held'],
    ['one of ten, which is just the share', 1, 9, 10, 'made'],
    ['exactly the share that the policy allows', 12, 12, 50, 'made'],
    ['one more than the share that the policy allows', 12, 11, 50, 'held'],
    ['a share that the policy allows by a lower number', 12, 48, 20, 'made'],
    ['more than a lower number allows', 12, 47, 20, 'held'],
    ['all of them, where the policy allows it', 20, 0, 100, 'made'],
  ] as const)('means: %s', (_, unwanted, kept, maxDeletesPercent, outcome) => {
    const result = judge([{ id: 'rtb-1', unwanted: destinations(unwanted), kept }], {
      guardrails: maxDeletesPercent === undefined ? {} : { maxDeletesPercent },
    });
    expect(result).toMatchObject(
      outcome === 'held' ? { held: unwanted, made: 0 } : { held: 0, made: unwanted, findings: [] },
    );
    expect(result.findings).toHaveLength(outcome === 'held' ? 1 : 0);
  });

  it('counts routes that only the tag of an older version names among the own ones', () => {
    const stranger = vpc('vpc-x', ['10.99.0.0/16'], { accountId: STRANGER });
    const tags = { 'peering-autopilot:routes-synced-at': '2026-01-31T12:00:00Z 00 peers' };
    const { changes } = planOf(
      inventory({
        vpcs: [local],
        peerings: [peering('pcx-9', local, stranger, { tags })],
        tables: [table('rtb-1', local, [route('10.99.0.0/16', 'pcx-9')], { optIn: 'peers' })],
      }),
      policyOf({ drift: { onUntag: 'remove' }, guardrails: { maxDeletesPercent: 100 } }),
      { memory: registryOf([]) },
    );
    expect(changes).toMatchObject([{ action: 'delete', destination: '10.99.0.0/16' }]);
    expect(changes[0]).not.toHaveProperty('heldBy');
  });

  it('is none where the peering has ended', () => {
    expect(judge([{ id: 'rtb-1', unwanted: destinations(20), state: 'blackhole' }], {}, 'pcx-9')).toEqual({
      held: 0,
      made: 20,
      findings: [],
    });
  });

  it('is none where the addresses go to the same peering by a wider destination', () => {
    const narrow = Array.from({ length: 20 }, (_, index) => `10.64.${index}.0/24`);
    const rules = [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] } }];
    expect(judge([{ id: 'rtb-1', unwanted: narrow }], { rules })).toEqual({
      held: 0,
      made: 20,
      findings: [],
    });
  });

  it('is one where nothing is registered, too: a mark of an older version says that the routes are own', () => {
    const { changes, findings } = planOf(MARKED, policyOf({ drift: { onUntag: 'remove' } }));
    expect(changes.map(({ heldBy }) => heldBy)).toEqual(Array(12).fill('mass-delete'));
    expect(findings.filter(({ kind }) => kind === 'mass-delete')).toHaveLength(1);
    // Findings of the routes say so as well.
    expect(findings.filter(({ kind }) => kind === 'stale').map(({ heldBy }) => heldBy)).toEqual(
      Array(12).fill('mass-delete'),
    );
  });
});

describe('deletes that are kept back as too many at once', () => {
  const both = vpc('vpc-r', ['10.64.0.0/16', '192.168.0.0/16'], { accountId: PEER });
  const wantedFirst = destinations(12);
  const wantedNow = Array.from({ length: 12 }, (_, index) => `10.64.${index}.0/24`);
  const broken = {
    rules: [
      { name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { destinations: wantedNow } },
    ],
  };

  /** One look at a table with these routes, all of them own ones; what it leaves behind; and what the next look meets. */
  function look(inTable: readonly string[], memory: RegionMemory, policy: Record<string, unknown>) {
    const { changes, findings, learned } = planOf(
      inventory({
        vpcs: [local],
        peerings: [peering('pcx-1', local, both)],
        tables: [
          table(
            'rtb-1',
            local,
            inTable.map((destination) => route(destination, 'pcx-1')),
            { optIn: '*' },
          ),
        ],
      }),
      policyOf(policy),
      { memory },
    );
    const made = changes.filter(({ heldBy }) => heldBy === undefined);
    const goneBy = new Set(made.flatMap((each) => (each.action === 'delete' ? [each.destination] : [])));
    const after = [
      ...inTable.filter((destination) => !goneBy.has(destination)),
      ...made.flatMap(({ action, destination }) => (action === 'create' ? [destination] : [])),
    ];
    const forgotten = learned.flatMap((update) => (update.kind === 'forget-note' ? [update.key] : []));
    const notes = new Map([...noted(memory, learned).notes].filter(([key]) => !forgotten.includes(key)));
    return {
      deleted: goneBy.size,
      held: changes.filter(({ heldBy }) => heldBy === 'mass-delete').length,
      details: findings.flatMap(({ kind, detail }) => (kind === 'mass-delete' ? [detail] : [])),
      learned: learned.filter(({ kind }) => kind === 'note' || kind === 'forget-note'),
      after,
      memory: registryOf(
        after.map((destination) => `rtb-1 ${destination} pcx-1`),
        { notes },
      ),
    };
  }

  const before = registryOf(wantedFirst.map((destination) => `rtb-1 ${destination} pcx-1`));

  it('stay kept back once the routes are made that the policy wants in their place', () => {
    const first = look(wantedFirst, before, broken);
    expect(first).toMatchObject({ deleted: 0, held: 12, after: [...wantedFirst, ...wantedNow] });
    expect(first.learned).toHaveLength(1);
    const second = look(first.after, first.memory, broken);
    expect(second).toMatchObject({ deleted: 0, held: 12, learned: [] });
    expect(second.details).toEqual([
      expect.stringContaining(
        'would delete 12 of the 12 routes that the product had in this account when that was first found: more than 50 % at once',
      ),
    ]);
  });

  it('stay kept back in one table, too, however many routes other tables have', () => {
    const elsewhere = new Map([
      ['rtb-2', new Map(destinations(90, 100).map((each) => [each, { peeringId: 'pcx-1', rule: 'peers' }]))],
    ]);
    const withOthers = ({ routes, notes }: RegionMemory): RegionMemory => ({
      ...NOTHING_REMEMBERED,
      notes,
      routes: new Map([...routes, ...elsewhere]),
    });
    const first = look(wantedFirst, withOthers(before), broken);
    expect(first).toMatchObject({ deleted: 0, held: 12 });
    const second = look(first.after, withOthers(first.memory), broken);
    expect(second).toMatchObject({ deleted: 0, held: 12, learned: [] });
    expect(second.details).toEqual([
      expect.stringContaining('12 of the 12 routes that the product had in rtb-1 when that was first found'),
    ]);
  });

  it('stay kept back, whatever share they were and whatever is made beside them, as long as the policy is the same', () => {
    const given = fc.record({
      unwanted: fc.integer({ min: 1, max: 8 }),
      kept: fc.integer({ min: 0, max: 8 }),
      made: fc.integer({ min: 0, max: 20 }),
      percent: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(given, ({ unwanted, kept, made, percent }) => {
        const wanted = Array.from({ length: kept + made }, (_, index) => `10.64.${index}.0/24`);
        const policy = {
          rules: [
            {
              ...broken.rules[0],
              routes: { destinations: wanted.length === 0 ? ['10.64.255.0/24'] : wanted },
            },
          ],
          guardrails: { maxDeletesPercent: percent },
        };
        const own = [...destinations(unwanted), ...wanted.slice(0, kept)];
        const first = look(own, registryOf(own.map((each) => `rtb-1 ${each} pcx-1`)), policy);
        const second = look(first.after, first.memory, policy);
        const tooMany = unwanted * 100 > percent * (unwanted + kept);
        expect([first.held, first.deleted]).toEqual(tooMany ? [unwanted, 0] : [0, unwanted]);
        expect([second.held, second.deleted]).toEqual(tooMany ? [unwanted, 0] : [0, 0]);
        expect(second.learned).toEqual([]);
      }),
      { numRuns: runs(200) },
    );
  });

  it('are made once the policy allows more, and forgotten once they are done', () => {
    const first = look(wantedFirst, before, broken);
    const raised = look(first.after, first.memory, { ...broken, guardrails: { maxDeletesPercent: 100 } });
    expect(raised).toMatchObject({ deleted: 12, held: 0, details: [], after: wantedNow });
    expect(raised.learned).toEqual([{ kind: 'forget-note', key: 'mass-delete' }]);
    expect(look(raised.after, raised.memory, broken)).toMatchObject({ deleted: 0, held: 0, learned: [] });
  });

  it('are forgotten with the broken policy', () => {
    const first = look(wantedFirst, before, broken);
    const all = {
      rules: [{ ...broken.rules[0], routes: { destinations: [...wantedFirst, ...wantedNow] } }],
    };
    expect(look(first.after, first.memory, all).learned).toContainEqual({
      kind: 'forget-note',
      key: 'mass-delete',
    });
  });

  it('are nothing to remember where there is no registry', () => {
    const { learned, findings } = planOf(MARKED, policyOf({ drift: { onUntag: 'remove' } }), {
      memory: { ...NOTHING_REMEMBERED, registry: 'none' },
    });
    expect(learned.filter(({ kind }) => kind === 'note')).toEqual([]);
    expect(findings.map(({ kind }) => kind)).not.toContain('missing');
  });

  describe.each([
    '',
    '{',
    '[]',
    '7',
    '{"own":"many","tables":{"rtb-1":3}}',
    '{"tables":{"rtb-1":-1}}',
    '{"tables":7}',
  ])('against what nobody can read: %j', (value) => {
    const notes = new Map([['mass-delete', { value, at: 1 }]]);
    // By what there is now, no share is too large.
    const many = [...wantedFirst, ...wantedNow, ...destinations(4, 100)];
    const grown = registryOf(
      many.map((destination) => `rtb-1 ${destination} pcx-1`),
      { notes },
    );

    it('are none of them made, which is told', () => {
      const { deleted, held, details, learned } = look(many, grown, broken);
      expect({ deleted, held, learned }).toEqual({ deleted: 0, held: 16, learned: [] });
      expect(details).toEqual([
        expect.stringContaining(
          '16 of the 28 routes that the product has in this account (how many there were when that was first found cannot be read)',
        ),
      ]);
    });

    it('are forgotten once a person has let them through', () => {
      const allowed = { ...broken, guardrails: { maxDeletesPercent: 100 } };
      expect(look(wantedNow, { ...before, notes }, allowed).learned).toEqual([
        { kind: 'forget-note', key: 'mass-delete' },
      ]);
    });
  });
});

describe('a route whose delete is kept back', () => {
  const stranger = vpc('vpc-x', ['10.64.0.0/16', ...destinations(12)], { accountId: '333333333333' });
  const narrow = vpc('vpc-n', ['10.64.8.0/24'], { accountId: PEER });

  /** Routes to a peering that the policy no longer manages, one of them around what another peering wants. */
  function judgeBeside(own: readonly string[], parts: Parameters<typeof registryOf>[1] = {}) {
    const { changes, findings, desired } = planOf(
      inventory({
        vpcs: [local],
        peerings: [peering('pcx-1', local, narrow), peering('pcx-9', local, stranger)],
        tables: [
          table(
            'rtb-1',
            local,
            own.map((destination) => route(destination, 'pcx-9')),
            { optIn: '*' },
          ),
        ],
      }),
      policyOf({ drift: { onUntag: 'remove' } }),
      {
        memory: registryOf(
          own.map((destination) => `rtb-1 ${destination} pcx-9`),
          parts,
        ),
      },
    );
    return {
      made: changes
        .filter(({ heldBy }) => heldBy === undefined)
        .map((each) => `${each.action} ${each.destination}`),
      held: changes.filter(({ heldBy }) => heldBy !== undefined).length,
      desired: desired.length,
      conflicts: findings.filter(({ kind }) => kind === 'conflict').map(({ detail }) => detail),
      massDeletes: findings.filter(({ kind }) => kind === 'mass-delete').length,
    };
  }

  it('keeps its traffic where too many are deleted at once', () => {
    expect(judgeBeside(['10.64.0.0/16', ...destinations(12)])).toEqual({
      made: [],
      held: 13,
      desired: 0,
      conflicts: [
        expect.stringContaining(
          'sends it to pcx-9 by the route to 10.64.0.0/16, and the new route would take',
        ),
      ],
      massDeletes: 1,
    });
  });

  it('keeps its traffic where something keeps undoing the delete', () => {
    const now = Date.UTC(2026, 0, 31, 12) / 1000;
    const repairs = new Map([['rtb-1=10.64.0.0/16', [now - 900, now - 600, now - 300]]]);
    expect(judgeBeside(['10.64.0.0/16'], { repairs })).toMatchObject({ made: [], held: 1, desired: 0 });
  });

  it('gives its traffic to the other peering where the delete is made', () => {
    expect(judgeBeside(['10.64.0.0/16'])).toEqual({
      made: ['create 10.64.8.0/24', 'delete 10.64.0.0/16'],
      held: 0,
      desired: 1,
      conflicts: [],
      massDeletes: 0,
    });
  });
});
