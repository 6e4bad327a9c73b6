import { blindnessOf } from '../connectivity/blindness.ts';
import type { Probe, Skipped } from '../connectivity/probes.ts';
import type { PeeringView } from '../model/peering.ts';
import { type BlindnessDependencies, isLost, type JudgedRegion, silenceOfPeerings } from './judged-region.ts';
import type { CheckedRegion } from './select-probes.ts';
import type { NotReady } from './send-pings.ts';
import { tellLossesOver } from './tell-losses-over.ts';
import { tellNews } from './tell-not-checked.ts';

/** Tells people of peerings that were checked and are not any more, and keeps the alarm of those that were lost ringing. */

export interface CheckedViews {
  readonly regions: readonly CheckedRegion[];
  /** All managed views of active peerings. */
  readonly views: readonly PeeringView[];
  readonly probes: readonly Probe[];
  readonly skipped: readonly Skipped[];
  readonly notReady: readonly NotReady[];
}

function judge(
  { policy, now }: BlindnessDependencies,
  checked: CheckedRegion,
  { views, probes, skipped, notReady }: CheckedViews,
): JudgedRegion {
  const { region } = checked.inventory;
  const judged = blindnessOf({
    views: views.filter((view) => view.region === region),
    probes: probes.filter((probe) => probe.region === region),
    skipped: skipped.filter((each) => each.region === region),
    notReady: new Map(notReady.map(({ instanceId, reason }) => [instanceId, reason])),
    earlier: checked.earlier,
    notes: checked.remembered.notes,
    periods: policy.connectivity.periods,
    now: now(),
  });
  return { ...judged, checked, region };
}

function log(
  { policy, journal, now }: BlindnessDependencies,
  { region, blind, checked }: JudgedRegion,
): void {
  const silence = silenceOfPeerings(checked, now());
  for (const { view, since, why, times } of blind) {
    journal.warn('not checked any more', {
      peeringId: view.peering.peeringId,
      region,
      localVpcId: view.local.vpcId,
      since: new Date(since * 1000).toISOString(),
      checks: times,
      reason: why,
    });
  }
  if (blind.some((each) => isLost(each, policy) && silence(each.view.peering.peeringId) === undefined)) {
    // What was lost when it was seen last is not well because nobody looks.
    journal.metric('PeeringsUnreachable', 1);
  }
}

/** Of managed peerings, by side, that were checked before and are not now. */
export interface NotCheckedNow {
  readonly sides: number;
  /** Those that nobody silenced and across which this check sends no ping. How a ping ends is counted when it is read (`countOpen`). */
  readonly notAsked: number;
}

export async function tellBlindness(
  dependencies: BlindnessDependencies,
  checked: CheckedViews,
): Promise<NotCheckedNow> {
  const { policy, memory, managedRegions, now } = dependencies;
  if (policy.mode === 'observe') {
    // No ping is sent, so that nothing stops being checked; and nothing may be remembered.
    return { sides: 0, notAsked: 0 };
  }
  const judged = checked.regions.map((region) => judge(dependencies, region, checked));
  for (const each of judged) {
    log(dependencies, each);
    if (each.updates.length > 0) {
      await memory.update(each.region, each.updates);
    }
  }
  await tellNews(dependencies, judged);
  if (judged.length === managedRegions.length) {
    await tellLossesOver(dependencies, judged);
  }
  const notAsked = judged.flatMap(({ blind, checked: region }) => {
    const silence = silenceOfPeerings(region, now());
    return blind.filter(({ isAsked, view }) => !isAsked && silence(view.peering.peeringId) === undefined);
  });
  return { sides: judged.reduce((sum, { blind }) => sum + blind.length, 0), notAsked: notAsked.length };
}
