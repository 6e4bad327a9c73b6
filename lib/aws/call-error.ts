import { classifyAwsError } from '../model/aws-error.ts';

/** An AWS call that failed, with the call and the resource it was about. The SDK's own error is the `cause`. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  /** AWS's error code, so that the error is classified like its cause. */
  readonly code: string;
  readonly call: string;
  readonly region: string;
  readonly resource: string;

  constructor(call: string, region: string, resource: string, cause: unknown) {
    const { code, message } = classifyAwsError(cause);
    super(`${call} of ${resource} in ${region} failed: ${code}: ${message}`, { cause });
    this.code = code;
    this.call = call;
    this.region = region;
    this.resource = resource;
  }
}

/** Sends a call, and names it and its resource in whatever goes wrong. */
export async function namingCall<Answer>(
  call: string,
  region: string,
  resource: string,
  send: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    throw new AwsCallError(call, region, resource, error);
  }
}
