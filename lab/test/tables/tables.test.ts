import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Moto, startMoto } from '../../moto.ts';

/** A DynamoDB table that a stack declares, as the lab's moto makes it. */

let moto: Moto;
let cloudFormation: CloudFormationClient;
let dynamo: DynamoDBClient;

beforeAll(async () => {
  moto = await startMoto({ progress: () => {}, log: () => {} });
  const config = {
    endpoint: moto.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  cloudFormation = new CloudFormationClient(config);
  dynamo = new DynamoDBClient(config);
});

afterAll(async () => {
  cloudFormation?.destroy();
  dynamo?.destroy();
  await moto?.stop();
});

function template(properties: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    Resources: {
      Registry: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [
            { AttributeName: 'region', KeyType: 'HASH' },
            { AttributeName: 'item', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: [
            { AttributeName: 'region', AttributeType: 'S' },
            { AttributeName: 'item', AttributeType: 'S' },
          ],
          SSESpecification: { SSEEnabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
          ...properties,
        },
      },
    },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Registry', 'Arn'] } }, Name: { Value: { Ref: 'Registry' } } },
  });
}

async function tableName(): Promise<string> {
  const { StackResources } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: 'product' }),
  );
  return StackResources?.find((each) => each.LogicalResourceId === 'Registry')?.PhysicalResourceId ?? '';
}

async function settings() {
  const TableName = await tableName();
  const [{ Table }, backups, ttl] = await Promise.all([
    dynamo.send(new DescribeTableCommand({ TableName })),
    dynamo.send(new DescribeContinuousBackupsCommand({ TableName })),
    dynamo.send(new DescribeTimeToLiveCommand({ TableName })),
  ]);
  return {
    billing: Table?.BillingModeSummary?.BillingMode,
    encryption: Table?.SSEDescription?.Status,
    recovery: backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus,
    ends: [ttl.TimeToLiveDescription?.TimeToLiveStatus, ttl.TimeToLiveDescription?.AttributeName],
  };
}

it('is made with its recovery, encryption and time to live, changed, and gone with the stack', async () => {
  await cloudFormation.send(new CreateStackCommand({ StackName: 'product', TemplateBody: template() }));
  const made = {
    billing: 'PAY_PER_REQUEST',
    encryption: 'ENABLED',
    recovery: 'ENABLED',
    ends: ['ENABLED', 'expires'],
  };
  expect(await settings()).toEqual(made);
  const name = await tableName();
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName: 'product',
      TemplateBody: template({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
        Tags: [{ Key: 'team', Value: 'network' }],
      }),
    }),
  );
  expect(await settings()).toEqual({ ...made, recovery: 'DISABLED' });
  expect(await tableName()).toBe(name);
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'product' }));
  expect((await dynamo.send(new ListTablesCommand({}))).TableNames).toEqual([]);
});

it('is no hindrance to the deletion of its stack if somebody has deleted it by hand, nor is a queue', async () => {
  const StackName = 'deleted-by-hand';
  const body = JSON.parse(template());
  body.Resources.Queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'by-hand' } };
  body.Resources.Other = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'left' } };
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(body) }));
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  const idOf = (id: string) =>
    StackResources.find(({ LogicalResourceId }) => LogicalResourceId === id)?.PhysicalResourceId;
  await dynamo.send(new DeleteTableCommand({ TableName: idOf('Registry') }));
  const sqs = new SQSClient({
    endpoint: moto.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    useQueueUrlAsEndpoint: false,
  });
  await sqs.send(new DeleteQueueCommand({ QueueUrl: idOf('Queue') }));
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  await expect(cloudFormation.send(new DescribeStackResourcesCommand({ StackName }))).rejects.toThrow();
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  expect(QueueUrls).toEqual([]);
  sqs.destroy();
});
