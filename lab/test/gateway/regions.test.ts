import {
  CreateRouteTableCommand,
  CreateVpcCommand,
  DescribeRegionsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  GetDocumentCommand,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import { type Lab, startLab } from '../../lab.ts';

const OWN = '123456789012';
const OTHER = '210987654321';
const OFF = 'af-south-1';

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ progress: () => {} });
});

afterAll(() => lab?.stop());

function at(account: string, region: string) {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    lab.envOf(account);
  return { endpoint: lab.url, region, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey } };
}

async function set(optInStatus: unknown, query = '') {
  return fetch(`${lab.url}/_lab/regions/${OFF}${query}`, {
    method: 'PUT',
    body: JSON.stringify({ optInStatus }),
  });
}

async function regionsOf(account: string, AllRegions = false) {
  const { Regions = [] } = await new EC2Client(at(account, 'us-east-1')).send(
    new DescribeRegionsCommand({ AllRegions }),
  );
  return new Map(Regions.map(({ RegionName, OptInStatus }) => [RegionName, OptInStatus]));
}

describe('a Region', () => {
  it('is enabled until it is switched off', async () => {
    expect((await regionsOf(OWN)).has(OFF)).toBe(true);
    await expect(new EC2Client(at(OWN, OFF)).send(new DescribeVpcsCommand({}))).resolves.toBeDefined();
  });

  it('that an account has not enabled refuses its calls as AWS does, and is listed only with all Regions', async () => {
    await set('not-opted-in');
    const errors = await Promise.all(
      [
        new EC2Client(at(OWN, OFF)).send(new DescribeVpcsCommand({})),
        new EventBridgeClient(at(OWN, OFF)).send(new ListRulesCommand({})),
        new SQSClient(at(OWN, OFF)).send(new ListQueuesCommand({})),
        new LambdaClient(at(OWN, OFF)).send(new ListFunctionsCommand({})),
        new SNSClient(at(OWN, OFF)).send(new ListTopicsCommand({})),
      ].map((call) =>
        call.then(
          () => 'answered',
          (error: Error) => error.name,
        ),
      ),
    );
    expect(errors).toEqual([
      'AuthFailure',
      'UnrecognizedClientException',
      'UnrecognizedClientException',
      'UnrecognizedClientException',
      'InvalidClientTokenId',
    ]);
    expect([(await regionsOf(OWN)).has(OFF), (await regionsOf(OWN, true)).get(OFF)]).toEqual([
      false,
      'not-opted-in',
    ]);
    expect((await regionsOf(OTHER)).has(OFF)).toBe(true);

    await set('opted-in');
    await expect(new EC2Client(at(OWN, OFF)).send(new DescribeVpcsCommand({}))).resolves.toBeDefined();
  });

  it('is opted in or not, nothing else', async () => {
    expect((await set('maybe')).status).toBe(400);
  });
});

describe.each([
  [OWN, 'eu-west-1'],
  [OTHER, 'ap-southeast-2'],
])('in account %s and Region %s', (account, region) => {
  it('rules, their targets and their tags are kept', async () => {
    const events = new EventBridgeClient(at(account, region));
    const { RuleArn = '' } = await events.send(
      new PutRuleCommand({ Name: 'x.y.z', EventPattern: '{"source":["aws.ec2"]}' }),
    );
    const Arn = `arn:aws:events:us-east-1:${account}:event-bus/home`;
    const RoleArn = `arn:aws:iam::${account}:role/forwarder`;
    await events.send(new PutTargetsCommand({ Rule: 'x.y.z', Targets: [{ Id: 'home', Arn, RoleArn }] }));
    await events.send(
      new TagResourceCommand({ ResourceARN: RuleArn, Tags: [{ Key: 'made-by', Value: 'me' }] }),
    );

    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: 'x.y.z' }));
    const { Tags } = await events.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }));
    expect({ RuleArn, Targets, Tags }).toEqual({
      RuleArn: `arn:aws:events:${region}:${account}:rule/x.y.z`,
      Targets: [{ Id: 'home', Arn, RoleArn }],
      Tags: [{ Key: 'made-by', Value: 'me' }],
    });
    await events.send(new RemoveTargetsCommand({ Rule: 'x.y.z', Ids: ['home'] }));
    await events.send(new DeleteRuleCommand({ Name: 'x.y.z' }));
    expect((await events.send(new ListRulesCommand({}))).Rules).toEqual([]);
  });

  it('queues have their attributes', async () => {
    const sqs = new SQSClient(at(account, region));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'rules',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: `arn:aws:sqs:${region}:${account}:dead`,
        },
      ],
    });
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { MessageRetentionPeriod: '1209600', Policy } }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      QueueArn: `arn:aws:sqs:${region}:${account}:dead`,
      MessageRetentionPeriod: '1209600',
    });
    expect(JSON.parse(Attributes?.Policy ?? '')).toEqual(JSON.parse(Policy));
  });

  it('documents have versions', async () => {
    const ssm = new SSMClient(at(account, region));
    const content = (text: string) =>
      JSON.stringify({
        schemaVersion: '2.2',
        description: text,
        mainSteps: [{ action: 'aws:runShellScript', name: 'ping', inputs: { runCommand: [text] } }],
      });
    const named = { Name: 'ping', DocumentFormat: 'JSON' } as const;
    await ssm.send(new CreateDocumentCommand({ ...named, Content: content('one'), DocumentType: 'Command' }));
    const { DocumentDescription } = await ssm.send(
      new UpdateDocumentCommand({ ...named, Content: content('two'), DocumentVersion: '$LATEST' }),
    );
    const before = await ssm.send(new GetDocumentCommand({ Name: 'ping' }));
    await ssm.send(
      new UpdateDocumentDefaultVersionCommand({
        Name: 'ping',
        DocumentVersion: DocumentDescription?.DocumentVersion,
      }),
    );
    const after = await ssm.send(new GetDocumentCommand({ Name: 'ping' }));
    expect([before, after].map(({ Content = '{}' }) => JSON.parse(Content).description)).toEqual([
      'one',
      'two',
    ]);
    await ssm.send(new DeleteDocumentCommand({ Name: 'ping' }));
    await expect(ssm.send(new GetDocumentCommand({ Name: 'ping' }))).rejects.toMatchObject({
      name: 'InvalidDocument',
    });
  });

  it('what is made there is not seen from another Region', async () => {
    const { Vpc } = await new EC2Client(at(account, region)).send(
      new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }),
    );
    await expect(
      new EC2Client(at(account, 'us-west-2')).send(new CreateRouteTableCommand({ VpcId: Vpc?.VpcId })),
    ).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' });
  });
});
