import { fieldsOf, jsonIn } from './json.ts';
import type { MemoryUpdate, Note } from './memory.ts';
import { PING } from './ping-notes.ts';

/**
 * What is remembered of the connectivity check, in the Region from which it pings. Each note is a write, so that what lasts is
 * noted again only once a day.
 */

/** Seconds. */
const NOTED_AGAIN_AFTER = 24 * 60 * 60;
/** What nobody has pinged for so long is forgotten: its peering is gone, or nobody asks for it any more. Seconds. */
const KEPT = 30 * NOTED_AGAIN_AFTER;

/** What the last checks found out about one target across one peering. */
export interface TargetWatch {
  /** How often in a row it did not answer. */
  readonly lost: number;
  /** How often in a row a check ended without a verdict. */
  readonly withoutVerdict: number;
  /** The command that said so last: an event may come twice. */
  readonly commandId: string;
  /** Undefined: noted by a version that told people of each target by itself, and of this one when it was lost. */
  readonly toldOf: 'peering' | undefined;
  /** Whose probe was lost last, and of which TCP port; undefined where it was a ping, or nobody noted it. */
  readonly source?: string;
  readonly port?: number;
}

const TARGET = 'lost';
const BLIND = 'blind';
const LOST_TOLD = 'lost-told';
const LOST_BY_ROUTE = 'lost-by-route';

/**
 * @param part which of the commands about the target it is about: sources in other zones and further ports have their own. Left out:
 *   as older versions noted it, for all of them.
 */
export function targetKey(peeringId: string, target: string, part?: string): string {
  return [TARGET, peeringId, target, ...(part === undefined ? [] : [part])].join(' ');
}

/** Under which the last result of the same command is noted. @param key of a target, as `targetKey` gives it. */
export function pingKeyOf(key: string): string {
  return `${PING}${key.slice(TARGET.length)}`;
}

/** That a target which had lost pings answers or is not asked any more, or that one answers which was never asked before. */
export const LOSS_OVER = 'loss-over';

/** Seconds for which that is of use. */
const LOSS_OVER_KEPT = 30 * 60 * 60;

/** For which policy it was counted that nothing is lost, and since when: one that is deployed may bring a new alarm. Kept as long as the stack. */
export const COUNTED_FOR = 'nothing-lost-counted';

/** @param at seconds since the epoch. */
export function lossOverNote(at: number): MemoryUpdate {
  return { kind: 'note', key: LOSS_OVER, value: '', at, expiresAt: at + LOSS_OVER_KEPT };
}

