import type { Peering } from '../../lib/model/peering.ts';
import { OWN, PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { createScene } from '../support/scene.ts';

/** Nothing is called done, removed or in order while something keeps it from being so; and people hear of it, once. */

const PCX = 'pcx-11112222';
const TABLE = 'rtb-aaaaaaaa';
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const twin = vpc('vpc-cccccccc', ['10.2.0.0/16'], { accountId: PEER });

const PRIVATE = 'rtb-bbbbbbbb';
const DELETED = `VPC peering ${PCX} deleted in ${OWN} (${REGION})`;

function scene(peerings: Peering[], routes: readonly ReturnType<typeof route>[] = []) {
  return createScene({ peerings, vpcs: [local], tables: [table(TABLE, local, routes, { optIn: '*' })] });
}

const drift = (what: string) => `Route drift in ${OWN} (${REGION}): ${what} in ${TABLE}`;

describe('a conflict', () => {
  const world = () => scene([peering(PCX, remote, local)], [route('10.2.0.0/16', 'tgw-11111111')]);
  const leadTo = (of: ReturnType<typeof world>, target: string) =>
    of.setRoutes(TABLE, ({ routes }) => [
      ...routes.filter(({ destination }) => destination !== '10.2.0.0/16'),
      route('10.2.0.0/16', target),
    ]);

  it('is told again, once, when something else has the addresses', async () => {
    const account = world();
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('1 conflict')]);
    leadTo(account, 'vgw-11111111');
    await account.sweep(50);
    expect(account.subjects()).toEqual([drift('1 conflict'), drift('1 conflict')]);
    expect(account.aws.notifications[1]?.message).toContain('routes it to vgw-11111111');
  });

  it('that an earlier version told is not told again after the upgrade, but is when it changes', async () => {
    const account = world();
    await account.sweep();
    for (const [key, { at }] of account.store.snapshot(REGION).notes) {
      if (key.startsWith('told ')) {
        await account.store.update(REGION, [{ kind: 'note', key, value: 'conflict', at }]);
      }
    }
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('1 conflict')]);
    leadTo(account, 'vgw-11111111');
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('1 conflict'), drift('1 conflict')]);
  });

  it('of peerings that want the same is told again when one of them gets it', async () => {
    const account = scene([peering(PCX, remote, local), peering('pcx-33334444', twin, local)]);
    await account.sweep(3);
    leadTo(account, 'pcx-33334444');
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('2 conflict'), drift('1 conflict')]);
    expect(account.aws.notifications[1]?.message).toContain('pcx-33334444 (rule peers) wants the same');
  });
});

