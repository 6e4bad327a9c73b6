import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AcceptVpcPeeringConnectionCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  DeleteNetworkAclEntryCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { createVpc, type Ec2Lab, REGION, requestPeering, startEc2Lab } from 'local-aws-peering/testing';
import { commandOfFile, valid } from './support/command.ts';

/** Two peered VPCs in the local EC2, broken in one place after the other: `explain` alone has to say where. */

const OWN = '123456789012';

const command = commandOfFile();
let lab: Ec2Lab;
let ec2: EC2Client;

interface Side {
  readonly vpcId: string;
  readonly tableId: string;
  readonly groupId: string;
  readonly instanceId: string;
  readonly address: string;
}

let web: Side;
let data: Side;
let peeringId: string;

const id = (value: string | undefined): string => value ?? '';

async function side(number: number, name: string): Promise<Side> {
  const vpcId = await createVpc(ec2, `10.${number}.0.0/16`);
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `10.${number}.1.0/24` }),
  );
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
  );
  const group = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpcId }),
  );
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-12c6146b',
      MinCount: 1,
      MaxCount: 1,
      InstanceType: 't3.micro',
      SubnetId: id(Subnet?.SubnetId),
      SecurityGroupIds: [id(group.GroupId)],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
    }),
  );
  return {
    vpcId,
    tableId: id(RouteTables?.[0]?.RouteTableId),
    groupId: id(group.GroupId),
    instanceId: id(Instances?.[0]?.InstanceId),
    address: id(Instances?.[0]?.PrivateIpAddress),
  };
}

const toData = () => ({ RouteTableId: web.tableId, DestinationCidrBlock: '10.32.0.0/16' });

const sql = () => ({
  GroupId: data.groupId,
  IpPermissions: [
    { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: web.groupId }] },
  ],
});

beforeAll(async () => {
  lab = await startEc2Lab();
  ec2 = lab.client(OWN);
  web = await side(31, 'web');
  data = await side(32, 'data');
  peeringId = await requestPeering(ec2, web.vpcId, data.vpcId);
  await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  lab.clock.advance(60);
  await ec2.send(new CreateRouteCommand({ ...toData(), VpcPeeringConnectionId: peeringId }));
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: data.tableId,
      DestinationCidrBlock: '10.31.0.0/16',
      VpcPeeringConnectionId: peeringId,
    }),
  );
  await ec2.send(new AuthorizeSecurityGroupIngressCommand(sql()));
}, 120_000);

afterAll(() => lab?.stop());

async function explain(...args: readonly string[]) {
  const { code, stdout, stderr } = await command.run(['explain', ...args, '--region', REGION], {
    env: {
      AWS_ENDPOINT_URL: lab.url,
      AWS_ACCESS_KEY_ID: OWN,
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
    },
  });
  return { code, stdout, stderr };
}

const asked = ['web', 'data', '--port', '5432'] as const;

it('says that all is well, by names, peering and subnet', async () => {
  const { code, stdout } = await explain(...asked);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toContain(
    `${web.instanceId} (${web.address}) can reach TCP port 5432 of ${data.instanceId}`,
  );
  expect((await explain(peeringId, '--port', '5432')).code).toBe(0);
});

it.each([
  [
    'a route that was deleted',
    () => ec2.send(new DeleteRouteCommand(toData())),
    () => ec2.send(new CreateRouteCommand({ ...toData(), VpcPeeringConnectionId: peeringId })),
    () => [`${web.tableId} of subnet-`, `Add a route to ${peeringId} in ${web.tableId}`],
  ],
  [
    'a rule of a group that was removed',
    () => ec2.send(new RevokeSecurityGroupIngressCommand(sql())),
    () => ec2.send(new AuthorizeSecurityGroupIngressCommand(sql())),
    () => [`Security group ${data.groupId}`, 'does not let TCP port 5432 in', 'Add an inbound rule'],
  ],
  [
    'an instance that was stopped',
    () => ec2.send(new StopInstancesCommand({ InstanceIds: [data.instanceId] })),
    () => ec2.send(new StartInstancesCommand({ InstanceIds: [data.instanceId] })),
    () => [`${data.instanceId} (${data.address}) is stopped. Start it.`],
  ],
] as const)('names %s, and is content once it is mended', async (_, breakIt, mend, words) => {
  await breakIt();
  const broken = await explain(...asked);
  expect(broken.code).toBe(2);
  for (const word of words()) {
    expect(broken.stdout.split('\n')[1]).toContain(word);
  }
  await mend();
  expect((await explain(...asked)).code).toBe(0);
});

