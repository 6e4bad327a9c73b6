import { randomUUID } from 'node:crypto';
import type { LabRequest, LabResponse } from './types.ts';

function headers(): Record<string, string> {
  return { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() };
}

/** Answers of services that speak the JSON protocols. */
export function jsonAnswer(status: number, value: unknown): LabResponse {
  return {
    status,
    headers: headers(),
    body: Buffer.from(JSON.stringify(value)),
  };
}

export function jsonError(status: number, code: string, message: string): LabResponse {
  return {
    status,
    headers: { ...headers(), 'x-amzn-errortype': code },
    body: Buffer.from(JSON.stringify({ __type: code, message, Message: message })),
  };
}

/** `PutEvents` of the header `x-amz-target: AWSEvents.PutEvents`; empty in other protocols. */
export function jsonAction(request: LabRequest): string {
  return request.headers['x-amz-target']?.split('.').at(-1) ?? '';
}
