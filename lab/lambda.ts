import { randomUUID } from 'node:crypto';
import type { Activity } from './activity.ts';
import { arnIn, isArn, lastPart, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { PermanentDeliveryFailure } from './event-delivery.ts';
import { type FunctionLogs, isNamed } from './function-logs.ts';
import { jsonError } from './json-answer.ts';
import type { CodeStore } from './lambda-code.ts';
import { type FunctionRegistry, functionAddress, type LabFunction } from './lambda-functions.ts';
import type { WorkerPool } from './lambda-pool.ts';
import { failure, type Outcome } from './lambda-worker.ts';
import type { MetricStore } from './metrics.ts';
import type { Notifications } from './notifications.ts';
import { selectedBy } from './place-selector.ts';
import type { Queues } from './queues.ts';
import type {
  LabClock,
  LabLog,
  LabRequest,
  LabResponse,
  LabRoute,
  NewEvent,
  Place,
  ServiceOverlay,
} from './types.ts';

export interface LambdaOptions {
  readonly functions: FunctionRegistry;
  readonly pool: WorkerPool;
  readonly code: CodeStore;
  readonly logs: FunctionLogs;
  readonly metrics: MetricStore;
  readonly queues: Queues;
  readonly notifications: Notifications;
  readonly activity: Activity;
  readonly clock: LabClock;
  /** For destinations that are event buses. */
  emit(event: NewEvent, place: Place, busName: string): void;
  readonly log: LabLog;
}

export interface LambdaService {
  /** Takes an event as EventBridge hands it over: run later, again on error, then to the failure destination. */
  acceptEvent(functionArn: string, payload: string, source: { readonly ruleArn: string }): Promise<void>;
  /** Runs a function as an asynchronous invocation does, and answers how its last attempt ended. */
  runEvent(fn: LabFunction, payload: string): Promise<FinishedInvocation>;
  /** Runs a function once and waits for its result. */
  invokeNow(fn: LabFunction, payload: string): Promise<FinishedInvocation>;
  /**
   * Takes the package of a function, as Lambda does when one is made or changed: what becomes of the bucket afterwards is all the
   * same to it.
   *
   * @param reference as of {@link FunctionRegistry.find}.
   */
  takeCode(reference: string, place: Place): Promise<void>;
  readonly overlay: ServiceOverlay;
}

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

/** AWS waits one minute, then two. */
const RETRY_PAUSES_MS = [100, 200];

/** The oldest go when there are more. */
const INVOCATIONS_KEPT = 5000;

/** `LogResult` holds the last 4 KB. */
const LOG_TAIL_BYTES = 4096;

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const CODE_PATH = /^\/2015-03-31\/functions(\/[^/]+\/code)?\/?$/;

/** Lambda: runs the deployed packages in processes of this machine. */
export function createLambdaService(options: LambdaOptions): LambdaService {
  const { functions, pool, logs, metrics, queues, notifications, activity, clock, log } = options;
  const invocations: FinishedInvocation[] = [];

  function measure(
    fn: LabFunction,
    name: string,
    value: number,
    unit: 'Count' | 'Milliseconds' = 'Count',
  ): void {
    const { accountId, region } = fn;
    metrics.add({
      accountId,
      region,
      namespace: 'AWS/Lambda',
      name,
      dimensions: { FunctionName: fn.name },
      value,
      unit,
    });
  }

  interface Attempt {
    readonly requestId: string;
    readonly payload: string;
    readonly type: 'request' | 'event';
    readonly attempt: number;
  }

  async function runOnce(
    fn: LabFunction,
    { requestId, payload, type, attempt }: Attempt,
  ): Promise<FinishedInvocation> {
    const started = performance.now();
    const time = clock.now().toISOString();
    const line = (text: string) => logs.append(fn, requestId, text);
    line(`START RequestId: ${requestId} Version: $LATEST`);
    let result: Outcome | undefined;
    try {
      result = await pool.run(
        fn,
        {
          id: requestId,
          payload,
          timeoutSeconds: fn.timeoutSeconds,
          onLine: line,
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
      result = failure({ errorType: 'Runtime.LabError', errorMessage: messageOf(error) });
    }
    const milliseconds = Math.round((performance.now() - started) * 100) / 100;
    const { outcome, payload: answer } = result ?? { outcome: 'throttled' as const, payload: 'null' };
    if (outcome === 'error') {
      line(answer);
    }
    line(`END RequestId: ${requestId}`);
    line(
      `REPORT RequestId: ${requestId}\tDuration: ${milliseconds} ms\tBilled Duration: ${Math.ceil(milliseconds)} ms\tMemory Size: ${fn.memoryMegabytes} MB`,
    );
    if (outcome === 'throttled') {
      measure(fn, 'Throttles', 1);
    } else {
      measure(fn, 'Invocations', 1);
      measure(fn, 'Errors', outcome === 'error' ? 1 : 0);
      measure(fn, 'Duration', milliseconds, 'Milliseconds');
    }
    const finished = {
      function: fn.name,
      accountId: fn.accountId,
      region: fn.region,
      requestId,
      type,
      attempt,
      time,
      milliseconds,
      outcome,
      payload: answer,
    };
    invocations.push(finished);
    if (invocations.length > INVOCATIONS_KEPT) {
      invocations.shift();
    }
    log(`${fn.name} ${outcome} in ${Math.round(milliseconds)} ms`, {
      requestId,
      attempt,
      ...(outcome === 'success' ? {} : { error: answer }),
    });
    await logs.ship(fn, requestId);
    return finished;
  }

  /** Sends the record of a finished asynchronous invocation where the function's configuration says. */
  async function sendToDestination(
    fn: LabFunction,
    finished: FinishedInvocation,
    request: string,
  ): Promise<void> {
    const succeeded = finished.outcome === 'success';
    const { OnSuccess, OnFailure } = fn.asynchronous.DestinationConfig ?? {};
    const destination = (succeeded ? OnSuccess : OnFailure)?.Destination;
    if (!destination) {
      return;
    }
    const record = {
      version: '1.0',
      timestamp: clock.now().toISOString(),
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
    const arn = parseArn(destination);
    const body = JSON.stringify(record);
    switch (arn.service) {
      case 'sqs':
        return queues.send(destination, body);
      case 'sns':
        return notifications.publish({ topicArn: destination, message: body });
      case 'events':
        return options.emit(
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
        const next = await functions.find(destination, arn);
        if (next === undefined) {
          throw new Error(`The destination ${destination} of ${fn.name} does not exist.`);
        }
        return accept(next, body);
      }
      default:
        throw new Error(`${destination} is no destination that Lambda knows.`);
    }
  }

  async function runWithRetries(fn: LabFunction, payload: string): Promise<FinishedInvocation> {
    const requestId = randomUUID();
    const attempts = 1 + (fn.asynchronous.MaximumRetryAttempts ?? RETRY_PAUSES_MS.length);
    for (let attempt = 1; ; attempt++) {
      const finished = await runOnce(fn, { requestId, payload, type: 'event', attempt });
      if (finished.outcome === 'success' || attempt === attempts) {
        await sendToDestination(fn, finished, payload);
        return finished;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSES_MS[attempt - 1]));
    }
  }

  function accept(fn: LabFunction, payload: string): void {
    activity
      .track(() => runWithRetries(fn, payload))
      .catch((error: unknown) =>
        log('an asynchronous invocation was lost', { function: fn.name, error: messageOf(error) }),
      );
  }

  function mayInvoke(fn: LabFunction, ruleArn: string): boolean {
    return fn.invokers.some(
      ({ service, sourceArn }) =>
        service === 'events.amazonaws.com' && (sourceArn === undefined || matchesArn(sourceArn, ruleArn)),
    );
  }

  async function invoke(reference: string, request: LabRequest): Promise<LabResponse> {
    const fn = await functions.find(reference, request);
    if (fn === undefined) {
      const { name, ...place } = functionAddress(reference, request);
      return jsonError(
        404,
        'ResourceNotFoundException',
        `Function not found: ${arnIn(place, 'lambda', `function:${name}`)}`,
      );
    }
    const payload = request.body.length === 0 ? '{}' : request.body.toString();
    try {
      JSON.parse(payload);
    } catch (error) {
      return jsonError(
        400,
        'InvalidRequestContentException',
        `Could not parse request body into json: ${messageOf(error)}`,
      );
    }
    switch (request.headers['x-amz-invocation-type']) {
      case 'Event':
        accept(fn, payload);
        return { status: 202, headers: {}, body: Buffer.alloc(0) };
      case 'DryRun':
        return { status: 204, headers: {}, body: Buffer.alloc(0) };
      default: {
        const finished = await activity.track(() =>
          runOnce(fn, { requestId: randomUUID(), payload, type: 'request', attempt: 1 }),
        );
        return answerOf(finished, { logType: request.headers['x-amz-log-type'] });
      }
    }
  }

  function answerOf(
    { outcome, payload, requestId }: FinishedInvocation,
    { logType }: { readonly logType: string | undefined },
  ): LabResponse {
    if (outcome === 'throttled') {
      return jsonError(429, 'TooManyRequestsException', 'Rate Exceeded.');
    }
    const tail = Buffer.from(logs.of(requestId).join('\n')).subarray(-LOG_TAIL_BYTES).toString('base64');
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amz-executed-version': '$LATEST',
        ...(outcome === 'error' ? { 'x-amz-function-error': 'Unhandled' } : {}),
        ...(logType === 'Tail' ? { 'x-amz-log-result': tail } : {}),
      },
      body: Buffer.from(payload),
    };
  }

  function rememberCode(request: LabRequest): void {
    if (!CODE_PATH.test(request.path) || request.body.length === 0) {
      return;
    }
    const { ZipFile, Code } = JSON.parse(request.body.toString()) as {
      readonly ZipFile?: string;
      readonly Code?: { readonly ZipFile?: string };
    };
    const zip = ZipFile ?? Code?.ZipFile;
    if (zip !== undefined) {
      options.code.remember(Buffer.from(zip, 'base64'));
    }
  }

  async function takeCode(reference: string, place: Place): Promise<void> {
    try {
      const fn = await functions.find(reference, place);
      if (fn !== undefined) await options.code.directoryOf(fn.code, fn);
    } catch (error) {
      // The first invocation tries again, and fails with it.
      log('the package of a function could not be taken', { function: reference, error: messageOf(error) });
    }
  }

  const list: LabRoute = {
    method: 'GET',
    path: '/_lab/invocations',
    handle({ query }) {
      const name = query.get('function');
      const selected = selectedBy(query);
      return invocations.filter(
        (invocation) => selected(invocation) && (name === null || isNamed(invocation.function, name)),
      );
    },
  };

  const kill: LabRoute = {
    method: 'POST',
    path: '/_lab/functions/kill',
    handle: () => ({ killed: pool.killOne(Math.random()) ?? null }),
  };

  const endIdle: LabRoute = {
    method: 'DELETE',
    path: '/_lab/functions/idle',
    handle() {
      pool.endIdle();
      return {};
    },
  };

  return {
    async acceptEvent(functionArn, payload, { ruleArn }) {
      const fn = await functions.find(functionArn, parseArn(functionArn));
      if (fn === undefined) {
        throw new PermanentDeliveryFailure('RESOURCE_NOT_FOUND', `There is no function ${functionArn}.`);
      }
      if (!mayInvoke(fn, ruleArn)) {
        throw new PermanentDeliveryFailure(
          'NO_PERMISSIONS',
          `${fn.name} does not let events.amazonaws.com invoke it for ${ruleArn}; add an AWS::Lambda::Permission.`,
        );
      }
      accept(fn, payload);
    },
    runEvent: (fn, payload) => activity.track(() => runWithRetries(fn, payload)),
    invokeNow: (fn, payload) =>
      activity.track(() => runOnce(fn, { requestId: randomUUID(), payload, type: 'request', attempt: 1 })),
    takeCode,
    overlay: {
      routes: [list, kill, endIdle, ...logs.routes, ...metrics.routes],
      stop: () => pool.stop(),
      async handle(request, forward) {
        const reference = INVOKE_PATH.exec(request.path)?.[1];
        if (reference !== undefined && request.method === 'POST') {
          return invoke(decodeURIComponent(reference), request);
        }
        rememberCode(request);
        const response = await forward(request);
        if (request.method !== 'GET') {
          functions.invalidate();
          const changed = CODE_PATH.test(request.path) ? functionNameIn(response) : undefined;
          if (changed !== undefined) await takeCode(changed, request);
        }
        return response;
      },
    },
  };
}

/** In Lambda's answer to `CreateFunction` and `UpdateFunctionCode`; undefined of one that it refused. */
function functionNameIn({ status, body }: LabResponse): string | undefined {
  if (status >= 300) {
    return undefined;
  }
  const { FunctionName } = JSON.parse(body.toString()) as { readonly FunctionName?: string };
  return FunctionName;
}

/** Compares an ARN with a pattern of IAM's `ArnLike`: `*` and `?`. */
function matchesArn(pattern: string, arn: string): boolean {
  if (!isArn(pattern)) {
    return pattern === '*';
  }
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(arn);
}
