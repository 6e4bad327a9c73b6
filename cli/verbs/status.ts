import { type Assessment, tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { type Output, shown } from '../output.ts';
import { writeNotJudged, writeWarnings } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { DECISION_PAINT } from '../rows.ts';
import { pingText, pingTone, readStatus } from '../status.ts';
import { type Cell, tableLines } from '../table.ts';
import { unlessUnread } from '../unread.ts';
import type { Verb } from '../verb.ts';

type StatusDocument = Document<'status'>;

const HEAD = [
  'PEERING',
  'REGION',
  'LOCAL VPC',
  'NAME',
  'REMOTE',
  'STATE',
  'DECISION',
  'RULE',
  'ROUTES',
  'LAST PING',
];

const PING_PAINT = { good: 'green', warn: 'yellow', bad: 'red' } as const;

function cellsOf(view: StatusDocument['views'][number], now: Date): Cell[] {
  const { peeringId, region, localVpc, localName, remoteVpc, remoteAccount, remoteRegion, status } = view;
  const { decision, rule, routes, notes } = view;
  const complete = routes.present === routes.desired;
  const tone = pingTone(view);
  return [
    { text: peeringId },
    { text: region },
    { text: localVpc },
    { text: shown(localName ?? '-', 40) },
    { text: `${remoteAccount}/${remoteVpc}${remoteRegion === region ? '' : ` ${remoteRegion}`}` },
    { text: status },
    { text: decision, paint: DECISION_PAINT[decision] ?? 'dim' },
    { text: rule ?? '-' },
    { text: `${routes.present}/${routes.desired}`, ...(complete ? {} : { paint: 'red' as const }) },
    { text: pingText(view, now), ...(tone === undefined ? {} : { paint: PING_PAINT[tone] }) },
    ...(notes.length === 0 ? [] : [{ text: notes.join('; '), paint: 'yellow' as const }]),
  ];
}

function writeViews({ views }: StatusDocument, output: Output): void {
  if (views.length === 0) {
    output.line('No peering has a side here.');
    return;
  }
  const now = new Date();
  const head = views.some(({ notes }) => notes.length > 0) ? [...HEAD, 'NOTE'] : HEAD;
  const rows = views.map((view) => cellsOf(view, now));
  for (const line of tableLines(head, rows, output.paint)) {
    output.line(line);
  }
}

/** What was asked or lived and does no more, with what AWS says of it: otherwise nobody hears of it. */
function writeEnded({ ended }: StatusDocument, output: Output): void {
  if (ended.length === 0) {
    return;
  }
  output.line();
  output.line(output.paint(`Ended (${ended.length})`, 'bold'));
  const rows = ended.map((each): Cell[] => [
    { text: `  ${each.peeringId}` },
    { text: each.region },
    { text: each.status, paint: 'red' },
    { text: each.askedBy === 'ours' ? 'this account' : 'the other account' },
    { text: `${each.requesterAccount}/${each.requesterVpc} -> ${each.accepterAccount}/${each.accepterVpc}` },
    { text: shown(each.statusMessage) },
  ]);
  const head = ['  PEERING', 'REGION', 'STATE', 'ASKED BY', 'FROM AND TO', 'WHAT AWS SAYS'];
  for (const line of tableLines(head, rows, output.paint)) {
    output.line(line);
  }
}

/** Notes only name what was found, and some of it is about no peering. */
function writeFound({ findings }: Pick<Assessment, 'findings'>, output: Output): void {
  const { length } = findings;
  if (length > 0) {
    output.line();
    output.line(
      length === 1
        ? '1 finding: peering drift says what it is and what to do.'
        : `${length} findings: peering drift says what they are and what to do.`,
    );
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const { assessment, document } = await readStatus(invocation, policiesOf(invocation));
  tellNotes(invocation, assessment.source);
  if (options.json) {
    output.json(document);
    return unlessUnread(0, assessment.source);
  }
  writeWarnings(assessment, output);
  writeViews(document, output);
  writeEnded(document, output);
  writeNotJudged(assessment, output);
  writeFound(assessment, output);
  return unlessUnread(0, assessment.source);
};
