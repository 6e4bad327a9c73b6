import type { PeerVerdict } from '../connectivity/results.ts';
import type { Verdict } from '../connectivity/verdict.ts';
import { fieldsOf, jsonIn } from '../model/json.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import { peerFaultIn } from '../model/peer-fault.ts';

/** What is remembered of what the account at the other end says of a peering. Of the own pings: model/watch-notes.ts. */

/** What the account at the other end said is shown for this long; after that it says nothing of now. Seconds. */
const PEER_VERDICT_AGE = 30 * 60;

export function peerKey(peeringId: string): string {
  return `peer ${peeringId}`;
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

export interface PeerSaid {
  readonly said: PeerVerdict;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** @returns undefined for a text that is none of ours: it then counts as not noted. */
export function readPeerNote(text: string): PeerSaid | undefined {
  const { at, accountId, verdict, ...said } = fieldsOf(jsonIn(text));
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
