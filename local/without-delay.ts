import { ListQueuesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DEFAULT_ACCOUNT_ID } from 'local-aws-peering';
import { SERVICE } from '../lib/model/names.ts';

/** Where the queues lie; an access key that is an account's number stands for that account in the local AWS. */
interface QueuePlace {
  readonly endpoint: string;
  readonly region: string;
  /** Default: the lab's. */
  readonly account?: string;
}

/**
 * Results of pings are read 20 s after they were sent, by when most have ended. In the local AWS they end at once, and its queues keep to the
 * real clock, so that less is enough there: of whatever stage, in one account and Region.
 */
export async function readResultsAfter(
  seconds: number,
  { endpoint, region, account = DEFAULT_ACCOUNT_ID }: QueuePlace,
): Promise<void> {
  const sqs = new SQSClient({
    endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'lab' },
  });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: SERVICE }));
  for (const QueueUrl of QueueUrls.filter((url) => url.endsWith('-record-connectivity.fifo'))) {
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: String(seconds) } }),
    );
  }
}
