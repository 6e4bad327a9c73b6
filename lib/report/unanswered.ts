import type { AssessedRequest, NetworkMemory } from '../assessment/types.ts';
import { type RefusedCall, refusedAnswer } from '../messages/refused.ts';
import { freezeIn } from '../model/freeze.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import type { Policy } from '../policy/schema.ts';

/**
 * What keeps a request of this account from being answered, by the functions and by `peering accept` and `peering reject` alike.
 *
 * `observe`: the policy says `mode: observe`. `frozen`: a person froze the Region. `no-stack`: nothing is deployed that answers.
 */
export type AnswerHeldBy = 'observe' | 'frozen' | 'no-stack';

export const NOT_ANSWERED_WORDS: Readonly<Record<AnswerHeldBy, string>> = {
  observe: 'mode: observe',
  frozen: 'somebody froze the Region (peering freeze)',
  'no-stack': 'no stack answers it',
};

/** Why the functions do not answer a request. `refused`: the call by which they would, where AWS has refused it lately. */
export type Unanswered =
  | { readonly heldBy: AnswerHeldBy; readonly refused?: RefusedCall }
  | { readonly heldBy?: undefined; readonly refused: RefusedCall };

interface Account {
  readonly policy: Policy;
  readonly memory: NetworkMemory;
  readonly stack?: 'none';
}

function heldBy({ policy, stack }: Account, { notes }: RegionMemory, now: Date): AnswerHeldBy | undefined {
  if (policy.mode === 'observe') {
    return 'observe';
  }
  if (stack === 'none') {
    return 'no-stack';
  }
  return freezeIn(notes, now) === undefined ? undefined : 'frozen';
}

/** @returns undefined where the functions answer it as the policy says, or hold it as that says. */
export function unansweredOf(
  { peering, decision }: Pick<AssessedRequest, 'peering' | 'decision'>,
  account: Account,
  now: Date,
): Unanswered | undefined {
  const remembered = account.memory.get(peering.accepter.region) ?? NO_MEMORY;
  const held = heldBy(account, remembered, now);
  const refused = refusedAnswer(remembered.notes, peering.peeringId, decision, now);
  if (held !== undefined) {
    return { heldBy: held, ...(refused === undefined ? {} : { refused }) };
  }
  return refused === undefined ? undefined : { refused };
}
