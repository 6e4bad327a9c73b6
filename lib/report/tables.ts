import { asSentence } from '../model/sentence.ts';
import { peeringCell, type Tone } from './cells.ts';
import { expiresText } from './expiry.ts';
import { healthTone } from './health.ts';
import { HEALTHS } from './health-words.ts';
import { createIsMendedByApply, HELD_WORDS, isHeldBack } from './held.ts';
import type { HtmlCell, HtmlTable } from './html.ts';
import type { ShownAssessment } from './shown-assessment.ts';
import type { StatusView } from './status-view.ts';
import { pingText, pingTone, type Status } from './status-views.ts';

/** The tables of the report. */

const DECISION_TONE: Readonly<Record<StatusView['decision'], Tone>> = {
  accept: 'good',
  hold: 'warn',
  reject: 'bad',
};

/** Whether `peering apply` mends it, and what keeps the functions from doing so. */
function mendedCell(finding: ShownAssessment['findings'][number], isMended: boolean): HtmlCell {
  const heldBy = finding.kind === 'mass-delete' ? finding.kind : finding.heldBy;
  if (!isMended) {
    return heldBy === undefined || !finding.repairable
      ? { text: 'no' }
      : { text: `no: ${HELD_WORDS[heldBy]}` };
  }
  return heldBy === undefined ? { text: 'yes' } : { text: `yes, after asking: ${HELD_WORDS[heldBy]}` };
}

/** What a person types: it mends the finding where a command can, else it says what stands in the way. */
function commandFor(finding: ShownAssessment['findings'][number], isMended: boolean): string {
  const { kind, region, peeringId } = finding;
  if (isMended) {
    return `peering apply --region ${region}`;
  }
  if (kind === 'not-checked') {
    return `peering doctor --region ${region}`;
  }
  return peeringId === undefined ? `peering drift --region ${region}` : `peering explain ${peeringId}`;
}

export function findingsTable({ assessment }: Status): HtmlTable {
  const { findings, notJudged } = assessment;
  const isMended = createIsMendedByApply(assessment);
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
        mendedCell(finding, isMended(finding)),
        { text: commandFor(finding, isMended(finding)), as: 'command' },
      ];
    }),
    empty:
      notJudged.length === 0
        ? 'Nothing differs from the policy.'
        : 'Nothing was found that differs from the policy, but not everything was judged.',
  };
}

/** What could not be judged, and what has ended: sections only where there is any. */
export function rareTables({ assessment }: Status): HtmlTable[] {
  const { ended, notJudged } = assessment;
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
      rows: ended.map(({ accountId, region, askedBy, peering }): HtmlCell[] => [
        peeringCell(assessment, peering.peeringId),
        { text: accountId, under: region },
        { text: peering.status, tone: 'bad' },
        { text: askedBy === 'ours' ? 'this account' : 'the other account' },
        { text: peering.requester.vpcId, under: peering.requester.accountId },
        { text: peering.accepter.vpcId, under: peering.accepter.accountId },
        { text: peering.statusMessage, wrap: 'long' },
      ]),
      empty: '',
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** What EC2 says of it stands under it. */
function healthCell({ health, status }: StatusView): HtmlCell {
  const tone = healthTone(health);
  return {
    text: health,
    under: status,
    sort: String(HEALTHS.indexOf(health)),
    ...(tone === 'quiet' ? {} : { tone }),
  };
}

/** Unhealthy ones first, as `peering status` has them. */
export function peeringsTable({ assessment, document }: Status, now: Date): HtmlTable {
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
          tone: DECISION_TONE[view.decision],
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
function noChanges({ findings, notJudged }: ShownAssessment): string {
  if (findings.length > 0) {
    return findings.some(({ repairable }) => repairable)
      ? 'None. What was found needs no change of a route.'
      : 'None. What was found is for a person to mend.';
  }
  return notJudged.length > 0 ? 'None, as far as it was judged.' : 'None: every route is as the policy says.';
}

export function changesTable({ assessment }: Status): HtmlTable {
  return {
    id: 'changes',
    title: 'Changes that would be made',
    head: ['Action', 'Account', 'Route table', 'Destination', 'Peering', 'Rule', 'Why'],
    rows: assessment.changes.map((change): HtmlCell[] => {
      const { action, accountId, region, routeTableId, destination, peeringId, rule, reason } = change;
      const { after, heldBy } = change;
      const heldBackText = isHeldBack(change) && heldBy !== undefined ? ` Held: ${HELD_WORDS[heldBy]}.` : '';
      return [
        { text: action },
        { text: accountId, under: region },
        { text: routeTableId },
        { text: destination },
        peeringCell(assessment, peeringId),
        { text: rule ?? '-' },
        {
          text: `${reason}${after === undefined ? '' : ` Once ${after.request} is ${after.answer}.`}${heldBackText}`,
          wrap: 'long',
        },
      ];
    }),
    empty: noChanges(assessment),
  };
}
