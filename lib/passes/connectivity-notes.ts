import type { PeerVerdict } from '../connectivity/results.ts';
import type { Verdict } from '../connectivity/verdict.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import { peerFaultIn } from '../model/peer-fault.ts';

/** What is remembered of pings: how often in a row a target did not answer, and what the peer account says of a peering. */

/** What the account at the other end said is shown for this long; after that it says nothing of now. Seconds. */
const PEER_VERDICT_AGE = 30 * 60;

/** A target that is lost is noted again only so often, because each note is a write. Seconds. */
const LOST_NOTED_AGAIN_AFTER = 24 * 60 * 60;
/** What nobody has pinged for so long is forgotten: its peering is gone, or nobody asks for it any more. Seconds. */
const LOST_KEPT = 30 * LOST_NOTED_AGAIN_AFTER;

/** How often in a row a target did not answer, and the command that said so last: an event may come twice. */
export interface LostCount {
  readonly times: number;
  readonly commandId: string;
}

export function lostKey(peeringId: string, target: string): string {
  return `lost ${peeringId} ${target}`;
}

export function peerKey(peeringId: string): string {
  return `peer ${peeringId}`;
}

/** Whatever is no count of ours counts as none. */
export function readLostCount(note: Pick<Note, 'value'> | undefined): LostCount {
  const [, times, commandId] = /^(\d{1,6}) ([0-9a-f-]{36})$/.exec(note?.value ?? '') ?? [];
  return { times: times === undefined ? 0 : Number(times), commandId: commandId ?? '' };
}

/** @param at seconds since the epoch. */
export function lostNote(key: string, { times, commandId }: LostCount, at: number): MemoryUpdate {
  return { kind: 'note', key, value: `${times} ${commandId}`, at, expiresAt: at + LOST_KEPT };
}

/** Whether a note of something that lasts has to be written again, so that it is not forgotten meanwhile. */
export function isLostNoteOld({ at }: Note, now: number): boolean {
  return now - at >= LOST_NOTED_AGAIN_AFTER;
}

/** @param value what `peerVerdictIn` reads. @param at seconds since the epoch. */
export function peerNote(peeringId: string, value: string, at: number): MemoryUpdate {
  return { kind: 'note', key: peerKey(peeringId), value, at, expiresAt: at + PEER_VERDICT_AGE };
}

export function peerNoteValue(said: PeerVerdict, now: Date): string {
  const { accountId, verdict, fault } = said;
  return JSON.stringify({ accountId, verdict, fault, at: now.toISOString() });
}

function isVerdict(value: unknown): value is Verdict {
  return value === 'reachable' || value === 'lossy' || value === 'unreachable' || value === 'none';
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const note: unknown = JSON.parse(text);
    return typeof note === 'object' && note !== null ? (note as Readonly<Record<string, unknown>>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) {
      return {};
    }
    throw error;
  }
}

export interface PeerSaid {
  readonly said: PeerVerdict;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** @returns undefined for a text that is none of ours: it then counts as not noted. */
export function readPeerNote(text: string): PeerSaid | undefined {
  const { at, accountId, verdict, ...said } = fieldsOf(text);
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(time) || typeof accountId !== 'string' || !isVerdict(verdict)) {
    return undefined;
  }
  const fault = peerFaultIn(said.fault);
  return {
    at: Math.floor(time / 1000),
    said: { accountId, verdict, ...(fault === undefined ? {} : { fault }) },
  };
}

/** What the account at the other end says of a peering now; undefined when it said nothing lately. */
export function peerVerdictIn(note: Pick<Note, 'value'> | undefined, now: Date): PeerVerdict | undefined {
  const noted = note === undefined ? undefined : readPeerNote(note.value);
  return noted !== undefined && now.getTime() / 1000 - noted.at < PEER_VERDICT_AGE ? noted.said : undefined;
}
