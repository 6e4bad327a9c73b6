import { tellNotes } from '../assess.ts';
import { CliError } from '../errors.ts';
import { readGraph } from '../graph/model.ts';
import { svgOf } from '../graph/svg.ts';
import { workOf } from '../plan-text.ts';
import { policyOf } from '../policy.ts';
import { type HtmlCell, type HtmlTable, pageOf } from '../report/html.ts';
import { pingText, readStatus, type Status } from '../status.ts';
import type { Verb } from '../verb.ts';
import { writeFile } from '../write-file.ts';

type Tone = NonNullable<HtmlCell['tone']>;

const DECISION_TONE: Readonly<Record<string, Tone>> = { accept: 'good', hold: 'warn', reject: 'bad' };
const PING_TONE: Readonly<Record<string, Tone>> = {
  reachable: 'good',
  lossy: 'warn',
  unreachable: 'bad',
  none: 'warn',
};

function findingsTable({ assessment }: Status): HtmlTable {
  return {
    id: 'findings',
    title: 'Findings',
    head: ['Kind', 'Region', 'Route table', 'Destination', 'Peering', 'What was found', 'Mended by apply'],
    rows: assessment.findings.map(
      ({ kind, region, routeTableId, destination, peeringId, detail, repairable }): HtmlCell[] => [
        { text: kind, tone: repairable ? 'warn' : 'bad' },
        { text: region },
        { text: routeTableId ?? '-' },
        { text: destination ?? '-' },
        { text: peeringId ?? '-' },
        { text: detail, wrap: 'long' },
        { text: repairable ? 'yes' : 'no' },
      ],
    ),
    empty: 'Nothing differs from the policy.',
  };
}

/** Beyond this a name wraps, so that it does not push the other columns away. */
const LONG_NAME = 32;

function nameCell(text: string): HtmlCell {
  return text.length > LONG_NAME ? { text, wrap: 'long' } : { text };
}

function peeringsTable({ document }: Status, now: Date): HtmlTable {
  return {
    id: 'peerings',
    title: 'Peerings, by side',
    head: [
      'Peering',
      'Region',
      'Local VPC',
      'Name',
      'Remote VPC',
      'Remote account',
      'State',
      'Decision',
      'Rule',
      'Routes',
      'Last ping',
      'Why',
    ],
    rows: document.views.map((view): HtmlCell[] => {
      const { routes, lastPing } = view;
      const tone = lastPing === null ? undefined : PING_TONE[lastPing.verdict];
      return [
        { text: view.peeringId },
        { text: view.region },
        { text: view.localVpc },
        nameCell(view.localName ?? '-'),
        { text: view.remoteVpc },
        { text: view.remoteAccount },
        { text: view.status },
        { text: view.decision, tone: DECISION_TONE[view.decision] ?? 'warn' },
        { text: view.rule ?? '-' },
        {
          text: `${routes.present} of ${routes.desired}`,
          sort: String(routes.desired - routes.present),
          ...(routes.present === routes.desired ? {} : { tone: 'bad' as const }),
        },
        { text: pingText(view, now), ...(tone === undefined ? {} : { tone }) },
        { text: view.reasons.join(' '), wrap: 'long' },
      ];
    }),
    empty: 'No peering has a side here.',
  };
}

function changesTable({ assessment }: Status): HtmlTable {
  return {
    id: 'changes',
    title: 'Changes that would be made',
    head: ['Action', 'Region', 'Route table', 'Destination', 'Peering', 'Rule', 'Why'],
    rows: assessment.changes.map(
      ({ action, region, routeTableId, destination, peeringId, rule, reason, after }): HtmlCell[] => [
        { text: action },
        { text: region },
        { text: routeTableId },
        { text: destination },
        { text: peeringId },
        { text: rule ?? '-' },
        { text: after === undefined ? reason : `${reason} Once ${after} is accepted.`, wrap: 'long' },
      ],
    ),
    empty: 'None: every route is as the policy says.',
  };
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  if (options.out === undefined) {
    throw new CliError('peering report needs a file to write: --out peerings.html.');
  }
  const policy = policyOf(invocation);
  const status = await readStatus(invocation, policy);
  const { assessment, document } = status;
  progress.doing('Drawing');
  const svg = await svgOf(await readGraph(assessment, options));
  progress.done();
  tellNotes(invocation, assessment.source);
  const now = new Date();
  const accounts = [...new Set(assessment.source.scopes.map(({ accountId }) => accountId))];
  const regions = [...new Set(assessment.source.scopes.map(({ region }) => region))];
  const of = (state: string) =>
    new Set(document.views.filter((view) => view.status === state).map((view) => view.peeringId)).size;
  const active = of('active');
  const pending = of('pending-acceptance');
  const changes = assessment.changes.length;
  const work = workOf(assessment);
  const html = pageOf({
    title: 'VPC peerings',
    made: now,
    about: `${accounts.length === 1 ? 'Account' : 'Accounts'} ${accounts.join(', ')}, ${regions.join(', ')}, policy in mode ${policy.mode}.`,
    facts: [
      {
        count: assessment.findings.length,
        what: assessment.findings.length === 1 ? 'finding' : 'findings',
        tone: assessment.findings.length === 0 ? 'good' : 'bad',
      },
      { count: active, what: active === 1 ? 'active peering' : 'active peerings' },
      {
        count: pending,
        what: pending === 1 ? 'pending request' : 'pending requests',
        ...(pending > 0 ? { tone: 'warn' as const } : {}),
      },
      {
        count: changes,
        what: changes === 1 ? 'route change to make' : 'route changes to make',
        ...(changes > 0 ? { tone: 'warn' as const } : {}),
      },
    ],
    tables: [findingsTable(status), changesTable(status), peeringsTable(status, now)],
    notes: [
      ...(work === undefined ? [] : [`To do: ${work}.`]),
      ...assessment.warnings,
      ...assessment.source.notes(),
    ],
    svg,
  });
  writeFile(options.out, html);
  output.note(`Written to ${options.out}`);
  return 0;
};
