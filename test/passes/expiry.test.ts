import { acceptanceNote } from '../../lib/model/acceptance.ts';
import { renewalNote } from '../../lib/model/expiry.ts';
import { freezeNote, thawUpdates } from '../../lib/model/freeze.ts';
import { requestNoteKey } from '../../lib/model/noted-decision.ts';
import { silenceNote } from '../../lib/model/silence.ts';
import { PEER, PREFIX, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { syncRoutes } from '../support/passes.ts';
import { createScene, routedScene, type Scene, type SceneOptions } from '../support/scene.ts';

/** A peering that lives for a time, over weeks: who is told when, what goes, and what stays as it is. */

const PCX = 'pcx-11112222';
const TABLE = 'rtb-aaaaaaaa';
const FAR = 'eu-west-1';
const ADA = 'arn:aws:sts::111111111111:assumed-role/engineer/ada';
const HOUR = 60;
const DAY = 24 * HOUR;
const EXPIRES = `${PREFIX}:expires`;
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const ROUTED = { peering: peering(PCX, remote, local), table: table(TABLE, local, [], { optIn: '*' }) };
const ROUTE = `${TABLE} 10.2.0.0/16 ${PCX}`;

const ruleOf = (parts: Record<string, unknown>) => ({
  rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] }, ...parts }],
});
const TEN = ruleOf({ expireAfter: '10d' });
const TEN_DELETED = ruleOf({ expireAfter: '10d', onExpiry: 'delete' });

async function settled(policy: Record<string, unknown> = TEN, options: SceneOptions = {}): Promise<Scene> {
  const world = await routedScene(ROUTED, { policy, ...options });
  world.aws.writes.length = 0;
  world.aws.notifications.length = 0;
  return world;
}

/** Sweeps each four hours for so many days. */
const days = (world: Scene, count: number) => world.sweep(count * 6, 240);

const tag = (world: Scene, value: string) =>
  world.setPeering(PCX, {
    tags: { ...world.aws.state.peerings.find(({ peeringId }) => peeringId === PCX)?.tags, [EXPIRES]: value },
  });

const events = (world: Scene) => world.store.events.map(({ kind, what }) => `${kind}: ${what}`);

async function renew(world: Scene, forDays: number): Promise<void> {
  const at = world.seconds();
  const renewal = { by: ADA, because: 'the audit takes longer', at, until: at + forDays * 86_400 };
  await world.store.update(REGION, [renewalNote(PCX, renewal)]);
}

describe('a peering that the product has just accepted', () => {
  it.each(['deciding accept peers', 'told accept peers'])(
    'lives from then on, also where it is looked at before its tags say so (%s)',
    async (value) => {
      const world = createScene(
        { peerings: [ROUTED.peering], vpcs: [local], tables: [ROUTED.table] },
        { policy: TEN },
      );
      const key = requestNoteKey(PCX);
      await world.store.update(REGION, [{ kind: 'note', key, value, at: world.seconds() }]);
      await days(world, 4);
      expect(world.aws.notifications.map(({ message }) => message).join()).toContain(
        'rule peers says expireAfter: 10d, and it was accepted 2026-03-01 12:00 UTC.',
      );
    },
  );

  it('is not one that waits, or that somebody else accepted', async () => {
    const world = createScene(
      { peerings: [ROUTED.peering], vpcs: [local], tables: [ROUTED.table] },
      { policy: TEN },
    );
    const note = {
      kind: 'note',
      key: requestNoteKey(PCX),
      value: 'told hold none',
      at: world.seconds(),
    } as const;
    await world.store.update(REGION, [note]);
    await days(world, 4);
    expect(world.aws.notifications.map(({ message }) => message).join()).toContain(
      'when it was accepted is not known',
    );
  });
});

