import { accountKey, EVERYTHING, type PictureView, regionKey } from './layout/fold.ts';
import { counted, type PeeringGraph } from './model.ts';

/** Of a network that is too large to be drawn VPC by VPC. */

/** More than this makes a file of several megabytes, which nobody reads and browsers are slow at. */
const MOST_PEERINGS = 3000;
const MOST_BOXES = 1500;

export interface Drawable {
  /** What is folded. */
  readonly view: PictureView;
  /** `none`: what is folded cannot be unfolded in the picture, because what is in it is left out. */
  readonly script: 'full' | 'none';
  /** What is drawn instead of every VPC; left out when every VPC is. */
  readonly note?: string;
}

/** What can be drawn of a network in seconds, and what to say of what cannot. */
export function drawableOf({ vpcs, edges }: PeeringGraph): Drawable {
  if (vpcs.length <= MOST_BOXES && edges.length <= MOST_PEERINGS) {
    return { view: EVERYTHING, script: 'full' };
  }
  const regions = new Set(vpcs.map(({ accountId, region }) => regionKey(accountId, region)));
  const accounts = new Set(vpcs.map(({ accountId }) => accountKey(accountId)));
  const isByRegion = regions.size <= MOST_BOXES;
  const size = `${counted(vpcs.length, 'VPC')} and ${counted(edges.length, 'peering')} are too many for one picture`;
  return {
    view: { ...EVERYTHING, folded: isByRegion ? regions : accounts },
    script: 'none',
    note: `${size}, so it shows ${isByRegion ? 'accounts and Regions' : 'accounts'}, and hubs. peering graph --vpc ID draws one VPC and its peers.`,
  };
}
