import type { PeeringGraph } from '../model.ts';
import { arrange } from './arrange.ts';
import { COLUMN_WIDTH, FRAME_INSET, type Frame } from './blocks.ts';
import { CARD_WIDTH, type Card, cardOf, titleOf } from './card.ts';
import { fold, type Item, type PictureView, type Tie } from './fold.ts';
import { gridOf, type Sizes } from './grid.ts';
import { type Point, pointsOf, routesOf, sizesOf } from './routes.ts';

/** From a graph to placed boxes and lines. The same graph and view always give the same picture. */

export interface Placed {
  /** In points, from the upper left corner of the picture. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedFrame extends Placed {
  readonly frame: Frame;
  readonly width: number;
  readonly height: number;
}

export interface PlacedCard extends Placed {
  readonly card: Card;
}

export interface PlacedTie {
  readonly tie: Tie;
  /** From corner to corner. */
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly PlacedFrame[];
  readonly cards: readonly PlacedCard[];
  /** In the order in which they are drawn: unhealthy ones above the others. */
  readonly ties: readonly PlacedTie[];
}

const WIDTHS: Readonly<Record<Item['kind'], number>> = {
  vpc: CARD_WIDTH,
  region: COLUMN_WIDTH - 2 * FRAME_INSET,
  account: COLUMN_WIDTH,
};

export function layoutOf(graph: PeeringGraph, view: PictureView): Layout {
  const { items, ties } = fold(graph, view);
  const titles = new Map(items.map((item) => [item.key, titleOf(item)]));
  const arrangement = arrange(
    items.map((item) => cardOf(item, WIDTHS[item.kind], titles)),
    view.ratio,
  );
  const routes = routesOf(ties, arrangement);
  const none = { of: new Map<string, number>(), count: 0 };
  const unsized: Sizes = {
    channels: Array.from({ length: arrangement.columns + 1 }, () => none),
    bands: Array.from({ length: arrangement.rowHeights.length + 1 }, () => none),
  };
  const sizes = sizesOf(routes, arrangement, gridOf(arrangement, unsized));
  const grid = gridOf(arrangement, sizes);
  return {
    width: grid.width,
    height: grid.height,
    frames: arrangement.frames.map((seated) => ({ frame: seated.frame, ...grid.frameOf(seated) })),
    cards: arrangement.seats.map((seat) => ({ card: seat.card, x: grid.leftOf(seat), y: grid.topOf(seat) })),
    ties: routes.map((route) => ({ tie: route.tie, points: pointsOf(route, grid, sizes) })),
  };
}
