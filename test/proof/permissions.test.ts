import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  AcceptVpcPeeringConnectionCommand,
  AllocateIpamPoolCidrCommand,
  AuthorizeSecurityGroupEgressCommand,
  CreateIpamCommand,
  CreateIpamPoolCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  EC2Client,
  ReplaceRouteCommand,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { GetQueueUrlCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createLabControl, type LabControl, type PermissionCheck } from 'local-aws-peering';
import {
  type Access,
  type ApiCall,
  accessesOf,
  conditionKeysFor,
  contextFor,
  decide,
  type Policy,
  type ResourceFacts,
} from 'local-aws-peering/iam';
import { stringify } from 'yaml';
import { parsePolicy } from '../../lib/policy/load.ts';
import type { PolicyInput } from '../../lib/policy/schema.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { createWorld, type World } from '../../local/tutorial/world.ts';
import { type FunctionName, functionsOf } from '../../resources/functions.ts';
import { statementsOf } from '../../resources/roles.ts';
import { type Grant, grantsOf, without } from '../support/iam.ts';
import { eventually, type LabAccount, labAccount, tagOf } from '../support/lab-account.ts';
import { letLook } from '../support/reader-role.ts';

/**
 * Every function runs under exactly its deployed role, and needs every part of it: for each action on each resource of
 * each statement, the flows below make a call that is denied once that part is taken away.
 */

/** The stack is deployed twice into one lab: with `mode: enforce` here, with `mode: observe` there. */
const REGION_OF = { enforce: 'us-east-1', observe: 'eu-west-1' } as const;
type Mode = keyof typeof REGION_OF;
const MODES: readonly Mode[] = ['enforce', 'observe'];

const STAGE = 'prod';
const OWN = '123456789012';
const TRUSTED = '222222222222';
const REJECTED = '444444444444';
/** Of the trusted account: what of it a person decides. */
const HELD = ['10.50.0.0/16', '10.60.0.0/16'];
const MANAGEMENT = '999999999999';

interface Organization {
  readonly organization: string;
  /** The number of an account in it. */
  readonly member: string;
}

/** Of the IPAM in the Region of a deployment. */
interface PlanIds {
  readonly pool: string;
  readonly scope: string;
}

/** A policy for which every statement that a role can have is there. */
function policyText(mode: Mode, { organization, member }: Organization, { pool, scope }: PlanIds): string {
  const region = REGION_OF[mode];
  const self = { accounts: ['self'], cidrs: ['10.0.0.0/8'] };
  const policy: PolicyInput = {
    version: 1,
    mode,
    trust: { accounts: [TRUSTED], organization },
    notify: { chat: 'buttons' },
    report: { publish: 'stack' },
    connectivity: { periods: 1 },
    guardrails: { ipam: { pools: [{ id: pool, region }], scope: { id: scope, region } } },
    connect: [
      {
        name: 'shared',
        hub: { tags: { Role: 'hub' } },
        spokes: { tags: { Role: 'spoke' }, accounts: ['self', TRUSTED] },
        onLeave: 'delete',
        leaveAfter: '1h',
      },
    ],
    rules: [
      { name: 'own', effect: 'accept', remote: self, routes: { dnsResolution: true }, onExpiry: 'delete' },
      {
        name: 'trusted',
        effect: 'accept',
        remote: { accounts: [TRUSTED] },
        probe: { targets: ['10.20.1.10'] },
      },
      {
        name: 'member',
        effect: 'accept',
        remote: { accounts: [member] },
        probe: { targets: ['10.30.1.10'] },
      },
      { name: 'never', effect: 'reject', remote: { accounts: [REJECTED] } },
      { name: 'reviewed', effect: 'hold', remote: { accounts: [TRUSTED], cidrs: HELD } },
      {
        // No VPC has these addresses; what subnets its peers have is looked at all the same.
        name: 'by-subnets',
        effect: 'hold',
        remote: { accounts: [TRUSTED], cidrs: ['10.99.0.0/16'] },
        routes: { destinations: { subnetTags: { Tier: 'shared' } } },
      },
    ],
  };
  return stringify(policy);
}

