/**
 * What the last pings found, as the registry keeps it. A write is charged by the kilobyte, so that the results of one check lie together
 * in a few items, each peering's always in the same one. Whoever reads has them one by one, as if each were noted by itself.
 */
import { fieldsOf, jsonIn } from './json.ts';
import type { MemoryUpdate, Note } from './memory.ts';

/** Of one result: `ping <peering> <target> <part>`. */
export const PING = 'ping';
const PACK = 'pings';

/** An item holds 400 KB, so that a Region may have 1,000 results for each. */
const PACKS = 16;

/** Seconds for which a result is kept that an older version noted by itself, and that says no end. */
const KEPT = 26 * 60 * 60;

export type PingNote = Extract<MemoryUpdate, { kind: 'note' }> & { readonly expiresAt: number };

type Notes = ReadonlyMap<string, Note>;

/** The same for a peering at each time, and spread evenly: 32-bit FNV-1a. */
function packOf(key: string): string {
  const [, peeringId = ''] = key.split(' ');
  let hash = 0x811c9dc5;
  for (let index = 0; index < peeringId.length; index += 1) {
    hash = Math.imul(hash ^ peeringId.charCodeAt(index), 0x01000193);
  }
  return `${PACK} ${(hash >>> 0) % PACKS}`;
}

function entriesIn({ value }: Note): (readonly [string, Note & { readonly expiresAt: number }])[] {
  return Object.entries(fieldsOf(jsonIn(value))).flatMap(([key, entry]) => {
    const [at, expiresAt, results] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
    return typeof at === 'number' && typeof expiresAt === 'number'
      ? [[`${PING} ${key}`, { value: JSON.stringify(results ?? []), at, expiresAt }] as const]
      : [];
  });
}

/** Notes as they are read: results one by one, without those that are over. @param now seconds since the epoch. */
export function unpacked(notes: Notes, now: number): Map<string, Note> {
  const all = new Map([...notes].filter(([key]) => !key.startsWith(`${PACK} `)));
  for (const [key, note] of notes) {
    for (const [name, entry] of key.startsWith(`${PACK} `) ? entriesIn(note) : []) {
      // An older version may have noted one by itself.
      if (entry.expiresAt > now && entry.at >= (all.get(name)?.at ?? 0)) {
        all.set(name, entry);
      }
    }
  }
  return all;
}

/**
 * What to write so that these results are kept beside the others of the same packs. Only for a pass that runs alone: a pack is written
 * whole.
 *
 * @param notes as they were read. @param now seconds since the epoch.
 */
export function packed(notes: Notes, fresh: readonly PingNote[], now: number): MemoryUpdate[] {
  const packs = new Map<string, Map<string, Note>>(fresh.map(({ key }) => [packOf(key), new Map()]));
  for (const [key, note] of notes) {
    if (key.startsWith(`${PING} `)) packs.get(packOf(key))?.set(key, note);
  }
  for (const { key, value, at, expiresAt } of fresh) {
    packs.get(packOf(key))?.set(key, { value, at, expiresAt });
  }
  return [...packs].flatMap(([key, entries]): MemoryUpdate[] => {
    const kept = [...entries]
      .map(([name, { value, at, expiresAt = at + KEPT }]) => ({ name, value, at, expiresAt }))
      .filter(({ expiresAt }) => expiresAt > now)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const pack = kept.map(({ name, value, at, expiresAt }) => [
      name.slice(PING.length + 1),
      [at, expiresAt, jsonIn(value) ?? []],
    ]);
    return kept.length === 0
      ? []
      : [
          {
            kind: 'note',
            key,
            value: JSON.stringify(Object.fromEntries(pack)),
            at: Math.max(...kept.map(({ at }) => at)),
            expiresAt: Math.max(...kept.map(({ expiresAt }) => expiresAt)),
          },
        ];
  });
}
