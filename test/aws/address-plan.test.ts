import type { EC2Client } from '@aws-sdk/client-ec2';
import { createAddressPlanReader } from '../../lib/aws/address-plan.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { POOL, SCOPE } from '../support/address-plans.ts';

/** What is asked of IPAM, and what of its answers is kept. */

interface Asked {
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** EC2 that answers with these pages, one after the other. */
function answering(pages: readonly object[] | Error) {
  const asked: Asked[] = [];
  const clients = {
    forRegion: (region: string) => {
      const send = async ({ input }: { readonly input: Asked['input'] }) => {
        asked.push({ region, input });
        if (pages instanceof Error) throw pages;
        return pages[asked.length - 1];
      };
      return { send } as unknown as EC2Client;
    },
  };
  return { asked, reader: createAddressPlanReader(clients) };
}

describe('the reader of the address plan', () => {
  it('reads all pages of a pool in its own Region, with no field made up', async () => {
    const { asked, reader } = answering([
      {
        IpamPoolAllocations: [
          {
            ...{ Cidr: '10.1.0.0/16', ResourceType: 'vpc', ResourceOwner: '111111111111' },
            ...{ ResourceId: 'vpc-1', Description: 'x', Tags: [] },
          },
        ],
        NextToken: 'more',
      },
      { IpamPoolAllocations: [{ Cidr: '10.2.0.0/16', ResourceType: 'custom', ResourceId: '' }, {}] },
    ]);
    expect(await reader.readPool({ id: POOL, region: 'eu-west-1' })).toEqual([
      { cidr: '10.1.0.0/16', resourceType: 'vpc', owner: '111111111111', resourceId: 'vpc-1' },
      { cidr: '10.2.0.0/16', resourceType: 'custom' },
      { cidr: '', resourceType: '' },
    ]);
    const input = { IpamPoolId: POOL, MaxResults: 10_000 };
    expect(asked).toEqual([
      { region: 'eu-west-1', input: { ...input, NextToken: undefined } },
      { region: 'eu-west-1', input: { ...input, NextToken: 'more' } },
    ]);
  });

  it('reads only VPCs of a scope', async () => {
    const { asked, reader } = answering([
      {
        IpamResourceCidrs: [
          {
            ...{ ResourceCidr: '2001:db8::/56', ResourceId: 'vpc-1', ResourceOwnerId: '111111111111' },
            ...{ ResourceRegion: 'eu-west-1', ManagementState: 'managed', OverlapStatus: 'nonoverlapping' },
          },
          { ResourceCidr: '10.2.0.0/16', VpcId: 'vpc-2' },
        ],
      },
    ]);
    expect(await reader.readScope({ id: SCOPE, region: 'eu-central-1' })).toEqual([
      {
        ...{ cidr: '2001:db8::/56', vpcId: 'vpc-1', owner: '111111111111', region: 'eu-west-1' },
        ...{ managementState: 'managed', overlapStatus: 'nonoverlapping' },
      },
      { cidr: '10.2.0.0/16', vpcId: 'vpc-2' },
    ]);
    expect(asked.map(({ input }) => [input.IpamScopeId, input.ResourceType, input.MaxResults])).toEqual([
      [SCOPE, 'vpc', 1000],
    ]);
  });

  it('names call, Region and pool in an error, and keeps its kind', async () => {
    const denied = Object.assign(new Error('not authorized'), { name: 'UnauthorizedOperation' });
    const { reader } = answering(denied);
    const failure: unknown = await reader.readPool({ id: POOL, region: 'eu-west-1' }).catch((error) => error);
    expect(classifyAwsError(failure)).toEqual({
      kind: 'denied',
      code: 'UnauthorizedOperation',
      message: `GetIpamPoolAllocations of ${POOL} in eu-west-1 failed: UnauthorizedOperation: not authorized`,
    });
  });
});
