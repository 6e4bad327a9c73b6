import type { RegionInventory } from '../model/inventory.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { DEAD_STATUSES } from '../model/peering.ts';

/**
 * The inventories with the CIDRs of VPCs that were read put into the peerings that hide them: while a request is pending
 * EC2 does not show the accepter's (VPC peering guide). A peering that EC2 lists twice counts as it was listed last.
 */
export function withKnownCidrs(
  inventories: readonly RegionInventory[],
  others: readonly RegionInventory[] = [],
): RegionInventory[] {
  const cidrsOf = (side: PeeringSide): readonly string[] => {
    const read = [...inventories, ...others].find(
      ({ accountId, region }) => accountId === side.accountId && region === side.region,
    );
    return read?.vpcs.get(side.vpcId)?.cidrs ?? [];
  };
  const filled = (side: PeeringSide): PeeringSide => {
    const cidrs = side.cidrs.length > 0 ? side.cidrs : cidrsOf(side);
    return cidrs === side.cidrs || cidrs.length === 0 ? side : { ...side, cidrs };
  };
  const withCidrs = (peering: Peering): Peering => {
    if (DEAD_STATUSES.has(peering.status)) {
      return peering;
    }
    const [requester, accepter] = [filled(peering.requester), filled(peering.accepter)];
    return requester === peering.requester && accepter === peering.accepter
      ? peering
      : { ...peering, requester, accepter };
  };
  return inventories.map((inventory) => ({
    ...inventory,
    peerings: [
      ...new Map(inventory.peerings.map((peering) => [peering.peeringId, withCidrs(peering)])).values(),
    ],
  }));
}
