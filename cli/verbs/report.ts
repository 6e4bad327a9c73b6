import { type FindingKind, isOfCheck } from '../../lib/model/finding.ts';
import { type Assessment, judgedText, tellAssessment } from '../assess.ts';
import { CliError } from '../errors.ts';
import { roomFor } from '../fitted-table.ts';
import { drawableOf } from '../graph/overview.ts';
import { readGraph } from '../graph/read-graph.ts';
import { svgForPage } from '../graph/svg.ts';
import { healthPaint } from '../health.ts';
import { HEALTHS } from '../health-words.ts';
import { HELD_WORDS, isHeld, isMendedByApply } from '../held.ts';
import type { Paint } from '../output.ts';
import { asSentence } from '../plan-decisions.ts';
import { outcomeText } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { peeringCell } from '../report/cells.ts';
import {
  type Compliance,
  complianceDocument,
  complianceNote,
  complianceOf,
  complianceTable,
  writeCompliance,
} from '../report/compliance.ts';
import { coverageTable } from '../report/coverage.ts';
import { readPageHistory } from '../report/history.ts';
import { type HtmlCell, type HtmlTable, type Page, pageOf } from '../report/html.ts';
import { publishPlace } from '../report/publish-place.ts';
import { pingText, pingTone, readStatus, type Status } from '../status.ts';
import { expiresText } from '../times.ts';
import { unlessUnread } from '../unread.ts';
import type { Invocation, Verb } from '../verb.ts';
import { writeFile } from '../write-file.ts';

type Tone = NonNullable<HtmlCell['tone']>;

const DECISION_TONE: Readonly<Record<string, Tone>> = { accept: 'good', hold: 'warn', reject: 'bad' };
/** Whether `peering apply` mends it, and what keeps the functions from doing so. */
function mendedCell(finding: Assessment['findings'][number], assessment: Assessment): HtmlCell {
  const heldBy = finding.kind === 'mass-delete' ? finding.kind : finding.heldBy;
  if (!isMendedByApply(finding, assessment)) {
    return heldBy === undefined || !finding.repairable
      ? { text: 'no' }
      : { text: `no: ${HELD_WORDS[heldBy]}`, wrap: 'long' };
  }
  return heldBy === undefined
    ? { text: 'yes' }
    : { text: `yes, after asking: ${HELD_WORDS[heldBy]}`, wrap: 'long' };
}

/** What a person types: it mends the finding where a command can, else it says what stands in the way. */
function commandFor(finding: Assessment['findings'][number], assessment: Assessment): string {
  const { kind, region, peeringId } = finding;
  if (isMendedByApply(finding, assessment)) {
    return `peering apply --region ${region}`;
  }
  if (kind === 'not-checked') {
    return `peering doctor --region ${region}`;
  }
  return peeringId === undefined ? `peering drift --region ${region}` : `peering explain ${peeringId}`;
}

function findingsTable({ assessment }: Status): HtmlTable {
  const { findings, notJudged } = assessment;
  return {
    id: 'findings',
    title: 'Findings',
    head: [
      'Kind',
      'Account',
      'Route table',
      'Destination',
      'Peering',
      'What was found',
      'Mended by apply',
      'Command',
    ],
    rows: findings.map((finding): HtmlCell[] => {
      const { kind, accountId, region, routeTableId, destination, peeringId, detail, repairable } = finding;
      return [
        { text: kind, tone: repairable ? 'warn' : 'bad' },
        { text: accountId, under: region },
        { text: routeTableId ?? '-' },
        { text: destination ?? '-' },
        peeringCell(assessment, peeringId),
        { text: detail, wrap: 'long' },
        mendedCell(finding, assessment),
        { text: commandFor(finding, assessment), as: 'command' },
      ];
    }),
    empty:
      notJudged.length === 0
        ? 'Nothing differs from the policy.'
        : 'Nothing was found that differs from the policy, but not everything was judged.',
  };
}

