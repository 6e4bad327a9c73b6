import type { FunctionName } from '../build/functions.ts';
import { VISIBILITY_TIMES } from '../lib/lambda/receive.ts';
import { pascalCase } from './cloudformation.ts';

/**
 * The functions that look at whole Regions, and the one that records pings, take their events from a queue, each its own. Events
 * that come together are answered by one look, and no such function runs twice at the same time: two passes would not see each other's decisions,
 * and would draw calls from EC2's buckets without knowing of each other. A FIFO queue with one message group gives that
 * without reserved concurrency, which a new account may have too little of (Lambda developer guide, "Using Lambda with
 * Amazon SQS", FIFO queues).
 */

/** Seconds that each function may take, the same as in serverless.yml. */
const QUEUED_SECONDS = {
  'accept-requests': 120,
  'sync-routes': 300,
  'record-connectivity': 120,
} as const satisfies Partial<Record<FunctionName, number>>;

export type QueuedFunction = keyof typeof QUEUED_SECONDS;

export const QUEUED_FUNCTIONS = Object.keys(QUEUED_SECONDS) as readonly QueuedFunction[];

export function isQueued(name: FunctionName): name is QueuedFunction {
  return Object.hasOwn(QUEUED_SECONDS, name);
}

/**
 * So long a queue hides what was received: a function that crashed is waited for, and Lambda may hold a batch, throttled, before
 * the function sees it. What failed comes back sooner, by the function's own call.
 */
export function visibilitySeconds(name: QueuedFunction): number {
  return VISIBILITY_TIMES * QUEUED_SECONDS[name];
}

/** The only group: its messages are handed over in order, one batch at a time. */
export const MESSAGE_GROUP = 'events';

export function queueLogicalId(name: QueuedFunction): string {
  return `${pascalCase(name)}Queue`;
}
