import { classifyAwsError } from '../lib/model/aws-error.ts';
import { printable } from '../lib/model/printable.ts';
import type { Place } from './account.ts';
import type { Interruption } from './interruption.ts';
import type { Leftover } from './outcome.ts';

export interface Tagged {
  readonly id: string;
  /** The value of the tag. */
  readonly run: string;
}

/** A kind of resource that checks make. */
export interface Kind {
  /** `VPC`, `queue`, … */
  readonly name: string;
  /** Removes it with what hangs on it. That it is gone already is no error. @throws AWS errors */
  remove(place: Place, id: string): Promise<void>;
  /** What bears the tag, whichever run put it there. @throws AWS errors */
  tagged(place: Place): Promise<readonly Tagged[]>;
  /** The command that a person runs where the removal failed. */
  byHand(place: Place, id: string): string;
}

/** On everything that is made; its value is the run. */
export const TAG_KEY = 'peering-autopilot-live-check';

/** Before the names of what is made, so that a person sees what it is; the tag alone decides what is removed. */
export const NAME_PREFIX = 'peering-live-check-';

/** What was made, so that it goes again whatever happens. */
export interface Ledger {
  /** Of the run: `{Key, Value}`. */
  readonly tag: { readonly Key: string; readonly Value: string };
  /** A name that nothing else has. */
  nameFor(what: string): string;
  /**
   * Makes something whose id AWS gives.
   * @throws {Interrupted} once a signal came. @throws AWS errors
   */
  make(kind: Kind, place: Place, create: () => Promise<string>): Promise<string>;
  /** Makes something under a known id: it is removed also where the call failed after it was done. */
  makeNamed(kind: Kind, place: Place, id: string, create: () => Promise<unknown>): Promise<void>;
  /** Removes all, last made first. */
  removeAll(): Promise<Removal>;
}

/** Things hang on each other, and AWS lets go of some only after a while. */
const ROUNDS = 40;
const PAUSE_MS = 3000;

/** `i-` and `pcx-` ids are gone when EC2 says so; other services say it in words of their own. */
function isGone(error: unknown): boolean {
  const { kind, code } = classifyAwsError(error);
  return (
    kind === 'not-found' ||
    /nonexistent|notfound|nosuchentity|doesnotexist|invaliddocument$/i.test(code.replaceAll('.', ''))
  );
}

export interface Entry {
  readonly kind: Kind;
  readonly place: Place;
  readonly id: string;
}

/** Looks at one thing of a list: lists may name what has just been removed. */
export async function unlessGone<Seen>(look: () => Promise<Seen>): Promise<Seen | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** What a person calls it. */
export function entryText({ kind, place, id }: Entry): string {
  return `${kind.name} ${id} in ${place.region} of account ${place.accountId}`;
}

function leftover(entry: Entry, error: unknown): Leftover {
  const { kind, place, id } = entry;
  const { code, message } = classifyAwsError(error);
  return {
    what: entryText(entry),
    why: printable(`${code}: ${message}`, 200),
    byHand: kind.byHand(place, id),
  };
}

export interface Pace {
  readonly rounds: number;
  readonly pauseMs: number;
}

export interface Removal {
  /** What is still there. */
  readonly leftovers: readonly Leftover[];
  /** How many things went; those that were gone already do not count. */
  readonly removed: number;
}

/** Removes in this order; what cannot go yet is tried again once the others are gone. */
export async function removeEntries(
  entries: readonly Entry[],
  { rounds, pauseMs }: Pace = { rounds: ROUNDS, pauseMs: PAUSE_MS },
): Promise<Removal> {
  let removed = 0;
  let left = entries.map((entry) => ({ entry, error: undefined as unknown }));
  for (let round = 1; left.length > 0; round += 1) {
    const failed: typeof left = [];
    for (const { entry } of left) {
      try {
        await entry.kind.remove(entry.place, entry.id);
        removed += 1;
      } catch (error) {
        if (!isGone(error)) failed.push({ entry, error });
      }
    }
    left = failed;
    // A permission that is missing is still missing in three seconds.
    const hopeless = left.every(({ error }) => classifyAwsError(error).kind === 'denied');
    if (left.length === 0 || hopeless || round >= rounds) break;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return { leftovers: left.map(({ entry, error }) => leftover(entry, error)), removed };
}

export function createLedger(run: string, interruption: Interruption, pace?: Pace): Ledger {
  const entries: Entry[] = [];
  return {
    tag: { Key: TAG_KEY, Value: run },
    nameFor: (what) => `${NAME_PREFIX}${run}-${what}`,
    async make(kind, place, create) {
      interruption.throwIfInterrupted();
      const id = await create();
      entries.push({ kind, place, id });
      return id;
    },
    async makeNamed(kind, place, id, create) {
      interruption.throwIfInterrupted();
      entries.push({ kind, place, id });
      await create();
    },
    removeAll: () => removeEntries(entries.splice(0).reverse(), pace),
  };
}
