/** What is too much for one run takes turns: another part of it each day. */

/** Days in which everything that takes turns has had one. */
export const ROTATION_DAYS = 4;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Those that have their turn. */
export type Turn = <Item>(items: readonly Item[]) => readonly Item[];

export const everything: Turn = (items) => items;

/** The turn of one day. */
export function turnOf(date: Date): Turn {
  const day = Math.floor(date.getTime() / DAY_MS);
  return (items) => items.filter((_, index) => (index + day) % ROTATION_DAYS === 0);
}
