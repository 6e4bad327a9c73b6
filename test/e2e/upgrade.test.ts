import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { strToU8, zipSync } from 'fflate';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { eventually, type LabAccount, type LabVpc, labAccount } from '../support/lab-account.ts';

/**
 * An upgrade of the stack that version 0.1.0 deployed by `npx serverless deploy`, by `peering deploy`, back, and forth again.
 * `upgrade/stack-0.1.0.json.br` holds what that version packaged: its template and the code of its functions. One lab, in order.
 */

const REGION = 'us-east-1';
const STACK = 'vpc-peering-autopilot-prod';
const PARTNER = '222222222222';

interface Released {
  readonly policy: string;
  /** Of the bucket alone, which comes first. */
  readonly bucket: object;
  readonly template: { readonly Resources: Readonly<Record<string, StackResource>> };
  readonly functions: Readonly<Record<string, string>>;
}

interface StackResource {
  readonly Type: string;
  readonly Properties?: { readonly Code?: { readonly S3Key: string } };
}

const OLD = JSON.parse(
  brotliDecompressSync(readFileSync(join(__dirname, 'upgrade/stack-0.1.0.json.br')), {
    params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 },
  }).toString(),
) as Released;

let lab: Lab;
let control: LabControl;
let own: LabAccount;
let partner: LabAccount;
let directory: string;
let cloudFormation: CloudFormationClient;

async function ended(): Promise<void> {
  await eventually(`${STACK} to be done`, async () => {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
    return /(CREATE|UPDATE)_COMPLETE$/.test(Stacks[0]?.StackStatus ?? '') ? true : undefined;
  });
}

/** As the framework does it: the code into the bucket of the stack, then the template. */
async function deployOld(): Promise<void> {
  const resources = await physicalIds();
  const Bucket = resources.get('ServerlessDeploymentBucket');
  const s3 = new S3Client({ ...sdk(), forcePathStyle: true });
  for (const { Type, Properties } of Object.values(OLD.template.Resources)) {
    const Key = Properties?.Code?.S3Key;
    if (Type === 'AWS::Lambda::Function' && Key !== undefined) {
      const code = OLD.functions[/([^/]+)\.zip$/.exec(Key)?.[1] ?? ''] ?? '';
      const Body = zipSync({ 'index.mjs': strToU8(code) }, { mtime: '2000-01-01T00:00:00' });
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    }
  }
  await s3.send(new PutObjectCommand({ Bucket, Key: 'template.json', Body: JSON.stringify(OLD.template) }));
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName: STACK,
      TemplateURL: `https://${Bucket}.s3.${REGION}.amazonaws.com/template.json`,
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
      Tags: [{ Key: 'STAGE', Value: 'prod' }],
    }),
  );
  await ended();
}

function deployNew(): Promise<void> {
  return lab.deploy({ policyFile: join(directory, 'peering-policy.yml'), tool: 'peering' });
}

