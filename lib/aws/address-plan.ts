import { GetIpamPoolAllocationsCommand, GetIpamResourceCidrsCommand } from '@aws-sdk/client-ec2';
import type { AddressPlanReader } from '../ports/address-plan.ts';
import { allocationFrom, scopedCidrFrom } from './address-plan-mapping.ts';
import { namingCall } from './call-error.ts';
import type { Ec2Clients } from './ec2-clients.ts';
import { allPages } from './pages.ts';

/** Between 1,000 and 100,000 (EC2 API reference, GetIpamPoolAllocations). */
const ALLOCATIONS_PAGE = 10_000;
/** The most that GetIpamResourceCidrs takes (EC2 API reference). */
const RESOURCES_PAGE = 1000;

/**
 * Reads Amazon VPC IPAM, all pages.
 *
 * GetIpamPoolAllocations shows every allocation of a pool to its owner and to whom it is shared by AWS RAM, and has to be asked in
 * the pool's locale. GetIpamResourceCidrs is answered to the account of the IPAM alone, in its home Region (EC2 API reference).
 */
export function createAddressPlanReader(clients: Ec2Clients): AddressPlanReader {
  return {
    readPool: ({ id, region }) =>
      namingCall('GetIpamPoolAllocations', region, id, async () => {
        const client = clients.forRegion(region);
        const found = await allPages(async (NextToken) => {
          const page = await client.send(
            new GetIpamPoolAllocationsCommand({ IpamPoolId: id, MaxResults: ALLOCATIONS_PAGE, NextToken }),
          );
          return { items: page.IpamPoolAllocations ?? [], nextToken: page.NextToken };
        });
        return found.map(allocationFrom);
      }),
    readScope: ({ id, region }) =>
      namingCall('GetIpamResourceCidrs', region, id, async () => {
        const client = clients.forRegion(region);
        const found = await allPages(async (NextToken) => {
          const page = await client.send(
            new GetIpamResourceCidrsCommand({
              IpamScopeId: id,
              ResourceType: 'vpc',
              MaxResults: RESOURCES_PAGE,
              NextToken,
            }),
          );
          return { items: page.IpamResourceCidrs ?? [], nextToken: page.NextToken };
        });
        return found.map(scopedCidrFrom);
      }),
  };
}
