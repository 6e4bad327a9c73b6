import type { SeenBefore, WatchedPeering } from '../messages/connectivity.ts';
import type { Note, RegionMemory } from '../model/memory.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { senderTo } from '../model/peering-sides.ts';
import { pingKeyOf, watchedTargets } from '../model/watch-notes.ts';
import type { Memory } from '../ports/memory.ts';
import type { NetworkReader } from '../ports/network-reader.ts';

/** What people are told of a peering besides its pings: its ends, their names, and what the other end's own checks saw. */

export interface WatchedReader {
  readonly accountId: string;
  readonly managedRegions: readonly string[];
  readonly reader: Pick<NetworkReader, 'readPeerings' | 'readVpcs'>;
}

/** The sides of a peering whose Regions this account manages. */
function ownSides(
  { accountId, managedRegions }: WatchedReader,
  peering: Peering | undefined,
): readonly PeeringSide[] {
  return [peering?.requester, peering?.accepter].flatMap((side) =>
    side !== undefined && side.accountId === accountId && managedRegions.includes(side.region) ? [side] : [],
  );
}

/** Reads peerings and the names of their own VPCs, with as many calls for many as for one. In the order of the ids. */
export async function readWatchedPeerings(
  watched: WatchedReader,
  region: string,
  peeringIds: readonly string[],
): Promise<WatchedPeering[]> {
  const found = await watched.reader.readPeerings(region, { peeringIds });
  const peerings = new Map(found.map((peering) => [peering.peeringId, peering]));
  const vpcIds = new Map<string, Set<string>>();
  for (const peeringId of peeringIds) {
    for (const side of ownSides(watched, peerings.get(peeringId))) {
      vpcIds.set(side.region, (vpcIds.get(side.region) ?? new Set()).add(side.vpcId));
    }
  }
  const vpcs = await Promise.all([...vpcIds].map(([each, ids]) => watched.reader.readVpcs(each, [...ids])));
  const all = new Map(vpcs.flat().map((vpc) => [vpc.vpcId, vpc]));
  return peeringIds.map((peeringId) => ({
    peeringId,
    peering: peerings.get(peeringId),
    accountId: watched.accountId,
    region,
    nameOf: (id) => all.get(id)?.tags.Name || undefined,
    cidrsOf: (vpcId) => all.get(vpcId)?.cidrs,
  }));
}

/** The Regions from which this account pings across a peering, the given one first. */
export function regionsOfPeering(
  watched: WatchedReader,
  { region, peering }: Pick<WatchedPeering, 'region' | 'peering'>,
): string[] {
  return [...new Set([region, ...ownSides(watched, peering).map((side) => side.region)])];
}

/** What is remembered of a peering, wherever it was pinged from. */
export async function readRemembered(
  { memory }: { readonly memory: Pick<Memory, 'read'> },
  regions: readonly string[],
): Promise<ReadonlyMap<string, RegionMemory>> {
  const memories = await Promise.all(
    regions.map(async (region) => [region, await memory.read(region)] as const),
  );
  return new Map(memories);
}

/** How the own ends saw targets that the checks at hand are not about, where it is known when. */
export function seenBefore(
  { peering, peeringId }: Pick<WatchedPeering, 'peering' | 'peeringId'>,
  remembered: ReadonlyMap<string, ReadonlyMap<string, Note>>,
  isAtHand: (target: string) => boolean,
): SeenBefore[] {
  return [...remembered.values()].flatMap((notes) =>
    (watchedTargets(notes).get(peeringId) ?? []).flatMap(({ key, target, watch }) => {
      const sender = isAtHand(target) ? undefined : senderTo(peering, target);
      const at = notes.get(pingKeyOf(key))?.at;
      return sender === undefined || at === undefined
        ? []
        : [{ vpcId: sender.vpcId, target, watch, sentAt: new Date(at * 1000) }];
    }),
  );
}