it('names the entry of a network ACL that stops the answer to an ephemeral port', async () => {
  const { NetworkAcls } = await ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [data.vpcId] }] }),
  );
  const NetworkAclId = id(NetworkAcls?.[0]?.NetworkAclId);
  const entry = { NetworkAclId, RuleNumber: 50, Egress: true };
  await ec2.send(
    new CreateNetworkAclEntryCommand({
      ...entry,
      Protocol: '6',
      RuleAction: 'deny',
      CidrBlock: '10.31.0.0/16',
      PortRange: { From: 40000, To: 50000 },
    }),
  );
  const { code, stdout } = await explain(...asked);
  expect(code).toBe(2);
  expect(stdout.split('\n')[1]).toContain(`Network ACL ${NetworkAclId} of subnet-`);
  expect(stdout.split('\n')[1]).toContain('its entry 50 denies ports 40000-50000 of these');
  await ec2.send(new DeleteNetworkAclEntryCommand(entry));
  expect((await explain(...asked)).code).toBe(0);
});

it('names an entry that tries to use the internet gateway of the peer', async () => {
  const everything = { RouteTableId: web.tableId, DestinationCidrBlock: '0.0.0.0/0' };
  await ec2.send(new CreateRouteCommand({ ...everything, VpcPeeringConnectionId: peeringId }));
  const { code, stdout } = await explain('web', '198.51.100.7', '--port', '443');
  expect(code).toBe(2);
  expect(stdout).toContain(`the entry 0.0.0.0/0 to ${peeringId} in ${web.tableId} tries to reach it`);
  await ec2.send(new DeleteRouteCommand(everything));
});

it('says who deleted the peering, when, and which rules of groups are stale since', async () => {
  await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  const at = lab.clock.now().toISOString().slice(0, 10);
  for (const args of [asked, [peeringId]]) {
    const { code, stdout, stderr } = await explain(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const [, answer = ''] = stdout.split('\n');
    expect(answer).toMatch(
      new RegExp(`${peeringId} was deleted on ${at} \\d\\d:\\d\\d UTC by arn:aws:iam::${OWN}:root`),
    );
  }
  lab.calls.reset();
  const json = await explain(...asked, '--json');
  const document = valid('explain', json.stdout) as { summary: string; vpcs: readonly string[] };
  expect(document.vpcs).toEqual([web.vpcId, data.vpcId]);
  expect(document.summary).toContain(
    `${data.groupId} for TCP 5432 refers to ${web.groupId}, a group that no longer counts`,
  );
  expect(document.summary).toContain('EC2 lists the reference as stale');
});

it('says the same of a snapshot about the rules that are stale', async () => {
  const env = {
    AWS_ENDPOINT_URL: lab.url,
    AWS_ACCESS_KEY_ID: OWN,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
  };
  const saved = await command.run(['snapshot', '--out', 'saved', '--region', REGION], { env });
  expect(saved.stdout).toContain('StaleSecurityGroups 1');
  const { code, stdout } = await command.run([
    'explain',
    ...asked,
    '--snapshot',
    'saved',
    '--region',
    REGION,
  ]);
  expect(code).toBe(2);
  expect(stdout).toContain('EC2 lists the reference as stale');
});

it('calls nothing but what docs/cli.md says that one has to be allowed', () => {
  const text = readFileSync(join(__dirname, '../../docs/cli.md'), 'utf8');
  const [, policy = '{}'] = /```json\n(\{\n {2}"Version"[\s\S]*?)```/.exec(text) ?? [];
  const { Statement } = JSON.parse(policy) as { Statement: { Action: string[] }[] };
  const allowed = new Set(['sts:GetCallerIdentity', ...Statement.flatMap(({ Action }) => Action)]);
  // Of the last explain and a snapshot: with a peering that is gone, it looks up all that it can.
  const called = lab.calls.all().map(({ service, action }) => `${service}:${action}`);
  expect(called).toEqual(
    expect.arrayContaining(['ec2:DescribeStaleSecurityGroups', 'cloudtrail:LookupEvents']),
  );
  expect(called.filter((call) => !allowed.has(call))).toEqual([]);
});
