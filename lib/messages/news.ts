/**
 * What people know already, so that a sweep every few minutes does not write to them every few minutes. Alarms go on as
 * long as something lasts; this is about the text. Nobody can ask people what they know, so it is noted (`model/memory.ts`).
 */
import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import type { PeeringStatus } from '../model/peering.ts';

/** A finding that was not seen for longer than this is news again. Longer than the slowest sensible sweep: a day. */
export const FORGET_AFTER_SECONDS = 25 * 60 * 60;
/** What lasts is noted again only so often, because each note is a write. */
export const NOTE_AFTER_SECONDS = 12 * 60 * 60;

/** A note that is not refreshed may go after that: as soon as it says nothing any more, with time to spare. */
export const NOTE_LASTS_SECONDS = FORGET_AFTER_SECONDS + 60 * 60;

export type Notes = ReadonlyMap<string, Note>;

/** 32-bit FNV-1a over what makes a finding the same one; its wording may change from pass to pass. */
export function findingKey({
  kind,
  region,
  routeTableId,
  destination,
  peeringId,
}: Pick<Finding, 'kind' | 'region' | 'routeTableId' | 'destination' | 'peeringId'>): string {
  const text = [kind, region, routeTableId, destination, peeringId].join(' ');
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

/** Before the key of a finding. */
const TOLD = 'told ';

/** Keys of notes. Of one that is told once for each value, the value says what people were told. */
export const newsKeys = {
  finding: (finding: Parameters<typeof findingKey>[0]) => `${TOLD}${findingKey(finding)}`,
  acceptedByHand: (peeringId: string) => `accepted-by-hand ${peeringId}`,
  ended: (peeringId: string) => `ended ${peeringId}`,
  ownRequest: (peeringId: string, status: PeeringStatus) => `own-request ${peeringId} ${status}`,
  callFailed: (call: string, resourceId: string) => `call-failed ${call} ${resourceId}`,
  reminder: (peeringId: string) => `reminder ${peeringId}`,
} as const;

export interface News {
  readonly isNews: boolean;
  /** What to remember. Before anybody is told: if it could not be remembered, every sweep would tell it again. */
  readonly updates: readonly MemoryUpdate[];
}

/**
 * Whether people have to be told something that lasts, or that every sweep sees again: if nothing is noted, if what is noted
 * says something else, or if it was away for longer than a day.
 *
 * @param value what people are told, in short: `AccessDenied`, `expired`.
 */
export function newsOf(notes: Notes, key: string, value: string, now: Date): News {
  const at = Math.floor(now.getTime() / 1000);
  const note = notes.get(key);
  const isNews = note === undefined || note.value !== value || at - note.at >= FORGET_AFTER_SECONDS;
  const isDue = isNews || at - note.at >= NOTE_AFTER_SECONDS;
  return {
    isNews,
    updates: isDue ? [{ kind: 'note', key, value, at, expiresAt: at + NOTE_LASTS_SECONDS }] : [],
  };
}

export interface FindingNews {
  /** Findings that people have not been told about. */
  readonly news: readonly Finding[];
  readonly updates: readonly MemoryUpdate[];
}

/** What people are told of a finding, in short: if this becomes something else, they have to know. */
function toldOf({ kind, elsewhere }: Finding): string {
  return elsewhere === undefined ? kind : `${kind} ${elsewhere}`;
}

/** A note of a version that noted only that a finding was told, in whatever words, and not what has the addresses. */
function saysOnlyThatTold({ value }: Note, { kind }: Finding): boolean {
  return !value.startsWith(`${kind} `);
}

function findingNews(notes: Notes, key: string, finding: Finding, now: Date): News {
  const note = notes.get(key);
  const value = toldOf(finding);
  if (note === undefined || note.value === value || !saysOnlyThatTold(note, finding)) {
    return newsOf(notes, key, value, now);
  }
  const known = newsOf(notes, key, note.value, now);
  // Noted now, as what has the addresses later cannot be compared with what nobody noted.
  return finding.elsewhere === undefined
    ? known
    : { ...newsOf(notes, key, value, now), isNews: known.isNews };
}

/** Which findings people have to be told about, and what to remember of it. */
export function whatToTell(notes: Notes, findings: readonly Finding[], now: Date): FindingNews {
  const news: Finding[] = [];
  const updates = new Map<string, readonly MemoryUpdate[]>();
  for (const finding of findings) {
    const key = newsKeys.finding(finding);
    if (updates.has(key)) {
      continue;
    }
    const { isNews, updates: toRemember } = findingNews(notes, key, finding, now);
    updates.set(key, toRemember);
    if (isNews) {
      news.push(finding);
    }
  }
  return { news, updates: [...updates.values()].flat() };
}

/** What is not so of a route that is in its table and leads where it should. */
export const ROUTE_KINDS_IN_PLACE = ['missing', 'wrong-target', 'blackhole', 'conflict'] as const;

/** Whether people were told of a finding lately enough that they are not told again. */
export function wasTold(notes: Notes, finding: Parameters<typeof findingKey>[0], now: Date): boolean {
  const note = notes.get(newsKeys.finding(finding));
  return note !== undefined && now.getTime() / 1000 - note.at < FORGET_AFTER_SECONDS;
}

/** Drift of a route that is in place again, whoever put it there, is news when it comes back. */
export function forgetInPlace(
  notes: Notes,
  inPlace: readonly Required<Pick<Finding, 'region' | 'routeTableId' | 'destination' | 'peeringId'>>[],
): MemoryUpdate[] {
  if (![...notes.keys()].some((key) => key.startsWith(TOLD))) {
    return [];
  }
  return inPlace
    .flatMap((route) => ROUTE_KINDS_IN_PLACE.map((kind) => newsKeys.finding({ kind, ...route })))
    .filter((key) => notes.has(key))
    .map((key) => ({ kind: 'forget-note', key }));
}

/** Drift that was mended is news when it comes back. */
export function forgetRepaired(changes: readonly Change[]): MemoryUpdate[] {
  const keys = new Set(
    changes.flatMap(({ mends, ...at }) =>
      mends === undefined ? [] : [newsKeys.finding({ kind: mends, ...at })],
    ),
  );
  return [...keys].map((key) => ({ kind: 'forget-note', key }));
}
