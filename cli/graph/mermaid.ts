import type { EdgeState, PeeringGraph } from '../../lib/graph/model.ts';
import { edgeLines, grouped, linesOf } from './text-graph.ts';

const LINKS: Readonly<Record<EdgeState, string>> = {
  lost: '-.-',
  drift: '===',
  gone: '-.-',
  'not-judged': '-.-',
  pending: '-.->',
  unmanaged: '---',
  routed: '---',
};

const COLOURS: Readonly<Record<EdgeState, string>> = {
  lost: '#c62828',
  drift: '#c62828',
  gone: '#c62828',
  'not-judged': '#c62828',
  pending: '#b26a00',
  unmanaged: '#6b7785',
  routed: '#2a7d46',
};

/** Mermaid writes characters that mean something to it as entities behind a number sign. */
function escaped(text: string): string {
  return text.replace(/[#"<>&;`|[\](){}\\]/g, (character) => `#${character.codePointAt(0)};`);
}

function label(lines: readonly string[]): string {
  return `"${lines.map(escaped).join('<br/>')}"`;
}

/** The picture as a Mermaid flowchart. */
export function mermaidOf({ vpcs, edges }: PeeringGraph): string {
  const names = new Map(vpcs.map(({ vpcId }, index) => [vpcId, `v${index}`]));
  const lines = ['flowchart LR'];
  for (const [account, { accountId, regions }] of grouped(vpcs).entries()) {
    lines.push(`  subgraph a${account} [${label([`Account ${accountId}`])}]`);
    for (const [index, { region, vpcs: own }] of regions.entries()) {
      lines.push(`    subgraph a${account}r${index} [${label([region])}]`);
      for (const vpc of own) {
        lines.push(`      ${names.get(vpc.vpcId)}[${label(linesOf(vpc))}]`);
      }
      lines.push('    end');
    }
    lines.push('  end');
  }
  for (const edge of edges) {
    const { requester, accepter, state } = edge;
    lines.push(`  ${names.get(requester)} ${LINKS[state]}|${label(edgeLines(edge))}| ${names.get(accepter)}`);
  }
  for (const [index, { state }] of edges.entries()) {
    const dashes = state === 'pending' ? ',stroke-dasharray:6 4' : '';
    lines.push(`  linkStyle ${index} stroke:${COLOURS[state]}${dashes}`);
  }
  return `${lines.join('\n')}\n`;
}
