import { dueDeletions } from '../../lib/report/expiry.ts';
import { isHeldBack } from '../../lib/report/held.ts';
import { outcomeText, workOf } from '../../lib/report/outcome.ts';
import { isPairHeldBack } from '../../lib/report/pairs.ts';
import { type Assessment, assess, tellAssessment } from '../assess.ts';
import { writeConnections } from '../connections.ts';
import { exitCodeOf, failOnWords } from '../fail-on.ts';
import { writeDocument } from '../formats.ts';
import { shown } from '../output.ts';
import { writeDecisions, writeRequests } from '../plan-decisions.ts';
import { writeChanges, writeFindings, writeNotJudged, writeWarnings } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { PLAN_COLUMNS, planDocument, planRows } from '../rows.ts';
import { writeExpired } from '../times.ts';
import { unlessNotJudged } from '../unread.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Loaded only where a file is asked for: it needs the SDK. */
async function planFileAt(path: string) {
  const [{ planFileOf }, { validatePlanPath, writePlanFile }] = await Promise.all([
    import('../plan-file/content.ts'),
    import('../plan-file/store.ts'),
  ]);
  validatePlanPath(path);
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
    !assessment.changes.some(isHeldBack) &&
    assessment.heldOptions.length === 0 &&
    !assessment.connections.some(isPairHeldBack) &&
    dueDeletions(assessment).length === 0
      ? unlessNotJudged(0, assessment)
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
