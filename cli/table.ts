import { widthOf } from '../lib/policy/text-width.ts';
import type { Paint } from './output.ts';

/** One cell: plain text that was made printable, and how it is coloured. */
export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

/** Rows under a heading, in columns two spaces apart. Nothing is cut: what a person greps for stays whole. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: (text: string, paint: Paint) => string,
): string[] {
  // A loop: a spread of very many rows overflows the stack.
  const widths = head.map((title, column) => {
    let width = widthOf(title);
    for (const row of rows) width = Math.max(width, widthOf(row[column]?.text ?? ''));
    return width;
  });
  const line = (cells: readonly Cell[]) =>
    cells
      .map(({ text, paint: as }, column) => {
        const last = column === cells.length - 1;
        const padding = last ? '' : ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(text)) + 2);
        return `${as === undefined ? text : paint(text, as)}${padding}`;
      })
      .join('')
      .trimEnd();
  return [line(head.map((text) => ({ text, paint: 'bold' }))), ...rows.map(line)];
}
