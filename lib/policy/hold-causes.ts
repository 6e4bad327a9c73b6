import { shortHash } from '../model/short-hash.ts';
import type { Decision } from './decision.ts';
import { isOpen } from './judgement.ts';
import { onceFirstIsAccepted } from './peered-already.ts';

/** What AWS adds to an error and makes anew each time: an encoded message, the id of the call. */
const PASSING =
  /Encoded authorization failure message:\s*\S+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** A count that stands alone, no part of an id, an address or a time. */
const COUNT = /(?<=^|\s)\d+(?=[\s,;.]|$)/g;

/**
 * What keeps a request from being answered, each cause as a short word that stays the same as long as the cause does: whether
 * the rules could be asked at all, and each guardrail in its way. Counts in a reason (of peerings, say) make no other cause.
 */
export function holdCauses({
  unseen,
  heldFor = [],
  rules,
}: Pick<Decision, 'unseen' | 'heldFor' | 'rules'>): string[] {
  // Where the rules could not be asked, what they say is news afterwards, whatever it is.
  const asked = unseen === true ? [] : [rules.some(isOpen) ? 'open' : 'judged'];
  return [
    ...asked,
    ...heldFor.map((text) => shortHash(onceFirstIsAccepted(text).replace(PASSING, '').replace(COUNT, '#'))),
  ];
}
