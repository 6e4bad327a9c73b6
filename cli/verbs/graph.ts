import { assess, tellNotes } from '../assess.ts';
import type { Verb } from '../commands.ts';
import { dotOf } from '../graph/dot.ts';
import { mermaidOf } from '../graph/mermaid.ts';
import { type PeeringGraph, readGraph } from '../graph/model.ts';
import { writeWarnings } from '../plan-text.ts';
import { policyOrDefault } from '../policy.ts';
import { writeFile } from '../write-file.ts';

async function drawn(graph: PeeringGraph, format: 'svg' | 'mermaid' | 'dot'): Promise<string> {
  switch (format) {
    case 'dot':
      return dotOf(graph);
    case 'mermaid':
      return mermaidOf(graph);
    case 'svg': {
      // Graphviz is large: it is loaded only where it draws.
      const { svgOf } = await import('../graph/svg.ts');
      return svgOf(graph);
    }
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const assessment = await assess(invocation, policyOrDefault(invocation));
  const graph = await readGraph(assessment, options);
  progress.doing('Drawing');
  const text = await drawn(graph, options.format ?? 'svg');
  progress.done();
  tellNotes(invocation, assessment.source);
  writeWarnings(assessment, output);
  if (options.out === undefined) {
    output.raw(text);
  } else {
    writeFile(options.out, text);
    output.note(`${graph.vpcs.length} VPCs and ${graph.edges.length} peerings in ${options.out}`);
  }
  return 0;
};
