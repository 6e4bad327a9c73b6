import { EDGE_STATES } from '../model.ts';
import type { Arrangement, Seat } from './arrange.ts';
import type { Tie } from './fold.ts';
import type { Grid, Sizes } from './grid.ts';
import { Lanes } from './tracks.ts';

/**
 * Lines run at right angles: along a channel beside a column, and along a band of the corridor above or below a row of
 * hubs. Neither has a box in it. Lines of one box and one state run together until each turns to its other end.
 */

/** Where a line ends at the side of a box. */
interface SidePort {
  readonly seat: Seat;
  readonly channel: number;
  /** From the top of the box. */
  readonly y: number;
}

/** A line leaves a hub upwards or downwards, into the band. */
interface HubPort {
  readonly seat: Seat;
  readonly band: number;
  /** From the middle of the box. */
  readonly x: number;
}

/** How a line runs, before anybody knows how wide the channels are. */
export interface Route {
  readonly tie: Tie;
  /** Names its tracks. */
  readonly group: string;
  readonly hub: HubPort | undefined;
  readonly side: SidePort | undefined;
  /** Undefined: both ends are at the same channel. */
  readonly band: number | undefined;
  readonly leaf: SidePort;
}

/** Of the line at the title of a box. */
const TITLE_PORT = 14;
/** Lines from both sides of a channel do not run into each other. */
const PORT_SHIFT = 2.5;

function sideOf(seat: Seat, channel: number, y: number): SidePort {
  return { seat, channel, y: y + (channel === seat.column ? PORT_SHIFT : -PORT_SHIFT) };
}

/** The channel of a seat that is nearer to another column; of the same column the one that is nearer to the middle. */
function channelTo({ column }: Seat, other: number, columns: number): number {
  if (column !== other) return other > column ? column + 1 : column;
  return column + 0.5 < columns / 2 ? column + 1 : column;
}

function bandOfHub({ row }: Seat, leaf: Seat): number {
  const isBelow = leaf.section === 'lower' || (leaf.section === 'corridor' && leaf.row > row);
  return isBelow ? row + 1 : row;
}

function portY(seat: Seat, tie: Tie): number {
  return seat.card.rows.find(({ ties }) => ties.includes(tie))?.y ?? TITLE_PORT;
}

function fromHub(tie: Tie, hub: Seat, leaf: Seat, columns: number): Omit<Route, 'tie' | 'group'> {
  const band = bandOfHub(hub, leaf);
  const middle = (columns - 1) / 2;
  const channel = channelTo(leaf, leaf.section === 'corridor' ? hub.column : middle, columns);
  const place = EDGE_STATES.indexOf(tie.state) - (EDGE_STATES.length - 1) / 2;
  // Hubs above each other have no line in the same place.
  const x = place * 8 + (hub.row % 2 === 0 ? 0 : 4);
  return {
    hub: { seat: hub, band, x },
    side: undefined,
    band,
    leaf: sideOf(leaf, channel, portY(leaf, tie)),
  };
}

function fromSide(
  tie: Tie,
  trunk: Seat,
  leaf: Seat,
  { columns, rowHeights }: Arrangement,
): Omit<Route, 'tie' | 'group'> {
  const own = channelTo(trunk, leaf.column, columns);
  const other = channelTo(leaf, trunk.column, columns);
  const isBelow = trunk.section === 'lower' && leaf.section === 'lower';
  return {
    hub: undefined,
    side: sideOf(trunk, own, TITLE_PORT),
    band: own === other ? undefined : isBelow ? rowHeights.length : 0,
    leaf: sideOf(leaf, other, portY(leaf, tie)),
  };
}

export function routesOf(ties: readonly Tie[], arrangement: Arrangement): Route[] {
  const seats = new Map(arrangement.seats.map((seat) => [seat.card.item.key, seat]));
  return ties.flatMap((tie) => {
    const [trunk, leaf] = [seats.get(tie.trunk), seats.get(tie.leaf)];
    if (trunk === undefined || leaf === undefined) return [];
    const way =
      trunk.section === 'corridor'
        ? fromHub(tie, trunk, leaf, arrangement.columns)
        : fromSide(tie, trunk, leaf, arrangement);
    return [{ tie, group: `${tie.trunk} ${tie.state}`, ...way }];
  });
}

function lanes(count: number): Lanes[] {
  return Array.from({ length: count }, () => new Lanes());
}

/** @param grid of any sizes: only what comes before what counts. */
export function sizesOf(routes: readonly Route[], { columns, rowHeights }: Arrangement, grid: Grid): Sizes {
  const channels = lanes(columns + 1);
  const bands = lanes(rowHeights.length + 1);
  const heightOf = ({ seat, y }: SidePort) => grid.topOf(seat) + y;
  for (const { group, hub, side, band, leaf } of routes) {
    const bandY = band === undefined ? undefined : grid.bandY(band, 0);
    const start = side === undefined ? bandY : heightOf(side);
    channels[leaf.channel]?.add(group, bandY ?? start ?? 0, heightOf(leaf));
    if (band === undefined || bandY === undefined) continue;
    if (side !== undefined) channels[side.channel]?.add(group, heightOf(side), bandY);
    const from = hub === undefined ? grid.channelX(side?.channel ?? 0, 0) : grid.middleOf(hub.seat) + hub.x;
    bands[band]?.add(group, from, grid.channelX(leaf.channel, 0));
  }
  return { channels: channels.map((each) => each.tracks()), bands: bands.map((each) => each.tracks()) };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The corners of a line, from the trunk to the leaf. */
export function pointsOf(
  { group, hub, side, band, leaf }: Route,
  grid: Grid,
  { channels, bands }: Sizes,
): Point[] {
  const trackX = (channel: number) => grid.channelX(channel, channels[channel]?.of.get(group) ?? 0);
  const edgeX = ({ seat, channel }: SidePort) =>
    grid.leftOf(seat) + (channel === seat.column ? 0 : seat.card.width);
  const yOf = ({ seat, y }: SidePort) => grid.topOf(seat) + y;
  const end = [
    { x: trackX(leaf.channel), y: yOf(leaf) },
    { x: edgeX(leaf), y: yOf(leaf) },
  ];
  if (band === undefined) {
    return side === undefined
      ? end
      : [{ x: edgeX(side), y: yOf(side) }, { x: trackX(leaf.channel), y: yOf(side) }, ...end];
  }
  const bandY = grid.bandY(band, bands[band]?.of.get(group) ?? 0);
  const turn = { x: trackX(leaf.channel), y: bandY };
  if (hub !== undefined) {
    const x = grid.middleOf(hub.seat) + hub.x;
    const top = grid.topOf(hub.seat);
    const y = hub.band === hub.seat.row ? top : top + hub.seat.card.height;
    return [{ x, y }, { x, y: bandY }, turn, ...end];
  }
  if (side === undefined) return end;
  const x = trackX(side.channel);
  return [{ x: edgeX(side), y: yOf(side) }, { x, y: yOf(side) }, { x, y: bandY }, turn, ...end];
}
