import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AuthorizeSecurityGroupEgressCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  EC2Client,
  ReplaceRouteCommand,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { stringify } from 'yaml';
import { FUNCTIONS, type FunctionName } from '../../build/functions.ts';
import type { PermissionCheck } from '../../lab/iam/permissions.ts';
import { type Access, decide, type Policy } from '../../lab/iam/policy.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { createLabControl, type LabControl } from '../../lab/tutorial/control.ts';
import { createWorld, type World } from '../../lab/tutorial/world.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import type { PolicyInput } from '../../lib/policy/schema.ts';
import { statementsOf } from '../../resources/roles.ts';
import { type Grant, grantsOf, without } from '../support/iam.ts';
import { eventually, type LabAccount, labAccount, tagOf } from '../support/lab-account.ts';

/**
 * Every function runs under exactly its deployed role, and needs every part of it: for each action on each resource of
 * each statement, the flows below make a call that is denied once that part is taken away.
 */

jest.setTimeout(240_000);

const REGION = 'us-east-1';
const STAGE = 'prod';
const OWN = '123456789012';
const TRUSTED = '222222222222';
const REJECTED = '444444444444';
const MANAGEMENT = '999999999999';

/** A policy for which every statement that a role can have is there. */
function policyText(organization: string, member: string): string {
  const self = { accounts: ['self'], cidrs: ['10.0.0.0/8'] };
  const policy: PolicyInput = {
    version: 1,
    trust: { accounts: [TRUSTED], organization },
    connectivity: { periods: 1 },
    rules: [
      { name: 'own', effect: 'accept', remote: self, routes: { dnsResolution: true } },
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
    ],
  };
  return stringify(policy);
}

/** Calls that no flow of the lab makes as the role, and the call that is made on AWS instead. */
const BEYOND_THE_LAB: readonly {
  readonly action: string;
  readonly why: string;
  access(name: FunctionName): Access;
}[] = [
  ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
    action,
    why: 'Lambda writes the log with the role of the function; in the lab, the lab itself does.',
    access: (name: FunctionName): Access => ({
      action,
      resource: `arn:aws:logs:${REGION}:${OWN}:log-group:/aws/lambda/vpc-peering-autopilot-${STAGE}-${name}:log-stream:2026/11/24/[$LATEST]0`,
      context: {},
    }),
  })),
  {
    action: 'sqs:SendMessage',
    why: 'Lambda sends an event that failed to the queue with the role of the function; in the lab, the lab itself does.',
    access: (): Access => ({ action: 'sqs:SendMessage', resource: deadLetterQueueArn, context: {} }),
  },
];

let lab: Lab;
let directory = '';
let roles: readonly { readonly role: string; readonly policies: readonly Policy[] }[] = [];
let checks: readonly PermissionCheck[] = [];
let deadLetterQueueArn = '';

async function ask(path: string): Promise<unknown> {
  return (await fetch(`${lab.url}${path}`)).json();
}

async function routed(own: LabAccount, tableId: string, route: string): Promise<void> {
  await eventually(`${route} in ${tableId}`, async () =>
    (await own.peeringRoutes(tableId)).includes(`${route} active`) ? true : undefined,
  );
}

