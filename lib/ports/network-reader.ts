import type { PeerSubnet } from '../model/peer-subnets.ts';
import type { Peering, Vpc } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import type { RouteTable } from '../model/route-table.ts';

/** Which items to read; all given lists must hold. Nothing given: everything in the Region. */
export interface PeeringFilter {
  readonly peeringIds?: readonly string[];
  readonly statuses?: readonly string[];
}

export interface TableFilter {
  readonly vpcIds?: readonly string[];
  readonly routeTableIds?: readonly string[];
}

/** Told, as a sentence, of an item of EC2's answer that could not be understood and is left out of what is returned. */
export type OnSkipped = (problem: string) => void;

/**
 * What features read from EC2; `aws/reads.ts` fills it from AWS, tests fill it in memory. Whoever judges what is returned
 * gives `onSkipped`: what is said of it is not true of what was left out.
 */
export interface NetworkReader {
  /** Peerings that the account sees in the Region. Ids that EC2 does not know are left out, not an error. */
  readPeerings(region: string, filter: PeeringFilter, onSkipped?: OnSkipped): Promise<Peering[]>;
  /** @param vpcIds left out: every VPC that the account sees in the Region. */
  readVpcs(region: string, vpcIds?: readonly string[], onSkipped?: OnSkipped): Promise<Vpc[]>;
  readTables(region: string, filter: TableFilter, onSkipped?: OnSkipped): Promise<RouteTable[]>;
  /**
   * The prefix lists with these ids, each with its entries. One that EC2 does not show, or whose entries it does not give to
   * this account, comes without entries and with the problem; only errors that may pass are thrown.
   */
  readPrefixLists?(region: string, prefixListIds: readonly string[]): Promise<PrefixList[]>;
  /**
   * The subnets of these VPCs that the account sees in the Region: all of its own VPCs, and of others those that are shared
   * with it. Asked only where a rule selects subnets.
   */
  readPeerSubnets?(region: string, vpcIds: readonly string[], onSkipped?: OnSkipped): Promise<PeerSubnet[]>;
}
