/** What the product says on its own event bus. */

export type BusEventType =
  | 'Peering Requested'
  | 'Peering Accepted'
  | 'Peering Rejected'
  | 'Peering Held'
  | 'Peering Deleted'
  | 'Routes Synced'
  | 'Routes Remaining'
  | 'Sweep Requested'
  | 'Drift Found'
  | 'Pings Sent'
  | 'Connectivity Verdict';

export interface BusEvent {
  readonly type: BusEventType;
  /** Always names the Region it is about, so that the receiver knows where to look. */
  readonly detail: { readonly accountId: string; readonly region: string } & Readonly<
    Record<string, unknown>
  >;
}
