import { eventsToRemember } from '../messages/history.ts';
import type { HistoryEvent } from '../model/history.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { Notification } from '../model/notification.ts';
import type { Memory } from '../ports/memory.ts';
import type { Topic } from '../ports/outbox.ts';

/** Something to remember in one Region, and what takes that back. */
export interface Remembering {
  readonly region: string;
  readonly update: MemoryUpdate;
  readonly back: MemoryUpdate;
  /** For the history. */
  readonly event: HistoryEvent;
}

/** One message of all that is news, remembered before it is sent, and not remembered if it could not be sent. */
export async function tellTogether(
  { memory, topic }: { readonly memory: Pick<Memory, 'update'>; readonly topic: Topic },
  news: readonly Remembering[],
  message: () => Notification,
): Promise<void> {
  if (news.length === 0) {
    return;
  }
  const remember = async (updatesOf: (each: Remembering) => readonly MemoryUpdate[]) => {
    for (const region of new Set(news.map((each) => each.region))) {
      await memory.update(region, news.filter((each) => each.region === region).flatMap(updatesOf));
    }
  };
  try {
    await remember(({ update, event }) => [update, ...eventsToRemember([event])]);
    await topic.notify(message());
  } catch (error) {
    await remember(({ back }) => [back]);
    throw error;
  }
}
