import { randomUUID } from 'node:crypto';
import type { PutEventsRequestEntry, PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import type { Activity } from './activity.ts';
import { isArn, lastPart, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { createDelivery, type DeliveryOptions, type SendToBus } from './event-delivery.ts';
import { compileEventPattern } from './event-pattern.ts';
import type { Sender } from './event-permissions.ts';
import { DEFAULT_BUS, type EventRules } from './event-rules.ts';
import { jsonAction, jsonAnswer, jsonError } from './json-answer.ts';
import { BadRequest } from './router.ts';
import {
  DEFAULT_ACCOUNT_ID,
  type EventBridgeEvent,
  type LabClock,
  type LabLog,
  type LabRequest,
  type LabResponse,
  type LabRoute,
  type NewEvent,
  type Place,
  type ServiceOverlay,
} from './types.ts';

export interface EventBuses {
  /** Puts an event on a bus, the default one unless another is named. */
  emit(event: NewEvent, place: Place, busName?: string): void;
  readonly overlay: ServiceOverlay;
}

export interface EventBusesOptions extends DeliveryOptions {
  readonly rules: EventRules;
  readonly activity: Activity;
  readonly clock: LabClock;
  readonly log: LabLog;
}

/** An event goes from a bus to another bus once, not further. */
type Origin = 'sender' | 'bus';

/** PutEvents takes ten entries. */
const MOST_ENTRIES = 10;

/** EventBridge counts seconds. */
function wholeSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseDetail(detail: string | undefined): Record<string, unknown> {
  const parsed: unknown = JSON.parse(detail ?? '');
  if (!isRecord(parsed)) {
    throw new Error('Detail is no JSON object.');
  }
  return parsed;
}

/** Where EventBridge takes no bus of another Region as a target (AWS Compute Blog on cross-Region event routing). */
const WITHOUT_CROSS_REGION_TARGETS: ReadonlySet<string> = new Set(['aws-cn', 'aws-us-gov']);

/** How PutTargets answers to such a target; AWS's own words for it are not known. */
function targetsRefusal({ body, region }: LabRequest): LabResponse | undefined {
  const { Targets = [] } = JSON.parse(body.toString()) as { readonly Targets?: readonly { Arn?: string }[] };
  const elsewhere = Targets.map(({ Arn = '' }) => Arn)
    .filter(isArn)
    .find((arn) => {
      const { service, partition, region: of } = parseArn(arn);
      return service === 'events' && of !== region && WITHOUT_CROSS_REGION_TARGETS.has(partition);
    });
  return elsewhere === undefined
    ? undefined
    : jsonError(400, 'ValidationException', `Event bus ${elsewhere} of another Region cannot be a target.`);
}

/** A session's `aws:PrincipalArn` is the ARN of its role. */
function senderOf({ accountId, principal }: LabRequest): Sender {
  return {
    accountId,
    principalArn: principal.type === 'AssumedRole' ? principal.sessionIssuerArn : principal.arn,
  };
}

/** EventBridge of all accounts and Regions: matches events with the rules that moto holds, and delivers them. */
export function createEventBuses(options: EventBusesOptions): EventBuses {
  const { rules, activity, clock, log } = options;

  function complete(event: NewEvent, place: Place): EventBridgeEvent {
    return {
      version: '0',
      id: event.id ?? randomUUID(),
      'detail-type': event['detail-type'],
      source: event.source,
      account: event.account ?? place.accountId,
      time: event.time ?? wholeSeconds(clock.now()),
      region: event.region ?? place.region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
  }

  const deliver = createDelivery(options);

  async function dispatch(
    event: EventBridgeEvent,
    place: Place,
    busName: string,
    origin: Origin,
  ): Promise<void> {
    const sendToBus: SendToBus = (target, targetBus, forwarded) => {
      if (origin === 'bus') {
        log('an event that came from a bus is not sent on to a third one', {
          bus: targetBus,
          event: event.id,
        });
        return;
      }
      start(forwarded, target, targetBus, 'bus');
    };
    const matching = (await rules.of(place, busName)).filter(
      ({ enabled, matches }) => enabled && matches?.(event) === true,
    );
    await Promise.all(
      matching.flatMap((rule) => rule.targets.map((target) => deliver(event, rule, target, sendToBus))),
    );
  }

  function start(event: EventBridgeEvent, place: Place, busName: string, origin: Origin): void {
    activity
      .track(() => dispatch(event, place, busName, origin))
      .catch((error: unknown) =>
        log('an event was lost', { bus: busName, event: event['detail-type'], error: messageOf(error) }),
      );
  }

  async function put(
    entry: PutEventsRequestEntry & { readonly Time?: unknown },
    request: LabRequest,
  ): Promise<PutEventsResultEntry> {
    const { Source, DetailType, Detail, EventBusName = DEFAULT_BUS, Resources, Time } = entry;
    if (!Source || !DetailType || Detail === undefined) {
      return {
        ErrorCode: 'InvalidArgument',
        ErrorMessage:
          'Parameter Source, DetailType or Detail is not valid. Reason: it is a required argument.',
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
    const event = complete(
      {
        source: Source,
        'detail-type': DetailType,
        detail,
        account: request.accountId,
        region: place.region,
        resources: Resources ?? [],
        // The JSON protocol carries times as seconds.
        time: wholeSeconds(typeof Time === 'number' ? new Date(Time * 1000) : clock.now()),
      },
      place,
    );
    if (
      place.accountId !== request.accountId &&
      !(await options.permissions.busAllows(EventBusName, senderOf(request), event))
    ) {
      return {
        ErrorCode: 'AccessDeniedException',
        ErrorMessage: `User: ${request.principal.arn} is not authorized to perform: events:PutEvents on resource: ${EventBusName} because no resource-based policy allows the events:PutEvents action`,
      };
    }
    start(event, place, lastPart(EventBusName), 'sender');
    return { EventId: event.id };
  }

  async function putEvents(request: LabRequest): Promise<LabResponse> {
    const { Entries = [] } = JSON.parse(request.body.toString()) as { Entries?: PutEventsRequestEntry[] };
    if (Entries.length === 0 || Entries.length > MOST_ENTRIES) {
      return jsonError(
        400,
        'ValidationException',
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MOST_ENTRIES}`,
      );
    }
    const results = await Promise.all(Entries.map((entry) => put(entry, request)));
    return jsonAnswer(200, {
      FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
      Entries: results,
    });
  }

  function testPattern(request: LabRequest): LabResponse {
    const { EventPattern, Event } = JSON.parse(request.body.toString()) as Record<string, string>;
    try {
      return jsonAnswer(200, { Result: compileEventPattern(EventPattern)(JSON.parse(Event ?? '')) });
    } catch (error) {
      return jsonError(400, 'InvalidEventPatternException', messageOf(error));
    }
  }

  const inject: LabRoute = {
    method: 'POST',
    path: '/_lab/events',
    handle({ body, query }) {
      if (!isRecord(body) || typeof body.source !== 'string' || typeof body['detail-type'] !== 'string') {
        throw new BadRequest('POST /_lab/events takes one event: {"source", "detail-type", "detail", ...}.');
      }
      if (!isRecord(body.detail)) {
        throw new BadRequest('The event needs a "detail" that is an object.');
      }
      const event = body as unknown as NewEvent;
      const place = {
        accountId: query.get('account') ?? event.account ?? DEFAULT_ACCOUNT_ID,
        region: query.get('region') ?? event.region ?? 'us-east-1',
      };
      const completed = complete(event, place);
      start(completed, place, query.get('bus') ?? DEFAULT_BUS, 'sender');
      return completed;
    },
  };

  return {
    emit: (event, place, busName = DEFAULT_BUS) => start(complete(event, place), place, busName, 'sender'),
    overlay: {
      routes: [inject],
      async handle(request, forward) {
        switch (jsonAction(request)) {
          case 'PutEvents':
            return putEvents(request);
          case 'PutTargets': {
            const refusal = targetsRefusal(request);
            if (refusal !== undefined) {
              return refusal;
            }
            break;
          }
          case 'TestEventPattern':
            return testPattern(request);
        }
        const response = await forward(request);
        if (!/^(List|Describe)/.test(jsonAction(request))) {
          rules.invalidate(request);
        }
        return response;
      },
    },
  };
}
