import {
  AcceptVpcPeeringConnectionCommand,
  AuthorizeSecurityGroupEgressCommand,
  CreateRouteCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  type Tag,
} from '@aws-sdk/client-ec2';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createWorld, type World } from '../local/tutorial/world.ts';
import { eventually, type LabAccount, type LabVpc } from '../test/support/lab-account.ts';
import { OWN, REGION, type Stack } from './stack.ts';

/**
 * What the stack is put through in every case. A flow prepares its own VPCs, does what people do, and can say what the
 * account looks like then, with names in the place of ids so that two runs compare.
 */
export interface Flow {
  readonly name: string;
  /** Run without faults. */
  prepare(): Promise<PreparedFlow>;
}

export interface PreparedFlow {
  act(): Promise<void>;
  /** What a clean pass does afterwards. */
  settle(): Promise<void>;
  /** One line for each fact. */
  state(): Promise<readonly string[]>;
  /** What a person was answered at once; where that is other words than without faults, nothing was lost in silence. */
  answered?(): readonly string[];
  /** What is not the product's to touch. */
  foreign(): Promise<readonly string[]>;
  clearAway(): Promise<void>;
}

const TAG_PREFIX = 'peering-autopilot:';
/** Its value is a time, so that only its being there compares. */
const TIMES = new Set(['decided-at', 'routes-synced-at', 'reminded-at', 'expires', 'ended-at']);

/** The rules of the stack take calls of such a role for the product's own: they start nothing. */
export async function quietClient(url: string): Promise<EC2Client> {
  const sts = new STSClient({
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Credentials: sessionCredentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${OWN}:role/vpc-peering-autopilot/proof`,
      RoleSessionName: 'proof',
    }),
  );
  return new EC2Client({
    endpoint: url,
    region: REGION,
    credentials: {
      accessKeyId: sessionCredentials?.AccessKeyId ?? '',
      secretAccessKey: sessionCredentials?.SecretAccessKey ?? '',
      sessionToken: sessionCredentials?.SessionToken ?? '',
    },
  });
}

export function tagLines(about: string, tags: readonly Tag[] = []): string[] {
  return tags
    .filter(({ Key }) => Key?.startsWith(TAG_PREFIX) && Key !== `${TAG_PREFIX}routes`)
    .map(({ Key = '', Value = '' }) => {
      const name = Key.slice(TAG_PREFIX.length);
      return `${about} ${name} ${TIMES.has(name) ? 'set' : Value}`;
    });
}

/** A VPC with the attributes that DNS resolution over a peering needs; AWS makes VPCs without the first of them. */
export async function createVpcWithNames(
  own: LabAccount,
  cidr: string,
  tags: Readonly<Record<string, string>> = {},
): Promise<LabVpc> {
  const made = await own.createVpc(cidr, tags);
  await own.ec2.send(
    new ModifyVpcAttributeCommand({ VpcId: made.vpcId, EnableDnsHostnames: { Value: true } }),
  );
  return made;
}

const ALL_EGRESS = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];

/** Pings that are answered, lost, and answered again, over one peering that stays. */
export async function createConnectivityFlow(stack: Stack): Promise<Flow> {
  const { own } = stack;
  const world: World = await createWorld(own.ec2);
  const peeringId = await own.request(world.vpcA, world.vpcB);
  await stack.idle();
  const runConnectivityCheck = async () => {
    await stack.fire('check-connectivity');
    await stack.idle();
  };

  return {
    name: 'connectivity',
    async prepare() {
      return {
        async act() {
          const rule = { GroupId: world.server2.securityGroupId, IpPermissions: ALL_EGRESS };
          await own.ec2.send(new RevokeSecurityGroupEgressCommand(rule));
          await runConnectivityCheck();
          await own.ec2.send(new AuthorizeSecurityGroupEgressCommand(rule));
          await runConnectivityCheck();
        },
        async settle() {
          await runConnectivityCheck();
          await stack.fire('sweep');
          await stack.idle();
        },
        async state() {
          const { Parameters = [] } = await stack.ssm.send(
            new GetParametersByPathCommand({ Path: '/vpc-peering-autopilot/prod/lost', Recursive: true }),
          );
          const last = (await stack.metrics('PacketLoss')).slice(-2).map(({ value }) => value);
          return [
            `last packet loss ${last.join(' ')}`,
            ...Parameters.map(({ Name }) => `remembered ${Name}`),
            ...(await own.peeringRoutes(world.vpcA.optedInTableId)),
            ...(await own.peeringRoutes(world.vpcB.optedInTableId)),
          ];
        },
        async foreign() {
          const peering = await own.peering(peeringId);
          const { RouteTables } = await own.ec2.send(
            new DescribeRouteTablesCommand({
              RouteTableIds: [world.vpcA.plainTableId, world.vpcB.plainTableId],
            }),
          );
          return [JSON.stringify(RouteTables), `${peering?.Status?.Code}`];
        },
        clearAway: async () => undefined,
      };
    },
  };
}

/**
 * A peering accepted by hand between VPCs that no rule is about, with routes to it in tables that did not opt in.
 * @returns what it looks like now, with everything that AWS shows of it.
 */
export async function createForeignNetwork(stack: Stack): Promise<() => Promise<string>> {
  const quiet = await quietClient(stack.url);
  const cidrs = ['10.250.0.0/24', '10.251.0.0/24'];
  const vpcIds: string[] = [];
  for (const CidrBlock of cidrs) {
    const { Vpc } = await quiet.send(new CreateVpcCommand({ CidrBlock }));
    vpcIds.push(Vpc?.VpcId ?? '');
  }
  const { VpcPeeringConnection } = await quiet.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: vpcIds[0], PeerVpcId: vpcIds[1] }),
  );
  const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId;
  await quiet.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
  const mains = async () => {
    const { RouteTables = [] } = await quiet.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: vpcIds }] }),
    );
    return RouteTables;
  };
  for (const { RouteTableId, VpcId } of await mains()) {
    const DestinationCidrBlock = cidrs[VpcId === vpcIds[0] ? 1 : 0];
    await quiet.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, VpcPeeringConnectionId }));
  }
  const look = async () => {
    const { VpcPeeringConnections = [] } = await quiet.send(
      new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [VpcPeeringConnectionId ?? ''] }),
    );
    return VpcPeeringConnections;
  };
  // It is provisioning for a moment, and what changes by that was touched by nobody.
  await eventually('the peering made by hand', async () =>
    (await look()).every(({ Status }) => Status?.Code === 'active') ? true : undefined,
  );
  return async () => JSON.stringify([await mains(), await look()]);
}
