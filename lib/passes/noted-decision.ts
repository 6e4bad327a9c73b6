import type { RegionMemory } from '../model/memory.ts';
import type { Decision } from '../policy/decision.ts';
import { requestNoteKey } from './request-notes.ts';

/** What was last decided of a request, as far as that is remembered, whether or not people were told of it yet. */
export function notedDecision(
  notes: RegionMemory['notes'],
  peeringId: string,
): Pick<Decision, 'decision' | 'rule'> | undefined {
  const [, decision, rule = 'none'] = notes.get(requestNoteKey(peeringId))?.value.split(' ') ?? [];
  return decision === 'accept' || decision === 'hold' || decision === 'reject'
    ? { decision, ...(rule === 'none' ? {} : { rule }) }
    : undefined;
}

/** Who accepted a live peering, as far as what was noted of its request tells. */
export function acceptedBy(
  notes: RegionMemory['notes'],
  peeringId: string,
): 'product' | 'somebody else' | undefined {
  const value = notes.get(requestNoteKey(peeringId))?.value;
  if (value === undefined) {
    return undefined;
  }
  return / accept /.test(value) ? 'product' : 'somebody else';
}
