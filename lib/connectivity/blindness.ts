import type { MemoryUpdate, Note } from '../model/memory.ts';
import type { PeeringView } from '../model/peering.ts';
import {
  type Blind,
  blindKey,
  blindNote,
  endsBlindness,
  hasVerdict,
  isWatchNoteOld,
  lossOverNote,
  readBlind,
  targetKey,
  type WatchedTarget,
  watchedTargets,
} from '../model/watch-notes.ts';
import { pingNotes } from './last-ping.ts';
import { groupCommands, partOf, readCommandComment } from './probe-commands.ts';
import type { Probe, Skipped } from './probes.ts';
import { isRemoteAddress } from './remote-address.ts';
import { isFinal } from './verdict.ts';

/** Which peerings were checked and are not any more. A check that stopped checking is told like one that failed. */

/** How a ping that was sent before ended. */
export interface EarlierPing {
  readonly instanceId: string;
  /** What the sender noted: `readCommandComment`. */
  readonly comment: string;
  readonly status: string;
  readonly requestedAt: Date;
}

export interface BlindnessInput {
  /** The managed views of one Region. */
  readonly views: readonly PeeringView[];
  /** What this check sends and leaves out there. */
  readonly probes: readonly Probe[];
  readonly skipped: readonly Skipped[];
  /** Instances for which Systems Manager took no command, with why. */
  readonly notReady: ReadonlyMap<string, string>;
  /** Of the Region, as far back as was read. */
  readonly earlier: readonly EarlierPing[];
  readonly notes: ReadonlyMap<string, Note>;
  /** So many checks in a row make it news (`connectivity.periods`). */
  readonly periods: number;
  readonly now: Date;
}

/** A view that is not checked now, and was before. */
export interface BlindView extends Blind {
  readonly view: PeeringView;
  /** Its targets, as they were when they were last pinged. */
  readonly targets: readonly WatchedTarget[];
  /** This check pings across it: how that ends is known when it is read. */
  readonly isAsked: boolean;
}

/** One that is over, with what forgets it, and what remembers it again if nobody could be told. */
interface Over {
  readonly blind: BlindView;
  readonly forget: MemoryUpdate;
  readonly restore: MemoryUpdate;
}

/** One that is news, with what remembers that people were told, and what takes that back if they could not be. */
interface Begun {
  readonly blind: BlindView;
  readonly note: MemoryUpdate;
  readonly undo: MemoryUpdate;
}

export interface Blindness {
  /** All that are not checked now. */
  readonly blind: readonly BlindView[];
  /** Those of which people have to be told now, with what to remember of it. */
  readonly news: readonly Begun[];
  /** Those that are checked again after people were told that they are not. */
  readonly over: readonly Over[];
  /** What else is to be remembered or forgotten. */
  readonly updates: readonly MemoryUpdate[];
}

/** A run of the check that comes sooner after another is the same, delivered twice. Seconds. */
const SAME_CHECK = 30;
/** A ping of this age that has not ended has lost its result. Milliseconds. */
const GIVEN_UP_AFTER_MS = 90_000;
/** Commands of one check are sent within this time. */
const ONE_CHECK_MS = 60_000;

/** What is about one view. */
interface OfView {
  readonly view: PeeringView;
  readonly probes: readonly Probe[];
  readonly skipped: Skipped | undefined;
  readonly earlier: readonly EarlierPing[];
  readonly targets: readonly WatchedTarget[];
}

function ofView(
  view: PeeringView,
  { probes, skipped, earlier }: BlindnessInput,
  watched: ReadonlyMap<string, readonly WatchedTarget[]>,
): OfView {
  const { peeringId } = view.peering;
  const isMeant = isRemoteAddress(view);
  const isOfView = (each: Probe | Skipped, vpcId: string) =>
    each.peeringId === peeringId && vpcId === view.local.vpcId;
  return {
    view,
    probes: probes.filter((probe) => isOfView(probe, probe.sourceVpcId)),
    skipped: skipped.find((each) => isOfView(each, each.localVpcId)),
    earlier: earlier.filter(({ comment }) => {
      const about = readCommandComment(comment);
      return about?.peeringId === peeringId && isMeant(about.target);
    }),
    targets: (watched.get(peeringId) ?? []).filter(({ target }) => isMeant(target)),
  };
}

