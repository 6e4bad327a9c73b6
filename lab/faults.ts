import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { actionOf, protocolOf } from './action.ts';
import { type AwsError, errorAnswer } from './error-answer.ts';
import { DropConnection } from './errors.ts';
import type { Layer } from './gateway.ts';
import { inputOf, textAt, valuesAt } from './iam/input.ts';
import { jsonAnswer } from './json-answer.ts';
import { BadRequest } from './router.ts';
import type { Forward, LabRequest, LabResponse, LabRoute } from './types.ts';

/**
 * What goes wrong with a call. Of all but `reset-after`, `slow` and `outlived` the service sees nothing; `reset-after` is
 * performed and its answer lost; `outlived` is performed after the function that made it was ended. `expired` is what SQS
 * says of receipt handles.
 *
 * Of `lambda` `Invoke`, `throttle` and `expired` hit the pollers of queues too: they hold the batch for `delayMs` and then
 * invoke. With `expired` the visibility timeout is over at once, so that the batch is handed out a second time meanwhile.
 */
export const FAULT_KINDS = [
  'throttle',
  'error500',
  'reset-before',
  'reset-after',
  'slow',
  'outlived',
  'not-found',
  'denied',
  'expired',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface NewFault {
  /** Signing name: `ec2`, `ssm`, `events`, …; `*` for all. */
  readonly service: string;
  /** Operation name such as `CreateRoute`; `*` for all. */
  readonly action: string;
  readonly kind: FaultKind;
  /** How many calls it hits before it is used up; default 1. */
  readonly times?: number;
  /** Hits only requests whose decoded path, query or body contains this text: a resource id, a role's name. */
  readonly match?: string;
  /** Hits only callers whose ARN contains this text. */
  readonly principal?: string;
  /** Hits only calls to endpoints of this Region, as they are signed. No poller is hit by such a fault. */
  readonly region?: string;
  /** Only for `slow` and `outlived`, and for pollers; default 1000. */
  readonly delayMs?: number;
}

export interface Fault extends NewFault {
  readonly id: string;
  /** Calls that it will still hit. */
  readonly times: number;
}

export interface Faults {
  add(fault: NewFault): Fault;
  /** Removes the one with this id, or all. */
  clear(id?: string): void;
  /** Those not used up yet, in the order in which they were added. */
  all(): readonly Fault[];
  /** The first fault that hits the request; that hit is used up. */
  next(request: LabRequest): Fault | undefined;
  /** The first fault that keeps a poller from invoking a function; that hit is used up. */
  nextOfPoller(functionArn: string): PollerDelay | undefined;
  readonly layer: Layer;
  readonly routes: readonly LabRoute[];
}

/** What keeps a poller from invoking a function with what it has received. */
export interface PollerDelay {
  /** Whether the receive still holds after that. */
  readonly receive: 'holds' | 'expired';
  readonly delayMs: number;
}

const DEFAULT_DELAY_MS = 1000;

/** EC2's code for an id that it does not know, by the id's prefix. */
const EC2_NOT_FOUND: Readonly<Record<string, string>> = {
  rtb: 'InvalidRouteTableID.NotFound',
  pcx: 'InvalidVpcPeeringConnectionID.NotFound',
  vpc: 'InvalidVpcID.NotFound',
  subnet: 'InvalidSubnetID.NotFound',
  i: 'InvalidInstanceID.NotFound',
  sg: 'InvalidGroup.NotFound',
  eni: 'InvalidNetworkInterfaceID.NotFound',
};

function textOf({ path, query, body }: LabRequest): string {
  const sent = `${path}?${query}\n${body.toString()}`;
  try {
    return `${sent}\n${decodeURIComponent(sent.replaceAll('+', ' '))}`;
  } catch (error) {
    // Not percent-encoded: JSON with a % in it, or a package. As sent is all there is.
    if (error instanceof URIError) {
      return sent;
    }
    throw error;
  }
}

function notFound(request: LabRequest): AwsError {
  if (request.service !== 'ec2') {
    return { status: 400, code: 'ResourceNotFoundException', message: 'The resource does not exist.' };
  }
  const [id, prefix = ''] = /\b(rtb|pcx|vpc|subnet|sg|eni|i)-[0-9a-f]{8,17}\b/.exec(textOf(request)) ?? [];
  return {
    status: 400,
    code: EC2_NOT_FOUND[prefix] ?? 'InvalidParameterValue',
    message: `The ID '${id ?? ''}' does not exist`,
  };
}

function denied(request: LabRequest): AwsError {
  const message = `User: ${request.principal.arn} is not authorized to perform: ${request.service}:${actionOf(request)}`;
  if (request.service === 'ec2') {
    return { status: 403, code: 'UnauthorizedOperation', message: `You are not authorized. ${message}` };
  }
  return protocolOf(request) === 'json' || protocolOf(request) === 'rest-json'
    ? { status: 400, code: 'AccessDeniedException', message }
    : { status: 403, code: 'AccessDenied', message };
}

function throttled(request: LabRequest): AwsError {
  if (request.service === 'ec2') {
    return { status: 503, code: 'RequestLimitExceeded', message: 'Request limit exceeded.' };
  }
  switch (protocolOf(request)) {
    case 'json':
    case 'cbor':
      return { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' };
    case 'rest-json':
      return { status: 429, code: 'TooManyRequestsException', message: 'Rate exceeded' };
    case 'rest-xml':
      return { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };
    default:
      return { status: 400, code: 'Throttling', message: 'Rate exceeded' };
  }
}

/** A batch is answered entry by entry, in SQS's JSON protocol. */
function expired(request: LabRequest): LabResponse {
  const code = 'InvalidParameterValue';
  const reason = (handle: string) =>
    `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`;
  if (!actionOf(request).endsWith('Batch')) {
    const handle = textAt(inputOf(request), 'ReceiptHandle') ?? '';
    return errorAnswer(request, { status: 400, code, message: reason(handle) });
  }
  return jsonAnswer(200, {
    Successful: [],
    Failed: valuesAt(inputOf(request), 'Entries.*').map((entry) => ({
      Id: textAt(entry, 'Id'),
      SenderFault: true,
      Code: code,
      Message: reason(textAt(entry, 'ReceiptHandle') ?? ''),
    })),
  });
}

function isFaultKind(kind: unknown): kind is FaultKind {
  return FAULT_KINDS.some((known) => known === kind);
}

const KNOWN_FIELDS = ['service', 'action', 'kind', 'times', 'match', 'principal', 'region', 'delayMs'];

function optionalText(fields: Readonly<Record<string, unknown>>, name: string): Record<string, string> {
  const value = fields[name];
  if (value !== undefined && typeof value !== 'string') {
    throw new BadRequest(`"${name}" of a fault is text, not ${JSON.stringify(value)}.`);
  }
  return value === undefined ? {} : { [name]: value };
}

function optionalCount(fields: Readonly<Record<string, unknown>>, name: string): Record<string, number> {
  const value = fields[name];
  if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
    throw new BadRequest(`"${name}" of a fault is a number from 0 on, not ${JSON.stringify(value)}.`);
  }
  return value === undefined ? {} : { [name]: value };
}

/** @throws {BadRequest} naming what is wrong. */
function readFault(body: unknown): NewFault {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const unknown = Object.keys(fields).filter((name) => !KNOWN_FIELDS.includes(name));
  if (unknown.length > 0) {
    throw new BadRequest(
      `A fault has no field ${unknown.join(', ')}. Its fields are ${KNOWN_FIELDS.join(', ')}.`,
    );
  }
  const { kind } = fields;
  if (!isFaultKind(kind)) {
    throw new BadRequest(
      `"kind" of a fault is one of ${FAULT_KINDS.join(', ')}, not ${JSON.stringify(kind)}.`,
    );
  }
  if (kind === 'expired' && fields.service !== 'sqs' && fields.service !== 'lambda') {
    throw new BadRequest('Only receipt handles expire: "service" of such a fault is sqs or lambda.');
  }
  return {
    service: '*',
    action: '*',
    kind,
    ...optionalText(fields, 'service'),
    ...optionalText(fields, 'action'),
    ...optionalText(fields, 'match'),
    ...optionalText(fields, 'principal'),
    ...optionalText(fields, 'region'),
    ...optionalCount(fields, 'times'),
    ...optionalCount(fields, 'delayMs'),
  };
}

export interface FaultsOptions {
  /** Ends the function process that holds this access key, if it is one, as Lambda does when its time is up. */
  readonly endProcess?: (accessKeyId: string) => void;
}

/** The faults that are not used up yet, in the order in which they were added. */
class FaultList {
  readonly #faults: Fault[] = [];

  all(): readonly Fault[] {
    return [...this.#faults];
  }

  add(fault: NewFault): Fault {
    const added = { times: 1, ...fault, id: randomUUID() };
    if (added.times > 0) {
      this.#faults.push(added);
    }
    return added;
  }

  clear(id?: string): void {
    this.#faults.splice(
      0,
      this.#faults.length,
      ...(id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id)),
    );
  }

  next(request: LabRequest): Fault | undefined {
    const index = this.#faults.findIndex(
      ({ service, action, match, principal, region }) =>
        (service === '*' || service === request.service) &&
        (action === '*' || action === actionOf(request)) &&
        (match === undefined || textOf(request).includes(match)) &&
        (principal === undefined || request.principal.arn.includes(principal)) &&
        (region === undefined || region === request.region),
    );
    return this.#useUp(index);
  }

  nextOfPoller(functionArn: string): PollerDelay | undefined {
    const fault = this.#useUp(
      this.#faults.findIndex(
        ({ service, action, kind, match, region }) =>
          service === 'lambda' &&
          region === undefined &&
          (action === '*' || action === 'Invoke') &&
          (kind === 'throttle' || kind === 'expired') &&
          (match === undefined || functionArn.includes(match)),
      ),
    );
    return (
      fault && {
        receive: fault.kind === 'expired' ? 'expired' : 'holds',
        delayMs: fault.delayMs ?? DEFAULT_DELAY_MS,
      }
    );
  }

  #useUp(index: number): Fault | undefined {
    const fault = this.#faults[index];
    if (fault !== undefined) {
      this.#faults.splice(index, 1, ...(fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : []));
    }
    return fault;
  }
}

