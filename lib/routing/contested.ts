import type { Change } from '../model/change.ts';
import type { RegionMemory } from '../model/memory.ts';

/**
 * Repairs, remembered to notice when something outside keeps undoing them. Not in a tag of the route table: the usual
 * opponent is an infrastructure-as-code run that owns the table. It takes away unknown tags together with unknown
 * routes, and so would erase the memory with every round; and a tag written by us would itself show up as a difference
 * there.
 */
export interface RepairHistory {
  /** By `repairKey`: when the route was repaired, in seconds since the epoch, oldest first, at most `ROUNDS`. */
  readonly repairs: ReadonlyMap<string, readonly number[]>;
}

/** After this many repairs of one route within the window, repairing it stops. */
export const ROUNDS = 3;
const WINDOW_SECONDS = 60 * 60;

type RouteId = Pick<Change, 'routeTableId' | 'destination'>;

/** Names a route within one Region. */
export function repairKey({ routeTableId, destination }: RouteId): string {
  return `${routeTableId}=${destination}`;
}

function seconds(now: Date): number {
  return Math.floor(now.getTime() / 1000);
}

/**
 * A route is contested when its last three repairs lie within one hour, and until an hour has passed since the last
 * of them. Then repairing starts anew.
 */
function isContestedNow(times: readonly number[], now: number): boolean {
  // A time that is missing is as if long ago.
  const last = times.at(-1) ?? 0;
  const first = times.at(-ROUNDS) ?? 0;
  return last - first <= WINDOW_SECONDS && now - last < WINDOW_SECONDS;
}

export function isContested(history: RepairHistory, route: RouteId, now: Date): boolean {
  return isContestedNow(history.repairs.get(repairKey(route)) ?? [], seconds(now));
}

/**
 * Adds a round of repairs that were written, and forgets routes whose last repair is more than the window ago.
 *
 * @param repaired changes with `mends` set that apply reported as `written`.
 */
export function recordRepairs(
  history: RepairHistory,
  repaired: readonly RouteId[],
  now: Date,
): RepairHistory {
  const at = seconds(now);
  const repairs = new Map<string, readonly number[]>();
  for (const [key, times] of history.repairs) {
    if (at - (times.at(-1) ?? 0) < WINDOW_SECONDS) {
      repairs.set(key, times);
    }
  }
  for (const route of repaired) {
    const key = repairKey(route);
    repairs.set(key, [...(repairs.get(key) ?? []), at].slice(-ROUNDS));
  }
  return { repairs };
}

/** A route to a peering that the product put back where it was missing or led elsewhere. */
export interface RepairedRoute {
  readonly routeTableId: string;
  readonly destination: string;
  /** The last time. */
  readonly at: Date;
}

/** The routes to a peering that were repaired lately, by what is remembered of one Region. */
export function repairsOf(
  peeringId: string,
  { routes, repairs }: Pick<RegionMemory, 'routes' | 'repairs'>,
): RepairedRoute[] {
  return [...routes].flatMap(([routeTableId, ofTable]) =>
    [...ofTable].flatMap(([destination, own]) => {
      const at =
        own.peeringId === peeringId
          ? repairs.get(repairKey({ routeTableId, destination }))?.at(-1)
          : undefined;
      return at === undefined ? [] : [{ routeTableId, destination, at: new Date(at * 1000) }];
    }),
  );
}
