import type { Hint } from '../../lib/model/hint.ts';
import { OWN, peering, REGION, table, vpc } from '../support/fixtures.ts';
import { createScene, type SceneOptions } from '../support/scene.ts';

/** A peering between two Regions of one account has two views, and people hear of it once. */

const FAR = 'eu-west-1';
const PCX = 'pcx-11112222';
const here = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const there = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { region: FAR });

function scene({ tags = { optIn: '*' }, ...options }: SceneOptions & { tags?: { optIn?: string } } = {}) {
  return createScene(
    {
      peerings: [peering(PCX, here, there)],
      vpcs: [here, there],
      tables: [table('rtb-aaaaaaaa', here, [], tags), table('rtb-bbbbbbbb', there, [], { optIn: '*' })],
    },
    { regions: [REGION, FAR], policy: { regions: [REGION, FAR] }, ...options },
  );
}

async function settled(options: Parameters<typeof scene>[0] = {}) {
  const world = scene(options);
  await world.sweep(2);
  expect(world.subjects()).toEqual([]);
  return world;
}

const deleted = (region: string): Hint => ({
  kind: 'peering',
  peeringId: PCX,
  region,
  cause: 'DeleteVpcPeeringConnection',
  actor: 'arn:aws:iam::111111111111:user/ada',
});

describe('the end of a peering between two Regions of one account', () => {
  it.each([
    [
      'by the event in the requester’s Region',
      (world: ReturnType<typeof scene>) => world.event(deleted(REGION)),
    ],
    ['by the event in the accepter’s Region', (world: ReturnType<typeof scene>) => world.event(deleted(FAR))],
    ['by the sweeps, one Region after the other', (world: ReturnType<typeof scene>) => world.sweep()],
  ])('is one message, seen %s', async (_how, happen) => {
    const world = await settled();
    expect(world.routes()).toHaveLength(2);
    world.setPeering(PCX, { status: 'deleted' });
    await happen(world);
    await world.sweep(3);
    expect(world.routes()).toEqual([]);
    expect(world.subjects()).toEqual([expect.stringContaining(`VPC peering ${PCX} deleted in ${OWN}`)]);
    expect(world.aws.notifications[0]?.message).toMatch(
      /The routes of its other side are seen to in (eu-west-1|us-east-1): what is removed there is not told again/,
    );
    expect(world.store.events.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
  });

  it('is told by the only Region that is managed', async () => {
    const world = scene({ regions: [FAR], policy: { regions: [FAR] } });
    await world.sweep(2);
    expect(world.routes()).toEqual([`rtb-bbbbbbbb 10.1.0.0/16 ${PCX}`]);
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep(2);
    expect(world.subjects()).toEqual([`VPC peering ${PCX} deleted in ${OWN} (${FAR})`]);
    expect(world.aws.notifications[0]?.message).not.toContain('other side are seen to');
  });

  it('is told by the other Region where the first could not tell it', async () => {
    let fails = false;
    const world = await settled({
      fail: (call) => {
        if (call !== 'notify' || !fails) return undefined;
        fails = false;
        return new Error('SNS does not answer');
      },
    });
    world.setPeering(PCX, { status: 'deleted' });
    fails = true;
    await world.sweep(3);
    expect(world.subjects()).toEqual([expect.stringContaining(`VPC peering ${PCX} deleted in ${OWN}`)]);
  });

  it('leaves out no route that stays: the other Region tells of it by itself', async () => {
    const world = await settled();
    // Its table is no longer given to the product, which so has no say in it.
    world.aws.state.tables = world.aws.state.tables.map((each) =>
      each.region === FAR ? { ...each, tags: {} } : each,
    );
    world.setPeering(PCX, { status: 'deleted' });
    await world.sweep(3);
    expect(world.routes()).toEqual([`rtb-bbbbbbbb 10.1.0.0/16 ${PCX}`]);
    expect(world.subjects()).toEqual([
      `VPC peering ${PCX} deleted in ${OWN} (${REGION})`,
      expect.stringContaining(`Route drift in ${OWN} (${FAR})`),
    ]);
  });
});

describe('a request between two Regions of one account that a person accepts', () => {
  it('is told once, in the Region of its accepter', async () => {
    const world = createScene(
      {
        peerings: [
          {
            ...peering(PCX, here, there, { status: 'pending-acceptance' }),
            expiresAt: new Date('2026-03-07T12:00:00Z'),
          },
        ],
        vpcs: [here, there],
        tables: [
          table('rtb-aaaaaaaa', here, [], { optIn: '*' }),
          table('rtb-bbbbbbbb', there, [], { optIn: '*' }),
        ],
      },
      {
        regions: [REGION, FAR],
        policy: { regions: [REGION, FAR], rules: [{ name: 'ask', effect: 'hold', local: {}, remote: {} }] },
      },
    );
    await world.sweep(1);
    const before = world.subjects().length;
    world.acceptByHand(PCX);
    for (const region of [REGION, FAR]) {
      await world.event({
        kind: 'peering',
        peeringId: PCX,
        region,
        cause: 'AcceptVpcPeeringConnection',
        actor: 'arn:aws:iam::111111111111:user/ada',
      });
    }
    await world.sweep(3);
    expect(world.subjects().slice(before)).toEqual([
      expect.stringContaining(`VPC peering ${PCX} accepted by hand in ${OWN}`),
    ]);
  });
});
