import { assess, tellNotes } from '../assess.ts';
import { isHeld } from '../held.ts';
import { writeDecisions, writeRequests } from '../plan-decisions.ts';
import {
  outcomeText,
  workOf,
  writeChanges,
  writeFindings,
  writeNotJudged,
  writeWarnings,
} from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { planDocument } from '../rows.ts';
import type { Verb } from '../verb.ts';

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const assessment = await assess(invocation, policiesOf(invocation));
  tellNotes(invocation, assessment.source);
  // What is held waits for a person, or for what undoes it: that is not fine.
  const code = workOf(assessment) === undefined && !assessment.changes.some(isHeld) ? 0 : 2;
  if (options.json) {
    output.json(planDocument(assessment));
    return code;
  }
  writeWarnings(assessment, output);
  writeRequests(assessment, output);
  writeChanges(assessment, output);
  output.line();
  writeFindings(assessment, output);
  writeNotJudged(assessment, output);
  output.line();
  writeDecisions(assessment, output, options.all ? 'all' : 'concerned');
  output.line();
  output.line(outcomeText(assessment));
  return code;
};
