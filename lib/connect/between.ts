import type { RegionInventory } from '../model/inventory.ts';
import type { RegionMemory } from '../model/memory.ts';
import { type PairNote, pairKey, pairNotesIn } from '../model/pair.ts';
import { DEAD_STATUSES, type Peering } from '../model/peering.ts';
import { connectionTagKey } from '../model/tags.ts';
import type { ConnectState } from './state.ts';

/** What lies between two VPCs, as EC2 shows it and as it is remembered. */

/** What is remembered of a pair, and the Region where. */
export interface RememberedPair {
  readonly region: string;
  readonly note: PairNote;
}

export interface Between {
  /** Not dead; of several one that carries traffic. */
  live(key: string): Peering | undefined;
  /** Of those that EC2 shows as ended. */
  dead(key: string): readonly Peering[];
  remembered(key: string): RememberedPair | undefined;
  /** Pairs of which something is remembered. */
  readonly keys: readonly string[];
  /** Whether this account asked for a peering for a connection of the policy: its tag says so. */
  isTagged(peering: Peering): boolean;
}

/** A peering between two Regions is listed in both; its tags are those that the requester's Region shows. */
function merged(inventories: readonly RegionInventory[]): Peering[] {
  const found = new Map<string, Peering>();
  for (const { region, peerings } of inventories) {
    for (const peering of peerings) {
      const known = found.get(peering.peeringId);
      const first = known === undefined || peering.requester.region === region ? peering : known;
      const isLive = [known, peering].some((each) => each !== undefined && !DEAD_STATUSES.has(each.status));
      const shown = isLive && DEAD_STATUSES.has(first.status) ? (known ?? peering) : first;
      found.set(peering.peeringId, { ...shown, tags: first.tags });
    }
  }
  return [...found.values()].sort((a, b) => (a.peeringId < b.peeringId ? -1 : 1));
}

const CARRIES: ReadonlySet<string> = new Set(['active', 'provisioning']);

/** The one that carries traffic first, and then by id, so that the same is taken however it was read. */
function byUse(a: Peering, b: Peering): number {
  const [first, second] = [a, b].map(({ status }) => (CARRIES.has(status) ? 0 : 1)) as [number, number];
  return first - second || (a.peeringId < b.peeringId ? -1 : 1);
}

export function createBetween(
  { accountId, regions }: ConnectState,
  memory: ReadonlyMap<string, RegionMemory>,
  tagPrefix: string,
): Between {
  const live = new Map<string, Peering[]>();
  const dead = new Map<string, Peering[]>();
  for (const peering of merged(regions)) {
    const key = pairKey(peering.requester.vpcId, peering.accepter.vpcId);
    const list = DEAD_STATUSES.has(peering.status) ? dead : live;
    const same = list.get(key);
    if (same === undefined) list.set(key, [peering]);
    else same.push(peering);
  }
  const remembered = new Map<string, RememberedPair>();
  for (const region of [...memory.keys()].sort()) {
    for (const [key, note] of pairNotesIn(memory.get(region)?.notes ?? new Map())) {
      const known = remembered.get(key);
      if (known === undefined || known.note.at < note.at) remembered.set(key, { region, note });
    }
  }
  return {
    live: (key) => live.get(key)?.sort(byUse)[0],
    dead: (key) => dead.get(key) ?? [],
    remembered: (key) => remembered.get(key),
    keys: [...remembered.keys()].sort(),
    isTagged: ({ requester, tags }) =>
      requester.accountId === accountId && tags[connectionTagKey(tagPrefix)] !== undefined,
  };
}
