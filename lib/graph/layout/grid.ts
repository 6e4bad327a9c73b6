import type { Arrangement, Seat, SeatedFrame, Section } from './arrange.ts';
import { COLUMN_WIDTH, FRAME_INSET } from './blocks.ts';
import { stepOf, type Tracks } from './tracks.ts';

/** Lines that run in each channel and in each band. */
export interface Sizes {
  readonly channels: readonly Tracks[];
  readonly bands: readonly Tracks[];
}

/** Between a box and the next line. */
const MARGIN = 14;
/** A channel without lines. */
const EMPTY_CHANNEL = 18;
const EMPTY_BAND = 24;

/** Where everything is, in points from the upper left corner. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  topOf(seat: Pick<Seat, 'section' | 'row' | 'top'>): number;
  leftOf(seat: Pick<Seat, 'column' | 'left'>): number;
  /** Of the box of a seat, from left to right. */
  middleOf(seat: Seat): number;
  channelX(channel: number, track: number): number;
  bandY(band: number, track: number): number;
  frameOf(frame: SeatedFrame): {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

function sizeOf({ count }: Tracks, empty: number): number {
  return count === 0 ? empty : 2 * MARGIN + (count - 1) * stepOf(count);
}

/** Where each one begins, and behind the last one where they end. */
function starts(sizes: readonly number[], from: number, between: (index: number) => number): number[] {
  const found: number[] = [];
  let at = from;
  for (const [index, size] of sizes.entries()) {
    found.push(at);
    at += size + between(index);
  }
  return [...found, at];
}

export function gridOf(arrangement: Arrangement, { channels, bands }: Sizes): Grid {
  const { columns, upperHeight, lowerHeight, rowHeights } = arrangement;
  const channelStarts = starts(
    channels.map((each) => sizeOf(each, EMPTY_CHANNEL)),
    0,
    (index) => (index < columns ? COLUMN_WIDTH : 0),
  );
  const bandStarts = starts(
    bands.map((each) => sizeOf(each, EMPTY_BAND)),
    EMPTY_CHANNEL + upperHeight,
    (index) => rowHeights[index] ?? 0,
  );
  const columnX = (column: number) => (channelStarts[column + 1] ?? 0) - COLUMN_WIDTH;
  const lower = bandStarts[bandStarts.length - 1] ?? 0;
  const sectionY: Readonly<Record<Section, (row: number) => number>> = {
    upper: () => EMPTY_CHANNEL,
    corridor: (row) => (bandStarts[row + 1] ?? 0) - (rowHeights[row] ?? 0),
    lower: () => lower,
  };
  const along = (all: readonly Tracks[], from: readonly number[], index: number, track: number) =>
    (from[index] ?? 0) + MARGIN + track * stepOf(all[index]?.count ?? 0);
  const leftOf: Grid['leftOf'] = ({ column, left }) => columnX(column) + left;
  return {
    width: channelStarts[channelStarts.length - 1] ?? 0,
    height: lower + lowerHeight + EMPTY_CHANNEL,
    topOf: ({ section, row, top }) => sectionY[section](row) + top,
    leftOf,
    middleOf: (seat) => leftOf(seat) + seat.card.width / 2,
    channelX: (channel, track) => along(channels, channelStarts, channel, track),
    bandY: (band, track) => along(bands, bandStarts, band, track),
    frameOf({ frame, section, top, from, to }) {
      const inset = frame.kind === 'region' ? FRAME_INSET : 0;
      const x = columnX(from) + inset;
      return {
        x,
        y: sectionY[section](0) + top,
        width: columnX(to) + COLUMN_WIDTH - inset - x,
        height: frame.height,
      };
    },
  };
}
