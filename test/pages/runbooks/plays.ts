import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
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
import { labAccount } from '../../support/lab-account.ts';
import type { Variables } from './followed-page.ts';
import { OTHER_REGION, REGION, type Scene, STACK } from './scene.ts';

/** How each alarm is made to ring in the lab: by breaking what its page is about, as somebody or something does it in an account. */

/** Breaks it. @returns what the variables of the page stand for. */
type Breakage = (scene: Scene) => Promise<Variables>;

export interface Play {
  readonly alarm: AlarmName;
  /** By the heading under "Mend" whose commands mend it. The commands under "Look" are shown for the first. */
  readonly causes: Readonly<Record<string, Breakage>>;
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

async function gatewayOf({ own }: Scene, vpcId: string): Promise<string> {
  const { InternetGateway } = await own.ec2.send(new CreateInternetGatewayCommand({}));
  const id = InternetGateway?.InternetGatewayId ?? '';
  await own.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
  return id;
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
        const gateway = await gatewayOf(scene, world.vpcC.vpcId);
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
        return { TABLE: world.vpcC.optedInTableId, DESTINATION: blocks[0] ?? '' };
      },
    },
  },
  {
    alarm: 'RouteDriftUnrepaired',
    causes: {
      async 'untagged: a table lost its tag'({ own, control, world: { vpcB } }) {
        await own.ec2.send(
          new DeleteTagsCommand({
            Resources: [vpcB.optedInTableId],
            Tags: [{ Key: 'peering-autopilot:routes' }],
          }),
        );
        await control.idle();
        return { TABLE: vpcB.optedInTableId };
      },
      async "conflict: somebody's route has the destination"(scene) {
        const { own, control, peeringId, world } = scene;
        const [TABLE, DESTINATION] = [world.vpcA.optedInTableId, world.vpcB.cidr];
        await own.ec2.send(
          new ReplaceRouteCommand({
            RouteTableId: TABLE,
            DestinationCidrBlock: DESTINATION,
            GatewayId: await gatewayOf(scene, world.vpcA.vpcId),
          }),
        );
        await control.idle();
        return { TABLE, DESTINATION, PEERING: peeringId };
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
        return { PEERING };
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
        return { INSTANCE: server1.instanceId };
      },
      async 'The probe instance lost its tag'({ own, check, world: { server2 } }) {
        await own.ec2.send(
          new DeleteTagsCommand({
            Resources: [server2.instanceId],
            Tags: [{ Key: 'peering-autopilot:probe' }],
          }),
        );
        await check();
        return { INSTANCE: server2.instanceId };
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
        return { ROLE, POLICY: 'no-changes-this-week', QUEUE };
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
