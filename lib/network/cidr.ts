/**
 * IPv4 and IPv6 CIDR blocks, strictly parsed. Pure.
 *
 * Strict on purpose: `010.0.0.0` is octal to some programs and decimal to others, and `10.1.2.3/16` is a typing error
 * more often than a network. Routing by a guess sends traffic to the wrong place.
 */

export type AddressFamily = 'ipv4' | 'ipv6';

/**
 * An address as a number: of IPv4 a `number`, which is compared and kept at a fraction of the cost, of IPv6 a `bigint`, as its 128 bits
 * fit in no `number`. Only addresses of one family can be compared.
 */
export type AddressValue = number | bigint;

export interface Address {
  readonly family: AddressFamily;
  readonly value: AddressValue;
  /** Canonical: IPv6 as RFC 5952 writes it. */
  readonly text: string;
}

export interface Cidr {
  readonly family: AddressFamily;
  /** The lowest and the highest address, both inclusive. */
  readonly first: AddressValue;
  readonly last: AddressValue;
  /** Prefix length in bits. */
  readonly prefix: number;
  /** Canonical: equal blocks have equal text. */
  readonly text: string;
}

/** A text that is no CIDR block, or no address where one was asked for. */
export class CidrError extends Error {
  readonly input: string;
  /** What was probably meant, if one thing stands out. */
  readonly suggestion?: string;

  constructor(input: string, problem: string, suggestion?: string) {
    super(`${quote(input)} ${problem}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`);
    this.name = 'CidrError';
    this.input = input;
    if (suggestion !== undefined) {
      this.suggestion = suggestion;
    }
  }
}

/** The longest valid text: eight groups, the last two written as IPv4, and a prefix length. */
const MAX_TEXT_LENGTH = 49;

const BITS: Readonly<Record<AddressFamily, number>> = { ipv4: 32, ipv6: 128 };

/** `IPV6_SIZES[n]` is how many addresses a block of prefix length n has. */
const IPV6_SIZES: readonly bigint[] = Array.from({ length: 129 }, (_, prefix) => 1n << BigInt(128 - prefix));

const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;

function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return JSON.stringify(shown).replace(/[^ -~]/g, '?');
}

/** Digits only, no leading zero, at most `max`; -1 for anything else. */
function decimal(text: string, start: number, end: number, max: number): number {
  if (start >= end || end - start > 3 || (text.charCodeAt(start) === ZERO && end - start > 1)) {
    return -1;
  }
  let value = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) {
      return -1;
    }
    value = value * 10 + code - ZERO;
  }
  return value > max ? -1 : value;
}

/** Reads `text` from `start` to `end` as dotted IPv4, strictly: four numbers without leading zeros. Returns -1 if it is none. */
function ipv4Number(text: string, start: number, end: number): number {
  let value = 0;
  let dots = 0;
  // -1: its first digit is still to come.
  let octet = -1;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE && octet !== 0) {
      octet = octet === -1 ? code - ZERO : octet * 10 + code - ZERO;
      if (octet > 255) {
        return -1;
      }
    } else if (code === DOT && octet !== -1 && dots < 3) {
      value = value * 256 + octet;
      octet = -1;
      dots += 1;
    } else {
      return -1;
    }
  }
  return octet === -1 || dots < 3 ? -1 : value * 256 + octet;
}

/** The value of a hexadecimal digit's character code, -1 if it is none. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) {
    return code - ZERO;
  }
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The eight 16-bit groups of an IPv6 address (RFC 4291, section 2.2), or undefined if it is none. */
function ipv6Groups(text: string): number[] | undefined {
  const groups: number[] = [];
  // Where `::` stands among the groups.
  let gap = -1;
  let at = 0;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const start = at;
    let group = 0;
    while (at < text.length && text.charCodeAt(at) !== COLON) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit === -1) {
        break;
      }
      group = group * 16 + digit;
      at++;
    }
    if (text.charAt(at) === '.') {
      const tail = ipv4Number(text, start, text.length);
      if (tail === -1) {
        return undefined;
      }
      groups.push(Math.floor(tail / 65536), tail % 65536);
      break;
    }
    if (at === start || at - start > 4 || groups.length === 8) {
      return undefined;
    }
    groups.push(group);
    if (at === text.length) {
      break;
    }
    // A digit that is none stopped the group, or the address ends in a single colon.
    if (text.charCodeAt(at) !== COLON || at + 1 === text.length) {
      return undefined;
    }
    at++;
    if (text.charCodeAt(at) === COLON) {
      if (gap !== -1) {
        return undefined;
      }
      gap = groups.length;
      at++;
    }
  }
  if (gap === -1) {
    return groups.length === 8 ? groups : undefined;
  }
  // `::` stands for at least one group.
  if (groups.length > 7) {
    return undefined;
  }
  return [...groups.slice(0, gap), ...new Array<number>(8 - groups.length).fill(0), ...groups.slice(gap)];
}

function groupsValue(groups: readonly number[]): bigint {
  const word = (index: number) => BigInt((groups[index] ?? 0) * 65536 + (groups[index + 1] ?? 0));
  return (word(0) << 96n) | (word(2) << 64n) | (word(4) << 32n) | word(6);
}

