import type { Paint } from './output.ts';

/** One cell: plain text that was made printable, and how it is coloured. */
export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

/** East Asian wide characters and emoji take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{Mn}|\p{Me}/u;

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return width;
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
