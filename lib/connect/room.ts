import type { Policy } from '../policy/schema.ts';

/** How many peerings a VPC may have without being held by the usual rules. */
export function roomOf({ guardrails }: Pick<Policy, 'guardrails'>): number {
  return Math.max(0, guardrails.peeringsPerVpc - guardrails.quotaHeadroom);
}
