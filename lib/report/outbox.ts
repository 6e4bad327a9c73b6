/** What leaves the product besides log lines and metrics: events on its own bus and messages to people. */

export type BusEventType =
  | 'Peering Requested'
  | 'Peering Accepted'
  | 'Peering Rejected'
  | 'Peering Held'
  | 'Routes Synced'
  | 'Routes Remaining'
  | 'Sweep Requested'
  | 'Drift Found'
  | 'Connectivity Verdict';

export interface BusEvent {
  readonly type: BusEventType;
  /** Always names the Region it is about, so that the receiver knows where to look. */
  readonly detail: { readonly accountId: string; readonly region: string } & Readonly<
    Record<string, unknown>
  >;
}

/** A message for people, by SNS and so by e-mail. */
export interface Notification {
  /** ASCII, one line, at most 100 characters (SNS API reference, Publish). */
  readonly subject: string;
  readonly message: string;
}

export interface Bus {
  /** @throws when EventBridge did not take every event. */
  publish(events: readonly BusEvent[]): Promise<void>;
}

/** The buses of other accounts that run the product too. */
export interface PeerBuses {
  /** @throws when the other account's bus did not take the event: it has none, or does not trust this account. */
  publishTo(accountId: string, event: BusEvent): Promise<void>;
}

export interface Topic {
  notify(notification: Notification): Promise<void>;
}
