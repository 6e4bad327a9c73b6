import { answersFromChat } from '../lib/policy/chat.ts';
import type { Policy } from '../lib/policy/schema.ts';

/** Every Lambda function, and so every file `handlers/<name>.ts`. */
export const FUNCTIONS = [
  'accept-requests',
  'sync-routes',
  'check-connectivity',
  'record-connectivity',
  'sweep',
  'forward-events',
  'answer-request',
] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/** The functions that the stack of a policy has: what nobody asks for is not there. */
export function functionsOf(policy: Pick<Policy, 'mode' | 'notify'>): readonly FunctionName[] {
  return FUNCTIONS.filter((name) => name !== 'answer-request' || answersFromChat(policy));
}
