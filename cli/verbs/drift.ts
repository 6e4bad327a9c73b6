import { assess, tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { writeFindings, writeWarnings } from '../plan-text.ts';
import { policyOf } from '../policy.ts';
import { findingsOf } from '../rows.ts';
import type { Verb } from '../verb.ts';

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const policy = policyOf(invocation);
  const assessment = await assess(invocation, policy);
  tellNotes(invocation, assessment.source);
  const { findings, warnings } = assessment;
  if (options.json) {
    const document: Document<'drift'> = { findings: findingsOf(assessment), warnings: [...warnings] };
    output.json(document);
  } else {
    writeWarnings(assessment, output);
    writeFindings(assessment, output);
    const repairable = findings.filter((finding) => finding.repairable).length;
    if (findings.length > 0) {
      output.line();
      output.line(
        `${repairable} of ${findings.length} can be mended by peering apply${
          policy.drift.repair && policy.mode === 'enforce' ? ', or by the next sweep of the stack' : ''
        }.`,
      );
    }
  }
  return findings.length === 0 ? 0 : 2;
};
