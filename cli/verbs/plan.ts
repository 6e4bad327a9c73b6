import { type Assessment, assess, tellAssessment } from '../assess.ts';
import { isHeldPair, writeConnections } from '../connections.ts';
import { exitCodeOf, failOnWords } from '../fail-on.ts';
import { writeDocument } from '../formats.ts';
import { isHeld } from '../held.ts';
import { shown } from '../output.ts';
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
import { dueDeletions, writeExpired } from '../times.ts';
import { unlessUnread } from '../unread.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Loaded only where a file is asked for: it needs the SDK. */
async function planFileAt(path: string) {
  const [{ planFileOf }, { checkPlanPath, writePlanFile }] = await Promise.all([
    import('../plan-file/content.ts'),
    import('../plan-file/store.ts'),
  ]);
  checkPlanPath(path);
  return {
    write(assessment: Assessment, invocation: Invocation): void {
      writePlanFile(path, planFileOf(assessment, invocation, new Date()));
      invocation.output.note(
        `note: The plan is in ${shown(path)}. Carry it out with: peering apply ${shown(path)}`,
      );
    },
  };
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const words = failOnWords(invocation);
  const file = options.out === undefined ? undefined : await planFileAt(options.out);
  const assessment = await assess(invocation, policiesOf(invocation));
  tellAssessment(invocation, assessment);
  // What is held waits for a person, or for what undoes it: that is not fine.
  const usual =
    workOf(assessment) === undefined &&
    !assessment.changes.some(isHeld) &&
    !assessment.connections.some(isHeldPair) &&
    dueDeletions(assessment).length === 0
      ? unlessUnread(0, assessment.source)
      : 2;
  const code = exitCodeOf(words, assessment, usual);
  file?.write(assessment, invocation);
  const document = planDocument(assessment);
  if (await writeDocument(invocation, document, { columns: PLAN_COLUMNS, rows: () => planRows(document) })) {
    return code;
  }
  writeWarnings(assessment, output);
  writeRequests(assessment, output);
  writeChanges(assessment, output);
  writeConnections(assessment, output);
  output.line();
  writeFindings(assessment, output);
  writeExpired(assessment, output);
  writeNotJudged(assessment, output);
  output.line();
  writeDecisions(assessment, output, options.all ? 'all' : 'concerned');
  output.line();
  output.line(outcomeText(assessment));
  return code;
};
