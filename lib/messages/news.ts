/**
 * What people know already, so that a sweep every few minutes does not write to them every few minutes. Alarms go on as
 * long as something lasts; this is about the text. Nobody can ask people what they know, so it is noted (`model/memory.ts`).
 */
import type { Change } from '../model/change.ts';
import { type Finding, STEADY_SECONDS } from '../model/finding.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import type { PeeringStatus } from '../model/peering.ts';
import { shortHash } from '../model/short-hash.ts';

/** A finding that was not seen for longer than this is news again. Longer than the slowest sensible sweep: a day. */
export const FORGET_AFTER_SECONDS = 25 * 60 * 60;
/** What lasts is noted again only so often, because each note is a write. */
export const NOTE_AFTER_SECONDS = 12 * 60 * 60;

/** A note that is not refreshed may go after that: as soon as it says nothing any more, with time to spare. */
export const NOTE_LASTS_SECONDS = FORGET_AFTER_SECONDS + 60 * 60;

export type Notes = ReadonlyMap<string, Note>;

/** A hash of what makes a finding the same one; its wording may change from pass to pass. */
export function findingKey({
  kind,
  region,
  routeTableId,
  destination,
  peeringId,
}: Pick<Finding, 'kind' | 'region' | 'routeTableId' | 'destination' | 'peeringId'>): string {
  return shortHash([kind, region, routeTableId, destination, peeringId].join(' '));
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
  readsRefused: (region: string) => `reads-refused ${region}`,
  requestsUnread: (region: string) => `requests-unread ${region}`,
  reminder: (peeringId: string) => `reminder ${peeringId}`,
} as const;

/** Under which it is noted that people were told of a peering that the check itself does not run. */
export function stoppedCheckKey(region: string, peeringId: string): string {
  return newsKeys.finding({ kind: 'not-checked', region, peeringId });
}

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
  /** Of these, what they are told of for the last time for now, because it comes and goes. */
  readonly comingAndGoing: ReadonlySet<Finding>;
  /** What came back once more, and of which they know that it comes and goes. */
  readonly knownToCome: readonly Finding[];
  /** By the finding that they are about. */
  readonly updates: ReadonlyMap<Finding, readonly MemoryUpdate[]>;
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

/** Within that time it is told so often again. */
const TOLD_AGAIN = 2;
/** The value of the note of a finding that is there, and of which people were told that it comes and goes. */
const COMES_AND_GOES = 'comes and goes';

/** How often people were told again of a finding that was over: noted when it is over, and when it comes back. */
function cameBackKey(finding: Parameters<typeof findingKey>[0]): string {
  return `came-back ${findingKey(finding)}`;
}

function cameBackNote(key: string, times: number, at: number): MemoryUpdate {
  return { kind: 'note', key, value: `${times}`, at, expiresAt: at + 2 * STEADY_SECONDS };
}

/** How often, if it was over or came back lately. */
function timesBack(notes: Notes, key: string, at: number): number | undefined {
  const note = notes.get(key);
  const times = Number(note?.value);
  return note === undefined || at - note.at >= STEADY_SECONDS || !Number.isSafeInteger(times)
    ? undefined
    : times;
}

/** A finding of which nothing is noted: people are told, unless it has come and gone too often within the hour. */
function freshNews(notes: Notes, key: string, finding: Finding, now: Date) {
  const at = Math.floor(now.getTime() / 1000);
  const { updates } = newsOf(new Map(), key, toldOf(finding), now);
  const backKey = cameBackKey(finding);
  const times = timesBack(notes, backKey, at);
  if (times === undefined) {
    return { novelty: 'news', updates } as const;
  }
  return times < TOLD_AGAIN
    ? ({
        novelty: times + 1 === TOLD_AGAIN ? 'last-time' : 'news',
        updates: [...updates, cameBackNote(backKey, times + 1, at)],
      } as const)
    : ({
        novelty: 'known-to-come',
        updates: [
          { kind: 'note', key, value: COMES_AND_GOES, at, expiresAt: at + NOTE_LASTS_SECONDS },
          cameBackNote(backKey, times, at),
        ],
      } as const);
}

