import { acceptanceNote } from '../../lib/model/acceptance.ts';
import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws, type MemoryAwsOptions } from '../support/memory-aws.ts';
import { syncRoutes } from '../support/passes.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const vpcA = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const vpcB = vpc('vpc-bbbbbbbb', ['10.2.0.0/16']);
const PCX = 'pcx-11112222';
const TABLE_A = 'rtb-aaaaaaaa';
const TABLE_B = 'rtb-bbbbbbbb';

const accepted: Hint = { kind: 'peering', peeringId: PCX, region: REGION, cause: 'Peering Accepted' };
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };
const deletedByHand: Hint = {
  kind: 'route-table',
  routeTableId: TABLE_A,
  destination: '10.2.0.0/16',
  region: REGION,
  cause: 'DeleteRoute',
  actor: 'arn:aws:sts::111111111111:assumed-role/engineer/ada',
};

function world(
  parts: { peerings?: Peering[]; tables?: RouteTable[] } = {},
  options: MemoryAwsOptions = {},
): MemoryAws {
  return createMemoryAws(
    {
      peerings: parts.peerings ?? [peering(PCX, vpcA, vpcB)],
      vpcs: [vpcA, vpcB],
      tables: parts.tables ?? [
        table(TABLE_A, vpcA, [], { optIn: '*' }),
        table(TABLE_B, vpcB, [], { optIn: '*' }),
      ],
    },
    options,
  );
}

function dependencies(aws: MemoryAws, policy: Record<string, unknown> = {}, now = NOW) {
  return {
    ...aws,
    accountId: OWN,
    policy: policyOf(policy),
    managedRegions: [REGION],
    pace: createPace({ now: Date.now, sleep: async () => undefined }),
    now: () => now,
  };
}

const sync = (aws: MemoryAws, hint: Hint, policy?: Record<string, unknown>) =>
  syncRoutes(hint, dependencies(aws, policy));

function destinations(aws: MemoryAws, routeTableId: string): string[] {
  const found = aws.state.tables.find((each) => each.routeTableId === routeTableId);
  return (found?.routes ?? [])
    .filter(({ target }) => target.kind === 'peering')
    .map(({ destination, target }) => `${destination} ${target.id}`);
}

async function settled(options: MemoryAwsOptions = {}): Promise<MemoryAws> {
  const aws = world({}, options);
  await sync(aws, accepted);
  aws.writes.length = 0;
  aws.events.length = 0;
  aws.notifications.length = 0;
  aws.reads.length = 0;
  aws.memory.calls.length = 0;
  return aws;
}

