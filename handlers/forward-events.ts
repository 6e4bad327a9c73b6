import policy from 'virtual:peering-policy';
import { forwardingPort, topicPort } from '../lib/lambda/filled-ports.ts';
import { throwIfRetryable } from '../lib/lambda/retryable-failure.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { deployForwarding, keepForwarding } from '../lib/passes/forward-events.ts';

/** Keeps, in each managed Region, what carries its events to the Region of deployment. */
export const handler = createRuntime(policy, (compiled, journal) => ({
  ...forwardingPort(),
  ...topicPort(compiled, journal),
})).onDeploymentOrHint({
  async onDeployment({ request, regions, before }, invocation) {
    const results = await deployForwarding(
      request === 'Delete' ? { keep: [], remove: regions } : { keep: regions, remove: before },
      invocation,
    );
    return results.filter(({ result }) => result === 'failed');
  },
  async onHint({ region }, invocation) {
    const result = await keepForwarding(region, invocation);
    throwIfRetryable(result.retry === true ? [{ reason: result.reason ?? region, retry: true }] : []);
    return result;
  },
});
