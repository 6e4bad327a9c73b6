import { contestedFindings, findingsWithHeldBack, holdBackChanges } from '../../lib/assessment/held.ts';
import type { Change } from '../../lib/model/change.ts';
import type { Finding } from '../../lib/model/finding.ts';
import type { HeldBy } from '../../lib/model/held-by.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import { repairKey } from '../../lib/routing/contested.ts';
import { inventory, PEER, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';
import { planOf, registryOf } from '../support/plan-of.ts';

const ROUTE = { routeTableId: 'rtb-0123456789abcdef0', destination: '10.64.0.0/16' };

const create: Change = {
  action: 'create',
  region: REGION,
  ...ROUTE,
  peeringId: 'pcx-1',
  rule: 'peers',
  reason: 'wanted.',
  mends: 'missing',
};
const { rule: _, ...unruled } = create;
const stale: Change = {
  ...unruled,
  action: 'delete',
  destination: '10.99.0.0/16',
  mends: 'stale',
  seen: route('10.99.0.0/16', 'pcx-1', { state: 'blackhole' }),
};
const { mends: __, ...fresh } = { ...create, destination: '10.65.0.0/16' };

function at(minutes: number): Date {
  return new Date(Date.UTC(2026, 0, 31, 12, minutes));
}

/** ROUTE was repaired at these minutes. */
function repairedAt(...minutes: number[]): RegionMemory {
  const times = minutes.map((minute) => at(minute).getTime() / 1000);
  return { ...NOTHING_REMEMBERED, repairs: new Map([[repairKey(ROUTE), times]]) };
}

const CONTESTED = repairedAt(0, 5, 10);

interface Parts {
  readonly policy?: Record<string, unknown>;
  readonly memory?: RegionMemory;
  readonly massDeletes?: ReadonlySet<Change>;
}

function held(
  changes: readonly Change[],
  { policy, memory = NOTHING_REMEMBERED, massDeletes = new Set() }: Parts = {},
): readonly (HeldBy | undefined)[] {
  const planned = {
    changes,
    deletes: changes.filter(({ action }) => action === 'delete'),
    waiting: changes.filter(({ heldBy }) => heldBy !== undefined),
  };
  const context = { policy: policyOf(policy), memory, now: at(15), massDeletes };
  const { changes: result, held: heldBack } = holdBackChanges(planned, context);
  expect(heldBack).toEqual(result.filter(({ heldBy }) => heldBy !== undefined));
  expect(result.map(({ heldBy: _held, ...change }) => change)).toEqual(
    changes.map(({ heldBy: _before, ...change }) => change),
  );
  return result.map(({ heldBy }) => heldBy);
}

describe('what holds a change back', () => {
  it('is nothing where nothing is contested', () => {
    expect(held([create, fresh, stale])).toEqual([undefined, undefined, undefined]);
  });

  it('is observe, before all else', () => {
    const asked: Change = { ...fresh, heldBy: 'acceptance' };
    expect(
      held([create, asked, stale], {
        policy: { mode: 'observe', drift: { repair: false } },
        memory: CONTESTED,
        massDeletes: new Set([stale]),
      }),
    ).toEqual(['observe', 'observe', 'observe']);
  });

  it('is that the policy does not repair; new work, changes of the policy and clean-up go on', () => {
    const { mends: _mends, ...unwanted } = { ...stale, seen: route('10.99.0.0/16', 'pcx-1') };
    expect(held([create, fresh, stale, unwanted], { policy: { drift: { repair: false } } })).toEqual([
      'repair-off',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is an acceptance that has to come first', () => {
    expect(held([{ ...fresh, heldBy: 'acceptance' }])).toEqual(['acceptance']);
  });

  it('is that a repair was undone three times within an hour, which a finding says', () => {
    expect(held([create, fresh], { memory: CONTESTED })).toEqual(['contested', undefined]);
    expect(held([create], { memory: repairedAt(0, 5) })).toEqual([undefined]);
    const changes: Change[] = [{ ...create, heldBy: 'contested' }, { ...fresh, heldBy: 'observe' }, stale];
    expect(contestedFindings(changes)).toEqual([
      {
        kind: 'contested',
        region: REGION,
        ...ROUTE,
        peeringId: 'pcx-1',
        rule: 'peers',
        detail: `The route to 10.64.0.0/16 in ${ROUTE.routeTableId} (us-east-1) was repaired 3 times within an hour and undone each time, so it is left for an hour: wanted. Find what keeps changing it. Until then it may be done by hand, and is left as it is: aws ec2 create-route --region us-east-1 --route-table-id ${ROUTE.routeTableId} --destination-cidr-block 10.64.0.0/16 --vpc-peering-connection-id pcx-1`,
        repairable: false,
      },
    ]);
  });

  it('names no rule of a contested route where none wants it', () => {
    const [finding] = contestedFindings([{ ...stale, heldBy: 'contested' }]);
    expect(finding).toBeDefined();
    expect(finding).not.toHaveProperty('rule');
    // It is to go.
    expect(finding?.detail).toContain('Until then it may be done by hand: aws ec2 delete-route ');
  });

  it('is never contest of what is no repair, however often the route was repaired', () => {
    const { mends: _mends, ...planned } = create;
    expect(held([planned], { memory: CONTESTED })).toEqual([undefined]);
  });

  it('is an unusual number of deletes, for those alone', () => {
    const other = { ...stale, destination: '10.98.0.0/16' };
    expect(held([stale, other], { massDeletes: new Set([stale]) })).toEqual(['mass-delete', undefined]);
  });
});

describe('a delete around or inside a create that is held back', () => {
  const remove = (destination: string, parts: Partial<Change> = {}): Change => {
    const { mends: _mends, ...change } = create;
    return { ...change, action: 'delete', destination, seen: route(destination, 'pcx-1'), ...parts };
  };

  it.each(['10.0.0.0/8', '10.64.0.0/16', '10.64.3.0/24'])(
    'waits, as it would open a gap: %s',
    (destination) => {
      expect(held([create, remove(destination)], { memory: CONTESTED })).toEqual(['contested', 'gap']);
      expect(held([create, remove(destination)])).toEqual([undefined, undefined]);
    },
  );

  it.each([
    ['in another table', { routeTableId: 'rtb-1' }],
    ['of other addresses', { destination: '10.65.3.0/24' }],
    [
      'of a route that drops what it gets',
      { seen: route('10.64.3.0/24', 'pcx-1', { state: 'blackhole' as const }) },
    ],
  ])('does not wait: %s', (_name, parts) => {
    expect(held([create, remove('10.64.3.0/24', parts)], { memory: CONTESTED })).toEqual([
      'contested',
      undefined,
    ]);
  });

  it('does not wait for a create across a request that nobody accepted: nothing is reached there today', () => {
    const asked: Change = { ...fresh, destination: ROUTE.destination, heldBy: 'acceptance' };
    expect(held([asked, remove('10.0.0.0/8')])).toEqual(['acceptance', undefined]);
  });

  it('does not wait for another delete, nor does a create for one', () => {
    const drift = remove(ROUTE.destination, { mends: 'unexpected' });
    const policy = { drift: { repair: false } };
    expect(held([drift, remove('10.64.3.0/24')], { policy })).toEqual(['repair-off', undefined]);
    const inside: Change = { ...fresh, destination: '10.64.3.0/24' };
    expect(held([create, inside], { memory: CONTESTED })).toEqual(['contested', undefined]);
  });

  it('waits for a replace that is held back, too', () => {
    const replace: Change = { ...create, action: 'replace', mends: 'wrong-target' };
    expect(held([replace, remove('10.64.3.0/24')], { memory: CONTESTED })).toEqual(['contested', 'gap']);
  });
});

describe('a finding whose change is held back', () => {
  const { action: _action, reason, mends: _mends, ...about } = create;
  const finding: Finding = { ...about, kind: 'missing', detail: reason, repairable: true };

  it('says what holds it back, so that nobody calls it being repaired', () => {
    expect(findingsWithHeldBack([finding], [{ ...create, heldBy: 'repair-off' }])).toEqual([
      { ...finding, heldBy: 'repair-off' },
    ]);
    expect(findingsWithHeldBack([finding], [create])).toEqual([finding]);
  });

  it("says nothing of it where it is not repairable, or another route's change is held back", () => {
    const left = { ...finding, repairable: false };
    expect(findingsWithHeldBack([left], [{ ...create, heldBy: 'repair-off' }])).toEqual([left]);
    for (const other of [
      { region: 'eu-west-1' },
      { routeTableId: 'rtb-9' },
      { destination: '10.9.0.0/16' },
    ]) {
      expect(findingsWithHeldBack([finding], [{ ...create, ...other, heldBy: 'observe' }])).toEqual([
        finding,
      ]);
    }
  });
});

describe('an assessment', () => {
  const local = vpc('vpc-a', ['10.1.0.0/16']);
  const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
  const more = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });
  const OWN_ROUTE = `${ROUTE.routeTableId} 10.64.0.0/16 pcx-1`;

  function assessed(policy: Record<string, unknown>, memory = registryOf([OWN_ROUTE]), routes = [] as const) {
    const { changes, findings } = planOf(
      inventory({
        vpcs: [local],
        peerings: [
          peering('pcx-1', local, remote),
          peering('pcx-2', more, local, { status: 'pending-acceptance' }),
        ],
        tables: [table(ROUTE.routeTableId, local, routes, { optIn: '*' })],
      }),
      policyOf(policy),
      { memory, now: at(15) },
    );
    return {
      changes: changes.map(({ destination, heldBy }) => `${destination} ${heldBy}`),
      findings: findings.map(({ kind, heldBy, repairable }) => `${kind} ${repairable} ${heldBy}`),
    };
  }

  it('says it of changes and findings alike', () => {
    expect(assessed({})).toEqual({
      changes: ['10.64.0.0/16 undefined', '10.65.0.0/16 acceptance'],
      findings: ['missing true undefined'],
    });
    expect(assessed({ mode: 'observe' })).toEqual({
      changes: ['10.64.0.0/16 observe', '10.65.0.0/16 observe'],
      findings: ['missing true observe'],
    });
    expect(assessed({ drift: { repair: false } })).toEqual({
      changes: ['10.64.0.0/16 repair-off', '10.65.0.0/16 acceptance'],
      findings: ['missing true repair-off'],
    });
    expect(assessed({}, registryOf([OWN_ROUTE], { repairs: CONTESTED.repairs }))).toEqual({
      changes: ['10.64.0.0/16 contested', '10.65.0.0/16 acceptance'],
      findings: ['missing true contested', 'contested false undefined'],
    });
  });
});
