import type { PrefixList } from '../model/prefix-list.ts';
import type { Cidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';

/** Read once for each list: all tables of a Region may lead to the same. */
const blocks = new WeakMap<readonly string[], readonly Cidr[]>();

/** The blocks of a prefix list; none where its entries were not read. */
export function blocksOf({ cidrs }: Partial<PrefixList> = {}): readonly Cidr[] {
  if (cidrs === undefined) {
    return [];
  }
  const known = blocks.get(cidrs);
  if (known !== undefined) {
    return known;
  }
  const read = cidrs.flatMap((text) => readDestination(text) ?? []);
  blocks.set(cidrs, read);
  return read;
}
