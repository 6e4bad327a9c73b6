import type { Peering } from '../model/peering.ts';
import type { Decision } from './decision.ts';

/** What tags say of a decision. */
type Decided = Pick<Decision, 'decision' | 'rule'>;

/** Tags on a peering that say what was decided. They are also how a later pass knows that people were told already. */
export function decisionTags(prefix: string, decision: Decided, at: Date): Record<string, string> {
  return {
    [`${prefix}:decision`]: decision.decision,
    [`${prefix}:rule`]: decision.rule ?? 'none',
    [`${prefix}:decided-at`]: at.toISOString(),
  };
}

/** A tag's value holds at most 256 characters (EC2 user guide, "Tag restrictions"). */
const TAG_VALUE = 256;

/** The tag that says which person gave the answer. */
export function decidedByTag(prefix: string, by: string): Record<string, string> {
  return { [`${prefix}:decided-by`]: by.slice(0, TAG_VALUE) };
}

/** Whether the peering says that just this was decided of it. */
export function decidedBefore(prefix: string, { tags }: Pick<Peering, 'tags'>, decision: Decided): boolean {
  return (
    tags[`${prefix}:decision`] === decision.decision && tags[`${prefix}:rule`] === (decision.rule ?? 'none')
  );
}

/** Whether the peering says what was decided of it at all. */
export function tellsDecision(prefix: string, { tags }: Pick<Peering, 'tags'>): boolean {
  return tags[`${prefix}:decision`] !== undefined;
}
