import { type Cidr, compareCidrs, contains } from './cidr.ts';

/** Something with a block. */
interface Placed {
  readonly cidr: Cidr;
}

/**
 * The first, in the order of `compareCidrs`, that lies inside a block or is the block; undefined if none does.
 *
 * @param sorted by `compareCidrs`.
 */
export function firstWithin<P extends Placed>(sorted: readonly P[], block: Cidr): P | undefined {
  // What lies inside a block comes behind it, and before all that lies elsewhere behind it.
  const next = sorted[countBefore(sorted, block)];
  return next !== undefined && contains(block, next.cidr) ? next : undefined;
}

/**
 * The one around a block, or the block itself; undefined if there is none.
 *
 * @param sorted by `compareCidrs`, and disjoint.
 */
export function around<P extends Placed>(sorted: readonly P[], block: Cidr): P | undefined {
  const at = countBefore(sorted, block);
  const [same, before] = [sorted[at], sorted[at - 1]];
  if (same !== undefined && contains(same.cidr, block)) {
    return same;
  }
  return before !== undefined && contains(before.cidr, block) ? before : undefined;
}

/** Sorted, without blocks that lie inside another one. Two CIDRs are nested or disjoint, so one look back is enough. */
export function widest(cidrs: readonly Cidr[]): Cidr[] {
  const kept: Cidr[] = [];
  for (const cidr of [...cidrs].sort(compareCidrs)) {
    const last = kept.at(-1);
    if (last === undefined || !contains(last, cidr)) {
      kept.push(cidr);
    }
  }
  return kept;
}

/** How many come before a block. */
function countBefore(sorted: readonly Placed[], block: Cidr): number {
  let low = 0;
  let high = sorted.length;
  const last = sorted[high - 1];
  // Most blocks that are asked for lie far from all of these.
  if (last !== undefined && compareCidrs(last.cidr, block) < 0) {
    return high;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = sorted[middle];
    if (item !== undefined && compareCidrs(item.cidr, block) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
