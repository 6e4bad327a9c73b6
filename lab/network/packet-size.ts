import type { Host, Network, NetworkInterface } from './types.ts';

/** How large a packet may be ("Network maximum transmission unit (MTU) for your EC2 instance", EC2 guide). */

/** The tag on an instance that says what its interface takes; else that is as much as EC2's do. */
const MTU_TAG = 'lab:mtu';

/** What an interface of EC2's takes, and what a peering inside one Region carries. Bytes. */
export const INTERFACE_MTU = 9001;
const BETWEEN_REGIONS = 8500;

export function mtuOf(host: Host): number {
  const said = host.tags[MTU_TAG] ?? '';
  return /^[1-9]\d{2,3}$/.test(said) ? Number(said) : INTERFACE_MTU;
}

/** What the network between two interfaces carries, whatever the interfaces take themselves. */
export function carriedBetween(
  network: Network,
  one: Pick<NetworkInterface, 'vpcId'>,
  other: Pick<NetworkInterface, 'vpcId'>,
): number {
  const [here, there] = [one, other].map(({ vpcId }) => network.vpcs.get(vpcId)?.region);
  return here === there ? INTERFACE_MTU : BETWEEN_REGIONS;
}
