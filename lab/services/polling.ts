import { createEventSourceMappings, type EventSourceMappings } from '../event-source-mappings.ts';
import type { LabFunction } from '../lambda-functions.ts';
import { createQueuePollers, type QueuePollers } from '../queue-pollers.ts';
import { type LabQueue, sqsCall } from '../queues.ts';
import type { RoleCalls } from '../role-calls.ts';
import type { AccessServices } from './access.ts';
import type { FunctionServices } from './functions.ts';
import type { LabGround } from './ground.ts';

/** Queues that Lambda polls. */
export interface PollingServices {
  readonly pollers: QueuePollers;
  readonly mappings: EventSourceMappings;
}

/** What Lambda asks of a function's role before it takes a mapping. */
const POLLING_ACTIONS = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];

async function pollingRefusal(
  roleCalls: RoleCalls,
  fn: LabFunction,
  queue: LabQueue,
): Promise<string | undefined> {
  for (const action of POLLING_ACTIONS) {
    const refusal = await roleCalls.refusal(fn, sqsCall(queue, action, { QueueUrl: queue.url }));
    if (refusal !== undefined) {
      return `The function execution role does not have permissions to call ${action} on SQS. ${refusal}`;
    }
  }
  return undefined;
}

export function createPollingServices(
  { clock, activity, teardown, log }: LabGround,
  { queues, functions, lambda, metrics }: FunctionServices,
  { roleCalls, faults }: AccessServices,
): PollingServices {
  const pollers = createQueuePollers({
    queues,
    functions,
    roleCalls,
    invoke: lambda.invokeNow,
    faults,
    metrics,
    activity,
    clock,
    log,
  });
  teardown.add(pollers.stop);
  const mappings = createEventSourceMappings({
    functions,
    queues,
    lambda: lambda.overlay,
    clock,
    pollingRefusal: (fn, queue) => pollingRefusal(roleCalls, fn, queue),
    changed: pollers.set,
    removed: pollers.remove,
    settled: pollers.resume,
  });
  return { pollers, mappings };
}
