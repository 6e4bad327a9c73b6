import type { Change } from '../model/change.ts';

/**
 * Remembers repairs, to notice when something outside keeps undoing them.
 *
 * Where to keep it: in one SSM parameter of the product's own for each managed Region, not in a tag of the route table.
 * The usual opponent is an infrastructure-as-code run that owns the table: it takes away unknown tags together with
 * unknown routes, and so would erase the memory with every round; and a tag written by us would itself show up as
 * a difference there. `encodeHistory` uses only characters that EC2 tag values allow, so a tag works too.
 */
export interface RepairHistory {
  /** By `repairKey`: when the route was repaired, in seconds since the epoch, oldest first, at most `ROUNDS`. */
  readonly repairs: ReadonlyMap<string, readonly number[]>;
}

/** After this many repairs of one route within the window, repairing it stops. */
export const ROUNDS = 3;
const WINDOW_SECONDS = 60 * 60;

export const EMPTY_HISTORY: RepairHistory = { repairs: new Map() };

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

/** The size of a standard SSM parameter, in characters of plain text. */
export const MAX_HISTORY_LENGTH = 4096;

export interface EncodedHistory {
  readonly text: string;
  /** Routes that found no room; they are forgotten, so repairing them goes on. */
  readonly dropped: number;
}

const VERSION = '1';

/**
 * Writes the history in little room: `1 rtb-1=10.2.0.0/16@t5xk2o+2s+1f …`: times in base 36, the first in full, the
 * others as seconds after the one before. Routes with the most repairs go first, then the latest, so that what
 * finds no room matters least.
 */
export function encodeHistory(history: RepairHistory, maxLength = MAX_HISTORY_LENGTH): EncodedHistory {
  const entries = [...history.repairs].sort(
    ([aKey, a], [bKey, b]) =>
      b.length - a.length || (b.at(-1) ?? 0) - (a.at(-1) ?? 0) || (aKey < bKey ? -1 : 1),
  );
  let text = VERSION;
  let dropped = 0;
  for (const [key, times] of entries) {
    const encoded = times.map((time, index) => (time - (times[index - 1] ?? 0)).toString(36)).join('+');
    const entry = ` ${key}@${encoded}`;
    if (dropped === 0 && text.length + entry.length <= maxLength) {
      text += entry;
    } else {
      dropped += 1;
    }
  }
  return { text, dropped };
}

export interface DecodedHistory {
  readonly history: RepairHistory;
  /** What could not be read; the rest is used. */
  readonly problem?: string;
}

const ENTRY = /^(rtb-[0-9a-f]+=[0-9a-f.:]+\/\d{1,3})@([0-9a-z]{1,8}(?:\+[0-9a-z]{1,8}){0,2})$/;

/** Reads what `encodeHistory` wrote. Never throws: whatever is unreadable is left out and named in `problem`. */
export function decodeHistory(text: string): DecodedHistory {
  if (text.trim() === '') {
    return { history: EMPTY_HISTORY };
  }
  const [version, ...entries] = text.trim().split(/\s+/);
  if (version !== VERSION) {
    return {
      history: EMPTY_HISTORY,
      problem: 'The repair history is in a format that this version does not know; it starts anew.',
    };
  }
  const repairs = new Map<string, readonly number[]>();
  let unreadable = 0;
  for (const entry of entries) {
    const [, key, encoded] = ENTRY.exec(entry) ?? [];
    if (key === undefined || encoded === undefined) {
      unreadable += 1;
      continue;
    }
    let time = 0;
    repairs.set(
      key,
      encoded.split('+').map((part) => {
        time += Number.parseInt(part, 36);
        return time;
      }),
    );
  }
  return {
    history: { repairs },
    ...(unreadable === 0
      ? {}
      : {
          problem: `${unreadable} of ${entries.length} entries of the repair history are unreadable and left out.`,
        }),
  };
}