/** What could not be judged, and what has ended: sections only where there is any. */
function rareTables({ assessment, document: { ended, notJudged } }: Status): HtmlTable[] {
  const tables: HtmlTable[] = [
    {
      id: 'not-judged',
      title: 'Not judged',
      head: ['Account', 'What', 'Why'],
      rows: notJudged.map(({ accountId, region, resource, reason }): HtmlCell[] => [
        { text: accountId, under: region },
        { text: resource, tone: 'bad' },
        { text: reason, wrap: 'long' },
      ]),
      empty: '',
    },
    {
      id: 'ended',
      title: 'Ended',
      head: ['Peering', 'Account', 'State', 'Asked by', 'Requester VPC', 'Accepter VPC', 'What AWS says'],
      rows: ended.map((each): HtmlCell[] => [
        peeringCell(assessment, each.peeringId),
        { text: each.accountId, under: each.region },
        { text: each.status, tone: 'bad' },
        { text: each.askedBy === 'ours' ? 'this account' : 'the other account' },
        { text: each.requesterVpc, under: each.requesterAccount },
        { text: each.accepterVpc, under: each.accepterAccount },
        { text: each.statusMessage, wrap: 'long' },
      ]),
      empty: '',
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

const HEALTH_TONES: Readonly<Partial<Record<Paint, Tone>>> = { red: 'bad', yellow: 'warn', green: 'good' };

/** What EC2 says of it stands under it. */
function healthCell({ health, status }: Status['document']['views'][number]): HtmlCell {
  const paint = healthPaint(health);
  const tone = paint === undefined ? undefined : HEALTH_TONES[paint];
  return {
    text: health,
    under: status,
    sort: String(HEALTHS.indexOf(health)),
    ...(tone === undefined ? {} : { tone }),
  };
}

/** Unhealthy ones first, as `peering status` has them. */
function peeringsTable({ assessment, document }: Status, now: Date): HtmlTable {
  const isTimed = document.views.some(({ expires }) => expires !== null);
  const views = [...document.views].sort((a, b) => HEALTHS.indexOf(a.health) - HEALTHS.indexOf(b.health));
  return {
    id: 'peerings',
    title: 'Peerings, by side',
    head: [
      'Health',
      'Peering',
      'Account',
      'Local VPC',
      'Remote VPC',
      'Remote account',
      'Decision',
      'Routes',
      ...(isTimed ? ['Ends on'] : []),
      'Last ping',
      'Why',
    ],
    rows: views.map((view): HtmlCell[] => {
      const { routes } = view;
      const tone = pingTone(view);
      const remoteName = assessment.names.get(view.remoteVpc);
      return [
        healthCell(view),
        peeringCell(assessment, view.peeringId),
        { text: view.accountId, under: view.region },
        { text: view.localVpc, ...(view.localName === null ? {} : { under: view.localName }) },
        { text: view.remoteVpc, ...(remoteName === undefined ? {} : { under: remoteName }) },
        { text: view.remoteAccount, under: view.remoteRegion },
        {
          text: view.decision,
          tone: DECISION_TONE[view.decision] ?? 'warn',
          under: view.rule === null ? 'no rule' : `rule ${view.rule}`,
        },
        {
          text: `${routes.present} of ${routes.desired}`,
          sort: String(routes.desired - routes.present),
          ...(routes.present === routes.desired ? {} : { tone: 'bad' as const }),
        },
        ...(isTimed ? [{ text: expiresText(view.expires), sort: view.expires?.at ?? '9' }] : []),
        { text: pingText(view, now), ...(tone === undefined ? {} : { tone }) },
        {
          text: [...view.notes.map(asSentence), ...view.reasons].join(' '),
          wrap: 'long',
        },
      ];
    }),
    empty: 'No peering has a side here.',
  };
}

/** That nothing is to be changed does not mean that everything is right. */
function noChanges({ findings, notJudged }: Assessment): string {
  if (findings.length > 0) {
    return 'None. What was found is for a person to mend.';
  }
  return notJudged.length > 0 ? 'None, as far as it was judged.' : 'None: every route is as the policy says.';
}

function changesTable({ assessment }: Status): HtmlTable {
  return {
    id: 'changes',
    title: 'Changes that would be made',
    head: ['Action', 'Account', 'Route table', 'Destination', 'Peering', 'Rule', 'Why'],
    rows: assessment.changes.map((change): HtmlCell[] => {
      const { action, accountId, region, routeTableId, destination, peeringId, rule, reason } = change;
      const { after, heldBy } = change;
      const held = isHeld(change) && heldBy !== undefined ? ` Held: ${HELD_WORDS[heldBy]}.` : '';
      return [
        { text: action },
        { text: accountId, under: region },
        { text: routeTableId },
        { text: destination },
        peeringCell(assessment, peeringId),
        { text: rule ?? '-' },
        { text: `${reason}${after === undefined ? '' : ` Once ${after} is accepted.`}${held}`, wrap: 'long' },
      ];
    }),
    empty: noChanges(assessment),
  };
}

function fact(count: number, one: string, many: string, tone?: Tone): Page['facts'][number] {
  return { count, what: count === 1 ? one : many, ...(tone === undefined ? {} : { tone }) };
}

/** How many peerings of the kind were found. */
function peeringsFound({ findings }: Assessment, kind: FindingKind): number {
  return new Set(findings.filter((finding) => finding.kind === kind).map(({ peeringId }) => peeringId)).size;
}

function peeringsIn({ document }: Status, state: string): number {
  return new Set(document.views.filter(({ status }) => status === state).map(({ peeringId }) => peeringId))
    .size;
}

/** Whether what the connectivity check found was read at all: it is in the registries alone. */
function isCheckKnown({ accounts }: Assessment): boolean {
  return accounts.every(({ scopes }) => scopes.every(({ memory }) => memory.registry === 'known'));
}

/** The first thing that is read: each count also where it is 0, so that nobody wonders whether it was looked at. */
function healthOf(status: Status): Page['health'] {
  const { assessment } = status;
  const lost = peeringsFound(assessment, 'unreachable');
  const notChecked = peeringsFound(assessment, 'not-checked');
  const notJudged = assessment.notJudged.length;
  const drift = assessment.findings.filter((finding) => !isOfCheck(finding)).length;
  const waiting = peeringsIn(status, 'pending-acceptance');
  const bad = lost + notChecked + notJudged + drift;
  const isKnown = isCheckKnown(assessment);
  const check = isKnown
    ? `Lost: ${lost} · not checked: ${notChecked}`
    : 'Lost, not checked: not known, no registry was read';
  return {
    text: `${check} · not judged: ${notJudged} · drift: ${drift} · waiting: ${waiting}`,
    tone: bad > 0 ? 'bad' : waiting > 0 || !isKnown ? 'warn' : 'good',
  };
}

function factsOf(status: Status): Page['facts'] {
  const { assessment } = status;
  const { findings, notJudged, changes } = assessment;
  const pending = peeringsIn(status, 'pending-acceptance');
  const lost = peeringsFound(assessment, 'unreachable');
  const notChecked = peeringsFound(assessment, 'not-checked');
  const held = changes.filter(isHeld).length;
  const free = changes.length - held;
  const warnOf = (count: number): Tone | undefined => (count > 0 ? 'warn' : undefined);
  const clear = findings.length === 0 && notJudged.length === 0;
  return [
    fact(findings.length, 'finding', 'findings', findings.length > 0 ? 'bad' : clear ? 'good' : 'warn'),
    ...(notJudged.length === 0 ? [] : [fact(notJudged.length, 'not judged', 'not judged', 'bad')]),
    fact(peeringsIn(status, 'active'), 'active peering', 'active peerings'),
    ...(lost === 0 ? [] : [fact(lost, 'peering lost', 'peerings lost', 'bad' as const)]),
    ...(notChecked === 0
      ? []
      : [fact(notChecked, 'peering not checked any more', 'peerings not checked any more', 'bad' as const)]),
    fact(pending, 'pending request', 'pending requests', warnOf(pending)),
    fact(free, 'route change to make', 'route changes to make', warnOf(free)),
    ...(held === 0 ? [] : [fact(held, 'route change held', 'route changes held', 'warn')]),
  ];
}

function aboutOf({ accounts, source }: Assessment): string {
  const regions = [...new Set(source.scopes.map(({ region }) => region))];
  const modes = [...new Set(accounts.map(({ policy }) => policy.mode))];
  const mode =
    modes.length === 1
      ? `policy in mode ${modes.join()}`
      : accounts.map(({ accountId, policy }) => `policy of ${accountId} in mode ${policy.mode}`).join(', ');
  return `${accounts.length === 1 ? 'Account' : 'Accounts'} ${accounts.map(({ accountId }) => accountId).join(', ')}, ${regions.join(', ')}, ${mode}.`;
}

async function pageFor(
  status: Status,
  invocation: Invocation,
  compliance: Compliance | undefined,
  now: Date,
): Promise<Page> {
  const { assessment } = status;
  const graph = readGraph(status, invocation.options, now);
  const drawable = drawableOf(graph);
  const history = await readPageHistory(invocation, assessment, now);
  return {
    title: 'VPC peerings',
    made: now,
    about: aboutOf(assessment),
    health: healthOf(status),
    facts: factsOf(status),
    tables: [
      findingsTable(status),
      changesTable(status),
      peeringsTable(status, now),
      coverageTable(assessment),
      ...(compliance === undefined ? [] : [complianceTable(compliance, assessment)]),
      ...rareTables(status),
      ...history.tables,
    ],
    notes: [
      outcomeText(assessment),
      ...[judgedText(assessment) ?? []].flat(),
      ...assessment.warnings,
      ...assessment.source.notes(),
      ...(compliance === undefined ? [] : [complianceNote(compliance)]),
      ...history.notes,
    ],
    ...(drawable.note === undefined ? {} : { pictureNote: drawable.note }),
    svg: svgForPage(graph, drawable),
  };
}

/** Own credentials, and the account whose bucket takes the page. */
async function publisher(): Promise<{ readonly owner: string; readonly region: string }> {
  const { callerAccount, defaultRegion } = await import('../source/live.ts');
  const region = await defaultRegion();
  return { owner: (await callerAccount(region)).accountId, region };
}

/** What the options ask for that cannot be. */
function checkOptions({ options }: Pick<Invocation, 'options'>): void {
  if (options.json && !options.compliance) {
    throw new CliError('peering report prints JSON only of its compliance checks: --compliance --json.');
  }
  if (options.out === undefined && options.publish === undefined && !options.compliance) {
    throw new CliError(
      'peering report needs a place for the page: --out peerings.html, or --publish s3://BUCKET. Without one, --compliance prints what auditors ask for.',
    );
  }
}

/** Where the page goes. */
async function putPage(html: string, { options, output }: Invocation): Promise<void> {
  const place = options.publish === undefined ? undefined : publishPlace(options.publish);
  if (options.out !== undefined) {
    writeFile(options.out, html);
    output.note(`Written to ${options.out}`);
  }
  if (place !== undefined) {
    const { publish } = await import('../report/publish.ts');
    await publish(html, place, await publisher());
    output.note(`Published as s3://${place.bucket}/${place.key}`);
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  checkOptions(invocation);
  if (options.publish !== undefined) publishPlace(options.publish);
  const status = await readStatus(invocation, policiesOf(invocation));
  const now = new Date();
  const compliance = options.compliance ? complianceOf(status.assessment, now) : undefined;
  tellAssessment(invocation, status.assessment);
  if (options.out !== undefined || options.publish !== undefined) {
    progress.doing('Drawing');
    const html = pageOf(await pageFor(status, invocation, compliance, now));
    progress.done();
    await putPage(html, invocation);
  }
  if (compliance !== undefined) {
    if (options.json) output.json(complianceDocument(compliance));
    else writeCompliance(compliance, output, roomFor(invocation));
  }
  return unlessUnread(0, status.assessment.source);
};
