/** What the picture shows, whatever draws it and wherever: the command and the script inside the picture both use it. */

export interface GraphVpc {
  readonly vpcId: string;
  readonly accountId: string;
  readonly region: string;
  readonly name?: string;
  /** Empty: not visible. */
  readonly cidrs: readonly string[];
  /** `own`: of an account that was read. */
  readonly owner: 'own' | 'other';
}

/**
 * The worst first.
 *
 * - `lost`: pings or connections are lost, or it is not checked any more.
 * - `drift`: something differs from the policy.
 * - `gone`: dead, and routes still point to it.
 * - `not-judged`: something unknown leaves it open.
 * - `pending`: a request, or not active or not routed yet.
 * - `unmanaged`: active, and no rule routes it or no route table takes its routes.
 * - `routed`: all of its routes are in place.
 */
export const EDGE_STATES = ['lost', 'drift', 'gone', 'not-judged', 'pending', 'unmanaged', 'routed'] as const;

export type EdgeState = (typeof EDGE_STATES)[number];

/** What a peering is on a side that was read. */
export interface GraphSide {
  readonly vpcId: string;
  /** The word of `peering status`. */
  readonly health: string;
  readonly routes: { readonly present: number; readonly desired: number };
  /** As `peering status` says it; empty where nothing is known. */
  readonly ping: string;
}

export interface GraphEdge {
  readonly peeringId: string;
  /** The tag Name. */
  readonly name?: string;
  readonly requester: string;
  readonly accepter: string;
  /** What EC2 says of it. */
  readonly status: string;
  readonly state: EdgeState;
  /** Rule of a side, or what is decided where there is none. */
  readonly says: string;
  /** Why it is as it is, as sentences. */
  readonly reasons: readonly string[];
  readonly sides: readonly GraphSide[];
}

export interface PeeringGraph {
  readonly vpcs: readonly GraphVpc[];
  readonly edges: readonly GraphEdge[];
}

export const STATE_TEXT: Readonly<Record<EdgeState, string>> = {
  lost: 'pings are lost, or it is not checked any more',
  drift: 'differs from the policy',
  gone: 'gone, but routes still point to it',
  'not-judged': 'could not be judged',
  pending: 'requested, or not active or routed yet',
  unmanaged: 'active, but nothing routes it',
  routed: 'routed as the policy says',
};

const FINE: ReadonlySet<EdgeState> = new Set(['routed', 'unmanaged']);

/** Whether a person should look at it. */
export function isUnhealthy({ state }: Pick<GraphEdge, 'state'>): boolean {
  return !FINE.has(state);
}

/** 0 is the worst. */
export function rankOf(state: EdgeState): number {
  return EDGE_STATES.indexOf(state);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `3 VPCs`, `1 VPC`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How many there are of each state, the worst first; states without any are left out. */
export function countStates(edges: readonly Pick<GraphEdge, 'state'>[]): [EdgeState, number][] {
  const counts = new Map<EdgeState, number>();
  for (const { state } of edges) counts.set(state, (counts.get(state) ?? 0) + 1);
  return EDGE_STATES.flatMap((state): [EdgeState, number][] => {
    const count = counts.get(state);
    return count === undefined ? [] : [[state, count]];
  });
}

/** What a peering is called: by its tag Name, else by its id. */
export function edgeName({ name, peeringId }: Pick<GraphEdge, 'name' | 'peeringId'>): string {
  return name ?? peeringId;
}

/** Everything that is known of a peering, as one text. */
export function edgeText(edge: GraphEdge, vpcs: ReadonlyMap<string, GraphVpc>): string {
  const named = (vpcId: string) => {
    const name = vpcs.get(vpcId)?.name;
    return name === undefined ? vpcId : `${name} (${vpcId})`;
  };
  const { peeringId, name, requester, accepter, status, state, says, reasons, sides } = edge;
  return [
    `${name === undefined ? '' : `${name}, `}${peeringId}: ${state} (${STATE_TEXT[state]})`,
    `${named(requester)} to ${named(accepter)}; ${status}${says === '' ? '' : `, ${says}`}`,
    ...sides.map(({ vpcId, health, routes, ping }) =>
      [
        `${named(vpcId)}: ${health}`,
        `${routes.present} of ${counted(routes.desired, 'route')}`,
        ...(ping === '' ? [] : [`ping: ${ping}`]),
      ].join(', '),
    ),
    ...reasons,
  ].join('\n');
}

/** Everything that is known of a VPC by itself, as one text. */
export function vpcText({ vpcId, name, accountId, region, cidrs, owner }: GraphVpc): string {
  return [
    name === undefined ? vpcId : `${name}, ${vpcId}`,
    `Account ${accountId}, ${region}${owner === 'own' ? '' : ' (not read)'}`,
    cidrs.length === 0 ? 'CIDRs not visible' : cidrs.join(', '),
  ].join('\n');
}
