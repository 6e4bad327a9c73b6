/** Checks and what became of each. Pure. */

/** What was found, held against what the product and its local AWS take for true. */
export interface Judgement {
  readonly verdict: 'agrees' | 'differs';
  /** In one line, without account ids. */
  readonly seen: string;
}

/**
 * What a check needs beside the account: `peer`, a second account; `other-region`, another Region of this one; `opt-in-region`, one
 * that has to be opted into.
 */
export type Need = 'peer' | 'other-region' | 'opt-in-region';

export interface CheckFacts {
  /** As `--only` takes it. */
  readonly name: string;
  /** The row of docs/unproven.md. */
  readonly question: string;
  /** What the product and its local AWS take for true. */
  readonly expected: string;
  /** What it makes, in words; empty for a check that only reads. */
  readonly makes: readonly string[];
  readonly needs: readonly Need[];
  /** How long it takes on AWS. */
  readonly takes: string;
}

export type Outcome = Pick<CheckFacts, 'name' | 'question' | 'expected'> & {
  readonly seconds: number;
} & (
    | (Judgement & { readonly remedy?: never })
    | { readonly verdict: 'not tried'; readonly seen: string; readonly remedy: string }
  );

/** What could not be removed, and the command that does it. */
export interface Leftover {
  readonly what: string;
  readonly why: string;
  readonly byHand: string;
}

export interface LiveResult {
  readonly outcomes: readonly Outcome[];
  readonly leftovers: readonly Leftover[];
  /** How many things were made and are gone. */
  readonly removed: number;
}

/** 0: what was tried is as expected. 1: something stayed behind. 2: AWS differs. 3: nothing could be tried. */
export type ExitCode = 0 | 1 | 2 | 3;

export function exitCodeOf({ outcomes, leftovers }: Pick<LiveResult, 'outcomes' | 'leftovers'>): ExitCode {
  if (leftovers.length > 0) return 1;
  if (outcomes.some(({ verdict }) => verdict === 'differs')) return 2;
  return outcomes.some(({ verdict }) => verdict === 'agrees') ? 0 : 3;
}

/** For a check that was not begun. */
export function untried({ name, question, expected }: CheckFacts, why: string, remedy: string): Outcome {
  return { name, question, expected, seconds: 0, verdict: 'not tried', seen: why, remedy };
}
