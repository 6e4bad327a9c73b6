import type { RegionInventory } from './inventory.ts';
import type { Peering, PeeringSide, PeeringView } from './peering.ts';

/** Names a view inside one Region: a peering has at most one view per local VPC. */
export function viewKey(peeringId: string, localVpcId: string): string {
  return `${peeringId} ${localVpcId}`;
}

/**
 * Every view that this account has in the inventory's Region, dead peerings included, by peering id and then by
 * local VPC. A peering inside one account and Region gives two views; one whose other side is in another managed
 * Region gives its second view in that Region's inventory.
 *
 * @param managedRegions Regions in which the product works; a Region that is not among them has no views.
 */
export function viewsOf(inventory: RegionInventory, managedRegions: readonly string[]): PeeringView[] {
  const { accountId, region } = inventory;
  if (!managedRegions.includes(region)) {
    return [];
  }
  const isOurs = (side: PeeringSide) => side.accountId === accountId && side.region === region;
  const viewOf = (
    peering: Peering,
    direction: PeeringView['direction'],
    local: PeeringSide,
    remote: PeeringSide,
  ): PeeringView => {
    const localTags = inventory.vpcs.get(local.vpcId)?.tags;
    return localTags === undefined
      ? { peering, region, direction, local, remote }
      : { peering, region, direction, local, remote, localTags };
  };
  const views: PeeringView[] = [];
  for (const peering of inventory.peerings) {
    const { requester, accepter } = peering;
    if (isOurs(requester)) views.push(viewOf(peering, 'outbound', requester, accepter));
    if (isOurs(accepter)) views.push(viewOf(peering, 'inbound', accepter, requester));
  }
  views.sort(compareViews);
  // A peering that is listed twice counts as it was listed last.
  return views.filter((view, index) => {
    const next = views[index + 1];
    return next === undefined || compareViews(view, next) !== 0;
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareViews(a: PeeringView, b: PeeringView): number {
  return compareText(a.peering.peeringId, b.peering.peeringId) || compareText(a.local.vpcId, b.local.vpcId);
}
