import {
  AcceptVpcPeeringConnectionCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';

/** VPCs in moto with one subnet and one instance each, whose default group lets in ICMP from everywhere. */

export interface Site {
  readonly ec2: EC2Client;
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnetId: string;
  readonly mainTableId: string;
  readonly groupId: string;
  readonly instanceId: string;
  readonly address: string;
}

export interface SiteOptions {
  readonly platform?: 'Linux' | 'Windows';
  readonly tags?: Readonly<Record<string, string>>;
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('EC2 answered without what the test needs.');
  }
  return value;
}

/** Two of the machine images that moto knows. */
const IMAGES = { Linux: 'ami-00000000000000001', Windows: 'ami-00000000000000003' };

export async function createSite(
  ec2: EC2Client,
  network: string,
  { platform = 'Linux', tags = {} }: SiteOptions = {},
): Promise<Site> {
  const cidr = `${network}.0.0/16`;
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: cidr }));
  const vpcId = present(Vpc?.VpcId);
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `${network}.1.0/24` }),
  );
  const subnetId = present(Subnet?.SubnetId);
  const inVpc = [{ Name: 'vpc-id', Values: [vpcId] }];
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc }));
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: inVpc }));
  const groupId = present(SecurityGroups?.[0]?.GroupId);
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  );
  const address = `${network}.1.10`;
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGES[platform],
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetId,
      PrivateIpAddress: address,
      SecurityGroupIds: [groupId],
      TagSpecifications: [
        {
          ResourceType: 'instance',
          Tags: Object.entries({ Name: network, ...tags }).map(([Key, Value]) => ({ Key, Value })),
        },
      ],
    }),
  );
  return {
    ec2,
    vpcId,
    cidr,
    subnetId,
    mainTableId: present(RouteTables?.[0]?.RouteTableId),
    groupId,
    instanceId: present(Instances?.[0]?.InstanceId),
    address,
  };
}

/** Peers two sites, and routes each to the other. */
export async function join(
  from: Site,
  to: Site,
  peer: { readonly accountId?: string; readonly region?: string } = {},
): Promise<string> {
  const { VpcPeeringConnection } = await from.ec2.send(
    new CreateVpcPeeringConnectionCommand({
      VpcId: from.vpcId,
      PeerVpcId: to.vpcId,
      ...(peer.accountId === undefined ? {} : { PeerOwnerId: peer.accountId }),
      ...(peer.region === undefined ? {} : { PeerRegion: peer.region }),
    }),
  );
  const peeringId = present(VpcPeeringConnection?.VpcPeeringConnectionId);
  await to.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  for (const [near, far] of [
    [from, to],
    [to, from],
  ] as const) {
    await near.ec2.send(
      new CreateRouteCommand({
        RouteTableId: near.mainTableId,
        DestinationCidrBlock: far.cidr,
        VpcPeeringConnectionId: peeringId,
      }),
    );
  }
  return peeringId;
}
