import type { Hint } from '../../lib/model/hint.ts';
import type { PeerSubnet } from '../../lib/model/peer-subnets.ts';
import { OWN, PEER, peering, REGION, subnet, table, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { createScene, type SceneOptions } from '../support/scene.ts';

/** Routes to just those subnets of the other VPC that have a tag, as the passes make and move them. */

const FAR = 'eu-west-1';
const PCX = 'pcx-11112222';
const A = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const B = vpc('vpc-bbbbbbbb', ['10.2.0.0/16']);
const SHARED = { Tier: 'shared' };

const rule = {
  name: 'peers',
  effect: 'accept',
  remote: { accounts: ['self', PEER] },
  routes: { destinations: { subnetTags: SHARED } },
};

const ONE: readonly PeerSubnet[] = [
  subnet('subnet-1111aaaa', A, '10.1.1.0/24', SHARED),
  subnet('subnet-1111bbbb', B, '10.2.1.0/24', SHARED),
  subnet('subnet-2222bbbb', B, '10.2.2.0/24'),
];

function scene({
  far = B,
  subnets = ONE,
  rules = [rule],
  status = 'active' as const,
  ...options
}: SceneOptions & {
  far?: typeof B;
  subnets?: readonly PeerSubnet[];
  rules?: readonly object[];
  status?: 'active' | 'pending-acceptance';
} = {}) {
  const regions = [...new Set([REGION, far.region])];
  return createScene(
    {
      peerings: [peering(PCX, far, A, { status })],
      vpcs: far.accountId === OWN ? [A, far] : [A],
      tables: [
        table('rtb-aaaaaaaa', A, [], { optIn: '*' }),
        ...(far.accountId === OWN ? [table('rtb-bbbbbbbb', far, [], { optIn: '*' })] : []),
      ],
      subnets,
    },
    { regions, policy: { regions, rules }, ...options },
  );
}

const subnetEvent = (region = REGION): Hint => ({
  kind: 'subnet',
  subnetId: 'subnet-2222bbbb',
  region,
  cause: 'Tag Change on Resource',
});

function tag(
  world: ReturnType<typeof scene>,
  tags: Readonly<Record<string, Readonly<Record<string, string>>>>,
): void {
  world.aws.state.subnets =
    world.aws.state.subnets?.map((each) => ({ ...each, tags: tags[each.subnetId] ?? each.tags })) ?? [];
}

const reads = (world: ReturnType<typeof scene>) =>
  world.aws.reads.filter((each) => each.startsWith('subnets'));

describe('a pass over a Region whose rules route subnets', () => {
  it('reads the subnets at the other ends in one call, and routes those with the tags', async () => {
    const world = scene();
    await world.event(subnetEvent());
    expect(world.routes()).toEqual([`rtb-aaaaaaaa 10.2.1.0/24 ${PCX}`, `rtb-bbbbbbbb 10.1.1.0/24 ${PCX}`]);
    expect(reads(world)).toEqual([`subnets ${REGION} ${A.vpcId} ${B.vpcId}`]);
  });

  it('asks nothing of subnets where no rule routes them', async () => {
    const world = scene({ rules: [{ ...rule, routes: {} }] });
    await world.sweep();
    expect(world.routes()).toHaveLength(2);
    expect(reads(world)).toEqual([]);
  });

  it('routes a subnet once it is tagged, and no longer once it is not; a settled network gets no write', async () => {
    const world = scene();
    await world.sweep();
    tag(world, { 'subnet-2222bbbb': SHARED });
    await world.event(subnetEvent());
    expect(world.routes()).toContain(`rtb-aaaaaaaa 10.2.2.0/24 ${PCX}`);
    tag(world, { 'subnet-2222bbbb': {} });
    await world.event(subnetEvent());
    expect(world.routes()).not.toContain(`rtb-aaaaaaaa 10.2.2.0/24 ${PCX}`);
    const { length } = world.aws.writes;
    await world.sweep(2);
    expect(world.aws.writes).toHaveLength(length);
    expect(world.subjects()).toEqual([]);
  });

  it('makes the new route before it takes the old one away where a tag moves from one subnet to another', async () => {
    const world = scene();
    await world.sweep();
    const { length } = world.aws.writes;
    tag(world, { 'subnet-1111bbbb': {}, 'subnet-2222bbbb': SHARED });
    await world.event(subnetEvent());
    expect(world.aws.writes.slice(length).filter((each) => each.includes('Route'))).toEqual([
      `createRoute rtb-aaaaaaaa 10.2.2.0/24 ${PCX}`,
      'deleteRoute rtb-aaaaaaaa 10.2.1.0/24',
    ]);
  });

  it('accepts a request between own VPCs, and routes it', async () => {
    const world = scene({ status: 'pending-acceptance' });
    await world.sweep();
    expect(world.routes()).toHaveLength(2);
  });
});

describe('a peering between two Regions', () => {
  const far = { ...B, region: FAR };

  it('is routed by the subnets over there, and an event there moves the routes here', async () => {
    const world = scene({ far });
    await world.sweep();
    expect(world.routes()).toEqual([`rtb-aaaaaaaa 10.2.1.0/24 ${PCX}`, `rtb-bbbbbbbb 10.1.1.0/24 ${PCX}`]);
    tag(world, { 'subnet-2222bbbb': SHARED });
    await world.event(subnetEvent(FAR));
    expect(world.routes()).toContain(`rtb-aaaaaaaa 10.2.2.0/24 ${PCX}`);
  });

  it('keeps its routes while the other Region does not answer, says so, and has the event come again', async () => {
    let down = false;
    const world = scene({
      far,
      fail: (call) =>
        down && call === `readPeerSubnets ${FAR}` ? awsError('InternalError', 'not now', 500) : undefined,
    });
    await world.sweep();
    const before = world.routes();
    down = true;
    tag(world, { 'subnet-1111bbbb': {} });
    const { results } = await world.event(subnetEvent());
    expect(world.routes()).toEqual(before);
    expect(results[0]?.notJudged).toBe(1);
    expect(world.aws.errors).toContainEqual(
      expect.objectContaining({ vpcId: B.vpcId, reason: expect.stringContaining('not now') }),
    );
    down = false;
    await world.sweep();
    expect(world.routes()).not.toContain(`rtb-aaaaaaaa 10.2.1.0/24 ${PCX}`);
  });
});

describe('subnets that cannot be read', () => {
  it('keep their routes where the call is not permitted, and that is counted and named', async () => {
    let denied = false;
    const world = scene({
      fail: (call) =>
        denied && call === 'readPeerSubnets' ? awsError('UnauthorizedOperation', 'no', 403) : undefined,
    });
    await world.sweep();
    const before = world.routes();
    denied = true;
    tag(world, { 'subnet-1111bbbb': {} });
    await world.event(subnetEvent());
    expect(world.routes()).toEqual(before);
    expect(world.aws.metrics.PermanentFailures).toBeGreaterThan(0);
  });

  it('fail the pass where the Region itself does not answer just now, so that its events come again', async () => {
    const world = scene({
      fail: (call) =>
        call === 'readPeerSubnets' ? awsError('RequestLimitExceeded', 'slow', 503) : undefined,
    });
    await expect(world.event(subnetEvent())).rejects.toThrow('slow');
    expect(world.routes()).toEqual([]);
  });

  it('of another account hold its request, with the reason', async () => {
    const world = scene({ far: { ...B, accountId: PEER }, subnets: [], status: 'pending-acceptance' });
    const { outcomes } = await world.event({
      kind: 'peering',
      peeringId: PCX,
      region: REGION,
      cause: 'Peering Requested',
    });
    expect(outcomes).toMatchObject([{ result: 'held' }]);
    expect(world.aws.notifications.map(({ message }) => message).join()).toContain(
      `${B.vpcId} belongs to account ${PEER}, and shares no subnet with account ${OWN}.`,
    );
    expect(world.routes()).toEqual([]);
  });

  it('of another account are routed where they are shared and tagged here', async () => {
    const world = scene({
      far: { ...B, accountId: PEER },
      subnets: [subnet('subnet-1111bbbb', B, '10.2.1.0/24', SHARED)],
    });
    await world.sweep();
    expect(world.routes()).toEqual([`rtb-aaaaaaaa 10.2.1.0/24 ${PCX}`]);
  });
});
