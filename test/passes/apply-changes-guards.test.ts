import type { Change } from '../../lib/model/change.ts';
import type { HeldBy } from '../../lib/model/held-by.ts';
import type { PeeringStatus } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { type ApplyOptions, applyPlan } from '../../lib/passes/apply-changes.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { awsError, createMemoryEc2, type MemoryEc2Options } from '../support/memory-ec2.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const GONE = route('10.65.0.0/16', 'pcx-gone', { state: 'blackhole' });

function change(action: Change['action'], destination: string, parts: Partial<Change> = {}): Change {
  return {
    action,
    region: REGION,
    routeTableId: 'rtb-1',
    destination,
    peeringId: 'pcx-1',
    rule: 'peers',
    reason: 'wanted',
    ...parts,
  };
}

const remove = (seen: Route, parts: Partial<Change> = {}) =>
  change('delete', seen.destination, {
    peeringId: seen.target.id,
    seen,
    ...(seen.state === 'blackhole' ? { onlyIfDead: seen.target.id } : {}),
    ...parts,
  });

type Answer = PeeringStatus | undefined | Error;

interface Parts extends MemoryEc2Options, Partial<Pick<ApplyOptions, 'mode' | 'deadline'>> {
  readonly routes?: readonly Route[];
  /** Answers of EC2 about peerings, one after the other; the last one stays. Left out: EC2 is not asked. */
  readonly statuses?: readonly [Answer, ...Answer[]];
}

