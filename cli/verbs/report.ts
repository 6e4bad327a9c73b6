import { s3PlaceIn, s3Url } from '../../lib/model/s3-place.ts';
import { intervalSeconds } from '../../lib/policy/interval.ts';
import { reportPage } from '../../lib/report/page.ts';
import { REPORT_OUTPUT } from '../../resources/report.ts';
import { judgedText, tellAssessment } from '../assess.ts';
import { stackOf } from '../deployed.ts';
import { CliError } from '../errors.ts';
import { roomFor } from '../fitted-table.ts';
import { tellNotJudged } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import {
  type Compliance,
  complianceDocument,
  complianceNote,
  complianceOf,
  complianceTable,
  writeCompliance,
} from '../report/compliance.ts';
import { readPageHistory } from '../report/history.ts';
import { publishPlace } from '../report/publish-place.ts';
import { readStatus, type Status } from '../status.ts';
import { unlessNotJudged } from '../unread.ts';
import type { Invocation, Verb } from '../verb.ts';
import { writeFile } from '../write-file.ts';

/** Own credentials, and the account whose bucket takes the page. */
async function publisher(): Promise<{ readonly owner: string; readonly region: string }> {
  const { callerAccount, defaultRegion } = await import('../source/live.ts');
  const region = await defaultRegion();
  return { owner: (await callerAccount(region)).accountId, region };
}

/** How long ago the last sweep may have been: more than three were missed. */
const MISSED_SWEEPS = 3;

/** Where the stack keeps the page, and how it is opened without making it public. */
async function showLink(invocation: Invocation): Promise<void> {
  const { output } = invocation;
  const [{ linkTo }, { outputsOf }, { callerAccount }] = await Promise.all([
    import('../report/link.ts'),
    import('../stack.ts'),
    import('../source/live.ts'),
  ]);
  const stack = await stackOf(invocation, 'it is the stack that keeps the page');
  const place = s3PlaceIn((await outputsOf(stack)).get(REPORT_OUTPUT) ?? '');
  if (place === undefined) {
    throw new CliError(
      `The stack ${stack.name} in ${stack.region} keeps no page. Write report: { publish: stack } into the policy and deploy it, or make the page here: peering report --out peerings.html.`,
    );
  }
  const { accountId: owner } = await callerAccount(stack.region);
  const now = new Date();
  const { url, made, until } = await linkTo(place, { owner, region: stack.region }, now);
  output.line(url);
  output.note(
    `${s3Url(place)}, made ${made?.toISOString() ?? 'nobody knows when'}. Whoever has the link can open it until ${until.toISOString()}, or until your session ends: do not pass it on.`,
  );
  const [policy] = policiesOf(invocation).all;
  const overdueMs = MISSED_SWEEPS * intervalSeconds(policy?.schedules.sweep ?? 'rate(5 minutes)') * 1000;
  if (made !== undefined && now.getTime() - made.getTime() > overdueMs) {
    output.note('warning: No sweep has renewed it for long. Run peering doctor.');
  }
}

/** What asks for something to be read or made: `--url` does neither. */
const NOT_WITH_URL = [
  'compliance',
  'json',
  'out',
  'publish',
  'vpc',
  'snapshot',
  'account',
  'accounts',
] as const;

/** @throws CliError for what would be left undone. */
function checkAlone({ options }: Pick<Invocation, 'options'>): void {
  const beside = NOT_WITH_URL.filter((name) => options[name] !== undefined);
  if (beside.length > 0) {
    throw new CliError(
      `peering report --url only opens the page that the stack keeps, so nothing would come of ${beside.map((name) => `--${name}`).join(', ')}. Run peering report twice, once with --url alone.`,
    );
  }
}

/** What the options ask for that cannot be. */
function validateOptions({ options }: Pick<Invocation, 'options'>): void {
  if (options.json && !options.compliance) {
    throw new CliError('peering report prints JSON only of its compliance checks: --compliance --json.');
  }
  if (options.out === undefined && options.publish === undefined && !options.compliance) {
    throw new CliError(
      'peering report needs a place for the page: --out peerings.html, or --publish s3://BUCKET. --url opens the one that the stack keeps, and --compliance prints what auditors ask for.',
    );
  }
}

async function drawPage(
  status: Status,
  invocation: Invocation,
  compliance: Compliance | undefined,
  now: Date,
): Promise<string> {
  const { assessment } = status;
  return reportPage({
    status,
    regions: assessment.source.scopes.map(({ region }) => region),
    selected: assessment.selected,
    history: await readPageHistory(invocation, assessment, now),
    ...(compliance === undefined
      ? {}
      : {
          asked: { tables: [complianceTable(compliance, assessment)], notes: [complianceNote(compliance)] },
        }),
    notes: [...[judgedText(assessment) ?? []].flat(), ...assessment.source.notes()],
    now,
  });
}

/** Where the page goes. */
async function putPage(html: string, { options, output }: Invocation): Promise<void> {
  const place = options.publish === undefined ? undefined : publishPlace(options.publish);
  if (options.out !== undefined) {
    writeFile(options.out, html);
    output.note(`Written to ${options.out}`);
  }
  if (place !== undefined) {
    const { createReportBucket } = await import('../../lib/aws/report-bucket.ts');
    const { owner, region } = await publisher();
    output.note(`Published as ${await createReportBucket(place, region).publish(html, owner)}`);
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  if (options.url === true) {
    checkAlone(invocation);
    await showLink(invocation);
    return 0;
  }
  validateOptions(invocation);
  if (options.publish !== undefined) publishPlace(options.publish);
  const status = await readStatus(invocation, policiesOf(invocation));
  const now = new Date();
  const compliance = options.compliance ? complianceOf(status.assessment, now) : undefined;
  tellAssessment(invocation, status.assessment);
  tellNotJudged(status.assessment, output);
  if (options.out !== undefined || options.publish !== undefined) {
    progress.doing('Drawing');
    const html = await drawPage(status, invocation, compliance, now);
    progress.done();
    await putPage(html, invocation);
  }
  if (compliance !== undefined) {
    if (options.json) output.json(complianceDocument(compliance));
    else writeCompliance(compliance, output, roomFor(invocation));
  }
  return unlessNotJudged(0, status.assessment);
};
