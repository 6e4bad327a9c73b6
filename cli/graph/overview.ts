import { type EdgeState, type GraphVpc, type PeeringGraph, STATE_TEXT } from './model.ts';

/** Of a network that is too large to be drawn VPC by VPC. */

/** More lines or boxes than this nobody reads, and laying them out takes Graphviz minutes and gigabytes. */
const MOST_PEERINGS = 300;
const MOST_VPCS = 300;

export interface Drawable {
  /** Left out: not even an overview can be drawn. */
  readonly graph?: PeeringGraph;
  /** What is drawn instead of every VPC; left out when every VPC is. */
  readonly note?: string;
}

function isDrawable({ vpcs, edges }: PeeringGraph): boolean {
  return vpcs.length <= MOST_VPCS && edges.length <= MOST_PEERINGS;
}

function groupOf({ accountId, region }: GraphVpc): string {
  return `${accountId} ${region}`;
}

/** One box for each account and Region, and one line for each state of the peerings between two of them. */
function overviewOf({ vpcs, edges }: PeeringGraph): PeeringGraph {
  const groups = new Map<string, GraphVpc[]>();
  const groupOfVpc = new Map<string, string>();
  for (const vpc of vpcs) {
    const group = groupOf(vpc);
    groupOfVpc.set(vpc.vpcId, group);
    const same = groups.get(group);
    if (same === undefined) groups.set(group, [vpc]);
    else same.push(vpc);
  }
  const counts = new Map<string, { requester: string; accepter: string; state: EdgeState; count: number }>();
  for (const { requester: from, accepter: to, state } of edges) {
    const [requester = '', accepter = ''] = [groupOfVpc.get(from) ?? '', groupOfVpc.get(to) ?? ''].sort();
    const key = `${requester} ${accepter} ${state}`;
    const known = counts.get(key);
    counts.set(key, { requester, accepter, state, count: (known?.count ?? 0) + 1 });
  }
  return {
    vpcs: [...groups].map(([group, own]) => ({
      vpcId: group,
      accountId: own[0]?.accountId ?? '',
      region: own[0]?.region ?? '',
      cidrs: [],
      owner: own.some(({ owner }) => owner === 'own') ? 'own' : 'other',
      lines: [`${own.length} ${own.length === 1 ? 'VPC' : 'VPCs'}`],
    })),
    edges: [...counts.values()].map(({ requester, accepter, state, count }) => ({
      peeringId: `${count} ${count === 1 ? 'peering' : 'peerings'}`,
      requester,
      accepter,
      status: STATE_TEXT[state],
      state,
      says: '',
    })),
  };
}

/** What can be drawn of a network in seconds, and what to say of what cannot. */
export function drawableOf(graph: PeeringGraph): Drawable {
  if (isDrawable(graph)) {
    return { graph };
  }
  const size = `${graph.vpcs.length} VPCs and ${graph.edges.length} peerings are too many for one picture`;
  const remedy = 'peering graph --vpc ID draws one VPC and its peers.';
  const overview = overviewOf(graph);
  return isDrawable(overview)
    ? { graph: overview, note: `${size}, so it shows accounts and Regions. ${remedy}` }
    : { note: `${size}, so there is none. ${remedy}` };
}
