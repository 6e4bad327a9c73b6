import { newsKeys } from '../messages/news.ts';
import { acceptanceOf } from '../model/acceptance.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import { notedDecision } from '../model/noted-decision.ts';
import { connectionTagKey } from '../model/tags.ts';
import type { RegionView } from './region-view.ts';

/**
 * Of a managed peering to which no own route leads, and of which people were told nothing, nothing else is remembered. Noted while
 * it lives, so that its end can be told also where no event names it.
 */
export const SEEN_LIVE = 'seen-live ';

/** Own routes may be gone from the tables, or their tables from the tag, while the registry still names the peering. */
export function routedPeerings({ routes }: RegionMemory): Set<string> {
  return new Set([...routes.values()].flatMap((own) => [...own.values()].map(({ peeringId }) => peeringId)));
}

/** Whether something else than `seen-live` is remembered of a peering. */
function createIsRemembered(remembered: RegionMemory): (peeringId: string) => boolean {
  const { notes } = remembered;
  let routed: Set<string> | undefined;
  return (peeringId) => {
    if (
      notedDecision(notes, peeringId) !== undefined ||
      notes.has(newsKeys.acceptedByHand(peeringId)) ||
      acceptanceOf(notes, peeringId) !== undefined
    ) {
      return true;
    }
    routed ??= routedPeerings(remembered);
    return routed.has(peeringId);
  };
}

/** Whether it is known that the product saw a peering or its request before it ended. */
export function createIsKnown(remembered: RegionMemory): (peeringId: string) => boolean {
  const isRemembered = createIsRemembered(remembered);
  return (peeringId) => remembered.notes.has(`${SEEN_LIVE}${peeringId}`) || isRemembered(peeringId);
}

/** Whether it is remembered for as long as it lives: what is noted of a request goes before that. */
function createIsNoted(remembered: RegionMemory): (peeringId: string) => boolean {
  let routed: Set<string> | undefined;
  return (peeringId) => {
    if (remembered.notes.has(`${SEEN_LIVE}${peeringId}`)) {
      return true;
    }
    routed ??= routedPeerings(remembered);
    return routed.has(peeringId);
  };
}

/**
 * What to note of managed peerings of which nothing else is remembered for as long as they live, each once. Of peerings of
 * `connect` and `mesh` request-peerings tells.
 */
export function seenLive(
  {
    region,
    assessment,
    inventory,
    remembered,
  }: Pick<RegionView, 'region' | 'assessment' | 'inventory' | 'remembered'>,
  tagPrefix: string,
  now: Date,
): MemoryUpdate[] {
  const isNoted = createIsNoted(remembered);
  const getsRoutes = routedByLook({ region, assessment });
  const live = new Set(
    assessment.views
      .filter(({ management, view }) => view.region === region && management === 'managed')
      .map(({ view }) => view.peering.peeringId),
  );
  const connection = connectionTagKey(tagPrefix);
  const at = Math.floor(now.getTime() / 1000);
  return inventory.peerings
    .filter(
      ({ peeringId, status, tags }) =>
        status === 'active' &&
        live.has(peeringId) &&
        !getsRoutes.has(peeringId) &&
        tags[connection] === undefined &&
        !isNoted(peeringId),
    )
    .map(({ peeringId }): MemoryUpdate => ({ kind: 'note', key: `${SEEN_LIVE}${peeringId}`, value: '', at }));
}

/** Peerings whose routes this look writes or adopts: the registry names them from then on. */
function routedByLook({ region, assessment }: Pick<RegionView, 'region' | 'assessment'>): Set<string> {
  return new Set([
    ...assessment.changes
      .filter(
        (change) => change.region === region && change.heldBy === undefined && change.action !== 'delete',
      )
      .map(({ peeringId }) => peeringId),
    ...(assessment.learned.get(region) ?? []).flatMap((update) =>
      update.kind === 'own' ? [update.peeringId] : [],
    ),
  ]);
}
