import { roomOf } from '../../lib/connect/room.ts';
import { pairKey } from '../../lib/model/pair.ts';
import { EC2_BUCKETS, type PacedCall } from '../../lib/ports/pace.ts';
import { PREFIX, table, vpc } from './fixtures.ts';
import { runStack, type StackRun, vpcTagged } from './running-stack.ts';
import { createScene, type Scene } from './scene.ts';
import { createSimulatedClock, type SimulatedClock } from './simulated-clock.ts';
import { createThrottledEc2, type ThrottledEc2 } from './throttled-ec2.ts';

/**
 * Many VPCs tagged in one go, on a simulated clock: hubs with their spokes, and a mesh. Played with the functions as they run
 * in a stack, on an EC2 that refuses what its buckets and quotas do not allow, until there is nothing left to do.
 */

const START = new Date('2026-03-01T12:00:00Z').getTime();
const SECOND = 1000;
/** After the last route: the marks on the last peerings, and a sweep. Seconds. */
const SETTLING = 400;
/** Two sweeps more, in which there has to be nothing to do. Seconds. */
const AT_REST = 620;

export interface Storm {
  /** Hubs, each with spokes of its own. */
  readonly hubs: number;
  /** Of each hub. */
  readonly spokes: number;
  readonly mesh: number;
  /** So long EC2 shows a peering as it was before it was requested or accepted. Milliseconds. */
  readonly lag?: number;
  /** Until then at the latest, in simulated hours. Default: 3. */
  readonly hours?: number;
}

export interface StormResult extends Pick<ThrottledEc2, 'refused' | 'most'>, StackRun {
  readonly vpcs: number;
  /** Peerings that there should be. */
  readonly wanted: number;
  readonly isSettled: boolean;
  /** Simulated, until the last route was there and people were told. */
  readonly seconds: number;
  /** What EC2's buckets make it take at least. */
  readonly leastSeconds: number;
  /** Subjects of what people were sent. */
  readonly messages: readonly string[];
  /** The texts of them. */
  readonly texts: readonly string[];
  /** What was promised and is not so; empty when everything held. */
  readonly problems: readonly string[];
}

/** Pairs as the policy asks for them, by who is to be peered with whom. */
function wantedPairs({ hubs, spokes, mesh }: Storm, room: number): Set<string> {
  const pairs = new Set<string>();
  for (let hub = 0; hub < hubs; hub += 1) {
    for (let spoke = 1; spoke <= spokes; spoke += 1) pairs.add(pairKey(idOf(hub, 0), idOf(hub, spoke)));
  }
  // A mesh that has outgrown peering gets none.
  for (let one = 0; one < (mesh - 1 > room ? 0 : mesh); one += 1) {
    for (let other = one + 1; other < mesh; other += 1)
      pairs.add(pairKey(idOf(hubs, one), idOf(hubs, other)));
  }
  return pairs;
}

function idOf(group: number, index: number): string {
  return `vpc-${(0xa0000000 + group * 1000 + index).toString(16)}`;
}

function vpcsOf({ hubs, spokes, mesh }: Storm) {
  const all = [
    ...Array.from({ length: hubs * (spokes + 1) }, (_, at) => {
      const [group, index] = [Math.floor(at / (spokes + 1)), at % (spokes + 1)];
      return { group, index, tags: { Group: `${group}`, Role: index === 0 ? 'hub' : 'spoke' } };
    }),
    ...Array.from({ length: mesh }, (_, index) => ({ group: hubs, index, tags: { Mesh: 'core' } })),
  ];
  return all.map(({ group, index, tags }, at) =>
    vpc(idOf(group, index), [`10.${Math.floor(at / 250)}.${at % 250}.0/24`], {
      tags: { ...tags, Name: `g${group}-${index}` },
    }),
  );
}

function sceneOf(storm: Storm, clock: SimulatedClock): Scene {
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
        connect: Array.from({ length: storm.hubs }, (_, group) => ({
          name: `group-${group}`,
          hub: { tags: { Group: `${group}`, Role: 'hub' } },
          spokes: { tags: { Group: `${group}`, Role: 'spoke' } },
        })),
        ...(storm.mesh === 0 ? {} : { mesh: { tags: { Mesh: 'core' } } }),
        guardrails: { maxRequests: 5000 },
      },
      memory: { now: () => Math.floor(clock.now() / SECOND) },
    },
  );
}

/** What full buckets and time give for these calls, one function each. Seconds. */
function leastSecondsFor(wanted: number): number {
  const calls: readonly [PacedCall, number][] = [
    ['CreateVpcPeeringConnection', wanted],
    ['AcceptVpcPeeringConnection', wanted],
    ['CreateRoute', 2 * wanted],
  ];
  return Math.max(
    ...calls.map(([call, count]) => Math.max(0, count - EC2_BUCKETS[call].size) / EC2_BUCKETS[call].refill),
  );
}

