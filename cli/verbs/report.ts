import { reportPage } from '../../lib/report/page.ts';
import { judgedText, tellAssessment } from '../assess.ts';
import { CliError } from '../errors.ts';
import { policiesOf } from '../policy.ts';
import { readPageHistory } from '../report/history.ts';
import { publishPlace } from '../report/publish-place.ts';
import { readStatus } from '../status.ts';
import { unlessUnread } from '../unread.ts';
import type { Verb } from '../verb.ts';
import { writeFile } from '../write-file.ts';

/** Own credentials, and the account whose bucket takes the page. */
async function publisher(): Promise<{ readonly owner: string; readonly region: string }> {
  const { callerAccount, defaultRegion } = await import('../source/live.ts');
  const region = await defaultRegion();
  return { owner: (await callerAccount(region)).accountId, region };
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  if (options.out === undefined && options.publish === undefined) {
    throw new CliError(
      'peering report needs a place for the page: --out peerings.html, or --publish s3://BUCKET.',
    );
  }
  const place = options.publish === undefined ? undefined : publishPlace(options.publish);
  const status = await readStatus(invocation, policiesOf(invocation));
  progress.doing('Drawing');
  const { assessment } = status;
  const now = new Date();
  const html = reportPage({
    status,
    regions: assessment.source.scopes.map(({ region }) => region),
    selected: options,
    history: await readPageHistory(invocation, assessment, now),
    notes: [...[judgedText(assessment) ?? []].flat(), ...assessment.source.notes()],
    now,
  });
  progress.done();
  tellAssessment(invocation, assessment);
  if (options.out !== undefined) {
    writeFile(options.out, html);
    output.note(`Written to ${options.out}`);
  }
  if (place !== undefined) {
    const { createReportBucket } = await import('../../lib/aws/report-bucket.ts');
    const { owner, region } = await publisher();
    output.note(`Published as ${await createReportBucket(place, region).publish(html, owner)}`);
  }
  return unlessUnread(0, assessment.source);
};
