import { silenceNote } from '../../lib/model/silence.ts';
import { PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { createScene, routedScene, type Scene, type SceneOptions } from '../support/scene.ts';

/** For a time nobody is sent messages about a resource, and nothing of it is lost. */

const PCX = 'pcx-11112222';
const TABLE = 'rtb-aaaaaaaa';
const ADA = 'arn:aws:sts::111111111111:assumed-role/engineer/ada';
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const ROUTED = { peering: peering(PCX, remote, local), table: table(TABLE, local, [], { optIn: '*' }) };
const HOUR = 60;

async function silence(world: Scene, id: string, minutes: number): Promise<void> {
  const since = world.seconds();
  const until = since + minutes * 60;
  await world.store.update(REGION, [silenceNote({ id, by: ADA, because: 'moved on Sunday', since, until })]);
}

async function settled(options: SceneOptions = {}): Promise<Scene> {
  const world = await routedScene(ROUTED, options);
  expect(world.subjects()).toEqual([]);
  return world;
}

const removeRoute = (world: Scene) =>
  world.setRoutes(TABLE, ({ routes }) => routes.filter(({ target }) => target.kind === 'local'));

/** Somebody leads the destination elsewhere, which only a person can end. */
function takeOver(world: Scene): void {
  world.setRoutes(TABLE, ({ routes }) => [
    ...routes.filter(({ target }) => target.kind === 'local'),
    route('10.2.0.0/16', 'eni-11112222'),
  ]);
}

const quietEvents = (world: Scene) =>
  world.store.events.filter(({ why }) => why.includes('No message was sent: '));

describe.each([
  ['the peering', PCX],
  ['the route table', TABLE],
  ['the VPC', local.vpcId],
])('while %s is silenced', (_what, id) => {
  it('a repaired route is told to nobody; the bus and the history have it, with by whom, until when and why', async () => {
    const world = await settled();
    await silence(world, id, 4 * HOUR);
    removeRoute(world);
    await world.sweep();
    expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`]);
    expect(world.subjects()).toEqual([]);
    expect(world.aws.events.filter(({ type }) => type === 'Drift Found')).toHaveLength(1);
    expect(quietEvents(world)).toEqual([
      expect.objectContaining({
        kind: 'drift',
        why: expect.stringContaining(
          `No message was sent: ${id} is silenced by ${ADA} until 2026-03-01 16:10 UTC because: moved on Sunday`,
        ),
      }),
    ]);
  });

  it('what lasts is kept in the history once, rings no alarm, and is told when the silence is over', async () => {
    const world = await settled();
    await silence(world, id, 4 * HOUR);
    takeOver(world);
    await world.sweep(40);
    expect(world.subjects()).toEqual([]);
    expect(quietEvents(world)).toHaveLength(1);
    expect(world.aws.metrics.RouteDriftUnrepaired).toBe(0);
    world.wait(HOUR);
    await world.sweep(3);
    expect(world.subjects()).toEqual([expect.stringContaining('Route drift')]);
    expect(world.aws.metrics.RouteDriftUnrepaired).toBe(3);
  });
});

describe('a silence', () => {
  it('that is ended is over at once', async () => {
    const world = await settled();
    await silence(world, PCX, 4 * HOUR);
    takeOver(world);
    await world.sweep();
    await world.store.update(REGION, [{ kind: 'forget-note', key: `silence ${PCX}` }]);
    await world.sweep();
    expect(world.subjects()).toHaveLength(1);
  });

  it('of another resource silences nothing', async () => {
    const world = await settled();
    await silence(world, 'pcx-99999999', 4 * HOUR);
    await silence(world, 'vpc-99999999', 4 * HOUR);
    removeRoute(world);
    await world.sweep();
    expect(world.subjects()).toHaveLength(1);
    expect(quietEvents(world)).toEqual([]);
  });

  it('does not make people hear again of what they knew before', async () => {
    const world = await settled();
    takeOver(world);
    await world.sweep();
    expect(world.subjects()).toHaveLength(1);
    await silence(world, PCX, 48 * HOUR);
    await world.sweep(8, 8 * HOUR);
    expect(world.subjects()).toHaveLength(1);
    expect(quietEvents(world)).toEqual([]);
  });

  it('covers the end of a peering: it is in the history, with who did it', async () => {
    const world = await settled();
    await silence(world, PCX, 4 * HOUR);
    world.setPeering(PCX, { status: 'deleted' });
    await world.event({
      kind: 'peering',
      peeringId: PCX,
      region: REGION,
      cause: 'DeleteVpcPeeringConnection',
      actor: ADA,
    });
    await world.sweep(3);
    expect(world.routes()).toEqual([]);
    expect(world.subjects()).toEqual([]);
    expect(quietEvents(world)).toEqual([expect.objectContaining({ kind: 'ended', by: ADA })]);
  });

  it('of a VPC covers requests to it, which are told when it is over', async () => {
    const world = createScene({
      peerings: [
        {
          ...peering(PCX, vpc('vpc-cccccccc', ['10.3.0.0/16'], { accountId: '333333333333' }), local, {
            status: 'pending-acceptance',
          }),
          expiresAt: new Date('2026-03-07T12:00:00Z'),
        },
      ],
      vpcs: [local],
      tables: [table(TABLE, local, [], { optIn: '*' })],
    });
    await silence(world, local.vpcId, 2 * HOUR);
    await world.sweep(10);
    expect(world.subjects()).toEqual([]);
    expect(quietEvents(world)).toEqual([expect.objectContaining({ kind: 'decided', peeringId: PCX })]);
    world.wait(2 * HOUR);
    await world.sweep(3);
    expect(world.subjects()).toEqual([expect.stringContaining(PCX)]);
  });

  it('of an accepted request leaves the decision as it is, and is told when it is over', async () => {
    const world = createScene({
      peerings: [
        {
          ...peering(PCX, remote, local, { status: 'pending-acceptance' }),
          expiresAt: new Date('2026-03-07T12:00:00Z'),
        },
      ],
      vpcs: [local],
      tables: [table(TABLE, local, [], { optIn: '*' })],
    });
    await silence(world, PCX, 2 * HOUR);
    await world.sweep(10);
    expect(world.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`]);
    expect(world.subjects()).toEqual([]);
    world.wait(2 * HOUR);
    await world.sweep(3);
    expect(world.subjects()).toEqual([expect.stringContaining(`${PCX} accepted`)]);
  });
});
