import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { peering, REGION, table, vpc } from '../support/fixtures.ts';
import { createScene, type Scene } from '../support/scene.ts';

/** Reads that AWS denies for good in one Region: nothing is decided on what was not read, and people are told once. */

const FAR = 'eu-west-1';
const PCX = 'pcx-11112222';
const here = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const there = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { region: FAR });
const CALLS = {
  readTables: 'DescribeRouteTables',
  readVpcs: 'DescribeVpcs',
  readPeerings: 'DescribeVpcPeeringConnections',
} as const;
type Read = keyof typeof CALLS;

/** As the reader throws it: the call that was denied, and what AWS says of it. */
function deniedError(call: string, region: string): Error {
  const cause = Object.assign(
    new Error(
      'You are not authorized to perform this operation, with an explicit deny in a service control policy.',
    ),
    { name: 'UnauthorizedOperation' },
  );
  return Object.assign(
    new Error(`${call} of everything in ${region} failed: UnauthorizedOperation: ${cause.message}`, {
      cause,
    }),
    { name: 'AwsCallError', code: 'UnauthorizedOperation', call },
  );
}

interface Denied {
  /** `readTables eu-west-1`; empty: nothing is denied. */
  now: string;
}

function scene(peerings: Peering[], denied: Denied, tables = [here, there]): Scene {
  return createScene(
    {
      peerings,
      vpcs: [here, there],
      tables: tables.map((each) => table(each.vpcId.replace('vpc', 'rtb'), each, [], { optIn: '*' })),
    },
    {
      regions: [REGION, FAR],
      policy: { regions: [REGION, FAR] },
      fail: (call) => {
        const [read = '', region = ''] = call.split(' ');
        return call === denied.now ? deniedError(CALLS[read as Read], region) : undefined;
      },
    },
  );
}

const asked = (requester = there, accepter = here): Peering => ({
  ...peering(PCX, requester, accepter, { status: 'pending-acceptance' }),
  expiresAt: new Date('2026-03-07T12:00:00Z'),
});

/** What the functions do at a sweep, each by itself: one that fails is tried again by its queue. */
async function sweep(world: Scene, times = 1): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    await world.sweepEach();
  }
}

const about = (world: Scene, text: string) =>
  world.aws.notifications.filter(({ subject }) => subject.includes(text));

describe('a request between two own Regions, in one of which AWS refuses DescribeRouteTables', () => {
  it.each([
    ['the requester’s', there, here],
    ['the accepter’s', here, there],
  ])(
    'is held where that is %s, told once with Region, call and remedy, and decided once it is permitted',
    async (_whose, requester, accepter) => {
      const denied = { now: `readTables ${FAR}` };
      const world = scene([asked(requester, accepter)], denied);
      await sweep(world, 4);
      expect(world.aws.state.peerings[0]?.status).toBe('pending-acceptance');
      const [held, ...more] = about(world, PCX);
      expect(more).toEqual([]);
      expect(held?.subject).toContain('held');
      expect(held?.message).toContain(`AWS refuses DescribeRouteTables in ${FAR} (UnauthorizedOperation)`);
      expect(held?.message).toContain('Permit the call there');
      expect(world.aws.metrics.PermanentFailures).toBeGreaterThanOrEqual(4);
      denied.now = '';
      await sweep(world, 2);
      expect(world.aws.state.peerings[0]?.status).toBe('active');
      expect(world.routes().sort()).toEqual([
        `rtb-aaaaaaaa 10.2.0.0/16 ${PCX}`,
        `rtb-bbbbbbbb 10.1.0.0/16 ${PCX}`,
      ]);
    },
  );

  it('is held by its event as well, and not told again by the sweep', async () => {
    const world = scene([asked()], { now: `readTables ${FAR}` });
    const hint: Hint = {
      kind: 'peering',
      peeringId: PCX,
      region: REGION,
      cause: 'CreateVpcPeeringConnection',
    };
    const { outcomes } = await world.event(hint);
    expect(outcomes).toEqual([expect.objectContaining({ result: 'held', decision: 'hold' })]);
    await sweep(world, 3);
    expect(about(world, PCX)).toHaveLength(1);
  });
});

describe('a request between two own Regions, of whose requester not one route table is shown', () => {
  it('is held: what stands in the way there is not known', async () => {
    const world = scene([asked()], { now: '' }, [here]);
    await sweep(world, 2);
    expect(world.aws.state.peerings[0]?.status).toBe('pending-acceptance');
    expect(about(world, PCX)).toHaveLength(1);
    expect(about(world, PCX)[0]?.message).toContain('not one of its route tables');
  });
});