/** An organization, and the number of an account in it. */
async function organization(): Promise<{ id: string; member: string }> {
  const client = new OrganizationsClient({
    endpoint: lab.url,
    region: REGION,
    credentials: { accessKeyId: MANAGEMENT, secretAccessKey: 'test' },
  });
  const { Organization } = await client.send(new CreateOrganizationCommand({}));
  const { CreateAccountStatus } = await client.send(
    new CreateAccountCommand({ AccountName: 'member', Email: 'member@example.com' }),
  );
  return { id: Organization?.Id ?? '', member: CreateAccountStatus?.AccountId ?? '' };
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

/** Lost and found again inside the account; lost for good towards a trusted account and one of the organization. */
async function connectivityFlows(
  { ec2, vpcA, server2 }: World,
  own: LabAccount,
  control: LabControl,
  member: string,
): Promise<void> {
  const check = async () => {
    await control.fire('check-connectivity');
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

  for (const [accountId, cidr] of [
    [TRUSTED, '10.20.0.0/16'],
    [member, '10.30.0.0/16'],
  ] as const) {
    const peer = await labAccount({ endpoint: lab.url, region: REGION, accountId });
    const peeringId = await peer.request(await peer.createVpc(cidr), vpcA, { accountId: OWN });
    await control.fire('sweep');
    await routed(own, vpcA.optedInTableId, `${cidr} -> ${peeringId}`);
    await control.idle();
    // The stack of the account at the other end says what it saw.
    await fetch(`${lab.url}/_lab/events?account=${OWN}&bus=vpc-peering-autopilot-${STAGE}`, {
      method: 'POST',
      body: JSON.stringify({
        source: 'vpc-peering-autopilot',
        'detail-type': 'Connectivity Verdict',
        account: accountId,
        region: REGION,
        detail: { accountId, region: REGION, peeringId, verdict: 'reachable' },
      }),
    });
    await control.idle();
  }
  await check();
}

async function remainingFlows({ ec2, vpcA, vpcB, vpcC }: World, own: LabAccount, control: LabControl) {
  const stranger = await labAccount({ endpoint: lab.url, region: REGION, accountId: REJECTED });
  const unwanted = await stranger.request(await stranger.createVpc('10.40.0.0/16'), vpcA, { accountId: OWN });
  await ec2.send(
    new DeleteTagsCommand({ Resources: [vpcC.optedInTableId], Tags: [{ Key: 'peering-autopilot:routes' }] }),
  );
  await control.idle();
  await control.fire('sweep');
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

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-proof-'));
  lab = await startLab({ progress: () => undefined });
  const control = createLabControl(lab.url);
  const { id, member } = await organization();
  const policyFile = join(directory, 'peering-policy.yml');
  await writeFile(policyFile, policyText(id, member));
  await lab.deploy({ policyFile, region: REGION });

  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const world = await createWorld(new EC2Client({ endpoint: lab.url, region: REGION, credentials }));
  const own = await labAccount({ endpoint: lab.url, region: REGION });
  await routeFlows(world, own, control);
  await connectivityFlows(world, own, control, member);
  await remainingFlows(world, own, control);

  roles = (await ask('/_lab/permissions/roles')) as typeof roles;
  checks = (await ask('/_lab/permissions')) as typeof checks;
  deadLetterQueueArn =
    grantsOf(roles.flatMap(({ policies }) => policies)).find(({ action }) => action === 'sqs:SendMessage')
      ?.resource ?? '';
});

afterAll(async () => {
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

function policiesOf(name: FunctionName): readonly Policy[] {
  return roles.find(({ policies }) => policies.some((policy) => policy.name === name))?.policies ?? [];
}

function accessesOf(name: FunctionName, action: string): readonly Access[] {
  const beyond = BEYOND_THE_LAB.find((each) => each.action === action);
  if (beyond !== undefined) {
    return [beyond.access(name)];
  }
  return checks
    .filter((check) => check.outcome === 'allowed' && check.action === action)
    .filter(({ role }) => roles.some((each) => each.role === role && each.policies === policiesOf(name)))
    .flatMap(({ accesses }) => accesses);
}

/** The policy as the functions are made for it; the organization's id does not shape the statements. */
const { policy } = parsePolicy(policyText('o-a1b2c3d4e5', '555555555555'), 'peering-policy.yml');

const STATEMENTS = FUNCTIONS.flatMap((name) =>
  statementsOf(name, { policy, stage: STAGE }).flatMap(({ Sid, Action }) =>
    Action.map((action): [FunctionName, string, string] => [name, action, Sid]),
  ),
);

describe('the deployed roles', () => {
  it('are those of the functions, with the statements that the table below goes through', () => {
    const deployed = roles.flatMap(({ policies }) =>
      grantsOf(policies).map(({ policy: name, action, sid }) => [name, action, sid].join(' ')),
    );
    expect([...new Set(deployed)].sort()).toEqual(STATEMENTS.map((row) => row.join(' ')).sort());
  });

  it('let the functions do everything that they do', () => {
    expect(checks.filter(({ outcome }) => outcome === 'denied')).toEqual([]);
  });

  it('are used in the lab, but for what is listed as beyond it', () => {
    const seen = new Set(checks.map(({ action }) => action));
    expect(BEYOND_THE_LAB.filter(({ action }) => seen.has(action))).toEqual([]);
  });
});

describe('taken from its role, this makes a call fail', () => {
  it.each(STATEMENTS)('%s: %s in %s', (name, action, sid) => {
    const policies = policiesOf(name);
    const accesses = accessesOf(name, action);
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
