import { assess, tellNotes } from '../assess.ts';
import { exitCodeOf, failOnWords } from '../fail-on.ts';
import { writeDocument } from '../formats.ts';
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
import { PLAN_COLUMNS, planDocument, planRows } from '../rows.ts';
import { unlessUnread } from '../unread.ts';
import type { Verb } from '../verb.ts';

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const words = failOnWords(invocation);
  const assessment = await assess(invocation, policiesOf(invocation));
  tellNotes(invocation, assessment.source);
  // What is held waits for a person, or for what undoes it: that is not fine.
  const usual =
    workOf(assessment) === undefined && !assessment.changes.some(isHeld)
      ? unlessUnread(0, assessment.source)
      : 2;
  const code = exitCodeOf(words, assessment, usual);
  const document = planDocument(assessment);
  if (await writeDocument(invocation, document, { columns: PLAN_COLUMNS, rows: () => planRows(document) })) {
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
