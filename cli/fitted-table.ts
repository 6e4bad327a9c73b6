import { widthOf } from '../lib/policy/text-width.ts';
import { columnsOf, type Paint } from './output.ts';
import { type Cell, tableLines } from './table.ts';
import type { Invocation } from './verb.ts';

/** Tables that fit a terminal: columns that matter less go, names are shortened, ids never are. */

export interface Column<Item> {
  readonly title: string;
  cell(item: Item): Cell;
  /** Those with the highest number are left out first; those without one stay. */
  readonly leftOut?: number;
  /** Texts of this column may be cut to this many columns, but for ids. */
  readonly least?: number;
}

/** How many columns a table may have. */
export function roomFor({
  options,
  terminal,
  environment,
}: Pick<Invocation, 'options' | 'terminal' | 'environment'>): number | undefined {
  if (options.wide) {
    return undefined;
  }
  return columnsOf({ ...terminal?.size() }, environment);
}

const ELLIPSIS = '…';

/** `vpc-0a1b…`, `pcx-…`, an account: half an id is of no use to anybody. */
const ID = /^(?:[a-z]+-[0-9a-f]{8,17}|\d{12})$/;

/** Cut in columns of the terminal, not in characters. */
function shortened(text: string, width: number): string {
  if (widthOf(text) <= width || ID.test(text)) {
    return text;
  }
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  // No id is cut in half inside a sentence either.
  const [half = ''] = /\S*$/.exec(kept) ?? [];
  const whole = /^\S*/.exec(text.slice(kept.length - half.length))?.[0] ?? '';
  return `${(ID.test(whole.replace(/\W+$/, '')) ? kept.slice(0, kept.length - half.length) : kept).trimEnd()}${ELLIPSIS}`;
}

interface Measured<Item> {
  readonly column: Column<Item>;
  readonly cells: readonly Cell[];
  /** As wide as its widest text, and as narrow as it may be. */
  readonly full: number;
  readonly least: number;
}

function measured<Item>(column: Column<Item>, items: readonly Item[]): Measured<Item> {
  const cells = items.map((item) => column.cell(item));
  let full = widthOf(column.title);
  let least = full;
  for (const { text } of cells) {
    const width = widthOf(text);
    full = Math.max(full, width);
    least = Math.max(
      least,
      column.least === undefined || ID.test(text) ? width : Math.min(width, column.least),
    );
  }
  return { column, cells, full, least };
}

const GAP = 2;

function widthTogether(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP * Math.max(0, widths.length - 1));
}

/** The room that is left is given to the narrowest of those that want more, so that short names stay whole. */
function sharedWidths(columns: readonly Measured<never>[], width: number): number[] {
  const widths = columns.map(({ least }) => least);
  let room = width - widthTogether(widths);
  while (room > 0) {
    const [next] = columns
      .map(({ full }, index) => ({ index, has: widths[index] ?? 0, full }))
      .filter(({ has, full }) => has < full)
      .sort((a, b) => a.has - b.has);
    if (next === undefined) break;
    widths[next.index] = next.has + 1;
    room--;
  }
  return widths;
}

export interface Fitted {
  readonly lines: readonly string[];
  /** Titles of the columns for which there was no room. */
  readonly leftOut: readonly string[];
}

/** @param width of the terminal; left out: nothing is cut, and every column is there. */
export function fittedTable<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  paint: (text: string, paint: Paint) => string,
  width: number | undefined,
): Fitted {
  let kept = columns.map((column) => measured(column, items));
  const leftOut: string[] = [];
  while (width !== undefined && widthTogether(kept.map(({ least }) => least)) > width) {
    const [least] = kept
      .filter(({ column }) => column.leftOut !== undefined)
      .sort((a, b) => (b.column.leftOut ?? 0) - (a.column.leftOut ?? 0));
    if (least === undefined) break;
    kept = kept.filter((each) => each !== least);
    leftOut.push(least.column.title);
  }
  const widths =
    width === undefined
      ? kept.map(({ full }) => full)
      : sharedWidths(kept as readonly Measured<never>[], width);
  const rows = items.map((_, row) =>
    kept.map(({ cells }, index): Cell => {
      const cell = cells[row] ?? { text: '' };
      return { ...cell, text: shortened(cell.text, widths[index] ?? 0) };
    }),
  );
  return {
    lines: tableLines(
      kept.map(({ column }) => column.title),
      rows,
      paint,
    ),
    leftOut: columns.map(({ title }) => title).filter((title) => leftOut.includes(title)),
  };
}