describe('after an acceptance', () => {
  it('routes each side to the other and says so, without calling it drift', async () => {
    const aws = world();
    expect(await sync(aws, accepted)).toEqual([
      expect.objectContaining({ region: REGION, created: 2, synced: [PCX], failures: [] }),
    ]);
    expect(destinations(aws, TABLE_A)).toEqual([`10.2.0.0/16 ${PCX}`]);
    expect(destinations(aws, TABLE_B)).toEqual([`10.1.0.0/16 ${PCX}`]);
    expect(aws.events).toEqual([
      { type: 'Routes Synced', detail: { accountId: OWN, region: REGION, peeringId: PCX } },
    ]);
    expect(aws.notifications).toEqual([]);
  });

  it('routes both Regions of a peering inside one account', async () => {
    const far = vpc('vpc-cccccccc', ['10.3.0.0/16'], { region: 'eu-west-1' });
    const aws = createMemoryAws({
      peerings: [peering(PCX, vpcA, far)],
      vpcs: [vpcA, far],
      tables: [table(TABLE_A, vpcA, [], { optIn: '*' }), table('rtb-cccccccc', far, [], { optIn: '*' })],
    });
    const regions = [REGION, 'eu-west-1'];
    const results = await syncRoutes(
      { ...accepted, region: 'eu-west-1' },
      { ...dependencies(aws, { regions }), managedRegions: regions },
    );
    expect(results.map(({ region, created }) => [region, created])).toEqual([
      ['eu-west-1', 1],
      [REGION, 1],
    ]);
    expect(destinations(aws, TABLE_A)).toEqual([`10.3.0.0/16 ${PCX}`]);
    expect(destinations(aws, 'rtb-cccccccc')).toEqual([`10.1.0.0/16 ${PCX}`]);
  });

  it('waits until EC2 shows the peering as accepted', async () => {
    const aws = world({ peerings: [peering(PCX, vpcA, vpcB, { status: 'pending-acceptance' })] });
    let looks = 0;
    const readPeerings: typeof aws.reader.readPeerings = (region, filter) => {
      looks += 1;
      if (looks === 3) aws.state.peerings = [peering(PCX, vpcA, vpcB)];
      return aws.reader.readPeerings(region, filter);
    };
    await syncRoutes(accepted, { ...dependencies(aws), reader: { ...aws.reader, readPeerings } });
    expect(destinations(aws, TABLE_A)).toEqual([`10.2.0.0/16 ${PCX}`]);
  });

  it('sets DNS resolution on both sides in one call once the peering is active, if the rule asks for it', async () => {
    const aws = world();
    await sync(aws, accepted, {
      rules: [
        { name: 'peers', effect: 'accept', remote: { accounts: ['self'] }, routes: { dnsResolution: true } },
      ],
    });
    expect(aws.writes.filter((call) => call.startsWith('setDns'))).toEqual([
      `setDnsResolution ${PCX} accepter requester`,
    ]);
  });

  it('reports DNS resolution that the VPC attributes forbid as a finding, with what to turn on', async () => {
    const aws = world(
      {},
      {
        fail: (call) =>
          call === 'setDnsResolution'
            ? Object.assign(new Error('off'), {
                name: 'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled',
              })
            : undefined,
      },
    );
    await sync(aws, accepted, {
      rules: [
        { name: 'peers', effect: 'accept', remote: { accounts: ['self'] }, routes: { dnsResolution: true } },
      ],
    });
    expect(aws.notifications[0]?.message).toContain('enable-dns-hostnames');
    expect(destinations(aws, TABLE_A)).toEqual([`10.2.0.0/16 ${PCX}`]);
  });
});

describe('a settled account', () => {
  it('costs one sweep four reads and no write, event or message', async () => {
    const aws = await settled();
    expect(await sync(aws, sweep)).toEqual([
      {
        region: REGION,
        ...{ findings: 0, notJudged: 0 },
        ...{ created: 0, replaced: 0, deleted: 0, handedOn: 0 },
        ...{ synced: [], failures: [] },
      },
    ]);
    expect([...aws.reads].sort()).toEqual([`peerings ${REGION}`, `tables ${REGION}`, `vpcs ${REGION}`]);
    expect(aws.memory.calls).toEqual([`read ${REGION}`]);
    expect([aws.writes, aws.events, aws.notifications]).toEqual([[], [], []]);
  });

  it('gets no write from a repeated event either', async () => {
    const aws = await settled();
    await sync(aws, accepted);
    expect([aws.writes, aws.memory.writes()]).toEqual([[], []]);
  });
});

