import { countedNote } from '../model/expiry.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import { withName } from '../model/nameable.ts';
import type { PeeringView } from '../model/peering.ts';
import { expiresTagKey } from '../model/tags.ts';
import { hasTimes } from '../policy/expiry.ts';
import type { Policy } from '../policy/schema.ts';
import { expiresTagSlips } from '../policy/tag-slips.ts';
import type { ViewDecision } from '../routing/management.ts';

/** What there is to say and to keep of the time of peerings. */

function placeOf({ peering: { peeringId, tags }, region }: PeeringView): string {
  return `${withName(peeringId, tags.Name)} in ${region}`;
}

function isUnderPrefix(key: string, tagPrefix: string): boolean {
  return key.toLowerCase().startsWith(`${tagPrefix}:`.toLowerCase());
}

/** Tags that were meant to say when a peering ends, and say nothing: each peering once. */
export function timeWarnings(decisions: readonly ViewDecision[], policy: Policy): string[] {
  const { tagPrefix } = policy;
  const key = expiresTagKey(tagPrefix);
  const timed = hasTimes(policy);
  const warnings = new Set<string>();
  for (const { view, decision } of decisions) {
    const { tags, status } = view.peering;
    if (status !== 'active' && status !== 'provisioning') continue;
    for (const slip of expiresTagSlips(tags, { tagPrefix, place: placeOf(view) })) {
      // Where no rule says how long peerings live, a tag of people's own that is called alike is their business. One under the prefix is not.
      const isMeant = timed || isUnderPrefix(slip.key, tagPrefix);
      if (slip.key !== key && isMeant) warnings.add(slip.sentence);
    }
    if (decision.expiry?.slip !== undefined) warnings.add(decision.expiry.slip);
    if (tags[key] !== undefined && decision.expiry === undefined && !decision.undecidable) {
      warnings.add(
        `${placeOf(view)} has the tag ${key}, but no rule manages it, so that it does not end by it.`,
      );
    }
  }
  return [...warnings];
}

/** What the registry learns of a look, with since when the time of peerings counts. Without a registry it learns nothing. */
export function withTimes(
  learned: readonly MemoryUpdate[],
  decisions: readonly ViewDecision[],
  memory: RegionMemory | undefined,
): readonly MemoryUpdate[] {
  if (memory?.registry !== 'known') {
    return learned;
  }
  const counted = new Map<string, MemoryUpdate>();
  for (const { view, decision } of decisions) {
    const { peeringId } = view.peering;
    const toCount = decision.expiry?.toCount;
    if (toCount !== undefined) counted.set(peeringId, countedNote(peeringId, toCount));
  }
  return counted.size === 0 ? learned : [...learned, ...counted.values()];
}
