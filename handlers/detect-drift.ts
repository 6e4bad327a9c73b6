import policy from 'virtual:peering-policy';
import { busPart, networkPart, organizationPart, statePart, topicPart } from '../lib/lambda/parts.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { detectDrift } from '../lib/passes/detect-drift.ts';

/** Finds where route tables differ from the policy, raises it, and leaves repairs to sync-routes. */
export const handler = createRuntime(policy, (...given) => ({
  ...networkPart(...given),
  ...organizationPart(given[0]),
  ...busPart(),
  ...topicPart(),
  ...statePart(),
})).onHints(async (region, hints, invocation) => {
  // The log names each finding; Lambda takes no answer of more than 6 MB.
  const { findings, ...summary } = await detectDrift(region, hints, invocation);
  return { ...summary, findings: findings.length };
});
