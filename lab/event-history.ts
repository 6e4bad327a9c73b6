import { jsonAction, jsonAnswer, jsonError } from './json-answer.ts';
import type { Forward, LabContext, LabResponse, NewEvent, Place, ServiceOverlay } from './types.ts';

/** CloudTrail's event history: the calls of the last 90 days, whether or not there is a trail. */
export interface EventHistory {
  /** Keeps what is a CloudTrail event, and puts it on the bus as before. */
  readonly emit: LabContext['emit'];
  readonly overlay: ServiceOverlay;
}

const KEPT_MS = 90 * 24 * 3_600_000;
/** LookupEvents gives at most that many at once (CloudTrail API reference). */
const PAGE = 50;

interface Kept {
  readonly place: Place;
  readonly at: Date;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface LookupInput {
  readonly LookupAttributes?: readonly { readonly AttributeKey: string; readonly AttributeValue: string }[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

function described({ at, detail }: Kept): object {
  const { eventID, eventName, eventSource } = detail;
  return {
    EventId: eventID,
    EventName: eventName,
    EventSource: eventSource,
    EventTime: at.getTime() / 1000,
    ReadOnly: 'false',
    CloudTrailEvent: JSON.stringify(detail),
  };
}

export function createEventHistory({ clock, emit }: Pick<LabContext, 'clock' | 'emit'>): EventHistory {
  const kept: Kept[] = [];

  function remember({ detail }: NewEvent, place: Place): void {
    const { eventTime } = detail;
    if (typeof eventTime === 'string') {
      kept.unshift({
        place: { accountId: place.accountId, region: place.region },
        at: new Date(eventTime),
        detail,
      });
    }
  }

  function lookUp({ accountId, region, body }: Parameters<Forward>[0]): LabResponse {
    const input = JSON.parse(body.toString()) as LookupInput;
    const [attribute, second] = input.LookupAttributes ?? [];
    if (second !== undefined || (attribute !== undefined && attribute.AttributeKey !== 'EventName')) {
      return jsonError(
        400,
        'InvalidLookupAttributesException',
        'The lab looks up events by EventName alone.',
      );
    }
    const since = clock.now().getTime() - KEPT_MS;
    const found = kept.filter(
      ({ place, at, detail }) =>
        place.accountId === accountId &&
        place.region === region &&
        at.getTime() >= since &&
        (attribute === undefined || detail.eventName === attribute.AttributeValue),
    );
    const start = Number(input.NextToken ?? 0);
    const end = start + Math.min(input.MaxResults ?? PAGE, PAGE);
    return jsonAnswer(200, {
      Events: found.slice(start, end).map(described),
      ...(end < found.length ? { NextToken: String(end) } : {}),
    });
  }

  return {
    emit(event, place) {
      remember(event, place);
      emit(event, place);
    },
    overlay: {
      handle: async (request, forward) =>
        jsonAction(request) === 'LookupEvents' ? lookUp(request) : forward(request),
    },
  };
}
