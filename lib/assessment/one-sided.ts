import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { viewKey } from '../model/views.ts';
import type { NetworkState } from './types.ts';

/** The sides of peerings to which some table of their VPC leads traffic, and the VPCs of which tables were read. */
function routedSides(inventories: readonly RegionInventory[]) {
  const routed = new Set<string>();
  const read = new Set<string>();
  for (const { tables } of inventories) {
    for (const { vpcId, routes } of tables) {
      read.add(vpcId);
      const peeringIds = new Set<string>();
      for (const { target, state } of routes) {
        if (target.kind === 'peering' && state !== 'blackhole') peeringIds.add(target.id);
      }
      for (const peeringId of peeringIds) routed.add(viewKey(peeringId, vpcId));
    }
  }
  return { routed, read };
}

/**
 * Active peerings of which one side has routes and the other has none: such a peering carries nothing, as answers find no way
 * back. Told only where the tables of both VPCs were read, and not while the other side's routes are about to be made.
 *
 * @param aboutToBeRouted views (`viewKey`) for which this plan makes a route.
 */
export function oneSidedFindings(
  { accountId, regions, others = [] }: NetworkState,
  aboutToBeRouted: ReadonlySet<string>,
): Finding[] {
  const { routed, read } = routedSides([...regions, ...others]);
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const peering of regions.flatMap(({ peerings }) => peerings)) {
    const { peeringId, status, requester, accepter } = peering;
    if (status !== 'active' || seen.has(peeringId)) {
      continue;
    }
    seen.add(peeringId);
    for (const [side, other] of [
      [requester, accepter],
      [accepter, requester],
    ] as const) {
      const key = viewKey(peeringId, other.vpcId);
      if (
        routed.has(viewKey(peeringId, side.vpcId)) &&
        read.has(other.vpcId) &&
        !routed.has(key) &&
        !aboutToBeRouted.has(key)
      ) {
        findings.push(oneSided(peering, side, other, accountId));
      }
    }
  }
  return findings;
}

function oneSided({ peeringId }: Peering, side: PeeringSide, other: PeeringSide, accountId: string): Finding {
  const whose = other.accountId === accountId ? '' : ` of account ${other.accountId}`;
  return {
    kind: 'one-sided',
    region: other.accountId === accountId ? other.region : side.region,
    peeringId,
    detail:
      `${peeringId} is routed from ${side.vpcId} (${side.region}), but no route table of ${other.vpcId} (${other.region})${whose} leads back to it, ` +
      'so nothing comes back. Tag a route table there, or route it by hand.',
    repairable: false,
  };
}
