import type { Place } from './account.ts';
import type { Interruption } from './interruption.ts';
import type { Ledger } from './ledger.ts';
import { NotTried } from './not-tried.ts';

/** What a check works with. */
export interface World {
  /** The account in its Region. */
  readonly home: Place;
  /** The account in another Region. @throws {NotTried} without one */
  other(): Place;
  /** The account in a Region that has to be opted into. @throws {NotTried} without one */
  optedInto(): Place;
  /** The second account, in the Region of the first. @throws {NotTried} without one */
  peer(): Place;
  readonly ledger: Ledger;
  readonly patience: Patience;
  /** Of the deployed stack; left out: the usual one. */
  readonly stage?: string;
}

/** How long to wait. */
export interface Patience {
  /** Milliseconds for what is going to come, such as an event of CloudTrail. */
  readonly longest: number;
  /** Milliseconds after which what has not come is taken to stay away. */
  readonly quiet: number;
  readonly interruption: Interruption;
}

const PACE_MS = 1000;

/**
 * Looks again and again until there is something to see.
 *
 * @returns undefined when that takes longer than `milliseconds`. @throws {Interrupted}
 */
export async function until<Seen>(
  { interruption }: Patience,
  milliseconds: number,
  look: () => Promise<Seen | undefined>,
  { pace = PACE_MS }: { readonly pace?: number } = {},
): Promise<Seen | undefined> {
  const end = Date.now() + milliseconds;
  for (;;) {
    interruption.throwIfInterrupted();
    const seen = await look();
    const left = end - Date.now();
    if (seen !== undefined || left <= 0) {
      return seen;
    }
    await interruption.sleep(Math.min(pace, left));
  }
}

/** @throws {NotTried} saying what did not come */
export async function awaited<Seen>(
  patience: Patience,
  what: string,
  look: () => Promise<Seen | undefined>,
  options: { readonly pace?: number } = {},
): Promise<Seen> {
  const seen = await until(patience, patience.longest, look, options);
  if (seen === undefined) {
    throw new NotTried(
      `${what} did not come within ${patience.longest / 1000} s.`,
      'Give it longer with --longest SECONDS.',
    );
  }
  return seen;
}

/** @throws {Error} when AWS answers without it */
export function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) {
    throw new Error(`AWS answered without ${what}.`);
  }
  return value;
}
