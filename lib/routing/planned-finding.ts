import type { ChangeAction } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { RouteTable } from '../model/route-table.ts';
import type { Cidr } from '../network/cidr.ts';
import type { Claim } from './table.ts';

/**
 * What a person can do about a finding, as far as its table alone says. What else would follow is known once everything is planned, so the
 * sentences are written then (`finding-advice.ts`).
 */
export interface Helps {
  readonly claim: Claim;
  readonly table: RouteTable;
  /** Sentences that hold whatever else is the case. */
  readonly says: string;
  /** The route by hand that leads the addresses to the peering and touches nothing else. */
  readonly byHand?: { readonly action: ChangeAction; readonly destination: string };
  /** The route to the peering follows once another one has gone, if anything is written by then. */
  readonly follows?: true;
  /** The target of a wider route, over which `guardrails.widerRoutes: allow` would let the new one win. */
  readonly widerTo?: string;
  /** Blocks that the rule leaves out if what is there shall stay. */
  readonly leaveOut?: readonly Cidr[];
  /** The other peerings that want them: who shall not have them is for a person to say. */
  readonly rivals?: readonly string[];
}

/** A finding whose advice is to be written. */
export interface PlannedFinding extends Finding {
  readonly helps?: Helps;
}
