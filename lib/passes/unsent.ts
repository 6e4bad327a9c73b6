import { unreadableNotification } from '../messages/unreadable.ts';
import { fieldsOf, jsonIn } from '../model/json.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { Notification } from '../model/notification.ts';
import type { Topic } from '../ports/outbox.ts';
import type { TellDependencies } from './tell-dependencies.ts';

/**
 * Messages that could not be sent. What they tell is mostly mended by the time of the next pass, which so finds nothing to
 * tell: they are remembered word for word, and sent by a later pass.
 */
const PREFIX = 'unsent ';

/** Older news is none. Seconds. */
const KEPT_SECONDS = 7 * 24 * 60 * 60;

/** More are not kept: each pass reads them, and a topic that takes none for long is a matter of alarms. */
const MAX_KEPT = 20;

/** Thrown in place of the error of a message that was kept. */
export class KeptForLater extends Error {
  override readonly name = 'KeptForLater';
}

/** The topic, which keeps what it could not send, and fails all the same. Observing, nothing may be kept. */
export function keepingTopic(
  { topic, memory, policy, now }: Pick<TellDependencies, 'topic' | 'memory' | 'policy' | 'now'>,
  region: string,
  { notes }: Pick<RegionMemory, 'notes'>,
): Topic {
  let kept = [...notes.keys()].filter((key) => key.startsWith(PREFIX)).length;
  return {
    async notify(notification) {
      try {
        await topic.notify(notification);
      } catch (error) {
        if (policy.mode === 'observe' || kept >= MAX_KEPT) {
          throw error;
        }
        kept += 1;
        await memory.update(region, [noteOf(notification, kept, now())]);
        throw new KeptForLater(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
  };
}

function noteOf(notification: Notification, index: number, now: Date): MemoryUpdate {
  const at = Math.floor(now.getTime() / 1000);
  return {
    kind: 'note',
    key: `${PREFIX}${now.toISOString()} ${index}`,
    value: JSON.stringify(notification),
    at,
    expiresAt: at + KEPT_SECONDS,
  };
}

/** When it was kept, as its key says. */
function keptSince(key: string): Pick<Notification, 'keptSince'> {
  const [time = ''] = key.slice(PREFIX.length).split(' ');
  const at = Date.parse(time);
  return Number.isNaN(at) ? {} : { keptSince: at };
}

function isMessage(kept: unknown): kept is Omit<Notification, 'severity'> {
  const { subject, message } = fieldsOf(kept);
  return typeof subject === 'string' && typeof message === 'string';
}

/** What nobody can read would end each pass until it is forgotten, and what it tells is not known: people are told that. */
function keptMessage(value: string, region: string): Notification {
  const kept = jsonIn(value);
  // An older version kept messages that say no severity.
  return isMessage(kept) ? { severity: 'action', ...kept } : unreadableNotification(value, region);
}

/** Sends what earlier passes kept, the oldest first. */
export async function tellUnsent(
  { topic, memory, policy }: TellDependencies,
  region: string,
  { notes }: Pick<RegionMemory, 'notes'>,
): Promise<void> {
  if (policy.mode === 'observe') {
    return;
  }
  for (const [key, { value }] of [...notes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key.startsWith(PREFIX)) {
      await topic.notify({ ...keptMessage(value, region), ...keptSince(key) });
      await memory.update(region, [{ kind: 'forget-note', key }]);
    }
  }
}