/** What the caller gets of a call that a fault hits. */
async function answerFaulty(
  fault: Fault,
  request: LabRequest,
  { forward, endProcess }: { readonly forward: Forward } & FaultsOptions,
): Promise<LabResponse> {
  switch (fault.kind) {
    case 'throttle':
      return errorAnswer(request, throttled(request));
    case 'error500':
      return errorAnswer(request, {
        status: 500,
        code: 'InternalError',
        message: 'An internal error has occurred',
      });
    case 'not-found':
      return errorAnswer(request, notFound(request));
    case 'denied':
      return errorAnswer(request, denied(request));
    case 'expired':
      return expired(request);
    case 'outlived':
      endProcess?.(request.accessKeyId);
      await sleep(fault.delayMs ?? DEFAULT_DELAY_MS);
      return forward(request);
    case 'slow':
      await sleep(fault.delayMs ?? DEFAULT_DELAY_MS);
      return forward(request);
    case 'reset-before':
      throw new DropConnection('A fault on request.');
    case 'reset-after':
      await forward(request);
      throw new DropConnection('A fault on request.');
  }
}

/** Faults on request: what a test asks for goes wrong the next time, and only as often as it asked. */
export function createFaults(options: FaultsOptions = {}): Faults {
  const faults = new FaultList();
  return {
    add: (fault) => faults.add(fault),
    clear: (id) => faults.clear(id),
    all: () => faults.all(),
    next: (request) => faults.next(request),
    nextOfPoller: (functionArn) => faults.nextOfPoller(functionArn),
    async layer(request, forward) {
      const fault = faults.next(request);
      return fault === undefined ? forward(request) : answerFaulty(fault, request, { forward, ...options });
    },
    routes: [
      { method: 'GET', path: '/_lab/faults', handle: () => faults.all() },
      { method: 'POST', path: '/_lab/faults', handle: ({ body }) => faults.add(readFault(body)) },
      { method: 'DELETE', path: '/_lab/faults', handle: () => faults.clear() },
      { method: 'DELETE', path: '/_lab/faults/*', handle: ({ name }) => faults.clear(name) },
    ],
  };
}
