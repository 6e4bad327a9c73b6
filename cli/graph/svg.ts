import { instance } from '@viz-js/viz';
import { dotOf } from './dot.ts';
import { type PeeringGraph, STATE_TEXT } from './model.ts';
import { DARK, LIGHT, type Theme } from './theme.ts';

function rules(theme: Theme): string {
  const { paper, ink, box, line, frame, states } = theme;
  return [
    `.peerings .graph>polygon{fill:${paper};stroke:none}`,
    `.peerings text{fill:${ink}}`,
    `.peerings .node path,.peerings .node polygon{fill:${box};stroke:${line}}`,
    `.peerings .cluster path,.peerings .cluster polygon{fill:none;stroke:${frame}}`,
    // A peering's text lies on its line: a rim in the colour of the paper keeps it readable.
    `.peerings .edge text{paint-order:stroke;stroke:${paper};stroke-width:4px;stroke-linejoin:round}`,
    ...Object.entries(states).flatMap(([state, colour]) => [
      `.peerings .edge.${state} path,.peerings .edge.${state} polygon{stroke:${colour}}`,
      `.peerings .edge.${state} polygon,.peerings .edge.${state} text{fill:${colour}}`,
    ]),
  ].join('');
}

const FONT = 'ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace';

const STYLE = `<style>.peerings text{font-family:${FONT}}${rules(LIGHT)}@media (prefers-color-scheme:dark){${rules(DARK)}}</style>`;

/** One sentence for those who don't see the picture. */
function description({ vpcs, edges }: PeeringGraph): string {
  const counts = Object.entries(STATE_TEXT)
    .map(([state, text]) => [edges.filter((edge) => edge.state === state).length, text] as const)
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${text}: ${count}`);
  return [`VPCs: ${vpcs.length}, peerings: ${edges.length}`, ...counts].join('; ');
}

/** The picture as SVG, laid out by Graphviz; it follows the reader's dark or light setting. */
export async function svgOf(graph: PeeringGraph): Promise<string> {
  const viz = await instance();
  const drawn = viz.renderString(dotOf(graph), { format: 'svg', engine: 'dot' });
  const start = drawn.indexOf('<svg');
  return `${drawn
    .slice(start)
    .replace('<svg', `<svg class="peerings" role="img" aria-label="${description(graph)}"`)
    .replace('>', `>\n${STYLE}`)
    .trimEnd()}\n`;
}