describe('a peering that ends while a table of its routes has lost its tag', () => {
  const OPT_IN = 'peering-autopilot:routes';

  /** Routes in two tables; then the tag of the second, and a good while later the peering goes. */
  async function ended(tag?: string, tables = [TABLE, PRIVATE]) {
    const world = createScene(
      {
        peerings: [peering(PCX, remote, local)],
        vpcs: [local],
        tables: tables.map((id) => table(id, local, [], { optIn: '*', tags: { Name: 'private' } })),
      },
      {},
    );
    await world.sweep(2);
    world.aws.state.tables = world.aws.state.tables.map((each) =>
      each.routeTableId === PRIVATE
        ? { ...each, tags: { Name: 'private', ...(tag === undefined ? {} : { [OPT_IN]: tag }) } }
        : each,
    );
    await world.sweep(2);
    world.aws.notifications.length = 0;
    world.setPeering(PCX, { status: 'deleted' });
    return world;
  }

  it.each([
    [undefined, 'has no tag peering-autopilot:routes (any more)'],
    ['another-rule', 'does not name rule peers (any more)'],
  ])(
    'is told with the routes that stay, where, why, and what to do, and does not count them (tag %s)',
    async (tag, why) => {
      const world = await ended(tag);
      await world.sweep(50);
      expect(world.routes()).toEqual([`${PRIVATE} 10.2.0.0/16 ${PCX}`]);
      expect(world.subjects()).toEqual([DELETED]);
      const message = world.aws.notifications[0]?.message ?? '';
      expect(message).toContain(
        '1 route to it is being removed.\n1 route to it stays, and the product does not remove it:\n',
      );
      expect(message).toContain(`  - ${PRIVATE} (private) of vpc-aaaaaaaa: 10.2.0.0/16\n`);
      expect(message).toContain(why);
      expect(message).toContain('Delete it by hand, or tag the table again');
      expect(message).not.toContain('nothing more to do');
    },
  );

  it('is told where no other route goes, once, however long it lasts and whatever EC2 still shows', async () => {
    const world = await ended(undefined, [PRIVATE]);
    await world.sweep(3);
    world.setPeering(PCX, 'vanishes');
    await world.sweep(50);
    await world.sweep(6, 12 * 60);
    expect(world.subjects()).toEqual([DELETED]);
    expect(world.aws.notifications[0]?.message).toContain('No route is being removed.\n1 route to it stays');
  });

  it('and what loses its tag only after the end was told is told by itself', async () => {
    let denied = true;
    const world = createScene(
      {
        peerings: [peering(PCX, remote, local)],
        vpcs: [local],
        tables: [table(TABLE, local, [], { optIn: '*' })],
      },
      {
        fail: (call) =>
          denied && call === 'deleteRoute' ? awsError('InternalError', 'later', 500) : undefined,
      },
    );
    await world.sweep(2);
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep();
    world.aws.state.tables = world.aws.state.tables.map((each) => ({ ...each, tags: {} }));
    denied = false;
    await world.sweep(3);
    expect(world.subjects()).toEqual([DELETED, drift('1 untagged')]);
    expect(world.routes()).toHaveLength(1);
  });

  it('is told again when the message was not taken', async () => {
    const world = await ended();
    const notify = world.aws.topic.notify;
    world.aws.topic.notify = () => Promise.reject(awsError('AccessDenied', 'no', 403));
    await world.sweep();
    world.aws.topic.notify = notify;
    await world.sweep(3);
    expect(world.subjects()).toEqual([DELETED]);
    expect(world.aws.notifications[0]?.message).toContain('1 route to it stays');
  });
});

