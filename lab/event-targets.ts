import type { Target } from '@aws-sdk/client-eventbridge';
import { lastPart, parseArn } from './arn.ts';
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

export interface EventTargetsOptions {
  readonly queues: Queues;
  readonly permissions: EventPermissions;
  readonly notifications: Notifications;
  /** Hands an event to a function, and answers once it is accepted. */
  invokeFunction(functionArn: string, payload: string, source: { readonly ruleArn: string }): Promise<void>;
  readonly log: LabLog;
}

/** Puts an event on a bus that is another bus's target. */
export type SendToBus = (place: Place, busName: string, event: EventBridgeEvent) => void;

/** Hands events to the targets of rules, where their policies and roles let it in. */
export class EventTargets {
  readonly #options: EventTargetsOptions;
  /** What queues said of rules; a queue that is read again is asked again. */
  readonly #refusals = new WeakMap<LabQueue, Map<string, string | undefined>>();

  constructor(options: EventTargetsOptions) {
    this.#options = options;
  }

  /**
   * Tries once.
   *
   * @throws {PermanentDeliveryFailure} when the target will never take it.
   */
  async send(event: EventBridgeEvent, rule: EventRule, target: Target, sendToBus: SendToBus): Promise<void> {
    const arn = parseArn(target.Arn ?? '');
    switch (arn.service) {
      case 'lambda':
        return this.#options.invokeFunction(target.Arn ?? '', renderInput(target, event, rule), {
          ruleArn: rule.arn,
        });
      case 'sqs':
        return this.#sendToQueue(event, rule, target);
      case 'sns':
        return this.#options.notifications.publish({
          topicArn: target.Arn ?? '',
          message: renderInput(target, event, rule),
        });
      case 'events':
        await this.#validateBus(event, rule, target);
        // A bus receives the event itself; inputs are for other targets.
        return sendToBus(arn, lastPart(arn.resource), event);
      default:
        this.#options.log(`the lab delivers no events to ${arn.service}; a target is left out`, {
          rule: rule.arn,
          target: target.Arn,
        });
    }
  }

  /** @throws {PermanentDeliveryFailure} when there is no such queue, or it takes no such message from EventBridge. */
  async #sendToQueue(event: EventBridgeEvent, rule: EventRule, target: Target): Promise<void> {
    const queueArn = target.Arn ?? '';
    const queue = await this.#options.queues.find(queueArn);
    if (queue === undefined) {
      throw new PermanentDeliveryFailure('NO_RESOURCE', `There is no queue ${queueArn}.`);
    }
    const refusal = this.#refusalOf(queue, rule);
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
    await this.#options.queues.send(
      queueArn,
      renderInput(target, event, rule),
      queue.fifo ? { groupId } : {},
    );
  }

  #refusalOf(queue: LabQueue, rule: EventRule): string | undefined {
    const known = this.#refusals.get(queue) ?? new Map<string, string | undefined>();
    this.#refusals.set(queue, known);
    if (!known.has(rule.arn)) {
      known.set(rule.arn, eventBridgeRefusal(queue, rule));
    }
    return known.get(rule.arn);
  }

  /**
   * A bus of another account has to allow it. From another Region of the same account it takes a role that may, and here
   * the bus has to allow that role too: whether AWS asks for that is unproven, and a stack that does not need to know is safe.
   * @throws {PermanentDeliveryFailure}
   */
  async #validateBus(event: EventBridgeEvent, rule: EventRule, target: Target): Promise<void> {
    const busArn = target.Arn ?? '';
    const { accountId, region } = parseArn(busArn);
    let refusal: string | undefined;
    if (accountId !== rule.accountId) {
      const { accountId: sender } = rule;
      const inRole = target.RoleArn === undefined ? {} : { principalArn: target.RoleArn };
      const allowed = await this.#options.permissions.busAllows(
        busArn,
        { accountId: sender, ...inRole },
        event,
      );
      refusal = allowed
        ? undefined
        : `The policy of ${busArn} does not let account ${rule.accountId} put this event.`;
    } else if (region !== rule.region) {
      refusal = await this.#roleRefusal(event, target.RoleArn, busArn);
    }
    if (refusal !== undefined) {
      throw new PermanentDeliveryFailure('NO_PERMISSIONS', refusal);
    }
  }

  async #roleRefusal(
    event: EventBridgeEvent,
    roleArn: string | undefined,
    busArn: string,
  ): Promise<string | undefined> {
    if (roleArn === undefined) {
      return `A target in another Region needs a RoleArn: ${busArn}.`;
    }
    const { accountId } = parseArn(busArn);
    const refusal = await this.#options.permissions.roleRefusal(roleArn, busArn);
    return (
      refusal ??
      ((await this.#options.permissions.busAllows(busArn, { accountId, principalArn: roleArn }, event))
        ? undefined
        : `The policy of ${busArn} does not let ${roleArn} put this event.`)
    );
  }
}
