/** The words of the domain, as data. Nothing here knows the AWS SDK. */

/**
 * Status codes of a VPC peering connection as EC2 names them. `unknown` stands for a code that this version does not
 * know: such a peering is neither live nor dead, so nothing is done about it or its routes.
 */
export const PEERING_STATUSES = [
  'initiating-request',
  'pending-acceptance',
  'provisioning',
  'active',
  'deleting',
  'deleted',
  'rejected',
  'expired',
  'failed',
  'unknown',
] as const;

export type PeeringStatus = (typeof PEERING_STATUSES)[number];

/** One of the two VPCs of a peering, as DescribeVpcPeeringConnections shows it. */
export interface PeeringSide {
  readonly accountId: string;
  readonly region: string;
  readonly vpcId: string;
  /** IPv4 and IPv6 CIDRs. Empty means not visible (pending accepter, deleted peering): never "has none". */
  readonly cidrs: readonly string[];
  /** Whether this side lets the other resolve its private DNS names; undefined while EC2 does not say. */
  readonly dnsResolution?: boolean;
}

export interface Peering {
  readonly peeringId: string;
  readonly status: PeeringStatus;
  readonly statusMessage: string;
  readonly requester: PeeringSide;
  readonly accepter: PeeringSide;
  /** When a pending request expires (7 days after it was made). */
  readonly expiresAt?: Date;
  /** Tags set by the account and Region that read the peering; the other side's tags are never seen. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Vpc {
  readonly vpcId: string;
  readonly accountId: string;
  readonly region: string;
  /** Every associated IPv4 and IPv6 CIDR. */
  readonly cidrs: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A peering seen from a side that this account owns in a managed Region.
 * A peering inside one account has two views. Everything is computed per view.
 */
export interface PeeringView {
  readonly peering: Peering;
  /** The managed Region in which this view was read; always `local.region`. */
  readonly region: string;
  /** Who asked: `inbound` when the remote side did, `outbound` when the local side did. */
  readonly direction: 'inbound' | 'outbound';
  readonly local: PeeringSide;
  readonly remote: PeeringSide;
  /** Tags of the local VPC; undefined when they could not be read, which means hold wherever a rule asks for them. */
  readonly localTags?: Readonly<Record<string, string>>;
}

/** A status in which the peering is gone for good, so that its routes have to go too. */
export const DEAD_STATUSES: ReadonlySet<PeeringStatus> = new Set([
  'deleting',
  'deleted',
  'rejected',
  'expired',
  'failed',
]);

/** A status in which nobody has accepted the peering yet. */
export const REQUEST_STATUSES: ReadonlySet<PeeringStatus> = new Set([
  'initiating-request',
  'pending-acceptance',
]);