function noveltyOf(
  notes: Notes,
  key: string,
  finding: Finding,
  now: Date,
): {
  readonly novelty: 'news' | 'last-time' | 'known-to-come' | 'known';
  readonly updates: readonly MemoryUpdate[];
} {
  const note = notes.get(key);
  if (note === undefined) {
    return freshNews(notes, key, finding, now);
  }
  if (note.value === COMES_AND_GOES) {
    return now.getTime() / 1000 - note.at < STEADY_SECONDS
      ? { novelty: 'known', updates: [] }
      : { novelty: 'news', updates: newsOf(new Map(), key, toldOf(finding), now).updates };
  }
  const { isNews, updates } = findingNews(notes, key, finding, now);
  return { novelty: isNews ? 'news' : 'known', updates };
}

/** Which findings people have to be told about, and what to remember of it. */
export function whatToTell(notes: Notes, findings: readonly Finding[], now: Date): FindingNews {
  const news: Finding[] = [];
  const comingAndGoing = new Set<Finding>();
  const knownToCome: Finding[] = [];
  const updates = new Map<Finding, readonly MemoryUpdate[]>();
  const seen = new Set<string>();
  for (const finding of findings) {
    const key = newsKeys.finding(finding);
    if (seen.has(key)) {
      continue;
    }
    seen.add(key);
    const { novelty, updates: toRemember } = noveltyOf(notes, key, finding, now);
    updates.set(finding, toRemember);
    if (novelty === 'news' || novelty === 'last-time') news.push(finding);
    if (novelty === 'last-time') comingAndGoing.add(finding);
    if (novelty === 'known-to-come') knownToCome.push(finding);
  }
  return { news, comingAndGoing, knownToCome, updates };
}

/** What people are told of a finding the last time for now. */
export function withComingAndGoing(finding: Finding): Finding {
  return {
    ...finding,
    detail:
      `${finding.detail} This was over and came back ${TOLD_AGAIN} times within an hour, so nobody is told of it again before it has stayed like this, or been in place, for an hour. Each time is in the history: peering history ${finding.routeTableId ?? finding.peeringId ?? ''}`.trimEnd(),
  };
}

/** What is not so of a route that is in its table and leads where it should. */
export const ROUTE_KINDS_IN_PLACE = ['missing', 'wrong-target', 'blackhole', 'conflict'] as const;

/** Whether people were told of a finding lately enough that they are not told again. */
export function wasTold(notes: Notes, finding: Parameters<typeof findingKey>[0], now: Date): boolean {
  const note = notes.get(newsKeys.finding(finding));
  return note !== undefined && now.getTime() / 1000 - note.at < FORGET_AFTER_SECONDS;
}

/** Drift of a route that is in place again, whoever put it there, is news when it comes back; how often it did is counted. */
export function forgetInPlace(
  notes: Notes,
  inPlace: () => readonly Required<Pick<Finding, 'region' | 'routeTableId' | 'destination' | 'peeringId'>>[],
  now: Date,
): MemoryUpdate[] {
  if (![...notes.keys()].some((key) => key.startsWith(TOLD))) {
    return [];
  }
  const at = Math.floor(now.getTime() / 1000);
  return inPlace()
    .flatMap((route) => ROUTE_KINDS_IN_PLACE.map((kind) => ({ kind, ...route })))
    .filter((finding) => notes.has(newsKeys.finding(finding)))
    .flatMap((finding): MemoryUpdate[] => {
      const backKey = cameBackKey(finding);
      return [
        { kind: 'forget-note', key: newsKeys.finding(finding) },
        cameBackNote(backKey, timesBack(notes, backKey, at) ?? 0, at),
      ];
    });
}

/** Drift that was mended is news when it comes back. */
export function forgetRepaired(changes: readonly Change[]): MemoryUpdate[] {
  const keys = new Set(
    changes.flatMap(({ mends, seen, peeringId, ...at }) => {
      // What was stale led to another peering than the route that takes its place.
      const about = mends === 'stale' && seen !== undefined ? seen.target.id : peeringId;
      return mends === undefined ? [] : [newsKeys.finding({ kind: mends, ...at, peeringId: about })];
    }),
  );
  return [...keys].map((key) => ({ kind: 'forget-note', key }));
}