/** Calls that no flow of the lab makes as the role, and the call that is made on AWS instead. */
const BEYOND_THE_LAB: readonly {
  readonly action: string;
  readonly why: string;
  access(name: FunctionName, mode: Mode): Access;
}[] = [
  ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
    action,
    why: 'Lambda writes the log with the role of the function; in the lab, the lab itself does.',
    access: (name: FunctionName, mode: Mode): Access => ({
      action,
      resource: `arn:aws:logs:${REGION_OF[mode]}:${OWN}:log-group:/aws/lambda/vpc-peering-autopilot-${STAGE}-${name}:log-stream:2026/11/24/[$LATEST]0`,
      context: {},
    }),
  })),
  {
    action: 'sqs:SendMessage',
    why: 'Lambda sends an event that failed to the queue with the role of the function; in the lab, the lab itself does.',
    access: (_name: FunctionName, mode: Mode): Access => ({
      action: 'sqs:SendMessage',
      resource: deadLetterQueues[mode],
      context: {},
    }),
  },
];

/** No table of the flows leads to a prefix list, so none has to be looked into. */
const PREFIX_LISTS = {
  why: 'The tables here have no route with a prefix list.',
  calls: [
    ['ec2:DescribeManagedPrefixLists', {}],
    ['ec2:GetManagedPrefixListEntries', { PrefixListId: 'pl-0a1b2c3d4e5f60718' }],
  ],
} as const;

/** Calls that the flows below do not make, as `lib/aws` makes them: the statement is tried with these. */
const CALLS_OF_NO_FLOW: Partial<
  Record<
    FunctionName,
    {
      readonly why: string;
      readonly calls: readonly (readonly [string, ApiCall['input']])[];
      /** Default: another Region than that of deployment. */
      readonly region?: 'deployment';
    }
  >
> = {
  'accept-requests': {
    why: 'No call fails here, after which something noted would be forgotten. Which function takes over what an older version remembered is a matter of who comes first. And no table has a route with a prefix list.',
    calls: [
      ...PREFIX_LISTS.calls,
      ['ssm:GetParametersByPath', { Path: `/vpc-peering-autopilot/${STAGE}/lost` }],
    ],
    region: 'deployment',
  },
  'sync-routes': {
    why: 'No time of a peering is over here: test/e2e/expiry.test.ts has one deleted. And as above.',
    calls: [
      ...PREFIX_LISTS.calls,
      ['ec2:DeleteVpcPeeringConnection', { VpcPeeringConnectionId: 'pcx-0a1b2c3d4e5f60718' }],
      ['ssm:GetParametersByPath', { Path: `/vpc-peering-autopilot/${STAGE}/lost` }],
    ],
    region: 'deployment',
  },
  'check-connectivity': PREFIX_LISTS,
  'publish-report': PREFIX_LISTS,
  'record-connectivity': {
    why: 'Another function has taken over what an older version remembered before the first ping ends: a peer that says something before it would have it looked up. And no table or group here names a prefix list, no group another group.',
    calls: [
      ...PREFIX_LISTS.calls,
      ['ec2:DescribeStaleSecurityGroups', { VpcId: 'vpc-0a1b2c3d4e5f60718' }],
      ['dynamodb:GetItem', { TableName: '<Recall>' }],
      ['ssm:GetParametersByPath', { Path: `/vpc-peering-autopilot/${STAGE}/lost` }],
    ],
    region: 'deployment',
  },
  'answer-request': {
    why: 'No call fails here, after which an answer would be forgotten. And as above.',
    calls: PREFIX_LISTS.calls,
  },
  'forward-events': {
    why: 'Both policies here manage the Region of deployment only, so nothing has to be forwarded.',
    calls: [
      ['sns:Publish', { TopicArn: '<TellPeople>' }],
      ['sns:Publish', { TopicArn: '<TellChat>' }],
      ['events:ListRules', { NamePrefix: `vpc-peering-autopilot.${STAGE}.` }],
      ...['ListTargetsByRule', 'PutTargets', 'RemoveTargets'].map(
        (name) =>
          [
            `events:${name}`,
            {
              Rule: `vpc-peering-autopilot.${STAGE}.a`,
              ...(name === 'PutTargets'
                ? { Targets: [{ Arn: 'bus', RoleArn: '<LetEventBridgePutEvents>' }] }
                : {}),
            },
          ] as const,
      ),
      ['events:PutRule', { Name: `vpc-peering-autopilot.${STAGE}.a` }],
      ['events:DeleteRule', { Name: `vpc-peering-autopilot.${STAGE}.a` }],
      ...['GetQueueUrl', 'CreateQueue'].map(
        (name) => [`sqs:${name}`, { QueueName: `vpc-peering-autopilot-${STAGE}-forwarding` }] as const,
      ),
      ...['GetQueueAttributes', 'SetQueueAttributes', 'DeleteQueue'].map(
        (name) =>
          [
            `sqs:${name}`,
            {
              QueueUrl: `https://sqs.us-west-2.amazonaws.com/${OWN}/vpc-peering-autopilot-${STAGE}-forwarding`,
            },
          ] as const,
      ),
      ...[
        'GetDocument',
        'DeleteDocument',
        'CreateDocument',
        'UpdateDocument',
        'UpdateDocumentDefaultVersion',
      ].map((name) => [`ssm:${name}`, { Name: `vpc-peering-autopilot-${STAGE}-ping` }] as const),
      ['ec2:DescribeRegions', { RegionName: { 1: 'us-west-2' } }],
    ],
  },
};