function sdk() {
  return { endpoint: lab.url, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

async function physicalIds(): Promise<Map<string, string>> {
  const { StackResources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: STACK }),
  );
  return new Map(
    StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
}

/** What is remembered, without times. */
async function remembered(): Promise<string[]> {
  const { Items = [] } = await new DynamoDBClient(sdk()).send(new ScanCommand({ TableName: STACK }));
  return Items.map(({ region, key, peeringId, destinations }) =>
    JSON.stringify([region?.S, key?.S, peeringId?.S, destinations?.SS]),
  )
    .filter((item) => !item.includes('event'))
    .sort();
}

async function routed(vpc: LabVpc, wanted: readonly string[]): Promise<void> {
  await eventually(`routes of ${vpc.tableId}`, async () =>
    (await own.peeringRoutes(vpc.tableId)).join() === wanted.join() ? true : undefined,
  );
}

async function tagsOf(pcx: string): Promise<string[]> {
  const { Tags = [] } = (await own.peering(pcx)) ?? {};
  return Tags.map(({ Key, Value }) => `${Key}=${Value}`).sort();
}

/** Whether Lambda takes from the queue of the function that answers requests. */
async function polling(is: 'on' | 'off'): Promise<void> {
  const lambda = new LambdaClient(sdk());
  const FunctionName = `${STACK}-accept-requests`;
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  expect(EventSourceMappings).toHaveLength(1);
  await lambda.send(
    new UpdateEventSourceMappingCommand({ UUID: EventSourceMappings[0]?.UUID, Enabled: is === 'on' }),
  );
}

/** Messages in that queue. */
async function queued(): Promise<number> {
  const { Attributes } = await new SQSClient(sdk()).send(
    new GetQueueAttributesCommand({
      QueueUrl: (await physicalIds()).get('AcceptRequestsQueue'),
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

let blocks = 0;

async function peered(): Promise<{ readonly a: LabVpc; readonly b: LabVpc; readonly pcx: string }> {
  const [a, b] = [await own.createVpc(`10.${++blocks}.0.0/16`), await own.createVpc(`10.${++blocks}.0.0/16`)];
  return { a, b, pcx: await own.request(a, b) };
}

async function settled(): Promise<void> {
  await control.idle();
  await control.fire('sweep');
  await control.idle();
}

/** How often every Region was asked to be swept: what the deployment itself starts asks for none. */
async function swept(): Promise<number> {
  const answer = await fetch(`${lab.url}/_lab/invocations?function=sweep`);
  const invocations = (await answer.json()) as readonly { readonly payload: string }[];
  return invocations.filter(({ payload }) => payload.includes('"regions"')).length;
}

const subjects = async () => (await control.notifications()).map(({ subject }) => subject);

let before: Awaited<ReturnType<typeof peered>>;
let held: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'peering-upgrade-'));
  writeFileSync(join(directory, 'peering-policy.yml'), OLD.policy);
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  partner = await labAccount({ endpoint: lab.url, region: REGION, accountId: PARTNER });
  cloudFormation = new CloudFormationClient(sdk());
  await cloudFormation.send(
    new CreateStackCommand({ StackName: STACK, TemplateBody: JSON.stringify(OLD.bucket) }),
  );
  await deployOld();
  before = await peered();
  await routed(before.a, [`${before.b.cidr} -> ${before.pcx} active`]);
  const from = await partner.createVpc('10.200.0.0/16');
  held = await partner.request(from, await own.createVpc('10.201.0.0/16'), { accountId: '123456789012' });
  await settled();
  // New alarms tell once that they are OK.
  await control.evaluateAlarms();
});

afterAll(async () => {
  await lab?.stop();
  rmSync(directory, { recursive: true, force: true });
});

it('begins with a stack of 0.1.0 that works, and has told of a held request', async () => {
  expect(await subjects()).toEqual(expect.arrayContaining([expect.stringContaining(held)]));
});

describe('peering deploy on a stack of 0.1.0', () => {
  it('keeps every resource and all that is remembered, tells nothing twice, and loses no event meanwhile', async () => {
    const [ids, memory, told] = [await physicalIds(), await remembered(), await subjects()];
    const tags = await tagsOf(before.pcx);
    expect(tags).toEqual(expect.arrayContaining([expect.stringMatching(/^peering-autopilot:rule=/)]));
    const sweeps = await swept();
    const deployment = deployNew();
    const meanwhile = await peered();
    await deployment;
    await ended();
    // Before any sweep looks for what was missed: the event itself led to the routes, on both sides.
    await routed(meanwhile.a, [`${meanwhile.b.cidr} -> ${meanwhile.pcx} active`]);
    await routed(meanwhile.b, [`${meanwhile.a.cidr} -> ${meanwhile.pcx} active`]);
    expect(await swept()).toBe(sweeps);
    await settled();
    const after = await physicalIds();
    const custom = /^(EventForwarding|SweepStarted)$/;
    // No event tells of the end of pings any more: they are looked at 20 s after they were sent.
    const gone = /^(Forwarded)?PingEndedRule$/;
    for (const [logicalId, physicalId] of ids) {
      if (!custom.test(logicalId) && !gone.test(logicalId)) {
        expect([logicalId, after.get(logicalId)]).toEqual([logicalId, physicalId]);
      }
    }
    expect(await remembered()).toEqual(expect.arrayContaining(memory));
    expect(await tagsOf(before.pcx)).toEqual(tags);
    const since = (await subjects()).slice(told.length);
    expect(since.filter((subject) => !subject.includes(meanwhile.pcx))).toEqual([]);
    await routed(before.a, [`${before.b.cidr} -> ${before.pcx} active`]);
  });

  it('can be undone: 0.1.0 works on with what is there, and tells nothing twice', async () => {
    const told = await subjects();
    await deployOld();
    await settled();
    expect((await subjects()).slice(told.length)).toEqual([]);
    const more = await peered();
    await routed(more.a, [`${more.b.cidr} -> ${more.pcx} active`]);
  });

  it('can be done again, with an event that waits in a queue from before the upgrade until after it', async () => {
    await settled();
    const told = await subjects();
    await polling('off');
    const waiting = await peered();
    await eventually('the request in the queue', async () => ((await queued()) > 0 ? true : undefined));
    const sweeps = await swept();
    await deployNew();
    await ended();
    await polling('on');
    await routed(waiting.a, [`${waiting.b.cidr} -> ${waiting.pcx} active`]);
    await routed(waiting.b, [`${waiting.a.cidr} -> ${waiting.pcx} active`]);
    expect(await swept()).toBe(sweeps);
    await settled();
    // Of what waited people are told once.
    expect((await subjects()).slice(told.length)).toEqual([
      expect.stringContaining(`${waiting.pcx} accepted`),
    ]);
    expect((await own.peering(held))?.Status?.Code).toBe('pending-acceptance');
  });
});
