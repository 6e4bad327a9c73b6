import type { Blindness, BlindView } from '../connectivity/blindness.ts';
import {
  checkedAgainNotification,
  type NotChecked,
  notCheckedNotification,
  type WatchedPeering,
} from '../messages/connectivity.ts';
import { connectivityEvent } from '../messages/history.ts';
import type { Peering } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Topic } from '../ports/outbox.ts';
import type { CheckedRegion } from './select-probes.ts';
import { tellTogether } from './tell-together.ts';

export interface BlindnessDependencies {
  readonly accountId: string;
  readonly managedRegions: readonly string[];
  readonly policy: Policy;
  readonly memory: Memory;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
}

/** What one check says of one Region. */
export interface JudgedRegion extends Blindness {
  readonly checked: CheckedRegion;
  readonly region: string;
}

export function watchedIn({ inventory }: CheckedRegion, peering: Peering, accountId: string): WatchedPeering {
  return {
    peeringId: peering.peeringId,
    peering,
    accountId,
    region: inventory.region,
    nameOf: (id) => inventory.vpcs.get(id)?.tags.Name || undefined,
    cidrsOf: (vpcId) => inventory.vpcs.get(vpcId)?.cidrs,
  };
}

export function isLost({ targets }: BlindView, { connectivity }: Policy): boolean {
  return targets.some(({ watch }) => watch.lost >= connectivity.periods);
}

function notCheckedIn(
  { accountId, policy }: BlindnessDependencies,
  checked: CheckedRegion,
  blind: BlindView,
): NotChecked {
  const { since, why, view } = blind;
  return {
    ...watchedIn(checked, view.peering, accountId),
    vpcId: view.local.vpcId,
    since: new Date(since * 1000),
    why,
    wasLost: isLost(blind, policy),
  };
}

/** What was not checked any more, and what is checked again: all of this check in one message each. */
export async function tellNews(
  dependencies: BlindnessDependencies,
  judged: readonly JudgedRegion[],
): Promise<void> {
  const begun = judged.flatMap(({ region, checked, news }) =>
    news.map(({ blind, note, undo }) => ({
      region,
      update: note,
      back: undo,
      event: connectivityEvent(
        blind.view.peering.peeringId,
        { state: 'not-checked', from: blind.view.local.vpcId, why: blind.why },
        dependencies.now(),
      ),
      about: notCheckedIn(dependencies, checked, blind),
    })),
  );
  await tellTogether(dependencies, begun, () => notCheckedNotification(begun.map(({ about }) => about)));
  const ended = judged.flatMap(({ region, checked, over }) =>
    over.map(({ blind, forget, restore }) => ({
      region,
      update: forget,
      back: restore,
      event: connectivityEvent(
        blind.view.peering.peeringId,
        { state: 'checked-again', from: blind.view.local.vpcId },
        dependencies.now(),
      ),
      about: notCheckedIn(dependencies, checked, blind),
    })),
  );
  await tellTogether(dependencies, ended, () => checkedAgainNotification(ended.map(({ about }) => about)));
}