function valueGroups(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - index * 16)) & 0xffffn));
}

function ipv4Text(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function ipv6Text(groups: readonly number[]): string {
  let gap = -1;
  let gapLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (groups[end] === 0) {
      end++;
    }
    if (end - start > gapLength) {
      gap = start;
      gapLength = end - start;
    }
    start = end;
  }
  let text = '';
  for (let index = 0; index < 8; index++) {
    if (index === gap) {
      text += '::';
      index += gapLength - 1;
      continue;
    }
    const group = (groups[index] ?? 0).toString(16);
    text += text === '' || text.endsWith('::') ? group : `:${group}`;
  }
  return text;
}

function addressText(value: AddressValue): string {
  return typeof value === 'number' ? ipv4Text(value) : ipv6Text(valueGroups(value));
}

/** The lowest and the highest address of the block of that prefix length around an address. */
function boundsAround(value: AddressValue, prefix: number): Pick<Cidr, 'first' | 'last'> {
  if (typeof value === 'number') {
    const size = 2 ** (32 - prefix);
    const first = value - (value % size);
    return { first, last: first + size - 1 };
  }
  const size = IPV6_SIZES[prefix] ?? 1n;
  const first = value - (value % size);
  return { first, last: first + size - 1n };
}

/** The block of that prefix length around an address. */
function blockAround(family: AddressFamily, value: AddressValue, prefix: number): Cidr {
  const { first, last } = boundsAround(value, prefix);
  return { family, first, last, prefix, text: `${addressText(first)}/${prefix}` };
}

function assertPlausible(text: unknown): asserts text is string {
  if (typeof text !== 'string') {
    throw new CidrError(text === null ? 'null' : typeof text, 'is the type of a value that should be text');
  }
  if (text === '') {
    throw new CidrError(text, 'is empty where an address block was expected');
  }
  if (/\s/.test(text)) {
    throw new CidrError(text, 'contains white space');
  }
  if (text.length > MAX_TEXT_LENGTH) {
    throw new CidrError(text, 'is too long for an address block');
  }
}

/** An address whose canonical text is not written yet. */
interface Read {
  readonly family: AddressFamily;
  readonly value: AddressValue;
  /** Without prefix length. */
  readonly canonical: () => string;
}

/** @param input what the error quotes: the whole text that the address is part of. */
function readAddress(text: string, input: string): Read {
  if (text.includes(':')) {
    const groups = ipv6Groups(text);
    if (groups === undefined) {
      throw new CidrError(
        input,
        text.includes('%') ? 'has a zone id, which means nothing outside one host' : 'is not an IPv6 address',
      );
    }
    return { family: 'ipv6', value: groupsValue(groups), canonical: () => ipv6Text(groups) };
  }
  const number = ipv4Number(text, 0, text.length);
  if (number === -1) {
    throw new CidrError(
      input,
      /(^|\.)0[0-9]/.test(text)
        ? 'has a number with a leading zero, which some programs read as octal'
        : 'is not an IPv4 address: that is four numbers from 0 to 255 with dots between them',
    );
  }
  // Strict IPv4 has one way to write each address, so its text is canonical already.
  return { family: 'ipv4', value: number, canonical: () => text };
}

/**
 * Parses an address without a prefix length, such as `10.1.0.13` or `2001:db8::1`.
 *
 * @throws CidrError
 */
export function parseAddress(text: string): Address {
  assertPlausible(text);
  if (text.includes('/')) {
    throw new CidrError(text, 'has a prefix length where a single address was expected');
  }
  const { family, value, canonical } = readAddress(text, text);
  return { family, value, text: canonical() };
}

/** No other characters are in an address. Ids are asked about as well, and to make an error takes longer than all else. */
const MAY_BE_ADDRESS = /^[0-9a-f.:]+$/i;

/** Undefined for text that is no address. */
export function asAddress(text: string): Address | undefined {
  if (!MAY_BE_ADDRESS.test(text)) {
    return undefined;
  }
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof CidrError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * The block, if the text is an IPv4 one without fault. Nearly all are, and a plan reads tens of thousands; what is wrong
 * with another text is for the general way to say.
 */
function ipv4Cidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const first = ipv4Number(text, 0, slash);
  const prefix = first === -1 ? -1 : decimal(text, slash + 1, text.length, 32);
  const size = 2 ** (32 - prefix);
  return prefix === -1 || first % size !== 0
    ? undefined
    : // Strict IPv4 has one way to write each block, so the text is canonical already.
      { family: 'ipv4', first, last: first + size - 1, prefix, text };
}

/** Blocks that were read before. The same text is asked for by every table and rule that it concerns. */
const known = new Map<string, Cidr>();

/** More than the blocks of any one Region, and few enough to keep: then reading starts anew. */
const MOST_KNOWN = 65_536;

/**
 * Parses a block such as `10.1.0.0/16` or `2001:db8::/56`. Host bits have to be zero. The same text gives the same object.
 *
 * @throws CidrError
 */
