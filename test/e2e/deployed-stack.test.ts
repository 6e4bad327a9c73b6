import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  AssociateVpcCidrBlockCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { createLabControl, type LabControl, type PermissionCheck } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { deployerPolicy, deployerPolicyForLooking } from '../../resources/deployer-policy.ts';
import { eventually, type LabAccount, type LabVpc, labAccount, tagOf } from '../support/lab-account.ts';
import { roleWith } from '../support/person.ts';

/**
 * The real stack, deployed with `serverless deploy`, and gone over from to `peering deploy`, into the local AWS: with `mode: enforce` in one Region, with
 * `mode: observe` in another. One lab for all, because it takes half a minute to start.
 */

const ENFORCED = 'us-east-1';
const OBSERVED = 'eu-west-1';
const OWN = '123456789012';
const STRANGER = '333333333333';
const REJECTED = '444444444444';

let lab: Lab;
let control: LabControl;
let own: LabAccount;
let nextBlock = 1;

/** Every test has VPCs of its own, in blocks that no other test uses. */
function block(): string {
  nextBlock += 1;
  return `10.${nextBlock}.0.0/16`;
}

async function notifiedAbout(...words: string[]) {
  return eventually(`a notification about ${words.join(', ')}`, async () =>
    (await control.notifications()).find(({ subject, message }) =>
      words.every((word) => `${subject}\n${message}`.includes(word)),
    ),
  );
}

