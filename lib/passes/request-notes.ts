import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import { requestNoteKey } from '../model/noted-decision.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import { decidedBefore } from '../policy/decision-tags.ts';
import { holdCauses } from '../policy/hold-causes.ts';

/** A request lives for seven days, and what became of it is asked for a while longer. Seconds. */
const NOTE_LASTS_SECONDS = 10 * 24 * 60 * 60;

/** The stage of carrying a decision out: meant to be, or done and told. */
type Stage = 'deciding' | 'told';

function noteValue(stage: Stage, { decision, rule }: Pick<Decision, 'decision' | 'rule'>): string {
  return `${stage} ${decision} ${rule ?? 'none'}`;
}

/** More causes than a request ever has; those that people were told of longest ago go. */
const MAX_CAUSES = 30;

/** The causes of a hold that people were told of, behind the rest of the note; undefined: an older version noted none. */
function notedCauses(note: Pick<Note, 'value'> | undefined, decision: Decision): string[] | undefined {
  const [stage, held, rule, causes] = note?.value.split(' ') ?? [];
  return (stage === 'told' || stage === 'deciding') &&
    held === decision.decision &&
    rule === (decision.rule ?? 'none')
    ? causes?.split(',')
    : undefined;
}

/** @param remembered what people were told of before is kept, as far as it is about a hold by the same rule. */
export function requestNote(
  {
    peering: { peeringId },
    decision,
  }: { readonly peering: Pick<Peering, 'peeringId'>; readonly decision: Decision },
  stage: Stage,
  { notes }: Pick<RegionMemory, 'notes'>,
  now: Date,
): MemoryUpdate {
  const at = Math.floor(now.getTime() / 1000);
  const key = requestNoteKey(peeringId);
  const known = notedCauses(notes.get(key), decision) ?? [];
  const current = stage === 'told' && decision.decision === 'hold' ? holdCauses(decision) : [];
  const causes = [...known.filter((cause) => !current.includes(cause)), ...current].slice(-MAX_CAUSES);
  return {
    kind: 'note',
    key,
    value: [noteValue(stage, decision), ...(causes.length === 0 ? [] : [causes.join(',')])].join(' '),
    at,
    expiresAt: at + NOTE_LASTS_SECONDS,
  };
}

/** The note that an upgrade from an older version leaves behind, which kept in tags what people were told. */
const UPGRADED = 'upgraded';

function isNoted(note: Pick<Note, 'value'> | undefined, stage: Stage, decision: Decision): boolean {
  const value = noteValue(stage, decision);
  return note?.value === value || note?.value.startsWith(`${value} `) === true;
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
  const [{ notes }, , peering, decision] = known;
  const causes = notedCauses(notes.get(requestNoteKey(peering.peeringId)), decision);
  return (
    saidBefore(...known) &&
    (causes === undefined || holdCauses(decision).every((cause) => causes.includes(cause)))
  );
}

/** Whether people were told by an older version, which did not note of what. */
export function lacksCauses({ notes }: Pick<RegionMemory, 'notes'>, peeringId: string): boolean {
  return notes.get(requestNoteKey(peeringId))?.value.split(' ').length === 3;
}

/** Whether it was held by the same rule before, for whatever cause, also where people will be told of that by a later look. */
export function heldBefore(...known: Known): boolean {
  const [{ notes }, , peering, decision] = known;
  return isNoted(notes.get(requestNoteKey(peering.peeringId)), 'deciding', decision) || saidBefore(...known);
}

/** Whether people were told before that it is held by the same rule, and something else keeps it now. */
export function isHeldAnew(...known: Known): boolean {
  const [{ notes }, , peering, decision] = known;
  const causes = notedCauses(notes.get(requestNoteKey(peering.peeringId)), decision);
  return causes !== undefined && causes.length > 0 && !toldBefore(...known);
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
