import ipaddr from 'ipaddr.js';

/**
 * Addresses of the lab's network. Built on ipaddr.js and not on lib/network: the tests compare this network with the
 * product's own diagnosis, and shared arithmetic would hide an error in both.
 */

type Parsed = ipaddr.IPv4 | ipaddr.IPv6;

export type Family = 'ipv4' | 'ipv6';

export interface Block {
  readonly address: Parsed;
  readonly prefix: number;
}

/** Addresses that were read before: a packet meets the same few at each route table, ACL and group. `null`: it is none. */
const known = new Map<string, Parsed | null>();

/** More than a network of the lab has: then reading starts anew. */
const MOST_KNOWN = 16_384;

/** @returns undefined when the text is no plain IPv4 or IPv6 address. */
function readAddress(text: string): Parsed | undefined {
  const found = known.get(text);
  if (found !== undefined) {
    return found ?? undefined;
  }
  const address = parseAddress(text);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, address ?? null);
  return address;
}

function parseAddress(text: string): Parsed | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return ipaddr.IPv4.parse(text);
  }
  return text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)
    ? ipaddr.IPv6.parse(text)
    : undefined;
}

export function familyOf(text: string): Family | undefined {
  return readAddress(text)?.kind();
}

/** @throws Error when the text is no CIDR block: EC2 hands out none of that kind. */
export function readBlock(text: string): Block {
  const [address, prefix] = ipaddr.parseCIDR(text);
  return { address, prefix };
}

/** Two spellings of one IPv6 address are the same address. */
export function sameAddress(one: string, other: string): boolean {
  const first = readAddress(one);
  const second = readAddress(other);
  if (first === undefined || second === undefined || first.kind() !== second.kind()) {
    return false;
  }
  return one === other || first.toNormalizedString() === second.toNormalizedString();
}

export function contains(block: Block, address: string): boolean {
  const parsed = readAddress(address);
  if (parsed === undefined || parsed.kind() !== block.address.kind()) {
    return false;
  }
  return parsed.match(block.address, block.prefix);
}

export function anyContains(blocks: readonly Block[], address: string): boolean {
  return blocks.some((block) => contains(block, address));
}
