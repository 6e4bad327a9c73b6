import { VISIBILITY_TIMES } from '../lib/lambda/receive.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { pascalCase } from './cloudformation.ts';
import { FUNCTION_SIZES, type FunctionName, functionsOf } from './functions.ts';

/**
 * The functions that look at whole Regions, and the one that records pings, take their events from a queue, each its own. Events
 * that come together are answered by one look, and no such function runs twice at the same time: two passes would not see each other's decisions,
 * and would draw calls from EC2's buckets without knowing of each other. A FIFO queue with one message group gives that
 * without reserved concurrency, which a new account may have too little of (Lambda developer guide, "Using Lambda with
 * Amazon SQS", FIFO queues).
 */

export const QUEUED_FUNCTIONS = [
  'accept-requests',
  'sync-routes',
  'record-connectivity',
  'request-peerings',
] as const satisfies readonly FunctionName[];

export type QueuedFunction = (typeof QUEUED_FUNCTIONS)[number];

/** Those of them that the stack of a policy has. */
export function queuedFunctionsOf(policy: Policy): readonly QueuedFunction[] {
  const functions = functionsOf(policy);
  return QUEUED_FUNCTIONS.filter((name) => functions.includes(name));
}

export function isQueued(name: FunctionName): name is QueuedFunction {
  return QUEUED_FUNCTIONS.some((queued) => queued === name);
}

/**
 * So long a queue hides what was received: a function that crashed is waited for, and Lambda may hold a batch, throttled, before
 * the function sees it. What failed comes back sooner, by the function's own call.
 */
export function visibilitySeconds(name: QueuedFunction): number {
  return VISIBILITY_TIMES * FUNCTION_SIZES[name].timeout;
}

/** The only group: its messages are handed over in order, one batch at a time. */
export const MESSAGE_GROUP = 'events';

export function queueLogicalId(name: QueuedFunction): string {
  return `${pascalCase(name)}Queue`;
}
