import type { Activity } from './activity.ts';
import { messageOf } from './errors.ts';
import type { EventSourceMapping } from './event-source-mappings.ts';
import type { Faults } from './faults.ts';
import type { FinishedInvocation } from './lambda.ts';
import type { FunctionRegistry, LabFunction } from './lambda-functions.ts';
import type { MetricStore } from './metrics.ts';
import { agedBy, failedOf, queueEvent, type ReceivedMessage } from './queue-records.ts';
import { type Arrival, type LabQueue, problemIn, type Queues, sqsCall } from './queues.ts';
import type { RoleCalls } from './role-calls.ts';
import { BadRequest } from './router.ts';
import type { LabClock, LabLog, LabRoute } from './types.ts';

/** Polls the queues of event source mappings, as Lambda does: in the role of the function. */
export interface QueuePollers {
  /** Begins to poll, or goes on with another configuration. */
  set(mapping: EventSourceMapping): void;
  /** What is under way comes to its end. */
  remove(mapping: EventSourceMapping): void;
  /** Looks again at queues that could not be polled: a function, a role or a queue may have changed. */
  resume(): void;
  /** Seconds since the oldest message of a queue with a mapping was sent; `undefined` without a mapping. */
  ageOfOldest(queueArn: string): number | undefined;
  readonly routes: readonly LabRoute[];
  stop(): void;
}

export interface QueuePollersOptions {
  readonly queues: Queues;
  readonly functions: FunctionRegistry;
  readonly roleCalls: RoleCalls;
  /** Runs a function once and waits for its result. */
  invoke(fn: LabFunction, payload: string): Promise<FinishedInvocation>;
  readonly faults: Pick<Faults, 'nextOfPoller'>;
  readonly metrics: MetricStore;
  readonly activity: Activity;
  readonly clock: LabClock;
  readonly log: LabLog;
}

/** What can be changed while the lab runs. */
interface Settings {
  /** How long failed messages stay invisible. `visibility`: until SQS shows them again, as on AWS. */
  redeliveryMs: number | 'visibility';
}

interface Poller {
  mapping: EventSourceMapping;
  receiving: boolean;
  /** Batches whose invocation, deletion or pause is not over. */
  readonly batches: Set<Batch>;
  /** Message groups that may have messages to receive. */
  readonly groups: Set<string>;
  /** Whether there may be messages of no group, or of groups that nobody has named. */
  others: boolean;
  /** Milliseconds of the lab's clock since when messages have been waiting; `undefined` when none are. */
  waitingSince: number | undefined;
  /** For messages that are not visible yet. */
  readonly timers: Set<NodeJS.Timeout>;
  readonly unwatch: () => void;
  /** By message: milliseconds that are taken to have passed because a hold lasted longer than the visibility timeout. */
  readonly delayedFor: Map<string, number>;
  removed: boolean;
}

interface Batch {
  /** Nobody receives messages of these meanwhile; empty for a standard queue, and when the receive has expired. */
  groups: ReadonlySet<string>;
  /** Milliseconds of the lab's clock when its oldest message was sent. */
  readonly oldest: number;
}

/** The most that SQS takes and gives in one call. */
const MESSAGES_PER_CALL = 10;

/** Invocations at once of a mapping without a ScalingConfig: as many as the lab runs of one function. */
const CONCURRENCY = 5;

/** Then the queue is left alone until something arrives or changes. */
const RECEIVE_ATTEMPTS = 5;
const DELETE_ATTEMPTS = 3;

const DEFAULT_REDELIVERY_MS = 100;

const AGE_OF_OLDEST = 'ApproximateAgeOfOldestMessage';

/** Thrown when SQS refuses what a poller asks; says what and of which queue. */
class PollingFailure extends Error {
  override readonly name = 'PollingFailure';
}

