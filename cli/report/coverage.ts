import { optInOf, selectsRule } from '../../lib/model/opt-in.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import type { Cidr } from '../../lib/network/cidr.ts';
import { readDestination } from '../../lib/network/destination.ts';
import { coverageOf, type Share, sharesOf, shareText } from '../../lib/routing/coverage.ts';
import type { AssessedView, Assessment } from '../assess.ts';
import { peeringCell } from './cells.ts';
import type { HtmlCell, HtmlTable } from './html.ts';

/** How much of the range of the VPC at the other end is routed: by each table, and by all of a VPC together. */

/** Of a table, or of all tables of the VPC. `why`: nothing can be said. */
type Row = { readonly table: string } & ({ readonly shares: readonly Share[] } | { readonly why: string });

function rowsOf({ view, decision, accountId }: AssessedView, { accounts }: Assessment): Row[] {
  const account = accounts.find((each) => each.accountId === accountId);
  const inventory = account?.state.regions.find(({ region }) => region === view.region);
  const remote = view.remote.cidrs.flatMap((text) => readDestination(text) ?? []);
  const { peeringId } = view.peering;
  const tagPrefix = account?.policy.tagPrefix ?? '';
  const isOfPeering = (table: RouteTable): boolean =>
    table.vpcId === view.local.vpcId &&
    (table.routes.some(({ target }) => target.id === peeringId) ||
      (decision.rule !== undefined && selectsRule(optInOf(table, tagPrefix), decision.rule)));
  const tables = (inventory?.tables ?? []).filter(isOfPeering);
  const known: (readonly Cidr[])[] = [];
  const rows = tables.map((table): Row => {
    const coverage = coverageOf(table, peeringId, remote, inventory?.prefixLists ?? new Map());
    if (coverage.kind === 'unknown') {
      return { table: table.routeTableId, why: coverage.why };
    }
    known.push(coverage.routed);
    return { table: table.routeTableId, shares: sharesOf(remote, coverage.routed) };
  });
  const all = { table: 'all together', shares: sharesOf(remote, known.flat()) };
  return rows.length === 1 ? rows : [...rows, all];
}

function shareCell(row: Row, family: Share['family']): HtmlCell {
  if ('why' in row) {
    return { text: 'not known', under: row.why, tone: 'warn' };
  }
  const share = row.shares.find((each) => each.family === family);
  return share === undefined
    ? { text: '-' }
    : { text: shareText(share), sort: String(Number((share.routed * 1_000_000n) / share.all)) };
}

/** Of peerings that are live and whose CIDRs are visible. */
export function coverageTable(assessment: Assessment): HtmlTable {
  const live = assessment.views.filter(
    ({ view }) => view.peering.status === 'active' && view.remote.cidrs.length > 0,
  );
  return {
    id: 'routed',
    title: 'Routed part of the other VPC',
    head: ['Peering', 'Account', 'Local VPC', 'Remote VPC', 'Route table', 'IPv4', 'IPv6'],
    rows: live.flatMap((each) =>
      rowsOf(each, assessment).map((row): HtmlCell[] => [
        peeringCell(assessment, each.view.peering.peeringId),
        { text: each.accountId, under: each.view.region },
        { text: each.view.local.vpcId },
        { text: each.view.remote.vpcId, under: each.view.remote.cidrs.join(', ') },
        { text: row.table },
        shareCell(row, 'ipv4'),
        shareCell(row, 'ipv6'),
      ]),
    ),
    empty: 'No active peering has a side here.',
  };
}
