import { compareText, type PeeringGraph } from '../model.ts';

/** A VPC with fewer peers is no hub, whatever the others have. */
const LEAST_PEERS = 4;
/** A hub has so many times the peers of the VPC in the middle. In a full mesh there is none. */
const TIMES_MEDIAN = 3;

function peersOf({ edges }: PeeringGraph): Map<string, Set<string>> {
  const peers = new Map<string, Set<string>>();
  const add = (from: string, to: string) => {
    const known = peers.get(from);
    if (known === undefined) peers.set(from, new Set([to]));
    else known.add(to);
  };
  for (const { requester, accepter } of edges) {
    add(requester, accepter);
    add(accepter, requester);
  }
  return peers;
}

/** VPCs that many others are peered with, the one with most peers first. Never more than the square root of all. */
export function hubsOf(graph: PeeringGraph): ReadonlySet<string> {
  const counts = [...peersOf(graph)]
    .map(([vpcId, peers]) => ({ vpcId, count: peers.size }))
    .sort((a, b) => b.count - a.count || compareText(a.vpcId, b.vpcId));
  const median = counts[Math.floor(counts.length / 2)]?.count ?? 0;
  const least = Math.max(LEAST_PEERS, TIMES_MEDIAN * median);
  return new Set(
    counts
      .filter(({ count }) => count >= least)
      .slice(0, Math.ceil(Math.sqrt(counts.length)))
      .map(({ vpcId }) => vpcId),
  );
}
