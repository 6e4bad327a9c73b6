import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { append } from '../lib/model/append.ts';
import { CliError, describeError } from './errors.ts';
import type { Output } from './output.ts';
import type { Invocation, Terminal } from './verb.ts';

/** `--watch`: reads and draws again on the terminal's other screen, until Ctrl-C. */

const OTHER_SCREEN = '\u001b[?1049h\u001b[?25l';
const FIRST_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

const LEAST_SECONDS = 2;
const MOST_SECONDS = 3600;

/** @throws CliError unless there is a terminal and a time that makes sense. */
export function watchOf({
  options,
  terminal,
}: Invocation): { terminal: Terminal; seconds: number } | undefined {
  if (options.watch === undefined) {
    return undefined;
  }
  const seconds = Number(options.watch);
  if (!(seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS)) {
    throw new CliError(`--watch takes ${LEAST_SECONDS} to ${MOST_SECONDS} seconds.`);
  }
  if (options.json || (options.output !== undefined && options.output !== 'table')) {
    throw new CliError('--watch draws a table for people; leave out --json and --output.');
  }
  if (terminal === undefined) {
    throw new CliError(
      '--watch needs a terminal to draw on; in a script run the command again and again instead.',
    );
  }
  return { terminal, seconds };
}

/** Lines that a command writes, kept instead of shown. */
function keptOutput({ paint }: Output): { readonly output: Output; readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (text = '') => append(lines, text.split('\n'));
  return { lines, output: { line: keep, note: keep, raw: keep, json: () => undefined, paint } };
}

/** Rows that a line takes where the terminal wraps it; colours take no room. */
function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
}

function draw(lines: readonly string[], { terminal, foot }: { terminal: Terminal; foot: string }): void {
  const { columns, rows } = terminal.size();
  const shown: string[] = [];
  let room = rows - 1;
  for (const line of lines) {
    room -= rowsOf(line, columns);
    if (room < 1) break;
    shown.push(line);
  }
  const hidden = lines.length - shown.length;
  const last = `${foot}${hidden === 0 ? '' : ` ${hidden} more lines: make the window higher, or use --filter.`}`;
  terminal.write(
    `${HOME}${[...shown, last.slice(0, columns - 1)].map((line) => `${line}${REST_OF_LINE}`).join('\n')}${REST_OF_SCREEN}`,
  );
}

/** Draws what `show` writes until the person has enough. The first reading may fail as any command; later ones are told. */
export async function watch(
  invocation: Invocation,
  { terminal, seconds }: { terminal: Terminal; seconds: number },
  show: (invocation: Invocation) => Promise<unknown>,
): Promise<void> {
  const end = new AbortController();
  terminal.onInterrupt(() => end.abort());
  const isOver = new Promise<'over'>((resolve) =>
    end.signal.addEventListener('abort', () => resolve('over')),
  );
  const restore = () => terminal.write(FIRST_SCREEN);
  let before: readonly string[] | undefined;
  terminal.write(OTHER_SCREEN);
  process.once('SIGTERM', () => end.abort());
  try {
    while (!end.signal.aborted) {
      const { output, lines } = keptOutput(invocation.output);
      const progress = { doing: () => undefined, step: () => undefined, done: () => undefined };
      const reading = show({ ...invocation, output, progress }).then(
        () => lines,
        (error: unknown) => {
          if (before === undefined) throw error;
          return [invocation.output.paint(describeError(error), 'red'), 'As it was before:', ...before];
        },
      );
      const read = await Promise.race([reading, isOver]);
      if (read === 'over') break;
      before ??= read;
      if (read === lines) before = lines;
      draw(read, {
        terminal,
        foot: `${new Date().toISOString().slice(0, 19)}Z, every ${seconds} s. Ctrl-C ends.`,
      });
      await delay(seconds * 1000, undefined, { signal: end.signal }).catch(() => undefined);
    }
  } finally {
    restore();
  }
}
