import { statusViews } from '../lib/report/status-views.ts';
import { type Assessment, assess } from './assess.ts';
import type { Document } from './documents.ts';
import type { Policies } from './policy.ts';
import { endedOf, judgedByOf, notJudgedOf } from './rows.ts';
import type { Invocation } from './verb.ts';

export interface Status {
  readonly assessment: Assessment;
  readonly document: Document<'status'>;
}

/** Everything that `status` shows, one line for each view. */
export async function readStatus(invocation: Invocation, policies: Policies): Promise<Status> {
  const assessment = await assess(invocation, policies);
  const views = statusViews(assessment);
  invocation.progress.done();
  return {
    assessment,
    document: {
      views,
      ended: endedOf(assessment),
      notJudged: notJudgedOf(assessment),
      judgedBy: judgedByOf(assessment),
      warnings: [...assessment.warnings],
    },
  };
}
