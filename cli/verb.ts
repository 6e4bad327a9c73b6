import type { OptionName, Options } from './options.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';

/**
 * 0: fine. 1: an error, or an expectation that does not hold. 2: fine, and there is something to do. 3: nothing was found, but
 * not everything could be judged.
 */
export type ExitCode = 0 | 1 | 2 | 3;

/** The terminal that an answer goes to. */
export interface Terminal {
  size(): { readonly columns: number; readonly rows: number };
  write(text: string): void;
  /** From now on Ctrl-C does this instead of ending the command as interrupted. */
  onInterrupt(act: () => void): void;
}

/** What a verb works with. */
export interface Invocation {
  readonly options: Options;
  readonly positionals: readonly string[];
  /** All that `peering` can do. */
  readonly commands: readonly Command[];
  readonly output: Output;
  readonly progress: Progress;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks on the terminal; undefined where there is none to ask on. */
  readonly ask?: (question: string) => Promise<string>;
  /** What Ctrl-C says from now on, after "Interrupted.": what is left as it is, and what to do. */
  readonly ifInterrupted: (says: string) => void;
  /** Where the answer goes, if that is a terminal. */
  readonly terminal?: Terminal;
}

export interface Verb {
  run(invocation: Invocation): Promise<ExitCode>;
}

export interface Positional {
  readonly name: string;
  readonly need: 'required' | 'optional';
  readonly help: string;
}

export interface Command {
  /** One word, or two for the verbs of `policy`. */
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly options: readonly OptionName[];
  /** What an option means here, where that is something else than with most commands. */
  readonly meanings?: { readonly [Name in OptionName]?: string };
  /** What goes behind `peering`, and what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** More than the summary says, for the command's own help. */
  readonly more?: string;
  /** Only the command that runs is loaded: `--help` stays fast. */
  readonly load: () => Promise<Verb>;
}
