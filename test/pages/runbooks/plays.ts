import {
  AcceptVpcPeeringConnectionCommand,
  AssociateVpcCidrBlockCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  ReplaceRouteCommand,
  RevokeSecurityGroupIngressCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  GetPolicyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  RemovePermissionCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { forwardingQueueName } from '../../../lib/forwarding/desired.ts';
import type { AlarmName } from '../../../lib/model/runbook.ts';
import { parseCidr } from '../../../lib/network/cidr.ts';
import { eventually, type LabAccount, type LabVpc, labAccount } from '../../support/lab-account.ts';
import type { Variables } from './followed-page.ts';
import { OTHER_REGION, REGION, type Scene, STACK } from './scene.ts';

/** How each alarm is made to ring in the lab: by breaking what its page is about, as somebody or something does it in an account. */

/** Breaks it. @param afterwards what of it would be in the way of other plays. @returns what the variables of the page stand for. */
type Breakage = (scene: Scene, afterwards: (end: () => Promise<void>) => void) => Promise<Variables>;

export interface Play {
  readonly alarm: AlarmName;
  /** By the heading under "Mend" whose commands mend it, in one way or several. The commands under "Look" are shown for the first. */
  readonly causes: Readonly<Record<string, Breakage | Readonly<Record<string, Breakage>>>>;
  /** What looks again, so that the alarm can end. Left out: the sweep. */
  readonly looks?: 'sweep' | 'check';
}

/** What of a function's policy is looked at. */
interface FunctionPolicy {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Principal: { readonly Service?: string };
    readonly Condition?: { readonly ArnLike: Readonly<Record<string, string>> };
  }[];
}

export function resource({ resources }: Scene, logicalId: string): string {
  const id = resources.get(logicalId);
  if (id === undefined) throw new Error(`The stack has no ${logicalId}.`);
  return id;
}

async function gatewayOf({ ec2 }: LabAccount, vpcId: string): Promise<string> {
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const id = InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
  return id;
}

/** What a route has that leads more than one peering's addresses. */
const WIDER = '10.0.0.0/8';

/** Two VPCs are peered in the other managed Region, and are no longer after the play. @param before what is in the first one before. */
async function peeredElsewhere(
  { lab, control, sweep }: Scene,
  afterwards: (end: () => Promise<void>) => void,
  before: (there: LabAccount, a: LabVpc) => Promise<void> = async () => undefined,
) {
  const there = await labAccount({ endpoint: lab.url, region: OTHER_REGION });
  const a = await there.createVpc('10.60.0.0/16', { Environment: 'lab' });
  const b = await there.createVpc('10.61.0.0/16', { Environment: 'lab' });
  await before(there, a);
  const PEERING = await there.request(a, b);
  afterwards(async () => {
    await there.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: PEERING }));
    await sweep();
  });
  await control.idle();
  if ((await there.peering(PEERING))?.Status?.Code === 'pending-acceptance') {
    // It was held for what is there before. A person accepts it all the same.
    await there.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: PEERING }));
    await control.idle();
  }
  await eventually('its route back', async () =>
    (await there.peeringRoutes(b.tableId)).some((route) => route.endsWith(`${PEERING} active`))
      ? true
      : undefined,
  );
  await sweep();
  return { there, a, b, PEERING };
}

/** Somebody takes the tag off a table. */
async function withoutTag(
  control: Scene['control'],
  { ec2 }: LabAccount,
  where: string,
  TABLE: string,
): Promise<Variables> {
  await ec2.send(new DeleteTagsCommand({ Resources: [TABLE], Tags: [{ Key: 'peering-autopilot:routes' }] }));
  await control.idle();
  return { TABLE, REGION: where };
}

