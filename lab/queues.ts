import { actionOf } from './action.ts';
import { arnIn, lastPart, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { inputOf, textAt, valuesAt } from './iam/input.ts';
import { urlSuffixOf } from './partitions.ts';
import { createQueueSender } from './queue-sender.ts';
import type { LabCall, LabRequest, LabResponse, Place, ServiceOverlay } from './types.ts';

/** A queue as moto holds it, as far as sending and polling need it. */
export interface LabQueue extends Place {
  readonly arn: string;
  readonly url: string;
  readonly name: string;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  /** JSON; absent: only its own account may use it. */
  readonly policy?: string;
  /** ARN of the queue that messages go to after too many receives. */
  readonly redriveTarget?: string;
}

/** Something that may be received from a queue. */
export interface Arrival {
  /** Absent when the message has none, or when it is not known which messages they are. */
  readonly groupId?: string;
  /** How long it stays invisible. */
  readonly delaySeconds: number;
}

export interface Queues {
  /** Read once, until something changes it; `undefined` when there is no such queue. */
  find(queueArn: string): Promise<LabQueue | undefined>;
  /**
   * Sends one message as the account's administrator.
   * @throws {Error} naming the queue, when SQS does not take it.
   */
  send(
    queueArn: string,
    body: string,
    options?: {
      readonly groupId?: string | undefined;
      /** Message attributes, all of them text. */
      readonly attributes?: Readonly<Record<string, string>>;
    },
  ): Promise<void>;
  /** Calls SQS past all layers, for what the lab does by itself. */
  call(queue: Place, action: string, input: unknown): Promise<LabResponse>;
  /** Tells what arrives in a queue, whoever sends it; ends with the function that is answered. */
  watch(queueArn: string, listener: (arrival: Arrival) => void): () => void;
  /** The queue that a request is about; `undefined` when it names none. */
  arnIn(request: LabRequest): string | undefined;
  /** To be called when something else than a request through the gateway may have changed a queue. */
  invalidate(): void;
  readonly overlay: ServiceOverlay;
}

type Call = (call: LabCall) => Promise<LabResponse>;

/** What changes a queue itself. What is only sent, received and deleted comes by the thousand. */
const CHANGING = /^(CreateQueue|DeleteQueue|SetQueueAttributes|AddPermission|RemovePermission)$/;

/** A call of SQS in its JSON protocol. */
export function sqsCall({ accountId, region }: Place, action: string, input: unknown): LabCall {
  return {
    service: 'sqs',
    accountId,
    region,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
    },
    body: JSON.stringify(input),
  };
}

/** What SQS said about a call that failed, for a log line or an error. */
export function problemIn({ status, body }: LabResponse): string {
  try {
    const { message, Message } = JSON.parse(body.toString()) as Record<string, string | undefined>;
    return message ?? Message ?? `SQS answered ${status}`;
  } catch {
    // An answer that is no JSON is a failure of moto itself; its text says most.
    return `SQS answered ${status}: ${body.toString().slice(0, 200)}`;
  }
}

/** `undefined` when there is no such queue. */
async function readQueue(call: Call, queueArn: string): Promise<LabQueue | undefined> {
  const { accountId, region, resource: name } = parseArn(queueArn);
  const place = { accountId, region };
  const url = `https://sqs.${region}.${urlSuffixOf(region)}/${accountId}/${name}`;
  const answer = await call(sqsCall(place, 'GetQueueAttributes', { QueueUrl: url, AttributeNames: ['All'] }));
  if (answer.status !== 200) {
    if (answer.body.includes('NonExistentQueue') || answer.body.includes('QueueDoesNotExist')) {
      return undefined;
    }
    throw new Error(`The attributes of ${queueArn} could not be read: ${problemIn(answer)}`);
  }
  const { Attributes = {} } = JSON.parse(answer.body.toString()) as {
    readonly Attributes?: Readonly<Record<string, string>>;
  };
  const { Policy, RedrivePolicy } = Attributes;
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy ?? '{}') as {
    readonly deadLetterTargetArn?: string;
  };
  return {
    ...place,
    arn: queueArn,
    url,
    name,
    fifo: Attributes.FifoQueue === 'true',
    contentBasedDeduplication: Attributes.ContentBasedDeduplication === 'true',
    visibilitySeconds: Number(Attributes.VisibilityTimeout ?? 30),
    delaySeconds: Number(Attributes.DelaySeconds ?? 0),
    ...(Policy ? { policy: Policy } : {}),
    ...(deadLetterTargetArn ? { redriveTarget: deadLetterTargetArn } : {}),
  };
}

/** A request names a queue by its URL; the request's Region and the URL's account say which one it is. */
function queueArnIn(request: LabRequest): string | undefined {
  // Clients of the older protocol may leave the URL's path to say it.
  const url = textAt(inputOf(request), 'QueueUrl') ?? request.path;
  const [accountId = '', name = ''] = url.split('/').slice(-2);
  return name === ''
    ? undefined
    : arnIn(
        {
          region: request.region,
          accountId: /^\d{12}$/.test(accountId) ? accountId : request.accountId,
        },
        'sqs',
        lastPart(name),
      );
}

