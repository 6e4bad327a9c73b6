import type { PeerSubnetsByVpc } from './peer-subnets.ts';
import type { Peering, Vpc } from './peering.ts';
import type { PrefixList } from './prefix-list.ts';
import type { RouteTable } from './route-table.ts';

/** What was read in one Region of this account: the input of decide and plan. */
export interface RegionInventory {
  readonly accountId: string;
  readonly region: string;
  readonly peerings: readonly Peering[];
  /** Local VPCs by id. A VPC that could not be read is absent: its tags and CIDRs are unknown, never empty. */
  readonly vpcs: ReadonlyMap<string, Vpc>;
  /** Every route table that was read, opted in or not. */
  readonly tables: readonly RouteTable[];
  /** The prefix lists that routes of these tables lead to, by id. One that is not here was not read. */
  readonly prefixLists?: ReadonlyMap<string, PrefixList>;
  /** Subnets of VPCs at the other ends of peerings. Left out: no rule asks for them. */
  readonly peerSubnets?: PeerSubnetsByVpc;
  /** Items of EC2's answer that could not be understood, and so were left out: sentences. */
  readonly skipped?: readonly string[];
}
