import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Ctrl-C in the middle of a command. */

export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** All that the command gets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Interrupted {
  readonly code: unknown;
  readonly stderr: string;
  /** What it said at the end. */
  readonly lastLine: string;
}

/**
 * Runs a command and interrupts it once its progress says what it is at.
 *
 * @throws an error with what it said, if it never came so far.
 */
export async function interruptedAt(
  progress: RegExp,
  { file, args, directory, environment }: CommandLine,
): Promise<Interrupted> {
  const child = spawn(file, args, { cwd: directory, env: { ...environment } });
  let stderr = '';
  let isSent = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (!isSent && progress.test(stderr)) isSent = child.kill('SIGINT');
  });
  const [code]: unknown[] = await once(child, 'close');
  if (!isSent) {
    throw new Error(`${[file, ...args].join(' ')} ended with ${String(code)} before ${progress}: ${stderr}`);
  }
  return { code, stderr, lastLine: stderr.trim().split('\n').at(-1) ?? '' };
}