/** What a call asks for; `<Sid>` in a parameter stands for the resource of that statement. */
async function accessesOfCall(
  mode: Mode,
  name: FunctionName,
  [action, input]: readonly [string, ApiCall['input']],
): Promise<Access[]> {
  const policies = policiesOf(mode, name);
  const filled = JSON.stringify(input).replace(
    /<(\w+)>/g,
    (_, sid: string) => grantsOf(policies).find((grant) => grant.sid === sid)?.resource ?? '',
  );
  const facts: ResourceFacts = {
    // As the product writes it before it deletes one.
    ec2Tags: async () => ({ 'peering-autopilot:ended-at': '2026-03-01T12:00:00.000Z' }),
    peeringVpcs: async () => undefined,
    organizationOf: async () => undefined,
    templateOf: async () => undefined,
  };
  const region = CALLS_OF_NO_FLOW[name]?.region === 'deployment' ? REGION_OF[mode] : 'us-west-2';
  const call = { action, input: JSON.parse(filled) as ApiCall['input'], accountId: OWN, region };
  const checked = await accessesOf(call, roleOf(mode, name)?.role ?? '', facts);
  return Promise.all(
    checked.map(async (each) => ({
      action: each.action,
      resource: each.resource,
      context: await contextFor(each, conditionKeysFor(policies, each)),
    })),
  );
}

let lab: Lab;
let directory = '';
let roles: readonly { readonly role: string; readonly policies: readonly Policy[] }[] = [];
let checks: readonly PermissionCheck[] = [];
const deadLetterQueues: Record<Mode, string> = { enforce: '', observe: '' };

async function ask(path: string): Promise<unknown> {
  return (await fetch(`${lab.url}${path}`)).json();
}

/** Runs a scheduled function of one of the two deployments now. */
async function fire(name: 'sweep' | 'check-connectivity', region: string): Promise<void> {
  const answer = await fetch(`${lab.url}/_lab/schedules/${name}?region=${region}`, { method: 'POST' });
  if (!answer.ok) {
    throw new Error(await answer.text());
  }
}

async function routed(own: LabAccount, tableId: string, route: string): Promise<void> {
  await eventually(`${route} in ${tableId}`, async () =>
    (await own.peeringRoutes(tableId)).includes(`${route} active`) ? true : undefined,
  );
}

async function createOrganization(): Promise<Organization> {
  const client = new OrganizationsClient({
    endpoint: lab.url,
    region: REGION_OF.enforce,
    credentials: { accessKeyId: MANAGEMENT, secretAccessKey: 'test' },
  });
  const { Organization } = await client.send(new CreateOrganizationCommand({}));
  const { CreateAccountStatus } = await client.send(
    new CreateAccountCommand({ AccountName: 'member', Email: 'member@example.com' }),
  );
  return { organization: Organization?.Id ?? '', member: CreateAccountStatus?.AccountId ?? '' };
}

