import {
  AllocateIpamPoolCidrCommand,
  CreateIpamCommand,
  CreateIpamPoolCommand,
  CreateVpcCommand,
  type EC2Client,
  GetIpamPoolAllocationsCommand,
  GetIpamResourceCidrsCommand,
  ReleaseIpamPoolAllocationCommand,
} from '@aws-sdk/client-ec2';
import { createVpc, type Ec2Lab, REGION, refusalOf, startEc2Lab } from 'local-aws-peering/testing';
import { createAddressPlanReader } from '../../lib/aws/address-plan.ts';
import { createAnswers } from '../../proof/judges/answers.ts';
import { compareWithBotocore, judgeResultOf } from '../../proof/judges/botocore.ts';

/** Amazon VPC IPAM of the lab, by EC2's own API, and the product's reader on it. */

const OWNER = '123456789012';
const MEMBER = '222222222222';
const STRANGER = '333333333333';
const FAR = 'eu-west-1';

const answers = createAnswers();
let lab: Ec2Lab;
let scope = '';
let pool = '';

function given(value: string | undefined): string {
  if (value === undefined) throw new Error('EC2 answered without an id');
  return value;
}

async function share(poolId: string, accountId: string): Promise<number> {
  return (await lab.post('/_lab/ipam-shares', { poolId, accountId })).status;
}

async function allocate(ec2: EC2Client, Cidr: string): Promise<string> {
  const { IpamPoolAllocation } = await ec2.send(new AllocateIpamPoolCidrCommand({ IpamPoolId: pool, Cidr }));
  return given(IpamPoolAllocation?.IpamPoolAllocationId);
}

const readerOf = (accountId: string) =>
  createAddressPlanReader({ forRegion: (region) => lab.client(accountId, region) });

beforeAll(async () => {
  lab = await startEc2Lab({ watch: (request, response) => answers.watch(request, response) });
  const owner = lab.client(OWNER);
  const { Ipam } = await owner.send(new CreateIpamCommand({ OperatingRegions: [{ RegionName: FAR }] }));
  scope = given(Ipam?.PrivateDefaultScopeId);
  const { IpamPool } = await owner.send(
    new CreateIpamPoolCommand({ IpamScopeId: scope, Locale: FAR, AddressFamily: 'ipv4' }),
  );
  pool = given(IpamPool?.IpamPoolId);
});

afterAll(() => lab?.stop());

describe('a pool', () => {
  it('shows every allocation to its owner and to whom it is shared, in its locale, and to nobody else', async () => {
    expect(await share(pool, MEMBER)).toBe(200);
    await allocate(lab.client(OWNER, FAR), '10.64.0.0/16');
    await allocate(lab.client(MEMBER, FAR), '10.65.0.0/16');
    const all = [
      { cidr: '10.64.0.0/16', resourceType: 'custom', owner: OWNER },
      { cidr: '10.65.0.0/16', resourceType: 'custom', owner: MEMBER },
    ];
    for (const accountId of [OWNER, MEMBER]) {
      const read = await readerOf(accountId).readPool({ id: pool, region: FAR });
      expect([...read].sort((a, b) => (a.cidr < b.cidr ? -1 : 1))).toEqual(all);
    }
    await expect(readerOf(STRANGER).readPool({ id: pool, region: FAR })).rejects.toThrow(
      `GetIpamPoolAllocations of ${pool} in ${FAR} failed: InvalidIpamPoolId.NotFound`,
    );
    await expect(readerOf(OWNER).readPool({ id: pool, region: REGION })).rejects.toThrow('NotFound');
  });

  it('is shown to whom it is shared only for as long as it is', async () => {
    const read = () => readerOf(STRANGER).readPool({ id: pool, region: FAR });
    const unshare = async (poolId: string) => {
      const body = JSON.stringify({ poolId, accountId: STRANGER });
      return (await fetch(`${lab.url}/_lab/ipam-shares`, { method: 'DELETE', body })).status;
    };
    expect(await share(pool, STRANGER)).toBe(200);
    expect(await read()).toHaveLength(2);
    expect(await unshare(pool)).toBe(200);
    await expect(read()).rejects.toThrow('InvalidIpamPoolId.NotFound');
    expect(await readerOf(MEMBER).readPool({ id: pool, region: FAR })).toHaveLength(2);
    expect(await unshare('ipam-pool-0')).toBe(400);
  });

  it('gives no range twice, and takes back what its holder releases', async () => {
    const member = lab.client(MEMBER, FAR);
    expect(await refusalOf(allocate(member, '10.64.1.0/24'))).toBe('InvalidParameterValue');
    const IpamPoolAllocationId = await allocate(member, '10.66.0.0/16');
    const release = () =>
      new ReleaseIpamPoolAllocationCommand({ IpamPoolId: pool, IpamPoolAllocationId, Cidr: '10.66.0.0/16' });
    expect(await refusalOf(lab.client(OWNER, FAR).send(release()))).toBe(
      'InvalidIpamPoolAllocationId.NotFound',
    );
    expect((await member.send(release())).Success).toBe(true);
  });

  it('pages from 1,000 on', async () => {
    const ask = (MaxResults: number) =>
      lab.client(OWNER, FAR).send(new GetIpamPoolAllocationsCommand({ IpamPoolId: pool, MaxResults }));
    expect(await refusalOf(ask(999))).toBe('InvalidParameterValue');
    expect((await ask(1000)).IpamPoolAllocations).toHaveLength(2);
  });
});

