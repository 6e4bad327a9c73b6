import { assess } from '../assessment/assess.ts';
import { connectionsOf } from '../connect/connect.ts';
import type { HistoryReader } from '../ports/history.ts';
import type { Journal } from '../ports/journal.ts';
import type { ReportStore } from '../ports/report-store.ts';
import { historySince, noPageHistory, type PageHistory, pageHistory } from '../report/history-table.ts';
import { reportPage } from '../report/page.ts';
import {
  addressPlanWarnings,
  type JudgedAccount,
  namesOf,
  organizationWarnings,
  type ShownAssessment,
  shownOf,
} from '../report/shown-assessment.ts';
import { statusViews } from '../report/status-views.ts';
import { countPermanent, type Failure, failureOf } from './failure.ts';
import { type ReadDependencies, type ReadState, readRegions, stateOf } from './read-state.ts';

export interface PublishDependencies extends ReadDependencies {
  readonly history: HistoryReader;
  readonly store: ReportStore;
  readonly journal: Journal;
  readonly now: () => Date;
}

export interface PublishedReport {
  /** Where the page is; left out where it could not be put there. */
  readonly published?: string;
  /** UTF-16 units of the page. */
  readonly size: number;
  readonly notJudged: number;
  /** What could not be read, of which the page says so, and what kept the page from being put in its place. */
  readonly failures: readonly Failure[];
}

function shownAssessment(
  { accountId, policy }: PublishDependencies,
  { state, memory, organization, addressPlan }: ReadState,
  now: Date,
): ShownAssessment {
  const connections = connectionsOf(state, policy, memory, now);
  const account: JudgedAccount = {
    accountId,
    policy,
    state,
    memory,
    whole: assess({ ...state, connections }, policy, memory, now),
  };
  const shown = shownOf(account, {}, now);
  return {
    ...shown,
    accounts: [account],
    warnings: [
      ...shown.warnings,
      ...organizationWarnings(organization.unread),
      ...addressPlanWarnings(addressPlan.unread),
    ],
    names: namesOf(state.regions),
  };
}

/** The page holds without it, and says so. */
async function historyOf(
  { history, managedRegions }: PublishDependencies,
  assessment: ShownAssessment,
  now: Date,
): Promise<{ readonly page: PageHistory; readonly failures: readonly Failure[] }> {
  try {
    const since = historySince(now);
    const events = await Promise.all(
      managedRegions.map(async (region) =>
        (await history.eventsOf(region, since)).map((event) => ({ ...event, region })),
      ),
    );
    return { page: pageHistory(events.flat(), assessment), failures: [] };
  } catch (error) {
    const failure = failureOf(error);
    return { page: noPageHistory(`. ${failure.reason}`), failures: [failure] };
  }
}

async function put(
  { store, accountId }: PublishDependencies,
  html: string,
): Promise<{ readonly published?: string; readonly failures: readonly Failure[] }> {
  try {
    return { published: await store.publish(html, accountId), failures: [] };
  } catch (error) {
    return { failures: [failureOf(error)] };
  }
}

/**
 * Looks over all managed Regions, as `peering report` does, and puts its page in the bucket. A Region that cannot be read stands
 * on the page as not judged: a page that is older than it seems, or that is silent about a Region, would be an all-clear.
 */
export async function publishReport(dependencies: PublishDependencies): Promise<PublishedReport> {
  const { journal, managedRegions, now: clock } = dependencies;
  const { regions, failures: unread } = await readRegions(
    dependencies,
    managedRegions.map((region) => ({ region })),
  );
  const read = await stateOf(dependencies, regions, unread);
  const now = clock();
  const assessment = shownAssessment(dependencies, read, now);
  const history = await historyOf(dependencies, assessment, now);
  const html = reportPage({
    status: { assessment, document: { views: statusViews(assessment) } },
    regions: managedRegions,
    selected: {},
    history: history.page,
    notes: [],
    now,
  });
  const { published, failures: unput } = await put(dependencies, html);
  const failures = [...[...unread.values()].map(failureOf), ...history.failures, ...unput];
  for (const { reason, retry } of failures) {
    journal.error(published === undefined ? 'report not published' : 'report published without it', {
      reason,
      retry,
    });
  }
  countPermanent(journal, failures);
  const summary = { size: html.length, notJudged: assessment.notJudged.length };
  if (published !== undefined) {
    journal.info('report published', { place: published, ...summary });
  }
  return {
    ...summary,
    ...(published === undefined ? {} : { published }),
    // Those of the organization and of the address plan were logged and counted as they were read.
    failures: [...failures, ...read.organization.retryable, ...read.addressPlan.retryable],
  };
}
