import type { PutEventsRequestEntry, PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { isArn, lastPart, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { completeEvent, type EventDispatch, wholeSeconds } from './event-dispatch.ts';
import type { EventPermissions, Sender } from './event-permissions.ts';
import { DEFAULT_BUS } from './event-rules.ts';
import { jsonAnswer, jsonError } from './json-answer.ts';
import type { LabClock, LabRequest, LabResponse } from './types.ts';

/** EventBridge's call `PutEvents`. */

export interface PutEventsOptions {
  readonly dispatch: EventDispatch;
  readonly permissions: EventPermissions;
  readonly clock: LabClock;
}

/** The JSON protocol carries times as seconds. */
type Entry = Omit<PutEventsRequestEntry, 'Time'> & { readonly Time?: unknown };

/** PutEvents takes ten entries. */
const MOST_ENTRIES = 10;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseDetail(detail: string | undefined): Record<string, unknown> {
  const parsed: unknown = JSON.parse(detail ?? '');
  if (!isRecord(parsed)) {
    throw new Error('Detail is no JSON object.');
  }
  return parsed;
}

/** A session's `aws:PrincipalArn` is the ARN of its role. */
function senderOf({ accountId, principal }: LabRequest): Sender {
  return {
    accountId,
    principalArn: principal.type === 'AssumedRole' ? principal.sessionIssuerArn : principal.arn,
  };
}

async function put(
  { dispatch, permissions, clock }: PutEventsOptions,
  request: LabRequest,
  entry: Entry,
): Promise<PutEventsResultEntry> {
  const { Source, DetailType, Detail, EventBusName = DEFAULT_BUS, Resources, Time } = entry;
  if (!Source || !DetailType || Detail === undefined) {
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: 'Parameter Source, DetailType or Detail is not valid. Reason: it is a required argument.',
    };
  }
  if (Source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  let detail: Record<string, unknown>;
  try {
    detail = parseDetail(Detail);
  } catch (error) {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: `Detail is malformed: ${messageOf(error)}` };
  }
  const place = isArn(EventBusName) ? parseArn(EventBusName) : request;
  const event = completeEvent(
    {
      source: Source,
      'detail-type': DetailType,
      detail,
      account: request.accountId,
      region: place.region,
      resources: Resources ?? [],
      time: wholeSeconds(typeof Time === 'number' ? new Date(Time * 1000) : clock.now()),
    },
    place,
    clock.now(),
  );
  if (
    place.accountId !== request.accountId &&
    !(await permissions.busAllows(EventBusName, senderOf(request), event))
  ) {
    return {
      ErrorCode: 'AccessDeniedException',
      ErrorMessage: `User: ${request.principal.arn} is not authorized to perform: events:PutEvents on resource: ${EventBusName} because no resource-based policy allows the events:PutEvents action`,
    };
  }
  dispatch.start(event, place, lastPart(EventBusName));
  return { EventId: event.id };
}

export async function putEvents(options: PutEventsOptions, request: LabRequest): Promise<LabResponse> {
  const { Entries = [] } = JSON.parse(request.body.toString()) as { readonly Entries?: readonly Entry[] };
  if (Entries.length === 0 || Entries.length > MOST_ENTRIES) {
    return jsonError(
      400,
      'ValidationException',
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MOST_ENTRIES}`,
    );
  }
  const results = await Promise.all(Entries.map((entry) => put(options, request, entry)));
  return jsonAnswer(200, {
    FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
    Entries: results,
  });
}
