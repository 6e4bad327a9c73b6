import { createInterface } from 'node:readline/promises';
import { CliError } from '../cli/errors.ts';

/** Asks a person on the terminal; what is asked about stands above. */

/**
 * @returns whether to go on.
 * @throws {CliError} when there is no terminal to ask on
 */
export async function agreed(question: string, signal: AbortSignal): Promise<'yes' | 'no'> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new CliError(
      'Nothing was done: there is no terminal to ask on. --yes goes on without asking; --only queue-polls only reads.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal's line editor takes Ctrl-C for itself.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim())
      ? 'yes'
      : 'no';
  } catch (error) {
    if (signal.aborted) return 'no';
    throw error;
  } finally {
    terminal.close();
  }
}
