import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  paginateListQueues,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Place } from '../account.ts';
import { type Kind, NAME_PREFIX, TAG_KEY, unlessGone } from '../ledger.ts';
import { required, type World } from '../world.ts';

export const QUEUE: Kind = {
  name: 'queue',
  async remove(place, id) {
    const sqs = place.of(SQSClient);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: id }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  },
  async tagged(place) {
    const sqs = place.of(SQSClient);
    const found: { id: string; run: string }[] = [];
    for await (const { QueueUrls = [] } of paginateListQueues(
      { client: sqs, pageSize: 1000 },
      { QueueNamePrefix: NAME_PREFIX },
    )) {
      for (const QueueUrl of QueueUrls) {
        const tags = await unlessGone(() => sqs.send(new ListQueueTagsCommand({ QueueUrl })));
        const run = tags?.Tags?.[TAG_KEY];
        if (run !== undefined) found.push({ id: QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1), run });
      }
    }
    return found;
  },
  byHand: ({ cliOptions }, id) =>
    `aws sqs delete-queue${cliOptions} --queue-url "$(aws sqs get-queue-url${cliOptions} --queue-name ${id} --query QueueUrl --output text)"`,
};

export interface Queue {
  readonly url: string;
  readonly arn: string;
}

/** @param senders services that may put messages there, such as `events.amazonaws.com` */
export async function makeQueue(
  { ledger }: World,
  place: Place,
  what: string,
  {
    senders = [],
    attributes = {},
  }: { readonly senders?: readonly string[]; readonly attributes?: Readonly<Record<string, string>> } = {},
): Promise<Queue> {
  const QueueName = `${ledger.nameFor(what)}${attributes.FifoQueue === 'true' ? '.fifo' : ''}`;
  const arn = `arn:${place.partition}:sqs:${place.region}:${place.accountId}:${QueueName}`;
  const policy = {
    Version: '2012-10-17',
    Statement: senders.map((Service) => ({
      Effect: 'Allow',
      Principal: { Service },
      Action: 'sqs:SendMessage',
      Resource: arn,
      // Nobody else's rules and topics.
      Condition: { StringEquals: { 'aws:SourceAccount': place.accountId } },
    })),
  };
  let url: string | undefined;
  await ledger.makeNamed(QUEUE, place, QueueName, async () => {
    const made = await place.of(SQSClient).send(
      new CreateQueueCommand({
        QueueName,
        Attributes: {
          ...attributes,
          ...(senders.length === 0 ? {} : { Policy: JSON.stringify(policy) }),
        },
        tags: { [ledger.tag.Key]: ledger.tag.Value },
      }),
    );
    url = made.QueueUrl;
  });
  return { url: required(url, 'the URL of the queue'), arn };
}