/** An address plan in which all that the flows use is allocated to whoever uses it. */
async function createPlan(region: string, { member }: Organization): Promise<PlanIds> {
  const clientOf = (accessKeyId: string) =>
    new EC2Client({ endpoint: lab.url, region, credentials: { accessKeyId, secretAccessKey: 'test' } });
  const { Ipam } = await clientOf(OWN).send(new CreateIpamCommand({}));
  const scope = Ipam?.PrivateDefaultScopeId ?? '';
  const { IpamPool } = await clientOf(OWN).send(
    new CreateIpamPoolCommand({ IpamScopeId: scope, Locale: region, AddressFamily: 'ipv4' }),
  );
  const pool = IpamPool?.IpamPoolId ?? '';
  for (const [accountId, cidrs] of [
    [OWN, ['10.0.0.0/14', '10.70.0.0/15']],
    [TRUSTED, ['10.20.0.0/16', ...HELD]],
    [member, ['10.30.0.0/16']],
  ] as const) {
    const body = JSON.stringify({ poolId: pool, accountId });
    await fetch(`${lab.url}/_lab/ipam-shares`, { method: 'POST', body });
    for (const Cidr of cidrs) {
      await clientOf(accountId).send(new AllocateIpamPoolCidrCommand({ IpamPoolId: pool, Cidr }));
    }
  }
  return { pool, scope };
}

/** Requests, drift of every kind that is repaired, and the deletion of a peering. */
async function routeFlows(world: World, own: LabAccount, control: LabControl): Promise<void> {
  const { ec2, vpcA, vpcB, vpcC } = world;
  const ab = await own.request(vpcA, vpcB);
  await routed(own, vpcA.optedInTableId, `${vpcB.cidr} -> ${ab}`);
  await routed(own, vpcB.optedInTableId, `${vpcA.cidr} -> ${ab}`);
  const bc = await own.request(vpcB, vpcC);
  await routed(own, vpcB.optedInTableId, `${vpcC.cidr} -> ${bc}`);
  await routed(own, vpcC.optedInTableId, `${vpcB.cidr} -> ${bc}`);
  await control.idle();

  await ec2.send(
    new DeleteRouteCommand({ RouteTableId: vpcA.optedInTableId, DestinationCidrBlock: vpcB.cidr }),
  );
  await routed(own, vpcA.optedInTableId, `${vpcB.cidr} -> ${ab}`);
  await control.idle();
  await ec2.send(
    new ReplaceRouteCommand({
      RouteTableId: vpcB.optedInTableId,
      DestinationCidrBlock: vpcA.cidr,
      VpcPeeringConnectionId: bc,
    }),
  );
  await routed(own, vpcB.optedInTableId, `${vpcA.cidr} -> ${ab}`);
  await control.idle();
}

/** The stack of the account at the other end says what it saw. */
async function putOnBus(
  region: string,
  detailType: string,
  detail: { readonly accountId: string } & Readonly<Record<string, unknown>>,
): Promise<void> {
  await fetch(`${lab.url}/_lab/events?account=${OWN}&region=${region}&bus=vpc-peering-autopilot-${STAGE}`, {
    method: 'POST',
    body: JSON.stringify({
      source: 'vpc-peering-autopilot',
      'detail-type': detailType,
      account: detail.accountId,
      region,
      detail: { ...detail, region },
    }),
  });
}

async function sayVerdict(accountId: string, peeringId: string, region: string): Promise<void> {
  await putOnBus(region, 'Connectivity Verdict', { accountId, peeringId, verdict: 'reachable' });
}

