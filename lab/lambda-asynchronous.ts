import { randomUUID } from 'node:crypto';
import type { Activity } from './activity.ts';
import { lastPart, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import type { FunctionRegistry, LabFunction } from './lambda-functions.ts';
import type { FinishedInvocation, Invocations } from './lambda-invocations.ts';
import type { Notifications } from './notifications.ts';
import type { Queues } from './queues.ts';
import type { LabClock, LabLog, NewEvent, Place } from './types.ts';

/** AWS waits one minute, then two. */
const RETRY_PAUSES_MS = [100, 200];

export interface AsynchronousInvocationsOptions {
  readonly invocations: Invocations;
  readonly functions: FunctionRegistry;
  readonly queues: Queues;
  readonly notifications: Notifications;
  readonly activity: Activity;
  readonly clock: LabClock;
  /** For destinations that are event buses. */
  emit(event: NewEvent, place: Place, busName: string): void;
  readonly log: LabLog;
}

/** What a destination gets of a finished invocation (Lambda developer guide, "Capturing records of asynchronous invocations"). */
function recordOf(fn: LabFunction, finished: FinishedInvocation, request: string, time: Date) {
  const succeeded = finished.outcome === 'success';
  return {
    version: '1.0',
    timestamp: time.toISOString(),
    requestContext: {
      requestId: finished.requestId,
      functionArn: `${fn.arn}:$LATEST`,
      condition: succeeded ? 'Success' : 'RetriesExhausted',
      approximateInvokeCount: finished.attempt,
    },
    requestPayload: JSON.parse(request) as unknown,
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      ...(succeeded ? {} : { functionError: 'Unhandled' }),
    },
    responsePayload: JSON.parse(finished.payload) as unknown,
  };
}

/** Invocations for whose result nobody waits: again after an error, then to the destination that the function's configuration names. */
export class AsynchronousInvocations {
  readonly #options: AsynchronousInvocationsOptions;

  constructor(options: AsynchronousInvocationsOptions) {
    this.#options = options;
  }

  /** Begins one, and does not wait for its end. */
  accept(fn: LabFunction, payload: string): void {
    this.run(fn, payload).catch((error: unknown) =>
      this.#options.log('an asynchronous invocation was lost', {
        function: fn.name,
        error: messageOf(error),
      }),
    );
  }

  /** @returns how the last attempt ended. */
  run(fn: LabFunction, payload: string): Promise<FinishedInvocation> {
    return this.#options.activity.track(() => this.#runWithRetries(fn, payload));
  }

  async #runWithRetries(fn: LabFunction, payload: string): Promise<FinishedInvocation> {
    const requestId = randomUUID();
    const attempts = 1 + (fn.asynchronous.MaximumRetryAttempts ?? RETRY_PAUSES_MS.length);
    for (let attempt = 1; ; attempt++) {
      const finished = await this.#options.invocations.run(fn, {
        requestId,
        payload,
        type: 'event',
        attempt,
      });
      if (finished.outcome === 'success' || attempt === attempts) {
        await this.#sendToDestination(fn, finished, payload);
        return finished;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSES_MS[attempt - 1]));
    }
  }

  /** Sends the record of a finished invocation where the function's configuration says. */
  async #sendToDestination(fn: LabFunction, finished: FinishedInvocation, request: string): Promise<void> {
    const { OnSuccess, OnFailure } = fn.asynchronous.DestinationConfig ?? {};
    const succeeded = finished.outcome === 'success';
    const destination = (succeeded ? OnSuccess : OnFailure)?.Destination;
    if (!destination) {
      return;
    }
    const record = recordOf(fn, finished, request, this.#options.clock.now());
    const arn = parseArn(destination);
    const body = JSON.stringify(record);
    switch (arn.service) {
      case 'sqs':
        return this.#options.queues.send(destination, body);
      case 'sns':
        return this.#options.notifications.publish({ topicArn: destination, message: body });
      case 'events':
        return this.#options.emit(
          {
            source: 'lambda',
            'detail-type': `Lambda Function Invocation Result - ${succeeded ? 'Success' : 'Failure'}`,
            detail: record,
            resources: [destination, `${fn.arn}:$LATEST`],
          },
          arn,
          lastPart(arn.resource),
        );
      case 'lambda': {
        const next = await this.#options.functions.find(destination, arn);
        if (next === undefined) {
          throw new Error(`The destination ${destination} of ${fn.name} does not exist.`);
        }
        return this.accept(next, body);
      }
      default:
        throw new Error(`${destination} is no destination that Lambda knows.`);
    }
  }
}
