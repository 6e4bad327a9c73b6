import { randomUUID } from 'node:crypto';
import type { Activity } from './activity.ts';
import { arnIn } from './arn.ts';
import { messageOf } from './errors.ts';
import type { FunctionLogs } from './function-logs.ts';
import { jsonError } from './json-answer.ts';
import type { AsynchronousInvocations } from './lambda-asynchronous.ts';
import { type FunctionRegistry, functionAddress } from './lambda-functions.ts';
import type { FinishedInvocation, Invocations } from './lambda-invocations.ts';
import type { LabRequest, LabResponse } from './types.ts';

/** Lambda's call `Invoke`. */

export interface InvokeOptions {
  readonly functions: FunctionRegistry;
  readonly invocations: Invocations;
  readonly asynchronous: AsynchronousInvocations;
  readonly activity: Activity;
  readonly logs: FunctionLogs;
}

/** `LogResult` holds the last 4 KB. */
const LOG_TAIL_BYTES = 4096;

function answerOf(
  { outcome, payload, requestId }: FinishedInvocation,
  logLines: readonly string[],
  { logType }: { readonly logType: string | undefined },
): LabResponse {
  if (outcome === 'throttled') {
    return jsonError(429, 'TooManyRequestsException', 'Rate Exceeded.');
  }
  const tail = Buffer.from(logLines.join('\n')).subarray(-LOG_TAIL_BYTES).toString('base64');
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

/**
 * Answers `Invoke`.
 *
 * @param reference as of {@link FunctionRegistry.find}.
 */
export async function invoke(
  { functions, invocations, asynchronous, activity, logs }: InvokeOptions,
  reference: string,
  request: LabRequest,
): Promise<LabResponse> {
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
      asynchronous.accept(fn, payload);
      return { status: 202, headers: {}, body: Buffer.alloc(0) };
    case 'DryRun':
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    default: {
      const finished = await activity.track(() =>
        invocations.run(fn, { requestId: randomUUID(), payload, type: 'request', attempt: 1 }),
      );
      return answerOf(finished, logs.of(finished.requestId), { logType: request.headers['x-amz-log-type'] });
    }
  }
}
