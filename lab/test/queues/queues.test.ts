import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Lab, startLab } from '../../lab.ts';
import { eventually } from '../../testing/eventually.ts';
import { serviceIn } from '../support/serverless.ts';

/** From a rule through a queue to the function that Lambda polls it for. */

const ACCOUNT = '123456789012';
const FIXTURE = `${__dirname}/fixture`;
const ORDERED = `arn:aws:sqs:us-east-1:${ACCOUNT}:lab-queues-ordered.fifo`;
const ROLE = 'lab-queues-worker';

interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Run {
  readonly outcome: string;
  readonly type: string;
  readonly records: readonly QueueRecord[];
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
}

let lab: Lab;
let config: {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};
let sqs: SQSClient;
const logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
const seen = new Map<string, number>();

beforeAll(async () => {
  lab = await startLab({
    checkedRoles: ['/lab-queues/'],
    progress: () => {},
    log: (message, fields = {}) => logged.push({ message, fields }),
  });
  config = {
    endpoint: lab.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  sqs = new SQSClient(config);
  await serviceIn(lab, FIXTURE).deploy();
});

afterAll(() => lab?.stop());

async function control<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${lab.url}/_lab/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as T;
}

/** What a function did since it was asked last; one that failed tells no records. */
async function runs(name: string): Promise<Run[]> {
  expect(await lab.idle()).toBe(true);
  const all = await control<{ outcome: string; type: string; payload: string }[]>(
    'GET',
    `invocations?function=${name}`,
  );
  const fresh = all.slice(seen.get(name) ?? 0);
  seen.set(name, all.length);
  return fresh.map(({ outcome, type, payload }) => {
    const { event, began = 0, ended = 0 } = JSON.parse(payload);
    return { outcome, type, records: event?.Records ?? [], began, ended };
  });
}

async function put(detailType: string, detail: unknown): Promise<string | undefined> {
  const { Entries } = await new EventBridgeClient(config).send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: 'lab-queues',
          Source: 'queues',
          DetailType: detailType,
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  return Entries?.[0]?.EventId;
}

async function urlOf(queue: string): Promise<string | undefined> {
  return (await sqs.send(new GetQueueUrlCommand({ QueueName: queue }))).QueueUrl;
}

async function send(queue: string, body: unknown, group?: string): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: await urlOf(queue),
      MessageBody: JSON.stringify(body),
      ...(group === undefined ? {} : { MessageGroupId: group }),
    }),
  );
}

async function drain(queue: string): Promise<Message[]> {
  const QueueUrl = await urlOf(queue);
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  for (const { ReceiptHandle } of Messages) {
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  return Messages;
}

async function left(queue: string): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await urlOf(queue),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return (
    Number(Attributes?.ApproximateNumberOfMessages) +
    Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
  );
}

const bodies = (all: readonly Run[]) =>
  all.flatMap(({ records }) => records.map(({ body }) => JSON.parse(body)));

