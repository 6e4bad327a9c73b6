import type { Instance } from '../model/network.ts';
import type { PeeringView } from '../model/peering.ts';
import type { Address } from '../network/cidr.ts';
import { MAX_NAMES, NAMES_PATTERN } from './ping-document.ts';

/** What is asked about a target besides a ping. */

/** Bytes of the largest packet that a peering carries: inside a Region, and between two (EC2 guide, "Network MTU"). */
const LARGEST = { sameRegion: 9001, otherRegion: 8500 } as const;
const EVERYWHERE = 1500;

/** The largest packet that passes a peering, and one that passes everywhere. */
export function sizesAcross({ local, remote }: PeeringView): readonly number[] {
  return [local.region === remote.region ? LARGEST.sameRegion : LARGEST.otherRegion, EVERYWHERE];
}

const ONE_NAME = new RegExp(NAMES_PATTERN);

/**
 * The names of an instance, where its side of the peering lets the other one resolve them. They have to lead to its primary
 * private address: so does its private name, and over the peering its public one, too.
 */
export function namesOf(
  { remote }: PeeringView,
  instance: Instance | undefined,
  address: Address,
): readonly string[] {
  return remote.dnsResolution === true && instance?.ipv4Addresses[0] === address.text
    ? (instance.dnsNames ?? []).filter((name) => ONE_NAME.test(name)).slice(0, MAX_NAMES)
    : [];
}
