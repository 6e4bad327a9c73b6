import {
  CHECKS,
  type ComplianceCheckId,
  type ComplianceResult,
  type InventoryOf,
  judgeCompliance,
  type SeenPeering,
} from '../../lib/assessment/compliance.ts';
import { peeringCell } from '../../lib/report/cells.ts';
import type { HtmlCell, HtmlTable } from '../../lib/report/html.ts';
import type { Assessment } from '../assess.ts';
import type { Document } from '../documents.ts';
import { fittedTable } from '../fitted-table.ts';
import { type Output, type Paint, shown } from '../output.ts';
import { asffFindings, type UnreadPlace } from './asff.ts';

/** What `report --compliance` gives: a table for people, ASFF for Security Hub, and a section of the page. */

export interface Compliance {
  readonly results: readonly ComplianceResult[];
  readonly unread: readonly UnreadPlace[];
  readonly at: Date;
}

function inventoriesOf({ accounts }: Pick<Assessment, 'accounts'>): InventoryOf {
  const read = new Map(
    accounts.flatMap(({ accountId, state }) =>
      state.regions.map((inventory) => [`${accountId} ${inventory.region}`, inventory] as const),
    ),
  );
  return (accountId, region) => read.get(`${accountId} ${region}`);
}

/**
 * One for each account and peering. The side of an account that was read is told of by that account; that of another one is
 * told of as not visible.
 */
function seenPeerings({ views }: Pick<Assessment, 'views'>, inventoryOf: InventoryOf): SeenPeering[] {
  const seen = new Map<string, SeenPeering>();
  for (const { accountId, view } of views) {
    const { peering, region, local } = view;
    const key = `${accountId} ${peering.peeringId}`;
    const first = seen.get(key) ?? {
      accountId,
      region,
      peering,
      sides: [peering.requester, peering.accepter].filter(
        (side) => inventoryOf(side.accountId, side.region) === undefined,
      ),
    };
    seen.set(key, { ...first, sides: [local, ...first.sides] });
  }
  return [...seen.values()].map((each) => ({
    ...each,
    sides: [...each.sides].sort((a, b) => (a.vpcId < b.vpcId ? -1 : 1)),
  }));
}

/** Accounts and Regions of which nothing was read. */
function unreadPlaces({ source }: Pick<Assessment, 'source'>): UnreadPlace[] {
  const [first] = source.scopes;
  // Of the one account of live AWS it is the registry alone that may be missing, and no check asks for that.
  const unread = source.kind === 'live' ? [] : (source.unread?.() ?? []);
  return unread.map(({ accountId, region, reason }) => ({
    accountId,
    // A finding has to be of some Region.
    region: region === '*' ? (first?.region ?? 'us-east-1') : region,
    reason,
  }));
}

export function complianceOf(assessment: Assessment, at: Date): Compliance {
  const inventoryOf = inventoriesOf(assessment);
  const seen = seenPeerings(assessment, inventoryOf);
  return { results: judgeCompliance(seen, inventoryOf), unread: unreadPlaces(assessment), at };
}

export function complianceDocument({ results, unread, at }: Compliance): Document<'report'> {
  return { Findings: asffFindings(results, unread, at) };
}

const PAINTS: Readonly<Record<ComplianceResult['status'], Paint>> = {
  PASSED: 'green',
  FAILED: 'red',
  NOT_AVAILABLE: 'yellow',
};

/** One line of the table; `accountId` and `region` are where it was looked. */
interface Line extends Pick<ComplianceResult, 'status' | 'accountId' | 'region'> {
  readonly check: string;
  readonly peeringId: string;
  readonly vpcId: string;
  readonly evidence: string;
}

function linesOf({ results, unread }: Compliance): Line[] {
  return [
    ...results.map(({ check, status, accountId, region, peering, side, reasons }) => ({
      check,
      status,
      accountId,
      region,
      peeringId: peering.peeringId,
      vpcId: side?.vpcId ?? 'both',
      evidence: reasons.join(' '),
    })),
    ...unread.map(({ accountId, region, reason }) => ({
      check: 'all',
      status: 'NOT_AVAILABLE' as const,
      accountId,
      region,
      peeringId: '-',
      vpcId: '-',
      evidence: reason,
    })),
  ];
}

/** How many results have each status; none is left out, so that nobody wonders. */
function countsText(lines: readonly Line[]): string {
  const counted = (status: Line['status']) => lines.filter((line) => line.status === status).length;
  return `${counted('PASSED')} passed, ${counted('FAILED')} failed, ${counted('NOT_AVAILABLE')} not available`;
}

function whenText({ at }: Compliance): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const NOTHING = 'No active peering has a side here, so there is nothing to check.';

/** @param width of the terminal; left out: every row whole. */
export function writeCompliance(compliance: Compliance, output: Output, width: number | undefined): void {
  const lines = linesOf(compliance);
  if (lines.length === 0) {
    output.line(NOTHING);
    return;
  }
  const { lines: table } = fittedTable<Line>(
    [
      { title: 'CHECK', cell: ({ check }) => ({ text: check }) },
      { title: 'STATUS', cell: ({ status }) => ({ text: status, paint: PAINTS[status] }) },
      { title: 'ACCOUNT', cell: ({ accountId }) => ({ text: shown(accountId) }), leftOut: 2 },
      { title: 'REGION', cell: ({ region }) => ({ text: shown(region) }), leftOut: 1 },
      { title: 'PEERING', cell: ({ peeringId }) => ({ text: shown(peeringId) }) },
      { title: 'VPC', cell: ({ vpcId }) => ({ text: shown(vpcId) }) },
    ],
    lines,
    output.paint,
    width,
  );
  for (const line of table) output.line(line);
  output.line();
  for (const { check, status, peeringId, vpcId, evidence } of lines) {
    const about = [check, peeringId, vpcId].filter((word) => word !== '-').join(' ');
    output.line(`${output.paint(status, PAINTS[status])} ${shown(about)}: ${shown(evidence, 4000)}`);
  }
  output.line();
  output.line(`${countsText(lines)}. Looked at ${whenText(compliance)}.`);
  for (const { id, requirements } of Object.values(CHECKS)) {
    output.line(`${id}: ${requirements.join(', ')}`);
  }
}

const TONES = { PASSED: 'good', FAILED: 'bad', NOT_AVAILABLE: 'warn' } as const;

function checkCell(check: string): HtmlCell {
  const known = Object.hasOwn(CHECKS, check) ? CHECKS[check as ComplianceCheckId] : undefined;
  return { text: check, ...(known === undefined ? {} : { under: known.requirements.join(', ') }) };
}

export function complianceTable(compliance: Compliance, assessment: Pick<Assessment, 'names'>): HtmlTable {
  const lines = linesOf(compliance);
  return {
    id: 'compliance',
    title: 'Compliance checks',
    head: ['Check', 'Status', 'Account', 'Peering', 'VPC', 'What was found'],
    rows: lines.map((line): HtmlCell[] => [
      checkCell(line.check),
      { text: line.status, tone: TONES[line.status] },
      { text: line.accountId, under: line.region },
      peeringCell(assessment, line.peeringId === '-' ? undefined : line.peeringId),
      { text: line.vpcId },
      { text: line.evidence, wrap: 'long' },
    ]),
    empty: NOTHING,
  };
}

export function complianceNote(compliance: Compliance): string {
  return `Compliance checks: ${countsText(linesOf(compliance))}. What was not visible is not available, never passed.`;
}
