import type { Activity } from './activity.ts';
import { messageOf } from './errors.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { Faults } from './faults.ts';
import type { FunctionRegistry, LabFunction } from './lambda-functions.ts';
import type { FinishedInvocation } from './lambda-invocations.ts';
import type { MetricStore } from './metrics.ts';
import { PollingFailure, type QueueMessages } from './queue-messages.ts';
import { agedBy, failedOf, queueEvent, type ReceivedMessage } from './queue-records.ts';
import type { Arrival, LabQueue, Queues } from './queues.ts';
import type { LabClock, LabLog } from './types.ts';

export interface QueuePollerOptions {
  readonly queues: Queues;
  readonly functions: FunctionRegistry;
  readonly messages: QueueMessages;
  /** Runs a function once and waits for its result. */
  invoke(fn: LabFunction, payload: string): Promise<FinishedInvocation>;
  readonly faults: Pick<Faults, 'nextOfPoller'>;
  readonly metrics: MetricStore;
  readonly activity: Activity;
  readonly clock: LabClock;
  readonly log: LabLog;
  /** How long failed messages stay invisible; `undefined`: until SQS shows them again. */
  redeliveryMs(): number | undefined;
  /** A receive may have moved messages to this dead-letter queue. */
  redriven(queueArn: string): void;
  /** Whether the lab has stopped: then nothing that fails is told any more. */
  isStopped(): boolean;
}

interface Batch {
  /** Nobody receives messages of these meanwhile; empty for a standard queue, and when the receive has expired. */
  groups: ReadonlySet<string>;
  /** Milliseconds of the lab's clock when its oldest message was sent. */
  readonly oldest: number;
}

interface Received {
  readonly fn: LabFunction;
  readonly queue: LabQueue;
  readonly messages: readonly ReceivedMessage[];
}

/** Invocations at once of a mapping without a ScalingConfig: as many as the lab runs of one function. */
const CONCURRENCY = 5;

/** Then the queue is left alone until something arrives or changes. */
const RECEIVE_ATTEMPTS = 5;

/** How long failed messages stay invisible, in milliseconds, unless the lab is told otherwise. */
export const DEFAULT_REDELIVERY_MS = 100;

const AGE_OF_OLDEST = 'ApproximateAgeOfOldestMessage';

/** By the global timer, which tests can simulate. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function sentAt({ Attributes }: ReceivedMessage): number {
  return Number(Attributes?.SentTimestamp ?? Date.now());
}

/** @param time milliseconds of the lab's clock. */
function secondsSince(time: number, clock: LabClock): number {
  return Math.max(0, Math.round((clock.now().getTime() - time) / 1000));
}

/** Polls the queue of one event source mapping. */
export class QueuePoller {
  readonly #options: QueuePollerOptions;
  readonly #unwatch: () => void;
  #mapping: EventSourceMapping;
  #receiving = false;
  /** Batches whose invocation, deletion or pause is not over. */
  readonly #batches = new Set<Batch>();
  /** Message groups that may have messages to receive. */
  readonly #groups = new Set<string>();
  /** Whether there may be messages of no group, or of groups that nobody has named. */
  #others = true;
  /** Milliseconds of the lab's clock since when messages have been waiting; `undefined` when none are. */
  #waitingSince: number | undefined;
  /** For messages that are not visible yet. */
  readonly #timers = new Set<NodeJS.Timeout>();
  /** By message: milliseconds that are taken to have passed because a hold lasted longer than the visibility timeout. */
  readonly #delayedFor = new Map<string, number>();
  #removed = false;

  constructor(mapping: EventSourceMapping, options: QueuePollerOptions) {
    this.#mapping = mapping;
    this.#options = options;
    this.#unwatch = options.queues.watch(mapping.queueArn, (arrival) => this.#arrived(arrival));
    this.#wake();
  }

  get queueArn(): string {
    return this.#mapping.queueArn;
  }

  /** Goes on with another configuration. */
  set(mapping: EventSourceMapping): void {
    this.#mapping = mapping;
    this.lookAgain();
  }

  lookAgain(): void {
    this.#others = true;
    this.#wake();
  }

