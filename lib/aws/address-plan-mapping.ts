import type { IpamPoolAllocation, IpamResourceCidr } from '@aws-sdk/client-ec2';
import type { PoolAllocation, ScopedCidr } from '../model/address-plan.ts';

/** An allocation without a CIDR is one of which nothing may be concluded, so it stays. */
export function allocationFrom({
  Cidr = '',
  ResourceType,
  ResourceOwner,
  ResourceId,
}: IpamPoolAllocation): PoolAllocation {
  return {
    cidr: Cidr,
    resourceType: ResourceType ?? '',
    ...(ResourceOwner ? { owner: ResourceOwner } : {}),
    ...(ResourceId ? { resourceId: ResourceId } : {}),
  };
}

export function scopedCidrFrom({
  ResourceCidr = '',
  ResourceId,
  VpcId,
  ResourceOwnerId,
  ResourceRegion,
  ManagementState,
  OverlapStatus,
}: IpamResourceCidr): ScopedCidr {
  return {
    cidr: ResourceCidr,
    vpcId: ResourceId || VpcId || '',
    ...(ResourceOwnerId ? { owner: ResourceOwnerId } : {}),
    ...(ResourceRegion ? { region: ResourceRegion } : {}),
    ...(ManagementState ? { managementState: ManagementState } : {}),
    ...(OverlapStatus ? { overlapStatus: OverlapStatus } : {}),
  };
}
