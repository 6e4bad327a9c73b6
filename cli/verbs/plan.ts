import { assess, tellNotes } from '../assess.ts';
import { workOf, writeChanges, writeDecisions, writeFindings, writeWarnings } from '../plan-text.ts';
import { policyOf } from '../policy.ts';
import { planDocument } from '../rows.ts';
import type { Verb } from '../verb.ts';

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const policy = policyOf(invocation);
  const assessment = await assess(invocation, policy);
  tellNotes(invocation, assessment.source);
  const work = workOf(assessment);
  if (options.json) {
    output.json(planDocument(assessment));
    return work === undefined ? 0 : 2;
  }
  writeWarnings(assessment, output);
  writeDecisions(assessment, output);
  output.line();
  writeChanges(assessment, output);
  output.line();
  writeFindings(assessment, output);
  output.line();
  const observe =
    policy.mode === 'observe' ? ' The policy says mode: observe, so the automation only reports it.' : '';
  output.line(work === undefined ? 'Nothing to do.' : `To do: ${work}.${observe}`);
  return work === undefined ? 0 : 2;
};