describe('a FIFO queue between a rule and a function', () => {
  it('brings the event to the function in the record that Lambda sends', async () => {
    await runs('ordered');
    const before = Date.now();

    const id = await put('Ordered', { who: 'Ada' });

    const [run, ...more] = await runs('ordered');
    expect(more).toEqual([]);
    expect(run).toMatchObject({ outcome: 'success', type: 'request' });
    expect(run?.records).toEqual([
      {
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receiptHandle: expect.any(String),
        body: expect.any(String),
        attributes: {
          ApproximateReceiveCount: '1',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SequenceNumber: expect.stringMatching(/^\d{20}$/),
          MessageGroupId: 'all',
          MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
          SenderId: expect.any(String),
        },
        messageAttributes: {},
        md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventSource: 'aws:sqs',
        eventSourceARN: ORDERED,
        awsRegion: 'us-east-1',
      },
    ]);
    const [record] = run?.records ?? [];
    expect(JSON.parse(record?.body ?? '')).toMatchObject({ id, source: 'queues', detail: { who: 'Ada' } });
    expect(Number(record?.attributes.SentTimestamp)).toBeGreaterThanOrEqual(before);
    expect(await left('lab-queues-ordered.fifo')).toBe(0);
  });

  it('is worked off in order, one batch of a group at a time', async () => {
    await runs('ordered');

    // By fives, so that there is something to receive together however slow the machine is.
    for (let n = 1; n <= 25; n += 5) {
      await sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: await urlOf('lab-queues-ordered.fifo'),
          Entries: Array.from({ length: 5 }, (_, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify({ n: n + index, waitMs: 10 }),
            MessageGroupId: 'all',
          })),
        }),
      );
    }

    const all = await runs('ordered');
    expect(bodies(all).map(({ n }) => n)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(all.length).toBeLessThan(25);
    for (const [index, { began }] of all.entries()) {
      expect(began).toBeGreaterThanOrEqual(all[index - 1]?.ended ?? 0);
    }
    const numbers = all.flatMap(({ records }) =>
      records.map(({ attributes }) => attributes.SequenceNumber ?? ''),
    );
    expect([...numbers].sort()).toEqual(numbers);
  });

  it('is worked off group by group side by side', async () => {
    await runs('ordered');

    // Longer than a second process takes to start.
    await Promise.all(
      ['a', 'b'].map((group) => send('lab-queues-ordered.fifo', { group, waitMs: 3000 }, group)),
    );

    const [one, other] = await runs('ordered');
    const together = one?.records.length === 2;
    expect(together || Number(other?.began) < Number(one?.ended)).toBe(true);
  });

  it('takes the same message once in five minutes, even when the first one is done', async () => {
    await runs('ordered');

    await send('lab-queues-ordered.fifo', { twin: true }, 'all');
    await lab.idle();
    await send('lab-queues-ordered.fifo', { twin: true }, 'all');

    expect(bodies(await runs('ordered'))).toEqual([{ twin: true }]);
  });

  it('gives messages back after an error, and what follows them waits', async () => {
    await runs('ordered');

    await send('lab-queues-ordered.fifo', { n: 'first', fail: 'once', waitMs: 100 }, 'all');
    await send('lab-queues-ordered.fifo', { n: 'second' }, 'all');

    const all = await runs('ordered');
    expect(all[0]?.outcome).toBe('error');
    expect(bodies(all).map(({ n }) => n)).toEqual(['first', 'second']);
    expect(all[1]?.records[0]?.attributes.ApproximateReceiveCount).toBe('2');
  });

  it('gives messages back when the process is killed', async () => {
    await runs('ordered');

    await send('lab-queues-ordered.fifo', { n: 'killed', waitMs: 500 }, 'all');
    let killed: string | null = null;
    while (killed === null) {
      ({ killed } = await control<{ killed: string | null }>('POST', 'functions/kill'));
    }

    const all = await runs('ordered');
    expect(all.map(({ outcome }) => outcome)).toEqual(['error', 'success']);
    expect(bodies(all)).toMatchObject([{ n: 'killed' }]);
  });

  it('waits as long as it is told before messages come back', async () => {
    await runs('ordered');
    expect(await control('POST', 'queues', { redeliveryMs: 700 })).toEqual({ redeliveryMs: 700 });
    const before = Date.now();

    await send('lab-queues-ordered.fifo', { n: 'later', fail: 'once' }, 'all');

    const all = await runs('ordered');
    expect(all.length).toBe(2);
    expect(Number(all[1]?.began) - before).toBeGreaterThanOrEqual(700);
    await control('POST', 'queues', { redeliveryMs: 100 });
    expect(await control('POST', 'queues', { redeliveryMs: -1 })).toEqual({
      error: 'redeliveryMs must be a whole number from 0 on, or visibility.',
    });
  });

  it('sends messages to its dead-letter queue after too many receives, where an alarm sees them', async () => {
    await runs('ordered');

    await send('lab-queues-ordered.fifo', { n: 'hopeless', fail: 'always' }, 'all');
    const all = await runs('ordered');
    await control('POST', 'alarms/evaluate');

    expect(all.map(({ outcome }) => outcome)).toEqual(['error', 'error']);
    const { MetricAlarms } = await new CloudWatchClient(config).send(
      new DescribeAlarmsCommand({ AlarmNames: ['lab-queues-dead-filled'] }),
    );
    expect(MetricAlarms?.[0]?.StateValue).toBe('ALARM');
    const dead = await drain('lab-queues-ordered-dead.fifo');
    expect(dead.map(({ Body }) => JSON.parse(Body ?? '').n)).toEqual(['hopeless']);
    expect(await left('lab-queues-ordered.fifo')).toBe(0);
  });

  it('tells how old its oldest message is', async () => {
    // A message that is to come again is the oldest of its queue meanwhile.
    await control('POST', 'queues', { redeliveryMs: 5000 });
    await send('lab-queues-ordered.fifo', { n: 'slow', fail: 'once' }, 'all');
    await control('POST', 'clock', { advanceSeconds: 900 });

    await control('POST', 'alarms/evaluate');
    const values = await control<{ value: number; unit: string; dimensions: unknown }[]>(
      'GET',
      'metrics?namespace=AWS/SQS&name=ApproximateAgeOfOldestMessage',
    );
    await control('POST', 'queues', { redeliveryMs: 100 });
    await runs('ordered');

    expect(Math.max(...values.map(({ value }) => value))).toBeGreaterThanOrEqual(900);
    expect(values.at(-1)).toMatchObject({
      unit: 'Seconds',
      dimensions: { QueueName: 'lab-queues-ordered.fifo' },
    });
  });
});

