import { eventsToRemember } from '../messages/history.ts';
import type { HistoryEvent } from '../model/history.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { Notification } from '../model/notification.ts';
import type { Memory } from '../ports/memory.ts';
import type { Topic } from '../ports/outbox.ts';
import { KeptForLater } from './unsent.ts';

/** Something to remember in one Region, and what takes that back. */
export interface Remembering {
  readonly region: string;
  /** None where the next look does not find it any more. */
  readonly updates: readonly MemoryUpdate[];
  readonly back: readonly MemoryUpdate[];
  /** For the history. */
  readonly event: HistoryEvent;
}

/**
 * One message of all that is news, remembered before it is sent, and not remembered if it could not be sent.
 *
 * @param passing the message of what no later look finds; it is told although nothing can be remembered. Undefined: there is none.
 */
export async function tellTogether(
  { memory, topic }: { readonly memory: Pick<Memory, 'update'>; readonly topic: Topic },
  news: readonly Remembering[],
  message: () => Notification,
  passing?: () => Notification,
): Promise<void> {
  if (news.length === 0) {
    return;
  }
  const remember = async (updatesOf: (each: Remembering) => readonly MemoryUpdate[]) => {
    for (const region of new Set(news.map((each) => each.region))) {
      const updates = news.filter((each) => each.region === region).flatMap(updatesOf);
      if (updates.length > 0) await memory.update(region, updates);
    }
  };
  try {
    await remember(({ updates, event }) => [...updates, ...eventsToRemember([event])]);
  } catch (error) {
    if (passing !== undefined) await topic.notify(passing());
    await remember(({ back }) => back);
    throw error;
  }
  try {
    await topic.notify(message());
  } catch (error) {
    if (!(error instanceof KeptForLater)) await remember(({ back }) => back);
    throw error;
  }
}