describe('a request that a person accepts although something stands in its way', () => {
  const OTHER = 'rtb-cccccccc';
  const inside = vpc('vpc-dddddddd', ['10.4.0.0/16']);
  const policy = { rules: [{ name: 'ask', effect: 'hold', remote: { accounts: ['self', PEER] } }] };
  const asked = (from: typeof remote) => peering(PCX, from, local, { status: 'pending-acceptance' });
  const subject = (what: string) => `VPC peering ${PCX} accepted by hand in ${OWN}: ${what}`;

  async function accepted(from: typeof remote, tables: ReturnType<typeof table>[]) {
    const world = createScene({ peerings: [asked(from)], vpcs: [local, inside], tables }, { policy });
    await world.sweep();
    world.aws.notifications.length = 0;
    world.acceptByHand(PCX);
    await world.sweep(20);
    const [told, ...more] = world.aws.notifications.filter(({ subject: of }) => of.includes('by hand'));
    expect(more).toEqual([]);
    return { world, told };
  }

  it('is told as routed in part where the own requester side is not, with the conflict', async () => {
    const { world, told } = await accepted(inside, [
      table(TABLE, local, [], { optIn: '*' }),
      table(OTHER, inside, [route('10.1.0.0/16', 'tgw-11111111')], { optIn: '*' }),
    ]);
    expect(world.routes()).toEqual([`${TABLE} 10.4.0.0/16 ${PCX}`]);
    expect(told?.subject).toBe(subject('routed in part'));
    expect(told?.message).toContain('  - vpc-aaaaaaaa: rule ask routes it: 10.4.0.0/16, ');
    expect(told?.message).toContain('  - vpc-dddddddd: rule ask matches it, but none of its routes is made');
    expect(told?.message).toContain(`  - conflict: ${OTHER} of vpc-dddddddd: 10.1.0.0/16\n`);
    expect(told?.message).not.toContain('Nothing to do');
  });

  it('is told as routed where both own sides are', async () => {
    const { told } = await accepted(inside, [
      table(TABLE, local, [], { optIn: '*' }),
      table(OTHER, inside, [], { optIn: '*' }),
    ]);
    expect(told?.subject).toBe(subject('routed'));
    expect(told?.message).toContain('Nothing to do.');
    expect(told?.message).toContain('  - vpc-dddddddd: rule ask routes it: 10.1.0.0/16, ');
  });

  it.each([
    ['one of two tables', [table(OTHER, local, [], { optIn: '*' })], 'routed in part', '(1 of 2 routes)'],
    ['its only table', [], 'not routed', 'none of its routes is made'],
  ])('is told as it is where it is in the way in %s', async (_, more, what, says) => {
    const { told } = await accepted(remote, [
      table(TABLE, local, [route('10.2.0.0/16', 'tgw-11111111')], { optIn: '*' }),
      ...more,
    ]);
    expect(told?.subject).toBe(subject(what));
    expect(told?.message).toContain(says);
  });

  it.each(['event', 'sweep'] as const)(
    'is one message, seen by %s: the conflict that it names is in the history and on the bus',
    async (by) => {
      const world = createScene(
        {
          peerings: [asked(remote)],
          vpcs: [local],
          tables: [table(TABLE, local, [route('10.2.0.0/16', 'tgw-11111111')], { optIn: '*' })],
        },
        { policy },
      );
      await world.sweep();
      world.aws.notifications.length = 0;
      world.acceptByHand(PCX);
      if (by === 'event') {
        await world.event({
          kind: 'peering',
          peeringId: PCX,
          region: REGION,
          cause: 'AcceptVpcPeeringConnection',
          actor: 'arn:aws:sts::111111111111:assumed-role/engineer/ada',
        });
      }
      await world.sweep(20);
      expect(world.subjects()).toEqual([subject('not routed')]);
      expect(world.aws.notifications[0]).toMatchObject({
        alarm: 'RouteDriftUnrepaired',
        message: expect.stringContaining(`  - conflict: ${TABLE}`),
      });
      expect(world.store.events.filter(({ what }) => what.startsWith('Found conflict'))).toHaveLength(1);
      expect(world.aws.events.filter(({ type }) => type === 'Drift Found')).toHaveLength(1);
      // What else is found later is a message of its own.
      world.setRoutes(TABLE, ({ routes }) => [
        ...routes.filter(({ target }) => target.id !== 'tgw-11111111'),
        route('10.2.0.0/16', 'vgw-11111111'),
      ]);
      await world.sweep(3);
      expect(world.subjects()).toEqual([subject('not routed'), drift('1 conflict')]);
    },
  );

  it('is told as not routed where AWS has refused to write the table just before', async () => {
    const world = createScene(
      { peerings: [asked(remote)], vpcs: [local], tables: [table(TABLE, local, [], { optIn: '*' })] },
      {
        policy,
        fail: (call) => (call === 'createRoute' ? awsError('UnauthorizedOperation', 'no', 403) : undefined),
      },
    );
    await world.sweep();
    const at = world.seconds();
    const key = `call-failed CreateRoute ${TABLE}`;
    await world.store.update(REGION, [{ kind: 'note', key, value: 'UnauthorizedOperation', at }]);
    world.acceptByHand(PCX);
    await world.sweep();
    expect(world.subjects()[1]).toBe(subject('not routed'));
    expect(world.aws.notifications[1]?.message).toContain(
      `  - ${TABLE} of vpc-aaaaaaaa: AWS has refused CreateRoute there within the last day (UnauthorizedOperation), as people were told.\n`,
    );
    expect(world.aws.notifications[1]?.message).not.toContain('peering plan');
  });

  it('is told as not routed where no table has the tag', async () => {
    const { told } = await accepted(remote, [table(TABLE, local, [])]);
    expect(told?.subject).toBe(subject('not routed'));
    expect(told?.message).toContain('no route table of vpc-aaaaaaaa has the tag');
  });

  it('is not called in order where a prefix list of its tables could not be read', async () => {
    const { told } = await accepted(remote, [
      table(TABLE, local, [route('pl-11111111', 'tgw-11111111')], { optIn: '*' }),
    ]);
    expect(told?.message).toContain('  - not judged: ');
    expect(told?.message).not.toContain('Nothing to do');
  });

  it('is not called in order where the own requester side is in a Region that was not read', async () => {
    const { told } = await accepted({ ...inside, region: 'eu-west-1' }, [
      table(TABLE, local, [], { optIn: '*' }),
    ]);
    expect(told?.subject).toBe(subject('routed from vpc-aaaaaaaa'));
    expect(told?.message).toContain('not looked at: vpc-dddddddd in eu-west-1');
  });
});

