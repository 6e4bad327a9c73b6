import type { Address, AddressFamily, AddressValue, Cidr } from './cidr.ts';
import { commonBlock, contains, middleOf } from './cidr.ts';

export interface PrefixEntry<T> {
  readonly cidr: Cidr;
  readonly value: T;
}

/** A block of the tree. One without an entry only joins its two halves. */
interface Node<T> {
  readonly cidr: Cidr;
  /** First address of the upper half: decides, by one comparison, into which half an address falls. */
  readonly middle: AddressValue;
  entry?: PrefixEntry<T>;
  low?: Node<T>;
  high?: Node<T>;
}

function nodeOf<T>(cidr: Cidr): Node<T> {
  return { cidr, middle: middleOf(cidr) };
}

/** A point of the tree: what a lookup searches for. */
type Range = Pick<Cidr, 'family' | 'first' | 'last'>;

function rangeOf(key: Cidr | Address): Range {
  return 'value' in key ? { family: key.family, first: key.value, last: key.value } : key;
}

function covers({ cidr }: { cidr: Cidr }, range: Range): boolean {
  return cidr.first <= range.first && range.last <= cidr.last;
}

/** The half of a node in which a range lies that lies in the node. */
function half<T>(node: Node<T>, range: Range): Node<T> | undefined {
  return range.first < node.middle ? node.low : node.high;
}

/**
 * Values by CIDR block, found by the rule that routing goes by: the longest prefix wins.
 *
 * A binary tree with the paths that have no fork left out. Every operation walks one path: at most one step per bit of
 * the address, about log2(n) for blocks that are spread evenly. IPv4 and IPv6 never meet.
 */
export class PrefixMap<T> {
  readonly #roots: { ipv4?: Node<T>; ipv6?: Node<T> } = {};
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Sets the value of exactly this block, in place of the one it had. */
  set(cidr: Cidr, value: T): this {
    const node = this.#nodeFor(cidr);
    if (node.entry === undefined) {
      this.#size += 1;
    }
    node.entry = { cidr, value };
    return this;
  }

  /** The value of exactly this block. */
  get(cidr: Cidr): T | undefined {
    const match = this.longestMatch(cidr);
    return match?.cidr.prefix === cidr.prefix ? match.value : undefined;
  }

  /** The narrowest block with a value that contains the whole key. */
  longestMatch(key: Cidr | Address): PrefixEntry<T> | undefined {
    const range = rangeOf(key);
    let longest: PrefixEntry<T> | undefined;
    let node = this.#roots[range.family];
    while (node !== undefined && covers(node, range)) {
      longest = node.entry ?? longest;
      node = half(node, range);
    }
    return longest;
  }

  /** Every block with a value that contains the whole key, itself included, widest first. */
  covering(key: Cidr | Address): PrefixEntry<T>[] {
    const range = rangeOf(key);
    const entries: PrefixEntry<T>[] = [];
    let node = this.#roots[range.family];
    while (node !== undefined && covers(node, range)) {
      if (node.entry !== undefined) entries.push(node.entry);
      node = half(node, range);
    }
    return entries;
  }

  /** Every block with a value inside `cidr`, itself included, in the order of `compareCidrs`. */
  within(cidr: Cidr): PrefixEntry<T>[] {
    let node = this.#roots[cidr.family];
    while (node !== undefined && !contains(cidr, node.cidr)) {
      node = covers(node, cidr) ? half(node, cidr) : undefined;
    }
    const entries: PrefixEntry<T>[] = [];
    const stack = [node];
    while (stack.length > 0) {
      const next = stack.pop();
      if (next === undefined) {
        continue;
      }
      if (next.entry !== undefined) {
        entries.push(next.entry);
      }
      stack.push(next.high, next.low);
    }
    return entries;
  }

  /** The node of exactly this block, made if there is none. */
  #nodeFor(cidr: Cidr): Node<T> {
    const { family } = cidr;
    let parent: Node<T> | undefined;
    let node = this.#roots[family];
    while (node !== undefined && node.cidr.prefix < cidr.prefix && contains(node.cidr, cidr)) {
      parent = node;
      node = half(node, cidr);
    }
    if (node !== undefined && node.cidr.prefix === cidr.prefix && node.cidr.first === cidr.first) {
      return node;
    }
    const made = nodeOf<T>(cidr);
    const joint = node === undefined ? undefined : commonBlock(cidr, node.cidr);
    if (node === undefined || joint === undefined) {
      this.#attach(parent, family, made);
    } else if (joint.prefix === cidr.prefix) {
      this.#attach(parent, family, made);
      this.#attach(made, family, node);
    } else {
      const fork = nodeOf<T>(joint);
      this.#attach(parent, family, fork);
      this.#attach(fork, family, made);
      this.#attach(fork, family, node);
    }
    return made;
  }

  #attach(parent: Node<T> | undefined, family: AddressFamily, child: Node<T>): void {
    if (parent === undefined) {
      this.#roots[family] = child;
    } else if (child.cidr.first < parent.middle) {
      parent.low = child;
    } else {
      parent.high = child;
    }
  }
}
