import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import { requestNoteKey } from '../model/noted-decision.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import { decidedBefore } from '../policy/decision-tags.ts';
import { holdCauses } from '../policy/hold-causes.ts';

/** A request lives for seven days, and what became of it is asked for a while longer. Seconds. */
const NOTE_LASTS_SECONDS = 10 * 24 * 60 * 60;

/** The stage of carrying a decision out: meant to be, or done and told. */
export type Stage = 'deciding' | 'told';

function noteValue(stage: Stage, { decision, rule }: Pick<Decision, 'decision' | 'rule'>): string {
  return `${stage} ${decision} ${rule ?? 'none'}`;
}

/** More causes than a request ever has; those that people were told of longest ago go. */
const MAX_CAUSES = 30;

/** Apart from the note of the decision, which an older version reads, too: who goes back to it is told nothing twice. */
function causesKey(peeringId: string): string {
  return `held-for ${peeringId}`;
}

/** The causes that people were told of, as long as the same rule holds it; undefined: an older version told them, and noted none. */
function notedCauses(
  { notes }: Pick<RegionMemory, 'notes'>,
  peeringId: string,
  decision: Decision,
): string[] | undefined {
  const note = notes.get(requestNoteKey(peeringId));
  const [rule, causes = ''] = notes.get(causesKey(peeringId))?.value.split(' ') ?? [];
  const isSame = isNoted(note, 'told', decision) || isNoted(note, 'deciding', decision);
  return isSame && rule === (decision.rule ?? 'none') ? causes.split(',') : undefined;
}

interface Decided {
  readonly peering: Pick<Peering, 'peeringId'>;
  readonly decision: Decision;
}

function lasting(key: string, value: string, now: Date): MemoryUpdate {
  const at = Math.floor(now.getTime() / 1000);
  return { kind: 'note', key, value, at, expiresAt: at + NOTE_LASTS_SECONDS };
}

/** That something is decided, and about to be carried out and told. */
export function decidingNote({ peering: { peeringId }, decision }: Decided, now: Date): MemoryUpdate {
  return lasting(requestNoteKey(peeringId), noteValue('deciding', decision), now);
}

/** That people were told, and of a hold for which causes. @param remembered those of the same hold that they were told before are kept. */
export function toldNotes(
  { peering: { peeringId }, decision }: Decided,
  remembered: Pick<RegionMemory, 'notes'>,
  now: Date,
): MemoryUpdate[] {
  const ofDecision = lasting(requestNoteKey(peeringId), noteValue('told', decision), now);
  if (decision.decision !== 'hold') {
    return [ofDecision];
  }
  const known = notedCauses(remembered, peeringId, decision) ?? [];
  const current = holdCauses(decision);
  const causes = [...known.filter((cause) => !current.includes(cause)), ...current].slice(-MAX_CAUSES);
  return [ofDecision, lasting(causesKey(peeringId), `${decision.rule ?? 'none'} ${causes.join(',')}`, now)];
}

/** The note that an upgrade from an older version leaves behind, which kept in tags what people were told. */
const UPGRADED = 'upgraded';

function isNoted(note: Pick<Note, 'value'> | undefined, stage: Stage, decision: Decision): boolean {
  return note?.value === noteValue(stage, decision);
}

type Known = [
  memory: RegionMemory,
  tagPrefix: string,
  peering: Pick<Peering, 'peeringId' | 'tags'>,
  decision: Decision,
  now: Date,
];

/**
 * Whether people were told that just this was decided, of a hold for whatever cause. For as long as requests of before an upgrade
 * live, tags count too.
 */
function saidBefore(...[{ notes }, tagPrefix, peering, decision, now]: Known): boolean {
  const note = notes.get(requestNoteKey(peering.peeringId));
  if (note !== undefined) {
    return isNoted(note, 'told', decision);
  }
  const upgraded = notes.get(UPGRADED);
  const fresh =
    upgraded !== undefined &&
    // A new stack, in which tags can only be forged.
    upgraded.value !== 'nothing' &&
    now.getTime() / 1000 - upgraded.at < NOTE_LASTS_SECONDS;
  return fresh && decidedBefore(tagPrefix, peering, decision);
}

/** The same, and of a hold, that they were told of all that keeps the request now. What is gone of it says nothing new. */
export function toldBefore(...known: Known): boolean {
  const [memory, , { peeringId }, decision] = known;
  const causes = notedCauses(memory, peeringId, decision);
  return (
    saidBefore(...known) &&
    (causes === undefined || holdCauses(decision).every((cause) => causes.includes(cause)))
  );
}

/** Whether people were told by an older version, which did not note of what. */
export function lacksCauses(
  remembered: Pick<RegionMemory, 'notes'>,
  { peering: { peeringId }, decision }: Decided,
): boolean {
  return (
    remembered.notes.has(requestNoteKey(peeringId)) &&
    notedCauses(remembered, peeringId, decision) === undefined
  );
}

/** Whether it was held by the same rule before, for whatever cause, also where people will be told of that by a later look. */
export function heldBefore(...known: Known): boolean {
  const [{ notes }, , peering, decision] = known;
  return isNoted(notes.get(requestNoteKey(peering.peeringId)), 'deciding', decision) || saidBefore(...known);
}

/** Whether people were told before that it is held by the same rule, and something else keeps it now. */
export function isHeldAnew(...known: Known): boolean {
  const [memory, , { peeringId }, decision] = known;
  return notedCauses(memory, peeringId, decision) !== undefined && !toldBefore(...known);
}