describe('a request that is held', () => {
  const OTHER = 'rtb-cccccccc';
  const inside = vpc('vpc-dddddddd', ['10.4.0.0/16']);
  const accept = [{ name: 'ours', effect: 'accept', remote: { accounts: ['self', PEER] } }];
  const UNROUTED =
    'What stands in the way, as named above, stays unrouted until it is out of the way: no route of somebody else is overwritten.';

  async function held(
    from: typeof remote,
    tables: ReturnType<typeof table>[],
    policy: Record<string, unknown>,
  ) {
    const world = createScene(
      {
        peerings: [peering(PCX, from, local, { status: 'pending-acceptance' })],
        vpcs: [local, inside],
        tables,
      },
      { policy },
    );
    await world.sweep();
    expect(world.subjects()).toEqual([expect.stringContaining(`${PCX} held`)]);
    return world.aws.notifications[0]?.message ?? '';
  }

  it('by an accept rule, because of a route: what is in the way stays unrouted, it is said', async () => {
    const message = await held(
      remote,
      [table(TABLE, local, [route('10.2.0.0/16', 'tgw-11111111')], { optIn: '*' })],
      { rules: accept },
    );
    expect(message).toContain('If it is accepted by AWS alone, rule ours routes it: 10.2.0.0/16, ');
    expect(message).toContain(`or names the rule.\n${UNROUTED}\n`);
  });

  it('because of a route at the own requester side: both sides are told of', async () => {
    const message = await held(
      inside,
      [
        table(TABLE, local, [], { optIn: '*' }),
        table(OTHER, inside, [route('10.1.0.0/16', 'tgw-11111111')], { optIn: '*' }),
      ],
      { rules: accept },
    );
    expect(message).toContain('already goes to tgw-11111111');
    expect(message).toContain(
      'If it is accepted by AWS alone:\n' +
        '  - vpc-aaaaaaaa: rule ours routes it: 10.4.0.0/16, in each route table whose tag peering-autopilot:routes is * or names the rule.\n' +
        '  - vpc-dddddddd: rule ours routes it: 10.1.0.0/16, in each route table whose tag peering-autopilot:routes is * or names the rule.\n' +
        UNROUTED,
    );
  });

  it('by a hold rule names what is in the way at the own requester side as well', async () => {
    const message = await held(
      inside,
      [
        table(TABLE, local, [], { optIn: '*' }),
        table(OTHER, inside, [route('10.1.0.0/16', 'tgw-11111111')], { optIn: '*' }),
      ],
      { rules: [{ name: 'ask', effect: 'hold', remote: { accounts: ['self'] } }] },
    );
    expect(message).toContain(UNROUTED);
    expect(message).toContain(
      '  - vpc-dddddddd: 10.1.0.0/16 overlaps 10.1.0.0/16, which already goes to tgw-11111111',
    );
  });

  it('for another reason than routes says nothing of any in the way', async () => {
    const message = await held(remote, [table(TABLE, local, [], { optIn: '*' })], {
      rules: accept,
      guardrails: { freeze: true },
    });
    expect(message).toContain('rule ours routes it: ');
    expect(message).not.toContain('stays unrouted');
  });

  it('says which own side no rule routes, and which the product does not look at', async () => {
    const tables = [table(TABLE, local, [], { optIn: '*' })];
    const rules = [
      { name: 'ask', effect: 'hold', local: { vpcs: ['vpc-aaaaaaaa'] }, remote: { accounts: ['self'] } },
    ];
    expect(await held(inside, tables, { rules })).toContain(
      '  - vpc-dddddddd: nothing is routed: no rule matches it.\n',
    );
    expect(await held({ ...inside, region: 'eu-west-1' }, tables, { rules })).toContain(
      'Nothing is routed for vpc-dddddddd, which this account owns as well: the product does not look at eu-west-1.\n',
    );
  });

  it('and comes before a route at the same destination says that this one keeps it', async () => {
    const message = await held(
      remote,
      [table(TABLE, local, [route('10.2.0.0/16', 'tgw-11111111')], { optIn: '*' })],
      {
        rules: [{ name: 'ask', effect: 'hold', remote: { accounts: [PEER] } }],
        guardrails: { equalRoutes: 'wait' },
      },
    );
    expect(message).toContain(
      'A route that has just one of these destinations keeps it until it is gone (guardrails.equalRoutes: wait).',
    );
  });
});

