import { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { namingCall } from './call-error.ts';
import { createClient } from './clients.ts';

/** What a function may do with messages that were received for it. */
export interface Receipts {
  /**
   * Hides messages from every other receive for so many seconds from now; none makes them visible at once.
   *
   * @param receiptHandles ten at most, as Lambda takes from a FIFO queue.
   * @returns the handles that SQS did not take, with its reason: their receive has ended.
   * @throws AWS errors of the call as a whole.
   */
  hide(receiptHandles: readonly string[], seconds: number): Promise<ReadonlyMap<string, string>>;
}

export function createReceipts(queueUrl: string, region: string): Receipts {
  let client: SQSClient | undefined;
  // Few batches need it, so it is made when the first one does.
  const sqs = () => {
    client ??= createClient(SQSClient, { region, useQueueUrlAsEndpoint: false });
    return client;
  };
  return {
    async hide(receiptHandles, seconds) {
      const { Failed = [] } = await namingCall('ChangeMessageVisibilityBatch', region, queueUrl, () =>
        sqs().send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl: queueUrl,
            Entries: receiptHandles.map((ReceiptHandle, index) => ({
              Id: String(index),
              ReceiptHandle,
              VisibilityTimeout: seconds,
            })),
          }),
        ),
      );
      return new Map(
        Failed.flatMap(({ Id, Code = 'no code', Message = 'no message' }) => {
          const handle = receiptHandles[Number(Id)];
          return handle === undefined ? [] : [[handle, `${Code}: ${Message}`] as const];
        }),
      );
    },
  };
}