export function parseCidr(text: string): Cidr {
  const found = known.get(text);
  if (found !== undefined) {
    return found;
  }
  const cidr = readCidr(text);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, cidr);
  return cidr;
}

function readCidr(text: string): Cidr {
  const ipv4 = typeof text === 'string' ? ipv4Cidr(text) : undefined;
  if (ipv4 !== undefined) {
    return ipv4;
  }
  assertPlausible(text);
  const slash = text.indexOf('/');
  const { family, value, canonical } = readAddress(slash === -1 ? text : text.slice(0, slash), text);
  const bits = BITS[family];
  if (slash === -1) {
    throw new CidrError(text, 'has no prefix length', `${canonical()}/${bits}`);
  }
  const prefix = decimal(text, slash + 1, text.length, bits);
  if (prefix === -1) {
    const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
    throw new CidrError(
      text,
      `needs a prefix length from 0 to ${bits} after the slash, as ${name} has ${bits} bits`,
    );
  }
  const { first, last } = boundsAround(value, prefix);
  if (first !== value) {
    throw new CidrError(
      text,
      `has bits set behind its prefix length of ${prefix}`,
      blockAround(family, value, prefix).text,
    );
  }
  return { family, first, last, prefix, text: `${canonical()}/${prefix}` };
}

/** How many addresses a block has. */
export function sizeOf({ first, last }: Pick<Cidr, 'first' | 'last'>): bigint {
  return BigInt(last) - BigInt(first) + 1n;
}

/** The first address of the upper half; of a block with one address, that one. */
export function middleOf({ first, last }: Pick<Cidr, 'first' | 'last'>): AddressValue {
  return typeof first === 'number' && typeof last === 'number'
    ? first + Math.floor((last - first + 1) / 2)
    : BigInt(first) + sizeOf({ first, last }) / 2n;
}

/** @returns the address so many after the first of a block, or the first where the block has not that many. */
export function addressIn(block: Cidr, offset: number): Address {
  const value = typeof block.first === 'number' ? block.first + offset : block.first + BigInt(offset);
  const found = value <= block.last ? value : block.first;
  return { family: block.family, value: found, text: addressText(found) };
}

/** Whether every address of `inner` is in `outer`. Equal blocks contain each other; families never do. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

/** Whether some address is in both. Blocks overlap only by one containing the other. */
export function inCidr(cidr: Cidr, address: Address): boolean {
  return cidr.family === address.family && cidr.first <= address.value && address.value <= cidr.last;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** The addresses in both, which is the narrower of two overlapping blocks. */
export function intersect(a: Cidr, b: Cidr): Cidr | undefined {
  if (!overlaps(a, b)) {
    return undefined;
  }
  return a.prefix >= b.prefix ? a : b;
}

/** Orders by family (IPv4 first), then by first address, then wider before narrower. */
export function compareCidrs(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) {
    return a.family === 'ipv4' ? -1 : 1;
  }
  if (a.first !== b.first) {
    return a.first < b.first ? -1 : 1;
  }
  return a.prefix - b.prefix;
}

/**
 * The addresses of `from` that are in none of `holes`, as the fewest possible blocks, sorted and disjoint.
 * Holes may overlap each other, lie outside `from`, or be of the other family.
 */
export function subtract(from: Cidr, holes: readonly Cidr[]): Cidr[] {
  if (holes.some((hole) => contains(hole, from))) {
    return [];
  }
  const inside = holes.filter((hole) => contains(from, hole)).sort(compareCidrs);
  const blocks: Cidr[] = [];
  // Halving where there is a hole: a block that is kept has a parent with a hole, so no two of them can be joined.
  const split = (block: Cidr, start: number, end: number): void => {
    const hole = inside[start];
    if (start >= end || hole === undefined) {
      blocks.push(block);
      return;
    }
    // Sorted wider first, so a hole as wide as the block comes first.
    if (hole.prefix <= block.prefix) {
      return;
    }
    const low = blockAround(block.family, block.first, block.prefix + 1);
    const high = blockAround(block.family, block.last, block.prefix + 1);
    let middle = start;
    while (middle < end && (inside[middle]?.first ?? high.first) < high.first) {
      middle++;
    }
    split(low, start, middle);
    split(high, middle, end);
  };
  split(from, 0, inside.length);
  return blocks;
}

/** How many bits at the end of two addresses of one family differ, from the first that does. */
function differingBits(a: AddressValue, b: AddressValue): number {
  if (typeof a === 'number' && typeof b === 'number') {
    return 32 - Math.clz32(a ^ b);
  }
  const difference = BigInt(a) ^ BigInt(b);
  return difference === 0n ? 0 : difference.toString(2).length;
}

/** The narrowest block that contains both; undefined across families. */
export function commonBlock(a: Cidr, b: Cidr): Cidr | undefined {
  if (a.family !== b.family) {
    return undefined;
  }
  const prefix = Math.min(a.prefix, b.prefix, BITS[a.family] - differingBits(a.first, b.first));
  return blockAround(a.family, a.first, prefix);
}
