import policy from 'virtual:peering-policy';
import {
  busPart,
  memoryPart,
  networkPart,
  organizationPart,
  pacePart,
  peerBusPart,
  topicPart,
} from '../lib/lambda/parts.ts';
import { throwIfRetryable } from '../lib/lambda/retryable-failure.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { decideRequests } from '../lib/passes/accept-requests.ts';

/** Decides peering requests: accepts, rejects or holds them as the policy says. */
export const handler = createRuntime(policy, (...given) => ({
  ...networkPart(...given),
  ...organizationPart(given[0]),
  ...busPart(),
  ...peerBusPart(),
  ...topicPart(),
  ...memoryPart(...given),
  ...pacePart(),
})).onHints(async (region, hints, invocation) => {
  const outcomes = await decideRequests(region, hints, invocation);
  throwIfRetryable(outcomes.filter(({ result }) => result === 'failed'));
  return { region, outcomes };
});
