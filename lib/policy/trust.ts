import type { Policy } from './schema.ts';

/** Whether the policy trusts anybody's stacks at all. */
export function trustsSomebody({ trust }: Policy): boolean {
  return trust.organization !== undefined || trust.accounts.length > 0;
}

/**
 * Whether the policy lets this stack and the one of another account send each other hints. An organization is trusted as
 * a whole: that the account belongs to it is for the resource policies of the buses to check.
 */
export function trusts({ trust }: Policy, accountId: string): boolean {
  return trust.organization !== undefined || trust.accounts.includes(accountId);
}
