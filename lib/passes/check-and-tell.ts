import { isFinal } from '../connectivity/verdict.ts';
import { carriesEvents, partitionOf } from '../policy/regions.ts';
import type { RunCommand } from '../ports/connectivity.ts';
import type { Journal } from '../ports/journal.ts';
import type { Bus } from '../ports/outbox.ts';
import { type CheckDependencies, type CheckSummary, checkConnectivity } from './check-connectivity.ts';
import { countDenied, failureOf } from './failure.ts';

/** Where no event of Systems Manager comes home, the check waits for its pings and tells itself that they have ended. */

interface EndedPingsDependencies {
  readonly accountId: string;
  readonly homeRegion: string;
  readonly commands: Pick<RunCommand, 'readInvocationsSince'>;
  readonly bus: Bus;
  readonly journal: Journal;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
}

/** A ping of five packets ends within seconds. What has not ended then is counted as missing by the next check. */
const WAITS_MS = [5000, 5000, 10_000, 20_000, 20_000];

function hasToBeTold(region: string, homeRegion: string): boolean {
  return region !== homeRegion && !carriesEvents(partitionOf(homeRegion));
}

/** Commands that were sent since then and of which no invocation is still under way. */
async function endedCommands(
  { commands }: EndedPingsDependencies,
  region: string,
  since: Date,
): Promise<Set<string>> {
  const invocations = await commands.readInvocationsSince(region, since);
  const open = new Set(
    invocations.filter(({ status }) => !isFinal(status)).map(({ commandId }) => commandId),
  );
  return new Set(invocations.map(({ commandId }) => commandId).filter((id) => !open.has(id)));
}

/**
 * Tells of the pings of one Region, each command once, for record-connectivity to read.
 *
 * @param sent how many commands went there. @param since from before the first was sent.
 */
async function tellEndedPings(
  dependencies: EndedPingsDependencies,
  region: string,
  { sent, since }: { readonly sent: number; readonly since: Date },
): Promise<void> {
  const { accountId, bus, journal, sleep } = dependencies;
  const alreadyTold = new Set<string>();
  for (const wait of WAITS_MS) {
    if (alreadyTold.size >= sent) {
      return;
    }
    await sleep(wait);
    const ended = [...(await endedCommands(dependencies, region, since))].filter(
      (id) => !alreadyTold.has(id),
    );
    await bus.publish(
      ended.map((commandId) => ({ type: 'Ping Ended', detail: { accountId, region, commandId } })),
    );
    for (const id of ended) alreadyTold.add(id);
  }
  if (alreadyTold.size < sent) {
    journal.warn('pings have not ended', { region, sent, ended: alreadyTold.size });
  }
}

/**
 * Checks connectivity as the function does: it also waits for the pings of Regions whose events EventBridge does not carry, and tells of
 * their end itself.
 */
export async function checkAndTell(
  dependencies: CheckDependencies & EndedPingsDependencies,
): Promise<CheckSummary> {
  const { homeRegion, journal, now } = dependencies;
  const since = now();
  const { summary, sentTo } = await checkConnectivity(dependencies);
  for (const region of new Set(sentTo.filter((each) => hasToBeTold(each, homeRegion)))) {
    const sent = sentTo.filter((each) => each === region).length;
    try {
      await tellEndedPings(dependencies, region, { sent, since });
    } catch (error) {
      journal.error('ended pings not told', { region, reason: failureOf(error).reason });
      countDenied(journal, error);
      journal.metric('ProbesWithoutVerdict', sent);
    }
  }
  return summary;
}
