import { asAddress, inCidr } from '../network/cidr.ts';
import { SOFTWARE_RANGES } from '../network/software-ranges.ts';
import type { Endpoint } from './endpoints.ts';
import { describeEnd } from './hops/walk.ts';

/** The range that has the address, and whose it is. @param address text that is one. */
export function defaultRangeOf(address: string): (typeof SOFTWARE_RANGES)[number] | undefined {
  const parsed = asAddress(address);
  return parsed === undefined ? undefined : SOFTWARE_RANGES.find(({ cidr }) => inCidr(cidr, parsed));
}

/** One sentence if an end may keep packets to the other one for itself; no table and no rule shows that. */
export function defaultRangeNote(source: Endpoint, target: Endpoint): string | undefined {
  if (source.vpcId === target.vpcId) {
    return undefined;
  }
  for (const [own, peer] of [
    [source, target],
    [target, source],
  ] as const) {
    const found = SOFTWARE_RANGES.find(({ cidr }) => inCidr(cidr, peer.address));
    if (found !== undefined) {
      return `${peer.address.text} is in ${found.cidr.text}, which ${found.user} uses by default: where that runs, ${describeEnd(own)} may keep packets to it for itself, and nothing in the network shows that.`;
    }
  }
  return undefined;
}
