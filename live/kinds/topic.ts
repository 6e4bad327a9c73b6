import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListTagsForResourceCommand,
  paginateListTopics,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import type { Place } from '../account.ts';
import { type Kind, NAME_PREFIX, TAG_KEY, unlessGone } from '../ledger.ts';
import type { World } from '../world.ts';
import type { Queue } from './queue.ts';

/** Topics are known by their ARN; subscriptions go with them. */
export const TOPIC: Kind = {
  name: 'topic',
  async remove(place, id) {
    await place.of(SNSClient).send(new DeleteTopicCommand({ TopicArn: id }));
  },
  async tagged(place) {
    const sns = place.of(SNSClient);
    const found: { id: string; run: string }[] = [];
    for await (const { Topics = [] } of paginateListTopics({ client: sns }, {})) {
      for (const { TopicArn = '' } of Topics) {
        if (!TopicArn.includes(`:${NAME_PREFIX}`)) continue;
        const tags = await unlessGone(() =>
          sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn })),
        );
        const run = tags?.Tags?.find(({ Key }) => Key === TAG_KEY)?.Value;
        if (run !== undefined) found.push({ id: TopicArn, run });
      }
    }
    return found;
  },
  byHand: ({ cliOptions }, id) => `aws sns delete-topic${cliOptions} --topic-arn ${id}`,
};

/** A topic whose messages go to a queue. @returns its ARN */
export async function makeTopic({ ledger }: World, place: Place, to: Queue): Promise<string> {
  const Name = ledger.nameFor('topic');
  const TopicArn = `arn:${place.partition}:sns:${place.region}:${place.accountId}:${Name}`;
  const sns = place.of(SNSClient);
  await ledger.makeNamed(TOPIC, place, TopicArn, () =>
    sns.send(new CreateTopicCommand({ Name, Tags: [ledger.tag] })),
  );
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: to.arn }));
  return TopicArn;
}
