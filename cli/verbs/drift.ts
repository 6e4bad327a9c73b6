import { type Assessment, assess, tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { writeFindings, writeNotJudged, writeWarnings } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { findingsOf, notJudgedOf } from '../rows.ts';
import type { Verb } from '../verb.ts';

/** By whom what was found is mended. */
function mendedText({ findings }: Assessment): string {
  const mendable = findings.filter(
    ({ repairable, heldBy }) => repairable && heldBy !== 'observe' && heldBy !== 'contested',
  );
  const free = mendable.filter(({ heldBy }) => heldBy === undefined).length;
  const bySweep =
    free === 0
      ? ''
      : free === mendable.length
        ? ', or by the next sweep of the stack'
        : `, and ${free} of these by the next sweep of the stack`;
  return `${mendable.length} of ${findings.length} can be mended by peering apply${bySweep}.`;
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const assessment = await assess(invocation, policiesOf(invocation));
  tellNotes(invocation, assessment.source);
  const { findings, notJudged, warnings } = assessment;
  if (options.json) {
    const document: Document<'drift'> = {
      findings: findingsOf(assessment),
      notJudged: notJudgedOf(assessment),
      warnings: [...warnings],
    };
    output.json(document);
  } else {
    writeWarnings(assessment, output);
    writeFindings(assessment, output);
    writeNotJudged(assessment, output);
    if (findings.length > 0) {
      output.line();
      output.line(mendedText(assessment));
    }
  }
  return findings.length > 0 ? 2 : notJudged.length > 0 ? 3 : 0;
};