function difference(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  const [isFound, isWanted] = [new Set(found), new Set(wanted)];
  const missing = wanted.filter((each) => !isFound.has(each));
  const others = found.filter((each) => !isWanted.has(each));
  return [
    ...(missing.length === 0 ? [] : [`${missing.length} ${what} are missing, such as ${missing[0]}`]),
    ...(others.length === 0 ? [] : [`${others.length} ${what} nobody asked for, such as ${others[0]}`]),
    ...(found.length === isFound.size ? [] : [`${found.length - isFound.size} ${what} are there twice`]),
  ];
}

function problemsOfNetwork({ aws }: Scene, wanted: ReadonlySet<string>): string[] {
  const { peerings, tables, vpcs } = aws.state;
  const cidrOf = new Map(vpcs.map(({ vpcId, cidrs: [cidr = ''] }) => [vpcId, cidr]));
  const live = peerings.filter(({ status }) => status === 'active');
  const pairOf = ({ requester, accepter }: (typeof peerings)[number]) =>
    pairKey(requester.vpcId, accepter.vpcId);
  const requested = aws.writes.flatMap((call) => {
    const [verb, one = '', other = ''] = call.split(' ');
    return verb === 'request' ? [pairKey(one, other)] : [];
  });
  const routes = tables.flatMap(({ vpcId, routes: of }) =>
    of.flatMap(({ destination, target }) =>
      target.kind === 'peering' ? [`${vpcId} ${destination} ${target.id}`] : [],
    ),
  );
  const wantedRoutes = live.flatMap(({ peeringId, requester: { vpcId: a }, accepter: { vpcId: b } }) => [
    `${a} ${cidrOf.get(b)} ${peeringId}`,
    `${b} ${cidrOf.get(a)} ${peeringId}`,
  ]);
  return [
    ...difference('requests', requested, [...wanted]),
    ...difference('live peerings', live.map(pairOf), [...wanted]),
    ...difference('routes', routes, wantedRoutes),
    ...live
      .filter(({ tags }) => tags[`${PREFIX}:routes-synced-at`] === undefined)
      .map(({ peeringId }) => `${peeringId} is not said to be routed`),
  ];
}

/** Plays a storm to its end. */
export async function weather(storm: Storm): Promise<StormResult> {
  const clock = createSimulatedClock(START);
  const scene = sceneOf(storm, clock);
  const { aws, store } = scene;
  const ec2 = createThrottledEc2(aws, clock, storm.lag === undefined ? {} : { lag: storm.lag });
  const room = roomOf(scene.dependencies().policy);
  const pairs = wantedPairs(storm, room);
  const wanted = pairs.size;
  // All requests are one message; a mesh that has outgrown peering is told before, as its alarm rings.
  const toTell = storm.mesh - 1 > room ? 2 : 1;
  const writes = () => aws.writes.length + store.writes().length + aws.notifications.length;
  let settledAt = Number.POSITIVE_INFINITY;
  let writesSettled: number | undefined;
  const isDone = () => {
    if (settledAt === Number.POSITIVE_INFINITY) {
      const isSettled =
        aws.notifications.length >= toTell && (ec2.made.get('CreateRoute') ?? 0) >= 2 * wanted;
      if (isSettled) settledAt = clock.now();
    } else if (clock.now() > settledAt + SETTLING * SECOND) {
      writesSettled ??= writes();
    }
    return clock.now() > settledAt + (SETTLING + AT_REST) * SECOND;
  };
  const events = aws.state.vpcs.map(({ vpcId, tags }) => vpcTagged(vpcId, tags));
  const stack = await runStack({ scene, ec2, clock }, { events, isDone, hours: storm.hours ?? 3 });
  const isSettled = settledAt < Number.POSITIVE_INFINITY;
  const { refused, most } = ec2;
  return {
    ...stack,
    refused,
    most,
    vpcs: aws.state.vpcs.length,
    wanted,
    isSettled,
    seconds: ((isSettled ? settledAt : clock.now()) - START) / SECOND,
    leastSeconds: leastSecondsFor(wanted),
    messages: scene.subjects(),
    texts: aws.notifications.map(({ message }) => message),
    problems: [
      ...(isSettled ? [] : ['it did not come to its end']),
      ...problemsOfNetwork(scene, pairs),
      ...new Set(stack.failures),
      ...new Set(refused.map((call) => `EC2 refused ${call}`)),
      ...(aws.notifications.length === toTell
        ? []
        : [`people were sent ${aws.notifications.length} messages`]),
      ...(most.perVpc <= room ? [] : [`a VPC had ${most.perVpc} peerings, with room for ${room}`]),
      ...(writesSettled === writes() ? [] : ['something was still written when all was in place']),
    ],
  };
}
