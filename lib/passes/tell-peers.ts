import type { Hint } from '../model/hint.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { saysAccepted } from './settled-state.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { peerSideOf, tellPeer } from './tell-peer.ts';

/**
 * The account at the other end may not hear that a peering was accepted, nor that this side is routed. An acceptance is
 * told even where no table of this side takes routes.
 */
export async function tellPeers(
  dependencies: SyncDependencies,
  { peerings }: RegionInventory,
  hints: readonly Hint[],
  synced: readonly string[],
): Promise<void> {
  const accepted = hints.flatMap((hint) =>
    hint.kind === 'peering' && hint.peerAccountId === undefined && saysAccepted(hint) ? [hint.peeringId] : [],
  );
  const news = new Set([...synced, ...accepted]);
  for (const peering of peerings.filter(({ peeringId }) => news.has(peeringId))) {
    const side = peerSideOf(dependencies.accountId, peering);
    if (side !== undefined) {
      await tellPeer(dependencies, side, { type: 'Routes Synced', peeringId: peering.peeringId });
    }
  }
}
