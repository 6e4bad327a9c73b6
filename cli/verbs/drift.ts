import { refusedLately } from '../../lib/messages/refused.ts';
import { NO_MEMORY } from '../../lib/model/memory.ts';
import { createIsMendedByApply } from '../../lib/report/held.ts';
import { type Mended, mendedText } from '../../lib/report/outcome.ts';
import { type Assessment, assess, tellAssessment } from '../assess.ts';
import type { Document } from '../documents.ts';
import { exitCodeOf, failOnWords } from '../fail-on.ts';
import { writeDocument } from '../formats.ts';
import type { Output } from '../output.ts';
import {
  plannedBesideDrift,
  writeFindings,
  writeNotJudged,
  writePlanned,
  writeWarnings,
} from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { changeOf, FOUND_COLUMNS, findingsOf, foundRows, judgedByOf, notJudgedOf } from '../rows.ts';
import { expiredOf, writeExpired } from '../times.ts';
import type { Verb } from '../verb.ts';

function mendedBy(assessment: Assessment): Mended {
  const { findings, accounts, source } = assessment;
  const mendable = findings.filter(createIsMendedByApply(assessment));
  const now = new Date();
  const read = (source.unread?.() ?? []).length === 0 ? 'all' : 'not all';
  const memories = new Map(
    accounts.flatMap(({ accountId, memory }) =>
      [...memory].map(([region, remembered]) => [`${accountId} ${region}`, remembered] as const),
    ),
  );
  const bySweep = mendable.filter((finding) => {
    const { registry, notes } = memories.get(`${finding.accountId} ${finding.region}`) ?? NO_MEMORY;
    return (
      finding.repairable &&
      finding.heldBy === undefined &&
      // The functions need it, too; where none was found there may be no stack.
      registry === 'known' &&
      refusedLately(notes, finding, now) === undefined
    );
  }).length;
  return { findings: findings.length, byApply: mendable.length, bySweep, read };
}

/**
 * Without its own record the product takes a route that somebody deleted for one that was never made. Who reads live is told of
 * the stack that is not there, or not to be read, by every verb.
 */
function tellUnknownRegions({ accounts, source }: Assessment, output: Output): void {
  if (source.kind !== 'snapshot') {
    return;
  }
  const unknown = accounts.flatMap(({ scopes }) =>
    scopes.filter(({ memory }) => memory.registry === 'none').map(({ scope }) => scope),
  );
  const owners = [...new Set(unknown.map(({ accountId }) => accountId))];
  const whose = accounts.length > 1 ? ` in ${owners.join(', ')}` : '';
  if (unknown.length > 0) {
    output.note(
      `note: Nothing is remembered of ${[...new Set(unknown.map(({ region }) => region))].join(', ')}${whose}, so no route there is known to be the product's own: one that is missing may not count as drift.`,
    );
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { output } = invocation;
  const words = failOnWords(invocation);
  const assessment = await assess(invocation, policiesOf(invocation));
  tellAssessment(invocation, assessment);
  tellUnknownRegions(assessment, output);
  const { findings, notJudged, warnings } = assessment;
  const document: Document<'drift'> = {
    findings: findingsOf(assessment),
    planned: plannedBesideDrift(assessment).map(changeOf),
    expired: expiredOf(assessment),
    notJudged: notJudgedOf(assessment),
    judgedBy: judgedByOf(assessment),
    warnings: [...warnings],
  };
  const csv = { columns: FOUND_COLUMNS, rows: () => foundRows(document) };
  if (!(await writeDocument(invocation, document, csv))) {
    writeWarnings(assessment, output);
    writeFindings(assessment, output);
    writePlanned(assessment, output);
    writeExpired(assessment, output);
    writeNotJudged(assessment, output);
    if (findings.length > 0) {
      output.line();
      output.line(mendedText(mendedBy(assessment)));
    }
  }
  return exitCodeOf(words, assessment, findings.length > 0 ? 2 : notJudged.length > 0 ? 3 : 0);
};
