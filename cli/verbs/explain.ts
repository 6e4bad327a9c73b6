import { diagnose, type Hop } from '../../lib/connectivity/diagnosis.ts';
import { tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { readNetwork } from '../network.ts';
import { type Output, type Paint, shown } from '../output.ts';
import { policiesOrDefault } from '../policy.ts';
import { openSource } from '../source/open.ts';
import { type Cell, tableLines } from '../table.ts';
import type { Verb } from '../verb.ts';

const STATES: Readonly<Record<Hop['status'], readonly [word: string, paint: Paint]>> = {
  passes: ['passes', 'green'],
  fails: ['FAILS', 'red'],
  'not-visible': ['not visible', 'yellow'],
};

function writeHops(hops: readonly Hop[], output: Output): void {
  const rows = hops.map(({ name, direction, status, sentence }): Cell[] => {
    const [word, paint] = STATES[status];
    return [{ text: direction }, { text: name }, { text: word, paint }, { text: shown(sentence) }];
  });
  for (const line of tableLines(['WAY', 'HOP', 'STATE', 'WHAT WAS SEEN'], rows, output.paint)) {
    output.line(line);
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, positionals, output, progress } = invocation;
  const [source = '', target = ''] = positionals;
  const opened = await openSource(invocation, policiesOrDefault(invocation));
  progress.doing('Reading the network');
  const network = await readNetwork(opened);
  progress.done();
  tellNotes(invocation, opened);
  const diagnosis = diagnose(network, source, target);
  const { reachable, hops, firstFailure, summary } = diagnosis;
  if (options.json) {
    const document: Document<'explain'> = {
      source,
      target,
      reachable,
      hops: hops.map((hop) => ({ ...hop, ids: [...hop.ids] })),
      firstFailure: firstFailure === undefined ? null : { ...firstFailure, ids: [...firstFailure.ids] },
      summary,
    };
    output.json(document);
  } else {
    const paint = reachable === true ? 'green' : reachable === false ? 'red' : 'yellow';
    output.line(output.paint(shown(summary, 2000), paint));
    output.line();
    writeHops(hops, output);
  }
  return reachable === false ? 2 : 0;
};
