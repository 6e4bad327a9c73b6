import type { Change } from '../model/change.ts';
import { type AddressFamily, type Cidr, parseCidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import type { Clock } from '../ports/pace.ts';
import { carriesTraffic } from '../routing/order.ts';
import { type ChangeCalls, DeadlineReached } from './change-calls.ts';
import { isInPlace, type TableOutcome } from './change-outcome.ts';
import { changeRoute } from './change-route.ts';
import { notMade, waitsForCreate } from './outcome-texts.ts';
import { type ReadingOptions, TableReading } from './table-reading.ts';

export interface TableOptions extends ReadingOptions {
  readonly calls: ChangeCalls;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly settle: (change: Change, outcome: TableOutcome) => void;
}

/** Carries out the changes of one table in their order, up to the deadline. */
export async function changeTable(changes: readonly Change[], options: TableOptions): Promise<void> {
  await new TableChanges(options).run(changes);
}

class TableChanges {
  readonly #options: TableOptions;
  readonly #reading: TableReading;
  /** Creates and replaces that are not in place, by destination. */
  readonly #unfinished = new PrefixMap<Change>();
  #gone: TableOutcome | undefined;
  readonly #full = new Map<AddressFamily, TableOutcome>();
  readonly #denied = new Map<Change['action'], TableOutcome>();

  constructor(options: TableOptions) {
    this.#options = options;
    this.#reading = new TableReading(options);
  }

  async run(changes: readonly Change[]): Promise<void> {
    // These need no call, so that no deadline leaves them over; and whatever waits for them has to know from the start.
    for (const change of changes) {
      if (change.heldBy !== undefined) {
        this.#settle(change, parseCidr(change.destination), notMade(change, change.heldBy));
      }
    }
    const { clock, deadline } = this.#options;
    try {
      for (const change of changes) {
        if (change.heldBy === undefined) {
          if (clock.now() >= deadline) return;
          const cidr = parseCidr(change.destination);
          this.#settle(change, cidr, await this.#carryOut(change, cidr));
        }
      }
    } catch (error) {
      if (!(error instanceof DeadlineReached)) throw error;
    }
  }

  #settle(change: Change, cidr: Cidr, outcome: TableOutcome): void {
    this.#options.settle(change, outcome);
    if (outcome.stops === 'table') this.#gone = outcome;
    if (outcome.stops === 'creates') this.#full.set(cidr.family, outcome);
    if (outcome.stops === 'action') this.#denied.set(change.action, outcome);
    if (change.action !== 'delete' && !isInPlace(outcome)) {
      this.#unfinished.set(cidr, change);
    }
  }

  async #carryOut(change: Change, cidr: Cidr): Promise<TableOutcome> {
    const stopped = this.#stopped(change, cidr);
    if (stopped !== undefined) {
      return stopped;
    }
    const waitsFor = this.#waitsFor(change, cidr);
    return waitsFor === undefined
      ? changeRoute(change, { calls: this.#options.calls, reading: this.#reading })
      : waitsForCreate(change, waitsFor);
  }

  /** How the change ends without a call, because one before it ended that way for both. */
  #stopped({ action, destination, peeringId }: Change, { family }: Cidr): TableOutcome | undefined {
    const outcome =
      this.#gone ?? this.#denied.get(action) ?? (action === 'create' ? this.#full.get(family) : undefined);
    return outcome?.finding === undefined
      ? outcome
      : { ...outcome, finding: { ...outcome.finding, destination, peeringId } };
  }

  /** The change that has to be in place before a delete, so that no address of it is without a route meanwhile. */
  #waitsFor(change: Change, cidr: Cidr): Change | undefined {
    return change.action === 'delete' && carriesTraffic(change)
      ? [...this.#unfinished.covering(cidr), ...this.#unfinished.within(cidr)][0]?.value
      : undefined;
  }
}
