import { accountsOf, type Block, COLUMN_WIDTH, FRAME_INSET, type Frame, type Run, runsOf } from './blocks.ts';
import type { Card } from './card.ts';

/**
 * Who sits where: hubs in rows of a corridor through the middle, accounts in columns above and below it. Columns go
 * through the whole picture, and lines run between them and in the corridor, so that none runs over a box.
 */

/** `corridor`: a hub. */
export type Section = 'upper' | 'corridor' | 'lower';

export interface Seat {
  readonly card: Card;
  readonly column: number;
  readonly section: Section;
  /** Of the corridor; 0 elsewhere. */
  readonly row: number;
  /** From the top of the section, or of the row of the corridor. */
  readonly top: number;
  /** From the left edge of the column. */
  readonly left: number;
}

export interface SeatedFrame {
  readonly frame: Frame;
  readonly section: Section;
  /** From the top of the section. */
  readonly top: number;
  /** First and last column. */
  readonly from: number;
  readonly to: number;
}

export interface Arrangement {
  readonly columns: number;
  readonly seats: readonly Seat[];
  readonly frames: readonly SeatedFrame[];
  readonly upperHeight: number;
  readonly lowerHeight: number;
  /** Of the rows of hubs in the corridor. */
  readonly rowHeights: readonly number[];
}

/** What lines take between two columns, and of the corridor, about. */
const LINES = 44;

/** In how many columns the accounts are tried: around the number that would fill the wanted shape without gaps. */
function columnCounts(total: number, cards: number, ratio: number): readonly number[] {
  const square = Math.sqrt((total * ratio) / (COLUMN_WIDTH + LINES));
  const counts = [0.5, 0.65, 0.8, 1, 1.2, 1.45, 1.8, 2.4].map((factor) => Math.ceil(factor * square));
  return cards === 0 ? [] : [...new Set(counts.map((count) => Math.min(count, cards)))];
}

function columnsOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { columns }) => sum + columns, 0);
}

function heightOf(runs: readonly Run[]): number {
  return Math.max(0, ...runs.map(({ height }) => height));
}

/** The first ones above, up to half of the columns. */
function split(runs: readonly Run[]): readonly [readonly Run[], readonly Run[]] {
  const half = Math.ceil(columnsOf(runs) / 2);
  let count = 0;
  let taken = 0;
  for (const { columns } of runs) {
    if (count > 0 && taken + columns > half) break;
    taken += columns;
    count += 1;
  }
  return [runs.slice(0, count), runs.slice(count)];
}

interface Seated {
  readonly seats: readonly Seat[];
  readonly frames: readonly SeatedFrame[];
}

function seatBlock(block: Block, section: Section, column: number, top: number): Seated {
  return {
    seats: block.cards.map((each) => ({
      ...{ card: each.card, section, row: 0, left: each.left },
      ...{ column: column + each.column, top: top + each.top },
    })),
    frames: block.frames.map((frame) => ({
      ...{ frame, section, top: top + frame.top },
      ...{ from: column + frame.from, to: column + frame.to },
    })),
  };
}

/** Above the corridor columns end at it, below they begin at it. */
function seatRuns(runs: readonly Run[], section: 'upper' | 'lower', columns: number): Seated {
  const height = heightOf(runs);
  let column = Math.floor((columns - columnsOf(runs)) / 2);
  const seated: Seated[] = [];
  for (const run of runs) {
    const shift = section === 'upper' ? height - run.height : 0;
    for (const { block, top } of run.blocks) seated.push(seatBlock(block, section, column, top + shift));
    column += run.columns;
  }
  return { seats: seated.flatMap(({ seats }) => seats), frames: seated.flatMap(({ frames }) => frames) };
}

function seatHubs(hubs: readonly Card[], columns: number): { seats: Seat[]; rowHeights: number[] } {
  const seats: Seat[] = [];
  const rowHeights: number[] = [];
  const rows = Math.ceil(hubs.length / Math.max(1, columns));
  const inRow = Math.ceil(hubs.length / Math.max(1, rows));
  for (let row = 0; row < rows; row += 1) {
    const own = hubs.slice(row * inRow, (row + 1) * inRow);
    const height = Math.max(...own.map((card) => card.height));
    const first = Math.floor((columns - own.length) / 2);
    for (const [index, card] of own.entries()) {
      const top = (height - card.height) / 2;
      seats.push({ card, section: 'corridor', row, top, column: first + index, left: 2 * FRAME_INSET });
    }
    rowHeights.push(height);
  }
  return { seats, rowHeights };
}

function seatAll(upper: readonly Run[], lower: readonly Run[], hubs: readonly Card[]): Arrangement {
  const least = hubs.length === 0 ? 1 : Math.min(hubs.length, 4);
  const columns = Math.max(columnsOf(upper), columnsOf(lower), upper.length === 0 ? least : 1);
  const corridor = seatHubs(hubs, columns);
  const above = seatRuns(upper, 'upper', columns);
  const below = seatRuns(lower, 'lower', columns);
  return {
    columns,
    seats: [...above.seats, ...corridor.seats, ...below.seats],
    frames: [...above.frames, ...below.frames],
    upperHeight: heightOf(upper),
    lowerHeight: heightOf(lower),
    rowHeights: corridor.rowHeights,
  };
}

/** The lower the better: far from the wanted shape is bad, and so is empty room. */
function costOf({ columns, upperHeight, lowerHeight, rowHeights }: Arrangement, ratio: number): number {
  const width = columns * (COLUMN_WIDTH + LINES) + LINES;
  const rows = rowHeights.reduce((sum, height) => sum + height + LINES, LINES);
  const height = upperHeight + lowerHeight + rows;
  return Math.abs(Math.log(width / height / ratio)) + 0.5 * Math.log(width * height);
}

/**
 * Seats all boxes.
 *
 * @param ratio width by height; as near to it as the sizes of the boxes allow.
 */
export function arrange(cards: readonly Card[], ratio: number): Arrangement {
  const hubs = cards
    .filter(({ item }) => item.isHub)
    .sort((a, b) => b.item.tieCount - a.item.tieCount || (a.item.key < b.item.key ? -1 : 1));
  const others = cards.filter(({ item }) => !item.isHub);
  const total = others.reduce((sum, { height }) => sum + height + 40, 0);
  const accounts = accountsOf(others);
  let best: Arrangement = seatAll([], [], hubs);
  let least = Number.POSITIVE_INFINITY;
  for (const count of columnCounts(total, others.length, ratio)) {
    const runs = runsOf(accounts, Math.max(160, total / count));
    const halves = split(runs);
    const ways = hubs.length > 0 ? [halves] : [halves, [runs, []] as const];
    for (const [upper, lower] of ways) {
      const arrangement = seatAll(upper, lower, hubs);
      const cost = costOf(arrangement, ratio);
      if (cost < least) {
        best = arrangement;
        least = cost;
      }
    }
  }
  return best;
}
