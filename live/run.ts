import type { LiveCheck } from './check.ts';
import { Interrupted, type Interruption } from './interruption.ts';
import { createLedger, entryText, type Pace, removeEntries } from './ledger.ts';
import { findTagged } from './leftovers.ts';
import { NotTried } from './not-tried.ts';
import { type Leftover, type LiveResult, type Outcome, untried } from './outcome.ts';
import { refusalOf } from './refusals.ts';
import { placesOf, type Session } from './session.ts';
import { missingFor } from './text.ts';
import type { Patience, World } from './world.ts';

export interface RunOptions {
  readonly session: Session;
  readonly patience: Patience;
  readonly interruption: Interruption;
  /** The value of the tag, and part of every name. */
  readonly run: string;
  readonly stage?: string;
  /** Leaves out of a result what is nobody else's business. */
  readonly mask: (text: string) => string;
  /** What happens, for a person who waits. */
  readonly tell: (line: string) => void;
  /** The error of a check that failed, as it was. */
  readonly debug: (error: unknown) => void;
  readonly removal?: Pace;
}

const INTERRUPTED = {
  why: 'Interrupted before it was answered.',
  remedy: 'Run it again.',
};

function orThrow<T>(place: T | NotTried): T {
  if (place instanceof NotTried) throw place;
  return place;
}

function worldOf({ session, patience, interruption, run, stage, removal }: RunOptions): World {
  return {
    home: session.home,
    other: () => orThrow(session.other),
    optedInto: () => orThrow(session.optedInto),
    peer: () => orThrow(session.peer),
    ledger: createLedger(run, interruption, removal),
    patience,
    ...(stage === undefined ? {} : { stage }),
  };
}

async function outcomeOf(check: LiveCheck, world: World, options: RunOptions): Promise<Outcome> {
  const { name, question, expected } = check;
  const started = Date.now();
  const facts = () => ({ name, question, expected, seconds: Math.round((Date.now() - started) / 100) / 10 });
  try {
    const { verdict, seen } = await check.run(world);
    return { ...facts(), verdict, seen: options.mask(seen) };
  } catch (error) {
    if (!(error instanceof NotTried) && !(error instanceof Interrupted)) options.debug(error);
    const { why, remedy } =
      error instanceof Interrupted ? INTERRUPTED : refusalOf(error, options.session.home.region);
    return { ...facts(), verdict: 'not tried', seen: options.mask(why), remedy: options.mask(remedy) };
  }
}

/** What a call made although its answer never came, or came twice, bears the tag all the same. */
async function removeUnknown(
  { session, run, removal, tell }: RunOptions,
  known: readonly Leftover[],
): Promise<Pick<LiveResult, 'leftovers' | 'removed'>> {
  const { entries, unknown } = await findTagged(placesOf(session), run);
  for (const { kind, region, why } of unknown) {
    tell(`Whether another ${kind} of this run is in ${region} is not known. ${why}`);
  }
  const { leftovers, removed } = await removeEntries(entries, removal);
  const found = new Set(entries.map(entryText));
  return { leftovers: [...known.filter(({ what }) => !found.has(what)), ...leftovers], removed };
}

/** Runs one check after the other, and removes what each made before the next begins. Never throws for a check. */
export async function runChecks(checks: readonly LiveCheck[], options: RunOptions): Promise<LiveResult> {
  const { tell, interruption } = options;
  const outcomes: Outcome[] = [];
  const leftovers: Leftover[] = [];
  let removed = 0;
  let mayHaveMade = false;
  for (const [index, check] of checks.entries()) {
    if (interruption.signal.aborted) {
      outcomes.push(untried(check, INTERRUPTED.why, INTERRUPTED.remedy));
      continue;
    }
    tell(`[${index + 1}/${checks.length}] ${check.name}: ${check.question} (${check.takes})`);
    const world = worldOf(options);
    const outcome = await outcomeOf(check, world, options);
    outcomes.push(outcome);
    tell(`      ${outcome.verdict}: ${outcome.seen}${outcome.remedy ? ` ${outcome.remedy}` : ''}`);
    const removal = await world.ledger.removeAll();
    removed += removal.removed;
    leftovers.push(...removal.leftovers);
    mayHaveMade ||= check.makes.length > 0 && missingFor(check, options.session) === undefined;
  }
  if (!mayHaveMade) {
    return { outcomes, leftovers, removed };
  }
  const others = await removeUnknown(options, leftovers);
  return { outcomes, leftovers: others.leftovers, removed: removed + others.removed };
}
