import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Lab, startLab } from '../../lab.ts';
import { serviceIn } from '../support/serverless.ts';

jest.setTimeout(400_000);

const FIXTURE = `${__dirname}/fixture`;
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:lab-custom-provider';

interface CustomRequest {
  readonly RequestType: string;
  readonly ResponseURL: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
}

let lab: Lab;
let cloudFormation: CloudFormationClient;
let config: {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};
let seen = 0;

/** The requests that the function got since it was asked last; one that failed has no request. */
async function requests(): Promise<CustomRequest[]> {
  expect(await lab.idle()).toBe(true);
  const answer = await fetch(`${lab.url}/_lab/invocations?function=provider`);
  const all = (await answer.json()) as { payload: string }[];
  const fresh = all.slice(seen);
  seen = all.length;
  return fresh.map(({ payload }) => JSON.parse(payload) as CustomRequest);
}

function template(queue: string, properties: Readonly<Record<string, unknown>> | undefined): string {
  return JSON.stringify({
    Resources: {
      [queue.replaceAll('-', '')]: { Type: 'AWS::SQS::Queue', Properties: { QueueName: queue } },
      ...(properties === undefined
        ? {}
        : { Note: { Type: 'Custom::Note', Properties: { ServiceToken: FUNCTION, ...properties } } }),
    },
  });
}

async function status(StackName: string) {
  await lab.idle();
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return Stacks?.[0]?.StackStatus;
}

async function events(StackName: string, logicalId: string) {
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.filter(({ LogicalResourceId }) => LogicalResourceId === logicalId)
    .reverse()
    .map(({ ResourceStatus, ResourceStatusReason }) =>
      ResourceStatusReason === undefined ? ResourceStatus : `${ResourceStatus}: ${ResourceStatusReason}`,
    );
}

async function create(StackName: string, properties: Readonly<Record<string, unknown>>) {
  const { StackId = '' } = await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody: template(StackName, properties) }),
  );
  await lab.idle();
  return StackId;
}

async function update(
  StackName: string,
  properties: Readonly<Record<string, unknown>> | undefined,
  queue = StackName,
) {
  await cloudFormation.send(new UpdateStackCommand({ StackName, TemplateBody: template(queue, properties) }));
  await lab.idle();
}

async function queues(): Promise<string[]> {
  const { QueueUrls = [] } = await new SQSClient(config).send(new ListQueuesCommand({}));
  return QueueUrls.map((url) => url.split('/').at(-1) ?? url);
}

