import type { HopName, PeerFault } from '../model/peer-fault.ts';

/** In the words of this product, whoever sent the code. */
const PLACES: Readonly<Record<HopName, string>> = {
  source: 'the instance that it pings from',
  'security-group-out': 'a security group, for what leaves',
  'network-acl-out': 'a network ACL, for what leaves the subnet',
  'route-table': 'a route table',
  peering: 'the peering',
  'peer-cidrs': 'the addresses that the peering carries',
  'network-acl-in': 'a network ACL, for what enters the subnet',
  'security-group-in': 'a security group, for what enters',
  target: 'the target',
};

const WAYS: Readonly<Record<PeerFault['direction'], string>> = {
  there: 'on the way from its side',
  back: 'on the way of the answer back to its side',
};

export function peerFaultText({ hop, direction }: PeerFault): string {
  return `${PLACES[hop]}, ${WAYS[direction]}. What people there were told names the resource.`;
}