describe('a poller that Lambda throttles', () => {
  const firstReceive = (run: Run | undefined) =>
    Number(run?.records[0]?.attributes.ApproximateFirstReceiveTimestamp);

  it('holds what it has received, and invokes the function later', async () => {
    await runs('ordered');
    await control('POST', 'faults', { service: 'lambda', action: 'Invoke', kind: 'throttle', delayMs: 600 });

    await send('lab-queues-ordered.fifo', { n: 'held' }, 'all');
    const [run, ...more] = await runs('ordered');

    expect(more).toEqual([]);
    expect(run?.records[0]?.attributes.ApproximateReceiveCount).toBe('1');
    expect(Number(run?.began) - firstReceive(run)).toBeGreaterThanOrEqual(600);
  });

  it('for longer than the visibility timeout invokes it with what was handed out a second time', async () => {
    await runs('ordered');
    await control('POST', 'faults', {
      service: 'lambda',
      action: 'Invoke',
      match: 'lab-queues-ordered',
      kind: 'expired',
      delayMs: 300,
    });

    await send('lab-queues-ordered.fifo', { n: 'twice', waitMs: 1500 }, 'all');
    const all = await runs('ordered');

    expect(bodies(all).map(({ n }) => n)).toEqual(['twice', 'twice']);
    const [one, other] = [...all].sort((a, b) => a.began - b.began);
    expect(Number(other?.began)).toBeLessThan(Number(one?.ended));
    expect(all.map(({ records }) => records[0]?.attributes.ApproximateReceiveCount).sort()).toEqual([
      '1',
      '2',
    ]);
    // Both are told that the first receive was a visibility timeout ago.
    for (const run of all) {
      expect(run.began - firstReceive(run)).toBeGreaterThanOrEqual(30_000);
    }
    expect(await left('lab-queues-ordered.fifo')).toBe(0);
  });

  it('has its batch handed out again when SQS does not take its receipt handles', async () => {
    await runs('ordered');
    const before = logged.length;
    await control('POST', 'faults', { service: 'sqs', action: 'DeleteMessageBatch', kind: 'expired' });

    await send('lab-queues-ordered.fifo', { n: 'again' }, 'all');
    const all = await runs('ordered');

    expect(bodies(all).map(({ n }) => n)).toEqual(['again', 'again']);
    const refusals = logged
      .slice(before)
      .filter(({ message }) => message.startsWith('messages were handled'));
    expect(refusals.map(({ fields }) => fields.error)).toEqual([
      expect.stringMatching(
        /^Value .* for parameter ReceiptHandle is invalid\. Reason: The receipt handle has expired\.$/,
      ),
    ]);
    expect(await left('lab-queues-ordered.fifo')).toBe(0);
  });

  it('is no matter of services without receipts', async () => {
    expect(await control('POST', 'faults', { service: 'ec2', kind: 'expired' })).toEqual({
      error: 'Only receipt handles expire: "service" of such a fault is sqs or lambda.',
    });
  });
});

