import { type Drawing, drawLayout } from './draw.ts';
import type { PictureView } from './layout/fold.ts';
import { type Layout, layoutOf } from './layout/layout.ts';
import { LEAST_WIDTH, legendOf } from './legend.ts';
import type { PeeringGraph } from './model.ts';

/** The whole picture, as the command writes it and as the script draws it again. */

export interface Picture {
  /** What stands in an SVG element of this size, in points. */
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  readonly layout: Layout;
}

export function pictureOf(graph: PeeringGraph, view: PictureView, drawing: Drawing): Picture {
  const layout = layoutOf(graph, view);
  const width = Math.ceil(Math.max(layout.width, LEAST_WIDTH));
  const legend = legendOf(graph, width);
  const left = (width - layout.width) / 2;
  return {
    svg: `${legend.svg}\n<g transform="translate(${left} ${legend.height})">${drawLayout(graph, layout, drawing)}</g>`,
    width,
    height: Math.ceil(layout.height + legend.height),
    layout,
  };
}