describe('a scope', () => {
  it('shows VPCs of every account in the operating Regions: managed or not, overlapping or not', async () => {
    const member = lab.client(MEMBER, FAR);
    const { Vpc } = await member.send(
      new CreateVpcCommand({ CidrBlock: '10.70.0.0/16', Ipv4IpamPoolId: pool }),
    );
    const wild = await createVpc(lab.client(OWNER), '10.71.0.0/16');
    const clashing = await createVpc(member, '10.71.4.0/24');
    const read = await readerOf(OWNER).readScope({ id: scope, region: REGION });
    const of = (vpcId: string | undefined) => read.find((each) => each.vpcId === vpcId);
    expect(of(Vpc?.VpcId)).toEqual({
      ...{ cidr: '10.70.0.0/16', vpcId: Vpc?.VpcId, owner: MEMBER, region: FAR },
      ...{ managementState: 'managed', overlapStatus: 'nonoverlapping' },
    });
    expect(of(wild)).toMatchObject({
      owner: OWNER,
      managementState: 'unmanaged',
      overlapStatus: 'overlapping',
    });
    expect(of(clashing)).toMatchObject({ owner: MEMBER, overlapStatus: 'overlapping' });
    expect(await readerOf(MEMBER).readPool({ id: pool, region: FAR })).toContainEqual({
      ...{ cidr: '10.70.0.0/16', resourceType: 'vpc', owner: MEMBER, resourceId: Vpc?.VpcId },
    });
  });

  it('answers only the account of the IPAM, in its home Region', async () => {
    await expect(readerOf(MEMBER).readScope({ id: scope, region: REGION })).rejects.toThrow(
      `GetIpamResourceCidrs of ${scope} in ${REGION} failed: InvalidIpamScopeId.NotFound`,
    );
    await expect(readerOf(OWNER).readScope({ id: scope, region: FAR })).rejects.toThrow('NotFound');
  });

  it('pages from 5 on, with nothing twice and nothing left out', async () => {
    const owner = lab.client(OWNER);
    for (const third of [81, 82, 83, 84]) await createVpc(owner, `10.${third}.0.0/16`);
    const sizes: number[] = [];
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await owner.send(
        new GetIpamResourceCidrsCommand({ IpamScopeId: scope, MaxResults: 5, NextToken }),
      );
      sizes.push(page.IpamResourceCidrs?.length ?? 0);
      seen.push(...(page.IpamResourceCidrs ?? []).map((each) => `${each.ResourceId} ${each.ResourceCidr}`));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes.slice(0, -1).every((size) => size === 5)).toBe(true);
    const all = await readerOf(OWNER).readScope({ id: scope, region: REGION });
    expect([...seen].sort()).toEqual(all.map(({ vpcId, cidr }) => `${vpcId} ${cidr}`).sort());
    expect(sizes.length).toBeGreaterThan(1);
  });
});

it("is answered as botocore's model of EC2 has it", async () => {
  const held = await compareWithBotocore(answers.all(), () => undefined);
  expect(held.map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(
      [
        'CreateIpam',
        'CreateIpamPool',
        'AllocateIpamPoolCidr',
        'ReleaseIpamPoolAllocation',
        'GetIpamPoolAllocations',
        'GetIpamResourceCidrs',
      ].map((name) => `ec2 ${name}`),
    ),
  );
  expect(
    judgeResultOf(held, answers.all(), []).faults.filter((fault) => !fault.startsWith('Accepted, ')),
  ).toEqual([]);
});
