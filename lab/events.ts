import { isArn, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { completeEvent, type DispatchOptions, EventDispatch } from './event-dispatch.ts';
import { compileEventPattern } from './event-pattern.ts';
import { DEFAULT_BUS } from './event-rules.ts';
import { jsonAction, jsonAnswer, jsonError } from './json-answer.ts';
import { isRecord, putEvents } from './put-events.ts';
import { BadRequest } from './router.ts';
import {
  DEFAULT_ACCOUNT_ID,
  type LabClock,
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

export interface EventBusesOptions extends DispatchOptions {
  readonly clock: LabClock;
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

function testPattern(request: LabRequest): LabResponse {
  const { EventPattern, Event } = JSON.parse(request.body.toString()) as Record<string, string>;
  try {
    return jsonAnswer(200, { Result: compileEventPattern(EventPattern)(JSON.parse(Event ?? '')) });
  } catch (error) {
    return jsonError(400, 'InvalidEventPatternException', messageOf(error));
  }
}

/** `POST /_lab/events`: one event on a bus, as AWS would put it there. */
function injectRoute(dispatch: EventDispatch, clock: LabClock): LabRoute {
  return {
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
      const completed = completeEvent(event, place, clock.now());
      dispatch.start(completed, place, query.get('bus') ?? DEFAULT_BUS);
      return completed;
    },
  };
}

/** EventBridge of all accounts and Regions: matches events with the rules that moto holds, and delivers them. */
export function createEventBuses(options: EventBusesOptions): EventBuses {
  const { rules, permissions, clock } = options;
  const dispatch = new EventDispatch(options);

  return {
    emit: (event, place, busName = DEFAULT_BUS) =>
      dispatch.start(completeEvent(event, place, clock.now()), place, busName),
    overlay: {
      routes: [injectRoute(dispatch, clock)],
      async handle(request, forward) {
        switch (jsonAction(request)) {
          case 'PutEvents':
            return putEvents({ dispatch, permissions, clock }, request);
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
