import type { AwsErrorKind } from './aws-error.ts';

/** A subnet of the VPC at the other end of a peering. */
export interface PeerSubnet {
  readonly subnetId: string;
  readonly vpcId: string;
  /** IPv4 and IPv6. */
  readonly cidrs: readonly string[];
  /** Those that this account sees: of a subnet that another account shares, only those that this account set itself. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What this account sees of the subnets of one VPC. */
export type PeerSubnets =
  /** `all`: the account owns the VPC. `shared`: another account does, and shares these. */
  | { readonly seen: 'all' | 'shared'; readonly subnets: readonly PeerSubnet[] }
  /** `problem` is a sentence. `problemKind` is left out where EC2 answered, and showed none. */
  | { readonly seen: 'none'; readonly problem: string; readonly problemKind?: AwsErrorKind };

/** By VPC. One that is not there was not asked about. */
export type PeerSubnetsByVpc = ReadonlyMap<string, PeerSubnets>;