describe('a FIFO queue that nothing polls', () => {
  const QUEUE = 'lab-queues-plain.fifo';

  async function receive(VisibilityTimeout: number) {
    const QueueUrl = await urlOf(QUEUE);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout }),
    );
    return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ n: JSON.parse(Body).n, ReceiptHandle }));
  }

  async function hide(handles: readonly string[], VisibilityTimeout: number) {
    const { Failed = [] } = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: await urlOf(QUEUE),
        Entries: handles.map((ReceiptHandle, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout,
        })),
      }),
    );
    return Failed.map(({ Message }) => Message);
  }

  const EXPIRED = 'The receipt handle has expired';

  it('gives messages again in order when their time is up, and takes the old handles no more', async () => {
    for (const n of [1, 2, 3]) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: await urlOf(QUEUE),
          MessageBody: JSON.stringify({ n }),
          MessageGroupId: 'all',
          MessageDeduplicationId: `expiring-${n}`,
        }),
      );
    }
    const first = await receive(1);
    const handles = first.map(({ ReceiptHandle }) => ReceiptHandle);
    expect(first.map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(await receive(1)).toEqual([]);

    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await hide(handles, 60)).toEqual(handles.map(() => expect.stringContaining(EXPIRED)));
    const second = await receive(60);
    expect(second.map(({ n }) => n)).toEqual([1, 2, 3]);
    const QueueUrl = await urlOf(QUEUE);
    await expect(
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handles[0] })),
    ).rejects.toMatchObject({ message: expect.stringContaining(EXPIRED) });

    // Given back by whoever holds them, as a function does with what failed.
    expect(
      await hide(
        second.map(({ ReceiptHandle }) => ReceiptHandle),
        1,
      ),
    ).toEqual([]);
    expect(await receive(60)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const third = await receive(60);
    expect(third.map(({ n }) => n)).toEqual([1, 2, 3]);
    const { Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [...third, ...second].map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle,
        })),
      }),
    );
    expect(Failed).toEqual([]);
    expect(await left(QUEUE)).toBe(0);
  });
});

describe('an event that a queue does not take', () => {
  async function undelivered(detailType: string) {
    await drain('lab-queues-undelivered');
    await put(detailType, {});
    await lab.idle();
    return (await drain('lab-queues-undelivered')).map(({ MessageAttributes = {} }) => ({
      code: MessageAttributes.ERROR_CODE?.StringValue,
      message: MessageAttributes.ERROR_MESSAGE?.StringValue,
    }));
  }

  it('because its policy does not name the rule, goes to the dead-letter queue of the target', async () => {
    const [first, ...more] = await undelivered('NotAllowed');
    expect(more).toEqual([]);
    expect(first?.code).toBe('NO_PERMISSIONS');
    expect(first?.message).toMatch(
      /^The policy of .*lab-queues-ordered\.fifo does not let events\.amazonaws\.com send for .*rule\/lab-queues\/lab-queues-test-NotAllowed-/,
    );
  });

  it('because it wants deduplication ids, goes there too', async () => {
    expect(await undelivered('Plain')).toEqual([
      {
        code: 'INVALID_PARAMETER',
        message: `EventBridge gives messages no deduplication id; set ContentBasedDeduplication on arn:aws:sqs:us-east-1:${ACCOUNT}:lab-queues-plain.fifo.`,
      },
    ]);
  });
});

describe('the policy of a queue', () => {
  it('keeps from a call whom it denies, and lets others', async () => {
    const denied = {
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:SendMessage',
      Resource: `arn:aws:sqs:us-east-1:${ACCOUNT}:lab-queues-closed`,
    };
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({
        QueueName: 'lab-queues-closed',
        Attributes: { Policy: JSON.stringify({ Statement: [denied] }) },
      }),
    );
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))).rejects.toThrow(
      'with an explicit deny in a resource-based policy',
    );
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toEqual([]);
  });
});

