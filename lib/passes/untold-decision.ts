import type { RegionMemory } from '../model/memory.ts';
import { requestNoteKey } from '../model/noted-decision.ts';

/** A decision that was begun to be carried out, and perhaps was, without anybody having been told. */
export interface UntoldDecision {
  readonly decision: 'accept' | 'reject';
  readonly rule?: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

export function untoldDecision(
  { notes }: Pick<RegionMemory, 'notes'>,
  peeringId: string,
): UntoldDecision | undefined {
  const note = notes.get(requestNoteKey(peeringId));
  const [stage, decision, rule = 'none'] = note?.value.split(' ') ?? [];
  return note !== undefined && stage === 'deciding' && (decision === 'accept' || decision === 'reject')
    ? { decision, ...(rule === 'none' ? {} : { rule }), at: note.at }
    : undefined;
}

/** So long the function that carried a decision out may still be about to tell of it. Seconds. */
const TIME_TO_TELL_SECONDS = 120;

/** Whether nobody is about to tell of it any more. */
export function isLeftUntold({ at }: UntoldDecision, now: Date): boolean {
  return at <= now.getTime() / 1000 - TIME_TO_TELL_SECONDS;
}

/** A request that the product rejected, with the rule that said so. */
export interface NotedRejection {
  readonly decision: 'reject';
  readonly rule?: string;
  readonly at: Date;
}

/** undefined: not rejected by the product, or whoever did it is still at it. */
export function rejectionOf(
  { notes }: Pick<RegionMemory, 'notes'>,
  peeringId: string,
  now: Date,
): NotedRejection | undefined {
  const untold = untoldDecision({ notes }, peeringId);
  const note = notes.get(requestNoteKey(peeringId));
  const [, decision, rule = 'none'] = note?.value.split(' ') ?? [];
  return note === undefined || decision !== 'reject' || (untold !== undefined && !isLeftUntold(untold, now))
    ? undefined
    : { decision, ...(rule === 'none' ? {} : { rule }), at: new Date(note.at * 1000) };
}
