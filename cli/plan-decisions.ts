import { asSentence } from '../lib/model/sentence.ts';
import type { AssessedView } from '../lib/report/shown-assessment.ts';
import { createManagementNotes } from '../lib/report/view-notes.ts';
import type { Assessment } from './assess.ts';
import { nameAndId } from './named.ts';
import { type Output, shown } from './output.ts';
import { DECISION_PAINT } from './rows.ts';

/** The part of a plan that is about decisions: what waits first, and what needs nothing as a count. */

function writeDecision(
  assessment: Assessment,
  { view, decision }: AssessedView,
  managementText: string | undefined,
  output: Output,
): void {
  const { peering, local, remote, direction, region } = view;
  const arrow = direction === 'inbound' ? '<-' : '->';
  const remoteText = `${nameAndId(assessment, remote.vpcId)} of ${remote.accountId} in ${remote.region}`;
  output.line(
    `  ${nameAndId(assessment, peering.peeringId)}  ${peering.status}  ${output.paint(decision.decision, DECISION_PAINT[decision.decision] ?? 'dim')}${
      decision.rule === undefined ? ' (no rule)' : ` by rule ${decision.rule}`
    }`,
  );
  output.line(`      ${nameAndId(assessment, local.vpcId)} in ${region} ${arrow} ${remoteText}`);
  for (const reason of decision.reasons) {
    output.line(`      ${output.paint(shown(reason), 'dim')}`);
  }
  if (decision.rule === undefined) {
    for (const { rule, mismatches } of decision.rules.filter((each) => each.mismatches.length > 0)) {
      output.line(
        `      ${output.paint(shown(`Rule ${rule} does not match: ${mismatches.join('; ')}.`), 'dim')}`,
      );
    }
  }
  if (managementText !== undefined) {
    output.line(`      ${output.paint(shown(asSentence(managementText)), 'yellow')}`);
  }
}

function isRequest({ management }: AssessedView): boolean {
  return management === 'request';
}

type ManagementTextOf = (view: AssessedView) => string | undefined;

/** Of a peering inside the account one side, the one that answers, where there is no more to say of the other. */
function oncePerPeering(views: readonly AssessedView[], managementTextOf: ManagementTextOf): AssessedView[] {
  const once = new Map<string, AssessedView>();
  for (const each of views) {
    const { view, decision } = each;
    const key = JSON.stringify([
      view.peering.peeringId,
      managementTextOf(each),
      decision.decision,
      decision.rule,
      decision.reasons,
    ]);
    if (!once.has(key) || view.direction === 'inbound') once.set(key, each);
  }
  return [...once.values()];
}

/** Peerings that something in the plan is about. */
function concerned({ changes, options, findings, notJudged }: Assessment): ReadonlySet<string> {
  return new Set([
    ...[...changes, ...options, ...findings].flatMap(({ peeringId }) => peeringId ?? []),
    ...notJudged.map(({ resource }) => resource),
  ]);
}

/** What is asked and not yet accepted, with the answer to it. Nothing where nothing is asked. */
export function writeRequests(assessment: Assessment, output: Output): void {
  const managementTextOf = createManagementNotes(assessment);
  const requests = oncePerPeering(assessment.views.filter(isRequest), managementTextOf);
  if (requests.length === 0) {
    return;
  }
  output.line(output.paint(`Requests (${requests.length})`, 'bold'));
  for (const assessed of requests) {
    writeDecision(assessment, assessed, managementTextOf(assessed), output);
  }
  output.line();
}

function distinct(views: readonly AssessedView[], but: ReadonlySet<string> = new Set()): Set<string> {
  return new Set(views.map(({ view }) => view.peering.peeringId).filter((peeringId) => !but.has(peeringId)));
}

/** `1,202 peerings need nothing; 3 are left alone: no rule routes them`; each peering is counted once. */
function foldedText(
  folded: readonly AssessedView[],
  listed: readonly AssessedView[],
  managementTextOf: ManagementTextOf,
  { notJudged }: Pick<Assessment, 'notJudged'>,
): string | undefined {
  const judged = notJudged.length === 0 ? '' : ', as far as it was judged';
  const listedPeerings = distinct(listed);
  const unmanaged = distinct(
    folded.filter(({ management }) => management === 'unmanaged'),
    listedPeerings,
  );
  const expired = distinct(
    folded.filter(({ management }) => management === 'expired'),
    new Set([...listedPeerings, ...unmanaged]),
  );
  const managed = folded.filter(({ management }) => management !== 'unmanaged' && management !== 'expired');
  const empty = distinct(
    managed.filter((view) => managementTextOf(view) !== undefined),
    new Set([...listedPeerings, ...unmanaged, ...expired]),
  );
  const settled = distinct(managed, new Set([...listedPeerings, ...unmanaged, ...expired, ...empty]));
  const countedTexts = [
    [settled.size, `peering needs nothing${judged}`, `peerings need nothing${judged}`],
    [
      unmanaged.size,
      'live peering is left alone, as no rule routes it',
      'live peerings are left alone, as no rule routes them',
    ],
    [
      expired.size,
      'live peering is not routed any more, as its time is over',
      'live peerings are not routed any more, as their time is over',
    ],
    [
      empty.size,
      'peering gets no routes on a side of which no subnet uses a tagged route table',
      'peerings get no routes on a side of which no subnet uses a tagged route table',
    ],
  ] as const;
  const texts = countedTexts
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`);
  return texts.length === 0 ? undefined : texts.join('; ');
}

/** Decisions about live peerings: those that something is to be done about, the others as a count unless `--all` is given. */
export function writeDecisions(assessment: Assessment, output: Output, shows: 'all' | 'concerned'): void {
  const live = assessment.views.filter((view) => !isRequest(view));
  const managementTextOf = createManagementNotes(assessment);
  const about = concerned(assessment);
  const listed =
    shows === 'all'
      ? live
      : live.filter(
          ({ view, management }) => management === 'undecidable' || about.has(view.peering.peeringId),
        );
  const isListed = new Set(listed);
  const written = shows === 'all' ? listed : oncePerPeering(listed, managementTextOf);
  const folded = foldedText(
    live.filter((view) => !isListed.has(view)),
    listed,
    managementTextOf,
    assessment,
  );
  if (listed.length > 0 || live.length === 0) {
    output.line(output.paint(`Decisions (${written.length})`, 'bold'));
  }
  if (live.length === 0) {
    output.line(
      assessment.views.length === 0 ? '  No peering has a side here.' : '  No peering is live here yet.',
    );
  }
  for (const assessed of written) {
    writeDecision(assessment, assessed, managementTextOf(assessed), output);
  }
  if (folded !== undefined) {
    output.line(`${listed.length > 0 ? '  ' : ''}${folded}; --all shows them.`);
  }
}
