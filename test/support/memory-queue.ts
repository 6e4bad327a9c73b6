import type { LabCall, LabResponse } from 'local-aws-peering';

/** A FIFO queue in memory, as SQS answers for it in its JSON protocol. Its time is Date's, which tests can simulate. */

interface Kept {
  readonly id: string;
  readonly body: string;
  readonly group: string;
  readonly sent: number;
  handle: string;
  receives: number;
  firstReceived: number;
  visibleAt: number;
}

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout?: number;
  readonly MessageBody?: string;
  readonly MessageGroupId?: string;
}

interface Input {
  readonly MaxNumberOfMessages?: number;
  readonly Entries?: readonly Entry[];
}

export interface MemoryQueueOptions {
  readonly visibilitySeconds: number;
  readonly mostReceives: number;
}

export const MEMORY_QUEUE_ARN = 'arn:aws:sqs:us-east-1:111111111111:memory.fifo';

export function createMemoryQueue({ visibilitySeconds, mostReceives }: MemoryQueueOptions) {
  const messages: Kept[] = [];
  /** Bodies of what was received too often. */
  const dead: string[] = [];
  let serial = 0;

  /** What may be received now: of a group nothing while one of its messages is in flight. */
  function receivable(): Kept[] {
    const now = Date.now();
    const inFlight = new Set(messages.filter(({ visibleAt }) => visibleAt > now).map(({ group }) => group));
    return messages.filter(({ group }) => !inFlight.has(group));
  }

  function receive(most: number): readonly Kept[] {
    for (const message of receivable().filter(({ receives }) => receives >= mostReceives)) {
      messages.splice(messages.indexOf(message), 1);
      dead.push(message.body);
    }
    const now = Date.now();
    const received = receivable().slice(0, most);
    for (const message of received) {
      serial += 1;
      message.handle = `handle-${serial}`;
      message.receives += 1;
      message.firstReceived ||= now;
      message.visibleAt = now + visibilitySeconds * 1000;
    }
    return received;
  }

  /** Does something with each message whose handle still holds, and answers as SQS answers a batch. */
  function each(entries: readonly Entry[], act: (message: Kept, entry: Entry) => void) {
    const held = (entry: Entry) =>
      messages.find(({ handle, visibleAt }) => handle === entry.ReceiptHandle && visibleAt > Date.now());
    const Failed = entries
      .filter((entry) => held(entry) === undefined)
      .map(({ Id, ReceiptHandle }) => ({
        Id,
        Code: 'InvalidParameterValue',
        Message: `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
      }));
    for (const entry of entries) {
      const message = held(entry);
      if (message !== undefined) {
        act(message, entry);
      }
    }
    return { Failed };
  }

  function answer(action: string, input: Input): unknown {
    const { Entries = [] } = input;
    switch (action) {
      case 'SendMessageBatch':
        for (const { MessageBody = '', MessageGroupId = '' } of Entries) {
          serial += 1;
          messages.push({
            id: `message-${serial}`,
            body: MessageBody,
            group: MessageGroupId,
            sent: Date.now(),
            handle: '',
            receives: 0,
            firstReceived: 0,
            visibleAt: 0,
          });
        }
        return { Failed: [] };
      case 'ReceiveMessage':
        return {
          Messages: receive(input.MaxNumberOfMessages ?? 1).map((message) => ({
            MessageId: message.id,
            ReceiptHandle: message.handle,
            Body: message.body,
            MD5OfBody: '',
            Attributes: {
              ApproximateReceiveCount: String(message.receives),
              ApproximateFirstReceiveTimestamp: String(message.firstReceived),
              SentTimestamp: String(message.sent),
              MessageGroupId: message.group,
            },
          })),
        };
      case 'DeleteMessageBatch':
        return each(Entries, (message) => messages.splice(messages.indexOf(message), 1));
      case 'ChangeMessageVisibilityBatch':
        return each(Entries, (message, { VisibilityTimeout = 0 }) => {
          message.visibleAt = Date.now() + VisibilityTimeout * 1000;
        });
      case 'GetQueueAttributes':
        return {
          Attributes: {
            FifoQueue: 'true',
            ContentBasedDeduplication: 'true',
            VisibilityTimeout: String(visibilitySeconds),
          },
        };
      default:
        throw new Error(`The queue in memory does not know ${action}.`);
    }
  }

  return {
    dead,
    /** Messages that are neither deleted nor dead. */
    left: () => messages.length,
    async call({ headers, body = '' }: LabCall): Promise<LabResponse> {
      const action = headers?.['x-amz-target']?.split('.')[1] ?? '';
      const text = JSON.stringify(answer(action, JSON.parse(body.toString()) as Input));
      return { status: 200, headers: {}, body: Buffer.from(text) };
    },
  };
}
