import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DeleteRouteCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { createWorld, type World } from '../../local/tutorial/world.ts';
import { type BuiltCommand, builtCommand, type Ended } from '../cli/support/command.ts';
import { eventually, type LabAccount, labAccount } from '../support/lab-account.ts';

/** With `report.publish: stack` the deployed stack keeps the page of `peering report` in a bucket of its own. */

const REGION = 'us-east-1';
const KEY = 'peerings.html';
const QUEUE = 'vpc-peering-autopilot-prod-publish-report.fifo';
const CLOSED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

let lab: Lab;
let control: LabControl;
let world: World;
let own: LabAccount;
let command: BuiltCommand;
let s3: S3Client;
let bucket: string;
let role: string;
let pcx: string;

function peering(...args: readonly string[]): Promise<Ended> {
  return command.run(args, { env: lab.env });
}

async function physicalIds(): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient({ endpoint: lab.url, region: REGION });
  const { StackResources = [] } = await client.send(
    new DescribeStackResourcesCommand({ StackName: 'vpc-peering-autopilot-prod' }),
  );
  return new Map(
    StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
}

interface KeptPage {
  readonly html: string;
  readonly made: string;
}

async function keptPage(): Promise<KeptPage | undefined> {
  try {
    const kept = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: KEY }));
    const html = (await kept.Body?.transformToString()) ?? '';
    return { html, made: /datetime="([^"]+)"/.exec(html)?.[1] ?? '' };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** Fires the sweep, and waits for the page that comes of it. */
async function sweptPage(): Promise<KeptPage> {
  const before = (await keptPage())?.made ?? '';
  await control.fire('sweep');
  return eventually('a new page', async () => {
    const page = await keptPage();
    return page !== undefined && page.made > before ? page : undefined;
  });
}

/** What may differ between two pages of the same state: when each was made, and how long ago that makes a ping. */
function withoutTime(html: string): string {
  return html.replace(/Made <time.*?<\/time>/, 'Made').replace(/\d+ (min|h) ago|just now/g, 'AGO');
}

beforeAll(async () => {
  command = await builtCommand();
  const tutorial = readFileSync(join(__dirname, '../../local/tutorial/policy.yml'), 'utf8');
  const policyFile = join(command.directory, 'peering-policy.yml');
  writeFileSync(policyFile, `${tutorial}report: { publish: stack }\n`);
  lab = await startLab({ progress: () => undefined });
  Object.assign(process.env, lab.env);
  control = createLabControl(lab.url);
  world = await createWorld(new EC2Client({ endpoint: lab.url, region: REGION }));
  own = await labAccount({ endpoint: lab.url, region: REGION });
  s3 = new S3Client({ endpoint: lab.url, region: REGION, forcePathStyle: true });
  await lab.deploy({ policyFile, region: REGION });
  const ids = await physicalIds();
  bucket = ids.get('ReportBucket') ?? '';
  role = ids.get('PublishReportRole') ?? '';
  pcx = await own.request(world.vpcA, world.vpcB);
  for (const { optedInTableId } of [world.vpcA, world.vpcB]) {
    await eventually(`a route in ${optedInTableId}`, async () =>
      (await own.peeringRoutes(optedInTableId)).some((route) => route.includes(pcx)) ? true : undefined,
    );
  }
  await control.idle();
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

it('--url says that there is no page before the first one', async () => {
  expect(await peering('report', '--url')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/There is no page at s3:\/\/vpc-peering-autopilot-.*peerings\.html yet/),
  });
});

/** So long the sweep's own changes have, before the page is made. */
async function setDelay(seconds: number): Promise<string | undefined> {
  const sqs = new SQSClient({ endpoint: lab.url, region: REGION });
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
  const before = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] }),
  );
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: String(seconds) } }));
  return before.Attributes?.DelaySeconds;
}

