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

interface Storm {
  /** Of the same size, each a connection of its own. */
  readonly groups: number;
  readonly hubOf: (group: number) => Readonly<Record<string, string>>;
  readonly spokesOf: (group: number) => Readonly<Record<string, string>>;
  /** Peerings of each group. */
  readonly pairs: number;
}

/** As many spokes to a hub as it has room for, less a few. */
const HUBS: Storm = {
  groups: 25,
  hubOf: (group) => ({ Group: `${group}`, Role: 'hub' }),
  spokesOf: (group) => ({ Group: `${group}`, Role: 'spoke' }),
  pairs: VPCS / 25 - 1,
};

/** Where hubs and spokes are the same VPCs, each is peered with each. */
const MESHES: Storm = {
  groups: 100,
  hubOf: (group) => ({ Group: `${group}` }),
  spokesOf: (group) => ({ Group: `${group}` }),
  pairs: (10 * 9) / 2,
};

function vpcsOf({ groups }: Storm) {
  const size = VPCS / groups;
  return Array.from({ length: VPCS }, (_, at) => {
    const [group, index] = [Math.floor(at / size), at % size];
    return vpc(`vpc-${(0xa0000000 + at).toString(16)}`, [`10.${Math.floor(at / 250)}.${at % 250}.0/24`], {
      tags: { Group: `${group}`, Role: index === 0 ? 'hub' : 'spoke', Name: `g${group}-${index}` },
    });
  });
}

function sceneOf(storm: Storm) {
  const vpcs = vpcsOf(storm);
  return createScene(
    {
      peerings: [],
      vpcs,
      tables: vpcs.map((each) => table(each.vpcId.replace('vpc', 'rtb'), each, [], { optIn: '*' })),
    },
    {
      policy: {
        rules: [{ name: 'own', effect: 'accept', remote: { accounts: ['self'] } }],
        connect: Array.from({ length: storm.groups }, (_, group) => ({
          name: `group-${group}`,
          hub: { tags: storm.hubOf(group) },
          spokes: { tags: storm.spokesOf(group) },
        })),
        guardrails: { maxRequests: 5000 },
      },
    },
  );
}

/** Until all is in place and told, and three sweeps more. */
async function weather(storm: Storm) {
  const scene = sceneOf(storm);
  const clock = createSimulatedClock(START);
  const ec2 = createThrottledEc2(scene.aws, clock);
  const [wanted, settling] = [storm.groups * storm.pairs, 15 * 60 * SECOND];
  let settledAt = Number.POSITIVE_INFINITY;
  const { writes, notifications } = scene.aws;
  const isDone = () => {
    const isSettled = notifications.length > 0 && (ec2.made.get('CreateRoute') ?? 0) >= 2 * wanted;
    if (isSettled) settledAt = Math.min(settledAt, clock.now());
    return clock.now() > settledAt + settling;
  };
  // The passes tell time by their ports, and the deadline of a wait by the process's clock.
  const wallClock = jest.spyOn(Date, 'now').mockImplementation(() => clock.now());
  try {
    const { failures } = await runStack(scene, ec2, clock, { isDone, hours: 3 });
    return { scene, ec2, writes, failures, wanted, seconds: (settledAt - START) / SECOND };
  } finally {
    wallClock.mockRestore();
  }
}

describe.each([
  ['to hubs', HUBS],
  ['in meshes of ten', MESHES],
])('a thousand VPCs tagged in one go, %s,', (_, storm) => {
  it('end in peerings and routes at the pace of EC2, each requested once, told in one message', async () => {
    const { scene, ec2, writes, failures, wanted, seconds } = await weather(storm);
    const { peerings, tables } = scene.aws.state;

    expect(failures).toEqual([]);
    expect(ec2.refused).toEqual([]);
    const requested = writes.filter((call) => call.startsWith('request '));
    expect(requested).toHaveLength(wanted);
    const keys = new Set(requested.map((call) => pairKey(...(call.split(' ').slice(1) as [string, string]))));
    expect(keys.size).toBe(wanted);
    expect(peerings.filter(({ status }) => status === 'active')).toHaveLength(wanted);
    expect(ec2.mostOutstanding()).toBe(25);

    const calls: PacedCall[] = ['CreateVpcPeeringConnection', 'AcceptVpcPeeringConnection', 'CreateRoute'];
    for (const call of calls) {
      const { size, refill } = EC2_BUCKETS[call];
      // What full buckets and the time give: no call beyond that, and none that was refused.
      expect(ec2.made.get(call)).toBeLessThanOrEqual(size + refill * seconds);
    }
    const idle = seconds - (2 * wanted - EC2_BUCKETS.CreateRoute.size) / EC2_BUCKETS.CreateRoute.refill;
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
      `VPCs to connect in 111111111111: ${wanted} peerings requested`,
    ]);
    console.log(seconds, ec2.made);
  }, 120_000);
});
