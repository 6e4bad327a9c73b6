import { pairKey } from '../../lib/model/pair.ts';
import { EC2_BUCKETS, type PacedCall } from '../../lib/ports/pace.ts';
import { table, vpc } from '../support/fixtures.ts';
import { runStack } from '../support/running-stack.ts';
import { createScene } from '../support/scene.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { createThrottledEc2 } from '../support/throttled-ec2.ts';

/**
 * A thousand VPCs tagged in one go: the functions that request, accept and route, side by side, on an EC2 that refuses what its
 * buckets have no token for. On a simulated clock, so that an hour takes as long as its work.
 */

const VPCS = 1000;
const START = new Date('2026-03-01T12:00:00Z').getTime();
const SECOND = 1000;

/** Twenty hubs with 39 spokes each, which is less than a hub has room for, and forty meshes of five VPCs. */
const [HUBS, OF_HUB] = [20, 40];
const [MESHES, OF_MESH] = [40, 5];
const WANTED = HUBS * (OF_HUB - 1) + (MESHES * OF_MESH * (OF_MESH - 1)) / 2;

function tagsOf(at: number): Record<string, string> {
  const inHubs = HUBS * OF_HUB;
  return at < inHubs
    ? { Hub: `${Math.floor(at / OF_HUB)}`, Role: at % OF_HUB === 0 ? 'hub' : 'spoke' }
    : { Mesh: `${Math.floor((at - inHubs) / OF_MESH)}` };
}

const vpcs = Array.from({ length: VPCS }, (_, at) =>
  vpc(`vpc-${(0xa0000000 + at).toString(16)}`, [`10.${Math.floor(at / 250)}.${at % 250}.0/24`], {
    tags: { Name: `vpc-${at}`, ...tagsOf(at) },
  }),
);

/** There is one `mesh` in a policy; where hubs and spokes of a connection are the same VPCs, they are another. */
const connect = [
  ...Array.from({ length: HUBS }, (_, hub) => ({
    name: `hub-${hub}`,
    hub: { tags: { Hub: `${hub}`, Role: 'hub' } },
    spokes: { tags: { Hub: `${hub}`, Role: 'spoke' } },
  })),
  ...Array.from({ length: MESHES }, (_, mesh) => ({
    name: `mesh-${mesh}`,
    hub: { tags: { Mesh: `${mesh}` } },
    spokes: { tags: { Mesh: `${mesh}` } },
  })),
];

function stormScene() {
  return createScene(
    {
      peerings: [],
      vpcs: [...vpcs],
      tables: vpcs.map((each) => table(each.vpcId.replace('vpc', 'rtb'), each, [], { optIn: '*' })),
    },
    {
      policy: {
        rules: [{ name: 'own', effect: 'accept', remote: { accounts: ['self'] } }],
        connect,
        guardrails: { maxRequests: 2 * VPCS },
      },
    },
  );
}

/** Until all is in place and told, and three sweeps more. */
async function weather() {
  const scene = stormScene();
  const clock = createSimulatedClock(START);
  const ec2 = createThrottledEc2(scene.aws, clock);
  const settling = 15 * 60 * SECOND;
  let settledAt = Number.POSITIVE_INFINITY;
  const { writes, notifications } = scene.aws;
  const isDone = () => {
    const isSettled = notifications.length > 0 && (ec2.made.get('CreateRoute') ?? 0) >= 2 * WANTED;
    if (isSettled) settledAt = Math.min(settledAt, clock.now());
    return clock.now() > settledAt + settling;
  };
  // The passes tell time by their ports, and the deadline of a wait by the process's clock.
  const wallClock = jest.spyOn(Date, 'now').mockImplementation(() => clock.now());
  try {
    const { failures } = await runStack(scene, ec2, clock, { isDone, hours: 3 });
    return { scene, ec2, writes, failures, seconds: (settledAt - START) / SECOND };
  } finally {
    wallClock.mockRestore();
  }
}

it('a thousand VPCs tagged in one go end in peerings and routes at the pace of EC2, each requested once, told in one message', async () => {
  const { scene, ec2, writes, failures, seconds } = await weather();
  const { peerings, tables } = scene.aws.state;

  expect(failures).toEqual([]);
  expect(ec2.refused).toEqual([]);
  const requested = writes.filter((call) => call.startsWith('request '));
  expect(requested).toHaveLength(WANTED);
  const keys = new Set(requested.map((call) => pairKey(...(call.split(' ').slice(1) as [string, string]))));
  expect(keys.size).toBe(WANTED);
  expect(peerings.filter(({ status }) => status === 'active')).toHaveLength(WANTED);
  expect(ec2.mostOutstanding()).toBe(25);

  const calls: PacedCall[] = ['CreateVpcPeeringConnection', 'AcceptVpcPeeringConnection', 'CreateRoute'];
  for (const call of calls) {
    const { size, refill } = EC2_BUCKETS[call];
    // What full buckets and the time give: no call beyond that, and none that was refused.
    expect(ec2.made.get(call)).toBeLessThanOrEqual(size + refill * seconds);
  }
  const idle = seconds - (2 * WANTED - EC2_BUCKETS.CreateRoute.size) / EC2_BUCKETS.CreateRoute.refill;
  expect(idle).toBeLessThan(300);

  const routes = tables.flatMap((each) =>
    each.routes.flatMap(({ destination, target }) =>
      target.kind === 'peering' ? [`${each.vpcId} ${destination} ${target.id}`] : [],
    ),
  );
  const cidrOf = new Map(scene.aws.state.vpcs.map(({ vpcId, cidrs }) => [vpcId, cidrs[0]]));
  const expected = peerings.flatMap(({ peeringId, requester: { vpcId: a }, accepter: { vpcId: b } }) => [
    `${a} ${cidrOf.get(b)} ${peeringId}`,
    `${b} ${cidrOf.get(a)} ${peeringId}`,
  ]);
  expect(routes.sort()).toEqual(expected.sort());

  expect(scene.aws.notifications.map(({ subject }) => subject)).toEqual([
    `VPCs to connect in 111111111111: ${WANTED} peerings requested`,
  ]);
}, 120_000);
