import type { Change } from '../model/change.ts';
import type { AddressFamily, Cidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';

/** A change with its parsed destination. */
export interface Step {
  readonly change: Change;
  readonly cidr: Cidr;
}

export interface Ordered<S extends Step> {
  /** What can be done in this pass, in the order in which it has to be done. */
  readonly steps: readonly S[];
  /** Creates for which the table has no room. */
  readonly overLimit: readonly S[];
  /** Deletes that would leave addresses without a route, because a create that covers them is over the limit. */
  readonly heldBack: readonly S[];
}

/** A route in state blackhole carries no traffic, so that deleting it opens no gap. */
export function carriesTraffic(change: Change): boolean {
  return change.seen?.state !== 'blackhole';
}

/**
 * Puts the changes of one table in order: creates, then replaces, then deletes, so that no address is without a route
 * between two calls.
 *
 * In a table that is nearly full a delete makes room for a create. Then deletes go first that open no gap: of
 * blackholes, and of routes that overlap no outstanding create. What still finds no room is over the limit, and
 * a delete that waits for it is held back. Doing the steps and ordering again gives no further steps.
 *
 * @param room routes that still fit into the table, by address family; may be negative.
 */
export function orderChanges<S extends Step>(
  changes: {
    readonly creates: readonly S[];
    readonly replaces: readonly S[];
    readonly deletes: readonly S[];
  },
  room: Readonly<Record<AddressFamily, number>>,
): Ordered<S> {
  const { creates, replaces, deletes } = changes;
  const left = { ...room };
  const steps: S[] = [];
  const waiting: S[] = [];
  for (const create of creates) {
    const { family } = create.cidr;
    if (left[family] > 0) {
      left[family] -= 1;
      steps.push(create);
    } else {
      waiting.push(create);
    }
  }
  for (const replace of replaces) {
    steps.push(replace);
  }
  if (waiting.length === 0) {
    for (const step of deletes) {
      steps.push(step);
    }
    return { steps, overLimit: [], heldBack: [] };
  }

  const outstanding = new PrefixMap<S>();
  for (const create of waiting) {
    outstanding.set(create.cidr, create);
  }
  const blockers = new Map<S, number>();
  const blockedBy = new Map<S, S[]>();
  const ready: Record<AddressFamily, S[]> = { ipv4: [], ipv6: [] };
  for (const step of deletes) {
    const { cidr } = step;
    const overlapping = carriesTraffic(step.change)
      ? [...outstanding.covering(cidr), ...outstanding.within(cidr)].map(({ value }) => value)
      : [];
    if (overlapping.length === 0) {
      ready[cidr.family].push(step);
      continue;
    }
    blockers.set(step, overlapping.length);
    for (const create of overlapping) {
      blockedBy.set(create, [...(blockedBy.get(create) ?? []), step]);
    }
  }

  const overLimit: S[] = [];
  const next = { ipv4: 0, ipv6: 0 };
  for (const create of waiting) {
    const { family } = create.cidr;
    for (const step of ready[family].slice(next[family], next[family] + Math.max(0, 1 - left[family]))) {
      next[family] += 1;
      left[family] += 1;
      steps.push(step);
    }
    if (left[family] <= 0) {
      overLimit.push(create);
      continue;
    }
    left[family] -= 1;
    steps.push(create);
    for (const step of blockedBy.get(create) ?? []) {
      const remaining = (blockers.get(step) ?? 1) - 1;
      blockers.set(step, remaining);
      if (remaining === 0) {
        ready[family].push(step);
      }
    }
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const step of ready[family].slice(next[family])) {
      steps.push(step);
    }
  }
  return { steps, overLimit, heldBack: deletes.filter((step) => (blockers.get(step) ?? 0) > 0) };
}
