import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';

/**
 * Whether EC2 does not list a peering although a route of the Region to it works. Then it is the listing that is wrong, so that
 * nothing is concluded from it for another route either, be that a blackhole.
 */
export function createWorksUnlisted({
  peerings,
  tables,
}: Pick<RegionInventory, 'peerings' | 'tables'>): (peeringId: string) => boolean {
  const working = lazy(() => {
    const listed = new Set(peerings.map(({ peeringId }) => peeringId));
    const found = new Set<string>();
    for (const { routes } of tables) {
      for (const { target, state } of routes) {
        if (target.kind === 'peering' && state !== 'blackhole' && !listed.has(target.id))
          found.add(target.id);
      }
    }
    return found;
  });
  return (peeringId) => working().has(peeringId);
}
