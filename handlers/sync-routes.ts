import policy from 'virtual:peering-policy';
import { portsForChanges } from '../lib/lambda/filled-ports.ts';
import { createQueueRuntime } from '../lib/lambda/queue-runtime.ts';
import { throwIfRetryable } from '../lib/lambda/retryable-failure.ts';
import { syncRoutes } from '../lib/passes/sync-routes.ts';

/** Tells where opted-in route tables differ from the policy, and brings them and peering options to what it asks for. */
export const handler = createQueueRuntime(policy, portsForChanges).onHints(
  async (region, hints, invocation) => {
    const regions = await syncRoutes(region, hints, invocation);
    throwIfRetryable(regions.flatMap(({ failures }) => failures));
    // The log names each failure; Lambda takes no answer of more than 6 MB.
    return { regions: regions.map(({ failures, ...rest }) => ({ ...rest, failures: failures.length })) };
  },
);
