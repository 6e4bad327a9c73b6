import type { Note } from './memory.ts';

/** What a Region remembers of the last decision on a request. Tags say it to people, but anybody may write those. */
export interface NotedDecision {
  readonly decision: 'accept' | 'hold' | 'reject';
  /** Left out: no rule matched. */
  readonly rule?: string;
  /** When it was noted last: before it is carried out, and again once people were told. Seconds since the epoch. */
  readonly at: number;
}

export function requestNoteKey(peeringId: string): string {
  return `request ${peeringId}`;
}

/** What was last decided of a request, as far as that is remembered, whether or not people were told of it yet. */
export function notedDecision(
  notes: ReadonlyMap<string, Note>,
  peeringId: string,
): NotedDecision | undefined {
  const note = notes.get(requestNoteKey(peeringId));
  const [, decision, rule = 'none'] = note?.value.split(' ') ?? [];
  return note !== undefined && (decision === 'accept' || decision === 'hold' || decision === 'reject')
    ? { decision, ...(rule === 'none' ? {} : { rule }), at: note.at }
    : undefined;
}

/** Who accepted a live peering, as far as what was noted of its request tells. */
export function acceptedBy(
  notes: ReadonlyMap<string, Note>,
  peeringId: string,
): 'product' | 'somebody else' | undefined {
  const noted = notedDecision(notes, peeringId);
  return noted === undefined ? undefined : noted.decision === 'accept' ? 'product' : 'somebody else';
}