describe('a standard queue', () => {
  it('is worked off side by side, up to the maximum concurrency', async () => {
    await runs('loose');

    await Promise.all([1, 2, 3, 4].map((n) => send('lab-queues-loose', { n, waitMs: 200 })));

    const all = await runs('loose');
    expect(
      bodies(all)
        .map(({ n }) => n)
        .sort(),
    ).toEqual([1, 2, 3, 4]);
    const atOnce = all.map(
      ({ began }) => all.filter((other) => other.began <= began && other.ended > began).length,
    );
    expect(Math.max(...atOnce)).toBe(2);
  });

  it('gives back only what the function reports as failed', async () => {
    await runs('loose');

    await Promise.all([
      send('lab-queues-loose', { n: 'well' }),
      send('lab-queues-loose', { n: 'again', fail: 'reported' }),
    ]);

    const all = await runs('loose');
    expect(
      bodies(all)
        .map(({ n }) => n)
        .sort(),
    ).toEqual(['again', 'again', 'well']);
    expect(all.every(({ outcome }) => outcome === 'success')).toBe(true);
    expect(await left('lab-queues-loose')).toBe(0);
  });

  it('is received from when a message comes in the protocol of older clients', async () => {
    await runs('loose');

    const answer = await fetch(lab.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: new URLSearchParams({
        Action: 'SendMessage',
        Version: '2012-11-05',
        QueueUrl: `${lab.url}/${ACCOUNT}/lab-queues-loose`,
        MessageBody: '{"n":"form"}',
      }),
    });

    expect(answer.status).toBe(200);
    expect(bodies(await runs('loose'))).toEqual([{ n: 'form' }]);
  });

  it('gives a delayed message when its delay is over', async () => {
    await runs('loose');
    const before = Date.now();

    await sqs.send(
      new SendMessageCommand({
        QueueUrl: await urlOf('lab-queues-loose'),
        MessageBody: '{"n":"delayed"}',
        DelaySeconds: 1,
      }),
    );
    const run = await eventually('the delayed message', async () => (await runs('loose'))[0]);

    expect(bodies([run])).toEqual([{ n: 'delayed' }]);
    expect(run.began - before).toBeGreaterThanOrEqual(1000);
  });

  it('is received from again when SQS throttles', async () => {
    await runs('loose');
    await control('POST', 'faults', { service: 'sqs', action: 'ReceiveMessage', kind: 'throttle', times: 2 });

    await send('lab-queues-loose', { n: 'throttled' });

    expect(bodies(await runs('loose'))).toEqual([{ n: 'throttled' }]);
  });

  it('brings a message again when its deletion fails', async () => {
    await runs('loose');
    await control('POST', 'faults', {
      service: 'sqs',
      action: 'DeleteMessageBatch',
      kind: 'error500',
      times: 3,
    });

    await send('lab-queues-loose', { n: 'twice' });

    expect(bodies(await runs('loose'))).toEqual([{ n: 'twice' }, { n: 'twice' }]);
  });
});

describe('a role', () => {
  it('that may not receive gets no mapping, and the log says why', () => {
    const problems = logged.filter(({ fields }) => fields.resource === 'DeafMapping');
    expect(problems.map(({ fields }) => String(fields.problem))).toEqual([
      expect.stringMatching(
        /^The function execution role does not have permissions to call ReceiveMessage on SQS\. .*no identity-based policy allows the sqs:ReceiveMessage action/,
      ),
    ]);
  });

  it('that may receive no more gets no messages until it may again', async () => {
    await runs('ordered');
    const iam = new IAMClient(config);
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: ROLE }));
    const [PolicyName = ''] = PolicyNames;
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName: ROLE, PolicyName }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: ROLE, PolicyName }));

    await send('lab-queues-ordered.fifo', { n: 'kept' }, 'all');
    const without = await runs('ordered');
    const kept = await left('lab-queues-ordered.fifo');
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: ROLE,
        PolicyName,
        PolicyDocument: decodeURIComponent(PolicyDocument),
      }),
    );
    await send('lab-queues-ordered.fifo', { n: 'next' }, 'all');
    const withIt = await runs('ordered');

    expect(without).toEqual([]);
    expect(kept).toBe(1);
    expect(bodies(withIt).map(({ n }) => n)).toEqual(['kept', 'next']);
    expect(
      logged.filter(({ message }) => message.startsWith('a queue is not polled')).map(({ fields }) => fields),
    ).toEqual([
      expect.objectContaining({
        queue: ORDERED,
        error: expect.stringContaining('is not authorized to perform: sqs:ReceiveMessage'),
      }),
    ]);
  });
});