async function letPass(days: number): Promise<void> {
  const answer = await fetch(`${lab.url}/_lab/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceSeconds: days * 86_400 }),
  });
  expect(answer.status).toBe(200);
}

async function routed(vpc: LabVpc, expected: readonly string[]): Promise<void> {
  await eventually(`routes ${expected.join(', ') || '(none)'} in ${vpc.tableId}`, async () =>
    JSON.stringify((await own.peeringRoutes(vpc.tableId)).sort()) === JSON.stringify([...expected].sort())
      ? true
      : undefined,
  );
}

async function alarmed(name: string): Promise<void> {
  const cloudwatch = new CloudWatchClient({
    endpoint: lab.url,
    region: ENFORCED,
    credentials: own.credentials,
  });
  await eventually(`alarm ${name}`, async () => {
    await control.evaluateAlarms();
    const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({}));
    return MetricAlarms?.find(
      ({ AlarmName, StateValue }) => AlarmName?.endsWith(`-${name}`) && StateValue === 'ALARM',
    );
  });
}

async function peered(): Promise<{ a: LabVpc; b: LabVpc; pcx: string }> {
  const a = await own.createVpc(block());
  const b = await own.createVpc(block());
  const pcx = await own.request(a, b);
  await routed(a, [`${b.cidr} -> ${pcx} active`]);
  await routed(b, [`${a.cidr} -> ${pcx} active`]);
  await control.idle();
  return { a, b, pcx };
}

/** Who deploys the first of the two: a role with the policy of docs/permissions.md, and nothing else. */
let deployer: string;

/** What the role of who deploys was asked for so far. */
async function askedOfDeployer(
  outcome: PermissionCheck['outcome'],
  who: string | undefined = deployer,
): Promise<string[]> {
  const checks = (await (await fetch(`${lab.url}/_lab/permissions`)).json()) as readonly PermissionCheck[];
  const found = checks.filter((check) => check.role === who && check.outcome === outcome);
  return [...new Set(found.map(({ action }) => action))].sort();
}

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: ENFORCED });
  const place = { partition: 'aws', region: ENFORCED, accountId: OWN, stage: 'prod' };
  deployer = await roleWith('deployer', deployerPolicy(place), {
    endpoint: lab.url,
    region: ENFORCED,
    accountId: OWN,
    credentials: own.credentials,
  });
  await lab.deploy({
    policyFile: join(__dirname, 'policy.yml'),
    region: ENFORCED,
    role: deployer,
    tool: 'serverless',
  });
  await lab.deploy({ policyFile: join(__dirname, 'observe.yml'), region: OBSERVED });
});

afterAll(async () => {
  await lab?.stop();
});

describe('a request inside the account', () => {
  it('is accepted and routed on both sides by event, and only opted-in tables are touched', async () => {
    const { a, b, pcx } = await peered();
    const peering = await own.peering(pcx);
    expect(peering?.Status?.Code).toBe('active');
    expect([tagOf(peering, 'decision'), tagOf(peering, 'rule')]).toEqual(['accept', 'own']);
    expect(await own.peeringRoutes(a.plainTableId)).toEqual([]);
    expect(await own.peeringRoutes(b.plainTableId)).toEqual([]);
    await notifiedAbout(pcx, 'accepted', a.cidr);
  });

  it('loses its routes on both sides when it is deleted', async () => {
    const { a, b, pcx } = await peered();
    await own.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    await routed(a, []);
    await routed(b, []);
  });
});

async function asked(accountId: string): Promise<string> {
  const other = await labAccount({ endpoint: lab.url, region: ENFORCED, accountId });
  const from = await other.createVpc(block());
  const to = await own.createVpc(block());
  return other.request(from, to, { accountId: OWN });
}

describe('a request from another account', () => {
  it('stays pending when no rule matches, and people are told once what to type', async () => {
    const pcx = await asked(STRANGER);
    await control.fire('sweep');
    const { message } = await notifiedAbout(pcx, 'held', STRANGER);
    expect(message).toContain(`aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id ${pcx}`);
    await control.fire('sweep');
    await control.idle();
    expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
    expect((await control.notifications()).filter(({ subject }) => subject.includes(pcx))).toHaveLength(1);
  });

  it('is rejected when a rule says so', async () => {
    const pcx = await asked(REJECTED);
    await control.fire('sweep');
    await eventually(`rejection of ${pcx}`, async () =>
      (await own.peering(pcx))?.Status?.Code === 'rejected' ? true : undefined,
    );
    await notifiedAbout(pcx, 'rejected', 'never');
  });
});

describe('route drift', () => {
  it('finds a deleted route at once, says who did it in one message, and repairs', async () => {
    const { a, b, pcx } = await peered();
    await control.idle();
    // Alarms of the other Region's stack say for the first time that all is well.
    await control.evaluateAlarms();
    const before = (await control.notifications()).length;
    await own.ec2.send(new DeleteRouteCommand({ RouteTableId: a.tableId, DestinationCidrBlock: b.cidr }));
    await routed(a, [`${b.cidr} -> ${pcx} active`]);
    const { message } = await notifiedAbout('missing', a.tableId);
    expect(message).toContain('DeleteRoute');
    await control.idle();
    await control.evaluateAlarms();
    const told = (await control.notifications()).slice(before);
    expect(told.map(({ subject }) => subject)).toEqual([expect.stringContaining('Route drift')]);
  });

  it('leaves a route that somebody made to a part of the peer, and says nothing of it', async () => {
    const { a, b, pcx } = await peered();
    const part = b.cidr.replace('0.0/16', '7.0/24');
    await own.ec2.send(
      new CreateRouteCommand({
        RouteTableId: a.tableId,
        DestinationCidrBlock: part,
        VpcPeeringConnectionId: pcx,
      }),
    );
    await control.idle();
    await control.fire('sweep');
    await control.idle();
    await routed(a, [`${b.cidr} -> ${pcx} active`, `${part} -> ${pcx} active`]);
    expect((await control.notifications()).filter(({ message }) => message.includes(part))).toEqual([]);
  });

  it('tells of a route that somebody made beyond the peer, and leaves it', async () => {
    const { a, b, pcx } = await peered();
    const beyond = '198.18.7.0/24';
    await own.ec2.send(
      new CreateRouteCommand({
        RouteTableId: a.tableId,
        DestinationCidrBlock: beyond,
        VpcPeeringConnectionId: pcx,
      }),
    );
    await notifiedAbout('unexpected', a.tableId, beyond);
    await routed(a, [`${b.cidr} -> ${pcx} active`, `${beyond} -> ${pcx} active`]);
  });

  it('puts back a route that was turned to another peering', async () => {
    const { a, b, pcx } = await peered();
    const c = await own.createVpc(block());
    const other = await own.request(a, c);
    await routed(a, [`${b.cidr} -> ${pcx} active`, `${c.cidr} -> ${other} active`]);
    await control.idle();
    await own.ec2.send(
      new ReplaceRouteCommand({
        RouteTableId: a.tableId,
        DestinationCidrBlock: b.cidr,
        VpcPeeringConnectionId: other,
      }),
    );
    await notifiedAbout('wrong-target', a.tableId);
    await routed(a, [`${b.cidr} -> ${pcx} active`, `${c.cidr} -> ${other} active`]);
  });

  it('keeps and reports the routes of a table that lost its tag', async () => {
    const { a, b, pcx } = await peered();
    await own.ec2.send(
      new DeleteTagsCommand({ Resources: [a.tableId], Tags: [{ Key: 'peering-autopilot:routes' }] }),
    );
    await control.idle();
    await control.fire('sweep');
    await notifiedAbout('untagged', a.tableId);
    expect(await own.peeringRoutes(a.tableId)).toEqual([`${b.cidr} -> ${pcx} active`]);
    await alarmed('RouteDriftUnrepaired');
  });

  it('routes a secondary CIDR that the rule allows, as work and not as drift', async () => {
    const { a, b, pcx } = await peered();
    const second = '172.20.0.0/16';
    await own.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: b.vpcId, CidrBlock: second }));
    await routed(a, [`${b.cidr} -> ${pcx} active`, `${second} -> ${pcx} active`]);
  });

  it('finds nothing to do in a settled account', async () => {
    const { pcx } = await peered();
    await control.fire('sweep');
    await control.idle();
    const before = (await own.peering(pcx))?.Tags;
    await control.fire('sweep');
    await control.idle();
    expect((await own.peering(pcx))?.Tags).toEqual(before);
  });
});

describe('mode observe', () => {
  it('leaves EC2 as it is and reports the same decisions', async () => {
    const observed = await labAccount({ endpoint: lab.url, region: OBSERVED });
    const a = await observed.createVpc(block());
    const b = await observed.createVpc(block());
    const pcx = await observed.request(a, b);
    await notifiedAbout(pcx, 'would be accepted', 'own');
    await control.idle();
    const peering = await observed.peering(pcx);
    expect(peering?.Status?.Code).toBe('pending-acceptance');
    expect(peering?.Tags ?? []).toEqual([]);
    expect(await observed.peeringRoutes(a.tableId)).toEqual([]);

    const other = await labAccount({ endpoint: lab.url, region: OBSERVED, accountId: REJECTED });
    const rejected = await other.request(await other.createVpc(block()), a, { accountId: OWN });
    await control.fire('sweep');
    await control.idle();
    expect((await observed.peering(rejected))?.Status?.Code).toBe('pending-acceptance');
  });
});

/** Last: all requests that are still open get old with it. */
describe('a request that nobody answers', () => {
  it('is brought up once more before it expires, and no more once it has', async () => {
    // After so many requests within minutes the next ones would be told together.
    await letPass(0.01);
    const pcx = await asked(STRANGER);
    await control.fire('sweep');
    await notifiedAbout(pcx, 'held', STRANGER);

    await letPass(6.5);
    await control.fire('sweep');
    // Others that are still open expire with it, and are told with it.
    await notifiedAbout('xpire soon: ', 'expire within a day', pcx);

    await letPass(1);
    await control.fire('sweep');
    await control.idle();
    expect((await own.peering(pcx))?.Status?.Code).toBe('expired');
    const reminders = (await control.notifications()).filter(
      ({ subject, message }) => /^Expires? soon/.test(subject) && message.includes(pcx),
    );
    expect(reminders).toHaveLength(1);
  });
});

describe('who deploys', () => {
  it('needs no more than the policy for that, and the local AWS holds it to it', async () => {
    expect(await askedOfDeployer('denied')).toEqual([]);
    expect(await askedOfDeployer('allowed')).toEqual(
      expect.arrayContaining([
        'cloudformation:CreateStack',
        'cloudformation:DescribeStackEvents',
        'cloudformation:UpdateStack',
        'iam:CreateRole',
        'iam:PassRole',
        'lambda:CreateFunction',
        'lambda:InvokeFunction',
        's3:PutObject',
        'sqs:CreateQueue',
      ]),
    );
  });

  it('is gone on with by peering deploy, by the same policy', async () => {
    await lab.deploy({ policyFile: join(__dirname, 'policy.yml'), region: ENFORCED, role: deployer });
    // The command then says that it has not looked for other stacks that write the same routes.
    expect(await askedOfDeployer('denied')).toEqual(['events:ListRules']);
    expect(await askedOfDeployer('allowed')).toEqual(
      expect.arrayContaining(['cloudformation:CreateChangeSet', 'cloudformation:ExecuteChangeSet']),
    );
  });

  it('looks for other stacks, and for what the stack wrote, by the policy for that, and removes it with all versions of its code', async () => {
    const place = { partition: 'aws', region: ENFORCED, accountId: OWN, stage: 'prod' };
    const [deploying, lookingBeside] = [deployerPolicy(place), deployerPolicyForLooking(place)];
    const both = { ...deploying, Statement: [...deploying.Statement, ...lookingBeside.Statement] };
    const looking = await roleWith('looking', both, {
      endpoint: lab.url,
      region: ENFORCED,
      accountId: OWN,
      credentials: own.credentials,
    });
    await lab.deploy({ policyFile: join(__dirname, 'policy.yml'), region: ENFORCED, role: looking });
    await lab.remove({ region: ENFORCED, role: looking });
    expect(await askedOfDeployer('denied', looking)).toEqual([]);
    expect(await askedOfDeployer('allowed', looking)).toEqual(
      expect.arrayContaining([
        'cloudformation:GetTemplate',
        'dynamodb:Query',
        'ec2:DescribeRouteTables',
        'ec2:DescribeVpcPeeringConnections',
        'events:ListRules',
        'events:ListTargetsByRule',
        'cloudformation:DeleteStack',
        's3:DeleteObjectVersion',
        's3:ListBucketVersions',
      ]),
    );
  });
});