  /** Seconds since the oldest message was sent that waits or is at work; `undefined` where there is none. */
  ageOfOldest(): number | undefined {
    const since = [...this.#batches].map(({ oldest }) => oldest);
    if (this.#waitingSince !== undefined) {
      since.push(this.#waitingSince);
    }
    return since.length === 0 ? undefined : secondsSince(Math.min(...since), this.#options.clock);
  }

  /** What is under way comes to its end. */
  end(): void {
    this.#removed = true;
    this.#unwatch();
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  #busyGroups(): ReadonlySet<string> {
    return new Set([...this.#batches].flatMap(({ groups }) => [...groups]));
  }

  /** The groups that are worth a receive: of those whose batch is not done SQS gives nothing. */
  #askable(): readonly string[] {
    const busy = this.#busyGroups();
    return [...this.#groups].filter((group) => !busy.has(group));
  }

  #mayReceive(): boolean {
    const { enabled, maximumConcurrency = CONCURRENCY } = this.#mapping;
    return (
      !this.#options.isStopped() &&
      !this.#removed &&
      enabled &&
      this.#batches.size < maximumConcurrency &&
      (this.#others || this.#askable().length > 0)
    );
  }

  #wake(): void {
    if (this.#receiving || !this.#mayReceive()) {
      return;
    }
    this.#receiving = true;
    this.#options.activity
      .track(() => this.#receiveAll())
      .catch((error: unknown) => {
        if (!this.#options.isStopped() && !this.#removed) {
          const { queueArn, functionArn } = this.#mapping;
          this.#options.log('a queue is not polled until something arrives in it or the stack changes', {
            queue: queueArn,
            function: functionArn,
            error: messageOf(error),
          });
        }
      })
      .finally(() => {
        this.#receiving = false;
        // Something may have arrived since it looked last.
        this.#wake();
      });
  }

  #arrived({ groupId, delaySeconds }: Arrival): void {
    if (delaySeconds > 0) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#arrived({ delaySeconds: 0, ...(groupId === undefined ? {} : { groupId }) });
      }, delaySeconds * 1000);
      timer.unref();
      this.#timers.add(timer);
      return;
    }
    if (groupId === undefined) {
      this.#others = true;
    } else {
      this.#groups.add(groupId);
    }
    this.#waitingSince ??= this.#now();
    this.#wake();
  }

  /** Receives for as long as something may be there, and starts an invocation for each batch. */
  async #receiveAll(): Promise<void> {
    while (this.#mayReceive()) {
      const asked = this.#askable();
      const others = this.#others;
      this.#others = false;
      for (const group of asked) {
        this.#groups.delete(group);
      }
      const received = await this.#receiveBatch();
      const { queue, messages } = received;
      if (others) {
        // What nobody named may belong to a group that is at work.
        for (const group of this.#busyGroups()) {
          this.#groups.add(group);
        }
      }
      if (queue.redriveTarget !== undefined) {
        this.#options.redriven(queue.redriveTarget);
      }
      const groups = queue.fifo ? messages.flatMap(({ Attributes }) => Attributes?.MessageGroupId ?? []) : [];
      if (messages.length >= this.#mapping.batchSize) {
        // Behind a full batch there may be more.
        this.#others ||= others || !queue.fifo;
        for (const group of [...asked, ...groups]) {
          this.#groups.add(group);
        }
      }
      // SQS does not know of the lab's clock, which may have moved ahead since the message came.
      const sent = messages.map((message) => sentAt(message) + this.#options.clock.aheadMs());
      const oldest = Math.min(...sent, this.#waitingSince ?? Number.POSITIVE_INFINITY);
      this.#waitingSince =
        this.#others || this.#groups.size > 0 ? Math.max(...sent, 0) || this.#now() : undefined;
      if (messages.length > 0) {
        this.#start({ groups: new Set(groups), oldest }, received);
      }
    }
  }

  #start(batch: Batch, received: Received): void {
    const { queue, messages } = received;
    this.#options.metrics.add({
      accountId: queue.accountId,
      region: queue.region,
      namespace: 'AWS/SQS',
      name: AGE_OF_OLDEST,
      dimensions: { QueueName: queue.name },
      value: secondsSince(batch.oldest, this.#options.clock),
      unit: 'Seconds',
    });
    this.#batches.add(batch);
    this.#options.activity
      .track(() => this.#work(batch, received))
      .catch((error: unknown) => {
        if (!this.#options.isStopped()) {
          this.#options.log('messages of a queue stay invisible until its visibility timeout is over', {
            queue: queue.arn,
            messages: messages.map(({ MessageId }) => MessageId),
            error: messageOf(error),
          });
        }
      })
      .finally(() => {
        this.#batches.delete(batch);
        this.#wake();
      });
  }

  async #receiveBatch(): Promise<Received> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#receiveOnce(this.#mapping);
      } catch (error) {
        if (attempt >= RECEIVE_ATTEMPTS || this.#options.isStopped() || this.#removed) {
          throw error;
        }
        await sleep(this.#options.redeliveryMs() ?? DEFAULT_REDELIVERY_MS);
      }
    }
  }

  async #receiveOnce(mapping: EventSourceMapping): Promise<Received> {
    const [fn, queue] = await Promise.all([
      this.#options.functions.find(mapping.functionArn, mapping),
      this.#options.queues.find(mapping.queueArn),
    ]);
    if (fn === undefined || queue === undefined) {
      throw new PollingFailure(
        `There is no ${fn === undefined ? mapping.functionArn : mapping.queueArn}; its event source mapping ${mapping.uuid} stays.`,
      );
    }
    return { fn, queue, messages: await this.#options.messages.receive(fn, queue, mapping.batchSize) };
  }

  /**
   * While Lambda is throttled its poller holds what it received, and the visibility timeout runs. What is held for longer comes
   * into sight for the next receive, and the function is invoked with it nevertheless.
   */
  async #delayWhileThrottled(batch: Batch, received: Received): Promise<void> {
    const { fn, queue, messages } = received;
    let delay = this.#options.faults.nextOfPoller(fn.arn);
    while (delay?.receive === 'holds') {
      await sleep(delay.delayMs);
      delay = this.#options.faults.nextOfPoller(fn.arn);
    }
    if (delay !== undefined) {
      await this.#options.messages.giveBack(queue, messages);
      for (const { MessageId } of messages) {
        this.#delayedFor.set(
          MessageId,
          (this.#delayedFor.get(MessageId) ?? 0) + queue.visibilitySeconds * 1000,
        );
      }
      batch.groups = new Set();
      this.#comesAgain(batch, received, messages);
      this.#wake();
      await sleep(delay.delayMs);
    }
  }

  /** Invokes the function with a batch, deletes what went well and gives back what did not. */
  async #work(batch: Batch, received: Received): Promise<void> {
    const { invoke, clock, redeliveryMs } = this.#options;
    const mapping = this.#mapping;
    const { fn, queue, messages } = received;
    await this.#delayWhileThrottled(batch, received);
    const aged = messages.map((message) => agedBy(message, this.#delayedFor.get(message.MessageId) ?? 0));
    const event = queueEvent(mapping, aged, clock.aheadMs());
    const { outcome, payload } = await invoke(fn, JSON.stringify(event));
    const failed =
      outcome !== 'success' ? messages : mapping.reportsFailures ? failedOf(messages, payload) : [];
    const handled = messages.filter((message) => !failed.includes(message));
    const kept = await this.#delete(received, handled);
    const back = messages.filter((message) => failed.includes(message) || kept.includes(message));
    for (const { MessageId } of messages.filter((message) => !back.includes(message))) {
      this.#delayedFor.delete(MessageId);
    }
    if (back.length === 0) {
      return;
    }
    const wait = redeliveryMs();
    if (wait === undefined) {
      // Sooner, where the function shortens it: that is told as any call is.
      this.#arrived({ delaySeconds: queue.visibilitySeconds });
    } else {
      await sleep(wait);
      await this.#options.messages.giveBack(queue, back);
      this.#comesAgain(batch, received, back);
    }
  }

  /** @returns the messages that are still there. */
  async #delete(
    { fn, queue }: Received,
    handled: readonly ReceivedMessage[],
  ): Promise<readonly ReceivedMessage[]> {
    const { messages, isStopped, log } = this.#options;
    const { kept, problem } = await messages.delete(fn, queue, handled);
    if (kept.length > 0 && !isStopped()) {
      log('messages were handled and could not be deleted; they come again', {
        queue: queue.arn,
        messages: kept.map(({ MessageId }) => MessageId),
        error: problem,
      });
    }
    return kept;
  }

  /** Messages of a batch can be received again. */
  #comesAgain({ oldest }: Batch, { queue }: Received, messages: readonly ReceivedMessage[]): void {
    this.#waitingSince = Math.min(oldest, this.#waitingSince ?? Number.POSITIVE_INFINITY);
    this.#others ||= !queue.fifo;
    for (const { Attributes } of messages) {
      if (Attributes?.MessageGroupId !== undefined) {
        this.#groups.add(Attributes.MessageGroupId);
      }
    }
  }
}
