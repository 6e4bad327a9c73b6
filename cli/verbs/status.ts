import { type Assessment, tellAssessment } from '../assess.ts';
import type { Document } from '../documents.ts';
import { exitCodeOf, failOnWords } from '../fail-on.ts';
import { arranged, filtersMissed } from '../filter.ts';
import type { Column } from '../fitted-table.ts';
import { fittedTable, roomFor } from '../fitted-table.ts';
import { type Row, writeDocument } from '../formats.ts';
import { type Output, shown } from '../output.ts';
import { writeNotJudged, writeWarnings } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { readStatus } from '../status.ts';
import { endedColumns, statusColumns } from '../status-columns.ts';
import { unlessNotJudged } from '../unread.ts';
import type { ExitCode, Invocation, Verb } from '../verb.ts';
import { watch, watchOf } from '../watch.ts';

type StatusDocument = Document<'status'>;

function writeTable<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  invocation: Invocation,
): void {
  const { output } = invocation;
  const { lines, leftOut } = fittedTable(columns, items, output.paint, roomFor(invocation));
  for (const line of lines) {
    output.line(line);
  }
  if (leftOut.length > 0) {
    output.note(`note: No room for ${leftOut.join(', ')}; --wide shows everything.`);
  }
}

function writeViews(
  views: StatusDocument['views'],
  all: StatusDocument['views'],
  invocation: Invocation,
): void {
  const { output, options } = invocation;
  if (views.length === 0) {
    output.line(
      all.length === 0 ? 'No peering has a side here.' : `None of ${all.length} lines matches --filter.`,
    );
    return;
  }
  const columns = statusColumns(views, { shows: options.wide ? 'all' : 'needed', now: new Date() });
  writeTable(columns, views, invocation);
  output.line();
  const unwell = new Map<string, number>();
  for (const { health } of views) unwell.set(health, (unwell.get(health) ?? 0) + 1);
  const matched = views.length === all.length ? '' : `, of ${all.length} in all`;
  output.line(
    `${views.length} ${views.length === 1 ? 'line' : 'lines'}${matched}: ${[...unwell].map(([health, count]) => `${count} ${health}`).join(', ')}.`,
  );
}

/** What was asked or lived and does no more, with what AWS says of it: otherwise nobody hears of it. */
function writeEnded({ ended }: StatusDocument, invocation: Invocation): void {
  const { output } = invocation;
  if (ended.length === 0) {
    return;
  }
  output.line();
  output.line(output.paint(`Ended (${ended.length})`, 'bold'));
  writeTable(endedColumns(ended), ended, invocation);
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

const CSV_COLUMNS = [
  'health',
  'accountId',
  'peeringId',
  'peeringName',
  'region',
  'localVpc',
  'localName',
  'remoteVpc',
  'remoteName',
  'remoteAccount',
  'remoteRegion',
  'status',
  'decision',
  'rule',
  'standing',
  'desiredRoutes',
  'presentRoutes',
  'expires',
  'pingVerdict',
  'pingAt',
  'averageRttMs',
  'notes',
] as const;

function csvRow({
  lastPing,
  routes,
  expires,
  notes,
  check: _,
  reasons: __,
  ...view
}: StatusDocument['views'][number]): Row {
  return {
    ...view,
    desiredRoutes: routes.desired,
    presentRoutes: routes.present,
    expires: expires?.at ?? null,
    pingVerdict: lastPing?.verdict ?? null,
    pingAt: lastPing?.at ?? null,
    averageRttMs: lastPing?.averageRtt ?? null,
    notes: notes.map((note) => shown(note)).join('; '),
  };
}

async function show(invocation: Invocation, words: readonly string[] | undefined): Promise<ExitCode> {
  const { output, options } = invocation;
  const { assessment, document } = await readStatus(invocation, policiesOf(invocation));
  tellAssessment(invocation, assessment);
  const code = exitCodeOf(words, assessment, unlessNotJudged(0, assessment));
  const views = arranged(document.views, invocation);
  // A filter is about peerings that live; without one nothing is left out.
  const ended = options.filter === undefined ? document.ended : [];
  for (const each of filtersMissed(document.views, invocation)) output.note(`note: ${each}`);
  const csv = { columns: CSV_COLUMNS, rows: () => views.map(csvRow) };
  if (await writeDocument(invocation, { ...document, views, ended }, csv)) {
    return code;
  }
  writeWarnings(assessment, output);
  writeViews(views, document.views, invocation);
  writeEnded({ ...document, ended }, invocation);
  writeNotJudged(assessment, output);
  writeFound(assessment, output);
  return code;
}

export const run: Verb['run'] = async (invocation) => {
  const words = failOnWords(invocation);
  arranged([], invocation);
  const watched = watchOf(invocation);
  if (watched === undefined) {
    return show(invocation, words);
  }
  await watch(invocation, watched, (drawn) => show(drawn, words));
  return 0;
};
