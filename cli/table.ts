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
  const widths = head.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column]?.text ?? ''))),
  );
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
