import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { ForwardingChange, ForwardingInPlace } from '../forwarding/plan.ts';
import { namingCall } from './call-error.ts';
import { ifPresent } from './if-present.ts';

/** The SQS queue of a Region that keeps the events which could not be carried home. */

/** Fourteen days, the longest SQS keeps a message. */
const RETENTION_SECONDS = '1209600';

export type QueueChange = Extract<
  ForwardingChange,
  { action: 'create-queue' | 'set-queue-policy' | 'delete-queue' }
>;

/** Undefined: there is none of this name. */
export async function readQueue(
  sqs: SQSClient,
  region: string,
  name: string,
): Promise<ForwardingInPlace['queue']> {
  const found = await ifPresent('GetQueueUrl', region, name, () =>
    sqs.send(new GetQueueUrlCommand({ QueueName: name })),
  );
  const url = found?.QueueUrl;
  if (url === undefined) {
    return undefined;
  }
  const answer = await ifPresent('GetQueueAttributes', region, name, () =>
    sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ['Policy', 'ApproximateNumberOfMessages'],
      }),
    ),
  );
  return answer === undefined
    ? undefined
    : {
        url,
        policy: answer.Attributes?.Policy ?? '',
        undelivered: Number(answer.Attributes?.ApproximateNumberOfMessages ?? 0),
      };
}

/**
 * @param name of the queue, for errors: changes of a queue that is there name its URL.
 * @throws AWS errors; a queue that is to be deleted may be gone already.
 */
export async function changeQueue(
  sqs: SQSClient,
  region: string,
  name: string,
  change: QueueChange,
): Promise<void> {
  switch (change.action) {
    case 'create-queue':
      await namingCall('CreateQueue', region, change.name, () =>
        sqs.send(
          new CreateQueueCommand({
            QueueName: change.name,
            Attributes: {
              Policy: change.policy,
              MessageRetentionPeriod: RETENTION_SECONDS,
              SqsManagedSseEnabled: 'true',
            },
          }),
        ),
      );
      return;
    case 'set-queue-policy':
      await namingCall('SetQueueAttributes', region, name, () =>
        sqs.send(
          new SetQueueAttributesCommand({ QueueUrl: change.url, Attributes: { Policy: change.policy } }),
        ),
      );
      return;
    case 'delete-queue':
      await ifPresent('DeleteQueue', region, name, () =>
        sqs.send(new DeleteQueueCommand({ QueueUrl: change.url })),
      );
  }
}
