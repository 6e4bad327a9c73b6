import type { Peering, PeeringSide, PeeringStatus, PeeringView, Vpc } from '../model/peering.ts';
import type { WantedPair } from './selected.ts';

/** A pair as the peering that it will be, and that peering as the policy sees it from one of its VPCs. */

export function sideOf({ vpcId, accountId, region, cidrs }: Vpc): PeeringSide {
  return { vpcId, accountId, region, cidrs };
}

/** The peering of a pair once it is requested. */
export function peeringOfPair({ key, requester, accepter }: WantedPair, status: PeeringStatus): Peering {
  return {
    peeringId: key,
    status,
    statusMessage: status,
    requester: sideOf(requester),
    accepter: sideOf(accepter),
    tags: {},
  };
}

export function viewFrom(local: Vpc, peering: Peering, remote: PeeringSide): PeeringView {
  return {
    peering,
    region: local.region,
    direction: peering.requester.vpcId === local.vpcId ? 'outbound' : 'inbound',
    local: sideOf(local),
    remote,
    localTags: local.tags,
  };
}