/** Lost and found again inside the account; lost for good towards a trusted account and one of the organization. */
async function connectivityFlows(
  { ec2, vpcA, vpcC, server2 }: World,
  own: LabAccount,
  control: LabControl,
  member: string,
): Promise<void> {
  const check = async () => {
    await fire('check-connectivity', REGION_OF.enforce);
    await control.idle();
  };
  const everything = {
    GroupId: server2.securityGroupId,
    IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  };
  await ec2.send(new RevokeSecurityGroupEgressCommand(everything));
  await check();
  await ec2.send(new AuthorizeSecurityGroupEgressCommand(everything));
  await check();

  // Not checked any more, and checked again.
  const faults = `${lab.url}/_lab/ssm/faults`;
  await fetch(faults, {
    method: 'POST',
    body: JSON.stringify({ instanceId: server2.instanceId, status: 'Offline' }),
  });
  await check();
  await fetch(faults, { method: 'DELETE' });
  await check();
  await check();

  for (const [accountId, cidr] of [
    [TRUSTED, '10.20.0.0/16'],
    [member, '10.30.0.0/16'],
  ] as const) {
    const peer = await labAccount({ endpoint: lab.url, region: REGION_OF.enforce, accountId });
    const peerVpc = await peer.createVpc(cidr);
    const peeringId = await peer.request(peerVpc, vpcA, { accountId: OWN });
    await own.request(vpcC, peerVpc, { accountId });
    await fire('sweep', REGION_OF.enforce);
    await routed(own, vpcA.optedInTableId, `${cidr} -> ${peeringId}`);
    await control.idle();
    await sayVerdict(accountId, peeringId, REGION_OF.enforce);
    await control.idle();
  }
  await check();
}

async function remainingFlows({ ec2, vpcA, vpcB, vpcC }: World, own: LabAccount, control: LabControl) {
  const stranger = await labAccount({ endpoint: lab.url, region: REGION_OF.enforce, accountId: REJECTED });
  const unwanted = await stranger.request(await stranger.createVpc('10.40.0.0/16'), vpcA, { accountId: OWN });
  await ec2.send(
    new DeleteTagsCommand({ Resources: [vpcC.optedInTableId], Tags: [{ Key: 'peering-autopilot:routes' }] }),
  );
  await control.idle();
  await fire('sweep', REGION_OF.enforce);
  await control.idle();
  expect((await own.peering(unwanted))?.Status?.Code).toBe('rejected');

  const [route = ''] = await own.peeringRoutes(vpcB.optedInTableId);
  const peeringId = /pcx-\w+/.exec(route)?.[0] ?? '';
  expect(tagOf(await own.peering(peeringId), 'rule')).toBe('own');
  await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  await eventually(`the removal of ${route}`, async () =>
    (await own.peeringRoutes(vpcB.optedInTableId)).some((each) => each.includes(peeringId))
      ? undefined
      : true,
  );
  await control.idle();
}

/** Held requests that are accepted and rejected from chat. */
async function chatFlows({ vpcA }: World, own: LabAccount, control: LabControl) {
  const region = REGION_OF.enforce;
  const lambda = new LambdaClient({ endpoint: lab.url, region, credentials: own.credentials });
  const peer = await labAccount({ endpoint: lab.url, region, accountId: TRUSTED });
  for (const [answer, cidr, status] of [
    ['accept', '10.50.0.0/16', 'active'],
    ['reject', '10.60.0.0/16', 'rejected'],
  ] as const) {
    const peeringId = await peer.request(await peer.createVpc(cidr), vpcA, { accountId: OWN });
    await fire('sweep', region);
    await control.idle();
    await lambda.send(
      new InvokeCommand({
        FunctionName: `vpc-peering-autopilot-${STAGE}-answer-request`,
        Payload: Buffer.from(JSON.stringify({ answer, peeringId, region })),
      }),
    );
    await control.idle();
    // A peering that was accepted becomes active a moment later.
    await eventually(`${peeringId} to be ${status}`, async () =>
      (await own.peering(peeringId))?.Status?.Code === status ? true : undefined,
    );
  }
}

