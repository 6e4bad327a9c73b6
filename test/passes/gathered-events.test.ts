import fc from 'fast-check';
import type { Hint } from '../../lib/model/hint.ts';
import { decideRequests as decideTogether } from '../../lib/passes/accept-requests.ts';
import { syncRoutes as syncTogether } from '../../lib/passes/sync-routes.ts';
import { createPace, EC2_BUCKETS, FUNCTION_BUCKETS } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, policyOf, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes, unhurried } from '../support/passes.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

/** Events that came together are answered by one pass, which leads to the same end as a pass for each. */

const NOW = new Date('2026-03-01T12:00:00Z');
const local = vpc('vpc-aaaaaaaa', ['10.0.0.0/16']);
const idOf = (index: number) => `pcx-${String(index).padStart(8, '0')}`;
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };
const handedOn: Hint = { kind: 'region', region: REGION, cause: 'Routes Remaining' };

function remote(index: number, cidr = `10.${index + 1}.0.0/16`, accountId: string = PEER) {
  return vpc(`vpc-${String(index).padStart(8, '0')}`, [cidr], { accountId });
}

function requested(index: number): Hint {
  return { kind: 'peering', peeringId: idOf(index), region: REGION, cause: 'CreateVpcPeeringConnection' };
}

/** So many requests for the same VPC, of which the policy allows those of the account PEER. */
function requestsFrom(remotes: readonly ReturnType<typeof remote>[]): MemoryAws {
  return createMemoryAws({
    peerings: remotes.map((from, index) =>
      peering(idOf(index), from, local, { status: 'pending-acceptance' }),
    ),
    vpcs: [local],
    tables: [table('rtb-aaaaaaaa', local, [], { optIn: '*' })],
  });
}

function dependencies(aws: MemoryAws) {
  return {
    ...aws,
    accountId: OWN,
    policy: policyOf(),
    managedRegions: [REGION],
    pace: unhurried,
    now: () => NOW,
    millisecondsLeft: () => Number.POSITIVE_INFINITY,
  };
}

const statuses = (aws: MemoryAws) => aws.state.peerings.map(({ status }) => status);

describe('requests whose events come together', () => {
  it('are read in as few calls as one request is', async () => {
    const remotes = Array.from({ length: 9 }, (_, index) => remote(index));
    const [alone, together] = [requestsFrom(remotes), requestsFrom(remotes)];

    await decideRequests(requested(0), dependencies(alone));
    await decideTogether(
      REGION,
      remotes.map((_, index) => requested(index)),
      dependencies(together),
    );

    expect(together.reads).toEqual(alone.reads);
    expect(statuses(together)).toEqual(Array.from({ length: 9 }, () => 'active'));
  });

  it('are each decided once, however often their event came', async () => {
    const aws = requestsFrom([remote(0), remote(1, '10.9.0.0/16', STRANGER)]);
    const hints = [requested(1), requested(0), requested(1), sweep, requested(0)];
    const outcomes = await decideTogether(REGION, hints, dependencies(aws));
    expect(outcomes.map(({ peeringId, result }) => `${peeringId} ${result}`)).toEqual([
      `${idOf(0)} accepted`,
      `${idOf(1)} held`,
    ]);
    expect(aws.notifications.map(({ subject }) => subject)).toEqual([
      `2 VPC peering requests in ${OWN}: 1 held, 1 accepted`,
    ]);
  });

  it('are not both accepted where they overlap', async () => {
    const aws = requestsFrom([remote(0, '10.5.0.0/16'), remote(1, '10.5.128.0/17')]);
    await decideTogether(REGION, [requested(0), requested(1)], dependencies(aws));
    expect(statuses(aws)).toEqual(['active', 'pending-acceptance']);
  });

  it('wait no longer for peerings that another account made up than for one of them', async () => {
    const aws = requestsFrom([]);
    const waits: number[] = [];
    const hints = Array.from({ length: 10 }, (_, index) => ({ ...requested(index), peerAccountId: PEER }));
    await decideTogether(REGION, hints, {
      ...dependencies(aws),
      sleep: async (duration) => {
        waits.push(duration);
      },
    });
    expect(waits).toEqual([100, 200, 400]);
  });
});

