import { asAddress, inCidr, parseCidr } from '../network/cidr.ts';
import type { Peering, PeeringSide } from './peering.ts';

/** The side from which an address of the other one is asked; undefined where neither has it, or EC2 does not show the peering. */
export function senderTo(peering: Peering | undefined, target: string): PeeringSide | undefined {
  const address = asAddress(target);
  const sides = peering === undefined ? [] : [peering.requester, peering.accepter];
  const there = sides.find(
    ({ cidrs }) => address !== undefined && cidrs.some((cidr) => inCidr(parseCidr(cidr), address)),
  );
  return there === undefined ? undefined : sides.find((side) => side !== there);
}