beforeAll(async () => {
  lab = await startLab({ progress: () => {} });
  config = {
    endpoint: lab.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  cloudFormation = new CloudFormationClient(config);
  await serviceIn(lab, FIXTURE).deploy();
}, 400_000);

afterAll(() => lab?.stop());

// What one test leaves unasked must not be told to the next.
afterEach(async () => {
  await requests();
});

describe('serverless deploy', () => {
  it('has the function of a custom resource make it, its properties resolved and as text', async () => {
    const [request, ...more] = await requests();
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      RequestType: 'Create',
      LogicalResourceId: 'Note',
      ResourceType: 'Custom::Note',
      ServiceToken: FUNCTION,
      StackId: expect.stringMatching(
        /^arn:aws:cloudformation:us-east-1:123456789012:stack\/lab-custom-test\//,
      ),
      ResourceProperties: {
        ServiceToken: FUNCTION,
        ServiceTimeout: '90',
        Text: 'first',
        Queue: 'arn:aws:sqs:us-east-1:123456789012:lab-custom',
        Role: expect.stringMatching(/^arn:aws:iam::123456789012:role\/lab-custom-test-us-east-1-lambdaRole/),
        Numbers: ['1', { two: '2' }, 'true'],
      },
    });
    expect(request).not.toHaveProperty('PhysicalResourceId');
    const { StackResources } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: 'lab-custom-test' }),
    );
    expect(StackResources?.find(({ LogicalResourceId }) => LogicalResourceId === 'Note')).toMatchObject({
      PhysicalResourceId: 'note',
      ResourceType: 'Custom::Note',
      ResourceStatus: 'CREATE_COMPLETE',
    });
  });

  it('fails with the reason that the function gave, and the stack is as before', async () => {
    process.env.LAB_CUSTOM_ANSWER = 'fail';
    try {
      await expect(serviceIn(lab, FIXTURE).deploy()).rejects.toThrow(
        /UPDATE_FAILED: Note[\s\S]*Received response status \[FAILED\] from custom resource\. Message returned: told to fail/,
      );
    } finally {
      delete process.env.LAB_CUSTOM_ANSWER;
    }
    expect(await status('lab-custom-test')).toBe('UPDATE_ROLLBACK_COMPLETE');
    const sent = await requests();
    expect(
      sent.map(({ RequestType, ResourceProperties }) => `${RequestType} ${ResourceProperties.Answer}`),
    ).toEqual(['Update fail', 'Update success']);
  });

  it('takes a change of a property after that', async () => {
    process.env.LAB_CUSTOM_TEXT = 'second';
    try {
      await serviceIn(lab, FIXTURE).deploy();
    } finally {
      delete process.env.LAB_CUSTOM_TEXT;
    }
    expect(await status('lab-custom-test')).toBe('UPDATE_COMPLETE');
    expect(await requests()).toMatchObject([
      {
        RequestType: 'Update',
        PhysicalResourceId: 'note',
        ResourceProperties: { Text: 'second' },
        OldResourceProperties: { Text: 'first' },
      },
    ]);
  });
});

