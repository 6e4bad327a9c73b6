import type { Change } from '../../lib/model/change.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { type ApplyOptions, type ApplyResult, applyPlan } from '../../lib/passes/apply-changes.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PEER, PREFIX, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { type Account, awsError, createMemoryEc2, type MemoryEc2Options } from '../support/memory-ec2.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const other = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });

function accountWith(routes: readonly Route[], parts: { readonly optIn?: string } = { optIn: '*' }): Account {
  return {
    accountId: OWN,
    region: REGION,
    vpcs: [local],
    peerings: [
      peering('pcx-1', local, remote),
      peering('pcx-2', local, other),
      peering('pcx-dead', local, other, { status: 'deleted' }),
    ],
    tables: [table('rtb-1', local, routes, parts), table('rtb-2', local, [], parts)],
  };
}

function create(destination: string, peeringId = 'pcx-1', routeTableId = 'rtb-1'): Change {
  return {
    action: 'create',
    region: REGION,
    routeTableId,
    destination,
    peeringId,
    rule: 'peers',
    reason: 'wanted',
  };
}

function replace(destination: string, seen: Route, peeringId = 'pcx-1'): Change {
  return { ...create(destination, peeringId), action: 'replace', seen };
}

function remove(destination: string, seen: Route): Change {
  const { rule: _, ...change } = create(destination, seen.target.id);
  return { ...change, action: 'delete', seen };
}

async function apply(
  changes: readonly Change[],
  account: Account,
  options: MemoryEc2Options & Partial<Pick<ApplyOptions, 'mode' | 'deadline' | 'tagPrefix'>> = {},
) {
  const clock = createSimulatedClock();
  const ec2 = createMemoryEc2(account, options);
  const result = await clock.run(
    applyPlan(changes, {
      ec2,
      clock,
      pace: createPace(clock),
      mode: options.mode ?? 'enforce',
      ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
      ...(options.tagPrefix === undefined ? {} : { tagPrefix: options.tagPrefix }),
    }),
  );
  return { ec2, result, clock };
}

function outcomes(result: ApplyResult): string[] {
  return result.outcomes.map(({ outcome }) => outcome);
}

