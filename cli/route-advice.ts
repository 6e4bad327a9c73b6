import { adviceOnRoute } from '../lib/assessment/route-advice.ts';
import type { AdviseRoute } from '../lib/connectivity/diagnosis.ts';
import { refusalText } from '../lib/messages/call-failed.ts';
import { createRefusalOf } from '../lib/report/refused-calls.ts';
import { assess } from './assess.ts';
import type { Policies } from './policy.ts';
import type { Source } from './source/types.ts';
import type { Invocation } from './verb.ts';

/** What the policy makes of routes that are missing, by the assessment that `plan` and `drift` show. */
export async function routeAdvice(
  invocation: Invocation,
  policies: Policies,
  source: Source,
): Promise<AdviseRoute> {
  const { accounts } = await assess(invocation, policies, source);
  const now = new Date();
  return (missing) => {
    for (const { whole, policy, memory } of accounts) {
      const refusalOf = createRefusalOf(memory, now);
      const advice = adviceOnRoute(whole, missing, policy, (change) => {
        const refused = refusalOf(change);
        return refused === undefined ? undefined : refusalText(refused);
      });
      if (advice !== undefined) return advice;
    }
    return undefined;
  };
}