/** A peering that is missing is requested, and deleted again after its tag has gone. */
async function connectFlows({ ec2 }: World, own: LabAccount, control: LabControl) {
  const region = REGION_OF.enforce;
  const sweep = async () => {
    await fire('sweep', region);
    await control.idle();
  };
  const hub = await own.createVpc('10.70.0.0/16', { Role: 'hub' });
  const spoke = await own.createVpc('10.71.0.0/16', { Role: 'spoke' });
  await sweep();
  const route = await eventually('a peering of hub and spoke', async () => {
    const [first] = await own.peeringRoutes(spoke.tableId);
    return first?.startsWith(hub.cidr) && first.endsWith('active') ? first : undefined;
  });
  await sweep();
  await ec2.send(new DeleteTagsCommand({ Resources: [spoke.vpcId], Tags: [{ Key: 'Role' }] }));
  await sweep();
  await fetch(`${lab.url}/_lab/clock`, { method: 'POST', body: JSON.stringify({ advanceSeconds: 3601 }) });
  await sweep();
  const peeringId = /pcx-\w+/.exec(route)?.[0] ?? '';
  expect((await own.peering(peeringId))?.Status?.Code).toBe('deleted');
}

/** What is decided, compared and said where nothing may be written. */
async function observeFlows({ ec2, vpcA, vpcB, server1 }: World, own: LabAccount, control: LabControl) {
  const region = REGION_OF.observe;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = { endpoint: lab.url, region, credentials };
  const peeringId = await own.request(vpcA, vpcB);
  await eventually(`a message about ${peeringId}`, async () =>
    (await control.notifications()).find(({ subject }) => subject.includes(peeringId)),
  );
  await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  await eventually(`${peeringId} is active`, async () =>
    (await own.peering(peeringId))?.Status?.Code === 'active' ? true : undefined,
  );
  await control.idle();
  // A route that nobody asked for; then a table is tagged anew.
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: vpcA.optedInTableId,
      DestinationCidrBlock: '10.2.7.0/24',
      VpcPeeringConnectionId: peeringId,
    }),
  );
  await control.idle();
  await ec2.send(
    new CreateTagsCommand({
      Resources: [vpcA.plainTableId],
      Tags: [{ Key: 'peering-autopilot:routes', Value: 'own' }],
    }),
  );
  await control.idle();
  await fire('check-connectivity', region);
  await fire('sweep', region);

  // A ping that was sent before the policy changed.
  const { StackResources } = await new CloudFormationClient(client).send(
    new DescribeStackResourcesCommand({ StackName: `vpc-peering-autopilot-${STAGE}` }),
  );
  const { Command } = await new SSMClient(client).send(
    new SendCommandCommand({
      DocumentName: StackResources?.find(({ LogicalResourceId }) => LogicalResourceId === 'PingDocument')
        ?.PhysicalResourceId,
      InstanceIds: [server1.instanceId],
      Comment: `${peeringId} 10.2.1.139 same-zone`,
      Parameters: { target: ['10.2.1.139'], count: ['1'] },
    }),
  );
  const since = Command?.RequestedDateTime?.toISOString();
  await putOnBus(region, 'Pings Sent', { accountId: OWN, since, until: since, look: 1 });
  await sayVerdict(TRUSTED, peeringId, region);
  await control.idle();
}

/** A batch of each function with a queue fails once, and is given back. */
async function batchesThatFail(mode: Mode, control: LabControl) {
  const queued = [
    '-accept-requests',
    '-sync-routes',
    '-record-connectivity',
    '-request-peerings',
    '-publish-report',
  ];
  for (const principal of queued) {
    await fetch(`${lab.url}/_lab/faults`, {
      method: 'POST',
      body: JSON.stringify({
        service: 'ec2',
        action: 'DescribeVpcPeeringConnections',
        principal,
        kind: 'throttle',
        // As often as the SDK tries.
        times: 3,
      }),
    });
  }
  await fire('sweep', REGION_OF[mode]);
  await sayVerdict(TRUSTED, 'pcx-0123456789abcdef0', REGION_OF[mode]);
  await control.idle();
}

/** The queue of publish-report holds back for a minute what the sweep asks for; a flow does not wait for it. */
async function withoutDelay(region: string): Promise<void> {
  const sqs = new SQSClient({
    endpoint: lab.url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const QueueName = `vpc-peering-autopilot-${STAGE}-publish-report.fifo`;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '0' } }));
}