/** Somebody adds a statement to a role that forbids a call. */
export async function forbid({ lab }: Scene, role: string, action: string): Promise<void> {
  const iam = new IAMClient({ endpoint: lab.url, region: REGION });
  const statement = { Effect: 'Deny', Action: action, Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: role,
      PolicyName: 'no-changes-this-week',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
}

/** Somebody disables the mapping between a queue and its function; what comes then waits for 15 minutes. */
function backlogOf(name: string, comes: (scene: Scene) => Promise<void>): Breakage {
  return async (scene) => {
    const lambda = new LambdaClient({ endpoint: scene.lab.url, region: REGION });
    const { EventSourceMappings: [mapping] = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: `${STACK}-${name}` }),
    );
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping?.UUID, Enabled: false }));
    await comes(scene);
    await scene.timePasses(901);
    return { MAPPING: mapping?.UUID ?? '' };
  };
}

/** Calls of one of the functions fail, as often as it tries. */
async function failing(
  { fault, clearFaults }: Scene,
  of: { readonly service: string; readonly action: string; readonly principal: string },
  meanwhile: () => Promise<void>,
): Promise<void> {
  await fault({ ...of, kind: 'error500', times: 1000 });
  await meanwhile();
  await clearFaults();
}

export const PLAYS: readonly Play[] = [
  {
    alarm: 'QuotaLow',
    causes: {
      async 'Routes that nobody needs'(scene) {
        const { own, world } = scene;
        const gateway = await gatewayOf(own, world.vpcC.vpcId);
        const blocks = Array.from({ length: 9 }, (_, index) => `198.51.100.${16 * index}/28`);
        for (const block of blocks) {
          await own.ec2.send(
            new CreateRouteCommand({
              RouteTableId: world.vpcC.optedInTableId,
              DestinationCidrBlock: block,
              GatewayId: gateway,
            }),
          );
        }
        await scene.sweep();
        return {
          TABLE: world.vpcC.optedInTableId,
          DESTINATION: blocks[0] ?? '',
          BLOCK: 'cidr-block',
          REGION,
        };
      },
    },
  },
  {
    alarm: 'RouteDriftUnrepaired',
    causes: {
      'untagged: a table lost its tag': {
        "in the stack's Region": ({ control, own, world: { vpcB } }) =>
          withoutTag(control, own, REGION, vpcB.optedInTableId),
        async 'in another Region'(scene, afterwards) {
          const { there, a } = await peeredElsewhere(scene, afterwards);
          return withoutTag(scene.control, there, OTHER_REGION, a.tableId);
        },
      },
      async 'untagged: a table that the product shall leave alone'(
        { control, own, sweep, world: { vpcB } },
        afterwards,
      ) {
        afterwards(async () => {
          const Tags = [{ Key: 'peering-autopilot:routes', Value: '*' }];
          await own.ec2.send(new CreateTagsCommand({ Resources: [vpcB.optedInTableId], Tags }));
          await sweep();
        });
        return withoutTag(control, own, REGION, vpcB.optedInTableId);
      },
      "conflict: somebody's route has just the destination": {
        async 'of IPv4'(scene) {
          const { own, control, peeringId, world } = scene;
          const [TABLE, DESTINATION] = [world.vpcA.optedInTableId, world.vpcB.cidr];
          const GatewayId = await gatewayOf(own, world.vpcA.vpcId);
          await own.ec2.send(
            new ReplaceRouteCommand({ RouteTableId: TABLE, DestinationCidrBlock: DESTINATION, GatewayId }),
          );
          await control.idle();
          return { TABLE, DESTINATION, BLOCK: 'cidr-block', PEERING: peeringId, REGION };
        },
        async 'of IPv6, in another Region'(scene, afterwards) {
          const { there, a, b, PEERING } = await peeredElsewhere(scene, afterwards);
          await there.ec2.send(
            new AssociateVpcCidrBlockCommand({ VpcId: b.vpcId, AmazonProvidedIpv6CidrBlock: true }),
          );
          const { Vpcs } = await there.ec2.send(new DescribeVpcsCommand({ VpcIds: [b.vpcId] }));
          // moto writes leading zeros, which routes are shown without.
          const block = Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? 'no block';
          const DESTINATION = parseCidr(block).text;
          await scene.sweep();
          const GatewayId = await gatewayOf(there, a.vpcId);
          await there.ec2.send(
            new ReplaceRouteCommand({
              RouteTableId: a.tableId,
              DestinationIpv6CidrBlock: DESTINATION,
              GatewayId,
            }),
          );
          await scene.sweep();
          return { TABLE: a.tableId, DESTINATION, BLOCK: 'ipv6-cidr-block', PEERING, REGION: OTHER_REGION };
        },
      },
      async 'conflict: a wider route has the addresses'(scene, afterwards) {
        const { there, a, b, PEERING } = await peeredElsewhere(scene, afterwards, async (there, a) => {
          await there.ec2.send(
            new CreateRouteCommand({
              RouteTableId: a.tableId,
              DestinationCidrBlock: WIDER,
              GatewayId: await gatewayOf(there, a.vpcId),
            }),
          );
        });
        afterwards(async () => {
          // It has what it had: all but what the peering is for.
          const { RouteTables } = await there.ec2.send(
            new DescribeRouteTablesCommand({ RouteTableIds: [a.tableId] }),
          );
          const wider = RouteTables?.[0]?.Routes?.find((route) => route.DestinationCidrBlock === WIDER);
          expect(wider?.GatewayId).toMatch(/^igw-/);
        });
        const [TABLE, DESTINATION] = [a.tableId, b.cidr];
        return { TABLE, DESTINATION, BLOCK: 'cidr-block', PEERING, REGION: OTHER_REGION };
      },
      async 'contested: something undoes the repair'({ own, control, peeringId, world, ringing }) {
        const [TABLE, DESTINATION] = [world.vpcA.optedInTableId, world.vpcB.cidr];
        // Three are repaired.
        for (let round = 0; round <= 3; round += 1) {
          expect(await ringing()).toEqual([]);
          await own.ec2.send(
            new DeleteRouteCommand({ RouteTableId: TABLE, DestinationCidrBlock: DESTINATION }),
          );
          await control.idle();
        }
        return { TABLE, DESTINATION, BLOCK: 'cidr-block', PEERING: peeringId, REGION };
      },
      async 'active-but-not-allowed: a live peering that the policy rejects'(scene) {
        const { own, world } = scene;
        const PEERING = await own.request(world.vpcC, world.vpcB);
        await scene.control.idle();
        await own.ec2.send(
          new CreateTagsCommand({
            Resources: [world.vpcC.vpcId],
            Tags: [{ Key: 'Quarantine', Value: 'yes' }],
          }),
        );
        await scene.sweep();
        return { PEERING, REGION };
      },
    },
  },
  {
    alarm: 'SyncRoutesBacklog',
    causes: { 'Events are not taken from the queue': backlogOf('sync-routes', ({ sweep }) => sweep()) },
  },
  {
    alarm: 'AcceptRequestsBacklog',
    causes: { 'Events are not taken from the queue': backlogOf('accept-requests', ({ sweep }) => sweep()) },
  },
  {
    alarm: 'RequestPeeringsBacklog',
    causes: { 'Events are not taken from the queue': backlogOf('request-peerings', ({ sweep }) => sweep()) },
  },
  {
    alarm: 'RecordConnectivityBacklog',
    looks: 'check',
    causes: {
      'Events are not taken from the queue': backlogOf('record-connectivity', ({ check }) => check()),
    },
  },
  {
    alarm: 'PublishReportBacklog',
    causes: { 'Events are not taken from the queue': backlogOf('publish-report', ({ sweep }) => sweep()) },
  },
  {
    alarm: 'ConnectivityLost',
    looks: 'check',
    causes: {
      async "security-group-in: the target's security group does not let it in"({ own, check, world }) {
        const { server1, server2, vpcA } = world;
        await own.ec2.send(
          new RevokeSecurityGroupIngressCommand({
            GroupId: server2.securityGroupId,
            IpPermissions: [
              { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
            ],
          }),
        );
        await check();
        return {
          REGION,
          INSTANCE: server1.instanceId,
          ADDRESS: server2.address,
          GROUP: server2.securityGroupId,
          CIDR: vpcA.cidr,
        };
      },
    },
  },
  {
    alarm: 'ProbesWithoutVerdict',
    looks: 'check',
    causes: {
      async 'The probe instance is stopped'({ own, check, world: { server1 } }) {
        await check();
        await own.ec2.send(new StopInstancesCommand({ InstanceIds: [server1.instanceId] }));
        await check();
        return { INSTANCE: server1.instanceId, REGION };
      },
      async 'The probe instance lost its tag'({ own, check, world: { server2 } }) {
        await own.ec2.send(
          new DeleteTagsCommand({
            Resources: [server2.instanceId],
            Tags: [{ Key: 'peering-autopilot:probe' }],
          }),
        );
        await check();
        return { INSTANCE: server2.instanceId, REGION };
      },
    },
  },
  {
    alarm: 'EventsUnhandled',
    causes: {
      async 'AWS failed, and works again'(scene) {
        const call = {
          service: 'ec2',
          action: 'DescribeVpcPeeringConnections',
          principal: 'AcceptRequestsRole',
        };
        await failing(scene, call, () => scene.sweep());
        return { QUEUE: resource(scene, 'UnhandledEventsQueue') };
      },
    },
  },
  {
    alarm: 'PermanentFailures',
    causes: {
      async 'A policy on the role forbids the call'(scene) {
        const { own, control, world } = scene;
        const ROLE = resource(scene, 'SyncRoutesRole');
        await forbid(scene, ROLE, 'ec2:CreateRoute');
        await own.ec2.send(
          new DeleteRouteCommand({
            RouteTableId: world.vpcB.optedInTableId,
            DestinationCidrBlock: world.vpcA.cidr,
          }),
        );
        await control.idle();
        return { ROLE, POLICY: 'no-changes-this-week' };
      },
      async 'Events of another Region wait in its queue'(scene) {
        const ROLE = resource(scene, 'ForwarderRole');
        await forbid(scene, ROLE, 'events:PutEvents');
        const there = await labAccount({ endpoint: scene.lab.url, region: OTHER_REGION });
        await there.request(await there.createVpc('10.50.0.0/16'), await there.createVpc('10.51.0.0/16'));
        await scene.control.idle();
        await scene.sweep();
        const home = resource(scene, 'UnhandledEventsQueue').replace(REGION, OTHER_REGION);
        const QUEUE = home.replace(/[^/]+$/, forwardingQueueName('prod'));
        return { ROLE, POLICY: 'no-changes-this-week', QUEUE, REGION: OTHER_REGION };
      },
    },
  },
  {
    alarm: 'DeadLetterQueueNotEmpty',
    causes: {
      async 'A function failed'(scene) {
        const call = { service: 'events', action: '*', principal: 'ForwardEventsRole' };
        await failing(scene, call, () => scene.sweep());
        return { QUEUE: resource(scene, 'DeadLetterQueue') };
      },
      async 'EventBridge was not let in'(scene) {
        const FUNCTION = `${STACK}-forward-events`;
        const lambda = new LambdaClient({ endpoint: scene.lab.url, region: REGION });
        const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName: FUNCTION }));
        const { Statement }: FunctionPolicy = JSON.parse(Policy);
        const granted = Statement.find(({ Principal }) => Principal.Service === 'events.amazonaws.com');
        await lambda.send(new RemovePermissionCommand({ FunctionName: FUNCTION, StatementId: granted?.Sid }));
        await scene.sweep();
        const RULE_ARN = granted?.Condition?.ArnLike['AWS:SourceArn'] ?? '';
        return { QUEUE: resource(scene, 'DeadLetterQueue'), FUNCTION, RULE_ARN };
      },
    },
  },
  {
    alarm: 'SweepMissing',
    causes: {
      async 'Its rule is disabled'(scene) {
        const RULE = resource(scene, 'SweepScheduleRule');
        const events = new EventBridgeClient({ endpoint: scene.lab.url, region: REGION });
        await events.send(new DisableRuleCommand({ Name: RULE }));
        await fetch(`${scene.lab.url}/_lab/clock`, {
          method: 'POST',
          body: JSON.stringify({ advanceSeconds: 901 }),
        });
        return { RULE };
      },
    },
  },
];
