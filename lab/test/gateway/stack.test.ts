import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateVpcCommand, CreateVpcPeeringConnectionCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutEventsCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { zipSync } from 'fflate';
import { type Lab, startLab } from '../../lab.ts';
import { serviceIn } from '../support/serverless.ts';

const ACCOUNT = '123456789012';
const ECHO = 'lab-fixture-test-echo';
const FAIL = 'lab-fixture-test-fail';

interface Invocation {
  readonly requestId: string;
  readonly type: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly payload: string;
}

let lab: Lab;
let config: {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

beforeAll(async () => {
  lab = await startLab({ progress: () => {} });
  config = {
    endpoint: lab.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  await serviceIn(lab, `${__dirname}/fixture`).deploy();
});

afterAll(() => lab?.stop());

async function control<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${lab.url}/_lab/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as T;
}

async function invoke(FunctionName: string, payload: unknown, region = 'us-east-1') {
  const answer = await new LambdaClient({ ...config, region }).send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload), LogType: 'Tail' }),
  );
  return {
    error: answer.FunctionError,
    result: JSON.parse(Buffer.from(answer.Payload ?? []).toString() || 'null'),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  };
}

async function put(detailType: string, detail: unknown = {}, bus = 'fixture') {
  const answer = await new EventBridgeClient(config).send(
    new PutEventsCommand({
      Entries: [
        { EventBusName: bus, Source: 'fixture', DetailType: detailType, Detail: JSON.stringify(detail) },
      ],
    }),
  );
  await lab.idle();
  return answer;
}

async function drain(queue: string): Promise<Message[]> {
  const sqs = new SQSClient(config);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
  const messages: Message[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) {
      return messages;
    }
    messages.push(...Messages);
  }
}

async function lastInvocation(name: string): Promise<Invocation | undefined> {
  return (await control<Invocation[]>('GET', `invocations?function=${name}`)).at(-1);
}

