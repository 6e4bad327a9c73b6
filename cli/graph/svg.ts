import { instance } from '@viz-js/viz';
import { dotOf } from './dot.ts';
import { type EdgeState, type PeeringGraph, STATE_TEXT } from './model.ts';

type Theme = Readonly<Record<'paper' | 'ink' | 'box' | 'line' | 'frame', string>> & {
  readonly states: Readonly<Record<EdgeState, string>>;
};

const LIGHT: Theme = {
  paper: '#ffffff',
  ink: '#17212b',
  box: '#f1f5f9',
  line: '#51606f',
  frame: '#8a97a6',
  states: { routed: '#1b6e3a', drift: '#b71c1c', pending: '#8f5200', unmanaged: '#55626f', gone: '#b71c1c' },
};

const DARK: Theme = {
  paper: '#12181f',
  ink: '#e6edf3',
  box: '#1f2933',
  line: '#9fb0c0',
  frame: '#5b6b7b',
  states: { routed: '#6fd08c', drift: '#ff8a80', pending: '#ffb74d', unmanaged: '#a9b6c3', gone: '#ff8a80' },
};

function rules(theme: Theme): string {
  const { paper, ink, box, line, frame, states } = theme;
  return [
    `.peerings .graph>polygon{fill:${paper};stroke:none}`,
    `.peerings text{fill:${ink}}`,
    `.peerings .node path,.peerings .node polygon{fill:${box};stroke:${line}}`,
    `.peerings .cluster path,.peerings .cluster polygon{fill:none;stroke:${frame}}`,
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
    .map(([count, text]) => `${count} ${text}`);
  return `${vpcs.length} VPCs and ${edges.length} peerings${counts.length === 0 ? '' : `: ${counts.join(', ')}`}.`;
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
