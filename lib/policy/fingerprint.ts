import { createHash } from 'node:crypto';
import type { Policy } from './schema.ts';

/** The output of the stack that holds the fingerprint of the policy inside. */
export const POLICY_FINGERPRINT = 'PolicyFingerprint';

/** The same value with the keys of every object in order, so that what means the same is written the same. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inOrder);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inOrder(inner)]),
  );
}

/**
 * SHA-256, in hex, of what a policy says. Comments, layout, the order of keys and defaults that are written out make no
 * difference; the order of rules does.
 */
export function policyFingerprint(policy: Policy): string {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(policy)))
    .digest('hex');
}
