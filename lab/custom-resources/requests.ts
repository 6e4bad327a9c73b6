import { randomUUID } from 'node:crypto';
import { isArn, parseArn } from '../arn.ts';
import type { LambdaService } from '../lambda.ts';
import type { FunctionRegistry } from '../lambda-functions.ts';
import { BadRequest } from '../router.ts';
import type { LabRoute } from '../types.ts';

/** What CloudFormation asks a function to do with a custom resource. */
export interface CustomResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
  readonly PhysicalResourceId?: string;
}

/** Thrown when a function says FAILED, or nothing that counts as an answer; the message is what the stack shows. */
export class CustomResourceFailure extends Error {
  override readonly name = 'CustomResourceFailure';
  /** As far as the answer named it. */
  readonly physicalId: string | undefined;

  constructor(message: string, physicalId?: string) {
    super(message);
    this.physicalId = physicalId;
  }
}

export interface CustomResourceRequests {
  /**
   * Invokes the function that `ServiceToken` names and waits for its answer.
   * @returns the physical id
   * @throws {CustomResourceFailure}
   */
  send(request: CustomResourceRequest): Promise<string>;
  readonly routes: readonly LabRoute[];
}

const PATH = '/_lab/custom-resources/';

/** Seconds; CloudFormation's default and maximum for `ServiceTimeout`. */
const DEFAULT_TIMEOUT = 3600;

/** Bytes; CloudFormation takes no longer answer. */
const LONGEST_ANSWER = 4096;

function textOf(answer: unknown, name: string): string | undefined {
  const value =
    typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function physicalIdIn(
  answer: unknown,
  request: CustomResourceRequest & { readonly RequestId: string },
): string {
  if (Buffer.byteLength(JSON.stringify(answer)) > LONGEST_ANSWER) {
    throw new CustomResourceFailure('Response object is too long.');
  }
  const physicalId = textOf(answer, 'PhysicalResourceId');
  for (const name of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (textOf(answer, name) !== request[name]) {
      throw new CustomResourceFailure(
        `Invalid response object: ${name} is ${textOf(answer, name) ?? 'missing'}, not ${request[name]}.`,
        physicalId,
      );
    }
  }
  switch (textOf(answer, 'Status')) {
    case 'SUCCESS':
      if (physicalId === undefined) {
        throw new CustomResourceFailure('Invalid PhysicalResourceId');
      }
      return physicalId;
    case 'FAILED':
      throw new CustomResourceFailure(
        `Received response status [FAILED] from custom resource. Message returned: ${textOf(answer, 'Reason') ?? 'See the details in CloudWatch Logs'} (RequestId: ${request.RequestId})`,
        physicalId,
      );
    default:
      throw new CustomResourceFailure(
        'Invalid response object: Status is neither SUCCESS nor FAILED.',
        physicalId,
      );
  }
}

export function createCustomResourceRequests({
  gatewayUrl,
  functions,
  lambda,
}: {
  readonly gatewayUrl: () => string;
  readonly functions: FunctionRegistry;
  readonly lambda: LambdaService;
}): CustomResourceRequests {
  /** By the last part of the `ResponseURL`; each takes one answer. */
  const waiting = new Map<string, (answer: unknown) => void>();

  async function send(request: CustomResourceRequest): Promise<string> {
    const { ServiceToken, ServiceTimeout } = request.ResourceProperties;
    if (
      typeof ServiceToken !== 'string' ||
      !isArn(ServiceToken) ||
      parseArn(ServiceToken).service !== 'lambda'
    ) {
      throw new CustomResourceFailure(
        `Invalid service token: the lab invokes Lambda functions only, not ${JSON.stringify(ServiceToken)}.`,
      );
    }
    const fn = await functions.find(ServiceToken, parseArn(ServiceToken));
    if (fn === undefined) {
      throw new CustomResourceFailure(`Function not found: ${ServiceToken}`);
    }
    const token = randomUUID();
    const sent = {
      ...request,
      RequestId: randomUUID(),
      ResponseURL: `${gatewayUrl()}${PATH}${token}`,
      ServiceToken,
    };
    const silence = new CustomResourceFailure(
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${sent.RequestId}].`,
    );
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<unknown>((resolve, reject) => {
      waiting.set(token, resolve);
      timer = setTimeout(() => reject(silence), Number(ServiceTimeout ?? DEFAULT_TIMEOUT) * 1000);
      timer.unref();
      // AWS waits until the time is up; here nobody has to wait for a function that gave up.
      lambda.runEvent(fn, JSON.stringify(sent)).then(({ outcome }) => {
        if (outcome !== 'success') {
          reject(silence);
        }
      }, reject);
    });
    try {
      return physicalIdIn(await answered, sent);
    } finally {
      clearTimeout(timer);
      waiting.delete(token);
    }
  }

  return {
    send,
    routes: [
      {
        method: 'PUT',
        path: `${PATH}*`,
        handle({ name, body }) {
          const resolve = waiting.get(name);
          if (resolve === undefined) {
            throw new BadRequest('This response URL has expired, or has had its answer.', { status: 403 });
          }
          waiting.delete(name);
          resolve(body);
        },
      },
    ],
  };
}
