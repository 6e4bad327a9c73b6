import policy from 'virtual:peering-policy';
import { portsForChanges } from '../lib/lambda/filled-ports.ts';
import { createQueueRuntime } from '../lib/lambda/queue-runtime.ts';
import { throwIfRetryable } from '../lib/lambda/retryable-failure.ts';
import { decideRequests } from '../lib/passes/accept-requests.ts';

/** Decides peering requests: accepts, rejects or holds them as the policy says. */
export const handler = createQueueRuntime(policy, portsForChanges).onHints(
  async (region, hints, invocation) => {
    const outcomes = await decideRequests(region, hints, invocation);
    throwIfRetryable(outcomes.filter(({ result }) => result === 'failed'));
    return { region, outcomes };
  },
);
