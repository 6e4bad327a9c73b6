import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type Lab, startLab } from '../../lab.ts';
import { serviceIn } from '../support/serverless.ts';

/** One service in two accounts, in a Region each. */

const OWN = { account: '123456789012', region: 'us-east-1' };
const OTHER = { account: '210987654321', region: 'eu-west-1' };
const ECHO = 'lab-fixture-test-echo';
const FIXTURE = `${__dirname}/fixture`;

interface Seen {
  readonly accountId: string;
  readonly region: string;
}

let lab: Lab;

function at({ account, region }: typeof OWN) {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    lab.envOf(account);
  return { endpoint: lab.url, region, credentials: { accessKeyId, secretAccessKey } };
}

async function control<T>(method: 'GET' | 'POST', path: string): Promise<T> {
  return (await (await fetch(`${lab.url}/_lab/${path}`, { method })).json()) as T;
}

function selector({ account, region }: typeof OWN): string {
  return `account=${account}&region=${region}`;
}

async function invoke(where: typeof OWN, payload: unknown) {
  const { Payload } = await new LambdaClient(at(where)).send(
    new InvokeCommand({ FunctionName: ECHO, Payload: JSON.stringify(payload) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

beforeAll(async () => {
  lab = await startLab({ progress: () => {} });
  await Promise.all([OWN, OTHER].map((where) => serviceIn(lab, FIXTURE).deploy(where)));
});

afterAll(() => lab?.stop());

describe('a service deployed into two accounts at once', () => {
  it.each([OWN, OTHER])('runs its functions in $account as the role of that account', async (where) => {
    const { arn, environment } = await invoke(where, {});
    const { Arn } = await new STSClient({
      ...at(where),
      credentials: { accessKeyId: environment.accessKey, secretAccessKey: 'any' },
    }).send(new GetCallerIdentityCommand({}));
    expect({ arn, Arn, region: environment.region, topic: environment.topic }).toEqual({
      arn: `arn:aws:lambda:${where.region}:${where.account}:function:${ECHO}`,
      Arn: `arn:aws:sts::${where.account}:assumed-role/lab-fixture-role/${ECHO}`,
      region: where.region,
      topic: `arn:aws:sns:${where.region}:${where.account}:fixture`,
    });
  });

  it('delivers an event only to the functions of its account', async () => {
    const before = await control<Seen[]>('GET', `invocations?function=echo&${selector(OWN)}`);
    await new EventBridgeClient(at(OTHER)).send(
      new PutEventsCommand({
        Entries: [{ EventBusName: 'fixture', Source: 'fixture', DetailType: 'Greeting', Detail: '{"n":1}' }],
      }),
    );
    await lab.idle();
    const there = await control<(Seen & { payload: string })[]>(
      'GET',
      `invocations?function=echo&${selector(OTHER)}`,
    );
    expect(JSON.parse(there.at(-1)?.payload ?? '{}').event).toMatchObject({
      account: OTHER.account,
      region: OTHER.region,
      detail: { n: 1 },
    });
    expect(await control('GET', `invocations?function=echo&${selector(OWN)}`)).toEqual(before);
  });

  it('fires the schedule of the account and Region that are named, else of the own account', async () => {
    const fired = await Promise.all(
      [selector(OTHER), selector(OWN), ''].map((query) => control<Seen>('POST', `schedules/echo?${query}`)),
    );
    expect(fired.map(({ accountId, region }) => ({ account: accountId, region }))).toEqual([OTHER, OWN, OWN]);
    expect(await control('POST', 'schedules/echo?account=310987654321')).toEqual({
      error: `No schedule starts a function "echo" in account 310987654321. Functions with a schedule: ${ECHO}.`,
    });
  });

  it('shows logs, metrics, alarms and notifications of the account that is named', async () => {
    await invoke(OTHER, { drift: 2 });
    const logs = await control<Seen[]>('GET', `logs?${selector(OTHER)}`);
    const metrics = await control<(Seen & { value: number })[]>(
      'GET',
      `metrics?namespace=Fixture&${selector(OTHER)}`,
    );
    const alarms = await control<(Seen & { name: string; state: string })[]>(
      'POST',
      `alarms/evaluate?${selector(OTHER)}`,
    );
    await new SNSClient(at(OTHER)).send(
      new PublishCommand({
        TopicArn: `arn:aws:sns:${OTHER.region}:${OTHER.account}:fixture`,
        Message: 'there',
      }),
    );
    const notifications = await control<Seen[]>('GET', `notifications?${selector(OTHER)}`);

    expect(metrics.map(({ value }) => value)).toEqual([2]);
    expect(alarms.find(({ name }) => name === 'fixture-Drifted')?.state).toBe('ALARM');
    for (const seen of [logs, metrics, alarms, notifications]) {
      expect(seen.length).toBeGreaterThan(0);
      expect(new Set(seen.map(({ accountId }) => accountId))).toEqual(new Set([OTHER.account]));
    }
    expect(await control('GET', `metrics?namespace=Fixture&${selector(OWN)}`)).toEqual([]);
  });

  it('is removed from one of them, with all that it made there, and runs on in the other', async () => {
    await serviceIn(lab, FIXTURE).remove(OTHER);

    const [functions, rules, queues, buckets] = await Promise.all([
      new LambdaClient(at(OTHER)).send(new ListFunctionsCommand({})),
      new EventBridgeClient(at(OTHER)).send(new ListRulesCommand({})),
      new SQSClient(at(OTHER)).send(new ListQueuesCommand({})),
      new S3Client({ ...at(OTHER), forcePathStyle: true }).send(new ListBucketsCommand({})),
    ]);
    expect({
      functions: functions.Functions,
      rules: rules.Rules,
      queues: queues.QueueUrls ?? [],
      buckets: buckets.Buckets ?? [],
    }).toEqual({ functions: [], rules: [], queues: [], buckets: [] });
    const { Stacks } = await new CloudFormationClient(at(OWN)).send(new DescribeStacksCommand({}));
    expect(Stacks?.map(({ StackName }) => StackName)).toEqual(['lab-fixture-test']);
    expect((await invoke(OWN, { still: 'here' })).event).toEqual({ still: 'here' });
  });

  it('needs an account of twelve digits', async () => {
    await expect(serviceIn(lab, FIXTURE).deploy({ account: 'prod' })).rejects.toThrow(
      '"prod" is no account id: give twelve digits, such as 123456789012.',
    );
  });
});
