import type { SeenFrom, WatchedPeering } from '../messages/connectivity.ts';
import { NOTHING_REMEMBERED, type Note } from '../model/memory.ts';
import { lostToldKey, watchedTargets } from '../model/watch-notes.ts';
import { type RepairedRoute, repairsOf } from '../routing/contested.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import type { DiagnosedTarget } from './target-watch.ts';
import { readRemembered, readWatchedPeerings, regionsOfPeering } from './watched-peering.ts';

type Notes = ReadonlyMap<string, Note>;

/** A peering of which checks have just ended, with all that is remembered of it. */
export interface CheckedPeering {
  readonly watched: WatchedPeering;
  readonly targets: readonly DiagnosedTarget[];
  /** By Region from which this account pings across it. */
  readonly remembered: ReadonlyMap<string, Notes>;
  /** Its routes that the product put back lately. */
  readonly repaired: readonly RepairedRoute[];
}

function byPeering(targets: readonly DiagnosedTarget[]): Map<string, DiagnosedTarget[]> {
  const groups = new Map<string, DiagnosedTarget[]>();
  for (const target of targets) {
    groups.set(target.health.peeringId, [...(groups.get(target.health.peeringId) ?? []), target]);
  }
  return groups;
}

/** Reads what people are told of the peerings of these targets: each Region once, however many they are. */
export async function readChecked(
  dependencies: RecordDependencies,
  region: string,
  targets: readonly DiagnosedTarget[],
): Promise<CheckedPeering[]> {
  const groups = byPeering(targets);
  if (groups.size === 0) {
    return [];
  }
  const watched = await readWatchedPeerings(dependencies, region, [...groups.keys()]);
  const regionsOf = (each: WatchedPeering) => regionsOfPeering(dependencies, each);
  const remembered = await readRemembered(dependencies, [...new Set(watched.flatMap(regionsOf))]);
  return watched.map((each) => {
    const memories = regionsOf(each).map((at) => [at, remembered.get(at) ?? NOTHING_REMEMBERED] as const);
    return {
      watched: each,
      targets: groups.get(each.peeringId) ?? [],
      remembered: new Map(memories.map(([at, { notes }]) => [at, notes] as const)),
      repaired: memories.flatMap(([, memory]) => repairsOf(each.peeringId, memory)),
    };
  });
}

/** Whether people know: of the peering, or of one of its targets where an older version told of each by itself. */
export function isKnownLost({ watched, targets, remembered }: CheckedPeering, periods: number): boolean {
  const key = lostToldKey(watched.peeringId);
  return (
    [...remembered.values()].some((notes) => notes.has(key)) ||
    targets.some(({ before }) => before.toldOf === undefined && before.lost >= periods)
  );
}

/** Targets of the peering that are still lost, by the checks at hand and by what is remembered of the others. */
export function isStillLost({ watched, targets, remembered }: CheckedPeering, periods: number): boolean {
  const answered = new Set(
    targets.flatMap(({ key, replaces }) => [key, ...(replaces === undefined ? [] : [replaces])]),
  );
  return [...remembered.values()].some((notes) =>
    (watchedTargets(notes).get(watched.peeringId) ?? []).some(
      ({ key, watch }) => watch.lost >= periods && !answered.has(key),
    ),
  );
}

function byLoss(a: SeenFrom, b: SeenFrom): number {
  return (b.health.lossPercent ?? 0) - (a.health.lossPercent ?? 0);
}

/** What the checks at hand saw, the one that lost most first. */
export function seenFrom(targets: readonly DiagnosedTarget[]): SeenFrom[] {
  return targets
    .map(({ health, diagnosis, ping, after }) => ({
      health,
      sentAt: new Date(ping.at * 1000),
      lostChecks: after.lost,
      ...(diagnosis === undefined ? {} : { diagnosis }),
    }))
    .sort(byLoss);
}

/** How long, in milliseconds, the other commands of a check are waited for: longer than a ping that nobody answers takes. */
export const CHECK_WAITS_MS = [500, 1000, 2000, 4000, 8000];
