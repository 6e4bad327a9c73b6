import type { AwsErrorKind } from './aws-error.ts';

/** What Amazon VPC IPAM says of who has which addresses. Its words are IPAM's own. */

/** A range that a pool has given away. */
export interface PoolAllocation {
  /** As IPAM writes it. */
  readonly cidr: string;
  /**
   * `vpc`, or `custom` for what an account has reserved by itself; `ipam-pool` for what another pool hands on; and kinds that
   * no VPC has (`subnet`, `eip`, …).
   */
  readonly resourceType: string;
  /** The account that has it. */
  readonly owner?: string;
  /** The VPC or the pool, where IPAM names it. */
  readonly resourceId?: string;
}

/** A CIDR of a VPC as a scope shows it, whether it came from a pool or not. */
export interface ScopedCidr {
  readonly cidr: string;
  readonly vpcId: string;
  readonly owner?: string;
  readonly region?: string;
  /** `managed`: allocated from a pool. `unmanaged`: not. `ignored`: somebody has exempted it from being watched. */
  readonly managementState?: string;
  /** `overlapping`, `nonoverlapping`, or `ignored`. */
  readonly overlapStatus?: string;
}

/** What could not be read, and why. */
export interface UnreadPart {
  /** One sentence or phrase, with the call and AWS's own words. */
  readonly reason: string;
  readonly kind: AwsErrorKind;
  /** The same read may succeed later without anybody doing anything. */
  readonly retry: boolean;
}

export type PlanReading<Item> = { readonly items: readonly Item[] } | { readonly unread: UnreadPart };

/** What was read of the pools and the scope that a policy names. */
export interface AddressPlan {
  /** By pool id. One that is not here was not asked. */
  readonly pools: ReadonlyMap<string, PlanReading<PoolAllocation>>;
  /** Undefined: it was not asked. */
  readonly scope?: PlanReading<ScopedCidr>;
}
