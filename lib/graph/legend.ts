import { markAt } from './draw.ts';
import { escapeHtml } from './escape.ts';
import { textWidth } from './layout/text.ts';
import { counted, countStates, type PeeringGraph, STATE_TEXT } from './model.ts';

/** One sentence for those who don't see the picture. */
export function descriptionOf({ vpcs, edges }: PeeringGraph): string {
  return [
    `${counted(vpcs.length, 'VPC')}, ${counted(edges.length, 'peering')}`,
    ...countStates(edges).map(([state, count]) => `${count} ${state} (${STATE_TEXT[state]})`),
  ].join('; ');
}

export interface Legend {
  readonly svg: string;
  /** In points. */
  readonly height: number;
}

const LEFT = 18;
const LINE = 20;
const SAMPLE = 42;
const SIZE = 11;

/** How many there are of each state, with the line and the mark that it has. */
export function legendOf(graph: PeeringGraph, width: number): Legend {
  const elements = [
    `<text class="title" x="${LEFT}" y="24" font-size="13">${escapeHtml(`${counted(graph.vpcs.length, 'VPC')}, ${counted(graph.edges.length, 'peering')}`)}</text>`,
  ];
  let [x, y] = [LEFT, 24 + LINE];
  for (const [state, count] of countStates(graph.edges)) {
    const text = `${count} ${state}: ${STATE_TEXT[state]}`;
    const size = SAMPLE + 20 + textWidth(text, SIZE) + 24;
    if (x > LEFT && x + size > width) {
      x = LEFT;
      y += LINE;
    }
    elements.push(
      `<g class="edge ${state}"><path class="line" d="M${x} ${y - 4}h${SAMPLE - 8}"/>${markAt(state, x + SAMPLE + 4, y - 4)}<text class="name" x="${x + SAMPLE + 16}" y="${y}" font-size="${SIZE}">${escapeHtml(text)}</text></g>`,
    );
    x += size;
  }
  return {
    svg: `<g class="legend">${elements.join('')}</g>`,
    height: graph.edges.length === 0 ? 32 : y + 10,
  };
}

/** As wide as the longest line of a legend at least. */
export const LEAST_WIDTH = 560;
