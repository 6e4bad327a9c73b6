import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import type { SyncDependencies } from '../../lib/passes/sync-dependencies.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws, type MemoryAwsOptions } from '../support/memory-aws.ts';
import { syncRoutes } from '../support/passes.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const FAR = 'eu-west-1';
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const one = vpc('vpc-11111111', ['10.11.0.0/16'], { accountId: PEER });
const two = vpc('vpc-22222222', ['10.12.0.0/16'], { accountId: PEER });
const PCX = 'pcx-11111111';
const OTHER = 'pcx-22222222';
const TABLE = 'rtb-aaaaaaaa';

const accepted: Hint = { kind: 'peering', peeringId: PCX, region: REGION, cause: 'Peering Accepted' };
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };
const handedOn: Hint = { kind: 'region', region: REGION, cause: 'Routes Remaining' };

const problem = (name: string) => Object.assign(new Error(name), { name });

function world(
  parts: { peerings?: Peering[]; tables?: RouteTable[] } = {},
  options: MemoryAwsOptions = {},
): MemoryAws {
  return createMemoryAws(
    {
      peerings: parts.peerings ?? [peering(PCX, local, one), peering(OTHER, local, two)],
      vpcs: [local],
      tables: parts.tables ?? [table(TABLE, local, [], { optIn: '*' })],
    },
    options,
  );
}

function dependencies(aws: MemoryAws, parts: Partial<SyncDependencies> = {}): SyncDependencies {
  return {
    ...aws,
    accountId: OWN,
    policy: policyOf(),
    managedRegions: [REGION],
    pace: createPace({ now: Date.now, sleep: async () => undefined }),
    now: () => NOW,
    ...parts,
  };
}

/** A world whose routes were all in place, then lost. */
async function drifted(options: MemoryAwsOptions = {}): Promise<MemoryAws> {
  const aws = world({}, options);
  await syncRoutes(accepted, dependencies(aws));
  aws.state.tables = [table(TABLE, local, [], { optIn: '*' })];
  aws.events.length = 0;
  aws.notifications.length = 0;
  return aws;
}

describe('a peering that cannot be marked as synced', () => {
  it('does not keep the others from being marked, nor the pass from ending', async () => {
    const aws = world();
    const tag: SyncDependencies['writer']['tag'] = async (region, resourceId, tags) => {
      if (resourceId === PCX) throw problem('InvalidVpcPeeringConnectionID.NotFound');
      return aws.writer.tag(region, resourceId, tags);
    };
    const [result] = await syncRoutes(accepted, dependencies(aws, { writer: { ...aws.writer, tag } }));
    expect(result).toMatchObject({ created: 2, synced: [OTHER] });
    expect(result?.failures).toHaveLength(1);
    expect(aws.metrics.RoutesCreated).toBe(2);
  });

  it('is left to the next sweep when time runs out', async () => {
    const aws = world();
    let left = 60_000;
    const tag: SyncDependencies['writer']['tag'] = async (region, resourceId, tags) => {
      left = 5_000;
      return aws.writer.tag(region, resourceId, tags);
    };
    const [result] = await syncRoutes(
      accepted,
      dependencies(aws, { writer: { ...aws.writer, tag }, millisecondsLeft: () => left }),
    );
    expect(result?.synced).toHaveLength(1);
    const [next] = await syncRoutes(sweep, dependencies(aws));
    expect([...(result?.synced ?? []), ...(next?.synced ?? [])].sort()).toEqual([PCX, OTHER]);
  });
});

describe('a Region that fails after it was read', () => {
  it('does not stop the other Region', async () => {
    const far = vpc('vpc-cccccccc', ['10.3.0.0/16'], { region: FAR });
    const aws = createMemoryAws({
      peerings: [peering(PCX, local, far)],
      vpcs: [local, far],
      tables: [table(TABLE, local, [], { optIn: '*' }), table('rtb-cccccccc', far, [], { optIn: '*' })],
    });
    const bus = {
      publish: async (events: Parameters<typeof aws.bus.publish>[0]) => {
        if (events.some(({ detail }) => detail.region === REGION)) throw problem('InternalError');
        return aws.bus.publish(events);
      },
    };
    const results = await syncRoutes(
      accepted,
      dependencies(aws, { bus, policy: policyOf({ regions: [REGION, FAR] }), managedRegions: [REGION, FAR] }),
    );
    expect(results.map(({ region, created, failures }) => [region, created, failures.length])).toEqual([
      [REGION, 1, 1],
      [FAR, 1, 0],
    ]);
    expect(results[0]?.failures[0]?.retry).toBe(true);
  });
});

