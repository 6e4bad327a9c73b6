import type { JudgedPair, ShownAssessment } from './shown-assessment.ts';

/** Pairs of VPCs that `connect` or `mesh` wants peered: what is done of them, and what keeps it from being done. */

export const PAIR_HELD_WORDS: Readonly<Record<NonNullable<JudgedPair['heldBy']>, string>> = {
  observe: 'mode: observe',
  frozen: 'frozen',
  'mass-request': 'too many requests at once, guardrails.maxRequests',
};

/** With `mode: observe` the plan as a whole is what would be done: that holds none in particular. */
export function isPairHeldBack({ heldBy }: Pick<JudgedPair, 'heldBy'>): boolean {
  return heldBy !== undefined && heldBy !== 'observe';
}

/** Whether it is requested or deleted next, held or not. */
export function isPairToDo({ state }: Pick<JudgedPair, 'state'>): boolean {
  return state === 'to-request' || state === 'to-delete';
}

/** What is requested or deleted next, whether or not something holds it. */
export function pairsToDo({ connections }: Pick<ShownAssessment, 'connections'>): readonly JudgedPair[] {
  return connections.filter(isPairToDo);
}

/** What `peering apply` does: what nothing holds, and what a person may let through. */
export function appliedPairs(assessment: Pick<ShownAssessment, 'connections'>): readonly JudgedPair[] {
  return pairsToDo(assessment).filter((pair) => !isPairHeldBack(pair) || pair.heldBy === 'mass-request');
}
