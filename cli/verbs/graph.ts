import { extname } from 'node:path';
import { assess, tellAssessment } from '../assess.ts';
import { CliError } from '../errors.ts';
import { dotOf } from '../graph/dot.ts';
import { mermaidOf } from '../graph/mermaid.ts';
import { type PeeringGraph, readGraph } from '../graph/model.ts';
import { drawableOf } from '../graph/overview.ts';
import { shown } from '../output.ts';
import { writeWarnings } from '../plan-text.ts';
import { policiesOrDefault } from '../policy.ts';
import { unlessUnread } from '../unread.ts';
import type { Verb } from '../verb.ts';
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

/** A file named like a picture that is none could not be opened. */
const OTHER_PICTURES = ['.png', '.jpg', '.jpeg', '.gif', '.webp', '.pdf'];

function checkPath(path: string): void {
  const ending = extname(path).toLowerCase();
  if (OTHER_PICTURES.includes(ending)) {
    throw new CliError(
      `--out ${shown(path)}: peering graph does not draw ${ending}, but svg, mermaid or dot. Name a .svg file, which browsers and editors open.`,
    );
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  if (options.out !== undefined) checkPath(options.out);
  const assessment = await assess(invocation, policiesOrDefault(invocation));
  const whole = readGraph(assessment, options);
  const format = options.format ?? 'svg';
  // Text has no layout, so it holds everything.
  const { graph, note } = format === 'svg' ? drawableOf(whole) : { graph: whole };
  if (graph === undefined) {
    throw new CliError(note ?? 'There is nothing to draw.');
  }
  progress.doing('Drawing');
  const text = await drawn(graph, format);
  progress.done();
  tellAssessment(invocation, assessment);
  if (note !== undefined) {
    output.note(`note: ${note}`);
  }
  writeWarnings(assessment, output);
  for (const { reason } of assessment.notJudged) {
    output.note(`not judged: ${shown(reason)}`);
  }
  if (options.out === undefined) {
    output.raw(text);
  } else {
    writeFile(options.out, text);
    output.note(`${whole.vpcs.length} VPCs and ${whole.edges.length} peerings in ${options.out}`);
  }
  return unlessUnread(0, assessment.source);
};
