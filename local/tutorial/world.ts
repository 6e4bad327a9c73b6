import {
  AssociateRouteTableCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  RunInstancesCommand,
  type Tag,
} from '@aws-sdk/client-ec2';

/** The network that the tutorial stands on: three VPCs, two servers, one opted-in and one plain table in each. */

export interface TutorialVpc {
  readonly name: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnetId: string;
  /** Of the subnet, such as `use1-az1`. */
  readonly zoneId: string | undefined;
  readonly optedInTableId: string;
  readonly plainTableId: string;
}

export interface Server {
  readonly name: string;
  readonly instanceId: string;
  readonly address: string;
  readonly securityGroupId: string;
}

export interface World {
  readonly ec2: EC2Client;
  readonly vpcA: TutorialVpc;
  readonly vpcB: TutorialVpc;
  readonly vpcC: TutorialVpc;
  readonly server1: Server;
  readonly server2: Server;
  readonly server3: Server;
}

export const TAG_PREFIX = 'peering-autopilot';

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`The local AWS answered without ${what}.`);
  }
  return value;
}

function named(name: string, more: Record<string, string> = {}): Tag[] {
  return Object.entries({ Name: name, ...more }).map(([Key, Value]) => ({ Key, Value }));
}

export async function createVpc(
  ec2: EC2Client,
  name: string,
  cidr: string,
  subnetCidr: string,
): Promise<TutorialVpc> {
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({
      CidrBlock: cidr,
      TagSpecifications: [{ ResourceType: 'vpc', Tags: named(name, { Environment: 'lab' }) }],
    }),
  );
  const vpcId = present(Vpc?.VpcId, 'a VPC id');
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({
      VpcId: vpcId,
      CidrBlock: subnetCidr,
      TagSpecifications: [{ ResourceType: 'subnet', Tags: named(`${name}-servers`) }],
    }),
  );
  const subnetId = present(Subnet?.SubnetId, 'a subnet id');
  const { RouteTable } = await ec2.send(
    new CreateRouteTableCommand({
      VpcId: vpcId,
      TagSpecifications: [
        { ResourceType: 'route-table', Tags: named(`${name}-servers`, { [`${TAG_PREFIX}:routes`]: '*' }) },
      ],
    }),
  );
  const optedInTableId = present(RouteTable?.RouteTableId, 'a route table id');
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId: optedInTableId, SubnetId: subnetId }));
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({
      Filters: [
        { Name: 'vpc-id', Values: [vpcId] },
        { Name: 'association.main', Values: ['true'] },
      ],
    }),
  );
  const plainTableId = present(RouteTables?.[0]?.RouteTableId, `the main route table of ${vpcId}`);
  const zoneId = Subnet?.AvailabilityZoneId;
  return { name, vpcId, cidr, subnetId, zoneId, optedInTableId, plainTableId };
}

/** A Linux server in the servers' subnet that answers pings from 10.0.0.0/8, and is pinged from and to. */
export async function createServer(
  ec2: EC2Client,
  vpc: TutorialVpc,
  name: string,
  address: string,
): Promise<Server> {
  const { Images } = await ec2.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: ['al2023-ami-*-x86_64'] }] }),
  );
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: `${name}-icmp`,
      Description: 'ICMP from the other VPCs',
      VpcId: vpc.vpcId,
    }),
  );
  const groupId = present(GroupId, 'a security group id');
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
    }),
  );
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: present(Images?.[0]?.ImageId, 'a Linux machine image'),
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: vpc.subnetId,
      PrivateIpAddress: address,
      SecurityGroupIds: [groupId],
      TagSpecifications: [
        { ResourceType: 'instance', Tags: named(name, { [`${TAG_PREFIX}:probe`]: 'both' }) },
      ],
    }),
  );
  return {
    name,
    instanceId: present(Instances?.[0]?.InstanceId, 'an instance id'),
    address,
    securityGroupId: groupId,
  };
}

export async function createWorld(ec2: EC2Client): Promise<World> {
  const vpcA = await createVpc(ec2, 'VPC-A', '10.1.0.0/16', '10.1.1.0/24');
  const vpcB = await createVpc(ec2, 'VPC-B', '10.2.0.0/16', '10.2.1.0/24');
  const vpcC = await createVpc(ec2, 'VPC-C', '10.3.0.0/16', '10.3.1.0/24');
  return {
    ec2,
    vpcA,
    vpcB,
    vpcC,
    server1: await createServer(ec2, vpcA, 'server1', '10.1.1.13'),
    server2: await createServer(ec2, vpcB, 'server2', '10.2.1.139'),
    server3: await createServer(ec2, vpcC, 'server3', '10.3.1.20'),
  };
}
