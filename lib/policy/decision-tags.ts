import type { Peering } from '../model/peering.ts';
import type { Decision } from './decision.ts';

/** Tags on a peering that say what was decided. They are also how a later pass knows that people were told already. */
export function decisionTags(prefix: string, decision: Decision, now: Date): Record<string, string> {
  return {
    [`${prefix}:decision`]: decision.decision,
    [`${prefix}:rule`]: decision.rule ?? 'none',
    [`${prefix}:decided-at`]: now.toISOString(),
  };
}

/** Whether the peering says that just this was decided of it. */
export function decidedBefore(prefix: string, { tags }: Pick<Peering, 'tags'>, decision: Decision): boolean {
  return (
    tags[`${prefix}:decision`] === decision.decision && tags[`${prefix}:rule`] === (decision.rule ?? 'none')
  );
}

/** Whether the peering says what was decided of it at all. */
export function tellsDecision(prefix: string, { tags }: Pick<Peering, 'tags'>): boolean {
  return tags[`${prefix}:decision`] !== undefined;
}