describe('a route deleted by hand', () => {
  async function drifted(policy?: Record<string, unknown>): Promise<MemoryAws> {
    const aws = await settled();
    aws.state.tables = [table(TABLE_A, vpcA, [], { optIn: '*' }), ...aws.state.tables.slice(1)];
    await sync(aws, deletedByHand, policy);
    return aws;
  }

  it('is told with table, destination, who did it and how to look, and repaired at once', async () => {
    const aws = await drifted();
    const [notification] = aws.notifications;
    for (const part of [TABLE_A, '10.2.0.0/16', PCX, 'engineer/ada', 'describe-route-tables', 'missing']) {
      expect(notification?.message).toContain(part);
    }
    expect(destinations(aws, TABLE_A)).toEqual([`10.2.0.0/16 ${PCX}`]);
    expect(aws.events.map(({ type }) => type)).toEqual(['Drift Found']);
    expect(aws.metrics).toMatchObject({ RouteDrift: 1, RouteDriftUnrepaired: 0, 'missing RouteFindings': 1 });
  });

  it('is counted for its peering too where the policy pays for that', async () => {
    const aws = await drifted({ metrics: { perPeering: true } });
    expect(aws.metrics[`${PCX} RouteFindings`]).toBe(1);
    expect((await drifted()).metrics).not.toHaveProperty(`${PCX} RouteFindings`);
  });

  it('is not told again by the sweeps that follow', async () => {
    const aws = await drifted();
    for (let round = 0; round < 3; round += 1) await sync(aws, sweep);
    expect(aws.notifications).toHaveLength(1);
    expect(aws.metrics.RouteDrift).toBe(1);
  });

  it('is told by whichever pass sees it first', async () => {
    const aws = await settled();
    aws.state.tables = [table(TABLE_A, vpcA, [], { optIn: '*' }), ...aws.state.tables.slice(1)];
    await sync(aws, accepted);
    expect(aws.notifications).toHaveLength(1);
    expect(aws.metrics.RouteDrift).toBe(1);
  });

  it('stays deleted when the policy does not repair, and is told once over many sweeps', async () => {
    const policy = { drift: { repair: false } };
    const aws = await drifted(policy);
    await sync(aws, sweep, policy);
    await sync(aws, sweep, policy);
    expect(aws.events.map(({ type }) => type)).toEqual(['Drift Found']);
    expect(aws.notifications).toHaveLength(1);
    expect(aws.metrics.RouteDriftUnrepaired).toBe(3);
  });

  it('is left as contested after three repairs within an hour', async () => {
    const aws = await settled();
    for (let round = 0; round < 4; round += 1) {
      aws.state.tables = [table(TABLE_A, vpcA, [], { optIn: '*' }), ...aws.state.tables.slice(1)];
      await sync(aws, deletedByHand);
    }
    expect(destinations(aws, TABLE_A)).toEqual([]);
    expect(aws.metrics.RoutesContested).toBe(1);
    expect(aws.notifications.at(-1)?.message).toContain('contested');
  });
});

describe('a table that is handed back', () => {
  it('is forgotten with one event in the history, without a message or a change of a route', async () => {
    const aws = await settled();
    const before = aws.memory.events.length;
    aws.state.tables[0] = table(TABLE_A, vpcA, [route('10.2.0.0/16', PCX)], { optIn: 'none' });
    await sync(aws, sweep);
    await sync(aws, sweep);
    expect(aws.memory.events.slice(before)).toMatchObject([{ kind: 'routes', routeTableId: TABLE_A }]);
    expect(aws.notifications).toEqual([]);
    expect(aws.writes).toEqual([`tag ${PCX} peering-autopilot:routes-synced-at`]);
  });
});

describe('a deleted peering', () => {
  it('takes its routes with it on both sides, and leaves every other route', async () => {
    const aws = await settled();
    const foreign = route('0.0.0.0/0', 'igw-11111111');
    aws.state.tables = aws.state.tables.map((each) => ({ ...each, routes: [...each.routes, foreign] }));
    aws.state.peerings = [peering(PCX, vpcA, vpcB, { status: 'deleted' })];
    await sync(aws, { ...accepted, cause: 'DeleteVpcPeeringConnection' });
    expect(destinations(aws, TABLE_A)).toEqual([]);
    expect(destinations(aws, TABLE_B)).toEqual([]);
    expect(aws.state.tables.every(({ routes }) => routes.includes(foreign))).toBe(true);
  });

  it('is cleaned up by the sweep when it has vanished from EC2 altogether', async () => {
    const aws = await settled();
    aws.state.peerings = [];
    aws.state.tables = aws.state.tables.map((each) => ({
      ...each,
      routes: each.routes.map((one) =>
        one.target.kind === 'peering' ? { ...one, state: 'blackhole' } : one,
      ),
    }));
    await sync(aws, sweep);
    expect(destinations(aws, TABLE_A)).toEqual([]);
  });
});

