import type { Hint } from '../../lib/model/hint.ts';
import { requestNoteKey } from '../../lib/model/noted-decision.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { OWN, peering, REGION, table, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';
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
  /** `readTables eu-west-1`, or `* eu-west-1` for all three; empty: nothing is denied. */
  now: string;
}

function scene(
  peerings: Peering[],
  denied: Denied,
  tables = [here, there],
  policy: Record<string, unknown> = {},
  alsoFails: (call: string) => Error | undefined = () => undefined,
): Scene {
  return createScene(
    {
      peerings,
      vpcs: [here, there],
      tables: tables.map((each) => table(each.vpcId.replace('vpc', 'rtb'), each, [], { optIn: '*' })),
    },
    {
      regions: [REGION, FAR],
      policy: { regions: [REGION, FAR], ...policy },
      fail: (call) => {
        const [read = '', region = ''] = call.split(' ');
        const isDenied = denied.now === call || (denied.now === `* ${region}` && read in CALLS);
        return isDenied ? deniedError(CALLS[read as Read], region) : alsoFails(call);
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

describe('a request that is held for another reason by the same rule', () => {
  const byPerson = { rules: [{ name: 'ask', effect: 'hold', remote: { accounts: ['self'] } }] };

  it('once AWS permits what it had refused is told anew, saying so, and not again at each flap', async () => {
    const denied = { now: `readTables ${FAR}` };
    const world = scene([asked()], denied, [here, there], byPerson);
    await sweep(world, 3);
    expect(about(world, PCX)).toHaveLength(1);
    denied.now = '';
    await sweep(world, 3);
    const [first, second, ...more] = about(world, PCX);
    expect(more).toEqual([]);
    expect(first?.message).toContain(`AWS refuses DescribeRouteTables in ${FAR}`);
    expect(second?.message).toContain('It was held before. What keeps it has changed since.');
    expect(second?.message).not.toContain('AWS refuses');
    for (const now of [`readTables ${FAR}`, '', `readTables ${FAR}`, '']) {
      denied.now = now;
      await sweep(world);
    }
    expect(about(world, PCX)).toHaveLength(2);
    expect(world.aws.metrics.RequestsHeld).toBe(1);
  });

  it('is told once for each guardrail that is new among its reasons, and of none that is gone', async () => {
    const acceptAll = { name: 'all', effect: 'accept', remote: { accounts: ['self'] } };
    const world = scene([asked()], { now: '' }, [here, there], {
      rules: [acceptAll],
      guardrails: { maxRemotePrefix: { ipv4: 24 } },
    });
    const deployed = (guardrails: Record<string, unknown>) => ({
      regions: [REGION, FAR],
      rules: [acceptAll],
      guardrails,
    });
    await sweep(world, 2);
    expect(about(world, PCX)).toHaveLength(1);
    world.deploy(deployed({ maxRemotePrefix: { ipv4: 24 }, peeringsPerVpc: 50, quotaHeadroom: 50 }));
    await sweep(world, 2);
    expect(about(world, PCX)).toHaveLength(2);
    expect(about(world, PCX)[1]?.message).toContain('guardrails.quotaHeadroom');
    world.deploy(deployed({ peeringsPerVpc: 50, quotaHeadroom: 50 }));
    await sweep(world, 2);
    world.deploy(deployed({ peeringsPerVpc: 50, quotaHeadroom: 50, freeze: true }));
    await sweep(world, 2);
    expect(about(world, PCX)).toHaveLength(2);
  });

  it('is not told anew where an older version noted that people were told, but not of what; only what changes after that', async () => {
    const denied = { now: '' };
    const world = scene([asked()], denied, [here, there], byPerson);
    await world.store.update(REGION, [
      { kind: 'note', key: requestNoteKey(PCX), value: 'told hold ask', at: world.seconds() },
    ]);
    await sweep(world, 3);
    expect(about(world, PCX)).toHaveLength(0);
    denied.now = `readTables ${FAR}`;
    await sweep(world, 2);
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

describe('reads of a Region that AWS refuses', () => {
  const live = () => [peering(PCX, here, there)];
  const mails = (world: Scene) => about(world, 'AWS refuses');

  it.each(['readTables', 'readVpcs', 'readPeerings'] as const)(
    'are told once with call, Region, what is not looked at and what to do (%s)',
    async (read) => {
      const world = scene(live(), { now: `${read} ${FAR}` });
      await sweep(world, 20);
      expect(mails(world).map(({ subject }) => subject)).toEqual([
        `AWS refuses ${CALLS[read]} in ${OWN} (${FAR})`,
      ]);
      const [{ message, severity }] = mails(world) as [(typeof world.aws.notifications)[number]];
      expect(severity).toBe('action');
      expect(message).toContain(`nothing in ${FAR} is looked at`);
      expect(message).toContain('AWS says: UnauthorizedOperation: You are not authorized');
      expect(message).toContain('A service control policy (SCP) of the organization forbids it.');
      expect(world.aws.metrics.PermanentFailures).toBeGreaterThanOrEqual(1);
    },
  );

  it('are told once more only when they are refused again after they were not', async () => {
    const denied = { now: `readTables ${FAR}` };
    const world = scene(live(), denied);
    await sweep(world, 3);
    expect(world.routes()).toEqual([`rtb-aaaaaaaa 10.2.0.0/16 ${PCX}`]);
    denied.now = '';
    await sweep(world, 3);
    expect(world.routes()).toHaveLength(2);
    expect(mails(world)).toHaveLength(1);
    expect(
      [...world.store.snapshot(FAR).notes.keys()].filter((key) => key.startsWith('reads-refused')),
    ).toEqual([]);
    denied.now = `readTables ${FAR}`;
    await sweep(world, 3);
    expect(mails(world)).toHaveLength(2);
  });

  it('are told once while they last for days, and in one mail where several calls are refused', async () => {
    const denied = { now: `* ${FAR}` };
    const world = scene(live(), denied);
    for (let halfDay = 0; halfDay < 8; halfDay += 1) {
      await sweep(world);
      world.wait(12 * 60 - 5);
    }
    expect(mails(world).map(({ subject }) => subject)).toEqual([`AWS refuses 3 reads in ${OWN} (${FAR})`]);
    expect(mails(world)[0]?.message).toContain(
      'AWS refuses DescribeRouteTables, DescribeVpcPeeringConnections, DescribeVpcs in account',
    );
  });

  it('are told by an event of another Region as well, and not by both', async () => {
    const world = scene(live(), { now: `readTables ${FAR}` });
    await world.event({ kind: 'peering', peeringId: PCX, region: REGION, cause: 'Peering Accepted' });
    await sweep(world, 2);
    expect(mails(world)).toHaveLength(1);
  });

  it('leave no message where they only failed for a moment, or where nothing may be remembered', async () => {
    const world = scene(live(), { now: '' });
    await sweep(world, 2);
    const slow = createScene(world.aws.state, {
      regions: [REGION],
      fail: (call) =>
        call === 'readTables' ? awsError('RequestLimitExceeded', 'slow down', 503) : undefined,
    });
    await slow.sweepEach();
    expect(slow.subjects()).toEqual([]);
    const observing = scene(live(), { now: `readTables ${FAR}` }, [here, there], { mode: 'observe' });
    await sweep(observing, 2);
    expect(mails(observing)).toEqual([]);
  });

  it('are told by the next sweep where they could not be told', async () => {
    let down = true;
    const denied = { now: `readTables ${FAR}` };
    const world = scene(live(), denied, [here, there], {}, (call) =>
      down && call === 'notify' ? awsError('InternalError', 'down', 500) : undefined,
    );
    await sweep(world, 2);
    expect(mails(world)).toEqual([]);
    down = false;
    await sweep(world, 2);
    expect(mails(world)).toHaveLength(1);
  });
});

describe('peerings of a Region that AWS refuses to show to accept-requests alone', () => {
  const sweepHint: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };
  const mails = (world: Scene) => about(world, 'AWS refuses');

  interface RefusedTo {
    acceptRequests: boolean;
    syncRoutes: boolean;
  }

  /** Each function has a role of its own: what one is refused another may be shown. */
  function ofTwoRoles(refused: RefusedTo, policy: Record<string, unknown> = {}, notify?: () => void) {
    let current: keyof RefusedTo = 'acceptRequests';
    const world = createScene(
      { peerings: [asked()], vpcs: [here, there], tables: [table('rtb-aaaaaaaa', here, [], { optIn: '*' })] },
      {
        regions: [REGION],
        policy: { rules: [{ name: 'all', effect: 'accept', remote: { accounts: ['self'] } }], ...policy },
        fail: (call) => {
          if (call === 'notify') notify?.();
          return call === `readPeerings ${REGION}` && refused[current]
            ? deniedError('DescribeVpcPeeringConnections', REGION)
            : undefined;
        },
      },
    );
    const passes = {
      acceptRequests: (hint: Hint) => decideRequests(hint, world.dependencies()),
      syncRoutes: (hint: Hint) => syncRoutes(hint, world.dependencies()),
    };
    const run = async (name: keyof RefusedTo, hint: Hint = sweepHint): Promise<unknown> => {
      current = name;
      try {
        return await passes[name](hint);
      } catch (error) {
        return error;
      }
    };
    const rounds = async (
      times = 1,
      order: readonly (keyof RefusedTo)[] = ['acceptRequests', 'syncRoutes'],
    ) => {
      for (let round = 0; round < times; round += 1) {
        for (const name of order) await run(name);
        world.wait(5);
      }
    };
    return { world, run, rounds };
  }

  it('are told once, with the call, that no request is answered, and what to do', async () => {
    const { world, rounds } = ofTwoRoles({ acceptRequests: true, syncRoutes: false });
    await rounds(12);
    const [mail, ...more] = mails(world);
    expect(more).toEqual([]);
    expect(mail?.subject).toBe(
      `AWS refuses accept-requests DescribeVpcPeeringConnections in ${OWN} (${REGION})`,
    );
    expect(mail?.severity).toBe('action');
    expect(mail?.message).toContain(`no request in ${REGION} is accepted, rejected or held`);
    expect(mail?.message).toContain('A service control policy (SCP) of the organization forbids it.');
  });

  it('lose no request: it is answered by the sweep that may read again, and refused later is told again', async () => {
    const refused = { acceptRequests: true, syncRoutes: false };
    const { world, run, rounds } = ofTwoRoles(refused);
    await run('acceptRequests', {
      kind: 'peering',
      peeringId: PCX,
      region: REGION,
      cause: 'CreateVpcPeeringConnection',
    });
    await rounds(3);
    expect(world.aws.state.peerings[0]?.status).toBe('pending-acceptance');
    refused.acceptRequests = false;
    await rounds(6);
    expect(world.aws.state.peerings[0]?.status).not.toBe('pending-acceptance');
    refused.acceptRequests = true;
    await rounds(6);
    expect(mails(world)).toHaveLength(2);
  });

  it.each([[['acceptRequests', 'syncRoutes']], [['syncRoutes', 'acceptRequests']]] as const)(
    'are told in one message where sync-routes is refused the same, in the order %j',
    async (order) => {
      const refused = { acceptRequests: true, syncRoutes: true };
      const { world, rounds } = ofTwoRoles(refused);
      await rounds(8, order);
      expect(mails(world).map(({ subject }) => subject)).toEqual([
        `AWS refuses DescribeVpcPeeringConnections in ${OWN} (${REGION})`,
      ]);
      refused.syncRoutes = false;
      await rounds(8, order);
      expect(mails(world)).toHaveLength(2);
    },
  );

  it('are told by a later sweep where they could not be told, and not at all where nothing may be remembered', async () => {
    let down = true;
    const { world, rounds } = ofTwoRoles({ acceptRequests: true, syncRoutes: false }, {}, () => {
      if (down) throw awsError('InternalError', 'down', 500);
    });
    await rounds(4);
    down = false;
    await rounds(3);
    expect(mails(world)).toHaveLength(1);
    const observing = ofTwoRoles({ acceptRequests: true, syncRoutes: false }, { mode: 'observe' });
    await observing.rounds(4);
    expect(observing.world.subjects()).toEqual([]);
  });
});
