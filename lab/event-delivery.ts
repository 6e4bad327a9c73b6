import type { Target } from '@aws-sdk/client-eventbridge';
import { lastPart, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { renderInput } from './event-input.ts';
import type { EventPermissions } from './event-permissions.ts';
import type { EventRule } from './event-rules.ts';
import type { Notifications } from './notifications.ts';
import { eventBridgeRefusal } from './queue-policies.ts';
import type { LabQueue, Queues } from './queues.ts';
import type { EventBridgeEvent, LabLog, Place } from './types.ts';

/** Thrown by a target that will never take the event: it goes to the dead-letter queue without another attempt. */
export class PermanentDeliveryFailure extends Error {
  override readonly name = 'PermanentDeliveryFailure';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface DeliveryOptions {
  readonly queues: Queues;
  readonly permissions: EventPermissions;
  readonly notifications: Notifications;
  /** Hands an event to a function, and answers once it is accepted. */
  invokeFunction(functionArn: string, payload: string, source: { readonly ruleArn: string }): Promise<void>;
  readonly log: LabLog;
}

/** Puts an event on a bus that is another bus's target. */
export type SendToBus = (place: Place, busName: string, event: EventBridgeEvent) => void;

export type Deliver = (
  event: EventBridgeEvent,
  rule: EventRule,
  target: Target,
  sendToBus: SendToBus,
) => Promise<void>;

/** AWS tries for 24 h; the lab tries that often at most, with short pauses. */
const MOST_RETRIES = 3;
const FIRST_PAUSE_MS = 50;

/** Delivers an event to one target of a rule, with its retries and its dead-letter queue. */
export function createDelivery({
  queues,
  permissions,
  notifications,
  invokeFunction,
  log,
}: DeliveryOptions): Deliver {
  async function roleRefusal(
    event: EventBridgeEvent,
    roleArn: string | undefined,
    busArn: string,
  ): Promise<string | undefined> {
    if (roleArn === undefined) {
      return `A target in another Region needs a RoleArn: ${busArn}.`;
    }
    const { accountId } = parseArn(busArn);
    const refusal = await permissions.roleRefusal(roleArn, busArn);
    return (
      refusal ??
      ((await permissions.busAllows(busArn, { accountId, principalArn: roleArn }, event))
        ? undefined
        : `The policy of ${busArn} does not let ${roleArn} put this event.`)
    );
  }

  /**
   * A bus of another account has to allow it. From another Region of the same account it takes a role that may, and here
   * the bus has to allow that role too: whether AWS asks for that is unproven, and a stack that does not need to know is safe.
   * @throws {PermanentDeliveryFailure}
   */
  async function validateBus(event: EventBridgeEvent, rule: EventRule, target: Target): Promise<void> {
    const busArn = target.Arn ?? '';
    const { accountId, region } = parseArn(busArn);
    let refusal: string | undefined;
    if (accountId !== rule.accountId) {
      const { accountId: sender } = rule;
      const inRole = target.RoleArn === undefined ? {} : { principalArn: target.RoleArn };
      const allowed = await permissions.busAllows(busArn, { accountId: sender, ...inRole }, event);
      refusal = allowed
        ? undefined
        : `The policy of ${busArn} does not let account ${rule.accountId} put this event.`;
    } else if (region !== rule.region) {
      refusal = await roleRefusal(event, target.RoleArn, busArn);
    }
    if (refusal !== undefined) {
      throw new PermanentDeliveryFailure('NO_PERMISSIONS', refusal);
    }
  }

  /** What queues said of rules; a queue that is read again is asked again. */
  const refusals = new WeakMap<LabQueue, Map<string, string | undefined>>();

  function refusalOf(queue: LabQueue, rule: EventRule): string | undefined {
    const known = refusals.get(queue) ?? new Map<string, string | undefined>();
    refusals.set(queue, known);
    if (!known.has(rule.arn)) {
      known.set(rule.arn, eventBridgeRefusal(queue, rule));
    }
    return known.get(rule.arn);
  }

  /** @throws {PermanentDeliveryFailure} when there is no such queue, or it takes no such message from EventBridge. */
  async function sendToQueue(event: EventBridgeEvent, rule: EventRule, target: Target): Promise<void> {
    const queueArn = target.Arn ?? '';
    const queue = await queues.find(queueArn);
    if (queue === undefined) {
      throw new PermanentDeliveryFailure('NO_RESOURCE', `There is no queue ${queueArn}.`);
    }
    const refusal = refusalOf(queue, rule);
    if (refusal !== undefined) {
      throw new PermanentDeliveryFailure('NO_PERMISSIONS', refusal);
    }
    const groupId = target.SqsParameters?.MessageGroupId;
    if (queue.fifo && groupId === undefined) {
      throw new PermanentDeliveryFailure(
        'INVALID_PARAMETER',
        `${queueArn} is a FIFO queue, and the target names no message group; add SqsParameters with a MessageGroupId to target ${target.Id} of ${rule.arn}.`,
      );
    }
    if (queue.fifo && !queue.contentBasedDeduplication) {
      throw new PermanentDeliveryFailure(
        'INVALID_PARAMETER',
        `EventBridge gives messages no deduplication id; set ContentBasedDeduplication on ${queueArn}.`,
      );
    }
    await queues.send(queueArn, renderInput(target, event, rule), queue.fifo ? { groupId } : {});
  }

  const attempt: Deliver = async (event, rule, target, sendToBus) => {
    const arn = parseArn(target.Arn ?? '');
    switch (arn.service) {
      case 'lambda':
        return invokeFunction(target.Arn ?? '', renderInput(target, event, rule), { ruleArn: rule.arn });
      case 'sqs':
        return sendToQueue(event, rule, target);
      case 'sns':
        return notifications.publish({
          topicArn: target.Arn ?? '',
          message: renderInput(target, event, rule),
        });
      case 'events':
        await validateBus(event, rule, target);
        // A bus receives the event itself; inputs are for other targets.
        return sendToBus(arn, lastPart(arn.resource), event);
      default:
        log(`the lab delivers no events to ${arn.service}; a target is left out`, {
          rule: rule.arn,
          target: target.Arn,
        });
    }
  };

  return async (event, rule, target, sendToBus) => {
    const retries = Math.min(target.RetryPolicy?.MaximumRetryAttempts ?? MOST_RETRIES, MOST_RETRIES);
    for (let tried = 0; ; tried++) {
      try {
        await attempt(event, rule, target, sendToBus);
        return;
      } catch (error) {
        const permanent = error instanceof PermanentDeliveryFailure;
        if (!permanent && tried < retries) {
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
          await queues.send(queueArn, JSON.stringify(event), {
            attributes: {
              RULE_ARN: rule.arn,
              TARGET_ARN: target.Arn ?? '',
              ERROR_CODE: permanent ? error.code : 'SDK_CLIENT_ERROR',
              ERROR_MESSAGE: messageOf(error),
              RETRY_ATTEMPTS: String(tried),
              EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
            },
          });
        }
        return;
      }
    }
  };
}