/**
 * What a request through the gateway has left in a queue to be received, now or later.
 *
 * @param queue undefined where it is gone meanwhile.
 */
function arrivalsOf(
  request: LabRequest,
  response: LabResponse,
  queue: LabQueue | undefined,
): readonly Arrival[] {
  switch (actionOf(request)) {
    case 'SendMessage':
    case 'SendMessageBatch':
      return sentMessages(request).map((entry) => {
        const groupId = textAt(entry, 'MessageGroupId');
        const [own] = valuesAt(entry, 'DelaySeconds');
        return {
          delaySeconds: Number(own ?? queue?.delaySeconds ?? 0),
          ...(groupId === undefined ? {} : { groupId }),
        };
      });
    case 'ReceiveMessage':
      return response.body.includes('ReceiptHandle') ? [comesBack(request, queue)] : [];
    case 'ChangeMessageVisibility':
    case 'ChangeMessageVisibilityBatch':
      return [comesBack(request, queue)];
    default:
      return [];
  }
}

function sentMessages(request: LabRequest): readonly unknown[] {
  const input = inputOf(request);
  return actionOf(request) === 'SendMessage'
    ? [input]
    : [...valuesAt(input, 'Entries.*'), ...valuesAt(input, 'SendMessageBatchRequestEntry.*')];
}

/** Somebody else's message comes back when its time is up. */
function comesBack(request: LabRequest, queue: LabQueue | undefined): Arrival {
  const input = inputOf(request);
  const [own] = [
    ...valuesAt(input, 'VisibilityTimeout'),
    ...valuesAt(input, 'Entries.*.VisibilityTimeout'),
    ...valuesAt(input, 'ChangeMessageVisibilityBatchRequestEntry.*.VisibilityTimeout'),
  ]
    .map(Number)
    .sort((a, b) => a - b);
  return { delaySeconds: own ?? queue?.visibilitySeconds ?? 0 };
}

/** Who is told what arrives in which queue. */
class QueueWatchers {
  readonly #listeners = new Map<string, Set<(arrival: Arrival) => void>>();

  has(queueArn: string): boolean {
    return this.#listeners.has(queueArn);
  }

  /** @returns ends it. */
  add(queueArn: string, listener: (arrival: Arrival) => void): () => void {
    const listeners = this.#listeners.get(queueArn) ?? new Set();
    this.#listeners.set(queueArn, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        this.#listeners.delete(queueArn);
      }
    };
  }

  tell(queueArn: string, arrival: Arrival): void {
    for (const listener of this.#listeners.get(queueArn) ?? []) {
      listener(arrival);
    }
  }
}

/** The attributes of queues, read once until something changes them. */
class QueueCache {
  readonly #call: Call;
  readonly #cache = new Map<string, Promise<LabQueue | undefined>>();

  constructor(call: Call) {
    this.#call = call;
  }

  find(queueArn: string): Promise<LabQueue | undefined> {
    let found = this.#cache.get(queueArn);
    if (found === undefined) {
      found = readQueue(this.#call, queueArn);
      this.#cache.set(queueArn, found);
      // Neither a failure nor an absence is kept.
      found.then(
        (queue) => queue ?? this.#cache.delete(queueArn),
        () => this.#cache.delete(queueArn),
      );
    }
    return found;
  }

  forget(queueArn: string): void {
    this.#cache.delete(queueArn);
  }

  clear(): void {
    this.#cache.clear();
  }
}

/** The queues that moto holds: looked up once, sent to, and watched for what arrives. */
export function createQueues({ call }: { readonly call: Call }): Queues {
  const cache = new QueueCache(call);
  const watchers = new QueueWatchers();
  const callQueue = (queue: Place, action: string, input: unknown) => call(sqsCall(queue, action, input));
  const sender = createQueueSender({ call: callQueue, problemIn });

  return {
    find: (queueArn) => cache.find(queueArn),
    async send(queueArn, body, { groupId, attributes = {} } = {}) {
      const queue = await cache.find(queueArn);
      if (queue === undefined) {
        throw new Error(`There is no queue ${queueArn}; the message is not sent.`);
      }
      try {
        await sender.send(queue, {
          MessageBody: body,
          ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, value]) => [
              name,
              { DataType: 'String', StringValue: value },
            ]),
          ),
        });
      } catch (error) {
        // Whatever was read of it may be old.
        cache.forget(queueArn);
        throw new Error(`${queueArn} did not take a message: ${messageOf(error)}`);
      }
      watchers.tell(queueArn, {
        delaySeconds: queue.delaySeconds,
        ...(groupId === undefined ? {} : { groupId }),
      });
    },
    call: callQueue,
    watch: (queueArn, listener) => watchers.add(queueArn, listener),
    arnIn: queueArnIn,
    invalidate: () => cache.clear(),
    overlay: {
      async handle(request, forward) {
        const response = await forward(request);
        if (CHANGING.test(actionOf(request))) {
          cache.clear();
        }
        const queueArn = response.status === 200 ? queueArnIn(request) : undefined;
        if (queueArn !== undefined && watchers.has(queueArn)) {
          for (const arrival of arrivalsOf(request, response, await cache.find(queueArn))) {
            watchers.tell(queueArn, arrival);
          }
        }
        return response;
      },
    },
  };
}