it('the sweep puts the page into a bucket that is closed to the public and encrypted, a minute later', async () => {
  // That the queue holds an event back is seen in seconds as well as in a minute.
  expect(await setDelay(8)).toBe('60');
  const asked = Date.now();
  const { html, made } = await sweptPage();
  // The queue counts whole seconds.
  expect(new Date(made).getTime() - asked).toBeGreaterThan(7000);
  expect(html).toContain(pcx);
  expect(html).toContain('Nothing differs from the policy.');
  const { PublicAccessBlockConfiguration } = await s3.send(
    new GetPublicAccessBlockCommand({ Bucket: bucket }),
  );
  expect(PublicAccessBlockConfiguration).toEqual(CLOSED);
  const { ServerSideEncryptionConfiguration } = await s3.send(
    new GetBucketEncryptionCommand({ Bucket: bucket }),
  );
  expect(ServerSideEncryptionConfiguration?.Rules).toMatchObject([
    { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
  ]);
  const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
  expect(Rules).toMatchObject([{ ID: 'OldPage', Status: 'Enabled', Expiration: { Days: 7 } }]);
  const anybody = await fetch(`${lab.url}/${bucket}/${KEY}`);
  expect([anybody.status, (await anybody.text()).includes(pcx)]).toEqual([403, false]);
});

it('is the page that the command makes of the same state', async () => {
  // What the minute is for has been shown.
  await setDelay(0);
  await control.fire('check-connectivity');
  await control.idle();
  const { html } = await sweptPage();
  await control.idle();
  expect(await peering('report', '--out', 'page.html')).toMatchObject({ code: 0 });
  const byCommand = readFileSync(join(command.directory, 'page.html'), 'utf8');
  expect(withoutTime(html)).toBe(withoutTime(byCommand));
  expect(html).toMatch(/reachable [\d.]+ ms/);
});

it('--url opens it without credentials', async () => {
  const { code, stdout, stderr } = await peering('report', '--url');
  expect([code, stderr]).toEqual([0, expect.stringMatching(/Whoever has the link can open it until/)]);
  const url = new URL(stdout.trim());
  expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
  const opened = await fetch(url);
  expect([opened.status, opened.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await opened.text()).toBe((await keptPage())?.html);
});

it('says on the page what could not be read, and rings', async () => {
  const iam = new IAMClient({ endpoint: lab.url, region: REGION });
  const forbidden = { RoleName: role, PolicyName: 'forbidden' };
  const Statement = [{ Effect: 'Deny', Action: 'ec2:DescribeRouteTables', Resource: '*' }];
  await iam.send(
    new PutRolePolicyCommand({
      ...forbidden,
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  const { html } = await sweptPage();
  await iam.send(new DeleteRolePolicyCommand(forbidden));
  expect(html).toMatch(/Not judged \(1\)/);
  expect(html).toContain(`${REGION} could not be read:`);
  expect(html).not.toContain('Nothing differs from the policy.');
  await control.evaluateAlarms();
  const told = await control.notifications();
  expect(told.map(({ subject }) => subject)).toContainEqual(
    expect.stringMatching(/^ALARM: .*PermanentFailures/),
  );
});

it('has what was repaired meanwhile in its history', async () => {
  await world.ec2.send(
    new DeleteRouteCommand({
      RouteTableId: world.vpcA.optedInTableId,
      DestinationCidrBlock: world.vpcB.cidr,
    }),
  );
  await control.idle();
  const { html } = await sweptPage();
  expect(html).toContain('Nothing differs from the policy.');
  expect(html).toMatch(/<td[^>]*><div>repaired/);
});

it('puts no page into a bucket that somebody has opened', async () => {
  const before = await keptPage();
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
  await control.fire('sweep');
  await control.idle();
  await eventually('the refusal in the log', async () => {
    const { stdout } = await peering('logs', 'publish-report', '--since', '10m');
    return stdout.includes('does not block all public access') ? true : undefined;
  });
  expect(await keptPage()).toEqual(before);
  await s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: CLOSED }));
});

it('remove says that the bucket stays, and it does', async () => {
  const { code, stdout } = await peering('remove', '--yes');
  expect(code).toBe(0);
  expect(stdout).toContain(`s3://${bucket}/${KEY}`);
  expect(stdout).toContain(`aws s3 rb s3://${bucket} --force`);
  await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  expect((await keptPage())?.html).toContain(pcx);
});
