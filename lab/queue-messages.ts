import { messageOf } from './errors.ts';
import type { LabFunction } from './lambda-functions.ts';
import type { ReceivedMessage } from './queue-records.ts';
import { type LabQueue, problemIn, type Queues, sqsCall } from './queues.ts';
import type { RoleCalls } from './role-calls.ts';

/** What a poller asks of SQS: in the role of the function, as Lambda does. */

/** The most that SQS takes and gives in one call. */
const MESSAGES_PER_CALL = 10;

const DELETE_ATTEMPTS = 3;

/** Thrown when SQS refuses what a poller asks; says what and of which queue. */
export class PollingFailure extends Error {
  override readonly name = 'PollingFailure';
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

export class QueueMessages {
  readonly #queues: Queues;
  readonly #roleCalls: RoleCalls;

  constructor({ queues, roleCalls }: { readonly queues: Queues; readonly roleCalls: RoleCalls }) {
    this.#queues = queues;
    this.#roleCalls = roleCalls;
  }

  /**
   * What is visible now, up to a batch.
   *
   * @throws {PollingFailure} when the first call fails.
   */
  async receive(fn: LabFunction, queue: LabQueue, batchSize: number): Promise<readonly ReceivedMessage[]> {
    const messages: ReceivedMessage[] = [];
    for (let most = MESSAGES_PER_CALL; messages.length < batchSize && most === MESSAGES_PER_CALL; ) {
      const wanted = Math.min(MESSAGES_PER_CALL, batchSize - messages.length);
      const answer = await this.#roleCalls.send(
        fn,
        sqsCall(queue, 'ReceiveMessage', {
          QueueUrl: queue.url,
          MaxNumberOfMessages: wanted,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
          // Nobody waits: what arrives later is told.
          WaitTimeSeconds: 0,
        }),
      );
      if (answer.status !== 200) {
        if (messages.length > 0) {
          break;
        }
        throw new PollingFailure(`Messages of ${queue.arn} could not be received: ${problemIn(answer)}`);
      }
      const { Messages = [] } = JSON.parse(answer.body.toString()) as {
        readonly Messages?: readonly ReceivedMessage[];
      };
      messages.push(...Messages);
      most = Messages.length;
    }
    return messages;
  }

  /** @returns the messages that are still there, and why. */
  async delete(
    fn: LabFunction,
    queue: LabQueue,
    messages: readonly ReceivedMessage[],
  ): Promise<{ readonly kept: readonly ReceivedMessage[]; readonly problem: string }> {
    const refused: ReceivedMessage[] = [];
    let left = messages;
    let problem = '';
    for (let attempt = 1; left.length > 0 && attempt <= DELETE_ATTEMPTS; attempt++) {
      const still: ReceivedMessage[] = [];
      for (const chunk of chunks(left, MESSAGES_PER_CALL)) {
        try {
          const reasons = await this.#deleteSome(fn, queue, chunk);
          problem = [...reasons.values()][0] ?? problem;
          refused.push(...chunk.filter((message) => reasons.has(message)));
        } catch (error) {
          problem = messageOf(error);
          still.push(...chunk);
        }
      }
      left = still;
    }
    return { kept: [...refused, ...left], problem };
  }

  /** Stands for the end of the visibility timeout, so nobody's permission is asked. */
  async giveBack(queue: LabQueue, messages: readonly ReceivedMessage[]): Promise<void> {
    for (const chunk of chunks(messages, MESSAGES_PER_CALL)) {
      const answer = await this.#queues.call(queue, 'ChangeMessageVisibilityBatch', {
        QueueUrl: queue.url,
        Entries: chunk.map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: 0,
        })),
      });
      if (answer.status !== 200) {
        throw new PollingFailure(`Messages of ${queue.arn} could not be given back: ${problemIn(answer)}`);
      }
    }
  }

  /**
   * @returns what SQS will not delete however often it is asked, with why.
   * @throws {PollingFailure} when the call fails.
   */
  async #deleteSome(
    fn: LabFunction,
    queue: LabQueue,
    messages: readonly ReceivedMessage[],
  ): Promise<ReadonlyMap<ReceivedMessage, string>> {
    const answer = await this.#roleCalls.send(
      fn,
      sqsCall(queue, 'DeleteMessageBatch', {
        QueueUrl: queue.url,
        Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
    if (answer.status !== 200) {
      throw new PollingFailure(problemIn(answer));
    }
    const { Failed = [] } = JSON.parse(answer.body.toString()) as {
      readonly Failed?: readonly { readonly Id: string; readonly Message?: string }[];
    };
    return new Map(
      Failed.flatMap(({ Id, Message = 'SQS gave no reason' }) => {
        const message = messages[Number(Id)];
        return message === undefined ? [] : [[message, Message] as const];
      }),
    );
  }
}
