import type { MemoryUpdate, Note } from '../model/memory.ts';
import { lostToldKey, toldLosses, watchedTargets } from '../model/watch-notes.ts';

/** What is remembered of one Region, and what this check forgets of it. */
export interface RememberedRegion {
  readonly region: string;
  readonly notes: ReadonlyMap<string, Note>;
  readonly forgotten: readonly MemoryUpdate[];
}

/**
 * Peerings of which people were told that something is lost, and of which nothing is: what was lost is not asked any more, because a
 * target was replaced, or its tag or rule names another. Without this, people would never hear that it is over, nor of the next loss.
 *
 * @param regions all from which this account pings.
 */
export function lossesOver(regions: readonly RememberedRegion[]): string[] {
  const toldAsLost = new Set<string>();
  const lost = new Set<string>();
  for (const { notes, forgotten } of regions) {
    for (const peeringId of toldLosses(notes)) toldAsLost.add(peeringId);
    const gone = new Set(forgotten.flatMap((update) => (update.kind === 'forget-note' ? [update.key] : [])));
    for (const [peeringId, targets] of watchedTargets(notes)) {
      if (targets.some(({ key, watch }) => watch.lost > 0 && !gone.has(key))) lost.add(peeringId);
    }
  }
  return [...toldAsLost].filter((peeringId) => !lost.has(peeringId)).sort();
}

/** Regions whose memory says that people were told of a peering's loss. */
export function regionsToldOf(regions: readonly RememberedRegion[], peeringId: string): string[] {
  return regions.filter(({ notes }) => notes.has(lostToldKey(peeringId))).map(({ region }) => region);
}