describe('an event source mapping', () => {
  async function listed(FunctionName?: string) {
    const { EventSourceMappings = [] } = await new LambdaClient(config).send(
      new ListEventSourceMappingsCommand({ FunctionName }),
    );
    return EventSourceMappings;
  }

  it('of a stack is listed and found', async () => {
    expect((await listed()).length).toBe(2);
    const [mapping] = await listed('lab-queues-loose');
    expect(mapping).toMatchObject({
      EventSourceArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:lab-queues-loose`,
      FunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:lab-queues-loose`,
      BatchSize: 1,
      State: 'Enabled',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
      LastModified: expect.any(Date),
    });
    const found = await new LambdaClient(config).send(
      new GetEventSourceMappingCommand({ UUID: mapping?.UUID }),
    );
    expect(found.UUID).toBe(mapping?.UUID);
  });

  it('is in the template that CloudFormation shows', async () => {
    const { TemplateBody = '' } = await new CloudFormationClient(config).send(
      new GetTemplateCommand({ StackName: 'lab-queues-test' }),
    );
    expect(JSON.parse(TemplateBody).Resources.LooseMapping.Type).toBe('AWS::Lambda::EventSourceMapping');
  });

  it('belongs to one account and Region', async () => {
    const elsewhere = new LambdaClient({ ...config, region: 'eu-west-1' });
    const { EventSourceMappings } = await elsewhere.send(new ListEventSourceMappingsCommand({}));
    expect(EventSourceMappings).toEqual([]);
  });

  it('is made and deleted by the API, and refused where Lambda refuses it', async () => {
    const lambda = new LambdaClient(config);
    const create = (queue: string, fn: string, BatchSize = 10) =>
      lambda.send(
        new CreateEventSourceMappingCommand({
          EventSourceArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:${queue}`,
          FunctionName: fn,
          BatchSize,
        }),
      );
    const { UUID, State } = await create('lab-queues-loose', 'lab-queues-ordered');
    expect(State).toBe('Creating');
    await expect(create('lab-queues-loose', 'lab-queues-ordered')).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    await expect(create('lab-queues-plain.fifo', 'lab-queues-ordered')).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('does not have permissions to call ReceiveMessage'),
    });
    await expect(create('lab-queues-ordered.fifo', 'lab-queues-loose', 11)).rejects.toThrow(
      `BatchSize for ${ORDERED} must be from 1 to 10, not 11.`,
    );
    await expect(create('lab-queues-loose', 'nobody')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });

    const { State: last } = await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));

    expect(last).toBe('Deleting');
    expect((await listed('lab-queues-ordered')).length).toBe(1);
  });

  it('changes with its stack, and ends with it', async () => {
    const [before] = await listed('lab-queues-ordered');
    process.env.LAB_QUEUES_BATCH_SIZE = '1';
    await serviceIn(lab, FIXTURE).deploy();
    delete process.env.LAB_QUEUES_BATCH_SIZE;
    await runs('ordered');

    for (let n = 1; n <= 3; n++) {
      await send('lab-queues-ordered.fifo', { after: n, waitMs: 50 }, 'all');
    }
    const all = await runs('ordered');
    const [after] = await listed('lab-queues-ordered');
    await serviceIn(lab, FIXTURE).remove();

    expect(before?.BatchSize).toBe(10);
    expect(after).toMatchObject({ UUID: before?.UUID, BatchSize: 1 });
    expect(all.map(({ records }) => records.length)).toEqual([1, 1, 1]);
    expect(await listed()).toEqual([]);
  });
});