describe('functions', () => {
  it('run from the deployed package, with the environment and the role of the stack', async () => {
    const { result, error, log } = await invoke(ECHO, { hello: 1 });
    expect(error).toBeUndefined();
    expect(result).toMatchObject({
      event: { hello: 1 },
      functionName: ECHO,
      arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${ECHO}`,
      environment: {
        greeting: 'hello',
        topic: `arn:aws:sns:us-east-1:${ACCOUNT}:fixture`,
        region: 'us-east-1',
        endpoint: lab.url,
        home: null,
      },
    });
    expect(result.remaining).toBeLessThanOrEqual(2000);
    expect(result.environment.directory).not.toContain(process.cwd());
    expect(log).toContain(`START RequestId: ${result.requestId}`);
    expect(log).toContain('echo got {"hello":1}');
    expect(log).toContain(`END RequestId: ${result.requestId}`);
  });

  it('act as the role of the stack', async () => {
    const { result } = await invoke(ECHO, {});
    const sts = new STSClient({
      ...config,
      credentials: { accessKeyId: result.environment.accessKey, secretAccessKey: 'any' },
    });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/lab-fixture-role/${ECHO}`);
  });

  it('keep their process warm, and run side by side in several', async () => {
    const first = await invoke(ECHO, {});
    const second = await invoke(ECHO, {});
    expect(second.result.processId).toBe(first.result.processId);
    const both = await Promise.all([invoke(ECHO, { waitMs: 300 }), invoke(ECHO, { waitMs: 300 })]);
    expect(new Set(both.map(({ result }) => result.processId)).size).toBe(2);
  });

  it('answer an error as Lambda does', async () => {
    const { error, result } = await invoke(FAIL, {});
    expect(error).toBe('Unhandled');
    expect(result).toMatchObject({ errorType: 'TypeError', errorMessage: 'no luck' });
  });

  it('say that their process ended', async () => {
    const { error, result } = await invoke(FAIL, { how: 'exit' });
    expect(error).toBe('Unhandled');
    expect(result.errorType).toBe('Runtime.ExitError');
    expect(result.errorMessage).toMatch(/Runtime exited with error: exit status 3$/);
  });

  it('are killed at their timeout, even in an endless loop', async () => {
    const { error, result } = await invoke(FAIL, { how: 'hang' });
    expect(error).toBe('Unhandled');
    expect(result.errorType).toBe('Sandbox.Timedout');
    expect(result.errorMessage).toMatch(/Task timed out after 2\.00 seconds$/);
  });

  it('refuse more than their reserved concurrency', async () => {
    const outcomes = await Promise.allSettled([invoke(FAIL, { how: 'slow' }), invoke(FAIL, { how: 'slow' })]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    // The SDK tries a throttled call again: both may end well, one after the other.
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason.name).toBe('TooManyRequestsException');
    }
    const metrics = await control<{ name: string }[]>('GET', 'metrics?namespace=AWS/Lambda&name=Throttles');
    expect(metrics.length).toBeGreaterThan(0);
  });

  it('are not found under another name', async () => {
    await expect(invoke('nobody', {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: arn:aws:lambda:us-east-1:${ACCOUNT}:function:nobody`,
    });
  });

  it('are tried again when invoked asynchronously, and then their event goes to the failure destination', async () => {
    await drain('fixture-failures');
    await put('Failure');
    const { requestId, attempt, type, outcome } = (await lastInvocation(FAIL)) ?? {};
    expect({ attempt, type, outcome }).toEqual({ attempt: 2, type: 'event', outcome: 'error' });
    const [message, ...more] = await drain('fixture-failures');
    expect(more).toEqual([]);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      requestContext: { requestId, condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { 'detail-type': 'Failure' },
      responsePayload: { errorMessage: 'no luck' },
    });
  });

  it('keep their log lines', async () => {
    const { result } = await invoke(ECHO, { marked: 'line' });
    const lines = await control<{ line: string }[]>(
      'GET',
      `logs?function=echo&requestId=${result.requestId}`,
    );
    expect(lines.map(({ line }) => line).join('\n')).toContain('echo got {"marked":"line"}');
  });
});

describe('events', () => {
  it('reach the function of a matching rule on a custom bus', async () => {
    const { Entries } = await put('Greeting', { who: 'Ada' });
    const { payload } = (await lastInvocation(ECHO)) ?? { payload: '{}' };
    expect(JSON.parse(payload).event).toMatchObject({
      version: '0',
      id: Entries?.[0]?.EventId,
      source: 'fixture',
      'detail-type': 'Greeting',
      account: ACCOUNT,
      region: 'us-east-1',
      detail: { who: 'Ada' },
    });
  });

  it('reach no rule of another bus, nor a disabled one', async () => {
    await drain('fixture-failures');
    const before = await lastInvocation(ECHO);
    await put('Greeting', {}, 'default');
    await put('Nothing');
    expect(await lastInvocation(ECHO)).toEqual(before);
    expect(await drain('fixture-failures')).toEqual([]);
  });

  it('reach a queue as its template says', async () => {
    await put('Queued', { who: 'Ada' });
    const bodies = (await drain('fixture-failures')).map(({ Body }) => Body);
    expect(bodies).toEqual(['{"text": "for Ada"}']);
  });

  it('go to the dead-letter queue of a target that does not exist', async () => {
    await put('Lost', { n: 1 });
    const [message] = await drain('fixture-undelivered');
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ 'detail-type': 'Lost', detail: { n: 1 } });
    expect(message?.MessageAttributes?.ERROR_CODE?.StringValue).toBe('RESOURCE_NOT_FOUND');
  });

  it('are injected as AWS sends them', async () => {
    await control('POST', 'events', {
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventName: 'CreateVpcPeeringConnection', injected: true },
    });
    await lab.idle();
    expect(JSON.parse((await lastInvocation(ECHO))?.payload ?? '{}').event.detail.injected).toBe(true);
  });

  it('come from EC2 calls, with the caller', async () => {
    const ec2 = new EC2Client(config);
    const [a, b] = await Promise.all(
      ['10.70.0.0/16', '10.71.0.0/16'].map((CidrBlock) => ec2.send(new CreateVpcCommand({ CidrBlock }))),
    );
    await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId: a?.Vpc?.VpcId, PeerVpcId: b?.Vpc?.VpcId }));
    await lab.idle();
    const { event } = JSON.parse((await lastInvocation(ECHO))?.payload ?? '{}');
    expect(event).toMatchObject({
      source: 'aws.ec2',
      account: ACCOUNT,
      region: 'us-east-1',
      detail: { eventName: 'CreateVpcPeeringConnection', requestParameters: { vpcId: a?.Vpc?.VpcId } },
    });
  });

  it('are refused one by one', async () => {
    const answer = await new EventBridgeClient(config).send(
      new PutEventsCommand({
        Entries: [
          { Source: 'fixture', DetailType: 'x', Detail: 'no json' },
          { Source: 'aws.ec2', DetailType: 'x', Detail: '{}' },
          { Source: 'fixture', DetailType: 'x', Detail: '{}' },
        ],
      }),
    );
    expect(answer.FailedEntryCount).toBe(2);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      undefined,
    ]);
  });

  it('can be tried against a pattern', async () => {
    const { Result } = await new EventBridgeClient(config).send(
      new TestEventPatternCommand({
        EventPattern: '{"source":[{"wildcard":"f*e"}]}',
        Event: '{"source":"fixture"}',
      }),
    );
    expect(Result).toBe(true);
  });
});

describe('schedules', () => {
  it('are listed, and fire when asked to, with the constant input of their target', async () => {
    expect(await control('GET', 'schedules')).toMatchObject([
      { function: ECHO, schedule: 'rate(5 minutes)' },
    ]);
    const fired = await control<{ outcome: string; payload: { event: unknown } }>('POST', 'schedules/echo');
    expect(fired.outcome).toBe('success');
    expect(fired.payload.event).toEqual({ scheduled: true });
  });

  it('say which functions have one', async () => {
    expect(await control('POST', 'schedules/nobody')).toEqual({
      error: `No schedule starts a function "nobody". Functions with a schedule: ${ECHO}.`,
    });
  });
});

it('a dashboard of the template is there, its references resolved', async () => {
  const { DashboardBody } = await new CloudWatchClient(config).send(
    new GetDashboardCommand({ DashboardName: 'fixture-board' }),
  );
  expect(JSON.parse(DashboardBody ?? '')).toMatchObject({ widgets: [{ properties: { markdown: ECHO } }] });
});

it('a policy of a topic is what the template says, and the owner’s again once the stack has none', async () => {
  const cloudFormation = new CloudFormationClient(config);
  const sns = new SNSClient(config);
  const TopicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:told`;
  const PolicyDocument = {
    Statement: [{ Sid: 'Alarms', Effect: 'Allow', Action: 'sns:Publish', Resource: { Ref: 'Topic' } }],
  };
  const topic = { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'told' } } };
  const policy = {
    Policy: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics: [{ Ref: 'Topic' }], PolicyDocument } },
  };
  const template = (resources: object) => ({
    StackName: 'topic-policy',
    TemplateBody: JSON.stringify({ Resources: resources }),
  });
  const sids = async () => {
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    return JSON.parse(Attributes?.Policy ?? '{}').Statement.map(({ Sid }: { Sid: string }) => Sid);
  };
  await cloudFormation.send(new CreateStackCommand(template({ ...topic, ...policy })));
  expect(await sids()).toEqual(['Alarms']);
  await cloudFormation.send(new UpdateStackCommand(template(topic)));
  expect(await sids()).toEqual(['__default_statement_ID']);
});

describe('alarms', () => {
  async function state(name: string): Promise<string | undefined> {
    await control('POST', 'alarms/evaluate');
    const { MetricAlarms } = await new CloudWatchClient(config).send(
      new DescribeAlarmsCommand({ AlarmNames: [name] }),
    );
    return MetricAlarms?.[0]?.StateValue;
  }

  it('of the template are there, its references resolved', async () => {
    const { MetricAlarms } = await new CloudWatchClient(config).send(
      new DescribeAlarmsCommand({ AlarmNames: ['fixture-Drifted'] }),
    );
    expect(MetricAlarms?.[0]).toMatchObject({
      AlarmDescription: `Drift seen by ${ECHO}`,
      AlarmActions: [`arn:aws:sns:us-east-1:${ACCOUNT}:fixture`],
      Threshold: 1,
    });
  });

  it('go off by what a function measured, tell the topic, and calm down when the time is over', async () => {
    expect(await state('fixture-Drifted')).toBe('OK');
    await invoke(ECHO, { drift: 3 });
    expect(await state('fixture-Drifted')).toBe('ALARM');
    await control('POST', 'clock', { advanceSeconds: 120 });
    expect(await state('fixture-Drifted')).toBe('OK');
    const notifications = await control<{ subject: string; message: string; topicArn: string }[]>(
      'GET',
      'notifications',
    );
    const ours = notifications.filter(({ subject }) => subject.includes('fixture-Drifted'));
    expect(ours.map(({ subject }) => subject.split(':')[0])).toEqual(['OK', 'ALARM', 'OK']);
    expect(JSON.parse(ours[1]?.message ?? '')).toMatchObject({
      AlarmName: 'fixture-Drifted',
      OldStateValue: 'OK',
      NewStateValue: 'ALARM',
      Trigger: { MetricName: 'Drift', Dimensions: [{ name: 'service', value: 'fixture' }] },
    });
  });

  it('watch the errors of functions', async () => {
    await invoke(FAIL, {});
    expect(await state('fixture-Errors')).toBe('ALARM');
  });

  it('watch the length of queues', async () => {
    await put('Queued', { who: 'Ada' });
    expect(await state('fixture-QueueFilled')).toBe('ALARM');
    await drain('fixture-failures');
  });

  it('made by hand are evaluated too', async () => {
    await new CloudWatchClient(config).send(
      new PutMetricAlarmCommand({
        AlarmName: 'by-hand',
        Namespace: 'AWS/Lambda',
        MetricName: 'Invocations',
        Dimensions: [{ Name: 'FunctionName', Value: ECHO }],
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      }),
    );
    await invoke(ECHO, {});
    expect(await state('by-hand')).toBe('ALARM');
  });
});

describe('the endpoint', () => {
  it('keeps what is published to a topic', async () => {
    await new SNSClient(config).send(
      new PublishCommand({
        TopicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:fixture`,
        Subject: 'Hello',
        Message: 'there',
      }),
    );
    const kept = await control<object[]>('GET', 'notifications');
    expect(kept.at(-1)).toMatchObject({
      topicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:fixture`,
      subject: 'Hello',
      message: 'there',
    });
  });

  it('tells accounts apart: by an assumed role, and by an access key of twelve digits', async () => {
    const { Credentials } = await new STSClient(config).send(
      new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::210987654321:role/other', RoleSessionName: 'me' }),
    );
    const assumed = new STSClient({
      ...config,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    });
    expect((await assumed.send(new GetCallerIdentityCommand({}))).Account).toBe('210987654321');
    const named = new STSClient({
      ...config,
      credentials: { accessKeyId: '310987654321', secretAccessKey: 'any' },
    });
    expect((await named.send(new GetCallerIdentityCommand({}))).Account).toBe('310987654321');
  });

  it('names its own paths to whoever asks for another', async () => {
    const answer = await fetch(`${lab.url}/_lab/nothing`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: 'The lab has no GET /_lab/nothing.' });
  });

  it('takes a redeployment, and keeps working', async () => {
    await serviceIn(lab, `${__dirname}/fixture`).deploy();
    const { Stacks } = await new CloudFormationClient(config).send(
      new DescribeStacksCommand({ StackName: 'lab-fixture-test' }),
    );
    expect(Stacks?.[0]?.StackStatus).toMatch(/COMPLETE$/);
    await put('Greeting', { again: true });
    expect(JSON.parse((await lastInvocation(ECHO))?.payload ?? '{}').event.detail).toEqual({ again: true });
  });
});

it('logs of functions are in CloudWatch Logs at the time of the lab, however far ahead that is', async () => {
  await control('POST', 'clock', { advanceSeconds: 5 * 3600 });
  const startTime = Date.now() + 4 * 3_600_000;
  await invoke(ECHO, { late: 1 });
  const answer = await fetch(lab.url, {
    method: 'POST',
    headers: {
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
    },
    body: JSON.stringify({ logGroupName: `/aws/lambda/${ECHO}`, startTime }),
  });
  expect(await answer.text()).toContain('echo got {\\"late\\":1}');
});

describe('the package of a function', () => {
  const BUCKET = 'fixture-packages';
  const NAME = 'packaged-in-s3';

  async function put(key: string, answer: string): Promise<S3Client> {
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    const code = `exports.handler = async () => '${answer}';`;
    const Body = zipSync({ 'index.js': Buffer.from(code) });
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body }));
    return s3;
  }

  /** Nobody has invoked it before its package was deleted. */
  async function answers(expected: string, key: string): Promise<void> {
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
    const { error, result } = await invoke(NAME, {});
    expect([error, result]).toEqual([undefined, expected]);
  }

  it('is taken when a stack makes or changes it: it runs when the bucket is empty', async () => {
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const formation = new CloudFormationClient(config);
    const template = (S3Key: string) =>
      JSON.stringify({
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
          },
          Packaged: {
            Type: 'AWS::Lambda::Function',
            Properties: {
              FunctionName: NAME,
              Handler: 'index.handler',
              Runtime: 'nodejs20.x',
              Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
              Code: { S3Bucket: BUCKET, S3Key },
            },
          },
        },
      });
    const stack = { StackName: 'packaged', Capabilities: ['CAPABILITY_IAM' as const] };
    await put('one.zip', 'one');
    await formation.send(new CreateStackCommand({ ...stack, TemplateBody: template('one.zip') }));
    await answers('one', 'one.zip');
    await put('two.zip', 'two');
    await formation.send(new UpdateStackCommand({ ...stack, TemplateBody: template('two.zip') }));
    await answers('two', 'two.zip');
  });

  it('is taken when UpdateFunctionCode names it', async () => {
    await put('three.zip', 'three');
    await new LambdaClient(config).send(
      new UpdateFunctionCodeCommand({ FunctionName: NAME, S3Bucket: BUCKET, S3Key: 'three.zip' }),
    );
    await answers('three', 'three.zip');
  });
});
