import type { Context } from 'aws-lambda';
import type { FinishedInvocation } from 'local-aws-peering';
import {
  administratorRequest,
  createActivity,
  createClock,
  createFaults,
  createMetricStore,
  createQueuePollers,
  createQueues,
  type LabFunction,
  sqsCall,
} from 'local-aws-peering/parts';
import { createQueueRuntime } from '../../lib/lambda/queue-runtime.ts';
import { throwIfRetryable } from '../../lib/lambda/retryable-failure.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { OWN, REGION } from './fixtures.ts';
import type { MemoryAws } from './memory-aws.ts';
import { createMemoryQueue, MEMORY_QUEUE_ARN, type MemoryQueueOptions } from './memory-queue.ts';
import { unhurried } from './passes.ts';

/**
 * A function behind its queue: the lab's pollers, a queue in memory, and what handlers/accept-requests.ts does, in an AWS in
 * memory. Each invocation has a process of its own. All of it in simulated time.
 */

/** By the global timer, which tests simulate. */
const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** How long each call of the function takes. */
const CALL_MS = 400;

const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${OWN}:function:vpc-peering-autopilot-prod-accept-requests`;

/** One invocation, in milliseconds since the first. */
export interface PolledRun {
  readonly began: number;
  ended: number;
  outcome: 'success' | 'error';
  readonly messages: number;
  readonly receives: number;
  /** What it changed in EC2. */
  readonly writes: { readonly call: string; readonly at: number }[];
  error: string;
}

interface PolledOptions extends MemoryQueueOptions {
  readonly timeoutSeconds: number;
  readonly policy: Policy;
  readonly aws: MemoryAws;
  /** Whether an invocation ends as a process that was killed does: it never began its work. */
  readonly crashes?: (invocation: number) => boolean;
  readonly work: (
    region: string,
    hints: Parameters<Parameters<ReturnType<typeof createQueueRuntime>['onHints']>[0]>[1],
    invocation: Parameters<Parameters<ReturnType<typeof createQueueRuntime>['onHints']>[0]>[2] & {
      readonly reader: MemoryAws['reader'];
      readonly pace: typeof unhurried;
    },
  ) => Promise<readonly { readonly reason: string; readonly retry?: boolean }[]>;
}

/** Every function of an object, each taking its time. */
function taking<Api extends object>(api: Api, told: (name: string) => void = () => undefined): Api {
  return Object.fromEntries(
    Object.entries(api).map(([name, call]) => [
      name,
      async (...given: readonly unknown[]) => {
        told(name);
        await sleep(CALL_MS / 2);
        const answer = await (call as (...args: readonly unknown[]) => Promise<unknown>)(...given);
        await sleep(CALL_MS / 2);
        return answer;
      },
    ]),
  ) as Api;
}

export function createPolledFunction({
  aws,
  policy,
  timeoutSeconds,
  crashes,
  work,
  ...queueOptions
}: PolledOptions) {
  const started = Date.now();
  const runs: PolledRun[] = [];
  const queue = createMemoryQueue(queueOptions);
  const queues = createQueues({ call: queue.call });
  const faults = createFaults();
  const fn = { name: 'accept-requests', arn: FUNCTION_ARN, accountId: OWN, region: REGION } as LabFunction;
  const place = { accountId: OWN, region: REGION };

  /** Through the gateway's layer, which tells the pollers. */
  const hide = async (receiptHandles: readonly string[], seconds: number) => {
    await sleep(CALL_MS);
    const call = sqsCall(place, 'ChangeMessageVisibilityBatch', {
      QueueUrl: `https://sqs/${OWN}/memory.fifo`,
      Entries: receiptHandles.map((ReceiptHandle, index) => ({
        Id: String(index),
        ReceiptHandle,
        VisibilityTimeout: seconds,
      })),
    });
    const answer = await queues.overlay.handle(administratorRequest(call), () => queue.call(call));
    const { Failed } = JSON.parse(answer.body.toString()) as { Failed: { Id: string; Message: string }[] };
    return new Map(Failed.map(({ Id, Message }) => [receiptHandles[Number(Id)] ?? '', Message]));
  };

  async function invoke(_fn: LabFunction, payload: string): Promise<FinishedInvocation> {
    const event = JSON.parse(payload);
    const began = Date.now();
    const run: PolledRun = {
      began: began - started,
      ended: 0,
      outcome: 'success',
      messages: event.Records.length,
      receives: Number(event.Records[0].attributes.ApproximateReceiveCount),
      writes: [],
      error: '',
    };
    runs.push(run);
    const { reader, writer, memory, bus, peerBuses, topic } = aws;
    const { onHints } = createQueueRuntime(policy, () => ({
      reader: taking(reader),
      writer: taking(writer, (call) => run.writes.push({ call, at: Date.now() - started })),
      memory,
      bus,
      peerBuses,
      topic,
      pace: unhurried,
      receipts: { hide },
    }));
    const handle = onHints(async (region, hints, invocation) => {
      throwIfRetryable(await work(region, hints, invocation));
    });
    const context = {
      awsRequestId: String(runs.length),
      invokedFunctionArn: FUNCTION_ARN,
      getRemainingTimeInMillis: () => timeoutSeconds * 1000 - (Date.now() - began),
    } as Context;
    try {
      if (crashes?.(runs.length) === true) {
        throw new Error('The process was killed.');
      }
      await handle(event, context);
    } catch (error) {
      run.outcome = 'error';
      run.error = error instanceof Error ? error.message : String(error);
    }
    run.ended = Date.now() - started;
    return { outcome: run.outcome, payload: 'null' } as FinishedInvocation;
  }

  const clock = createClock();
  const pollers = createQueuePollers({
    queues,
    functions: { find: async () => fn, invalidate: () => undefined },
    roleCalls: { send: (_fn, call) => queue.call(call), refusal: async () => undefined },
    invoke,
    faults,
    metrics: createMetricStore(clock),
    activity: createActivity(),
    clock,
    log: () => undefined,
  });
  const settings = pollers.routes.find(({ method }) => method === 'POST');
  settings?.handle({ name: '', query: new URLSearchParams(), body: { redeliveryMs: 'visibility' } });
  pollers.set({
    ...place,
    uuid: 'mapping',
    queueArn: MEMORY_QUEUE_ARN,
    functionArn: FUNCTION_ARN,
    batchSize: 10,
    enabled: true,
    batchingWindowSeconds: 0,
    reportsFailures: false,
    lastModified: new Date(started),
  });
  return {
    runs,
    queue,
    faults,
    send: (event: unknown) => queues.send(MEMORY_QUEUE_ARN, JSON.stringify(event), { groupId: 'events' }),
    stop: pollers.stop,
  };
}
