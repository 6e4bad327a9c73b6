import { CliError } from './errors.ts';
import { shown } from './output.ts';
import { durationIn } from './since.ts';
import type { Invocation } from './verb.ts';

/** As long as a sentence; it goes into the history. */
const MOST_BECAUSE = 500;

/** What `--because` says. */
export function becauseOf({ options }: Pick<Invocation, 'options'>): string | undefined {
  const { because } = options;
  if (because !== undefined && because.length > MOST_BECAUSE) {
    throw new CliError(`--because takes at most ${MOST_BECAUSE} characters.`);
  }
  return because === undefined || because.trim() === '' ? undefined : shown(because, MOST_BECAUSE * 2);
}

/** What `--for` says, in seconds. @param most seconds. */
export function secondsFor({ options }: Pick<Invocation, 'options'>, most: number): number | undefined {
  const text = options.for;
  if (text === undefined) {
    return undefined;
  }
  const seconds = (durationIn(text) ?? 0) / 1000;
  if (seconds <= 0 || seconds > most) {
    throw new CliError(
      `--for ${shown(text, 60)} is no time that this takes; write 30m, 4h or 7d, at most ${most / 86_400}d.`,
    );
  }
  return seconds;
}
