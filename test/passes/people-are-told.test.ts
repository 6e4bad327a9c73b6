import type { Hint } from '../../lib/model/hint.ts';
import { requestNoteKey } from '../../lib/model/noted-decision.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { printable } from '../../lib/model/printable.ts';
import { TOLD_ALL_KEY } from '../../lib/passes/legacy-notes.ts';
import { rejectionBy } from '../../lib/passes/persons-answer.ts';
import { OWN, PEER, peering, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { createScene, type Scene, type SceneOptions } from '../support/scene.ts';

/** What people and tools do in an account, and what people are told of it: once. */

const PCX = 'pcx-11112222';
const TABLE = 'rtb-aaaaaaaa';
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const stranger = vpc('vpc-cccccccc', ['10.3.0.0/16'], { accountId: STRANGER });
const ADA = 'arn:aws:sts::111111111111:assumed-role/engineer/ada';
const ROUTE_DELETED: Hint = {
  kind: 'route-table',
  routeTableId: TABLE,
  destination: '10.2.0.0/16',
  region: REGION,
  cause: 'DeleteRoute',
  actor: ADA,
};
const PRODUCT = 'arn:aws:sts::111111111111:assumed-role/vpc-peering-autopilot/accept-requests';

const did = (cause: string, actor = ADA): Hint => ({
  kind: 'peering',
  peeringId: PCX,
  region: REGION,
  cause,
  actor,
});

function scene(of: Peering, options: SceneOptions = {}): Scene {
  return createScene(
    { peerings: [of], vpcs: [local], tables: [table(TABLE, local, [], { optIn: '*' })] },
    options,
  );
}

/** A live peering whose routes are in place, nobody having been told anything. */
async function settled(options: SceneOptions = {}): Promise<Scene> {
  const world = scene(peering(PCX, remote, local), options);
  await world.sweep(2);
  expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`]);
  expect(world.aws.notifications).toEqual([]);
  return world;
}

const pending = (from = remote): Peering => ({
  ...peering(PCX, from, local, { status: 'pending-acceptance' }),
  expiresAt: new Date('2026-03-07T12:00:00Z'),
});

/** 50 sweeps of four minutes, then so many that each is half a day from the other: what is noted may go by then. */
async function muchLater(world: Scene): Promise<void> {
  await world.sweep(50, 4);
  await world.sweep(6, 12 * 60);
}

const decisionTags = (world: Scene) => world.aws.state.peerings[0]?.tags['peering-autopilot:decision'];

describe('a tool that removes routes and the tags of their peerings in one go', () => {
  /** What is remembered lies neither in tables nor on peerings. */
  function run(world: Scene): void {
    world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));
    world.setPeering(PCX, { tags: {} });
  }

  it('is noticed: the route is told as missing, and is back', async () => {
    const world = await settled();
    run(world);
    await world.sweep();
    expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`]);
    expect(world.aws.metrics.RouteDrift).toBe(1);
    expect(world.subjects()).toEqual([`Route drift in ${OWN} (${REGION}): 1 missing in ${TABLE}`]);
    expect(world.aws.notifications[0]?.message).toContain('Being repaired');
    expect(world.aws.state.peerings[0]?.tags).toHaveProperty(['peering-autopilot:routes-synced-at']);
    await muchLater(world);
    expect(world.aws.notifications).toHaveLength(1);
  });

  it('is let have its way after three rounds within an hour, which is told once, and not before', async () => {
    const world = await settled();
    for (let round = 0; round < 3; round += 1) {
      run(world);
      await world.sweep();
      expect(world.routes()).toHaveLength(1);
    }
    run(world);
    await world.sweep(5);
    expect(world.routes()).toEqual([]);
    expect(world.aws.metrics.RoutesContested).toBe(5);
    expect(world.subjects()).toEqual([
      ...Array.from({ length: 3 }, () => `Route drift in ${OWN} (${REGION}): 1 missing in ${TABLE}`),
      `Route drift in ${OWN} (${REGION}): 1 contested in ${TABLE}`,
    ]);
    expect(world.aws.notifications[3]?.message).toMatch(/^1 finding in account .*: 1 left to you\./);
    expect(world.aws.notifications[3]?.message).toContain(
      'by hand, and is left as it is: aws ec2 create-route ',
    );
    // An hour after the last repair it is tried again.
    await world.sweep(12);
    expect(world.routes()).toHaveLength(1);
  });

  it('leaves a route that somebody makes by hand meanwhile, as the message says', async () => {
    const world = await settled();
    for (let round = 0; round < 3; round += 1) {
      run(world);
      await world.sweep();
    }
    run(world);
    await world.sweep();
    const before = world.aws.writes.length;
    world.setRoutes(TABLE, ({ routes }) => [...routes, route('10.2.0.0/16', PCX)]);
    await world.sweep(15);
    expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`]);
    expect(world.aws.writes.slice(before).filter((call) => call.includes('Route'))).toEqual([]);
    expect(world.subjects()).toHaveLength(4);
  });

  it('is noticed by the event as well, and who ran it', async () => {
    const world = await settled();
    run(world);
    await world.event(ROUTE_DELETED);
    expect(world.routes()).toHaveLength(1);
    expect(world.aws.notifications[0]?.message).toContain(ADA);
    await muchLater(world);
    expect(world.aws.notifications).toHaveLength(1);
  });
});

describe('a route that somebody deletes from a table that lost its tag', () => {
  it.each([
    ['', undefined],
    ['peer', 'peer'],
  ])(
    'is told once, by its event, with who did it, although people know of the tag: %p',
    async (_tag, optIn) => {
      const world = await settled();
      const { tags } = table(TABLE, local, [], optIn === undefined ? {} : { optIn });
      world.aws.state.tables = world.aws.state.tables.map((each) => ({ ...each, tags }));
      await world.sweep();
      world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));
      await world.event(ROUTE_DELETED);
      await muchLater(world);
      const told = world.aws.notifications.filter(({ subject }) => subject.includes('1 untagged'));
      expect(told).toHaveLength(2);
      expect(told[0]?.message).toContain(`routes 10.2.0.0/16 to ${PCX}`);
      expect(told[1]?.message).toMatch(/had a route to 10\.2\.0\.0\/16 by .* It is gone/);
      expect(told[1]?.message).toContain(ADA);
    },
  );
});

describe('a route that somebody deletes where AWS refuses to let it be made again', () => {
  it('is told once, by its event, and not by the sweeps that try in vain', async () => {
    let denied = true;
    const world = scene(peering(PCX, remote, local), {
      fail: (call) =>
        denied && call === 'createRoute' ? awsError('UnauthorizedOperation', 'no', 403) : undefined,
    });
    await world.sweep(2);
    world.setRoutes(TABLE, ({ routes }) => [...routes, route('10.2.0.0/16', PCX)]);
    await world.sweep();
    world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));
    await world.event(ROUTE_DELETED);
    await world.sweep(5);
    expect(world.subjects()).toEqual([
      `AWS refuses CreateRoute for ${TABLE} in ${OWN} (${REGION})`,
      `Route drift in ${OWN} (${REGION}): 1 missing in ${TABLE}`,
    ]);
    expect(world.aws.notifications[1]?.message).toContain('AWS has refused CreateRoute in this table');
    expect(world.aws.notifications[1]?.message).toContain(ADA);
    // Once it is let be, the route is back, and its next loss is news.
    denied = false;
    await world.sweep();
    expect(world.routes()).toHaveLength(1);
  });
});

describe('a table whose quota is lower than the policy counts on', () => {
  const full = () => {
    let isFull = true;
    const world = scene(peering(PCX, remote, local), {
      fail: (call) =>
        isFull && call === 'createRoute'
          ? awsError('RouteLimitExceeded', 'The maximum number of routes has been reached.')
          : undefined,
    });
    const raise = () => {
      isFull = false;
    };
    return { world, raise };
  };

  it('is one message, with what AWS says and what to do, however many sweeps follow', async () => {
    const { world, raise } = full();
    await muchLater(world);
    expect(world.subjects()).toEqual([`AWS refuses CreateRoute for ${TABLE} in ${OWN} (${REGION})`]);
    expect(world.aws.notifications[0]?.message).toContain('RouteLimitExceeded');
    expect(world.aws.notifications[0]?.message).toContain('"peering drift" lists the routes');
    raise();
    await world.sweep();
    expect(world.routes()).toHaveLength(1);
    // No view says of the next route that it is refused.
    expect([...world.store.snapshot(REGION).notes.keys()].join()).not.toContain('call-failed');
  });

  it('is told of the route itself where people know the refusal already', async () => {
    const { world } = full();
    const key = `call-failed CreateRoute ${TABLE}`;
    const at = world.seconds();
    await world.store.update(REGION, [{ kind: 'note', key, value: 'RouteLimitExceeded', at }]);
    await world.sweep(2);
    expect(world.subjects()).toEqual([`Route drift in ${OWN} (${REGION}): 1 over-limit in ${TABLE}`]);
  });
});

describe('a route that somebody deletes, where AWS refuses for the first time to let it be made again', () => {
  async function refused(
    then: (world: Scene) => Promise<unknown>,
  ): Promise<{ world: Scene; permit(): void }> {
    let denied = false;
    const world = await settled({
      fail: (call) =>
        denied && call === 'createRoute' ? awsError('UnauthorizedOperation', 'no', 403) : undefined,
    });
    denied = true;
    world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));
    await then(world);
    const permit = () => {
      denied = false;
    };
    return { world, permit };
  }

  const TWO = [
    `Route drift in ${OWN} (${REGION}): 1 missing in ${TABLE}`,
    `AWS refuses CreateRoute for ${TABLE} in ${OWN} (${REGION})`,
  ];

  it.each([
    ['its event', (world: Scene) => world.event(ROUTE_DELETED)],
    [
      'its event, which comes twice',
      (world: Scene) => world.event(ROUTE_DELETED).then(() => world.event(ROUTE_DELETED)),
    ],
    ['a sweep', (world: Scene) => world.sweep()],
  ])(
    'is two messages, the drift and the refusal, however many sweeps follow: found by %s',
    async (_how, then) => {
      const { world } = await refused(then);
      await muchLater(world);
      expect(world.subjects()).toEqual(TWO);
    },
  );

  it('is news when it is deleted again after it was repaired', async () => {
    const { world, permit } = await refused((each) => each.event(ROUTE_DELETED));
    await world.sweep(2);
    permit();
    await world.sweep(2);
    expect(world.routes()).toHaveLength(1);
    expect(world.subjects()).toEqual(TWO);
    world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));
    await world.event(ROUTE_DELETED);
    expect(world.subjects()).toEqual([...TWO, TWO[0]]);
    expect(world.routes()).toHaveLength(1);
  });
});

describe('a request that the product accepts', () => {
  it('is told once, and never as accepted by hand, although CloudTrail says who called', async () => {
    const world = scene(pending());
    await world.event(did('CreateVpcPeeringConnection', 'arn:requester'));
    await world.event(did('AcceptVpcPeeringConnection', PRODUCT));
    await muchLater(world);
    expect(world.subjects()).toEqual([expect.stringContaining(`${PCX} accepted: `)]);
    expect(world.routes()).toHaveLength(1);
  });
});

describe('a request that a person accepts', () => {
  it('by hand, seen by its event: told once, with who it was, and with the rule that would route it', async () => {
    const world = scene(pending(stranger));
    await world.sweep();
    world.acceptByHand(PCX);
    await world.event(did('AcceptVpcPeeringConnection'));
    await world.event(did('AcceptVpcPeeringConnection'));
    await muchLater(world);
    expect(world.subjects()).toEqual([
      expect.stringContaining(`${PCX} held`),
      `VPC peering ${PCX} accepted by hand in ${OWN}: not routed`,
    ]);
    const message = world.aws.notifications[1]?.message;
    expect(message).toContain(`accepted by ${ADA}`);
    expect(message).toContain('- name: ');
    expect(message).toContain(STRANGER);
    expect(world.routes()).toEqual([]);
  });

  it('without an event: told once by a sweep, because it had been told as held', async () => {
    const world = scene(pending(stranger));
    await world.sweep();
    world.acceptByHand(PCX, 'provisioning');
    await world.sweep();
    world.acceptByHand(PCX);
    await muchLater(world);
    expect(world.subjects()).toEqual([
      expect.stringContaining(`${PCX} held`),
      `VPC peering ${PCX} accepted by hand in ${OWN}: not routed`,
    ]);
  });

  it('that a hold rule matches: told as routed, without a rule to add', async () => {
    const world = scene(pending(), {
      policy: { rules: [{ name: 'ask', effect: 'hold', remote: { accounts: [PEER] } }] },
    });
    await world.sweep();
    world.acceptByHand(PCX);
    await muchLater(world);
    expect(world.subjects()[1]).toBe(`VPC peering ${PCX} accepted by hand in ${OWN}: routed`);
    expect(world.aws.notifications[1]?.message).not.toContain('- name: ');
    expect(world.routes()).toHaveLength(1);
    expect(world.aws.notifications).toHaveLength(2);
  });

  it('whose message is not taken is told by a later pass, once', async () => {
    let down = false;
    const world = scene(pending(stranger), {
      fail: (call) => (down && call === 'notify' ? awsError('InternalError', 'down', 500) : undefined),
    });
    await world.sweep();
    world.acceptByHand(PCX);
    down = true;
    await world.sweep(3);
    down = false;
    await muchLater(world);
    expect(world.subjects().filter((subject) => subject.includes('accepted by hand'))).toHaveLength(1);
  });
});

describe('a peering that a person deletes', () => {
  it('is told once as deleted by them; its routes go, which is no drift', async () => {
    const world = await settled();
    world.setPeering(PCX, { status: 'deleting' });
    await world.event(did('DeleteVpcPeeringConnection'));
    expect(world.routes()).toEqual([]);
    expect(world.registry()).toEqual([]);
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep(3);
    world.setPeering(PCX, 'vanishes');
    await muchLater(world);
    expect(world.subjects()).toEqual([`VPC peering ${PCX} deleted in ${OWN} (${REGION})`]);
    expect(world.aws.notifications[0]?.message).toContain(`was deleted by ${ADA}`);
    expect(world.aws.notifications[0]?.message).toContain('1 route to it is being removed');
    expect(world.aws.events.filter(({ type }) => type === 'Drift Found')).toEqual([]);
    expect(world.aws.metrics.RouteDrift).toBe(0);
  });

  it('is told also where another peering of the same VPCs has taken all its routes over at once', async () => {
    const NEXT = 'pcx-55556666';
    const world = createScene({
      peerings: [peering(PCX, remote, local), peering(NEXT, remote, local, { status: 'initiating-request' })],
      vpcs: [local],
      tables: [table(TABLE, local, [], { optIn: '*' })],
    });
    await world.sweep(2);
    expect(world.aws.notifications).toEqual([]);
    world.setPeering(NEXT, peering(NEXT, remote, local));
    world.setPeering(PCX, { status: 'deleted' });
    await world.event(did('DeleteVpcPeeringConnection'));
    expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${NEXT}`]);
    expect(world.registry()).toEqual([`${TABLE} 10.2.0.0/16 ${NEXT}`]);
    await muchLater(world);
    expect(world.subjects()).toEqual([`VPC peering ${PCX} deleted in ${OWN} (${REGION})`]);
    expect(world.aws.notifications[0]?.message).toContain('1 route to it is being removed');
    expect(world.aws.metrics).toMatchObject({ RouteDrift: 0, RouteDriftUnrepaired: 0 });
  });

  it('is told without a name by a sweep', async () => {
    const world = await settled();
    world.setPeering(PCX, { status: 'deleted' });
    await muchLater(world);
    expect(world.subjects()).toEqual([`VPC peering ${PCX} deleted in ${OWN} (${REGION})`]);
    expect(world.aws.notifications[0]?.message).toContain('was deleted.');
  });

  it('is not told as deleted by whoever did something else to it', async () => {
    const world = await settled();
    world.setPeering(PCX, { status: 'deleted' });
    await world.event(did('ModifyVpcPeeringConnectionOptions'));
    expect(world.aws.notifications[0]?.message).toContain('was deleted.');
    expect(world.aws.notifications[0]?.message).not.toContain(ADA);
  });

  it('is told once although its routes cannot be deleted, and so is that', async () => {
    let denied = false;
    const world = await settled({
      fail: (call) =>
        denied && call === 'deleteRoute' ? awsError('UnauthorizedOperation', 'no', 403) : undefined,
    });
    denied = true;
    world.setPeering(PCX, { status: 'deleting' });
    await world.sweep();
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep();
    world.setPeering(PCX, 'vanishes');
    await muchLater(world);
    expect(world.subjects()).toEqual([
      `VPC peering ${PCX} deleted in ${OWN} (${REGION})`,
      `AWS refuses DeleteRoute for ${TABLE} in ${OWN} (${REGION})`,
    ]);
  });

  it('is told although nothing can be sent or remembered just then', async () => {
    for (const what of ['notify', 'update'] as const) {
      let down = false;
      const fail = () => (down ? awsError('ThrottlingException', 'slow down') : undefined);
      const world = await settled({
        fail: (call) => (call === what ? fail() : undefined),
        memory: {
          fail: (call, update) =>
            call === what && update?.kind === 'note' && update.key.startsWith('ended ') ? fail() : undefined,
        },
      });
      down = true;
      world.setPeering(PCX, { status: 'deleted' });
      await world.event(did('DeleteVpcPeeringConnection'));
      down = false;
      await muchLater(world);
      expect(world.subjects()).toEqual([`VPC peering ${PCX} deleted in ${OWN} (${REGION})`]);
      expect(world.aws.notifications[0]?.message).toContain(ADA);
      expect(world.routes()).toEqual([]);
    }
  });
});

