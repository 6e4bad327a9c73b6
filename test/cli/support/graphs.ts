import type { EdgeState, GraphEdge, GraphVpc, PeeringGraph } from '../../../lib/graph/model.ts';

/** Networks of any size, the same on every run. */

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];

function vpcOf(index: number, account: number, region: string): GraphVpc {
  const number = index + 1;
  return {
    vpcId: `vpc-${number.toString(16).padStart(17, '0')}`,
    accountId: String(100000000000 + account * 1111),
    region,
    name: `${['payments', 'search', 'data-platform', 'identity', 'web'][index % 5]}-${number}-production`,
    cidrs: [
      `10.${number >> 8}.${number & 255}.0/24`,
      ...(index % 4 === 0 ? [`100.64.${number & 255}.0/24`] : []),
    ],
    owner: account % 7 === 6 ? 'other' : 'own',
  };
}

/** Every 29th is lost, and so on: what is unhealthy is rare. */
function stateOf(index: number): EdgeState {
  const rare: readonly (readonly [number, EdgeState])[] = [
    [29, 'lost'],
    [23, 'drift'],
    [53, 'gone'],
    [61, 'not-judged'],
    [17, 'pending'],
    [13, 'unmanaged'],
  ];
  return rare.find(([every]) => index % every === every - 4)?.[1] ?? 'routed';
}

export function edgeBetween(index: number, a: GraphVpc, b: GraphVpc, state = stateOf(index)): GraphEdge {
  const present = state === 'routed' ? 3 : 2;
  return {
    peeringId: `pcx-${(index + 1).toString(16).padStart(17, '0')}`,
    ...(index % 6 === 5
      ? {}
      : { name: `${a.name?.split('-')[0]}-to-${b.name?.split('-').slice(0, -1).join('-')}` }),
    requester: a.vpcId,
    accepter: b.vpcId,
    status: state === 'pending' ? 'pending-acceptance' : state === 'gone' ? 'deleted' : 'active',
    state,
    says: 'shared-services',
    reasons: state === 'routed' ? [] : ['Rule shared-services matches.', 'One route table lacks a route.'],
    sides: [
      {
        vpcId: a.vpcId,
        health: state === 'routed' ? 'ok' : state,
        routes: { present, desired: 3 },
        ping: 'reachable 0.8 ms, 3 min ago',
      },
      { vpcId: b.vpcId, health: 'ok', routes: { present: 3, desired: 3 }, ping: '' },
    ],
  };
}

function vpcsOf(count: number, accounts: number): GraphVpc[] {
  return Array.from({ length: count }, (_, index) =>
    // Accounts differ in size, as they do.
    vpcOf(
      index,
      Math.floor(accounts * (index / count) ** 1.5),
      REGIONS[Math.floor(index / 3) % (index % 2 === 0 ? 1 : 3)] ?? '',
    ),
  );
}

/** The first VPCs are hubs, with which all others are peered in turn, and every fifth also with its neighbour. */
export function hubAndSpoke(count: number, hubs = 1, accounts = Math.ceil(count / 6)): PeeringGraph {
  const vpcs = vpcsOf(count, accounts);
  const edges: GraphEdge[] = [];
  const add = (a: GraphVpc | undefined, b: GraphVpc | undefined) => {
    if (a !== undefined && b !== undefined && a !== b) edges.push(edgeBetween(edges.length, a, b));
  };
  for (let index = hubs; index < count; index += 1) {
    // Some stand alone.
    if (index % 11 === 10) continue;
    add(vpcs[index % hubs], vpcs[index]);
    if (index % 3 === 0)
      add(vpcs[(index + 1) % hubs], index % hubs === (index + 1) % hubs ? undefined : vpcs[index]);
    if (index % 5 === 0) add(vpcs[index], vpcs[index + 1]);
  }
  return { vpcs, edges };
}

export function mesh(count: number, accounts = 3): PeeringGraph {
  const vpcs = vpcsOf(count, accounts);
  const edges: GraphEdge[] = [];
  for (const [index, a] of vpcs.entries()) {
    for (const b of vpcs.slice(index + 1)) edges.push(edgeBetween(edges.length, a, b));
  }
  return { vpcs, edges };
}
