import type { Peering } from '../model/peering.ts';
import { overlappingPairs } from '../network/overlapping.ts';
import type { NetworkModel } from './network-model.ts';

/** What a person does about a request that AWS has failed: asked for again as it was, it fails again. */
export function failedRequestText(
  { cidrsOf }: Pick<NetworkModel, 'cidrsOf'>,
  { requester, accepter }: Peering,
): string {
  const [ours, theirs] = [requester, accepter].map(({ vpcId, cidrs }) =>
    cidrs.length > 0 ? cidrs : (cidrsOf(vpcId) ?? []).map(({ text }) => text),
  );
  const [first] = overlappingPairs(ours ?? [], theirs ?? []);
  if (first !== undefined) {
    const [one, other] = first;
    return `Requested anew it fails again: ${one.text} of ${requester.vpcId} and ${other.text} of ${accepter.vpcId} have addresses in common, and AWS peers no such VPCs. Peer a VPC with other addresses, or connect the two in another way (PrivateLink, a private NAT gateway).`;
  }
  const areKnown = ours?.length !== 0 && theirs?.length !== 0;
  const apart = areKnown
    ? ''
    : `, and whether no CIDR of it has addresses in common with one of ${requester.vpcId}`;
  return `Requested anew as it was it fails again. Look whether ${accepter.vpcId} is there, in account ${accepter.accountId} and in ${accepter.region}${apart}; put that right, and request it then. A request that names no account or Region looks in those of the requester.`;
}
