import policy from 'virtual:peering-policy';
import { portsForConnections } from '../lib/lambda/filled-ports.ts';
import { createQueueRuntime } from '../lib/lambda/queue-runtime.ts';
import { throwIfRetryable } from '../lib/lambda/retryable-failure.ts';
import { requestPeerings } from '../lib/passes/request-peerings.ts';

/** Requests the peerings that `connect` and `mesh` of the policy want and that are missing. */
export const handler = createQueueRuntime(policy, portsForConnections).onAnyHint(async (invocation) => {
  const { failures, ...counts } = await requestPeerings(invocation);
  throwIfRetryable(failures);
  return { ...counts, failures: failures.length };
});
