import { printable } from '../model/printable.ts';
import { widthOf } from './text-width.ts';

/** Characters of a long line that are shown on each side of the place. */
const AROUND = 60;

/** A character can become nine: `\u{10ffff}`. */
const MAX_SHOWN = 10 * AROUND;

/** The text of a line as it is shown: one column for each tab, because how wide a tab is nobody knows. */
function shown(text: string): string {
  return printable(text.replaceAll('\t', ' '), MAX_SHOWN);
}

/**
 * A line of a file and, under it, a caret that points at a column (from 1). Of a long line only what is near the column
 * is shown.
 */
export function excerptOf(line: string, column: number): string {
  const at = Math.min(column - 1, line.length);
  const start = Math.max(0, at - AROUND);
  const end = Math.min(line.length, at + AROUND);
  const before = `${start > 0 ? '...' : ''}${shown(line.slice(start, at))}`;
  const after = `${shown(line.slice(at, end))}${end < line.length ? '...' : ''}`;
  return `${`${before}${after}`.trimEnd()}\n${' '.repeat(widthOf(before))}^`;
}
