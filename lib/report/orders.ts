import { freezeIn, frozenText } from '../model/freeze.ts';
import type { RegionMemory } from '../model/memory.ts';
import { withName } from '../model/nameable.ts';
import { type Silence, silencesIn } from '../model/silence.ts';
import { utc } from '../model/utc.ts';

/** What people have ordered for a time: Regions that are frozen, and resources of which nobody is sent messages. */

type Memories = ReadonlyMap<string, RegionMemory>;

/** A silence with the Regions that remember it. */
export interface PlacedSilence extends Silence {
  readonly regions: readonly string[];
}

function grouped<Item>(
  memories: Memories,
  itemsOf: (memory: RegionMemory) => readonly Item[],
  keyOf: (item: Item) => string,
): { readonly item: Item; readonly regions: readonly string[] }[] {
  const groups = new Map<string, { readonly item: Item; readonly regions: string[] }>();
  for (const [region, memory] of [...memories].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const item of itemsOf(memory)) {
      const group = groups.get(keyOf(item)) ?? { item, regions: [] };
      group.regions.push(region);
      groups.set(keyOf(item), group);
    }
  }
  return [...groups.values()];
}

/** Silences that run, those that end first before the others. */
export function runningSilences(memories: Memories, now: Date): PlacedSilence[] {
  return grouped(
    memories,
    ({ notes }) => [...silencesIn(notes, now).values()],
    (silence) => JSON.stringify(silence),
  )
    .map(({ item, regions }) => ({ ...item, regions }))
    .sort((a, b) => a.until - b.until || (a.id < b.id ? -1 : 1));
}

type Names = ReadonlyMap<string, string>;

/** What is silenced, and until when. @param names by id, as far as they are known. */
export function silencedLine({ id, until, regions }: PlacedSilence, names: Names): string {
  return `No messages are sent about ${withName(id, names.get(id))} until ${utc(new Date(until * 1000))} (${regions.join(', ')})`;
}

/** All of it in one line. */
export function silenceLine(silence: PlacedSilence, names: Names): string {
  return `${silencedLine(silence, names)}: silenced by ${silence.by}, because: ${silence.because}`;
}

/** Freezes that last, each with the Regions of which it was said. */
export function freezeLines(memories: Memories, now: Date): string[] {
  return grouped(
    memories,
    ({ notes }) => {
      const freeze = freezeIn(notes, now);
      return freeze === undefined ? [] : [frozenText(freeze)];
    },
    (text) => text,
  ).map(({ item, regions }) => `${regions.join(', ')}: ${item}`);
}

/** All of it, for verbs that say what is the matter. */
export function orderLines(memories: Memories, now: Date, names: Names): string[] {
  return [
    ...freezeLines(memories, now),
    ...runningSilences(memories, now).map((silence) => silenceLine(silence, names)),
  ];
}