describe('applyPlan', () => {
  it('creates without reading, and reads again before each replace and each delete', async () => {
    const dead = route('10.65.0.0/16', 'pcx-dead', { state: 'blackhole' });
    const stale = route('10.66.0.0/16', 'pcx-dead', { state: 'blackhole' });
    const { ec2, result } = await apply(
      [create('10.64.0.0/16'), replace('10.65.0.0/16', dead), remove('10.66.0.0/16', stale)],
      accountWith([dead, stale]),
    );
    expect(outcomes(result)).toEqual(['written', 'written', 'written']);
    expect(ec2.calls.map(({ operation }) => operation)).toEqual([
      'createRoute',
      'readTable',
      'replaceRoute',
      'readTable',
      'deleteRoute',
    ]);
    expect(ec2.account().tables[0]?.routes).toEqual([
      route('10.1.0.0/16', 'local'),
      route('10.65.0.0/16', 'pcx-1'),
      route('10.64.0.0/16', 'pcx-1'),
    ]);
  });

  it('makes no call in observe mode', async () => {
    const { ec2, result } = await apply([create('10.64.0.0/16')], accountWith([]), { mode: 'observe' });
    expect(ec2.calls).toEqual([]);
    expect(result.outcomes).toEqual([
      { change: create('10.64.0.0/16'), outcome: 'observed', reason: 'wanted' },
    ]);
  });

  it('adopts an identical route that somebody created meanwhile', async () => {
    const { ec2, result } = await apply(
      [create('10.64.0.0/16')],
      accountWith([route('10.64.0.0/16', 'pcx-1')]),
    );
    expect(outcomes(result)).toEqual(['already-so']);
    expect(result.findings).toEqual([]);
    expect(ec2.writes).toEqual([]);
  });

  it.each(['tgw-1', 'pcx-2'])(
    'reports a conflict when somebody created a route to %s meanwhile, and leaves it',
    async (targetId) => {
      const { ec2, result } = await apply(
        [create('10.64.0.0/16')],
        accountWith([route('10.64.0.0/16', targetId)]),
      );
      expect(outcomes(result)).toEqual(['skipped']);
      expect(result.findings).toEqual([
        expect.objectContaining({
          kind: 'conflict',
          routeTableId: 'rtb-1',
          destination: '10.64.0.0/16',
          peeringId: 'pcx-1',
          detail: expect.stringContaining(targetId),
          repairable: false,
        }),
      ]);
      expect(ec2.writes).toEqual([]);
    },
  );

  it.each([
    ['goes elsewhere', route('10.65.0.0/16', 'nat-1')],
    ['goes to another peering', route('10.65.0.0/16', 'pcx-2')],
  ])('skips a change whose route now %s', async (_, now) => {
    const dead = route('10.65.0.0/16', 'pcx-dead', { state: 'blackhole' });
    const live = route('10.65.0.0/16', 'pcx-3');
    const account = accountWith([now]);
    for (const change of [dead, live].flatMap((seen) => [
      replace('10.65.0.0/16', seen),
      remove('10.65.0.0/16', seen),
    ])) {
      const { ec2, result } = await apply([change], account);
      expect(outcomes(result)).toEqual(['skipped']);
      expect(ec2.writes).toEqual([]);
    }
  });

  it('skips the delete of a blackhole that works again', async () => {
    const { ec2, result } = await apply(
      [remove('10.65.0.0/16', route('10.65.0.0/16', 'pcx-2', { state: 'blackhole' }))],
      accountWith([route('10.65.0.0/16', 'pcx-2')]),
    );
    expect(outcomes(result)).toEqual(['skipped']);
    expect(ec2.writes).toEqual([]);
  });

  it('is content when a route to delete is gone already', async () => {
    const seen = route('10.65.0.0/16', 'pcx-dead', { state: 'blackhole' });
    const { result } = await apply([remove('10.65.0.0/16', seen)], accountWith([]));
    expect(outcomes(result)).toEqual(['already-so']);
  });

  it('leaves a table that lost its tag since it was planned', async () => {
    const seen = route('10.65.0.0/16', 'pcx-dead', { state: 'blackhole' });
    const account = accountWith([seen], {});
    const { ec2, result } = await apply(
      [replace('10.65.0.0/16', seen), remove('10.65.0.0/16', seen)],
      account,
      { tagPrefix: PREFIX },
    );
    expect(outcomes(result)).toEqual(['skipped', 'skipped']);
    expect(ec2.writes).toEqual([]);
  });

  it('stops creating in a full table only, and still replaces and deletes there', async () => {
    const seen = route('10.66.0.0/16', 'pcx-dead', { state: 'blackhole' });
    const { ec2, result } = await apply(
      [
        create('10.64.0.0/16'),
        create('10.64.0.0/17'),
        remove('10.66.0.0/16', seen),
        create('10.64.0.0/16', 'pcx-1', 'rtb-2'),
      ],
      accountWith([seen]),
      { routesPerTable: 1 },
    );
    expect(outcomes(result)).toEqual(['failed', 'failed', 'written', 'written']);
    expect(result.findings.map(({ kind, destination }) => `${kind} ${destination}`)).toEqual([
      'over-limit 10.64.0.0/16',
      'over-limit 10.64.0.0/17',
    ]);
    expect(ec2.calls.filter(({ operation }) => operation === 'createRoute')).toHaveLength(2);
  });

  it('skips the rest of a table that is gone, and goes on with the others', async () => {
    const { result } = await apply(
      [
        create('10.64.0.0/16', 'pcx-1', 'rtb-gone'),
        create('10.64.1.0/24', 'pcx-1', 'rtb-gone'),
        create('10.64.0.0/16'),
      ],
      accountWith([]),
    );
    expect(outcomes(result)).toEqual(['skipped', 'skipped', 'written']);
  });

  it('tries again later where EC2 denies a table in one call and shows it in the next', async () => {
    const seen = route('10.65.0.0/16', 'pcx-2');
    const { result } = await apply(
      [create('10.64.0.0/16'), create('10.64.0.0/17'), replace('10.65.0.0/16', seen)],
      accountWith([seen]),
      {
        faultAt: ({ destination }) =>
          destination === '10.64.0.0/17'
            ? undefined
            : { when: 'before', error: awsError('InvalidRouteTableID.NotFound', 'not yet') },
      },
    );
    expect(outcomes(result)).toEqual(['retryable', 'written', 'retryable']);
  });

  it('does not repeat a call that is not permitted in a table, and says so in words', async () => {
    const { ec2, result } = await apply(
      [create('10.64.0.0/16'), create('10.64.0.0/17'), create('10.64.0.0/16', 'pcx-1', 'rtb-2')],
      accountWith([]),
      {
        faultAt: ({ routeTableId }) =>
          routeTableId === 'rtb-1'
            ? { when: 'before', error: awsError('UnauthorizedOperation', 'no', 403) }
            : undefined,
      },
    );
    expect(outcomes(result)).toEqual(['failed', 'failed', 'written']);
    expect(result.outcomes[0]).toMatchObject({
      errorCode: 'UnauthorizedOperation',
      reason: expect.stringContaining('CreateRoute of 10.64.0.0/16 in rtb-1 (us-east-1) is not permitted'),
    });
    expect(ec2.calls).toHaveLength(2);
  });

  it('records a throttled call as retryable and waits before the next one', async () => {
    const { result, clock } = await apply(
      [create('10.64.0.0/17'), create('10.64.128.0/17')],
      accountWith([]),
      {
        faultAt: (_, index) =>
          index === 0
            ? { when: 'before', error: awsError('RequestLimitExceeded', 'slow down', 503) }
            : undefined,
      },
    );
    expect(outcomes(result)).toEqual(['retryable', 'written']);
    expect(clock.now()).toBe(200);
  });

  it('holds back a delete while a create that takes over its addresses has failed', async () => {
    const wide = route('10.64.0.0/16', 'pcx-1');
    const { ec2, result } = await apply(
      [create('10.64.0.0/17'), create('10.64.128.0/17'), remove('10.64.0.0/16', wide)],
      accountWith([wide]),
      {
        faultAt: ({ destination }) =>
          destination === '10.64.128.0/17'
            ? { when: 'before', error: awsError('InternalError', 'try again', 500) }
            : undefined,
      },
    );
    expect(outcomes(result)).toEqual(['written', 'retryable', 'held-back']);
    expect(ec2.writes.map(({ operation }) => operation)).toEqual(['createRoute']);
  });

  it('returns what the deadline left over, in order', async () => {
    const changes = Array.from({ length: 60 }, (_, index) => create(`10.64.${index}.0/24`));
    const { result, clock } = await apply(changes, accountWith([]), { deadline: 1000 });
    expect(result.outcomes).toHaveLength(54);
    expect(result.handedOn).toEqual(changes.slice(54));
    expect(clock.now()).toBeLessThan(1000);
  });
});
