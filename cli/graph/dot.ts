import {
  type EdgeState,
  type GraphEdge,
  type GraphVpc,
  grouped,
  linesOf,
  type PeeringGraph,
} from './model.ts';

/** Colours that tell the states apart on white and on black; the SVG's style replaces them by those of its theme. */
const COLOURS: Readonly<Record<EdgeState, string>> = {
  routed: '#2a7d46',
  drift: '#c62828',
  lost: '#c62828',
  pending: '#b26a00',
  unmanaged: '#6b7785',
  gone: '#c62828',
};

const STYLES: Readonly<Record<EdgeState, string>> = {
  routed: 'solid',
  drift: 'bold',
  lost: 'dashed',
  pending: 'dashed',
  unmanaged: 'solid',
  gone: 'dotted',
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

function edgeLine({ peeringId, requester, accepter, status, state, says }: GraphEdge): string {
  const text = [peeringId, says === '' ? status : `${status}, ${says}`];
  const arrow = state === 'pending' ? 'forward' : 'none';
  return `${quoted(requester)} -> ${quoted(accepter)} [label=${label(text)}, style=${STYLES[state]}, color=${quoted(COLOURS[state])}, fontcolor=${quoted(COLOURS[state])}, dir=${arrow}, class=${quoted(state)}]`;
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