async function worldIn(region: string): Promise<{ world: World; own: LabAccount }> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return {
    world: await createWorld(new EC2Client({ endpoint: lab.url, region, credentials })),
    own: await labAccount({ endpoint: lab.url, region }),
  };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-proof-'));
  lab = await startLab({ progress: () => undefined });
  const control = createLabControl(lab.url);
  const found = await createOrganization();
  await letLook({ endpoint: lab.url, region: REGION_OF.enforce, accountId: TRUSTED, reader: OWN });
  for (const mode of MODES) {
    const policyFile = join(directory, `${mode}.yml`);
    await writeFile(policyFile, policyText(mode, found, await createPlan(REGION_OF[mode], found)));
    await lab.deploy({ policyFile, region: REGION_OF[mode] });
    await withoutDelay(REGION_OF[mode]);
  }

  const { world, own } = await worldIn(REGION_OF.enforce);
  await routeFlows(world, own, control);
  await connectivityFlows(world, own, control, found.member);
  await remainingFlows(world, own, control);
  await chatFlows(world, own, control);
  await connectFlows(world, own, control);
  const observed = await worldIn(REGION_OF.observe);
  await observeFlows(observed.world, observed.own, control);
  for (const mode of MODES) {
    await batchesThatFail(mode, control);
  }

  roles = (await ask('/_lab/permissions/roles')) as typeof roles;
  // Before a test makes calls of its own.
  checks = (await ask('/_lab/permissions')) as typeof checks;
  for (const mode of MODES) {
    const grants = functionsIn(mode).flatMap((name) => grantsOf(policiesOf(mode, name)));
    deadLetterQueues[mode] = grants.find(({ action }) => action === 'sqs:SendMessage')?.resource ?? '';
  }
});

