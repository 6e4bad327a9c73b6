import type { Blindness, BlindView } from '../connectivity/blindness.ts';
import type { NotChecked, WatchedPeering } from '../messages/connectivity.ts';
import type { Peering } from '../model/peering.ts';
import type { Silence } from '../model/silence.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Topic } from '../ports/outbox.ts';
import { peeringSilence } from './connectivity-silence.ts';
import type { CheckedRegion } from './select-probes.ts';

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

export function watchedIn(
  { inventory }: Pick<CheckedRegion, 'inventory'>,
  peering: Peering,
  accountId: string,
): WatchedPeering {
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

/** What came of the last pings of its targets. */
export function lastPingsOf(blind: BlindView, policy: Policy): NotChecked['lastPings'] {
  if (isLost(blind, policy)) {
    return 'lost';
  }
  return blind.targets.some(({ watch }) => watch.lost > 0) ? 'lost lately' : 'answered';
}

/** Which silence covers a peering: of itself, or of a VPC at one of its ends. */
export function silenceOfPeerings({ remembered, inventory }: CheckedRegion, now: Date): FindPeeringSilence {
  const peerings = new Map(inventory.peerings.map((each) => [each.peeringId, each]));
  const silence = peeringSilence(remembered.notes, now, peerings);
  return (peeringId) => silence({ peeringId });
}

type FindPeeringSilence = (peeringId: string) => Silence | undefined;