describe('a custom resource', () => {
  it('is asked again only when its properties changed, though other resources did', async () => {
    await create('quiet', { Text: 'a' });
    await update('quiet', { Text: 'a' }, 'quiet-2');
    expect((await requests()).map(({ RequestType }) => RequestType)).toEqual(['Create']);
    expect(await status('quiet')).toBe('UPDATE_COMPLETE');
    expect(await queues()).toContain('quiet-2');
  });

  it('that takes another physical id on update is deleted under the old one', async () => {
    await create('renamed', { Name: 'one' });
    await update('renamed', { Name: 'two' });
    expect(
      (await requests()).map(({ RequestType, PhysicalResourceId, ResourceProperties }) => [
        RequestType,
        PhysicalResourceId,
        ResourceProperties.Name,
      ]),
    ).toEqual([
      ['Create', undefined, 'one'],
      ['Update', 'one', 'two'],
      ['Delete', 'one', 'one'],
    ]);
  });

  it('is deleted when it leaves the template', async () => {
    await create('leaving', { Name: 'one' });
    await update('leaving', undefined);
    expect((await requests()).map(({ RequestType }) => RequestType)).toEqual(['Create', 'Delete']);
    expect(await status('leaving')).toBe('UPDATE_COMPLETE');
  });

  it('is deleted with its stack, before anything else of it', async () => {
    const id = await create('whole', { Name: 'one', OnDelete: 'fail' });
    await cloudFormation.send(new DeleteStackCommand({ StackName: 'whole' }));
    expect(await status('whole')).toBe('DELETE_FAILED');
    expect(await queues()).toContain('whole');
    expect((await events(id, 'Note')).at(-1)).toMatch(/^DELETE_FAILED: .*told to fail/);

    await cloudFormation.send(new DeleteStackCommand({ StackName: 'whole', RetainResources: ['Note'] }));
    await lab.idle();
    expect(await queues()).not.toContain('whole');
    expect((await events(id, 'whole')).at(-1)).toBe('DELETE_COMPLETE');
    await expect(status('whole')).rejects.toThrow(/does not exist/);
  });

  it.each([
    ['fail', /told to fail/],
    ['silence', /did not receive a response/],
    ['throw', /did not receive a response/],
    ['too-long', /Response object is too long/],
  ])('whose function answers its creation with %s takes the stack back', async (Answer, reason) => {
    const StackName = `back-${Answer}`;
    const id = await create(StackName, { Answer, ServiceTimeout: Answer === 'silence' ? 5 : 60 });
    expect(await status(StackName)).toBe('ROLLBACK_COMPLETE');
    const told = await events(id, 'Note');
    expect(told[1]).toMatch(/^CREATE_FAILED/);
    expect(told[1]).toMatch(reason);
    expect(told.at(-1)).toBe('DELETE_COMPLETE');
    expect(await queues()).not.toContain(StackName);
  });

  it('never lets its stack look updated while that is taken back', async () => {
    const id = await create('watched', { Text: 'a' });
    const before = await events(id, 'watched');
    const done = update('watched', { Text: 'b', Answer: 'fail' }).then(() => 'done');
    const seen = new Set<string | undefined>();
    do {
      for (const event of (await events(id, 'watched')).slice(before.length)) {
        seen.add(event);
      }
    } while ((await Promise.race([done, 'going on'])) !== 'done');
    expect([...seen].map((event) => event?.split(':')[0])).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE',
    ]);
  });

  it('whose function does not exist fails the stack', async () => {
    const id = await create('nobody', { ServiceToken: `${FUNCTION}-2` });
    expect(await status('nobody')).toBe('ROLLBACK_FAILED');
    expect(await events(id, 'Note')).toContain(`CREATE_FAILED: Function not found: ${FUNCTION}-2`);
  });

  it('may come by a change set with its template in S3', async () => {
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
    const yaml = `
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: by-change-set } }
  Note:
    Type: AWS::CloudFormation::CustomResource
    Properties:
      ServiceToken: ${FUNCTION}
      Queue: !GetAtt Queue.Arn
      Text: !Sub in \${AWS::Region}
`;
    await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'a/note.yml', Body: yaml }));
    const named = { StackName: 'by-change-set', ChangeSetName: 'first' };
    await cloudFormation.send(
      new CreateChangeSetCommand({
        ...named,
        ChangeSetType: 'CREATE',
        TemplateURL: 'https://templates.s3.us-east-1.amazonaws.com/a/note.yml',
      }),
    );
    expect(await requests()).toEqual([]);
    await cloudFormation.send(new ExecuteChangeSetCommand(named));
    expect(await status('by-change-set')).toBe('CREATE_COMPLETE');
    expect(await requests()).toMatchObject([
      {
        RequestType: 'Create',
        ResourceType: 'AWS::CloudFormation::CustomResource',
        ResourceProperties: {
          Queue: 'arn:aws:sqs:us-east-1:123456789012:by-change-set',
          Text: 'in us-east-1',
        },
      },
    ]);
  });

  it('fails at a name that something else has, and goes back to what was; once it is free, it works', async () => {
    await create('named', { text: 'one' });
    await requests();
    const sqs = new SQSClient(config);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'of-somebody-else' }));
    const update = () =>
      cloudFormation.send(
        new UpdateStackCommand({
          StackName: 'named',
          TemplateBody: template('of-somebody-else', { text: 'two' }),
        }),
      );
    await update();
    expect(await status('named')).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await events('named', 'ofsomebodyelse')).toEqual([
      'CREATE_FAILED: of-somebody-else already exists',
    ]);
    expect(await requests()).toEqual([]);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await update();
    expect(await status('named')).toBe('UPDATE_COMPLETE');
    await requests();
  });

  it('takes one answer for each request', async () => {
    await create('once', {});
    const [{ ResponseURL = '' } = {}] = await requests();
    const again = await fetch(ResponseURL, { method: 'PUT', body: '{}' });
    expect(again.status).toBe(403);
  });
});

it('serverless remove has the custom resource deleted first', async () => {
  const functionLeft = await serviceIn(lab, FIXTURE)
    .remove()
    .then(() => 'removed');
  expect(functionLeft).toBe('removed');
  expect(await requests()).toMatchObject([{ RequestType: 'Delete', PhysicalResourceId: 'note' }]);
});
