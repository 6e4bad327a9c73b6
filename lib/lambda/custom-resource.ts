import type { Context } from 'aws-lambda';

/**
 * Lets CloudFormation call a function when the stack is made, changed or removed (AWS CloudFormation user guide, "Custom
 * resources"). CloudFormation waits until it is answered, so every way out of the function answers.
 */

/** What a deployment asks for, as a custom resource with a list of Regions says it. */
export interface RegionsChange {
  readonly request: 'Create' | 'Update' | 'Delete';
  readonly regions: readonly string[];
  /** Update: those of the deployment before. */
  readonly before: readonly string[];
}

interface CustomResourceEvent {
  readonly RequestType: RegionsChange['request'];
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: { readonly Regions?: unknown };
  readonly OldResourceProperties?: { readonly Regions?: unknown };
}

/** CloudFormation takes an answer of 4,096 bytes; the reason is most of it. */
const LONGEST_REASON = 1500;

/** Time left in which the answer is sent even if the work is not done. */
const RESERVE_MS = 10_000;

const ATTEMPTS = 3;

export function isCustomResourceEvent(event: unknown): event is CustomResourceEvent {
  if (typeof event !== 'object' || event === null) {
    return false;
  }
  const { RequestType, ResponseURL } = event as Readonly<Record<string, unknown>>;
  return typeof ResponseURL === 'string' && /^(Create|Update|Delete)$/.test(String(RequestType));
}

const REGION = /^[a-z]{2,5}(-[a-z]+){1,3}-[0-9]{1,2}$/;

function regionsIn(properties: { readonly Regions?: unknown } | undefined): string[] {
  const { Regions } = properties ?? {};
  return Array.isArray(Regions)
    ? Regions.filter((region): region is string => typeof region === 'string' && REGION.test(region))
    : [];
}

export function readRegionsChange(event: CustomResourceEvent): RegionsChange {
  return {
    request: event.RequestType,
    regions: regionsIn(event.ResourceProperties),
    before: regionsIn(event.OldResourceProperties),
  };
}

async function send(url: string, body: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      // The address is signed for a request without a content type, which bytes don't bring along.
      const answer = await fetch(url, { method: 'PUT', body: new TextEncoder().encode(body) });
      if (!answer.ok) {
        throw new Error(`The answer to CloudFormation was refused with ${answer.status}.`);
      }
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) {
        throw error;
      }
    }
  }
}

/**
 * Does the work and answers CloudFormation, whatever becomes of it.
 *
 * @param work ends with why it failed, or with undefined.
 * @throws when CloudFormation could not be answered; it then waits until its own time is over.
 */
export async function answerCloudFormation(
  event: CustomResourceEvent,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'logStreamName'>,
  work: () => Promise<string | undefined>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const outOfTime = new Promise<string>((resolve) => {
    const left = Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS);
    timer = setTimeout(() => resolve('It ran out of time. Deploy again; what is done stays done.'), left);
  });
  let failure: string | undefined;
  try {
    failure = await Promise.race([work(), outOfTime]);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
  await send(
    event.ResponseURL,
    JSON.stringify({
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      ...(failure === undefined
        ? {}
        : { Reason: `${failure.slice(0, LONGEST_REASON)} (log stream ${context.logStreamName})` }),
      // The same for good: a changed id makes CloudFormation delete what it takes for the old resource.
      PhysicalResourceId: event.PhysicalResourceId ?? `${event.LogicalResourceId}-of-the-stack`,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    }),
  );
}