/** Whatever is no note of ours counts as none. */
export function readTargetWatch(note: Pick<Note, 'value'> | undefined): TargetWatch {
  const [, lost, commandId, without, source, port] =
    /^(\d{1,6}) ([0-9a-f-]{36})(?: (\d{1,6})(?: (m?i-[0-9a-z-]{1,40})(?::(\d{1,5}))?)?)?$/.exec(
      note?.value ?? '',
    ) ?? [];
  return {
    lost: lost === undefined ? 0 : Number(lost),
    commandId: commandId ?? '',
    withoutVerdict: without === undefined ? 0 : Number(without),
    toldOf: lost !== undefined && without === undefined ? undefined : 'peering',
    ...(source === undefined ? {} : { source }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** @param at seconds since the epoch. */
export function targetNote(
  key: string,
  { lost, commandId, withoutVerdict, toldOf, source, port }: TargetWatch,
  at: number,
): Extract<MemoryUpdate, { kind: 'note' }> {
  const from = source === undefined ? '' : ` ${source}${port === undefined ? '' : `:${port}`}`;
  const value =
    toldOf === undefined ? `${lost} ${commandId}` : `${lost} ${commandId} ${withoutVerdict}${from}`;
  return { kind: 'note', key, value, at, expiresAt: at + KEPT };
}

/** Whether a note of something that lasts has to be written again, so that it is not forgotten meanwhile. */
export function isWatchNoteOld({ at }: Note, now: number): boolean {
  return now - at >= NOTED_AGAIN_AFTER;
}

/** A peering that was checked from a VPC, and is not any more. */
export interface Blind {
  /** How many checks in a row. */
  readonly times: number;
  /** The first of them, in seconds since the epoch. */
  readonly since: number;
  /** One sentence for people. */
  readonly why: string;
}

export function blindKey(peeringId: string, vpcId: string): string {
  return `${BLIND} ${peeringId} ${vpcId}`;
}

/** Peerings that were checked from some side, and are not any more. */
export function blindPeerings(notes: ReadonlyMap<string, Note>): ReadonlySet<string> {
  const peerings = new Set<string>();
  for (const key of notes.keys()) {
    const [, peeringId] = key.startsWith(`${BLIND} `) ? key.split(' ') : [];
    if (peeringId !== undefined) peerings.add(peeringId);
  }
  return peerings;
}

/** Longer reasons are cut. */
const MAX_WHY = 500;

export function readBlind(note: Pick<Note, 'value'> | undefined): Blind | undefined {
  const [, times, since, why] = /^(\d{1,6}) (\d{1,12}) (.*)$/s.exec(note?.value ?? '') ?? [];
  return times === undefined || since === undefined || why === undefined
    ? undefined
    : { times: Number(times), since: Number(since), why };
}

/** @param at seconds since the epoch. */
export function blindNote(
  key: string,
  { times, since, why }: Blind,
  at: number,
): Extract<MemoryUpdate, { kind: 'note' }> {
  return {
    kind: 'note',
    key,
    value: `${times} ${since} ${why.slice(0, MAX_WHY)}`,
    at,
    expiresAt: at + KEPT,
  };
}

/** That people were told that pings across a peering are lost. */
export function lostToldKey(peeringId: string): string {
  return `${LOST_TOLD} ${peeringId}`;
}

/** @param at seconds since the epoch. */
export function lostToldNote(peeringId: string, at: number): Extract<MemoryUpdate, { kind: 'note' }> {
  return { kind: 'note', key: lostToldKey(peeringId), value: '', at, expiresAt: at + KEPT };
}

/**
 * That the message about a loss named a route table as its cause: drift of that table which comes to light later is no second event.
 *
 * @param at seconds since the epoch.
 */
export function lostByRouteNote(
  peeringId: string,
  routeTableId: string,
  at: number,
): Extract<MemoryUpdate, { kind: 'note' }> {
  return {
    kind: 'note',
    key: lostByRouteKey(peeringId, routeTableId),
    value: '',
    at,
    expiresAt: at + KEPT,
  };
}

export function lostByRouteKey(peeringId: string, routeTableId: string): string {
  return [LOST_BY_ROUTE, peeringId, routeTableId].join(' ');
}

/** What is forgotten with a loss that is over: that people know of it, and of its cause. */
export function lossForgotten(notes: ReadonlyMap<string, Note>, peeringId: string): MemoryUpdate[] {
  return [...notes.keys()]
    .filter((key) => key === lostToldKey(peeringId) || key.startsWith(`${LOST_BY_ROUTE} ${peeringId} `))
    .map((key) => ({ kind: 'forget-note', key }));
}

/** Peerings of whose loss people were told. */
export function toldLosses(notes: ReadonlyMap<string, Note>): string[] {
  return [...notes.keys()].flatMap((key) => {
    const [kind, peeringId] = key.split(' ');
    return kind === LOST_TOLD && peeringId !== undefined ? [peeringId] : [];
  });
}

/** One target of which something is remembered, by one of the commands about it. */
export interface WatchedTarget {
  readonly key: string;
  readonly target: string;
  readonly watch: TargetWatch;
}

/** A result that is remembered. */
export interface NotedResult {
  readonly target: string;
  /** Seconds since the epoch. */
  readonly at: number;
  /** Until when the check may have gone on without another note: one that lasts is written again once a day. */
  readonly until: number;
  readonly note: Note;
}

/** By peering: when results of pings from one Region came, as far as it is noted. */
export function notedResults(notes: ReadonlyMap<string, Note>): Map<string, NotedResult[]> {
  const byPeering = new Map<string, NotedResult[]>();
  for (const [key, note] of notes) {
    const [kind, peeringId = '', target = ''] = key.split(' ');
    if (kind === PING || kind === TARGET) {
      const { at } = note;
      const results = byPeering.get(peeringId) ?? [];
      results.push({ target, at, until: kind === PING ? at : at + NOTED_AGAIN_AFTER, note });
      byPeering.set(peeringId, results);
    }
  }
  return byPeering;
}

/** Whether a result that is noted says how a ping ended; one without a verdict does not. */
export function hasVerdict({ value }: Pick<Note, 'value'>): boolean {
  const results = jsonIn(value);
  return (
    Array.isArray(results) &&
    results.some((each) => {
      const { verdict } = fieldsOf(each);
      return typeof verdict === 'string' && verdict !== 'none';
    })
  );
}

/**
 * Whether a ping that was sent after it was noted that a view is not checked has ended in its own way. Then it is checked again,
 * although the check itself sees that only when it comes next, and tells it then.
 */
export function endsBlindness(result: Note, blind: Note): boolean {
  // Notes of the check have whole seconds, pings do not.
  return result.at >= blind.at + 1 && hasVerdict(result);
}

/**
 * When the check of a view last gave a sign that it runs. Where the pings themselves are noted, that is when they were; notes of
 * what lasts may be a day old. Seconds since the epoch.
 */
export function lastSignOf(results: readonly NotedResult[], blind: Note | undefined): number {
  const pings = results.filter(({ at, until }) => at === until);
  const signs = (pings.length > 0 ? pings : results).map(({ until }) => until);
  return Math.max(...signs, blind === undefined ? 0 : blind.at + NOTED_AGAIN_AFTER);
}

/** By peering: the targets that were pinged across it from one Region. */
export function watchedTargets(notes: ReadonlyMap<string, Note>): Map<string, WatchedTarget[]> {
  const byPeering = new Map<string, WatchedTarget[]>();
  for (const [key, note] of notes) {
    if (!key.startsWith(`${TARGET} `)) {
      continue;
    }
    const [, peeringId = '', target = ''] = key.split(' ');
    const targets = byPeering.get(peeringId) ?? [];
    targets.push({ key, target, watch: readTargetWatch(note) });
    byPeering.set(peeringId, targets);
  }
  return byPeering;
}
