import { newsKeys } from '../messages/news.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { Policy } from '../policy/schema.ts';
import { connectionsMade } from './own-connections.ts';
import type { RegionView } from './region-view.ts';
import { routedPeerings, SEEN_LIVE } from './seen-live.ts';

/** Peerings that the product saw live and that EC2 shows no more, although nobody saw them end. */

/**
 * EC2 lists it no more, and people were not told of its end. They are told by the next look that misses it, too: one answer of EC2
 * may be behind.
 */
const MISSED = 'missed';

/** Of peerings that EC2 does not list: whether a route leads to them, with which their end is told, or they could not be judged. */
function createIsLeftOut({
  inventory,
  notJudged,
  region,
}: Pick<RegionView, 'region' | 'inventory' | 'notJudged'>): (peeringId: string) => boolean {
  const unjudged = new Set(notJudged.map(({ resource }) => resource));
  const led = new Set(inventory.tables.flatMap(({ routes }) => routes.map(({ target }) => target.id)));
  return (peeringId) => unjudged.has(region) || unjudged.has(peeringId) || led.has(peeringId);
}

/** What is noted of peerings that EC2 lists no more, until people know, and forgotten once they do. Of those of `connect` and `mesh` request-peerings tells. */
export function missedPeerings(
  view: Pick<RegionView, 'region' | 'inventory' | 'remembered' | 'notJudged'>,
  policy: Policy,
  now: Date,
): MemoryUpdate[] {
  const at = Math.floor(now.getTime() / 1000);
  const { inventory, remembered } = view;
  const { notes } = remembered;
  const seen = [...notes.keys()].flatMap((key) =>
    key.startsWith(SEEN_LIVE) ? [key.slice(SEEN_LIVE.length)] : [],
  );
  const known = new Set([...seen, ...routedPeerings(remembered)]);
  if (known.size === 0) {
    return [];
  }
  const listed = new Set(inventory.peerings.map(({ peeringId }) => peeringId));
  const gone = [...known].filter((peeringId) => !listed.has(peeringId));
  const ofConnections = gone.length === 0 ? new Set() : connectionsMade(policy, remembered);
  const unlisted = gone.filter((peeringId) => !ofConnections.has(peeringId));
  const isLeftOut = unlisted.length === 0 ? () => false : createIsLeftOut(view);
  return [
    ...seen
      .filter((peeringId) => listed.has(peeringId) && notes.get(`${SEEN_LIVE}${peeringId}`)?.value === MISSED)
      .map((peeringId): MemoryUpdate => ({ kind: 'note', key: `${SEEN_LIVE}${peeringId}`, value: '', at })),
    ...unlisted.flatMap((peeringId): MemoryUpdate[] => {
      const key = `${SEEN_LIVE}${peeringId}`;
      if (notes.has(newsKeys.ended(peeringId))) {
        return notes.has(key) ? [{ kind: 'forget-note', key }] : [];
      }
      return notes.get(key)?.value === MISSED || isLeftOut(peeringId)
        ? []
        : [{ kind: 'note', key, value: MISSED, at }];
    }),
  ];
}

/** Peerings that the product saw live, that EC2 has not listed for two looks, and of whose end nobody was told. */
export function vanishedPeerings({
  inventory,
  remembered,
}: Pick<RegionView, 'inventory' | 'remembered'>): string[] {
  const missed = [...remembered.notes].flatMap(([key, { value }]) =>
    value === MISSED && key.startsWith(SEEN_LIVE) ? [key.slice(SEEN_LIVE.length)] : [],
  );
  const listed = missed.length === 0 ? [] : inventory.peerings.map(({ peeringId }) => peeringId);
  return missed.filter((peeringId) => !listed.includes(peeringId));
}