describe('when people cannot be told', () => {
  const noTopic = (aws: MemoryAws) => ({
    ...aws.topic,
    notify: async () => Promise.reject(problem('AuthorizationError')),
  });

  it.each([accepted, sweep])(
    'drift is repaired, counted and marked all the same, the failure is named, and the next pass tells ($cause)',
    async (hint) => {
      const aws = await drifted();
      const [result] = await syncRoutes(hint, dependencies(aws, { topic: noTopic(aws) }));
      expect(result).toMatchObject({ created: 2, findings: 2 });
      expect(result?.failures).toEqual([{ reason: 'AuthorizationError', retry: false }]);
      expect([aws.metrics.RoutesCreated, aws.metrics.PermanentFailures]).toEqual([4, 1]);
      for (let round = 0; round < 3; round += 1) {
        await syncRoutes(sweep, dependencies(aws));
      }
      expect(aws.notifications.map(({ message }) => message)).toEqual([
        expect.stringContaining('10.11.0.0/16'),
      ]);
    },
  );

  it('what was kept is sent in order, and each message until it is taken', async () => {
    const aws = await drifted();
    await syncRoutes(accepted, dependencies(aws, { topic: noTopic(aws) }));
    await syncRoutes(sweep, dependencies(aws, { topic: noTopic(aws) }));
    expect(aws.notifications).toEqual([]);
    await syncRoutes(sweep, dependencies(aws));
    await syncRoutes(sweep, dependencies(aws));
    expect(aws.notifications).toHaveLength(1);
  });

  it('no more is kept than a pass can read, however long the topic takes nothing', async () => {
    const aws = await drifted();
    for (let minute = 0; minute < 60; minute += 1) {
      aws.state.tables = [table(TABLE, local, [], { optIn: '*' })];
      // So far apart that nothing is contested.
      const at = new Date(NOW.getTime() + minute * 2 * 3_600_000);
      await syncRoutes(accepted, dependencies(aws, { topic: noTopic(aws), now: () => at }));
    }
    const { notes } = aws.memory.snapshot(REGION);
    expect([...notes.keys()].filter((key) => key.startsWith('unsent '))).toHaveLength(20);
    await syncRoutes(sweep, dependencies(aws));
    expect(aws.notifications).toHaveLength(20);
  });

  it('what lasts is told by the next pass', async () => {
    const foreign = route('10.11.0.0/16', 'tgw-11111111');
    const aws = world({ tables: [table(TABLE, local, [foreign], { optIn: '*' })] });
    const [result] = await syncRoutes(sweep, dependencies(aws, { topic: noTopic(aws) }));
    expect(result?.failures).toHaveLength(1);
    await syncRoutes(sweep, dependencies(aws));
    expect(aws.notifications).toHaveLength(1);
    await syncRoutes(sweep, dependencies(aws));
    expect(aws.notifications).toHaveLength(1);
  });
});

describe('a repair that EC2 keeps refusing', () => {
  it('is told once, however often the sweep comes back', async () => {
    let refused = false;
    const aws = await drifted({
      fail: (call) => (refused && call === 'createRoute' ? problem('UnauthorizedOperation') : undefined),
    });
    refused = true;
    for (let round = 0; round < 50; round += 1) {
      await syncRoutes(sweep, dependencies(aws, { now: () => new Date(NOW.getTime() + round * 3_600_000) }));
    }
    // The drift, and the call: what is being done, and why it is not.
    expect(aws.notifications.map(({ subject }) => subject)).toEqual([
      expect.stringContaining('Route drift'),
      `AWS refuses CreateRoute for ${TABLE} in ${OWN} (${REGION})`,
    ]);
    expect(aws.metrics.PermanentFailures).toBe(2 * 50);
  });

  it('is told anew when the route was repaired and lost once more', async () => {
    const aws = await drifted();
    for (let round = 0; round < 2; round += 1) {
      aws.state.tables = [table(TABLE, local, [], { optIn: '*' })];
      await syncRoutes(sweep, dependencies(aws));
    }
    expect(aws.notifications).toHaveLength(2);
  });
});

describe('many lasting findings', () => {
  it('are told once, not at every sweep', async () => {
    const tables = Array.from({ length: 400 }, (_, index) =>
      table(`rtb-${(index + 0x10000000).toString(16)}`, local, [route('10.11.0.0/16', 'tgw-11111111')], {
        optIn: '*',
      }),
    );
    const aws = world({ tables });
    for (let round = 0; round < 4; round += 1) {
      await syncRoutes(sweep, dependencies(aws));
    }
    expect(aws.notifications).toHaveLength(1);
  });
});

describe('repairs of earlier passes', () => {
  it('are read once, with all else that is remembered, and are not forgotten', async () => {
    const aws = await drifted();
    const earlier = { routeTableId: 'rtb-99999999', destination: '10.9.0.0/16' };
    const at = Math.floor(NOW.getTime() / 1000) - 60;
    await aws.memory.update(REGION, [{ kind: 'repaired', ...earlier, times: [at] }]);
    aws.memory.calls.length = 0;
    await syncRoutes(handedOn, dependencies(aws));
    expect(aws.memory.calls.filter((call) => call.startsWith('read'))).toEqual([`read ${REGION}`]);
    const { repairs } = aws.memory.snapshot(REGION);
    expect(repairs.get('rtb-99999999=10.9.0.0/16')).toEqual([at]);
    expect(repairs.get(`${TABLE}=10.11.0.0/16`)).toEqual([at + 60]);
  });
});