describe('a peering whose rule says expireAfter', () => {
  it('is told a week before, a day before, and when it ends; then own routes go, and it stays', async () => {
    const world = await settled();
    await days(world, 2);
    expect(world.subjects()).toEqual([]);
    await days(world, 2);
    expect(world.subjects()).toEqual([
      expect.stringMatching(/^VPC peering pcx-11112222 ends 2026-03-11 12:\d\d UTC, in 6 days$/),
    ]);
    await days(world, 5);
    expect(world.subjects()).toHaveLength(1);
    await days(world, 1);
    expect(world.subjects()[1]).toMatch(/^VPC peering pcx-11112222 ends 2026-03-11 .* in 23 hours$/);
    expect(world.routes()).toEqual([ROUTE]);
    expect(world.aws.writes).toEqual([]);
    await days(world, 1);
    expect(world.subjects()[2]).toBe('VPC peering pcx-11112222 has ended: its time is over');
    expect(world.routes()).toEqual([]);
    expect(world.registry()).toEqual([]);
    expect(world.aws.writes).toEqual([`deleteRoute ${TABLE} 10.2.0.0/16`]);
    await days(world, 60);
    expect(world.subjects()).toHaveLength(3);
    expect(world.aws.writes).toHaveLength(1);
    expect(world.aws.state.peerings[0]?.status).toBe('active');
    expect(world.aws.metrics.RouteDriftUnrepaired ?? 0).toBe(0);
    expect(world.aws.metrics.PermanentFailures ?? 0).toBe(0);
    expect(events(world)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('expiry: VPC peering pcx-11112222 ends'),
        expect.stringContaining('expiry: VPC peering pcx-11112222 has ended'),
        `routes: 1 route deleted in ${TABLE} for ${PCX} by rule peers: 10.2.0.0/16.`,
      ]),
    );
    const told = world.store.events.filter(({ kind }) => kind === 'expiry');
    expect(told.map(({ by }) => by)).toEqual(['policy', 'policy', 'policy']);
  });

  it('names date, command, tag, console and what follows', async () => {
    const world = await settled();
    await days(world, 4);
    const [mail] = world.aws.notifications;
    expect(mail?.severity).toBe('action');
    for (const part of [
      'peering renew pcx-11112222 --for 10d --because',
      `set its tag ${EXPIRES} to a later day, at most 10d from now`,
      'Then 1 own route to it in this Region is deleted',
      'The peering itself stays.',
      'https://us-east-1.console.aws.amazon.com/vpcconsole/home?region=us-east-1#PeeringConnectionDetails:VpcPeeringConnectionId=pcx-11112222',
    ]) {
      expect(mail?.message).toContain(part);
    }
  });

  it('keeps routes that others made, and says so', async () => {
    const world = await settled();
    world.aws.state.tables.push(table('rtb-bbbbbbbb', local, [route('10.2.0.0/16', PCX)]));
    world.setRoutes(TABLE, ({ routes }) => [...routes, route('10.2.7.0/24', PCX)]);
    await days(world, 12);
    expect(world.routes().sort()).toEqual([`${TABLE} 10.2.7.0/24 ${PCX}`, `rtb-bbbbbbbb 10.2.0.0/16 ${PCX}`]);
    expect(world.aws.notifications.at(-1)?.message).toContain(
      "2 routes to it are not the product's own: they stay",
    );
    expect(world.subjects().filter((subject) => subject.includes('drift'))).toEqual([]);
  });

  it('leaves an own route in a table that lost its tag, and says so', async () => {
    const world = await settled();
    world.aws.state.tables = world.aws.state.tables.map((each) => ({ ...each, tags: {} }));
    await days(world, 12);
    expect(world.routes()).toEqual([ROUTE]);
    expect(world.aws.metrics['untagged RouteFindings']).toBe(1);
  });

  it('goes on for a day after people were told, where nobody looked for long: they are told the nearer one only', async () => {
    const world = await settled();
    world.wait(20 * DAY);
    await world.sweep(1, 60);
    expect(world.subjects()).toEqual([expect.stringMatching(/ends 2026-03-22 .* in 23 hours$/)]);
    expect(world.aws.notifications[0]?.message).toContain('Its time is over 2026-03-11');
    expect(world.routes()).toEqual([ROUTE]);
    await world.sweep(21, 60);
    expect(world.routes()).toEqual([ROUTE]);
    await world.sweep(2, 60);
    expect(world.routes()).toEqual([]);
  });

  it('does not end while nobody can be told', async () => {
    let isDown = false;
    const world = await settled(TEN, {
      fail: (call) => (isDown && call === 'notify' ? new Error('SNS is not there') : undefined),
    });
    await world.store.update(REGION, [
      silenceNote({
        id: PCX,
        by: ADA,
        because: 'moving',
        since: world.seconds(),
        until: world.seconds() + 25 * 86_400,
      }),
    ]);
    await days(world, 24);
    expect(world.routes()).toEqual([ROUTE]);
    expect(world.subjects()).toEqual([]);
    isDown = false;
    await days(world, 2);
    expect(world.subjects()[0]).toContain('ends 2026-03-2');
    await days(world, 1);
    expect(world.routes()).toEqual([]);
  });

  it('is brought back by a renewal, also after its routes are gone', async () => {
    const world = await settled();
    await days(world, 12);
    expect(world.routes()).toEqual([]);
    await renew(world, 10);
    await world.sweep(2);
    expect(world.routes()).toEqual([ROUTE]);
    expect(world.subjects().at(-1)).toMatch(/^VPC peering pcx-11112222 ends 2026-03-2\d .* now$/);
    expect(world.aws.notifications.at(-1)?.message).toContain(`${ADA} renewed it`);
    await days(world, 12);
    expect(world.routes()).toEqual([]);
    expect(world.subjects().filter((subject) => subject.includes('has ended'))).toHaveLength(2);
  });

  it('is renewed by its tag, and who was told that it ends is told that it does not', async () => {
    const world = await settled();
    await days(world, 4);
    tag(world, '2026-03-14');
    await days(world, 1);
    expect(world.subjects().slice(1)).toEqual(['VPC peering pcx-11112222 ends 2026-03-15 00:00 UTC now']);
    expect(world.aws.notifications.at(-1)?.severity).toBe('notice');
    await days(world, 8);
    expect(world.routes()).toEqual([ROUTE]);
    await days(world, 2);
    expect(world.routes()).toEqual([]);
  });

  it('is told by a wrong tag once, and ends by its rule all the same', async () => {
    const world = await settled();
    tag(world, 'next summer');
    await days(world, 12);
    expect(world.subjects().filter((subject) => subject.includes('says nothing'))).toEqual([
      `VPC peering pcx-11112222: its tag ${EXPIRES} says nothing`,
    ]);
    expect(world.routes()).toEqual([]);
  });

  it('only shows it where the policy says mode: observe', async () => {
    const world = await settled({ ...TEN, mode: 'observe' });
    await days(world, 30);
    expect(world.aws.writes).toEqual([]);
    expect(world.subjects()).toEqual([]);
    expect([...world.store.snapshot(REGION).notes.keys()]).toEqual([]);
  });

  it('waits in a frozen Region: people are told, and the routes go once it is thawed', async () => {
    const world = await settled();
    await world.store.update(REGION, [freezeNote({ by: ADA, because: 'audit', since: world.seconds() })]);
    await days(world, 12);
    expect(world.routes()).toEqual([ROUTE]);
    expect(world.aws.notifications.at(-1)?.message).toContain('a person froze this Region');
    await world.store.update(REGION, thawUpdates({ by: ADA, because: 'done' }, world.seconds()));
    await world.sweep(2);
    expect(world.routes()).toEqual([]);
  });

  it('keeps back more deletes than the policy allows at once', async () => {
    const others = Array.from({ length: 14 }, (_, index) =>
      vpc(`vpc-${String(index).padStart(8, '0')}`, [`10.${index + 20}.0.0/16`], { accountId: PEER }),
    );
    const world = createScene(
      {
        vpcs: [local],
        peerings: others.map((each, index) => peering(`pcx-${String(index).padStart(8, '0')}`, each, local)),
        tables: [table(TABLE, local, [], { optIn: '*' })],
      },
      { policy: TEN },
    );
    await days(world, 13);
    expect(world.routes()).toHaveLength(14);
    expect(world.subjects()).toContainEqual(expect.stringContaining('mass-delete'));
    expect(world.subjects()).toContainEqual(
      expect.stringMatching(/^\d+ messages about the time of VPC peerings in \d+ \(us-east-1\)$/),
    );
  });

  it('takes the routes of both sides of a peering inside the account, and tells once', async () => {
    const other = vpc('vpc-bbbbbbbb', ['10.2.0.0/16']);
    const world = createScene(
      {
        vpcs: [local, other],
        peerings: [peering(PCX, other, local)],
        tables: [table(TABLE, local, [], { optIn: '*' }), table('rtb-bbbbbbbb', other, [], { optIn: '*' })],
      },
      { policy: TEN },
    );
    await days(world, 11);
    expect(world.routes()).toEqual([]);
    expect(world.subjects().filter((subject) => subject.includes('ends'))).toHaveLength(2);
    expect(world.aws.notifications.at(-1)?.message).toContain('2 own routes to it are being deleted');
    expect(world.subjects().filter((subject) => subject.includes('drift'))).toEqual([]);
  });

  it('does not say that routes are being deleted of a table that lost its tag', async () => {
    const world = await settled();
    world.aws.state.tables = world.aws.state.tables.map((each) => ({ ...each, tags: {} }));
    await days(world, 11);
    const over = world.aws.notifications.find(({ subject }) => subject.includes('its time is over'));
    expect(over?.message).toContain('0 own routes to it are being deleted in this Region.');
    expect(over?.message).toMatch(/1 own route to it stays: the tag of its table does not name the rule/);
    expect(over?.severity).toBe('action');
    const soon = world.aws.notifications.find(({ subject }) => subject.includes('ends'));
    expect(soon?.message).toContain('Then 0 own routes to it in this Region are deleted.');
    expect(world.routes()).toHaveLength(1);
  });

  it('does not say that routes are being deleted which AWS has just refused to delete', async () => {
    const world = await settled();
    await days(world, 9);
    const note = {
      kind: 'note',
      key: `call-failed DeleteRoute ${TABLE}`,
      value: 'UnauthorizedOperation',
      at: world.seconds() + 12 * 3600,
    } as const;
    await world.store.update(REGION, [note]);
    await days(world, 2);
    const over = world.aws.notifications.find(({ subject }) => subject.includes('its time is over'));
    expect(over?.message).toContain('0 own routes to it are being deleted in this Region.');
    expect(over?.message).toContain('AWS has refused DeleteRoute in its table');
  });

  it('does not touch one that ends never, nor requests', async () => {
    const stays = vpc('vpc-cccccccc', ['10.3.0.0/16'], { accountId: '444444444444' });
    const asks = vpc('vpc-dddddddd', ['10.4.0.0/16'], { accountId: '555555555555' });
    const world = await settled({
      rules: [...TEN.rules, { name: 'for-ever', effect: 'accept', remote: { accounts: ['444444444444'] } }],
    });
    world.aws.state.peerings.push(peering('pcx-33334444', stays, local), {
      ...peering('pcx-55556666', asks, local, {
        status: 'pending-acceptance',
        tags: { [EXPIRES]: '2020-01-01' },
      }),
      expiresAt: new Date('2026-04-07T12:00:00Z'),
    });
    await days(world, 12);
    expect(world.routes()).toEqual([`${TABLE} 10.3.0.0/16 pcx-33334444`]);
    expect(world.aws.state.peerings.map(({ status }) => status)).toEqual([
      'active',
      'active',
      'pending-acceptance',
    ]);
  });

  it('frees its addresses for another peering', async () => {
    const world = await settled();
    await days(world, 12);
    const again = vpc('vpc-eeeeeeee', ['10.2.0.0/16'], { accountId: PEER });
    world.aws.state.peerings.push({
      ...peering('pcx-77778888', again, local, { status: 'pending-acceptance' }),
      expiresAt: new Date('2026-03-20T12:00:00Z'),
    });
    await world.sweep(2);
    expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 pcx-77778888`]);
  });

  it('forgets what it knows of the time of a peering that is gone', async () => {
    const world = await settled();
    await days(world, 12);
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep(2);
    const kept = [...world.store.snapshot(REGION).notes.keys()].filter((key) => key.includes(PCX));
    expect(kept.filter((key) => /^(counted|end-|renewed)/.test(key))).toEqual([]);
  });
});

describe('the tag alone', () => {
  it('ends a peering whose rule says no time, a day after people were told at the earliest', async () => {
    const world = await settled({});
    tag(world, '2026-03-01T15:00:00Z');
    await world.sweep(23, 60);
    expect(world.subjects()).toEqual([expect.stringContaining('ends 2026-03-02')]);
    expect(world.routes()).toEqual([ROUTE]);
    await world.sweep(2, 60);
    expect(world.routes()).toEqual([]);
  });

  it('is taken back by taking it away', async () => {
    const world = await settled({});
    tag(world, '2026-03-10');
    await days(world, 5);
    world.setPeering(PCX, { tags: {} });
    await days(world, 20);
    expect(world.routes()).toEqual([ROUTE]);
    expect(world.subjects().at(-1)).toBe('VPC peering pcx-11112222 does not end any more');
  });
});

describe('a rule that says onExpiry: delete', () => {
  const deleted = (world: Scene) => world.aws.writes.filter((write) => write.startsWith('deletePeering'));

  it('has the peering deleted a day after own routes are gone and people were told', async () => {
    const world = await settled(TEN_DELETED);
    await days(world, 9);
    expect(world.aws.notifications[0]?.message).toContain('A deleted peering cannot be brought back.');
    await days(world, 1);
    await world.sweep(22, 60);
    expect(world.routes()).toEqual([]);
    expect(deleted(world)).toEqual([]);
    await world.sweep(3, 60);
    expect(world.aws.writes).toEqual([
      `deleteRoute ${TABLE} 10.2.0.0/16`,
      `tag ${PCX} ${PREFIX}:ended-at`,
      `deletePeering ${PCX}`,
    ]);
    expect(world.subjects().at(-1)).toBe('VPC peering pcx-11112222 was deleted: its time was over');
    expect(events(world)).toContainEqual('ended: VPC peering pcx-11112222 was deleted: its time was over.');
    await days(world, 3);
    expect(deleted(world)).toHaveLength(1);
  });

  it('is deleted no more once it is renewed, and the tag that lets it be deleted is taken back', async () => {
    const world = await settled(TEN_DELETED);
    await days(world, 10);
    await world.sweep(2, 5);
    await renew(world, 10);
    await world.sweep(3);
    expect(deleted(world)).toEqual([]);
    expect(world.routes()).toEqual([ROUTE]);
    expect(world.aws.state.peerings[0]?.tags[`${PREFIX}:ended-at`]).toBe('none');
  });

  it('looks again before it deletes: a renewal that came since then counts', async () => {
    const world = await settled(TEN_DELETED);
    await days(world, 10);
    await world.sweep(22, 60);
    world.wait(2 * HOUR);
    const of = world.dependencies();
    await syncRoutes(
      { kind: 'region', region: REGION, cause: 'Sweep Requested' },
      {
        ...of,
        pace: {
          ...of.pace,
          take: async (_region, call) => {
            if (call === 'DeleteVpcPeeringConnection') await renew(world, 10);
            return 'taken';
          },
        },
      },
    );
    expect(deleted(world)).toEqual([]);
  });

  it('is not deleted while another side of this account is in use', async () => {
    const other = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { tags: { Stays: 'yes' } });
    const world = createScene(
      {
        vpcs: [local, other],
        peerings: [peering(PCX, other, local)],
        tables: [table(TABLE, local, [], { optIn: '*' }), table('rtb-bbbbbbbb', other, [], { optIn: '*' })],
      },
      {
        policy: {
          rules: [
            ...TEN_DELETED.rules,
            {
              name: 'a-stays',
              effect: 'accept',
              local: { tags: { Stays: 'yes' } },
              remote: { accounts: ['self'] },
            },
          ],
        },
      },
    );
    await days(world, 14);
    expect(deleted(world)).toEqual([]);
    expect(world.routes()).toEqual([`rtb-bbbbbbbb 10.1.0.0/16 ${PCX}`]);
  });

  it('asks the other managed Region before a peering between two is deleted', async () => {
    const far = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { region: FAR });
    const world = createScene(
      {
        vpcs: [local, far],
        peerings: [peering(PCX, far, local)],
        tables: [table(TABLE, local, [], { optIn: '*' }), table('rtb-bbbbbbbb', far, [], { optIn: '*' })],
      },
      { policy: { ...TEN_DELETED, regions: [REGION, FAR] }, regions: [REGION, FAR] },
    );
    await world.sweep(2);
    // Of one side alone it is known that it goes on.
    const at = world.seconds();
    await world.store.update(FAR, [renewalNote(PCX, { by: ADA, because: 'x', at, until: at + 20 * 86_400 })]);
    await days(world, 15);
    expect(world.routes()).toEqual([`rtb-bbbbbbbb 10.1.0.0/16 ${PCX}`]);
    expect(deleted(world)).toEqual([]);
    await days(world, 9);
    expect(deleted(world)).toHaveLength(1);
  });

  it('is deleted neither observing nor in a frozen Region', async () => {
    const observing = await settled({ ...TEN_DELETED, mode: 'observe' });
    await days(observing, 14);
    expect(observing.aws.writes).toEqual([]);
    const frozen = await settled(TEN_DELETED);
    await frozen.store.update(REGION, [freezeNote({ by: ADA, because: 'audit', since: frozen.seconds() })]);
    await days(frozen, 14);
    expect(frozen.aws.writes).toEqual([]);
  });

  it('tells a refused delete once, and counts it at each look', async () => {
    const denied = Object.assign(new Error('You are not authorized to perform this operation.'), {
      name: 'UnauthorizedOperation',
    });
    const world = await settled(TEN_DELETED, {
      fail: (call) => (call.startsWith('deletePeering') ? denied : undefined),
    });
    await days(world, 12);
    expect(world.aws.state.peerings[0]?.status).toBe('active');
    expect(world.aws.metrics.PermanentFailures).toBeGreaterThan(1);
    expect(world.subjects().filter((subject) => subject.includes('DeleteVpcPeeringConnection'))).toHaveLength(
      1,
    );
  });

  it('tries again what AWS throttled', async () => {
    let left = 2;
    const throttled = Object.assign(new Error('Rate exceeded'), { name: 'RequestLimitExceeded' });
    const world = await settled(TEN_DELETED, {
      fail: (call) => {
        if (!call.startsWith('deletePeering') || left === 0) return undefined;
        left -= 1;
        return throttled;
      },
    });
    await days(world, 12);
    expect(world.aws.state.peerings[0]?.status).toBe('deleted');
    expect(world.aws.metrics.PermanentFailures ?? 0).toBe(0);
  });

  it('is told once, as that, also where a person had accepted the peering, which is remembered', async () => {
    const world = await settled(TEN_DELETED);
    const accepted = { rule: 'projects', by: ADA, how: 'matched', at: world.seconds() } as const;
    await world.store.update(REGION, [acceptanceNote(PCX, accepted)]);
    await days(world, 14);
    expect(world.aws.state.peerings[0]?.status).toBe('deleted');
    expect(world.subjects().filter((subject) => /delet/.test(subject))).toEqual([
      'VPC peering pcx-11112222 was deleted: its time was over',
    ]);
  });

  it('takes a delete whose answer was lost for done', async () => {
    const lost = Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
    const world: Scene = await settled(TEN_DELETED, {
      fail: (call) => {
        if (!call.startsWith('deletePeering')) return undefined;
        world.setPeering(PCX, { status: 'deleted' });
        return lost;
      },
    });
    await days(world, 12);
    expect(world.subjects()).toContainEqual('VPC peering pcx-11112222 was deleted: its time was over');
  });

  it('deletes nothing where only the tag of another peering says so', async () => {
    const world = await settled(ruleOf({ onExpiry: 'delete' }));
    await days(world, 30);
    expect(world.aws.writes).toEqual([]);
    tag(world, '2026-04-01');
    await days(world, 5);
    expect(deleted(world)).toHaveLength(1);
  });
});

describe('a policy that says nothing of time', () => {
  it('writes, reads and remembers what it did before', async () => {
    const world = await settled({});
    const before = [...world.store.snapshot(REGION).notes.keys()];
    await days(world, 60);
    expect(world.aws.writes).toEqual([]);
    expect(world.subjects()).toEqual([]);
    expect([...world.store.snapshot(REGION).notes.keys()]).toEqual(before);
  });
});
