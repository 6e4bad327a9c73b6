import { extname } from 'node:path';
import { counted, type PeeringGraph } from '../../lib/graph/model.ts';
import { drawableOf } from '../../lib/graph/overview.ts';
import { svgFile } from '../../lib/graph/svg.ts';
import { readGraph } from '../../lib/report/read-graph.ts';
import { tellAssessment } from '../assess.ts';
import { CliError } from '../errors.ts';
import { dotOf } from '../graph/dot.ts';
import { mermaidOf } from '../graph/mermaid.ts';
import { shown } from '../output.ts';
import { tellNotJudged, writeWarnings } from '../plan-text.ts';
import { policiesOrDefault } from '../policy.ts';
import { readStatus } from '../status.ts';
import { unlessNotJudged } from '../unread.ts';
import type { Verb } from '../verb.ts';
import { writeFile } from '../write-file.ts';

/** Text has no layout, so it holds everything; of a picture that cannot there is a note. */
function drawn(
  graph: PeeringGraph,
  format: 'svg' | 'mermaid' | 'dot',
): { readonly text: string; readonly note?: string } {
  switch (format) {
    case 'dot':
      return { text: dotOf(graph) };
    case 'mermaid':
      return { text: mermaidOf(graph) };
    case 'svg': {
      const drawable = drawableOf(graph);
      const { note } = drawable;
      return { text: svgFile(graph, drawable), ...(note === undefined ? {} : { note }) };
    }
  }
}

/** A file named like a picture that is none could not be opened. */
const OTHER_PICTURES = ['.png', '.jpg', '.jpeg', '.gif', '.webp', '.pdf'];

function validatePath(path: string): void {
  const ending = extname(path).toLowerCase();
  if (OTHER_PICTURES.includes(ending)) {
    throw new CliError(
      `--out ${shown(path)}: peering graph does not draw ${ending}, but svg, mermaid or dot. Name a .svg file, which browsers and editors open.`,
    );
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  if (options.out !== undefined) validatePath(options.out);
  const status = await readStatus(invocation, policiesOrDefault(invocation));
  const { assessment } = status;
  const graph = readGraph(status, assessment.selected, new Date());
  progress.doing('Drawing');
  const { text, note } = drawn(graph, options.format ?? 'svg');
  progress.done();
  tellAssessment(invocation, assessment);
  if (note !== undefined) {
    output.note(`note: ${note}`);
  }
  writeWarnings(assessment, output);
  tellNotJudged(assessment, output);
  if (options.out === undefined) {
    output.raw(text);
  } else {
    writeFile(options.out, text);
    output.note(
      `${counted(graph.vpcs.length, 'VPC')} and ${counted(graph.edges.length, 'peering')} in ${options.out}`,
    );
  }
  return unlessNotJudged(0, assessment);
};