/** Those of the last check before this one. */
function lastCheck(earlier: readonly EarlierPing[]): EarlierPing[] {
  const last = Math.max(...earlier.map(({ requestedAt }) => requestedAt.getTime()));
  return earlier.filter(({ requestedAt }) => last - requestedAt.getTime() <= ONE_CHECK_MS);
}

/** Why a view is not checked now, or undefined if it is. What never was checked is no news. */
function whyBlind(
  { view, probes, skipped, earlier, targets }: OfView,
  { notReady, now }: Pick<BlindnessInput, 'notReady' | 'now'>,
): string | undefined {
  if (targets.length === 0) {
    return undefined;
  }
  if (skipped !== undefined) {
    return skipped.reason;
  }
  const sources = [...new Set(probes.map(({ sourceInstanceId }) => sourceInstanceId))];
  if (sources.length > 0 && sources.every((id) => notReady.has(id))) {
    return sources.map((id) => notReady.get(id) ?? '').join(' ');
  }
  const last = lastCheck(earlier);
  const isLate = ({ status, requestedAt }: EarlierPing) =>
    !isFinal(status) && now.getTime() - requestedAt.getTime() >= GIVEN_UP_AFTER_MS;
  if (last.length > 0 && last.every(isLate)) {
    const ids = [...new Set(last.map(({ instanceId }) => instanceId))].sort().join(', ');
    return `Systems Manager never told how the last pings from ${ids} ended. Look at whether these instances run, and at their SSM agents.`;
  }
  const pinged = new Set(probes.map(({ target }) => target));
  const watched = targets.filter(({ target }) => pinged.has(target));
  if (watched.length > 0 && watched.every(({ watch }) => watch.withoutVerdict > 0)) {
    return `The last pings from ${sources.sort().join(', ')} in ${view.local.vpcId} ended without a verdict. The log of record-connectivity says why; "peering ping" tries it now.`;
  }
  return undefined;
}

/** What is noted of the pings of the view. */
function resultsOf({ view }: OfView, noted: ReadonlyMap<string, Note> = new Map()): Note[] {
  const isMeant = isRemoteAddress(view);
  return [...noted].flatMap(([key, note]) => (isMeant(key.split(' ')[2] ?? '') ? [note] : []));
}

/** Whether some ping of the view has ended in its own way since then: as far back as was read, or by what is noted of it. */
function wasCheckedSince(of: OfView, since: number, noted?: ReadonlyMap<string, Note>): boolean {
  return (
    of.earlier.some(
      ({ status, requestedAt }) =>
        requestedAt.getTime() >= since * 1000 && (status === 'Success' || status === 'Failed'),
    ) || resultsOf(of, noted).some((note) => note.at >= since && hasVerdict(note))
  );
}

function nowInSeconds(now: Date): number {
  return Math.floor(now.getTime() / 1000);
}

/** What is asked no more, beside what is: what was remembered of it is about nothing. */
function withoutProbe({ probes, targets }: OfView, now: Date): MemoryUpdate[] {
  const asked = new Set(
    groupCommands(probes).flatMap(({ peeringId, target, comment }) => {
      const about = readCommandComment(comment);
      // The note of an older version goes with the first result.
      const older = targetKey(peeringId, target);
      return about === undefined ? [older] : [older, targetKey(peeringId, target, partOf(about))];
    }),
  );
  // A loss stands until what is asked now has answered: to look elsewhere mends nothing.
  const current = targets.filter(({ key }) => asked.has(key));
  const answers = current.length > 0 && current.every(({ watch }) => watch.lost === 0);
  const over =
    asked.size === 0
      ? []
      : targets.filter(({ key, watch }) => !asked.has(key) && (answers || watch.lost === 0));
  return [
    ...over.map(({ key }) => ({ kind: 'forget-note', key }) as const),
    ...(over.some(({ watch }) => watch.lost > 0) ? [lossOverNote(nowInSeconds(now))] : []),
  ];
}

