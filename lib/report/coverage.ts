import { append } from '../model/append.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { optInOf, selectsRule } from '../model/opt-in.ts';
import { type RouteTable, tablesByVpc } from '../model/route-table.ts';
import type { Cidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { createCoverage, type Share, sharesOf, shareText } from '../routing/coverage.ts';
import { peeringCell } from './cells.ts';
import type { HtmlCell, HtmlTable } from './html.ts';
import type { AssessedView, ShownAssessment } from './shown-assessment.ts';

/** How much of the range of the VPC at the other end is routed: by each table, and by all of a VPC together. */

/** Of a table, or of all tables of the VPC. `why`: nothing can be said. */
type Row = { readonly table: string } & ({ readonly shares: readonly Share[] } | { readonly why: string });

/** What was read of a VPC. */
interface OfVpc {
  readonly tables: readonly RouteTable[];
  readonly prefixLists: RegionInventory['prefixLists'];
  readonly tagPrefix: string;
}

/** @returns the rows of each view of one VPC. */
function createRows({ tables, prefixLists = new Map(), tagPrefix }: OfVpc): (view: AssessedView) => Row[] {
  const known = tables.map((table) => ({
    table,
    optIn: optInOf(table, tagPrefix),
    targets: new Set(table.routes.map(({ target }) => target.id)),
    coverageOf: createCoverage(table, prefixLists),
  }));
  return ({ view, decision: { rule } }) => {
    const { peeringId } = view.peering;
    const remote = view.remote.cidrs.flatMap((text) => readDestination(text) ?? []);
    const routed: Cidr[] = [];
    const rows = known
      .filter(
        ({ targets, optIn }) => targets.has(peeringId) || (rule !== undefined && selectsRule(optIn, rule)),
      )
      .map(({ table, coverageOf }): Row => {
        const coverage = coverageOf(peeringId, remote);
        if (coverage.kind === 'unknown') {
          return { table: table.routeTableId, why: coverage.why };
        }
        append(routed, coverage.routed);
        return { table: table.routeTableId, shares: sharesOf(remote, coverage.routed) };
      });
    return rows.length === 1 ? rows : [...rows, { table: 'all together', shares: sharesOf(remote, routed) }];
  };
}

/** @returns what was read of the VPC in which a view is. */
function createVpcOf({ accounts }: ShownAssessment): (view: AssessedView) => OfVpc {
  const places = new Map(
    accounts.flatMap(({ accountId, policy: { tagPrefix }, state: { regions } }) =>
      regions.map(({ region, tables, prefixLists }) => {
        const byVpc = tablesByVpc(tables);
        const ofVpc = (vpcId: string): OfVpc => ({ tables: byVpc.get(vpcId) ?? [], prefixLists, tagPrefix });
        return [`${accountId} ${region}`, ofVpc] as const;
      }),
    ),
  );
  return ({ accountId, view }) =>
    places.get(`${accountId} ${view.region}`)?.(view.local.vpcId) ?? {
      tables: [],
      prefixLists: undefined,
      tagPrefix: '',
    };
}

/** Taken VPC by VPC, so that where its tables lead is worked out once, and kept no longer than for its own peerings. */
function rowsByView(
  views: readonly AssessedView[],
  assessment: ShownAssessment,
): ReadonlyMap<AssessedView, readonly Row[]> {
  const vpcOf = createVpcOf(assessment);
  const rows = new Map<AssessedView, readonly Row[]>();
  const ofOneVpc = groupBy(views, ({ accountId, view }) => [
    `${accountId} ${view.region} ${view.local.vpcId}`,
  ]);
  for (const group of ofOneVpc.values()) {
    let rowsOf: ReturnType<typeof createRows> | undefined;
    for (const each of group) {
      rowsOf ??= createRows(vpcOf(each));
      rows.set(each, rowsOf(each));
    }
  }
  return rows;
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
export function coverageTable(assessment: ShownAssessment): HtmlTable {
  const live = assessment.views.filter(
    ({ view }) => view.peering.status === 'active' && view.remote.cidrs.length > 0,
  );
  const rows = rowsByView(live, assessment);
  return {
    id: 'routed',
    title: 'Routed part of the other VPC',
    head: ['Peering', 'Account', 'Local VPC', 'Remote VPC', 'Route table', 'IPv4', 'IPv6'],
    rows: live.flatMap((each) =>
      (rows.get(each) ?? []).map((row): HtmlCell[] => [
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
