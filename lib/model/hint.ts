import type { PeerFault } from './peer-fault.ts';

/**
 * Where to look, as an event said. An event is never believed: what a hint names is read again from EC2 before anything
 * is done, so a forged or stale event costs one look and changes nothing.
 */

export type Hint = {
  /** The Region in which to look. */
  readonly region: string;
  /** What happened, for the log: `CreateVpcPeeringConnection`, `Sweep Requested`, … */
  readonly cause: string;
  /** Who did it, as CloudTrail names them; only for people to read. */
  readonly actor?: string;
} & (
  | { readonly kind: 'region' }
  | {
      readonly kind: 'peering';
      readonly peeringId: string;
      /** The account whose stack says so, as EventBridge names it; left out where this account's own events say so. */
      readonly peerAccountId?: string;
    }
  | { readonly kind: 'vpc'; readonly vpcId: string }
  /** A subnet was made, deleted, or got other CIDRs or tags. The id is left out where the event names none. */
  | { readonly kind: 'subnet'; readonly subnetId?: string }
  | { readonly kind: 'route-table'; readonly routeTableId: string; readonly destination?: string }
  | {
      /** Pings of one check: those that were sent between these times, both in the format of ISO 8601. */
      readonly kind: 'pings';
      readonly since: string;
      readonly until: string;
      /** Which look at them it is, from 1 on: some end later than others. */
      readonly look: number;
    }
  | {
      /** What the product in another account says of a peering between that account and this one. Shown, never acted upon. */
      readonly kind: 'peer-verdict';
      readonly peeringId: string;
      /** As EventBridge names the sender. */
      readonly peerAccountId: string;
      readonly verdict: PeerVerdictText;
      readonly fault?: PeerFault;
    }
);

export const PEER_VERDICTS = ['reachable', 'lossy', 'unreachable', 'none'] as const;
export type PeerVerdictText = (typeof PEER_VERDICTS)[number];
