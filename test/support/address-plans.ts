import type { AddressPlan, PoolAllocation, ScopedCidr, UnreadPart } from '../../lib/model/address-plan.ts';
import { PEER } from './fixtures.ts';

/** An address plan as policies of the tests name it, and what IPAM says of it. */
export const POOL = 'ipam-pool-0a1b2c3d4e5f60718';
export const OTHER_POOL = 'ipam-pool-0b1b2c3d4e5f60718';
export const SCOPE = 'ipam-scope-0a1b2c3d4e5f60718';

export const BY_POOL = { pools: [{ id: POOL, region: 'eu-west-1' }] };
export const BY_SCOPE = { scope: { id: SCOPE, region: 'eu-central-1' } };

export function allocation(cidr: string, parts: Partial<PoolAllocation> = {}): PoolAllocation {
  return { cidr, resourceType: 'custom', owner: PEER, ...parts };
}

export function scoped(cidr: string, vpcId: string, parts: Partial<ScopedCidr> = {}): ScopedCidr {
  return {
    cidr,
    vpcId,
    owner: PEER,
    managementState: 'managed',
    overlapStatus: 'nonoverlapping',
    ...parts,
  };
}

export function poolPlan(...items: readonly PoolAllocation[]): AddressPlan {
  return { pools: new Map([[POOL, { items }]]) };
}

export function scopePlan(...items: readonly ScopedCidr[]): AddressPlan {
  return { pools: new Map(), scope: { items } };
}

export function unreadPlan(parts: Partial<UnreadPart> = {}): AddressPlan {
  const unread: UnreadPart = {
    reason: `GetIpamPoolAllocations of ${POOL} in eu-west-1 failed: UnauthorizedOperation: You are not authorized.`,
    kind: 'denied',
    retry: false,
    ...parts,
  };
  return { pools: new Map([[POOL, { unread }]]) };
}