describe('more requests than an invocation has time for', () => {
  it('are handed on, until all are decided', async () => {
    const remotes = Array.from({ length: 7 }, (_, index) => remote(index));
    const aws = requestsFrom(remotes);
    let hints: readonly Hint[] = remotes.map((_, index) => requested(index));
    let passes = 0;
    while (hints.length > 0 && passes < 100) {
      passes += 1;
      aws.events.length = 0;
      let left = 3;
      await decideTogether(REGION, hints, {
        ...dependencies(aws),
        millisecondsLeft: () => 16_000,
        pace: {
          async take() {
            left -= 1;
            return left >= 0 ? 'taken' : 'too-late';
          },
        },
      });
      hints = aws.events
        .filter(({ type }) => type === 'Peering Requested')
        .map(({ type, detail }): Hint => ({ kind: 'region', region: detail.region, cause: type }));
    }
    expect(statuses(aws)).toEqual(remotes.map(() => 'active'));
    // Two calls for each request, three calls a pass: no request is begun that cannot be ended.
    expect(passes).toBe(7);
    expect(aws.writes).toHaveLength(2 * remotes.length);
  });

  it('are all reported where the policy observes, as nothing is handed on then', async () => {
    const aws = requestsFrom([remote(0), remote(1)]);
    const outcomes = await decideTogether(REGION, [sweep], {
      ...dependencies(aws),
      policy: policyOf({ mode: 'observe' }),
      writer: createMemoryAws(aws.state, { mode: 'observe' }).writer,
      millisecondsLeft: () => 0,
    });
    expect(outcomes.map(({ result }) => result)).toEqual(['observed', 'observed']);
    expect(aws.events).toEqual([]);
  });

  it('draw no more calls than the buckets of EC2 hold, the tags half of theirs', async () => {
    const remotes = Array.from({ length: 200 }, (_, index) => remote(index, `10.${index + 1}.0.0/24`));
    const aws = requestsFrom(remotes);
    const clock = createSimulatedClock();
    const at: Record<string, number[]> = {};
    const timed = <Arguments extends unknown[], Answer>(
      name: string,
      call: (...given: Arguments) => Answer,
    ) => {
      return (...given: Arguments): Answer => {
        at[name] = [...(at[name] ?? []), clock.now()];
        return call(...given);
      };
    };
    const systemNow = Date.now;
    Date.now = clock.now;
    try {
      await clock.run(
        decideTogether(REGION, [sweep], {
          ...dependencies(aws),
          policy: policyOf({ guardrails: { quotaHeadroom: 0 } }),
          pace: createPace(clock, FUNCTION_BUCKETS),
          writer: {
            ...aws.writer,
            acceptPeering: timed('accept', aws.writer.acceptPeering),
            tag: timed('tag', aws.writer.tag),
          },
        }),
      );
    } finally {
      Date.now = systemNow;
    }
    const within = (times: readonly number[] = [], size: number, refill: number) =>
      times.every((time, index) => index + 1 <= size + (time / 1000) * refill + 1e-6);
    expect(at.tag).toHaveLength(200);
    expect(within(at.tag, EC2_BUCKETS.CreateTags.size / 2, EC2_BUCKETS.CreateTags.refill / 2)).toBe(true);
    const { size, refill } = EC2_BUCKETS.AcceptVpcPeeringConnection;
    expect(at.accept?.length).toBeGreaterThan(0);
    expect(within(at.accept, size, refill)).toBe(true);
  });
});

describe('route events that come together', () => {
  const remotes = [remote(0), remote(1)];
  const hinted = (destination: string, actor: string): Hint => ({
    kind: 'route-table',
    routeTableId: 'rtb-aaaaaaaa',
    destination,
    region: REGION,
    cause: 'DeleteRoute',
    actor,
  });

  /** Both peerings routed, and then both routes deleted. */
  async function unrouted(): Promise<MemoryAws> {
    const aws = createMemoryAws({
      peerings: remotes.map((to, index) => peering(idOf(index), local, to)),
      vpcs: [local],
      tables: [table('rtb-aaaaaaaa', local, [route('0.0.0.0/0', 'igw-11111111')], { optIn: '*' })],
    });
    await syncRoutes(sweep, dependencies(aws));
    aws.state.tables = aws.state.tables.map((each) => ({
      ...each,
      routes: each.routes.filter(({ target }) => target.kind !== 'peering'),
    }));
    for (const list of [aws.reads, aws.writes, aws.events, aws.notifications]) list.length = 0;
    return aws;
  }

  it('are told in one message that names who changed which route', async () => {
    const aws = await unrouted();
    const hints = [hinted('10.1.0.0/16', 'arn:ada'), hinted('10.2.0.0/16', 'arn:bob'), sweep];
    await syncTogether(REGION, hints, dependencies(aws));
    expect(aws.notifications).toHaveLength(1);
    const [{ message } = { message: '' }] = aws.notifications;
    expect(message).toMatch(/10\.1\.0\.0\/16\n(.*\n)*? *Changed by: arn:ada \(DeleteRoute\)/);
    expect(message).toMatch(/10\.2\.0\.0\/16\n(.*\n)*? *Changed by: arn:bob \(DeleteRoute\)/);
    expect(aws.events.find(({ type }) => type === 'Drift Found')?.detail.cause).toBe(
      'DeleteRoute, Sweep Requested',
    );
  });

  it('are not told again where people know of the work already', async () => {
    const aws = await unrouted();
    // Time for none of the changes, and then the pass that this one asks for.
    await syncRoutes(hinted('10.1.0.0/16', 'arn:ada'), {
      ...dependencies(aws),
      millisecondsLeft: () => 1_000,
    });
    expect(aws.events.map(({ type }) => type)).toEqual(['Drift Found', 'Routes Remaining']);
    const told = aws.notifications.length;
    const accepted: Hint = {
      kind: 'peering',
      peeringId: idOf(1),
      region: REGION,
      cause: 'Peering Accepted',
    };
    await syncTogether(REGION, [accepted, handedOn], dependencies(aws));
    expect([told, aws.notifications.length]).toEqual([1, 1]);
    expect(aws.writes.filter((call) => call.startsWith('createRoute'))).toHaveLength(2);
  });
});

