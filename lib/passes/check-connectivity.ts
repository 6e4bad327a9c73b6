import { groupCommands, type Probe, selectProbes } from '../connectivity/probes.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Instance } from '../model/network.ts';
import type { Policy } from '../policy/schema.ts';
import { classifyAwsError } from '../ports/aws-error.ts';
import type { ConnectivityReader, Invocation, RunCommand } from '../ports/connectivity.ts';
import type { Journal } from '../ports/journal.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { OrganizationLookup } from '../ports/organization.ts';
import { runLimited } from '../ports/run-limited.ts';
import { plan } from '../routing/plan.ts';
import { readOrganization } from './organization.ts';
import { readInventory } from './read-inventory.ts';

export interface CheckDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly reader: NetworkReader;
  /** Left out: nothing of the organization can be read. */
  readonly organization?: OrganizationLookup;
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
  readonly failures: readonly { readonly reason: string; readonly retry: false }[];
}

/** A ping of five packets ends within seconds; a command that is still open after this long has lost its result. */
const GIVEN_UP_AFTER_MS = 90_000;
/** Commands that are being sent at the same time. All at once, those of a large account would throttle each other. */
const SENDERS = 5;
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

interface RegionView {
  readonly region: string;
  readonly inventory: RegionInventory;
  readonly instances: readonly Instance[];
  readonly online: ReadonlySet<string>;
  readonly lost: readonly Invocation[];
}

/**
 * Sends a ping across each managed, routed peering, from an instance on every side that this account owns. It waits
 * for nothing: results come back as events. No retry when a command cannot be sent, because the next check is near.
 */
export async function checkConnectivity(dependencies: CheckDependencies): Promise<CheckSummary> {
  const { accountId, policy, managedRegions, reader, connectivity, commands, journal, now } = dependencies;
  const failures: { reason: string; retry: false }[] = [];
  const fail = (error: unknown) => {
    const { kind, message } = classifyAwsError(error);
    journal.error('connectivity not checked', { reason: message, kind });
    failures.push({ reason: message, retry: false });
  };

  const regions: RegionView[] = settledOf(
    await Promise.allSettled(
      managedRegions.map(async (region) => {
        const [inventory, instances, online, earlier] = await Promise.all([
          readInventory(reader, { accountId, region }),
          connectivity.readProbeInstances(region, policy.tagPrefix),
          commands.readOnlineInstances(region),
          commands.readInvocationsSince(region, new Date(now().getTime() - LOOK_BACK_MS)),
        ]);
        return { region, inventory, instances, online, lost: lostInvocations(earlier, now()) };
      }),
    ),
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

  const organization = await readOrganization(
    regions.map(({ inventory }) => inventory),
    dependencies,
  );
  const instances = regions.flatMap((region) => region.instances);
  const onlineInstanceIds = new Set(regions.flatMap(({ online }) => [...online]));
  const probes: Probe[] = [];
  const skipped: { peeringId: string; reason: string }[] = [];
  for (const { region, inventory } of regions) {
    const planned = plan(inventory, policy, { managedRegions, ...organization.facts });
    const pending = new Set(planned.pending);
    const selection = selectProbes({
      views: planned.decisions,
      instances,
      onlineInstanceIds,
      routeTables: inventory.tables,
      expectedRoutes: planned.desired.filter((route) => !pending.has(route)),
      policy,
    });
    probes.push(...selection.probes);
    for (const { peeringId, reason, localVpcId } of selection.skipped) {
      journal.info('not probed', { peeringId, region, localVpcId, reason });
      skipped.push({ peeringId, reason });
    }
  }

  const grouped = groupCommands(probes);
  const outcomes: ('sent' | 'observed')[] = [];
  await runLimited(grouped, SENDERS, async (command) => {
    try {
      outcomes.push(await commands.sendPing(command, policy.connectivity.count));
    } catch (error) {
      fail(error);
    }
  });
  const sent = outcomes.filter((outcome) => outcome === 'sent').length;
  journal.metric('ProbesWithoutVerdict', missing.length + failures.length);
  if (failures.length > 0) {
    journal.metric('PermanentFailures', failures.length);
  }
  return { sent, skipped, missing: missing.length, failures };
}