afterAll(async () => {
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The role of a function in one of the two deployments: its log group says in which Region. */
function roleOf(mode: Mode, name: FunctionName) {
  return roles.find(({ policies }) =>
    grantsOf(policies).some(
      ({ policy, resource }) => policy === name && resource.startsWith(`arn:aws:logs:${REGION_OF[mode]}:`),
    ),
  );
}

function policiesOf(mode: Mode, name: FunctionName): readonly Policy[] {
  return roleOf(mode, name)?.policies ?? [];
}

async function accessesSeen(mode: Mode, name: FunctionName, action: string): Promise<readonly Access[]> {
  const beyond = BEYOND_THE_LAB.find((each) => each.action === action);
  if (beyond !== undefined) {
    return [beyond.access(name, mode)];
  }
  const { role } = roleOf(mode, name) ?? {};
  const made = checks
    .filter((check) => check.outcome === 'allowed' && check.action === action && check.role === role)
    .flatMap(({ accesses }) => accesses);
  const others = await Promise.all(
    (CALLS_OF_NO_FLOW[name]?.calls ?? []).map((call) => accessesOfCall(mode, name, call)),
  );
  return [...made, ...others.flat().filter((access) => access.action === action)];
}

/** As it is deployed; the ids of organization and plan do not shape the statements. */
function policyIn(mode: Mode) {
  const plan = { pool: 'ipam-pool-0a1b2c3d4e5f60718', scope: 'ipam-scope-0a1b2c3d4e5f60718' };
  const text = policyText(mode, { organization: 'o-a1b2c3d4e5', member: '555555555555' }, plan);
  return parsePolicy(text, 'peering-policy.yml').policy;
}

function functionsIn(mode: Mode): readonly FunctionName[] {
  return functionsOf(policyIn(mode));
}

const STATEMENTS = MODES.flatMap((mode) => {
  const policy = policyIn(mode);
  return functionsOf(policy).flatMap((name) =>
    statementsOf(name, { policy, stage: STAGE }).flatMap(({ Sid, Action }) =>
      Action.map((action): [Mode, FunctionName, string, string] => [mode, name, action, Sid]),
    ),
  );
});

describe('the deployed roles', () => {
  it('are those of the functions, with the statements that the table below goes through', () => {
    // EventBridge's own role is no function's; the lab checks it where a rule sends to another Region.
    const ofFunctions = roles.filter(({ role }) => !role.includes('-ForwarderRole-'));
    const deployed = ofFunctions.map(({ role, policies }) => ({
      role,
      grants: grantsOf(policies).map(({ policy: name, action, sid }) => [name, action, sid].join(' ')),
    }));
    const expected = MODES.flatMap((mode) =>
      functionsIn(mode).map((name) => ({
        role: roleOf(mode, name)?.role ?? `none for ${name} with mode ${mode}`,
        grants: STATEMENTS.filter((row) => row[0] === mode && row[1] === name).map((row) =>
          row.slice(1).join(' '),
        ),
      })),
    );
    const sorted = (all: typeof deployed) =>
      all
        .map(({ role, grants }) => ({ role, grants: [...new Set(grants)].sort() }))
        .sort((a, b) => (a.role < b.role ? -1 : 1));
    expect(sorted(deployed)).toEqual(sorted(expected));
  });

  it('let the functions do everything that they do', () => {
    expect(checks.filter(({ outcome }) => outcome === 'denied')).toEqual([]);
  });

  it('are used in the lab, but for what is listed as beyond it', () => {
    const seen = new Set(checks.map(({ action }) => action));
    expect(BEYOND_THE_LAB.filter(({ action }) => seen.has(action))).toEqual([]);
  });
});

describe('the deployed role of accept-requests, whatever its code decides', () => {
  /** A call with the credentials of the role, by nobody's code. */
  async function acceptInRole(peeringId: string): Promise<string> {
    const client = { endpoint: lab.url, region: REGION_OF.enforce };
    const own = { accessKeyId: 'test', secretAccessKey: 'test' };
    const { role = '' } = roleOf('enforce', 'accept-requests') ?? {};
    // Lambda alone may assume it; who has come by its credentials is what is played here.
    await new IAMClient({ ...client, credentials: own }).send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: role.slice(role.lastIndexOf('/') + 1),
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS: OWN }, Action: 'sts:AssumeRole' }],
        }),
      }),
    );
    const { Credentials: given } = await new STSClient({ ...client, credentials: own }).send(
      new AssumeRoleCommand({
        RoleArn: role,
        RoleSessionName: 'no-code-of-ours',
      }),
    );
    const credentials = {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    };
    return new EC2Client({ ...client, credentials })
      .send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }))
      .then(
        ({ VpcPeeringConnection }) => VpcPeeringConnection?.Status?.Code ?? '',
        ({ name }: Error) => name,
      );
  }

  /** A request that the code leaves alone: its CIDR is that of the VPC that it is for. */
  async function pendingRequestOf(accountId: string): Promise<string> {
    const requester = await labAccount({ endpoint: lab.url, region: REGION_OF.enforce, accountId });
    const own = await labAccount({ endpoint: lab.url, region: REGION_OF.enforce });
    const [asking, asked] = [await requester.createVpc('10.77.0.0/16'), await own.createVpc('10.78.0.0/16')];
    return requester.request(asking, asked, { accountId: OWN });
  }

  it('denies to accept a request of an account that no accept rule names', async () => {
    const [stranger, trusted] = [await pendingRequestOf('777777777777'), await pendingRequestOf(TRUSTED)];
    expect(await acceptInRole(stranger)).toBe('UnauthorizedOperation');
    expect(await acceptInRole(trusted)).toMatch(/^(provisioning|active)$/);
  });
});

describe('taken from its role, this makes a call fail', () => {
  it.each(STATEMENTS)('mode %s, %s: %s in %s', async (mode, name, action, sid) => {
    const policies = policiesOf(mode, name);
    const accesses = await accessesSeen(mode, name, action);
    const grants = grantsOf(policies).filter((grant) => grant.action === action && grant.sid === sid);
    const needed = (grant: Grant) =>
      accesses.some(
        (access) =>
          decide(policies, access).outcome === 'allowed' &&
          decide(without(policies, grant), access).outcome === 'denied',
      );
    expect(grants).not.toEqual([]);
    expect(grants.filter((grant) => !needed(grant))).toEqual([]);
  });
});
