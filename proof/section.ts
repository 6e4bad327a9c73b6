import type { Turn } from './turns.ts';

/** One part of what is proved, shown as one section of docs/proof.md. */
export interface ProofSection {
  /** `[a-z-]+`: what `--only` takes, and the section's markers in docs/proof.md. */
  readonly name: string;
  /** The heading above the section. */
  readonly title: string;
  /**
   * @param progress takes one line at a time for the person who waits.
   * @param turn what of it is tried by this run, where not all can be.
   * @throws when it could not be run to its end; that counts as failed.
   */
  run(progress: (line: string) => void, turn: Turn): Promise<ProofResult>;
}

export interface ProofResult {
  /** Tables and sentences without headings of level 1 and 2. */
  readonly markdown: string;
  /** False when something that is claimed did not hold. */
  readonly ok: boolean;
}