function isAsked({ probes }: OfView, notReady: BlindnessInput['notReady']): boolean {
  return probes.some(({ sourceInstanceId }) => !notReady.has(sourceInstanceId));
}

/** What becomes of one view that is not checked now. */
function stillBlind(
  of: OfView,
  why: string,
  note: Note | undefined,
  noted: ReadonlyMap<string, Note> | undefined,
  { periods, now, notReady }: Pick<BlindnessInput, 'periods' | 'now' | 'notReady'>,
): { readonly blind: BlindView; readonly note?: MemoryUpdate; readonly isNews: boolean } {
  const at = nowInSeconds(now);
  const before = readBlind(note);
  const isSameCheck = note !== undefined && before !== undefined && at - note.at < SAME_CHECK;
  const times = Math.min(periods, (before?.times ?? 0) + (isSameCheck ? 0 : 1));
  // A ping came back between two checks, so that nothing shows it as blind any more. It is again, from now on.
  const isAnew = note !== undefined && resultsOf(of, noted).some((result) => endsBlindness(result, note));
  const since = isAnew ? at : (before?.since ?? at);
  const blind = { view: of.view, targets: of.targets, isAsked: isAsked(of, notReady), times, since, why };
  const isNews = times === periods && times !== before?.times;
  const isDue =
    isAnew ||
    times !== before?.times ||
    why !== before.why ||
    (note !== undefined && isWatchNoteOld(note, at));
  return {
    blind,
    isNews,
    ...(isDue
      ? { note: blindNote(blindKey(of.view.peering.peeringId, of.view.local.vpcId), blind, at) }
      : {}),
  };
}

function asBefore(key: string, note: Note | undefined): MemoryUpdate {
  const before = readBlind(note);
  return note === undefined || before === undefined
    ? { kind: 'forget-note', key }
    : blindNote(key, before, note.at);
}

/** Judges the views of one Region. Pure. */
export function blindnessOf(input: BlindnessInput): Blindness {
  const { views, notes, periods } = input;
  const blind: BlindView[] = [];
  const news: Begun[] = [];
  const over: Over[] = [];
  const updates: MemoryUpdate[] = [];
  const watched = watchedTargets(notes);
  const noted = pingNotes(notes);
  for (const view of views) {
    const of = ofView(view, input, watched);
    const key = blindKey(view.peering.peeringId, view.local.vpcId);
    const note = notes.get(key);
    const before = readBlind(note);
    updates.push(...withoutProbe(of, input.now));
    const why = whyBlind(of, input);
    if (why !== undefined) {
      const still = stillBlind(of, why, note, noted.get(view.peering.peeringId), input);
      blind.push(still.blind);
      if (still.note !== undefined && still.isNews) {
        news.push({ blind: still.blind, note: still.note, undo: asBefore(key, note) });
      } else if (still.note !== undefined) {
        updates.push(still.note);
      }
    } else if (before !== undefined) {
      const known = { view, targets: of.targets, isAsked: isAsked(of, input.notReady), ...before };
      const forget = { kind: 'forget-note', key } as const;
      if (before.times < periods) {
        updates.push(forget);
      } else if (wasCheckedSince(of, before.since, noted.get(view.peering.peeringId))) {
        over.push({ blind: known, forget, restore: blindNote(key, before, nowInSeconds(input.now)) });
      } else {
        // Pings go again, and none has come back yet.
        blind.push(known);
      }
    }
  }
  return { blind, news, over, updates };
}
