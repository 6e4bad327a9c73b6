import type { Change } from '../model/change.ts';
import { isOptedIn, optInOf, selectsRule } from '../model/opt-in.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { readDestination } from '../network/destination.ts';
import type { Clock } from '../ports/pace.ts';
import type { ChangeCalls } from './change-calls.ts';

/** Milliseconds after which a create no longer relies on the tags that were read. Pacing can stretch a pass to minutes. */
const TAGS_COUNT_MS = 10_000;

export interface ReadingOptions {
  readonly calls: ChangeCalls;
  readonly clock: Pick<Clock, 'now'>;
  /** When the plan's own reading counts as made. */
  readonly startedAt: number;
  /** Given: a table must opt in by its tag `<prefix>:routes` for as long as it is written to. */
  readonly tagPrefix?: string;
}

/** One table as it was read last in this pass. */
export class TableReading {
  readonly #options: ReadingOptions;
  #readAt: number;
  #last: RouteTable | undefined;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#readAt = options.startedAt;
  }

  /** undefined: there is no such table. */
  async again({ region, routeTableId }: Change): Promise<RouteTable | undefined> {
    this.#last = await this.#options.calls.readTable(region, routeTableId);
    this.#readAt = this.#options.clock.now();
    return this.#last;
  }

  /** Whether the tags have to be looked at again before a route is created. */
  get isOld(): boolean {
    return this.#options.tagPrefix !== undefined && this.#options.clock.now() - this.#readAt >= TAGS_COUNT_MS;
  }

  /** Why the table must not be written to any more. A table that only the plan has read opts in. */
  lostTag({ rule, routeTableId, region }: Change): string | undefined {
    const { tagPrefix } = this.#options;
    if (tagPrefix === undefined || this.#last === undefined) {
      return undefined;
    }
    const optIn = optInOf(this.#last, tagPrefix);
    const stillSelected = rule === undefined ? isOptedIn(optIn) : selectsRule(optIn, rule);
    return stillSelected
      ? undefined
      : `${routeTableId} in ${region} no longer opts in by its tag ${routesTagKey(tagPrefix)}.`;
  }
}

function isStatic({ origin }: Route): boolean {
  return origin === 'CreateRoute' || origin === 'CreateRouteTable';
}

/** @param destination canonical, as plans write it; an inventory may hold another spelling. */
export function staticRouteTo(table: RouteTable, destination: string): Route | undefined {
  return table.routes.find(
    (route) =>
      isStatic(route) &&
      (route.destination === destination || readDestination(route.destination)?.text === destination),
  );
}
