import { adviceOnRoute } from '../lib/assessment/route-advice.ts';
import type { AdviseRoute } from '../lib/connectivity/diagnosis.ts';
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
  return (missing) => {
    for (const { whole, policy } of accounts) {
      const advice = adviceOnRoute(whole, missing, policy);
      if (advice !== undefined) return advice;
    }
    return undefined;
  };
}
