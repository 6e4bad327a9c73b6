import { drawableOf } from '../graph/overview.ts';
import { svgForPage } from '../graph/svg.ts';
import { coverageTable } from './coverage.ts';
import { endsTable } from './ends.ts';
import type { PageHistory } from './history-table.ts';
import { type HtmlTable, pageOf } from './html.ts';
import { outcomeText } from './outcome.ts';
import { readGraph } from './read-graph.ts';
import type { Selected } from './selection.ts';
import type { Status } from './status-views.ts';
import { aboutOf, factsOf, healthLine } from './summary.ts';
import { changesTable, findingsTable, peeringsTable, rareTables } from './tables.ts';

/** What the page is made of. */
export interface ReportContent {
  readonly status: Status;
  /** Those that were to be read. */
  readonly regions: readonly string[];
  readonly selected: Selected;
  readonly history: PageHistory;
  /** What was asked for beyond what every page has. */
  readonly asked?: { readonly tables: readonly HtmlTable[]; readonly notes: readonly string[] };
  /** Of how it was read. */
  readonly notes: readonly string[];
  readonly now: Date;
}

/** The report as one HTML page, of what is there at one moment. The command and the function that keeps it in a bucket both make it here. */
export function reportPage({ status, regions, selected, history, asked, notes, now }: ReportContent): string {
  const { assessment } = status;
  const graph = readGraph(status, selected, now);
  const drawable = drawableOf(graph);
  return pageOf({
    title: 'VPC peerings',
    made: now,
    about: aboutOf(assessment, regions),
    health: healthLine(status),
    facts: factsOf(status),
    tables: [
      findingsTable(status),
      changesTable(status),
      peeringsTable(status, now),
      ...endsTable(assessment, now),
      coverageTable(assessment),
      ...(asked?.tables ?? []),
      ...rareTables(status),
      ...history.tables,
    ],
    notes: [
      outcomeText(assessment),
      ...assessment.warnings,
      ...notes,
      ...(asked?.notes ?? []),
      ...history.notes,
    ],
    ...(drawable.note === undefined ? {} : { pictureNote: drawable.note }),
    svg: svgForPage(graph, drawable),
  });
}
