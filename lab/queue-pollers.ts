import type { EventSourceMapping } from './event-source-mapping.ts';
import { QueueMessages } from './queue-messages.ts';
import { DEFAULT_REDELIVERY_MS, QueuePoller, type QueuePollerOptions } from './queue-poller.ts';
import type { RoleCalls } from './role-calls.ts';
import { BadRequest } from './router.ts';
import type { LabRoute } from './types.ts';

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

export interface QueuePollersOptions
  extends Omit<QueuePollerOptions, 'messages' | 'redeliveryMs' | 'redriven' | 'isStopped'> {
  readonly roleCalls: RoleCalls;
}

/** What can be changed while the lab runs. */
interface Settings {
  /** How long failed messages stay invisible. `visibility`: until SQS shows them again, as on AWS. */
  redeliveryMs: number | 'visibility';
}

/** @throws {BadRequest} naming what is wrong. */
function readSettings(body: unknown): Settings {
  const { redeliveryMs, ...others } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new BadRequest(`Unknown setting ${unknown}. There is redeliveryMs.`);
  }
  if (redeliveryMs === 'visibility') {
    return { redeliveryMs };
  }
  if (!Number.isSafeInteger(redeliveryMs) || Number(redeliveryMs) < 0) {
    throw new BadRequest('redeliveryMs must be a whole number from 0 on, or visibility.');
  }
  return { redeliveryMs: Number(redeliveryMs) };
}

export function createQueuePollers(options: QueuePollersOptions): QueuePollers {
  const settings: Settings = { redeliveryMs: DEFAULT_REDELIVERY_MS };
  const pollers = new Map<string, QueuePoller>();
  let stopped = false;
  const ofQueue = (queueArn: string) =>
    [...pollers.values()].filter((poller) => poller.queueArn === queueArn);
  const pollerOptions: QueuePollerOptions = {
    ...options,
    messages: new QueueMessages(options),
    redeliveryMs: () => (settings.redeliveryMs === 'visibility' ? undefined : settings.redeliveryMs),
    redriven(queueArn) {
      // It may have a mapping of its own.
      for (const poller of ofQueue(queueArn)) {
        poller.lookAgain();
      }
    },
    isStopped: () => stopped,
  };

  return {
    set(mapping) {
      const known = pollers.get(mapping.uuid);
      if (known === undefined) {
        pollers.set(mapping.uuid, new QueuePoller(mapping, pollerOptions));
      } else {
        known.set(mapping);
      }
    },
    remove({ uuid }) {
      pollers.get(uuid)?.end();
      pollers.delete(uuid);
    },
    resume() {
      for (const poller of pollers.values()) {
        poller.lookAgain();
      }
    },
    ageOfOldest(queueArn) {
      const found = ofQueue(queueArn);
      return found.length === 0
        ? undefined
        : Math.max(0, ...found.map((poller) => poller.ageOfOldest() ?? 0));
    },
    routes: [
      { method: 'GET', path: '/_lab/queues', handle: () => settings },
      {
        method: 'POST',
        path: '/_lab/queues',
        handle: ({ body }) => Object.assign(settings, readSettings(body)),
      },
    ],
    stop() {
      stopped = true;
      for (const poller of pollers.values()) {
        poller.end();
      }
      pollers.clear();
    },
  };
}
