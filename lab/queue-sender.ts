import type { LabResponse, Place } from './types.ts';

/** One message, as `SendMessage` and the entries of `SendMessageBatch` have it. */
export interface OutgoingMessage {
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
  readonly MessageAttributes: Readonly<Record<string, unknown>>;
}

/** Which queue, as SQS wants it named. */
export interface QueueAddress extends Place {
  readonly arn: string;
  readonly url: string;
}

export interface QueueSender {
  /** @throws {Error} with what SQS says, when it does not take the message. */
  send(queue: QueueAddress, message: OutgoingMessage): Promise<void>;
}

/** What `SendMessageBatch` takes in one call: messages, and far fewer characters than its 256 KiB have bytes. */
const MOST_MESSAGES = 10;
const MOST_CHARACTERS = 60_000;

interface Waiting {
  readonly message: OutgoingMessage;
  sent(): void;
  refused(error: Error): void;
}

/** The messages of the front that fit into one call: at least one. */
function takeBatch(waiting: Waiting[]): Waiting[] {
  let characters = 0;
  let count = 0;
  for (const { message } of waiting.slice(0, MOST_MESSAGES)) {
    characters += message.MessageBody.length;
    if (count > 0 && characters > MOST_CHARACTERS) {
      break;
    }
    count += 1;
  }
  return waiting.splice(0, count);
}

/**
 * Sends messages in their order, and what comes while a call is under way together with the next: one at a time, a flood of
 * events takes minutes.
 */
export function createQueueSender({
  call,
  problemIn,
}: {
  call(queue: QueueAddress, action: string, input: unknown): Promise<LabResponse>;
  problemIn(answer: LabResponse): string;
}): QueueSender {
  const lines = new Map<string, Waiting[]>();

  async function sendBatch(queue: QueueAddress, batch: readonly Waiting[]): Promise<void> {
    const answer = await call(queue, 'SendMessageBatch', {
      QueueUrl: queue.url,
      Entries: batch.map(({ message }, index) => ({ Id: String(index), ...message })),
    });
    if (answer.status !== 200) {
      throw new Error(problemIn(answer));
    }
    const { Failed = [] } = JSON.parse(answer.body.toString()) as {
      readonly Failed?: readonly { readonly Id: string; readonly Code: string; readonly Message?: string }[];
    };
    const refusals = new Map(Failed.map(({ Id, Code, Message }) => [Id, Message ?? Code]));
    for (const [index, { sent, refused }] of batch.entries()) {
      const refusal = refusals.get(String(index));
      if (refusal === undefined) {
        sent();
      } else {
        refused(new Error(refusal));
      }
    }
  }

  async function empty(queue: QueueAddress, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      try {
        await sendBatch(queue, batch);
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(String(error));
        for (const { refused } of batch) {
          refused(problem);
        }
      }
    }
    lines.delete(queue.arn);
  }

  return {
    send: (queue, message) =>
      new Promise((sent, refused) => {
        const line = lines.get(queue.arn);
        if (line !== undefined) {
          line.push({ message, sent, refused });
          return;
        }
        const waiting: Waiting[] = [{ message, sent, refused }];
        lines.set(queue.arn, waiting);
        void empty(queue, waiting);
      }),
  };
}
