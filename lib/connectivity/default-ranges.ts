import { asAddress, inCidr, parseCidr } from '../network/cidr.ts';
import type { Endpoint } from './endpoints.ts';
import { describeEnd } from './hops/walk.ts';

/**
 * Ranges that software on an instance takes for itself unless it is told otherwise. Docker's bridge: its documentation
 * ("daemon.json", `bip`), also under Cloud9 and SageMaker (VPC guide, "VPC CIDR blocks"). Kubernetes services: EKS guide,
 * "Create a cluster".
 */
const DEFAULTS = [
  { cidr: parseCidr('172.17.0.0/16'), user: 'Docker (so Cloud9 and SageMaker, too)' },
  { cidr: parseCidr('172.20.0.0/16'), user: 'EKS (for Kubernetes services)' },
  { cidr: parseCidr('10.100.0.0/16'), user: 'EKS (for Kubernetes services)' },
  { cidr: parseCidr('192.168.122.0/24'), user: 'libvirt' },
] as const;

/** The range that has the address, and whose it is. @param address text that is one. */
export function defaultRangeOf(address: string): (typeof DEFAULTS)[number] | undefined {
  const parsed = asAddress(address);
  return parsed === undefined ? undefined : DEFAULTS.find(({ cidr }) => inCidr(cidr, parsed));
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
    const found = DEFAULTS.find(({ cidr }) => inCidr(cidr, peer.address));
    if (found !== undefined) {
      return `${peer.address.text} is in ${found.cidr.text}, which ${found.user} uses by default: where that runs, ${describeEnd(own)} may keep packets to it for itself, and nothing in the network shows that.`;
    }
  }
  return undefined;
}
