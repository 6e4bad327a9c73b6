import { randomUUID } from 'node:crypto';
import type { Activity } from './activity.ts';
import { messageOf } from './errors.ts';
import { createDelivery, type Deliver } from './event-delivery.ts';
import type { EventRules } from './event-rules.ts';
import type { EventTargetsOptions, SendToBus } from './event-targets.ts';
import type { EventBridgeEvent, NewEvent, Place } from './types.ts';

/** An event goes from a bus to another bus once, not further. */
type Origin = 'sender' | 'bus';

/** EventBridge counts seconds. */
export function wholeSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** What EventBridge adds to an event that comes in. */
export function completeEvent(event: NewEvent, place: Place, now: Date): EventBridgeEvent {
  return {
    version: '0',
    id: event.id ?? randomUUID(),
    'detail-type': event['detail-type'],
    source: event.source,
    account: event.account ?? place.accountId,
    time: event.time ?? wholeSeconds(now),
    region: event.region ?? place.region,
    resources: event.resources ?? [],
    detail: event.detail,
  };
}

export interface DispatchOptions extends EventTargetsOptions {
  readonly rules: EventRules;
  readonly activity: Activity;
}

/** Matches events with the rules of a bus, and has them delivered. */
export class EventDispatch {
  readonly #options: DispatchOptions;
  readonly #deliver: Deliver;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#deliver = createDelivery(options);
  }

  /** Begins, and does not wait for the deliveries. */
  start(event: EventBridgeEvent, place: Place, busName: string, origin: Origin = 'sender'): void {
    this.#options.activity
      .track(() => this.#dispatch(event, place, busName, origin))
      .catch((error: unknown) =>
        this.#options.log('an event was lost', {
          bus: busName,
          event: event['detail-type'],
          error: messageOf(error),
        }),
      );
  }

  async #dispatch(event: EventBridgeEvent, place: Place, busName: string, origin: Origin): Promise<void> {
    const sendToBus: SendToBus = (target, targetBus, forwarded) => {
      if (origin === 'bus') {
        this.#options.log('an event that came from a bus is not sent on to a third one', {
          bus: targetBus,
          event: event.id,
        });
        return;
      }
      this.start(forwarded, target, targetBus, 'bus');
    };
    const matching = (await this.#options.rules.of(place, busName)).filter(
      ({ enabled, matches }) => enabled && matches?.(event) === true,
    );
    await Promise.all(
      matching.flatMap((rule) => rule.targets.map((target) => this.#deliver(event, rule, target, sendToBus))),
    );
  }
}
