import type { BusEvent } from '../model/events.ts';
import type { Notification } from '../model/notification.ts';

/** What leaves the product besides log lines and metrics: events on its own bus and messages to people. */

export interface Bus {
  /** @throws when EventBridge did not take every event. */
  publish(events: readonly BusEvent[]): Promise<void>;
}

/** The buses of other accounts that run the product too. */
export interface PeerBuses {
  /** @throws when the other account's bus did not take the event: it has none, or does not trust this account. */
  publishTo(accountId: string, event: BusEvent): Promise<void>;
}

/** Where Amazon Q Developer in chat applications takes messages from. */
export interface ChatTopic {
  /** @param body as `lib/messages/chat.ts` makes it. */
  post(body: string): Promise<void>;
}

export interface Topic {
  notify(notification: Notification): Promise<void>;
}