describe('hints of a batch', () => {
  it('lead to the same end in any order and number as a sweep does', async () => {
    const remotes = [remote(0), remote(1, '10.8.0.0/16', STRANGER), remote(2)];
    const hintsOfBatch = fc.array(
      fc.constantFrom<Hint>(
        requested(0),
        requested(1),
        requested(2),
        { ...requested(2), peerAccountId: STRANGER } as Hint,
        { kind: 'vpc', vpcId: local.vpcId, region: REGION, cause: 'AssociateVpcCidrBlock' },
        { kind: 'route-table', routeTableId: 'rtb-aaaaaaaa', region: REGION, cause: 'CreateRoute' },
        handedOn,
        sweep,
      ),
      { maxLength: 10 },
    );
    async function endOf(hints: readonly Hint[]) {
      const aws = requestsFrom(remotes);
      for (const batch of [hints, [sweep]]) {
        await decideTogether(REGION, batch, dependencies(aws));
        await syncTogether(REGION, batch, dependencies(aws));
      }
      return {
        statuses: statuses(aws),
        routes: aws.state.tables.map(({ routes }) =>
          routes.map(({ destination, target }) => `${destination} ${target.id}`).sort(),
        ),
      };
    }
    const swept = await endOf([]);
    await fc.assert(
      fc.asyncProperty(hintsOfBatch, async (hints) => {
        expect(await endOf(hints)).toEqual(swept);
      }),
    );
    expect(swept.statuses).toEqual(['active', 'pending-acceptance', 'active']);
  });
});

describe('a burst of peerings that were accepted', () => {
  const vpcOf = (index: number) => vpc(`vpc-${String(index).padStart(8, '0')}`, [`10.${index + 1}.0.0/16`]);
  const accepted = (index: number): Hint => ({
    kind: 'peering',
    peeringId: idOf(index),
    region: REGION,
    cause: 'Peering Accepted',
  });
  const tenFrom = (first: number) => Array.from({ length: 10 }, (_, index) => accepted(first + index));

  /** Each between the local VPC and one of its own, all accepted. */
  function acceptedBetween(remotes: readonly ReturnType<typeof vpc>[]): MemoryAws {
    return createMemoryAws({
      peerings: remotes.map((to, index) => peering(idOf(index), local, to)),
      vpcs: [local, ...remotes.filter(({ accountId }) => accountId === OWN)],
      tables: [table('rtb-aaaaaaaa', local, [], { optIn: '*' })],
    });
  }

  it('is looked at once: what the first batch routed is asked for by none behind it', async () => {
    const aws = acceptedBetween(Array.from({ length: 30 }, (_, index) => vpcOf(index)));
    expect(await syncTogether(REGION, tenFrom(0), dependencies(aws))).toMatchObject([{ created: 30 }]);
    aws.reads.length = 0;
    for (const first of [10, 20]) {
      expect(await syncTogether(REGION, tenFrom(first), dependencies(aws))).toEqual([]);
    }
    expect(aws.reads).toEqual([`peerings ${REGION}`, `peerings ${REGION}`]);
  });

  it('is looked at again for one that is not routed yet', async () => {
    const aws = acceptedBetween(Array.from({ length: 20 }, (_, index) => vpcOf(index)));
    await syncTogether(REGION, tenFrom(0), dependencies(aws));
    aws.state.peerings = aws.state.peerings.map((each) =>
      each.peeringId === idOf(15) ? { ...each, tags: {} } : each,
    );
    expect(await syncTogether(REGION, tenFrom(10), dependencies(aws))).toHaveLength(1);
  });

  it.each<[string, (hints: readonly Hint[]) => readonly Hint[]]>([
    ['is no burst', (hints) => hints.slice(0, 9)],
    ['has a sweep among it', (hints) => [...hints, sweep]],
    [
      'is told by another cause',
      (hints) => hints.map((hint) => ({ ...hint, cause: 'AcceptVpcPeeringConnection' })),
    ],
  ])('is looked at where it %s', async (_, change) => {
    const aws = acceptedBetween(Array.from({ length: 10 }, (_unused, index) => vpcOf(index)));
    await syncTogether(REGION, tenFrom(0), dependencies(aws));
    expect(await syncTogether(REGION, change(tenFrom(0)), dependencies(aws))).toHaveLength(1);
  });

  it('with an end in another account is looked at, so that that account is told', async () => {
    const aws = acceptedBetween(
      Array.from({ length: 10 }, (_, index) => ({ ...vpcOf(index), accountId: index === 3 ? PEER : OWN })),
    );
    const trusting = { ...dependencies(aws), policy: policyOf({ trust: { accounts: [PEER] } }) };
    await syncTogether(REGION, tenFrom(0), trusting);
    aws.toPeers.length = 0;
    expect(await syncTogether(REGION, tenFrom(0), trusting)).toHaveLength(1);
    expect(aws.toPeers).toMatchObject([{ accountId: PEER, event: { type: 'Routes Synced' } }]);
  });
});