async function apply(changes: readonly Change[], parts: Parts = {}) {
  const clock = createSimulatedClock();
  const routes = parts.routes ?? [GONE];
  const order: string[] = [];
  const memory = createMemoryEc2(
    {
      accountId: OWN,
      region: REGION,
      vpcs: [local],
      peerings: [peering('pcx-1', local, remote)],
      tables: [table('rtb-1', local, routes), table('rtb-2', local, routes)],
    },
    {
      ...parts,
      faultAt(call, index) {
        order.push(call.operation);
        return parts.faultAt?.(call, index);
      },
    },
  );
  const asked: string[] = [];
  const { statuses } = parts;
  const readPeeringStatus = async (region: string, peeringId: string) => {
    const answer = statuses?.[Math.min(asked.length, statuses.length - 1)];
    asked.push(`${region} ${peeringId}`);
    order.push('readPeeringStatus');
    await Promise.resolve();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const result = await clock.run(
    applyPlan(changes, {
      ec2: statuses === undefined ? memory : { ...memory, readPeeringStatus },
      clock,
      pace: createPace(clock),
      mode: parts.mode ?? 'enforce',
      ...(parts.deadline === undefined ? {} : { deadline: parts.deadline }),
    }),
  );
  return {
    calls: memory.calls,
    writes: memory.writes.map(({ operation, destination }) => `${operation} ${destination}`),
    asked,
    order,
    result,
    outcomes: result.outcomes.map(({ outcome }) => outcome),
  };
}

describe('a change that something holds', () => {
  it.each<[HeldBy, string]>([
    ['observe', 'mode: observe'],
    ['repair-off', 'drift.repair: false'],
    ['contested', 'keeps undoing it'],
    ['acceptance', 'has to be accepted first'],
    ['activation', 'not active yet'],
    ['mass-delete', 'guardrails.maxDeletesPercent'],
    ['gap', 'without a route'],
  ])('is never made, and the reason says why: %s', async (heldBy, why) => {
    const { calls, result } = await apply([
      change('create', '10.64.0.0/16', { heldBy }),
      change('replace', '10.65.0.0/16', { heldBy, seen: GONE }),
      remove(GONE, { heldBy }),
    ]);
    expect(calls).toEqual([]);
    expect(result.outcomes).toHaveLength(3);
    for (const { outcome, reason, change: of } of result.outcomes) {
      expect(outcome).toBe('held');
      expect(reason).toContain(`The ${of.action} of ${of.destination} in rtb-1 (us-east-1) is not made: `);
      expect(reason).toContain(why);
    }
  });

  it('holds back the delete whose addresses it would take over, wherever the plan has it', async () => {
    const wide = route('10.64.0.0/16', 'pcx-1');
    const held = change('create', '10.64.0.0/17', { heldBy: 'contested' });
    for (const changes of [
      [held, remove(wide)],
      [remove(wide), held],
    ]) {
      const { outcomes, writes } = await apply(changes, { routes: [wide] });
      expect([...outcomes].sort()).toEqual(['held', 'held-back']);
      expect(writes).toEqual([]);
    }
  });

  it('is not among what the deadline leaves over', async () => {
    const free = change('create', '10.64.0.0/17');
    const held = change('create', '10.64.128.0/17', { heldBy: 'gap' });
    const { result, outcomes } = await apply([free, held], { deadline: 0 });
    expect(outcomes).toEqual(['held']);
    expect(result.handedOn).toEqual([free]);
  });

  it('counts as observed in observe mode only where nothing else holds it', async () => {
    const { outcomes } = await apply(
      [
        change('create', '10.64.0.0/17', { heldBy: 'observe' }),
        change('create', '10.64.128.0/17', { heldBy: 'acceptance' }),
      ],
      { mode: 'observe' },
    );
    expect(outcomes).toEqual(['observed', 'held']);
  });
});

describe('the route of a peering that seems to have vanished', () => {
  const gone = [remove(GONE), change('replace', '10.65.0.0/16', { seen: GONE, onlyIfDead: GONE.target.id })];

  it.each(gone)('is changed once EC2 does not list the peering: $action', async (each) => {
    const { outcomes, asked } = await apply([each], { statuses: [undefined] });
    expect(outcomes).toEqual(['written']);
    expect(asked).toEqual(['us-east-1 pcx-gone']);
  });

  it.each(['deleting', 'deleted', 'rejected', 'expired', 'failed'] as const)(
    'is changed where EC2 lists the peering as dead: %s',
    async (status) => {
      for (const each of gone) {
        expect((await apply([each], { statuses: [status] })).outcomes).toEqual(['written']);
      }
    },
  );

  it.each(['initiating-request', 'pending-acceptance', 'provisioning', 'active', 'unknown'] as const)(
    'stays where EC2 lists the peering after all: %s',
    async (status) => {
      for (const each of gone) {
        const { outcomes, writes, result } = await apply([each], { statuses: [status] });
        expect(outcomes).toEqual(['skipped']);
        expect(writes).toEqual([]);
        expect(result.outcomes[0]?.reason).toBe(
          `pcx-gone, to which rtb-1 (us-east-1) routes 10.65.0.0/16, is there after all (${status}); the next pass decides again.`,
        );
      }
    },
  );

  it('asks once per peering and pass, whatever the tables', async () => {
    const other = route('10.66.0.0/16', 'pcx-gone', { state: 'blackhole' });
    const { outcomes, asked } = await apply(
      [remove(GONE), remove(other), remove(GONE, { routeTableId: 'rtb-2' })],
      { routes: [GONE, other], statuses: [undefined] },
    );
    expect(outcomes).toEqual(['written', 'written', 'written']);
    expect(asked).toHaveLength(1);
  });

  it('reads the table last, right before the write', async () => {
    const { order } = await apply([remove(GONE)], { statuses: [undefined] });
    expect(order).toEqual(['readPeeringStatus', 'readTable', 'deleteRoute']);
  });

  it('stays while nobody answers, and the next route asks again', async () => {
    const other = route('10.66.0.0/16', 'pcx-gone', { state: 'blackhole' });
    const { outcomes, asked, writes, result } = await apply([remove(GONE), remove(other)], {
      routes: [GONE, other],
      statuses: [awsError('InternalError', 'try again', 500), undefined],
    });
    expect(outcomes).toEqual(['retryable', 'written']);
    expect(asked).toHaveLength(2);
    expect(writes).toEqual(['deleteRoute 10.66.0.0/16']);
    expect(result.outcomes[0]).toMatchObject({
      call: 'DescribeVpcPeeringConnections',
      reason: expect.stringContaining('before DeleteRoute of 10.65.0.0/16'),
    });
  });

  it('is not asked about where nothing seems to have vanished', async () => {
    const working = route('10.64.0.0/16', 'pcx-1');
    const waiting = route('10.66.0.0/16', 'pcx-1', { state: 'blackhole' });
    const { asked } = await apply(
      [
        remove(working),
        change('create', '10.67.0.0/16'),
        // Turned by somebody: turned back whatever it leads to.
        change('replace', '10.65.0.0/16', { seen: GONE, mends: 'wrong-target' }),
        // The peering is known to be there, and not active yet.
        change('delete', waiting.destination, { peeringId: 'pcx-1', seen: waiting }),
      ],
      { routes: [working, GONE, waiting], statuses: ['pending-acceptance'] },
    );
    expect(asked).toEqual([]);
  });

  it('is changed as before where EC2 cannot be asked', async () => {
    expect((await apply([remove(GONE)])).outcomes).toEqual(['written']);
  });
});

describe('a call that failed', () => {
  const failing = (error: Error, of = 'createRoute') => ({
    faultAt: ({ operation }: { operation: string }) =>
      operation === of ? ({ when: 'before', error } as const) : undefined,
  });
  const denied = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);

  it.each([
    ['failed', denied],
    ['failed', awsError('RouteLimitExceeded', 'The maximum number of routes has been reached.')],
    ['failed', awsError('InvalidParameterValue', 'No.')],
    ['retryable', awsError('InternalError', 'Try again.', 500)],
    ['retryable', awsError('InvalidVpcPeeringConnectionID.NotFound', 'There is no such peering.')],
  ])('is told as it was made and answered: %s, %s', async (outcome, error) => {
    const { result } = await apply([change('create', '10.64.0.0/16')], failing(error));
    expect(result.outcomes).toEqual([
      expect.objectContaining({
        outcome,
        call: 'CreateRoute',
        errorCode: error.name,
        awsMessage: error.message,
      }),
    ]);
  });

  it('is told for the changes that end the same way without a call, too', async () => {
    const { result } = await apply(
      [change('create', '10.64.0.0/17'), change('create', '10.64.128.0/17')],
      failing(denied),
    );
    expect(result.outcomes[1]).toMatchObject({ outcome: 'failed', call: 'CreateRoute' });
  });

  it('is named itself, and what it was made for, where it only comes before the write', async () => {
    const { result } = await apply([remove(GONE)], failing(denied, 'readTable'));
    expect(result.outcomes[0]).toMatchObject({
      outcome: 'failed',
      call: 'DescribeRouteTables',
      reason: expect.stringContaining(
        'DescribeRouteTables of rtb-1 (us-east-1), which comes before DeleteRoute of 10.65.0.0/16, is not permitted',
      ),
    });
  });

  it("is told in AWS's own words where an adapter wraps the error, and in any words where there are no others", async () => {
    const wrapped = Object.assign(new Error('CreateRoute of rtb-1 failed', { cause: denied }), {
      code: 'UnauthorizedOperation',
    });
    const of = async (error: Error) =>
      (await apply([change('create', '10.64.0.0/16')], failing(error))).result.outcomes[0]?.awsMessage;
    expect(await of(wrapped)).toBe(denied.message);
    expect(await of(new Error('broken'))).toBe('broken');
  });

  it('leaves no such fields where nothing failed', async () => {
    const { result } = await apply([change('create', '10.64.0.0/16')]);
    expect(result.outcomes).toEqual([
      { change: change('create', '10.64.0.0/16'), outcome: 'written', reason: 'wanted' },
    ]);
  });
});
