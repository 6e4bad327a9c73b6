import { messageOf } from './errors.ts';
import { type FunctionLogs, isNamed } from './function-logs.ts';
import type { LabFunction } from './lambda-functions.ts';
import type { WorkerPool } from './lambda-pool.ts';
import { failure, type Outcome } from './lambda-worker.ts';
import type { MetricStore } from './metrics.ts';
import { selectedBy } from './place-selector.ts';
import type { LabClock, LabLog, LabRoute, Place } from './types.ts';

export interface FinishedInvocation extends Place {
  readonly function: string;
  readonly requestId: string;
  /** `event` when the caller did not wait. The poller of a queue waits: `request`. */
  readonly type: 'request' | 'event';
  /** 1, then 2 and 3 for the attempts after an error. A poller's are all 1: its messages count their receives. */
  readonly attempt: number;
  /** ISO 8601 */
  readonly time: string;
  readonly milliseconds: number;
  readonly outcome: 'success' | 'error' | 'throttled';
  /** JSON */
  readonly payload: string;
}

/** One attempt to run a function. */
export interface Attempt extends Pick<FinishedInvocation, 'requestId' | 'payload' | 'type' | 'attempt'> {}

/** The oldest go when there are more. */
const INVOCATIONS_KEPT = 5000;

export interface InvocationsOptions {
  readonly pool: WorkerPool;
  readonly logs: FunctionLogs;
  readonly metrics: MetricStore;
  readonly clock: LabClock;
  readonly log: LabLog;
}

/** Runs functions, with the log lines and metrics that Lambda adds, and keeps what has run. */
export class Invocations {
  readonly #options: InvocationsOptions;
  readonly #finished: FinishedInvocation[] = [];

  constructor(options: InvocationsOptions) {
    this.#options = options;
  }

  /** Runs a function once. */
  async run(fn: LabFunction, attempted: Attempt): Promise<FinishedInvocation> {
    const { clock, logs } = this.#options;
    const { requestId, type, attempt } = attempted;
    const started = performance.now();
    const time = clock.now().toISOString();
    logs.append(fn, requestId, `START RequestId: ${requestId} Version: $LATEST`);
    const result = await this.#outcomeOf(fn, attempted);
    const milliseconds = Math.round((performance.now() - started) * 100) / 100;
    const { outcome, payload } = result ?? { outcome: 'throttled' as const, payload: 'null' };
    const { name, accountId, region } = fn;
    const finished: FinishedInvocation = {
      ...{ function: name, accountId, region, requestId, type, attempt, time, milliseconds },
      ...{ outcome, payload },
    };
    this.#report(fn, finished);
    this.#keep(finished);
    await logs.ship(fn, requestId);
    return finished;
  }

  /** `GET /_lab/invocations`. */
  readonly route: LabRoute = {
    method: 'GET',
    path: '/_lab/invocations',
    handle: ({ query }) => {
      const name = query.get('function');
      const selected = selectedBy(query);
      return this.#finished.filter(
        (invocation) => selected(invocation) && (name === null || isNamed(invocation.function, name)),
      );
    },
  };

  /** Undefined when it is throttled: nothing ran. */
  async #outcomeOf(fn: LabFunction, { requestId, payload, type }: Attempt): Promise<Outcome | undefined> {
    const { pool, logs } = this.#options;
    try {
      return await pool.run(
        fn,
        {
          id: requestId,
          payload,
          timeoutSeconds: fn.timeoutSeconds,
          onLine: (line) => logs.append(fn, requestId, line),
          context: {
            awsRequestId: requestId,
            functionName: fn.name,
            functionVersion: '$LATEST',
            invokedFunctionArn: fn.arn,
            memoryLimitInMB: String(fn.memoryMegabytes),
            logGroupName: `/aws/lambda/${fn.name}`,
            logStreamName: `lab/[$LATEST]${requestId}`,
          },
        },
        type === 'request' ? 'refuse' : 'wait',
      );
    } catch (error) {
      // The package could not be found or unpacked: on AWS that is the function's failure too.
      return failure({ errorType: 'Runtime.LabError', errorMessage: messageOf(error) });
    }
  }

  /** Lambda's own lines and metrics of one invocation. */
  #report(fn: LabFunction, { requestId, attempt, outcome, payload, milliseconds }: FinishedInvocation): void {
    const { logs, log } = this.#options;
    const line = (text: string) => logs.append(fn, requestId, text);
    if (outcome === 'error') {
      line(payload);
    }
    line(`END RequestId: ${requestId}`);
    line(
      `REPORT RequestId: ${requestId}\tDuration: ${milliseconds} ms\tBilled Duration: ${Math.ceil(milliseconds)} ms\tMemory Size: ${fn.memoryMegabytes} MB`,
    );
    if (outcome === 'throttled') {
      this.#measure(fn, 'Throttles', 1);
    } else {
      this.#measure(fn, 'Invocations', 1);
      this.#measure(fn, 'Errors', outcome === 'error' ? 1 : 0);
      this.#measure(fn, 'Duration', milliseconds, 'Milliseconds');
    }
    log(`${fn.name} ${outcome} in ${Math.round(milliseconds)} ms`, {
      requestId,
      attempt,
      ...(outcome === 'success' ? {} : { error: payload }),
    });
  }

  #measure(
    { accountId, region, name: FunctionName }: LabFunction,
    name: string,
    value: number,
    unit: 'Count' | 'Milliseconds' = 'Count',
  ): void {
    this.#options.metrics.add({
      accountId,
      region,
      namespace: 'AWS/Lambda',
      name,
      dimensions: { FunctionName },
      value,
      unit,
    });
  }

  #keep(finished: FinishedInvocation): void {
    this.#finished.push(finished);
    if (this.#finished.length > INVOCATIONS_KEPT) {
      this.#finished.shift();
    }
  }
}
