import type { Finding } from '../model/finding.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { type RouteTable, tablesByVpc } from '../model/route-table.ts';
import { overlaps } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import type { NetworkState } from './types.ts';

/** A route to a peering in a VPC: made next, kept back for now, kept back as the repair of drift that is told, or not part of the plan. */
export type PlannedRoute = 'about-to-be-made' | 'held' | 'repair-held' | 'none';

/** What helps at the side without routes, where the plan has none (`one-sided-advice.ts`), by what its route tables are. */
export type AdviceOnSide = (
  peeringId: string,
  other: PeeringSide,
  tablesThere: readonly RouteTable[],
) => string;

/**
 * Whether some table of a VPC leads addresses of the other one to the peering. Routes of a VPC are looked up once, and only for
 * VPCs that are asked for. What is not known of addresses counts as theirs.
 */
function createRouted(
  byVpc: ReadonlyMap<string, readonly RouteTable[]>,
): (vpcId: string, peeringId: string, other: PeeringSide) => boolean {
  const routed = new Map<string, Map<string, Set<string>>>();
  const destinationsIn = (vpcId: string): Map<string, Set<string>> => {
    const byPeering = new Map<string, Set<string>>();
    for (const { routes } of byVpc.get(vpcId) ?? []) {
      for (const { destination, target, state } of routes) {
        if (target.kind === 'peering' && state !== 'blackhole') {
          byPeering.set(target.id, (byPeering.get(target.id) ?? new Set()).add(destination));
        }
      }
    }
    return byPeering;
  };
  return (vpcId, peeringId, other) => {
    const byPeering = routed.get(vpcId) ?? destinationsIn(vpcId);
    routed.set(vpcId, byPeering);
    const theirs = other.cidrs.flatMap((text) => readDestination(text) ?? []);
    return [...(byPeering.get(peeringId) ?? [])].some((destination) => {
      const cidr = readDestination(destination);
      return cidr === undefined || theirs.length === 0 || theirs.some((block) => overlaps(block, cidr));
    });
  };
}

/**
 * Active peerings of which one side has routes and the other has none that leads back: such a peering carries nothing, as answers find no way
 * back. Told only where the tables of both VPCs were read, and not while the other side's routes are about to be made, or
 * are drift: one event is one finding.
 *
 * @param plannedRoute what this plan has for the peering in a VPC.
 */
export function oneSidedFindings(
  { accountId, regions, others = [] }: NetworkState,
  plannedRoute: (peeringId: string, vpcId: string) => PlannedRoute,
  adviceOn: AdviceOnSide,
): Finding[] {
  const byVpc = tablesByVpc([...regions, ...others].flatMap(({ tables }) => tables));
  const routedFrom = createRouted(byVpc);
  const seen = new Set<string>();
  const findings: Finding[] = [];
  const look = (peering: Peering, side: PeeringSide, other: PeeringSide) => {
    const { peeringId } = peering;
    if (!routedFrom(side.vpcId, peeringId, other) || routedFrom(other.vpcId, peeringId, side)) {
      return;
    }
    const planned = plannedRoute(peeringId, other.vpcId);
    if (planned !== 'about-to-be-made' && planned !== 'repair-held') {
      const help =
        planned === 'held'
          ? 'The plan has a route for it there, which is held for now.'
          : adviceOn(peeringId, other, byVpc.get(other.vpcId) ?? []);
      findings.push(oneSided({ peering, side, other, accountId, help }));
    }
  };
  for (const { peerings } of regions) {
    for (const peering of peerings) {
      const { peeringId, status, requester, accepter } = peering;
      const bothRead = byVpc.has(requester.vpcId) && byVpc.has(accepter.vpcId);
      if (status !== 'active' || !bothRead || seen.has(peeringId)) {
        continue;
      }
      seen.add(peeringId);
      look(peering, requester, accepter);
      look(peering, accepter, requester);
    }
  }
  return findings;
}

/** Between what is so and what helps. */
export const NOTHING_COMES_BACK = 'so nothing comes back. ';

function oneSided({
  peering: { peeringId },
  side,
  other,
  accountId,
  help,
}: {
  readonly peering: Peering;
  readonly side: PeeringSide;
  readonly other: PeeringSide;
  readonly accountId: string;
  readonly help: string;
}): Finding {
  const whose = other.accountId === accountId ? '' : ` of account ${other.accountId}`;
  return {
    kind: 'one-sided',
    region: other.accountId === accountId ? other.region : side.region,
    peeringId,
    detail:
      `${peeringId} is routed from ${side.vpcId} (${side.region}), but no route table of ${other.vpcId} (${other.region})${whose} leads back to it, ` +
      `${NOTHING_COMES_BACK}${help}`,
    repairable: false,
  };
}
