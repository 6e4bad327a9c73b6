import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import { requestNoteKey } from '../model/noted-decision.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import { decidedBefore } from '../policy/decision-tags.ts';

/** A request lives for seven days, and what became of it is asked for a while longer. Seconds. */
const NOTE_LASTS_SECONDS = 10 * 24 * 60 * 60;

/** The stage of carrying a decision out: meant to be, or done and told. */
type Stage = 'deciding' | 'told';

function noteValue(stage: Stage, { decision, rule }: Pick<Decision, 'decision' | 'rule'>): string {
  return `${stage} ${decision} ${rule ?? 'none'}`;
}

export function requestNote(peeringId: string, stage: Stage, decision: Decision, now: Date): MemoryUpdate {
  const at = Math.floor(now.getTime() / 1000);
  return {
    kind: 'note',
    key: requestNoteKey(peeringId),
    value: noteValue(stage, decision),
    at,
    expiresAt: at + NOTE_LASTS_SECONDS,
  };
}

/** The note that an upgrade from an older version leaves behind, which kept in tags what people were told. */
const UPGRADED = 'upgraded';

/** Whether people were told that just this was decided. For as long as requests of before an upgrade live, tags count too. */
export function toldBefore(
  { notes }: RegionMemory,
  tagPrefix: string,
  peering: Pick<Peering, 'peeringId' | 'tags'>,
  decision: Decision,
  now: Date,
): boolean {
  const note = notes.get(requestNoteKey(peering.peeringId));
  if (note !== undefined) {
    return note.value === noteValue('told', decision);
  }
  const upgraded = notes.get(UPGRADED);
  const fresh =
    upgraded !== undefined &&
    // A new stack, in which tags can only be forged.
    upgraded.value !== 'nothing' &&
    now.getTime() / 1000 - upgraded.at < NOTE_LASTS_SECONDS;
  return fresh && decidedBefore(tagPrefix, peering, decision);
}

/** Whether it was held by the same rule before, also where people will be told of that by a later look. */
export function heldBefore(
  ...[memory, tagPrefix, peering, decision, now]: Parameters<typeof toldBefore>
): boolean {
  const value = memory.notes.get(requestNoteKey(peering.peeringId))?.value;
  return value === noteValue('deciding', decision) || toldBefore(memory, tagPrefix, peering, decision, now);
}

/** What an earlier look held, and whether people were told. */
export interface EarlierHold {
  readonly stage: Stage;
  readonly rule?: string;
}

/**
 * The hold that an earlier look noted of a pending request, where the tags say the same. Such a look came after the request was
 * made. undefined: there was none, or it has left something to do.
 */
export function earlierHold(
  note: Pick<Note, 'value'> | undefined,
  tagPrefix: string,
  peering: Pick<Peering, 'tags'>,
): EarlierHold | undefined {
  const [stage, decision, rule = 'none'] = note?.value.split(' ') ?? [];
  if ((stage !== 'deciding' && stage !== 'told') || decision !== 'hold') {
    return undefined;
  }
  const ruleOfHold = rule === 'none' ? {} : { rule };
  return decidedBefore(tagPrefix, peering, { decision, ...ruleOfHold })
    ? { stage, ...ruleOfHold }
    : undefined;
}

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
