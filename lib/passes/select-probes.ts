import { assess } from '../assessment/assess.ts';
import { type Probe, type Skipped, selectProbes } from '../connectivity/probes.ts';
import { append } from '../model/append.ts';
import type { Finding } from '../model/finding.ts';
import type { Instance } from '../model/network.ts';
import type { PeeringView } from '../model/peering.ts';
import type { ConnectivityReader, Invocation, RunCommand } from '../ports/connectivity.ts';
import type { Journal } from '../ports/journal.ts';
import { repairKey } from '../routing/contested.ts';
import { type ReadDependencies, type ReadRegion, readRegion, stateOf } from './read-state.ts';

/** What a check looks at before it pings, and whom it finds to ping. */

export interface SelectDependencies extends Omit<ReadDependencies, 'journal'> {
  readonly connectivity: ConnectivityReader;
  readonly commands: RunCommand;
  readonly journal: Journal;
  readonly now: () => Date;
}

/** How far back a check looks at earlier pings. */
const LOOK_BACK_MS = 15 * 60_000;

/** One Region as the check saw it. */
export interface CheckedRegion extends ReadRegion {
  /** Invocations of earlier checks. */
  readonly earlier: readonly Invocation[];
}

export interface RegionToCheck extends CheckedRegion {
  readonly instances: readonly Instance[];
  readonly online: ReadonlySet<string>;
}

export async function readForCheck(dependencies: SelectDependencies, region: string): Promise<RegionToCheck> {
  const { connectivity, commands, policy, now } = dependencies;
  const [read, instances, online, earlier] = await Promise.all([
    readRegion(dependencies, { region }),
    connectivity.readProbeInstances(region, policy.tagPrefix),
    commands.readOnlineInstances(region),
    commands.readInvocationsSince(region, new Date(now().getTime() - LOOK_BACK_MS)),
  ]);
  return { ...read, instances, online, earlier };
}

export interface SelectedProbes {
  /** Managed ones of active peerings. */
  readonly views: readonly PeeringView[];
  readonly probes: readonly Probe[];
  readonly skipped: readonly Skipped[];
  /** What is wrong with the network, by what was remembered before this check. */
  readonly findings: readonly Finding[];
}

/** The probes of all Regions that were read: across each managed peering whose routes were in place before. */
export async function selectAll(
  dependencies: SelectDependencies,
  regions: readonly RegionToCheck[],
): Promise<SelectedProbes> {
  const { policy, journal, now } = dependencies;
  const { state, memory } = await stateOf(dependencies, regions);
  const { views, desiredIn, pending, findings } = assess(state, policy, memory, now());
  const isPending = new Set(pending.map(repairKey));
  const instances = regions.flatMap((region) => region.instances);
  const onlineInstanceIds = new Set(regions.flatMap(({ online }) => [...online]));
  const probes: Probe[] = [];
  const skipped: Skipped[] = [];
  for (const { inventory } of regions) {
    const { region } = inventory;
    const selection = selectProbes({
      views: views.filter(({ view }) => view.region === region),
      instances,
      onlineInstanceIds,
      routeTables: inventory.tables,
      expectedRoutes: desiredIn(region).filter((route) => !isPending.has(repairKey(route))),
      policy,
    });
    append(probes, selection.probes);
    for (const { peeringId, reason, localVpcId } of selection.skipped) {
      journal.info('not probed', { peeringId, region, localVpcId, reason });
    }
    append(skipped, selection.skipped);
  }
  const watched = views.filter(
    ({ view, management }) => management === 'managed' && view.peering.status === 'active',
  );
  return { views: watched.map(({ view }) => view), probes, skipped, findings };
}
