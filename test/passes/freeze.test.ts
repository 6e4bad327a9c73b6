import { FORGET_THAW, freezeNote, thawUpdates } from '../../lib/model/freeze.ts';
import { OWN, PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { routedScene, type Scene, type SceneOptions } from '../support/scene.ts';

/** A frozen Region: nothing is accepted, rejected or written, and all else goes on. */

const PCX = 'pcx-11112222';
const ASKED = 'pcx-33334444';
const TABLE = 'rtb-aaaaaaaa';
const FAR = 'eu-west-1';
const ADA = 'arn:aws:sts::111111111111:assumed-role/engineer/ada';
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const ROUTED = { peering: peering(PCX, remote, local), table: table(TABLE, local, [], { optIn: '*' }) };
const asking = vpc('vpc-cccccccc', ['10.3.0.0/16'], { accountId: PEER });

async function freeze(world: Scene, regions: readonly string[] = [REGION], minutes?: number): Promise<void> {
  const since = world.seconds();
  const note = freezeNote({
    by: ADA,
    because: 'audit',
    since,
    ...(minutes === undefined ? {} : { until: since + minutes * 60 }),
  });
  for (const region of regions) await world.store.update(region, [note, FORGET_THAW]);
}

async function thaw(world: Scene, regions: readonly string[] = [REGION]): Promise<void> {
  for (const region of regions) {
    await world.store.update(region, thawUpdates({ by: ADA, because: 'audit is done' }, world.seconds()));
  }
}

async function settled(options: SceneOptions = {}): Promise<Scene> {
  const world = await routedScene(ROUTED, options);
  world.aws.writes.length = 0;
  return world;
}

function ask(world: Scene): void {
  world.aws.state.peerings.push({
    ...peering(ASKED, asking, local, { status: 'pending-acceptance' }),
    expiresAt: new Date('2026-03-07T12:00:00Z'),
  });
}

const removeRoutes = (world: Scene) =>
  world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));

const BEGAN = `VPC peering is frozen in ${OWN} (${REGION})`;
const ENDED = `VPC peering is no longer frozen in ${OWN} (${REGION})`;

describe('a Region that a person has frozen', () => {
  it('accepts nothing, writes no route, option or tag, and does all of it once it is thawed', async () => {
    const world = await settled();
    await freeze(world);
    ask(world);
    removeRoutes(world);
    await world.sweep(5);
    expect(world.aws.writes).toEqual([]);
    expect(world.routes()).toEqual([]);
    expect(world.aws.metrics.RouteDriftUnrepaired).toBeGreaterThan(0);
    const held = world.aws.notifications.find(({ subject }) => subject.includes(ASKED));
    expect(held?.subject).toContain('held');
    expect(held?.message).toContain(`Frozen by ${ADA}`);
    const drift = world.aws.notifications.find(({ subject }) => subject.includes('Route drift'));
    expect(drift?.message).toContain('Not done: a person froze this Region');
    await thaw(world);
    await world.sweep(3);
    expect(world.routes().sort()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`, `${TABLE} 10.3.0.0/16 ${ASKED}`]);
  });

  it('answers no event either', async () => {
    const world = await settled();
    await freeze(world);
    ask(world);
    await world.event({
      kind: 'peering',
      peeringId: ASKED,
      region: REGION,
      cause: 'CreateVpcPeeringConnection',
    });
    removeRoutes(world);
    await world.event({ kind: 'route-table', routeTableId: TABLE, region: REGION, cause: 'DeleteRoute' });
    expect(world.aws.writes).toEqual([]);
  });

  it('rejects nothing, and does so once it is thawed', async () => {
    const world = await settled();
    world.deploy({ rules: [{ name: 'never', effect: 'reject', local: {}, remote: { accounts: [PEER] } }] });
    await freeze(world);
    ask(world);
    await world.sweep(2);
    expect(world.aws.writes).toEqual([]);
    await thaw(world);
    await world.sweep(1);
    expect(world.aws.writes).toContain(`reject ${ASKED}`);
  });

  it('keeps routes of a peering that ends, until it is thawed', async () => {
    const world = await settled();
    await freeze(world);
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep(3);
    expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`]);
    await thaw(world);
    await world.sweep(2);
    expect(world.routes()).toEqual([]);
  });

  it('is told once when it begins and once when it ends, with who and why', async () => {
    const world = await settled();
    await freeze(world);
    await world.sweep(20);
    await thaw(world);
    await world.sweep(20);
    expect(world.subjects()).toEqual([BEGAN, ENDED]);
    expect(world.aws.notifications[0]?.message).toContain(`Frozen by ${ADA}`);
    expect(world.aws.notifications[0]?.message).toContain('because: audit');
    expect(world.aws.notifications[1]?.message).toContain(`Ended by ${ADA}, because: audit is done`);
    await freeze(world);
    await world.sweep(2);
    expect(world.subjects()).toEqual([BEGAN, ENDED, BEGAN]);
  });

  it('ends by itself when its time is over, which is told and in the history', async () => {
    const world = await settled();
    removeRoutes(world);
    await freeze(world, [REGION], 30);
    await world.sweep(3);
    expect(world.aws.writes).toEqual([]);
    world.wait(30);
    await world.sweep(2);
    expect(world.routes()).toHaveLength(1);
    expect(world.subjects()).toContain(ENDED);
    expect(world.store.events).toContainEqual(
      expect.objectContaining({ kind: 'freeze', what: 'The freeze is over: its time has passed.' }),
    );
  });

  it('is told once for all Regions that were frozen together', async () => {
    const both = [REGION, FAR];
    const world = await settled({ regions: both, policy: { regions: both } });
    await freeze(world, both);
    await world.sweep(3);
    await thaw(world, both);
    await world.sweep(3);
    expect(world.subjects()).toEqual([
      `VPC peering is frozen in ${OWN} (${FAR}, ${REGION})`,
      `VPC peering is no longer frozen in ${OWN} (${FAR}, ${REGION})`,
    ]);
  });

  it('does not freeze another', async () => {
    const both = [REGION, FAR];
    const world = await settled({ regions: both, policy: { regions: both } });
    await freeze(world, [FAR]);
    removeRoutes(world);
    await world.sweep(2);
    expect(world.routes()).toHaveLength(1);
  });

  it('is frozen by a note that nobody can read', async () => {
    const world = await settled();
    await world.store.update(REGION, [{ kind: 'note', key: 'freeze', value: '?', at: world.seconds() }]);
    removeRoutes(world);
    await world.sweep(2);
    expect(world.aws.writes).toEqual([]);
  });

  it('writes nothing where what is remembered cannot be read', async () => {
    let fails = false;
    const world = await settled({
      memory: {
        fail: (call) => (call === 'read' && fails ? new Error('DynamoDB does not answer') : undefined),
      },
    });
    fails = true;
    ask(world);
    world.setRoutes(TABLE, () => [route('10.1.0.0/16', 'local')]);
    await world.sweep(1).catch(() => undefined);
    expect(world.aws.writes).toEqual([]);
  });
});
