import {
  compareText,
  type EdgeState,
  type GraphEdge,
  type GraphVpc,
  isUnhealthy,
  type PeeringGraph,
  rankOf,
} from '../model.ts';
import { hubsOf } from './hubs.ts';

/** From VPCs and peerings to boxes and lines: what is folded is one box, with one line for all that lead to the same. */

export interface PictureView {
  /** Keys of accounts and Regions (`accountKey`, `regionKey`) that are one box each. */
  readonly folded: ReadonlySet<string>;
  /** `unhealthy`: only peerings that a person should look at, and their VPCs. */
  readonly only: 'all' | 'unhealthy';
  /** Width by height that the picture should have, about. */
  readonly ratio: number;
}

/** For a screen or a page. */
export const EVERYTHING: PictureView = { folded: new Set(), only: 'all', ratio: 1.6 };

/** A box. */
export interface Item {
  readonly key: string;
  readonly kind: 'vpc' | 'region' | 'account';
  readonly accountId: string;
  readonly region: string;
  readonly vpcs: readonly GraphVpc[];
  /** Peerings between two of its VPCs; only of what is folded. */
  readonly inside: readonly GraphEdge[];
  readonly isHub: boolean;
  /** Lines whose name stands in this box, the worst first. */
  readonly rows: readonly Tie[];
  /** Lines that it has in all. */
  readonly tieCount: number;
  /** Peerings that it has in all: those inside it, and those that are left out of the picture, too. */
  readonly peeringCount: number;
  /** Of its worst peering; that of `routed` where it has none. */
  readonly rank: number;
}

/** A line: one peering, or all of one state between the same two boxes of which one is folded. */
export interface Tie {
  readonly key: string;
  readonly edges: readonly GraphEdge[];
  readonly state: EdgeState;
  /** The box with more lines: its lines of one state leave it as one. */
  readonly trunk: string;
  /** The other box, in which the line's name stands. */
  readonly leaf: string;
}

export interface FoldedGraph {
  readonly items: readonly Item[];
  /** The healthiest first, so that the others are drawn above them. */
  readonly ties: readonly Tie[];
}

export function accountKey(accountId: string): string {
  return `account:${accountId}`;
}

export function regionKey(accountId: string, region: string): string {
  return `region:${accountId}/${region}`;
}

function boxOf(vpc: GraphVpc, isHub: boolean, folded: ReadonlySet<string>): Pick<Item, 'key' | 'kind'> {
  const account = accountKey(vpc.accountId);
  const region = regionKey(vpc.accountId, vpc.region);
  if (!isHub && folded.has(account)) return { key: account, kind: 'account' };
  if (!isHub && folded.has(region)) return { key: region, kind: 'region' };
  return { key: vpc.vpcId, kind: 'vpc' };
}

interface Draft extends Pick<Item, 'key' | 'kind' | 'isHub' | 'accountId' | 'region'> {
  readonly vpcs: GraphVpc[];
  readonly inside: GraphEdge[];
  readonly rows: Tie[];
  tieCount: number;
  peeringCount: number;
  rank: number;
}

function draftsOf(
  vpcs: readonly GraphVpc[],
  hubs: ReadonlySet<string>,
  folded: ReadonlySet<string>,
): { readonly drafts: Map<string, Draft>; readonly boxes: Map<string, Draft> } {
  const drafts = new Map<string, Draft>();
  const boxes = new Map<string, Draft>();
  for (const vpc of vpcs) {
    const isHub = hubs.has(vpc.vpcId);
    const { key, kind } = boxOf(vpc, isHub, folded);
    const { accountId, region } = vpc;
    const draft = drafts.get(key) ?? {
      ...{ key, kind, isHub, accountId, region, vpcs: [], inside: [], rows: [] },
      ...{ tieCount: 0, peeringCount: 0, rank: rankOf('routed') },
    };
    draft.vpcs.push(vpc);
    drafts.set(key, draft);
    boxes.set(vpc.vpcId, draft);
  }
  return { drafts, boxes };
}

interface Bundle {
  readonly key: string;
  readonly ends: readonly [Draft, Draft];
  readonly edges: GraphEdge[];
  readonly state: EdgeState;
}

function bundlesOf(edges: readonly GraphEdge[], boxes: ReadonlyMap<string, Draft>): Bundle[] {
  const bundles = new Map<string, Bundle>();
  for (const edge of edges) {
    const [a, b] = [boxes.get(edge.requester), boxes.get(edge.accepter)];
    if (a === undefined || b === undefined) continue;
    for (const end of [a, b]) end.rank = Math.min(end.rank, rankOf(edge.state));
    if (a === b) {
      a.inside.push(edge);
      continue;
    }
    const isSingle = a.kind === 'vpc' && b.kind === 'vpc';
    const between = [a.key, b.key].sort(compareText).join(' ');
    const key = isSingle ? edge.peeringId : `${between} ${edge.state}`;
    const bundle = bundles.get(key) ?? { key, ends: [a, b], edges: [], state: edge.state };
    if (bundle.edges.length === 0) {
      a.tieCount += 1;
      b.tieCount += 1;
    }
    bundle.edges.push(edge);
    bundles.set(key, bundle);
  }
  return [...bundles.values()];
}

function weightOf({ isHub, tieCount }: Draft): number {
  return (isHub ? 1e9 : 0) + tieCount;
}

function tieOf({ key, ends: [a, b], edges, state }: Bundle): Tie {
  const isFirst = weightOf(a) - weightOf(b) || compareText(b.key, a.key);
  const [trunk, leaf] = isFirst > 0 ? [a, b] : [b, a];
  const tie: Tie = { key, edges, state, trunk: trunk.key, leaf: leaf.key };
  leaf.rows.push(tie);
  return tie;
}

function compareTies(a: Tie, b: Tie): number {
  return rankOf(a.state) - rankOf(b.state) || compareText(a.trunk, b.trunk) || compareText(a.key, b.key);
}

/** What is drawn of a graph in a view of it. */
export function fold(
  graph: PeeringGraph,
  { folded, only }: Pick<PictureView, 'folded' | 'only'>,
): FoldedGraph {
  // Hubs stay where they are, whatever is folded or left out.
  const hubs = hubsOf(graph);
  const edges = only === 'all' ? graph.edges : graph.edges.filter(isUnhealthy);
  const touched = new Set(edges.flatMap(({ requester, accepter }) => [requester, accepter]));
  const vpcs = only === 'all' ? graph.vpcs : graph.vpcs.filter(({ vpcId }) => touched.has(vpcId));
  const { drafts, boxes } = draftsOf(vpcs, hubs, folded);
  for (const { requester, accepter } of graph.edges) {
    for (const end of new Set([boxes.get(requester), boxes.get(accepter)])) {
      if (end !== undefined) end.peeringCount += 1;
    }
  }
  const ties = bundlesOf(edges, boxes).map(tieOf).sort(compareTies);
  for (const { rows } of drafts.values()) rows.sort(compareTies);
  return { items: [...drafts.values()], ties: ties.reverse() };
}
