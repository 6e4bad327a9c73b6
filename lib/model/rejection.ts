import type { MemoryUpdate, Note } from './memory.ts';

/** A request that a person rejected with `peering reject` or from chat: who, so that people are told by whom. */
export interface PersonsRejection {
  /** The ARN that STS gave for their credentials, or `fromChat`. */
  readonly by: string;
}

/** EC2 shows a rejected request for hours; until then it has been told. Seconds. */
const NOTE_LASTS_SECONDS = 26 * 60 * 60;

function keyOf(peeringId: string): string {
  return `rejected-by ${peeringId}`;
}

export function rejectionNote(peeringId: string, { by }: PersonsRejection, now: Date): MemoryUpdate {
  const at = Math.floor(now.getTime() / 1000);
  return { kind: 'note', key: keyOf(peeringId), value: by, at, expiresAt: at + NOTE_LASTS_SECONDS };
}

export function forgetRejection(peeringId: string): MemoryUpdate {
  return { kind: 'forget-note', key: keyOf(peeringId) };
}

export function rejectionByPerson(
  notes: ReadonlyMap<string, Note>,
  peeringId: string,
): PersonsRejection | undefined {
  const note = notes.get(keyOf(peeringId));
  return note === undefined ? undefined : { by: note.value };
}
