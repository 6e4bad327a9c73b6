import type { Target } from '@aws-sdk/client-eventbridge';
import { messageOf } from './errors.ts';
import type { EventRule } from './event-rules.ts';
import {
  EventTargets,
  type EventTargetsOptions,
  PermanentDeliveryFailure,
  type SendToBus,
} from './event-targets.ts';
import type { Queues } from './queues.ts';
import type { EventBridgeEvent } from './types.ts';

export type Deliver = (
  event: EventBridgeEvent,
  rule: EventRule,
  target: Target,
  sendToBus: SendToBus,
) => Promise<void>;

/** AWS tries for 24 h; the lab tries that often at most, with short pauses. */
const MOST_RETRIES = 3;
const FIRST_PAUSE_MS = 50;

/** Sends an event that was not delivered to the dead-letter queue of its target, with why (EventBridge user guide, "Dead-letter queues"). */
async function sendToDeadLetterQueue(
  queues: Queues,
  queueArn: string,
  { event, rule, target, error, tried }: Undelivered,
): Promise<void> {
  await queues.send(queueArn, JSON.stringify(event), {
    attributes: {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.Arn ?? '',
      ERROR_CODE: error instanceof PermanentDeliveryFailure ? error.code : 'SDK_CLIENT_ERROR',
      ERROR_MESSAGE: messageOf(error),
      RETRY_ATTEMPTS: String(tried),
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    },
  });
}

interface Undelivered {
  readonly event: EventBridgeEvent;
  readonly rule: EventRule;
  readonly target: Target;
  readonly error: unknown;
  /** Retries before the lab gave up. */
  readonly tried: number;
}

/** Delivers an event to one target of a rule, with its retries and its dead-letter queue. */
export function createDelivery(options: EventTargetsOptions): Deliver {
  const { queues, log } = options;
  const targets = new EventTargets(options);

  return async (event, rule, target, sendToBus) => {
    const retries = Math.min(target.RetryPolicy?.MaximumRetryAttempts ?? MOST_RETRIES, MOST_RETRIES);
    for (let tried = 0; ; tried++) {
      try {
        await targets.send(event, rule, target, sendToBus);
        return;
      } catch (error) {
        if (!(error instanceof PermanentDeliveryFailure) && tried < retries) {
          await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** tried));
          continue;
        }
        const queueArn = target.DeadLetterConfig?.Arn;
        log('an event could not be delivered', {
          rule: rule.arn,
          target: target.Arn,
          error: messageOf(error),
          deadLetterQueue: queueArn ?? 'none: the event is lost',
        });
        if (queueArn) {
          await sendToDeadLetterQueue(queues, queueArn, { event, rule, target, error, tried });
        }
        return;
      }
    }
  };
}
