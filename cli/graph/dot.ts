import type { EdgeState, GraphEdge, GraphVpc, PeeringGraph } from '../../lib/graph/model.ts';
import { edgeLines, grouped, linesOf } from './text-graph.ts';

/** Colours that tell the states apart on white and on black. */
const COLOURS: Readonly<Record<EdgeState, string>> = {
  lost: '#c62828',
  drift: '#c62828',
  gone: '#c62828',
  'not-judged': '#c62828',
  pending: '#b26a00',
  unmanaged: '#6b7785',
  routed: '#2a7d46',
};

/** Told apart without colours, too. */
const STYLES: Readonly<Record<EdgeState, string>> = {
  lost: 'dashed,bold',
  drift: 'bold',
  gone: 'dotted,bold',
  'not-judged': 'dotted,bold',
  pending: 'dashed',
  unmanaged: 'solid',
  routed: 'solid',
};

/** A quoted DOT string: only quotes and backslashes mean something in it. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function label(lines: readonly string[]): string {
  return `"${lines.map((line) => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')).join('\\n')}"`;
}

function vpcLine(vpc: GraphVpc): string {
  const style = vpc.owner === 'own' ? 'rounded,filled' : 'rounded,filled,dashed';
  return `${quoted(vpc.vpcId)} [label=${label(linesOf(vpc))}, style=${quoted(style)}, class=${quoted(vpc.owner)}]`;
}

function edgeLine(edge: GraphEdge): string {
  const { requester, accepter, state } = edge;
  const arrow = state === 'pending' ? 'forward' : 'none';
  return `${quoted(requester)} -> ${quoted(accepter)} [label=${label(edgeLines(edge))}, style=${quoted(STYLES[state])}, color=${quoted(COLOURS[state])}, fontcolor=${quoted(COLOURS[state])}, dir=${arrow}, class=${quoted(state)}]`;
}

/** The picture as a Graphviz graph: a box for each account, in it one for each Region. */
export function dotOf({ vpcs, edges }: PeeringGraph): string {
  // Monospaced fonts have nearly the same width everywhere, so that text fits its box whatever font the reader has.
  const font = 'fontname="Courier"';
  const clusters = grouped(vpcs).flatMap(({ accountId, regions }, account) => [
    `  subgraph cluster_${account} {`,
    `    label=${quoted(`Account ${accountId}`)}; class="account"; style="rounded"; color="#8a97a6"; margin=16;`,
    ...regions.flatMap(({ region, vpcs: own }, index) => [
      `    subgraph cluster_${account}_${index} {`,
      `      label=${quoted(region)}; class="region"; style="rounded"; color="#b8c2cc"; margin=12;`,
      ...own.map((vpc) => `      ${vpcLine(vpc)};`),
      '    }',
    ]),
    '  }',
  ]);
  return [
    'digraph peerings {',
    `  graph [rankdir=LR, ${font}, fontsize=12, ranksep=1.2, nodesep=0.25, pad=0.3, newrank=true];`,
    `  node [shape=box, ${font}, fontsize=11, margin="0.22,0.10", fillcolor="#f4f7fa", color="#5b6b7b"];`,
    `  edge [${font}, fontsize=9, penwidth=1.6];`,
    ...clusters,
    ...edges.map((edge) => `  ${edgeLine(edge)};`),
    '}',
    '',
  ].join('\n');
}
