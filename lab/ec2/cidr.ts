import ipaddr from 'ipaddr.js';
import type { Family } from '../network/address.ts';

/** CIDR blocks as EC2's calls name them: of VPCs, and as destinations of routes. */

export interface Cidr {
  readonly family: Family;
  /** Canonical: equal blocks have equal text, IPv6 as RFC 5952 writes it. */
  readonly text: string;
  readonly prefix: number;
  /** The lowest one. */
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
}

/** Without leading zeros, which some programs read as octal. */
const PREFIX = /\/(?:0|[1-9]\d{0,2})$/;

function networkAddress(text: string): Cidr['address'] | undefined {
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
    return ipaddr.IPv4.networkAddressFromCIDR(text);
  }
  // A zone means nothing outside of one host.
  return text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValidCIDR(text)
    ? ipaddr.IPv6.networkAddressFromCIDR(text)
    : undefined;
}

/**
 * The network that the text names. EC2 takes 10.1.2.3/16 and means 10.1.0.0/16 by it.
 *
 * @returns undefined for text that is no CIDR block.
 */
export function networkOf(text: string): Cidr | undefined {
  const address = PREFIX.test(text) ? networkAddress(text) : undefined;
  if (address === undefined) {
    return undefined;
  }
  const prefix = Number(text.slice(text.indexOf('/') + 1));
  const canonical = address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
  return { family: address.kind(), text: `${canonical}/${prefix}`, prefix, address };
}

/**
 * The block whose own address the text gives.
 *
 * @returns undefined for text that is no CIDR block, or has bits set behind its prefix.
 */
export function exactBlock(text: string): Cidr | undefined {
  const network = networkOf(text);
  return network !== undefined &&
    ipaddr.parse(text.split('/')[0] ?? '').toString() === network.address.toString()
    ? network
    : undefined;
}

/** Whether every address of `inner` is in `outer`; never across families. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return (
    outer.family === inner.family &&
    outer.prefix <= inner.prefix &&
    inner.address.match(outer.address, outer.prefix)
  );
}

/** Whether some address is in both. Blocks overlap only by one containing the other. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a);
}
