import type { PeeringView } from '../model/peering.ts';
import { asAddress, inCidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';

/** Tells the addresses of a view's remote side. Text that is no block, as a peering of somebody else's may show, has none. */
export function isRemoteAddress({ remote }: Pick<PeeringView, 'remote'>): (text: string) => boolean {
  const blocks = remote.cidrs.flatMap((cidr) => readDestination(cidr) ?? []);
  return (text) => {
    const address = asAddress(text);
    return address !== undefined && blocks.some((block) => inCidr(block, address));
  };
}