describe('what ends without a route that leads to it', () => {
  const endOf = (world: Scene) => world.subjects().filter((subject) => !subject.includes('held'));
  const untagged = (of: Peering, options: SceneOptions = {}) =>
    createScene({ peerings: [of], vpcs: [local], tables: [table(TABLE, local, [])] }, options);

  it('is told: a peering that the product accepted, of which no table routes anything', async () => {
    const world = untagged(pending());
    await world.sweep(2);
    world.setPeering(PCX, { status: 'deleted', statusMessage: `Deleted by ${PEER}` });
    await world.sweep(3);
    world.setPeering(PCX, 'vanishes');
    await muchLater(world);
    expect(world.subjects()).toEqual([
      expect.stringContaining(`${PCX} accepted`),
      `VPC peering ${PCX} deleted in ${OWN} (${REGION})`,
    ]);
    const [, ended] = world.aws.notifications;
    expect(ended?.message).toContain(`was deleted by account ${PEER}`);
    expect(ended?.message).toContain('No route of a tagged table leads to it.');
    expect(ended?.severity).toBe('notice');
    expect(world.store.events.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
  });

  it('is told: one whose table lost its tag, whose route somebody deleted, and which somebody then deleted', async () => {
    const world = await settled();
    world.aws.state.tables = [table(TABLE, local, [])];
    await world.sweep();
    world.setPeering(PCX, { status: 'deleted' });
    await world.event(did('DeleteVpcPeeringConnection'));
    await muchLater(world);
    expect(world.subjects().at(-1)).toBe(`VPC peering ${PCX} deleted in ${OWN} (${REGION})`);
    expect(world.aws.notifications.at(-1)?.message).toContain(`was deleted by ${ADA}`);
  });

  it('is told: one that no rule manages, where an event says who deleted it', async () => {
    const world = scene(peering(PCX, stranger, local));
    await world.sweep(2);
    world.setPeering(PCX, { status: 'deleted' });
    await world.event(did('DeleteVpcPeeringConnection'));
    await world.event(did('DeleteVpcPeeringConnection'));
    await muchLater(world);
    expect(world.subjects()).toEqual([`VPC peering ${PCX} deleted in ${OWN} (${REGION})`]);
  });

  it.each(['deleted', 'deleting'] as const)(
    'is told once of a managed one to which no route ever led and that no event names, as the product saw it live (%s)',
    async (status) => {
      const world = scene(peering(PCX, remote, local));
      world.aws.state.tables = [];
      await world.sweep(3);
      expect(world.subjects()).toEqual([]);
      world.setPeering(PCX, { status });
      await world.sweep();
      world.setPeering(PCX, { status: 'deleted' });
      await muchLater(world);
      expect(world.subjects()).toEqual([`VPC peering ${PCX} deleted in ${OWN} (${REGION})`]);
      expect(world.aws.notifications[0]?.message).toContain('By whom is not known');
      world.setPeering(PCX, 'vanishes');
      await world.sweep();
      expect(
        [...world.store.snapshot(REGION).notes.keys()].filter((key) => key.includes('seen-live')),
      ).toEqual([]);
    },
  );

  it.each<[string, () => Promise<Scene>]>([
    [
      'to which no route ever led',
      async () => {
        const world = scene(peering(PCX, remote, local));
        world.aws.state.tables = [];
        await world.sweep(3);
        return world;
      },
    ],
    [
      'whose table is gone with it',
      async () => {
        const world = await settled();
        world.aws.state.tables = [];
        return world;
      },
    ],
    [
      'that the product accepted',
      async () => {
        const world = untagged(pending());
        await world.sweep(2);
        world.setPeering(PCX, { status: 'active' });
        await world.sweep(2);
        return world;
      },
    ],
  ])('is told once as gone, where nobody saw it end: one %s', async (_what, live) => {
    const world = await live();
    world.setPeering(PCX, 'vanishes');
    await muchLater(world);
    const [ended, ...others] = world.aws.notifications.filter(({ subject }) => !subject.includes('accepted'));
    expect(others).toEqual([]);
    expect(ended?.subject).toBe(`VPC peering ${PCX} gone in ${OWN} (${REGION})`);
    expect(ended?.message).toContain(`${PCX} is gone.`);
    expect(ended?.message).toContain('EC2 does not list it any more, and the product did not see it end');
    expect(ended?.message).toContain('By whom is not known');
    expect(ended?.message).toContain('DeleteVpcPeeringConnection');
    expect(world.store.events.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
    expect([...world.store.snapshot(REGION).notes.keys()].filter((key) => key.includes('seen-live'))).toEqual(
      [],
    );
  });

  it('is not told as gone of one that EC2 leaves out of one answer', async () => {
    const world = scene(peering(PCX, remote, local));
    world.aws.state.tables = [];
    await world.sweep(3);
    world.setPeering(PCX, 'vanishes');
    await world.sweep();
    world.aws.state.peerings = [peering(PCX, remote, local)];
    await muchLater(world);
    expect(world.subjects()).toEqual([]);
  });

  it('is not told of one that no rule manages, without an event: it is none of its own', async () => {
    const world = scene(peering(PCX, stranger, local), { policy: { rules: [] } });
    await world.sweep(2);
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep(2);
    expect(world.subjects()).toEqual([]);
  });

  it('is not told of one that nobody was told of and no event names: it may have ended before the product came', async () => {
    const world = scene(peering(PCX, stranger, local, { status: 'deleted' }));
    await world.sweep(3);
    expect(world.aws.notifications).toEqual([]);
  });

  it.each([
    ['rejected', 'RejectVpcPeeringConnection', 'rejected'],
    ['deleted', 'DeleteVpcPeeringConnection', 'deleted'],
  ] as const)(
    'is told of a held request that somebody has %s: there is nothing to answer any more',
    async (status, cause, word) => {
      const world = scene(pending(stranger));
      await world.sweep();
      world.setPeering(PCX, { status });
      await world.event(did(cause));
      await muchLater(world);
      expect(endOf(world)).toEqual([`VPC peering request ${PCX} ${word} in ${OWN} (${REGION})`]);
      const message = world.aws.notifications.at(-1)?.message ?? '';
      expect(message).toContain(`by ${ADA}`);
      expect(message).toContain('nothing to answer any more');
      // Who may ask again is the other account.
      expect(message).toContain(`account ${STRANGER} has to request it again`);
      expect(message).not.toContain('create-vpc-peering-connection');
    },
  );

  it('is told of a held request that a person rejected with the command, by whom, and is in the history once', async () => {
    const world = scene(pending(stranger));
    await world.sweep();
    const { remembered } = rejectionBy(pending(stranger), { by: ADA }, new Date(world.seconds() * 1000));
    for (const { region, updates } of remembered) await world.store.update(region, updates);
    world.setPeering(PCX, { status: 'rejected' });
    await muchLater(world);
    expect(endOf(world)).toEqual([`VPC peering request ${PCX} rejected in ${OWN} (${REGION})`]);
    expect(world.aws.notifications.at(-1)?.message).toContain(`was rejected by ${ADA}`);
    expect(world.store.events.map(({ kind }) => kind)).toEqual(['decided', 'rejected-by-hand']);
  });

  it('is told of a held request by a sweep alone, without a name', async () => {
    const world = scene(pending(stranger));
    await world.sweep();
    world.setPeering(PCX, { status: 'rejected' });
    await muchLater(world);
    expect(endOf(world)).toEqual([`VPC peering request ${PCX} rejected in ${OWN} (${REGION})`]);
  });

  it('is not told of what the policy rejected, which was told as that, nor of a request that nobody answered in time', async () => {
    const never = { rules: [{ name: 'never', effect: 'reject', remote: { accounts: [STRANGER] } }] };
    const rejected = scene(pending(stranger), { policy: never });
    await muchLater(rejected);
    expect(rejected.subjects()).toEqual([expect.stringContaining(`${PCX} rejected: `)]);

    const late = scene(pending(stranger));
    await late.sweep();
    late.setPeering(PCX, { status: 'expired' });
    await muchLater(late);
    expect(endOf(late)).toEqual([]);
  });

  it('is not told twice of a request of this account, which is told as its own', async () => {
    const world = scene(peering(PCX, local, stranger, { status: 'pending-acceptance' }));
    await world.sweep();
    world.setPeering(PCX, { status: 'rejected' });
    await world.event(did('RejectVpcPeeringConnection'));
    await muchLater(world);
    expect(world.subjects()).toEqual([expect.stringContaining(`Own peering request ${PCX} rejected`)]);
  });
});

describe('a request of this account', () => {
  const asked = (): Peering => peering(PCX, local, stranger, { status: 'pending-acceptance' });

  it.each([
    ['rejected', 'ask them why'],
    ['failed', 'check them, put it right'],
    ['expired', 'within 7 days'],
  ] as const)('that is %s is told once, however long EC2 shows it', async (status, hint) => {
    const world = scene(asked());
    await world.sweep(2);
    expect(world.aws.notifications).toEqual([]);
    world.setPeering(PCX, { status, statusMessage: 'as EC2 says' });
    await world.event(did('CreateVpcPeeringConnection'));
    await muchLater(world);
    expect(world.subjects()).toEqual([`Own peering request ${PCX} ${status}: vpc-aaaaaaaa -> vpc-cccccccc`]);
    const message = world.aws.notifications[0]?.message ?? '';
    expect(message.toLowerCase()).toContain(hint);
    expect(message).toContain('as EC2 says');
    // Who asked for it did not end it.
    expect(message).not.toContain(ADA);
  });

  it('is told for each of its ends, and not when it is accepted or deleted', async () => {
    const other = 'pcx-33334444';
    const world = scene(asked());
    world.aws.state.peerings.push({ ...asked(), peeringId: other });
    world.setPeering(PCX, { status: 'failed' });
    world.setPeering(other, { status: 'deleted' });
    await world.sweep(3);
    world.setPeering(other, { status: 'expired' });
    await world.sweep(3);
    expect(world.subjects()).toEqual([
      expect.stringContaining(`${PCX} failed`),
      expect.stringContaining(`${other} expired`),
    ]);
  });

  it('of another account that ends is not told: nothing of ours came of it', async () => {
    const world = scene({ ...pending(stranger), status: 'expired' });
    await world.sweep(3);
    expect(world.aws.notifications).toEqual([]);
  });
});

describe('an acceptance that AWS denies', () => {
  it('is told once, is counted at each sweep, is never tagged as made, and is made when that is settled', async () => {
    let denied = true;
    const world = scene(pending(), {
      fail: (call) =>
        denied && call === 'accept' ? awsError('UnauthorizedOperation', 'no', 403) : undefined,
    });
    await world.event(did('CreateVpcPeeringConnection'));
    await world.sweep(50, 4);
    await world.sweep(6, 12 * 60);
    expect(world.subjects()).toEqual([
      `AWS refuses AcceptVpcPeeringConnection for ${PCX} in ${OWN} (${REGION})`,
    ]);
    expect(world.aws.metrics).toMatchObject({ PermanentFailures: 57 });
    expect(world.aws.metrics).not.toHaveProperty('RequestsAccepted');
    expect(decisionTags(world)).toBeUndefined();
    denied = false;
    await world.sweep(10);
    expect(decisionTags(world)).toBe('accept');
    expect(world.subjects().slice(1)).toEqual([expect.stringContaining(`${PCX} accepted`)]);
    expect(world.routes()).toHaveLength(1);
  });
});

describe('an acceptance that AWS denies, of a request that is about to expire', () => {
  it('is brought up once more, with what AWS says', async () => {
    const world = scene(
      { ...pending(), expiresAt: new Date(Date.parse('2026-03-01T12:00:00Z') + 30 * 60 * 60 * 1000) },
      { fail: (call) => (call === 'accept' ? awsError('UnauthorizedOperation', 'no', 403) : undefined) },
    );
    await world.sweep(30, 60);
    const reminders = world.aws.notifications.filter(({ subject }) => subject.startsWith('Expires soon'));
    expect(reminders).toHaveLength(1);
    expect(reminders[0]?.message).toContain('UnauthorizedOperation');
    expect(reminders[0]?.message).not.toContain('was accepted');
  });
});

describe('a decision that was carried out while nobody could be told', () => {
  it.each([
    ['accepted', 'publish', 'Peering Accepted', 'accept'],
    ['accepted', 'notify', 'Peering Accepted', 'accept'],
    ['rejected', 'publish', 'Peering Rejected', 'reject'],
    ['rejected', 'notify', 'Peering Rejected', 'reject'],
  ])('%s: is told by a later pass (%s)', async (word, call, type, effect) => {
    let down = true;
    const world = scene(pending(), {
      policy: { rules: [{ name: 'peers', effect, remote: { accounts: [PEER] } }] },
      fail: (each) => (down && each === call ? awsError('InternalError', 'down', 500) : undefined),
    });
    const { outcomes } = await world.event(did('CreateVpcPeeringConnection'));
    expect(outcomes).toEqual([expect.objectContaining({ result: 'failed', retry: true })]);
    const before = world.aws.notifications.length;
    down = false;
    // The function that decided may be about to try again.
    await world.sweep(1, 1);
    expect(world.aws.notifications).toHaveLength(before);
    await world.sweep(1, 5);
    await muchLater(world);
    const told = world.subjects().filter((subject) => subject.includes(`${PCX} ${word}`));
    expect(told).toHaveLength(before + 1);
    expect(world.subjects()).toHaveLength(before + 1);
    expect(world.aws.notifications.at(-1)?.message).toContain('rule peers');
    expect(world.aws.events.some((event) => event.type === type)).toBe(true);
  });

  it('is told as decided then, although another policy was deployed meanwhile', async () => {
    let down = true;
    const world = scene(pending(), {
      fail: (each) => (down && each === 'notify' ? awsError('InternalError', 'down', 500) : undefined),
    });
    await world.event(did('CreateVpcPeeringConnection'));
    world.deploy({ rules: [] });
    down = false;
    world.wait(5);
    await world.sweep(5);
    // What becomes of its routes, which were written before, is another matter.
    const told = world.aws.notifications.filter(({ subject }) => subject.includes(`${PCX} `));
    expect(told.map(({ subject }) => subject)).toEqual([expect.stringContaining(`${PCX} accepted: `)]);
    expect(told[0]?.message).toContain('rule peers');
  });

  it('is told when the answer to the call was lost, and EC2 could not be asked what became of it', async () => {
    let lost = true;
    const world = scene(pending());
    const { writer, reader } = world.aws;
    const given = world.dependencies();
    const { decideRequests } = await import('../support/passes.ts');
    await decideRequests(did('CreateVpcPeeringConnection'), {
      ...given,
      writer: {
        ...writer,
        async acceptPeering(region, peeringId) {
          await writer.acceptPeering(region, peeringId);
          throw awsError('RequestTimeout', 'no answer', 500);
        },
      },
      reader: {
        ...reader,
        async readPeerings(region, filter) {
          if (lost && world.aws.state.peerings[0]?.status === 'active') {
            throw awsError('RequestTimeout', 'no answer', 500);
          }
          return reader.readPeerings(region, filter);
        },
      },
    });
    lost = false;
    world.wait(5);
    await muchLater(world);
    expect(world.subjects()).toEqual([expect.stringContaining(`${PCX} accepted: `)]);
  });
});

describe('tags that say that a request was held', () => {
  const forged = {
    'peering-autopilot:decision': 'hold',
    'peering-autopilot:rule': 'none',
    'peering-autopilot:decided-at': '2026-03-01T11:00:00Z',
  };
  const request = () => ({ ...pending(stranger), tags: forged });

  it('silence nothing', async () => {
    const world = scene(request());
    await muchLater(world);
    expect(world.subjects()[0]).toContain(`${PCX} held`);
  });

  it('silence nothing in a stack that took nothing over from an older version', async () => {
    const world = scene(request());
    await world.store.update(REGION, [
      { kind: 'note', key: 'upgraded', value: 'nothing', at: world.seconds() },
    ]);
    await world.sweep();
    expect(world.subjects()).toEqual([expect.stringContaining(`${PCX} held`)]);
  });

  it.each([
    [9, 0],
    [11, 1],
  ])('count %d days after an upgrade: %d messages', async (days, messages) => {
    const world = scene({ ...request(), expiresAt: new Date('2026-03-30T12:00:00Z') });
    const at = world.seconds() - days * 24 * 60 * 60;
    await world.store.update(REGION, [{ kind: 'note', key: 'upgraded', value: '', at }]);
    await world.sweep(3);
    expect(world.aws.notifications).toHaveLength(messages);
  });

  it('are not believed over what is noted', async () => {
    const world = scene({ ...request(), tags: {} }, {});
    await world.sweep();
    expect(world.store.snapshot(REGION).notes.get(requestNoteKey(PCX))?.value).toBe('told hold none');
    world.setPeering(PCX, { tags: { ...forged, 'peering-autopilot:rule': 'another' } });
    await world.sweep(3);
    expect(world.aws.notifications).toHaveLength(1);
    expect(decisionTags(world)).toBe('hold');
    expect(world.aws.state.peerings[0]?.tags['peering-autopilot:rule']).toBe('none');
  });
});

describe('a held request that is about to expire', () => {
  it('is brought up once more, and once only', async () => {
    const world = scene(pending(stranger));
    await world.sweep(13, 12 * 60);
    expect(world.subjects()).toEqual([
      expect.stringContaining(`${PCX} held`),
      expect.stringMatching(/^Expires soon: /),
    ]);
  });
});

describe('DNS resolution that EC2 refuses', () => {
  const policy = {
    rules: [
      { name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { dnsResolution: true } },
    ],
  };

  it('is told once as something to do, never as being repaired, tried with each sweep, and over with the next once the attributes are on', async () => {
    const tries: string[] = [];
    let attributes: 'off' | 'on' = 'off';
    const world = scene(peering(PCX, remote, local), {
      policy,
      fail: (call) => {
        if (call !== 'setDnsResolution') return undefined;
        tries.push(call);
        return attributes === 'on'
          ? undefined
          : awsError('InvalidVpcPeeringConnectionState.DnsHostnamesDisabled', 'off');
      },
    });
    await world.sweep(50, 4);
    expect(tries).toHaveLength(50);
    expect(world.subjects()).toEqual([expect.stringContaining('1 dns-resolution')]);
    const [told] = world.aws.notifications;
    expect(told?.message).toContain(
      `aws ec2 modify-vpc-attribute --region ${REGION} --vpc-id ${local.vpcId} --enable-dns-support; aws ec2 modify-vpc-attribute --region ${REGION} --vpc-id ${local.vpcId} --enable-dns-hostnames;`,
    );
    expect(told?.message).not.toMatch(/being repaired/i);
    // No other event asks EC2 again.
    await world.event(did('CreateTags'));
    expect(tries).toHaveLength(50);
    attributes = 'on';
    await world.sweep(2, 4);
    expect(tries).toHaveLength(51);
    expect(world.aws.state.peerings[0]?.accepter.dnsResolution).toBe(true);
    expect(world.aws.notifications).toHaveLength(1);
  });

  it('after it was on is told as being set again first, then as something to do', async () => {
    let refuses = false;
    const world = scene(peering(PCX, remote, local), {
      policy,
      fail: (call) =>
        refuses && call === 'setDnsResolution'
          ? awsError('InvalidVpcPeeringConnectionState.DnsHostnamesDisabled', 'off')
          : undefined,
    });
    await world.sweep(2);
    expect(world.aws.notifications).toEqual([]);
    refuses = true;
    const [before] = world.aws.state.peerings;
    if (before === undefined) throw new Error('there is one');
    world.setPeering(PCX, { accepter: { ...before.accepter, dnsResolution: false } });
    await muchLater(world);
    expect(world.aws.notifications.length).toBeLessThanOrEqual(2);
    expect(world.aws.notifications.at(-1)?.message).toContain('enable-dns-hostnames');
    expect(world.aws.notifications.at(-1)?.message).not.toMatch(/being repaired/i);
  });
});

describe('DNS resolution that a policy of the organization forbids to set', () => {
  const policy = {
    rules: [
      { name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { dnsResolution: true } },
    ],
  };
  const REFUSED = `AWS refuses ModifyVpcPeeringConnectionOptions for ${PCX} in ${OWN} (${REGION})`;

  function forbidden() {
    const state = { denied: false };
    const world = scene(peering(PCX, remote, local), {
      policy,
      fail: (call) =>
        state.denied && call === 'setDnsResolution'
          ? awsError('UnauthorizedOperation', 'explicit deny in a service control policy', 403)
          : undefined,
    });
    return { world, state };
  }

  it('is told once as a call that AWS refuses, with the peering and what to do', async () => {
    const { world, state } = forbidden();
    state.denied = true;
    await world.sweep(30, 4);
    expect(world.subjects()).toEqual([REFUSED]);
    const message = world.aws.notifications[0]?.message ?? '';
    expect(message).toContain('The peering option is not set.');
    expect(message).toContain('A service control policy (SCP) of the organization forbids it.');
    expect(message).toContain(`describe-vpc-peering-connections --vpc-peering-connection-ids ${PCX}`);
  });

  it('after it was on is called being set again only until that is refused', async () => {
    const { world, state } = forbidden();
    await world.sweep(2);
    state.denied = true;
    const [before] = world.aws.state.peerings;
    if (before === undefined) throw new Error('there is one');
    world.setPeering(PCX, { accepter: { ...before.accepter, dnsResolution: false } });
    await world.sweep(2);
    expect(world.subjects()).toEqual([expect.stringContaining('1 dns-resolution'), REFUSED]);
    // Told anew, as after a day in which nobody looked.
    await world.store.update(REGION, [
      ...[...world.store.snapshot(REGION).notes.keys()]
        .filter((key) => key.startsWith('told '))
        .map((key) => ({ kind: 'forget-note' as const, key })),
    ]);
    await world.sweep();
    const again = world.aws.notifications[2]?.message ?? '';
    expect(again).toContain('AWS has refused ModifyVpcPeeringConnectionOptions for this peering');
    expect(again).not.toMatch(/being repaired/i);
  });

  it('says nothing of a call that may succeed at the next try', async () => {
    for (const code of ['RequestLimitExceeded', 'InvalidStateTransition']) {
      const world = scene(peering(PCX, remote, local), {
        policy,
        fail: (call) => (call === 'setDnsResolution' ? awsError(code, 'not now') : undefined),
      });
      await world.sweep(1);
      expect([code, world.subjects()]).toEqual([code, []]);
    }
  });
});

describe('after an upgrade from a version that had told more than it could note', () => {
  const conflicting = (destination: string) => route(destination, 'tgw-11111111');

  async function upgraded(): Promise<Scene> {
    const world = scene(peering(PCX, { ...remote, cidrs: ['10.2.0.0/16', '10.4.0.0/16'] }, local));
    const at = world.seconds();
    await world.store.update(REGION, [
      { kind: 'note', key: TOLD_ALL_KEY, value: '', at, expiresAt: at + 25 * 3600 },
    ]);
    world.setRoutes(TABLE, ({ routes }) => [...routes, conflicting('10.2.0.0/16')]);
    return world;
  }

  it('what is not noted counts as told, then and later', async () => {
    const world = await upgraded();
    await world.sweep(50, 60);
    expect(world.store.snapshot(REGION).notes.has(TOLD_ALL_KEY)).toBe(false);
    expect(world.aws.notifications).toEqual([]);
  });

  it('what comes up once that is over is told', async () => {
    const world = await upgraded();
    await world.sweep(26, 60);
    world.setRoutes(TABLE, ({ routes }) => [
      ...routes.filter(({ destination }) => destination !== '10.4.0.0/16'),
      conflicting('10.4.0.0/16'),
    ]);
    await world.sweep(20, 60);
    expect(world.aws.notifications).toHaveLength(1);
    expect(world.aws.notifications[0]?.message).toContain('10.4.0.0/16');
  });

  it('a repair at an event is told all the same', async () => {
    const world = await upgraded();
    await world.sweep();
    world.setRoutes(TABLE, ({ routes }) => routes.filter(({ destination }) => destination !== '10.4.0.0/16'));
    await world.event({ kind: 'route-table', routeTableId: TABLE, region: REGION, cause: 'DeleteRoute' });
    expect(world.aws.notifications).toHaveLength(1);
    expect(world.aws.notifications[0]?.message).toContain('10.4.0.0/16');
  });
});

it('a message that an older version kept, which says no severity, goes where what asks for action goes', async () => {
  const world = scene(peering(PCX, remote, local));
  await world.store.update(REGION, [
    {
      kind: 'note',
      key: 'unsent 2026-03-01T11:00:00.000Z 1',
      value: '{"subject":"s","message":"m"}',
      at: world.seconds(),
    },
  ]);
  await world.sweep();
  expect(world.aws.notifications).toContainEqual({
    severity: 'action',
    subject: 's',
    message: 'm',
    keptSince: Date.parse('2026-03-01T11:00:00.000Z'),
  });
});

it.each([
  '',
  'no JSON',
  '[]',
  '{"subject":"s"}',
  '{"subject":1,"message":"m"}',
  '{"subject":"s","message":"\u001b[2J',
])(
  'a kept message that nobody can read ends nothing: people are told of it once, with what it was: %p',
  async (value) => {
    const world = scene(pending(stranger));
    const kept = {
      kind: 'note',
      key: 'unsent 2026-03-01T11:00:00.000Z 1',
      value,
      at: world.seconds(),
    } as const;
    await world.store.update(REGION, [kept]);
    await world.sweep();
    await world.sweep(10);
    const told = world.aws.notifications.filter(({ subject }) => subject.includes('cannot be read'));
    expect(told).toEqual([
      expect.objectContaining({ severity: 'action', keptSince: Date.parse('2026-03-01T11:00:00.000Z') }),
    ]);
    expect(told[0]?.message).toContain(value === '' ? 'It is empty' : printable(value, 600));
    expect(told[0]?.message).not.toContain('\u001b');
    expect(world.store.snapshot(REGION).notes.has(kept.key)).toBe(false);
  },
);

describe('mode observe', () => {
  const policy = { mode: 'observe' };
  const cases: readonly (readonly [string, () => Peering, (world: Scene) => void])[] = [
    ['a request that a rule accepts', () => pending(), () => undefined],
    ['a request that no rule matches', () => pending(stranger), () => undefined],
    ['a request accepted by hand', () => pending(stranger), (world) => world.acceptByHand(PCX)],
    [
      'a peering that ends',
      () => peering(PCX, remote, local),
      (world) => world.setPeering(PCX, { status: 'deleted' }),
    ],
    ['routes that are missing', () => peering(PCX, remote, local), () => undefined],
    [
      'a request of ours that fails',
      () => peering(PCX, local, stranger, { status: 'failed' }),
      () => undefined,
    ],
  ];

  it.each(cases)(
    'writes nothing, remembers nothing and tells nothing by sweeps: %s',
    async (_what, of, happens) => {
      const world = scene(of(), { policy });
      // What was noted while the policy said enforce, and what was kept then.
      const at = world.seconds();
      await world.store.update(REGION, [
        { kind: 'note', key: requestNoteKey(PCX), value: 'told hold none', at },
        { kind: 'note', key: requestNoteKey('pcx-99999999'), value: 'deciding accept peers', at: at - 600 },
        {
          kind: 'note',
          key: 'unsent 2026-03-01T11:00:00.000Z 1',
          value: '{"subject":"s","message":"m"}',
          at,
        },
      ]);
      world.setRoutes(TABLE, ({ routes }) => [...routes, route('10.9.0.0/16', 'pcx-99999999')]);
      const before = world.store.snapshot(REGION);
      world.store.calls.length = 0;
      await world.sweep();
      happens(world);
      await world.sweep(50);
      expect([world.aws.writes, world.store.writes()]).toEqual([[], []]);
      expect(world.store.snapshot(REGION)).toEqual(before);
      expect([world.aws.notifications, world.aws.events]).toEqual([[], []]);
    },
  );

  it('tells what an event is about, which writes nothing either', async () => {
    const world = scene(pending(stranger), { policy });
    await world.event(did('CreateVpcPeeringConnection'));
    world.acceptByHand(PCX);
    await world.event(did('AcceptVpcPeeringConnection'));
    await world.sweep(10);
    expect(world.subjects()).toEqual([
      expect.stringContaining('would be held'),
      expect.stringContaining('accepted by hand'),
    ]);
    expect([world.aws.writes, world.store.writes()]).toEqual([[], []]);
  });
});
