import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Place } from '../account.ts';
import { makeQueue, type Queue } from '../kinds/queue.ts';
import { makeRule, setTarget } from '../kinds/rule.ts';
import type { World } from '../world.ts';

/** A queue that somebody puts messages into, and what came so far. */
export interface Inbox {
  readonly queue: Queue;
  /** The first message that is meant, of those before and those that are there now. */
  find(isMeant: (body: string) => boolean): Promise<string | undefined>;
}

const AT_MOST = 10;

export async function makeInbox(
  world: World,
  place: Place,
  senders: readonly string[],
  what = 'inbox',
): Promise<Inbox> {
  const queue = await makeQueue(world, place, what, { senders });
  const sqs = place.of(SQSClient);
  const bodies: string[] = [];
  return {
    queue,
    async find(isMeant) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queue.url,
          MaxNumberOfMessages: AT_MOST,
          WaitTimeSeconds: 1,
        }),
      );
      if (Messages.length > 0) {
        bodies.push(...Messages.flatMap(({ Body }) => Body ?? []));
        await sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl: queue.url,
            Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
          }),
        );
      }
      return bodies.find(isMeant);
    },
  };
}

/** Calls that are made again until an event comes are this far apart. */
export const CALLS_PACE_MS = 20_000;

/** What CloudTrail says of these calls from now on, as EventBridge hands it out. */
export async function listenForCalls(world: World, place: Place, calls: readonly string[]): Promise<Inbox> {
  const inbox = await makeInbox(world, place, ['events.amazonaws.com']);
  const rule = await makeRule(world, place, {
    what: 'calls',
    pattern: {
      source: ['aws.ec2'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventName: calls },
    },
  });
  await setTarget(rule, { Arn: inbox.queue.arn });
  return inbox;
}

/** @returns whether an event is about this call, and names this resource. */
export function isCall(call: string, id: string): (body: string) => boolean {
  return (body) => body.includes(`"eventName":"${call}"`) && body.includes(id);
}
