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
  readonly stillWaiting: readonly S[];
}

/** A route in state blackhole carries no traffic, so that deleting it opens no gap. */
export function carriesTraffic(change: Change): boolean {
  return change.seen?.state !== 'blackhole';
}

/** Deletes of a table that is full, each ready once no outstanding create has any of its addresses. */
class WaitingDeletes<S extends Step> {
  readonly #deletes: readonly S[];
  /** How many creates a delete waits for. */
  readonly #blockers = new Map<S, number>();
  readonly #blockedBy = new Map<S, S[]>();
  readonly #ready: Record<AddressFamily, S[]> = { ipv4: [], ipv6: [] };
  readonly #taken: Record<AddressFamily, number> = { ipv4: 0, ipv6: 0 };

  constructor(deletes: readonly S[], creates: readonly S[]) {
    this.#deletes = deletes;
    const outstanding = new PrefixMap<S>();
    for (const create of creates) {
      outstanding.set(create.cidr, create);
    }
    for (const step of deletes) {
      const { cidr } = step;
      const overlapping = carriesTraffic(step.change)
        ? [...outstanding.covering(cidr), ...outstanding.within(cidr)].map(({ value }) => value)
        : [];
      if (overlapping.length === 0) {
        this.#ready[cidr.family].push(step);
        continue;
      }
      this.#blockers.set(step, overlapping.length);
      for (const create of overlapping) {
        this.#blockedBy.set(create, [...(this.#blockedBy.get(create) ?? []), step]);
      }
    }
  }

  /** The next that opens no gap, if there is one. */
  take(family: AddressFamily): S | undefined {
    const step = this.#ready[family][this.#taken[family]];
    if (step !== undefined) this.#taken[family] += 1;
    return step;
  }

  /** Its addresses have a route now, whatever is deleted. */
  created(create: S): void {
    for (const step of this.#blockedBy.get(create) ?? []) {
      const left = (this.#blockers.get(step) ?? 1) - 1;
      this.#blockers.set(step, left);
      if (left === 0) {
        this.#ready[create.cidr.family].push(step);
      }
    }
  }

  /** Those that still wait. */
  stillWaiting(): S[] {
    return this.#deletes.filter((step) => (this.#blockers.get(step) ?? 0) > 0);
  }
}

/** @param steps what is done before; what follows is added. */
function makeRoom<S extends Step>(
  steps: S[],
  creates: readonly S[],
  deletes: readonly S[],
  left: Record<AddressFamily, number>,
): Ordered<S> {
  const waiting = new WaitingDeletes(deletes, creates);
  const overLimit: S[] = [];
  for (const create of creates) {
    const { family } = create.cidr;
    while (left[family] <= 0) {
      const step = waiting.take(family);
      if (step === undefined) break;
      left[family] += 1;
      steps.push(step);
    }
    if (left[family] <= 0) {
      overLimit.push(create);
      continue;
    }
    left[family] -= 1;
    steps.push(create);
    waiting.created(create);
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (let step = waiting.take(family); step !== undefined; step = waiting.take(family)) {
      steps.push(step);
    }
  }
  return { steps, overLimit, stillWaiting: waiting.stillWaiting() };
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
  const fitting: S[] = [];
  const waiting: S[] = [];
  for (const create of creates) {
    const { family } = create.cidr;
    if (left[family] > 0) {
      left[family] -= 1;
      fitting.push(create);
    } else {
      waiting.push(create);
    }
  }
  if (waiting.length === 0) {
    const rest = replaces.length + deletes.length;
    return {
      steps: rest === 0 ? fitting : [...fitting, ...replaces, ...deletes],
      overLimit: [],
      stillWaiting: [],
    };
  }
  return makeRoom([...fitting, ...replaces], waiting, deletes, left);
}
