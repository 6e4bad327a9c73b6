import type { MemoryUpdate, Note } from './memory.ts';
import { noteFields } from './note-fields.ts';

/**
 * Two VPCs of which the policy says that a peering between them should exist (`connect`, `mesh`), and what is remembered of
 * them. A pair has no order: it is the same from either side.
 */

/** What tags and notes call the peerings of `mesh`. */
export const MESH = 'mesh';

/** Names a pair, whichever of its VPCs comes first. */
export function pairKey(vpcId: string, otherVpcId: string): string {
  return vpcId < otherVpcId ? `${vpcId} ${otherVpcId}` : `${otherVpcId} ${vpcId}`;
}

const KEY = 'pair ';

/**
 * `asking`: a request is about to be made, or was and nobody knows. `asked`: it waits for its answer. `live`: there is a
 * peering. `refused`: a request or peering ended although the pair is wanted. `kept`, `leaving`: no longer wanted, the peering
 * stays or is deleted at `until`.
 */
export type PairNoteState = 'asking' | 'asked' | 'live' | 'refused' | 'kept' | 'leaving';

export interface PairNote {
  readonly state: PairNoteState;
  /** The connection of the policy that it is, or was, wanted by. */
  readonly connection: string;
  /** `other`: somebody else made it, so it is never deleted. */
  readonly madeBy: 'product' | 'other';
  /** The last peering between the two. */
  readonly peeringId?: string;
  /** Requests that ended without a peering, one after the other. */
  readonly refusals: number;
  /** refused: what became of the last one, in EC2's word; `gone` where EC2 shows it no more; or the code of EC2's error. */
  readonly why?: string;
  /** refused: not asked again before. leaving: deleted from then on. Seconds since the epoch. */
  readonly until?: number;
  /** Whether people have been told that the product requested it. */
  readonly told: 'yes' | 'not-yet';
  /** Since when it is so, in seconds since the epoch. */
  readonly at: number;
}

const STATES: readonly string[] = [
  'asking',
  'asked',
  'live',
  'refused',
  'kept',
  'leaving',
] satisfies readonly PairNoteState[];

export function pairNote(key: string, { at, ...rest }: PairNote): MemoryUpdate {
  return { kind: 'note', key: `${KEY}${key}`, value: JSON.stringify(rest), at };
}

export function forgetPair(key: string): MemoryUpdate {
  return { kind: 'forget-note', key: `${KEY}${key}` };
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What is not as `pairNote` writes it says nothing. */
function pairNoteFrom(note: Note): PairNote | undefined {
  const { at } = note;
  const fields = noteFields(note) ?? {};
  const { state, connection, madeBy, refusals, until, told: toldSoFar } = fields;
  if (typeof state !== 'string' || !STATES.includes(state) || typeof connection !== 'string') {
    return undefined;
  }
  const peeringId = optionalText(fields.peeringId);
  const why = optionalText(fields.why);
  return {
    state: state as PairNoteState,
    connection,
    madeBy: madeBy === 'product' ? 'product' : 'other',
    ...(peeringId === undefined ? {} : { peeringId }),
    refusals: typeof refusals === 'number' ? refusals : 0,
    ...(why === undefined ? {} : { why }),
    ...(typeof until === 'number' ? { until } : {}),
    told: toldSoFar === 'not-yet' ? 'not-yet' : 'yes',
    at,
  };
}

/** By pair, what is remembered in one Region. */
export function pairNotesIn(notes: ReadonlyMap<string, Note>): ReadonlyMap<string, PairNote> {
  const found = new Map<string, PairNote>();
  for (const [key, note] of notes) {
    const pair = key.startsWith(KEY) ? pairNoteFrom(note) : undefined;
    if (pair !== undefined) found.set(key.slice(KEY.length), pair);
  }
  return found;
}

const TOLD = 'connect-told ';

/** That people were told of something that keeps VPCs from being connected. @param at seconds since the epoch. */
export function toldProblem(key: string, signature: string, at: number): MemoryUpdate {
  return { kind: 'note', key: `${TOLD}${key}`, value: signature, at };
}

export function forgetProblem(key: string): MemoryUpdate {
  return { kind: 'forget-note', key: `${TOLD}${key}` };
}

/** By problem, the signature of what people were told. */
export function toldProblemsIn(notes: ReadonlyMap<string, Note>): ReadonlyMap<string, string> {
  return new Map(
    [...notes]
      .filter(([key]) => key.startsWith(TOLD))
      .map(([key, { value }]) => [key.slice(TOLD.length), value] as const),
  );
}
