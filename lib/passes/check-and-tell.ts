import type { Bus } from '../ports/outbox.ts';
import { type CheckDependencies, type CheckSummary, checkConnectivity } from './check-connectivity.ts';
import { countDenied, failureOf } from './failure.ts';

/**
 * Checks connectivity as the function does: it tells record-connectivity of the pings that it sent, once for each Region. Nobody waits for
 * them: the queue of record-connectivity holds the event back until most have ended.
 */
export async function checkAndTell(
  dependencies: CheckDependencies & { readonly accountId: string; readonly bus: Bus },
): Promise<CheckSummary> {
  const { accountId, bus, journal, now } = dependencies;
  const since = now().toISOString();
  const { summary, sentTo } = await checkConnectivity(dependencies);
  const until = now().toISOString();
  const regions = [...new Set(sentTo)].sort();
  try {
    if (regions.length > 0) {
      await bus.publish(
        regions.map((region) => ({
          type: 'Pings Sent',
          detail: { accountId, region, since, until, look: 1 },
        })),
      );
    }
  } catch (error) {
    journal.error('pings not told', { regions, reason: failureOf(error).reason });
    countDenied(journal, error);
    journal.metric('ProbesWithoutVerdict', sentTo.length);
  }
  return summary;
}
