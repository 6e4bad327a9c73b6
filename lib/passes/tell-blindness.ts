import { type Blindness, type BlindView, blindnessOf } from '../connectivity/blindness.ts';
import type { Probe, Skipped } from '../connectivity/probes.ts';
import {
  checkedAgainNotification,
  notCheckedNotification,
  type WatchedPeering,
} from '../messages/connectivity.ts';
import type { Notification } from '../model/notification.ts';
import type { PeeringView } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Topic } from '../ports/outbox.ts';
import type { CheckedRegion } from './select-probes.ts';
import type { NotReady } from './send-pings.ts';
import { once } from './tell-findings.ts';

/** Tells people of peerings that were checked and are not any more, and keeps the alarm of those that were lost ringing. */

export interface BlindnessDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly memory: Memory;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
}

export interface CheckedViews {
  readonly regions: readonly CheckedRegion[];
  /** All managed views of active peerings. */
  readonly views: readonly PeeringView[];
  readonly probes: readonly Probe[];
  readonly skipped: readonly Skipped[];
  readonly notReady: readonly NotReady[];
}

function watchedIn({ inventory }: CheckedRegion, { view }: BlindView, accountId: string): WatchedPeering {
  return {
    peeringId: view.peering.peeringId,
    peering: view.peering,
    accountId,
    region: view.region,
    nameOf: (id) => inventory.vpcs.get(id)?.tags.Name || undefined,
    cidrsOf: (vpcId) => inventory.vpcs.get(vpcId)?.cidrs,
  };
}

function isLost({ targets }: BlindView, { connectivity }: Policy): boolean {
  return targets.some(({ watch }) => watch.lost >= connectivity.periods);
}

function notChecked(
  dependencies: BlindnessDependencies,
  region: CheckedRegion,
  blind: BlindView,
): Notification {
  const { since, why, view } = blind;
  return notCheckedNotification({
    ...watchedIn(region, blind, dependencies.accountId),
    vpcId: view.local.vpcId,
    since: new Date(since * 1000),
    why,
    wasLost: isLost(blind, dependencies.policy),
  });
}

function checkedAgain(
  dependencies: BlindnessDependencies,
  region: CheckedRegion,
  blind: BlindView,
): Notification {
  return checkedAgainNotification({
    ...watchedIn(region, blind, dependencies.accountId),
    vpcId: blind.view.local.vpcId,
    since: new Date(blind.since * 1000),
  });
}

async function rememberAndTell(
  dependencies: BlindnessDependencies,
  region: CheckedRegion,
  { news, over, updates }: Blindness,
): Promise<void> {
  const { memory, topic } = dependencies;
  const name = region.inventory.region;
  if (updates.length > 0) {
    await memory.update(name, updates);
  }
  for (const { blind, note } of news) {
    await once(memory, name, [note], () => topic.notify(notChecked(dependencies, region, blind)));
  }
  for (const { blind, forget, restore } of over) {
    await memory.update(name, [forget]);
    try {
      await topic.notify(checkedAgain(dependencies, region, blind));
    } catch (error) {
      await memory.update(name, [restore]);
      throw error;
    }
  }
}

/** @returns how many managed peerings are not checked now from some side, although they were before. */
export async function tellBlindness(
  dependencies: BlindnessDependencies,
  { regions, views, probes, skipped, notReady }: CheckedViews,
): Promise<number> {
  const { policy, journal, now } = dependencies;
  if (policy.mode === 'observe') {
    // No ping is sent, so that nothing stops being checked; and nothing may be remembered.
    return 0;
  }
  let blindViews = 0;
  for (const region of regions) {
    const name = region.inventory.region;
    const judged = blindnessOf({
      views: views.filter((view) => view.region === name),
      probes: probes.filter((probe) => probe.region === name),
      skipped: skipped.filter((each) => each.region === name),
      notReady: new Map(notReady.map(({ instanceId, reason }) => [instanceId, reason])),
      earlier: region.earlier,
      notes: region.remembered.notes,
      periods: policy.connectivity.periods,
      now: now(),
    });
    for (const { view, since, why, times } of judged.blind) {
      journal.warn('not checked any more', {
        peeringId: view.peering.peeringId,
        region: name,
        localVpcId: view.local.vpcId,
        since: new Date(since * 1000).toISOString(),
        checks: times,
        reason: why,
      });
    }
    blindViews += judged.blind.length;
    if (judged.blind.some((blind) => isLost(blind, policy))) {
      // What was lost when it was seen last is not well because nobody looks.
      journal.metric('PeeringsUnreachable', 1);
    }
    await rememberAndTell(dependencies, region, judged);
  }
  return blindViews;
}