describe('mode observe', () => {
  it('writes nothing, remembers nothing, and still counts the drift', async () => {
    const aws = world({}, { mode: 'observe' });
    const policy = { mode: 'observe' };
    await sync(aws, accepted, policy);
    await sync(aws, sweep, policy);
    expect([aws.writes, aws.memory.writes()]).toEqual([[], []]);
    expect(aws.events.filter(({ type }) => type === 'Routes Remaining')).toEqual([]);
    expect(destinations(aws, TABLE_A)).toEqual([]);
  });
});

describe('a pass that runs out of time', () => {
  it('hands the rest on and reports no peering as synced', async () => {
    const aws = world();
    const [result] = await syncRoutes(accepted, { ...dependencies(aws), millisecondsLeft: () => 1_000 });
    expect(result).toMatchObject({ created: 0, handedOn: 2, synced: [] });
    expect(aws.events).toEqual([
      { type: 'Routes Remaining', detail: { accountId: OWN, region: REGION, changes: 2 } },
    ]);
  });
});

describe('the tags that say what was decided', () => {
  const DECISION = 'peering-autopilot:decision';
  const RULE = 'peering-autopilot:rule';

  it('come with the mark where the acceptance could not write them, in the same call', async () => {
    const aws = world();
    await sync(aws, accepted);
    const [found] = aws.state.peerings;
    expect(found?.tags).toMatchObject({
      [DECISION]: 'accept',
      [RULE]: 'peers',
      'peering-autopilot:decided-at': NOW.toISOString(),
    });
    expect(aws.writes.filter((call) => call.startsWith('tag'))).toHaveLength(1);
  });

  it('stay as they are where they say something else: a person accepted what was held', async () => {
    const tags = { [DECISION]: 'hold', [RULE]: 'none' };
    const aws = world({ peerings: [{ ...peering(PCX, vpcA, vpcB), tags }] });
    await sync(aws, accepted);
    expect(aws.state.peerings[0]?.tags).toMatchObject(tags);
  });

  it.each([
    ['that the policy accepts', 'accept'],
    ['that its rule holds', 'hold'],
  ])(
    'say accept where a person has answered by the product a request %s, and was cut off before they were written',
    async (_, effect) => {
      const tags = { [DECISION]: 'hold', [RULE]: 'none' };
      const aws = world({ peerings: [{ ...peering(PCX, vpcA, vpcB), tags }] });
      const by = 'arn:aws:sts::111111111111:assumed-role/engineer/ada';
      const acceptance = { rule: 'peers', by, how: 'matched', at: 1 } as const;
      await aws.memory.update(REGION, [acceptanceNote(PCX, acceptance)]);
      const rules = [{ name: 'peers', effect, remote: { accounts: ['self'] } }];
      await sync(aws, accepted, { rules });
      expect(aws.state.peerings[0]?.tags).toMatchObject({
        [DECISION]: 'accept',
        [RULE]: 'peers',
        'peering-autopilot:decided-by': by,
      });
      const written = aws.writes.length;
      await sync(aws, sweep, { rules });
      expect(aws.writes).toHaveLength(written);
    },
  );

  it('are not written on the side that asked: nothing was decided there', async () => {
    const far = vpc('vpc-cccccccc', ['10.3.0.0/16'], { accountId: PEER });
    const aws = createMemoryAws({
      peerings: [peering(PCX, vpcA, far)],
      vpcs: [vpcA],
      tables: [table(TABLE_A, vpcA, [], { optIn: '*' })],
    });
    await sync(aws, accepted);
    expect(Object.keys(aws.state.peerings[0]?.tags ?? {})).toEqual(['peering-autopilot:routes-synced-at']);
  });
});
