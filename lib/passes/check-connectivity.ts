import { assess } from '../assessment/assess.ts';
import { groupCommands } from '../connectivity/probe-commands.ts';
import { type Probe, selectProbes } from '../connectivity/probes.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { Instance } from '../model/network.ts';
import type { ConnectivityReader, Invocation, RunCommand } from '../ports/connectivity.ts';
import type { Journal } from '../ports/journal.ts';
import { countPermanent, type Failure, failureOf } from './failure.ts';
import { type ReadDependencies, type ReadRegion, readRegion, stateOf } from './read-state.ts';
import { type NotReady, sendAll } from './send-pings.ts';

export interface CheckDependencies extends Omit<ReadDependencies, 'journal'> {
  readonly connectivity: ConnectivityReader;
  readonly commands: RunCommand;
  readonly journal: Journal;
  readonly now: () => Date;
}

export interface CheckSummary {
  readonly sent: number;
  readonly skipped: readonly { readonly peeringId: string; readonly reason: string }[];
  /** Results of earlier checks that never came. */
  readonly missing: number;
  /** Instances for which Systems Manager takes no command, so that there is no verdict from them. */
  readonly notReady: readonly NotReady[];
  readonly failures: readonly Failure[];
}

/** All that a command asks ends within half a minute; a command that is still open after this long has lost its result. */
const GIVEN_UP_AFTER_MS = 90_000;
/** How far back a check looks for such commands. */
const LOOK_BACK_MS = 15 * 60_000;

function settledOf<Item>(
  results: readonly PromiseSettledResult<Item>[],
  failed: (error: unknown) => void,
): Item[] {
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value];
    failed(result.reason);
    return [];
  });
}

function lostInvocations(invocations: readonly Invocation[], now: Date): Invocation[] {
  return invocations.filter(
    ({ status, requestedAt }) =>
      !isFinal(status) && now.getTime() - requestedAt.getTime() >= GIVEN_UP_AFTER_MS,
  );
}

interface CheckedRegion extends ReadRegion {
  readonly instances: readonly Instance[];
  readonly online: ReadonlySet<string>;
  readonly lost: readonly Invocation[];
}

async function readForCheck(dependencies: CheckDependencies, region: string): Promise<CheckedRegion> {
  const { connectivity, commands, policy, now } = dependencies;
  const [read, instances, online, earlier] = await Promise.all([
    readRegion(dependencies, { region }),
    connectivity.readProbeInstances(region, policy.tagPrefix),
    commands.readOnlineInstances(region),
    commands.readInvocationsSince(region, new Date(now().getTime() - LOOK_BACK_MS)),
  ]);
  return { ...read, instances, online, lost: lostInvocations(earlier, now()) };
}

interface Selected {
  readonly probes: readonly Probe[];
  readonly skipped: readonly { readonly peeringId: string; readonly reason: string }[];
}

/** The probes of all Regions that were read: across each managed peering whose routes were in place before. */
async function selectAll(
  dependencies: CheckDependencies,
  regions: readonly CheckedRegion[],
): Promise<Selected> {
  const { policy, journal, now } = dependencies;
  const { state, memory } = await stateOf(dependencies, regions);
  const { views, desired, pending } = assess(state, policy, memory, now());
  const isPending = new Set(pending);
  const instances = regions.flatMap((region) => region.instances);
  const onlineInstanceIds = new Set(regions.flatMap(({ online }) => [...online]));
  const probes: Probe[] = [];
  const skipped: { peeringId: string; reason: string }[] = [];
  for (const { inventory } of regions) {
    const { region } = inventory;
    const selection = selectProbes({
      views: views.filter(({ view }) => view.region === region),
      instances,
      onlineInstanceIds,
      routeTables: inventory.tables,
      expectedRoutes: desired.filter((route) => route.region === region && !isPending.has(route)),
      policy,
    });
    probes.push(...selection.probes);
    for (const { peeringId, reason, localVpcId } of selection.skipped) {
      journal.info('not probed', { peeringId, region, localVpcId, reason });
      skipped.push({ peeringId, reason });
    }
  }
  return { probes, skipped };
}

/**
 * Sends a ping across each managed, routed peering, from an instance on every side that this account owns. It waits
 * for nothing: results come back as events. No retry when a command cannot be sent, because the next check is near.
 */
export async function checkConnectivity(dependencies: CheckDependencies): Promise<CheckSummary> {
  return (await sendPings(dependencies)).summary;
}

/** @returns with the summary the Region of each command. */
export async function sendPings(
  dependencies: CheckDependencies,
): Promise<{ readonly summary: CheckSummary; readonly sentTo: readonly string[] }> {
  const { managedRegions, journal } = dependencies;
  const failures: Failure[] = [];
  const fail = (error: unknown) => {
    const failure = failureOf(error);
    journal.error('connectivity not checked', { ...failure });
    failures.push(failure);
  };
  const regions = settledOf(
    await Promise.allSettled(managedRegions.map((region) => readForCheck(dependencies, region))),
    fail,
  );
  const missing = regions.flatMap(({ lost }) => lost);
  for (const { commandId, instanceId, comment, requestedAt } of missing) {
    journal.warn('no result', {
      commandId,
      instanceId,
      about: comment,
      requestedAt: requestedAt.toISOString(),
    });
  }
  const { probes, skipped } = await selectAll(dependencies, regions);
  const { sentTo, notReady } = await sendAll(dependencies, groupCommands(probes), fail);
  journal.metric('ProbesWithoutVerdict', missing.length + notReady.length + failures.length);
  countPermanent(journal, failures);
  return {
    summary: { sent: sentTo.length, skipped, missing: missing.length, notReady, failures },
    sentTo,
  };
}