/** By the global timer, which tests can simulate. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function sentAt({ Attributes }: ReceivedMessage): number {
  return Number(Attributes?.SentTimestamp ?? Date.now());
}

export function createQueuePollers(options: QueuePollersOptions): QueuePollers {
  const { queues, functions, roleCalls, invoke, faults, metrics, activity, clock, log } = options;
  const settings: Settings = { redeliveryMs: DEFAULT_REDELIVERY_MS };
  const pollers = new Map<string, Poller>();
  let stopped = false;

  const now = () => clock.now().getTime();
  const secondsSince = (time: number) => Math.max(0, Math.round((now() - time) / 1000));
  const redelivery = () => (settings.redeliveryMs === 'visibility' ? undefined : settings.redeliveryMs);

  function busyGroups({ batches }: Poller): ReadonlySet<string> {
    return new Set([...batches].flatMap(({ groups }) => [...groups]));
  }

  /** The groups that are worth a receive: of those whose batch is not done SQS gives nothing. */
  function askable(poller: Poller): readonly string[] {
    const busy = busyGroups(poller);
    return [...poller.groups].filter((group) => !busy.has(group));
  }

  function mayReceive(poller: Poller): boolean {
    const { mapping, batches, others, removed } = poller;
    return (
      !stopped &&
      !removed &&
      mapping.enabled &&
      batches.size < (mapping.maximumConcurrency ?? CONCURRENCY) &&
      (others || askable(poller).length > 0)
    );
  }

  function wake(poller: Poller): void {
    if (poller.receiving || !mayReceive(poller)) {
      return;
    }
    poller.receiving = true;
    activity
      .track(() => receiveAll(poller))
      .catch((error: unknown) => {
        if (!stopped && !poller.removed) {
          const { queueArn, functionArn } = poller.mapping;
          log('a queue is not polled until something arrives in it or the stack changes', {
            queue: queueArn,
            function: functionArn,
            error: messageOf(error),
          });
        }
      })
      .finally(() => {
        poller.receiving = false;
        // Something may have arrived since it looked last.
        wake(poller);
      });
  }

  function lookAgain(poller: Poller): void {
    poller.others = true;
    wake(poller);
  }

  function arrived(poller: Poller, { groupId, delaySeconds }: Arrival): void {
    if (delaySeconds > 0) {
      const timer = setTimeout(() => {
        poller.timers.delete(timer);
        arrived(poller, { delaySeconds: 0, ...(groupId === undefined ? {} : { groupId }) });
      }, delaySeconds * 1000);
      timer.unref();
      poller.timers.add(timer);
      return;
    }
    if (groupId === undefined) {
      poller.others = true;
    } else {
      poller.groups.add(groupId);
    }
    poller.waitingSince ??= now();
    wake(poller);
  }

  /** Receives for as long as something may be there, and starts an invocation for each batch. */
  async function receiveAll(poller: Poller): Promise<void> {
    while (mayReceive(poller)) {
      const asked = askable(poller);
      const { others } = poller;
      poller.others = false;
      for (const group of asked) {
        poller.groups.delete(group);
      }
      const received = await receiveBatch(poller);
      const { queue, messages } = received;
      if (others) {
        // What nobody named may belong to a group that is at work.
        for (const group of busyGroups(poller)) {
          poller.groups.add(group);
        }
      }
      if (queue.redriveTarget !== undefined) {
        noticeRedrive(queue.redriveTarget);
      }
      const groups = queue.fifo ? messages.flatMap(({ Attributes }) => Attributes?.MessageGroupId ?? []) : [];
      if (messages.length >= poller.mapping.batchSize) {
        // Behind a full batch there may be more.
        poller.others ||= others || !queue.fifo;
        for (const group of [...asked, ...groups]) {
          poller.groups.add(group);
        }
      }
      // SQS does not know of the lab's clock, which may have moved ahead since the message came.
      const sent = messages.map((message) => sentAt(message) + clock.aheadMs());
      const oldest = Math.min(...sent, poller.waitingSince ?? Number.POSITIVE_INFINITY);
      poller.waitingSince =
        poller.others || poller.groups.size > 0 ? Math.max(...sent, 0) || now() : undefined;
      if (messages.length > 0) {
        start(poller, { groups: new Set(groups), oldest }, received);
      }
    }
  }

  function start(poller: Poller, batch: Batch, received: Received): void {
    const { queue, messages } = received;
    metrics.add({
      accountId: queue.accountId,
      region: queue.region,
      namespace: 'AWS/SQS',
      name: AGE_OF_OLDEST,
      dimensions: { QueueName: queue.name },
      value: secondsSince(batch.oldest),
      unit: 'Seconds',
    });
    poller.batches.add(batch);
    activity
      .track(() => work(poller, batch, received))
      .catch((error: unknown) => {
        if (!stopped) {
          log('messages of a queue stay invisible until its visibility timeout is over', {
            queue: queue.arn,
            messages: messages.map(({ MessageId }) => MessageId),
            error: messageOf(error),
          });
        }
      })
      .finally(() => {
        poller.batches.delete(batch);
        wake(poller);
      });
  }

  /** A receive may have moved messages to the dead-letter queue, and that may have a mapping of its own. */
  function noticeRedrive(queueArn: string): void {
    for (const poller of pollers.values()) {
      if (poller.mapping.queueArn === queueArn) {
        lookAgain(poller);
      }
    }
  }

  interface Received {
    readonly fn: LabFunction;
    readonly queue: LabQueue;
    readonly messages: readonly ReceivedMessage[];
  }

  async function receiveBatch(poller: Poller): Promise<Received> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await receiveOnce(poller.mapping);
      } catch (error) {
        if (attempt >= RECEIVE_ATTEMPTS || stopped || poller.removed) {
          throw error;
        }
        await sleep(redelivery() ?? DEFAULT_REDELIVERY_MS);
      }
    }
  }

  async function receiveOnce(mapping: EventSourceMapping): Promise<Received> {
    const [fn, queue] = await Promise.all([
      functions.find(mapping.functionArn, mapping),
      queues.find(mapping.queueArn),
    ]);
    if (fn === undefined || queue === undefined) {
      throw new PollingFailure(
        `There is no ${fn === undefined ? mapping.functionArn : mapping.queueArn}; its event source mapping ${mapping.uuid} stays.`,
      );
    }
    const messages: ReceivedMessage[] = [];
    for (let most = MESSAGES_PER_CALL; messages.length < mapping.batchSize && most === MESSAGES_PER_CALL; ) {
      const wanted = Math.min(MESSAGES_PER_CALL, mapping.batchSize - messages.length);
      const answer = await roleCalls.send(
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
    return { fn, queue, messages };
  }

  /**
   * While Lambda is throttled its poller holds what it received, and the visibility timeout runs. What is held for longer comes
   * into sight for the next receive, and the function is invoked with it nevertheless.
   */
  async function delayWhileThrottled(poller: Poller, batch: Batch, received: Received): Promise<void> {
    const { fn, queue, messages } = received;
    let delay = faults.nextOfPoller(fn.arn);
    while (delay?.receive === 'holds') {
      await sleep(delay.delayMs);
      delay = faults.nextOfPoller(fn.arn);
    }
    if (delay !== undefined) {
      await giveBack(queue, messages);
      for (const { MessageId } of messages) {
        poller.delayedFor.set(
          MessageId,
          (poller.delayedFor.get(MessageId) ?? 0) + queue.visibilitySeconds * 1000,
        );
      }
      batch.groups = new Set();
      comesAgain(poller, batch, received, messages);
      wake(poller);
      await sleep(delay.delayMs);
    }
  }

  /** Invokes the function with a batch, deletes what went well and gives back what did not. */
  async function work(poller: Poller, batch: Batch, received: Received): Promise<void> {
    const { mapping } = poller;
    const { fn, queue, messages } = received;
    await delayWhileThrottled(poller, batch, received);
    const aged = messages.map((message) => agedBy(message, poller.delayedFor.get(message.MessageId) ?? 0));
    const { outcome, payload } = await invoke(fn, JSON.stringify(queueEvent(mapping, aged, clock.aheadMs())));
    const failed =
      outcome !== 'success' ? messages : mapping.reportsFailures ? failedOf(messages, payload) : [];
    const kept = await deleteAll(
      fn,
      queue,
      messages.filter((message) => !failed.includes(message)),
    );
    const back = messages.filter((message) => failed.includes(message) || kept.includes(message));
    for (const { MessageId } of messages.filter((message) => !back.includes(message))) {
      poller.delayedFor.delete(MessageId);
    }
    if (back.length === 0) {
      return;
    }
    const wait = redelivery();
    if (wait === undefined) {
      // Sooner, where the function shortens it: that is told as any call is.
      arrived(poller, { delaySeconds: queue.visibilitySeconds });
    } else {
      await sleep(wait);
      await giveBack(queue, back);
      comesAgain(poller, batch, received, back);
    }
  }

  /** Messages of a batch can be received again. */
  function comesAgain(
    poller: Poller,
    { oldest }: Batch,
    { queue }: Received,
    messages: readonly ReceivedMessage[],
  ): void {
    poller.waitingSince = Math.min(oldest, poller.waitingSince ?? Number.POSITIVE_INFINITY);
    poller.others ||= !queue.fifo;
    for (const { Attributes } of messages) {
      if (Attributes?.MessageGroupId !== undefined) {
        poller.groups.add(Attributes.MessageGroupId);
      }
    }
  }

  /** @returns the messages that are still there. */
  async function deleteAll(
    fn: LabFunction,
    queue: LabQueue,
    messages: readonly ReceivedMessage[],
  ): Promise<readonly ReceivedMessage[]> {
    const refused: ReceivedMessage[] = [];
    let left = messages;
    let problem = '';
    for (let attempt = 1; left.length > 0 && attempt <= DELETE_ATTEMPTS; attempt++) {
      const still: ReceivedMessage[] = [];
      for (const chunk of chunks(left, MESSAGES_PER_CALL)) {
        try {
          const reasons = await deleteSome(fn, queue, chunk);
          problem = [...reasons.values()][0] ?? problem;
          refused.push(...chunk.filter((message) => reasons.has(message)));
        } catch (error) {
          problem = messageOf(error);
          still.push(...chunk);
        }
      }
      left = still;
    }
    const kept = [...refused, ...left];
    if (kept.length > 0 && !stopped) {
      log('messages were handled and could not be deleted; they come again', {
        queue: queue.arn,
        messages: kept.map(({ MessageId }) => MessageId),
        error: problem,
      });
    }
    return kept;
  }

  /**
   * @returns what SQS will not delete however often it is asked, with why.
   * @throws {PollingFailure} when the call fails.
   */
  async function deleteSome(
    fn: LabFunction,
    queue: LabQueue,
    messages: readonly ReceivedMessage[],
  ): Promise<ReadonlyMap<ReceivedMessage, string>> {
    const answer = await roleCalls.send(
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

  /** Stands for the end of the visibility timeout, so nobody's permission is asked. */
  async function giveBack(queue: LabQueue, messages: readonly ReceivedMessage[]): Promise<void> {
    for (const chunk of chunks(messages, MESSAGES_PER_CALL)) {
      const answer = await queues.call(queue, 'ChangeMessageVisibilityBatch', {
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

  function change(body: unknown): Settings {
    const { redeliveryMs, ...others } = (typeof body === 'object' && body !== null ? body : {}) as Record<
      string,
      unknown
    >;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      throw new BadRequest(`Unknown setting ${unknown}. There is redeliveryMs.`);
    }
    if (redeliveryMs === 'visibility') {
      return Object.assign(settings, { redeliveryMs });
    }
    if (!Number.isSafeInteger(redeliveryMs) || Number(redeliveryMs) < 0) {
      throw new BadRequest('redeliveryMs must be a whole number from 0 on, or visibility.');
    }
    return Object.assign(settings, { redeliveryMs: Number(redeliveryMs) });
  }

  function end(poller: Poller): void {
    poller.removed = true;
    poller.unwatch();
    for (const timer of poller.timers) {
      clearTimeout(timer);
    }
  }

  return {
    set(mapping) {
      const known = pollers.get(mapping.uuid);
      if (known !== undefined) {
        known.mapping = mapping;
        lookAgain(known);
        return;
      }
      const poller: Poller = {
        mapping,
        receiving: false,
        batches: new Set(),
        groups: new Set(),
        others: true,
        waitingSince: undefined,
        timers: new Set(),
        unwatch: queues.watch(mapping.queueArn, (arrival) => arrived(poller, arrival)),
        delayedFor: new Map(),
        removed: false,
      };
      pollers.set(mapping.uuid, poller);
      wake(poller);
    },
    remove({ uuid }) {
      const poller = pollers.get(uuid);
      if (poller !== undefined) {
        pollers.delete(uuid);
        end(poller);
      }
    },
    resume() {
      for (const poller of pollers.values()) {
        lookAgain(poller);
      }
    },
    ageOfOldest(queueArn) {
      const ofQueue = [...pollers.values()].filter(({ mapping }) => mapping.queueArn === queueArn);
      if (ofQueue.length === 0) {
        return undefined;
      }
      const since = ofQueue.flatMap(({ batches, waitingSince }) => [
        ...[...batches].map(({ oldest }) => oldest),
        ...(waitingSince === undefined ? [] : [waitingSince]),
      ]);
      return since.length === 0 ? 0 : secondsSince(Math.min(...since));
    },
    routes: [
      { method: 'GET', path: '/_lab/queues', handle: () => settings },
      { method: 'POST', path: '/_lab/queues', handle: ({ body }) => change(body) },
    ],
    stop() {
      stopped = true;
      for (const poller of pollers.values()) {
        end(poller);
      }
      pollers.clear();
    },
  };
}