describe('a call that AWS keeps refusing, of which people were told', () => {
  const OTHER = 'pcx-33334444';
  const second = vpc('vpc-eeeeeeee', ['10.5.0.0/16'], { accountId: PEER });

  async function refused(call: string) {
    let denied = false;
    const world = createScene(
      {
        peerings: [peering(PCX, remote, local), peering(OTHER, second, local)],
        vpcs: [local],
        tables: [table(TABLE, local, [], { optIn: '*' })],
      },
      { fail: (of) => (denied && of === call ? awsError('UnauthorizedOperation', 'no', 403) : undefined) },
    );
    await world.sweep(2);
    denied = true;
    return world;
  }

  it('is not promised again: the routes of the next peering that ends are not called removed', async () => {
    const world = await refused('deleteRoute');
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep(2);
    world.setPeering(OTHER, { status: 'deleted' });
    await world.sweep(2);
    expect(world.subjects()).toEqual([
      DELETED,
      `AWS refuses DeleteRoute for ${TABLE} in ${OWN} (${REGION})`,
      `VPC peering ${OTHER} deleted in ${OWN} (${REGION})`,
    ]);
    const message = world.aws.notifications[2]?.message ?? '';
    expect(message).toContain('1 route to it is to be removed, but AWS has refused DeleteRoute');
    expect(message).toContain('No route is being removed.');
    expect(message).not.toContain('nothing more to do');
  });

  it('is not promised again: nor are routes called removed that the next peering of the same VPCs cannot take over', async () => {
    const world = await refused('replaceRoute');
    const next = (number: number) => `pcx-7777888${number}`;
    for (const [number, ended] of [PCX, OTHER].entries()) {
      const from = ended === PCX ? remote : second;
      world.aws.state.peerings.push(peering(next(number), from, local));
      world.setPeering(ended, { status: 'deleted' });
      await world.sweep(2);
    }
    expect(world.subjects()).toEqual([
      DELETED,
      `AWS refuses ReplaceRoute for ${TABLE} in ${OWN} (${REGION})`,
      `VPC peering ${OTHER} deleted in ${OWN} (${REGION})`,
    ]);
    expect(world.aws.notifications[2]?.message).toContain(
      '1 route to it is to be removed, but AWS has refused ReplaceRoute',
    );
  });

  it('is not promised again: the next route that is missing is not called being repaired', async () => {
    const world = await refused('createRoute');
    world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.id !== PCX));
    await world.sweep(2);
    world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));
    await world.sweep(2);
    expect(world.subjects()).toEqual([
      drift('1 missing'),
      `AWS refuses CreateRoute for ${TABLE} in ${OWN} (${REGION})`,
      drift('1 missing'),
    ]);
    expect(world.aws.notifications[2]?.message).toContain('AWS has refused CreateRoute in this table');
    expect(world.aws.notifications[0]?.message).toContain('Should AWS refuse the change, a message');
    expect(world.aws.notifications[2]?.message).not.toContain('Being repaired');
  });
});
