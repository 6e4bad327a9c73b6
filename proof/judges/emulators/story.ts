import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DeleteRouteCommand, DeleteVpcPeeringConnectionCommand } from '@aws-sdk/client-ec2';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Lab } from '../../../local/lab.ts';
import { eventually, type LabVpc, labAccount } from '../../../test/support/lab-account.ts';
import { ACCOUNT, REGION } from './door.ts';

/** The life of a peering, with the stack in an emulator and the network in the local AWS. */

export interface Step {
  readonly name: string;
  run(): Promise<void>;
}

const STACK = 'vpc-peering-autopilot-prod';
const STRANGER = '333333333333';
const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'proof' };

/** What the stack tells people, from a queue that subscribes to its topic. */
async function createMailbox(endpoint: string) {
  const where = { endpoint, region: REGION, credentials };
  const sns = new SNSClient(where);
  const sqs = new SQSClient(where);
  const { StackResourceDetail } = await new CloudFormationClient(where).send(
    new DescribeStackResourceCommand({ StackName: STACK, LogicalResourceId: 'NotificationTopic' }),
  );
  const TopicArn = StackResourceDetail?.PhysicalResourceId;
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: '*',
      },
    ],
  };
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'mailbox', Attributes: { Policy: JSON.stringify(policy) } }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
  const read: string[] = [];
  return async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      read.push(Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return read;
  };
}

/** Its IAM is on: who may do nothing reads nothing. */
async function refusesANobody(where: { readonly endpoint: string; readonly region: string }): Promise<void> {
  const iam = new IAMClient({ ...where, credentials });
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }));
  const nobody = new DynamoDBClient({
    ...where,
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    },
  });
  const answer = await nobody.send(new ScanCommand({ TableName: STACK })).then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
  if (!/^AccessDenied/.test(answer)) {
    throw new Error(`A user without permissions reads the registry: ${answer}.`);
  }
}

/** @param endpoint the emulator's, where the stack is deployed already. */
export async function storyElsewhere(lab: Lab, endpoint: string): Promise<readonly Step[]> {
  const own = await labAccount({ endpoint: lab.url, region: REGION });
  const stranger = await labAccount({ endpoint: lab.url, region: REGION, accountId: STRANGER });
  const tags = { Environment: 'lab' };
  const a = await own.createVpc('10.1.0.0/16', tags);
  const b = await own.createVpc('10.2.0.0/16', tags);
  const theirs = await stranger.createVpc('10.9.0.0/16');
  const where = { endpoint, region: REGION, credentials };
  const mail = await createMailbox(endpoint);
  let pcx = '';

  const isTold = (what: string) =>
    eventually(`a message about ${what}`, async () =>
      (await mail()).some((text) => text.includes(what)) ? true : undefined,
    );
  const tagOf = async (id: string, key: string) =>
    (await own.peering(id))?.Tags?.find(({ Key }) => Key === `peering-autopilot:${key}`)?.Value;
  const hasRoute = async (here: LabVpc, there: LabVpc) =>
    (await own.peeringRoutes(here.tableId)).includes(`${there.cidr} -> ${pcx} active`);
  const routed = (here: LabVpc, there: LabVpc) =>
    eventually(`a route to ${there.cidr} in ${here.tableId}`, async () =>
      (await hasRoute(here, there)) ? true : undefined,
    );

  return [
    { name: 'a user without permissions is refused', run: () => refusesANobody(where) },
    {
      name: 'a request is accepted, tagged with its rule, and people are told',
      async run() {
        pcx = await own.request(a, b);
        await eventually(`the rule of ${pcx}`, async () =>
          (await tagOf(pcx, 'rule')) === 'lab-vpcs' ? true : undefined,
        );
        await isTold(pcx);
      },
    },
    {
      name: 'both opted-in tables are routed, the plain ones are not, and the registry knows',
      async run() {
        await routed(a, b);
        await routed(b, a);
        for (const { plainTableId } of [a, b]) {
          const routes = await own.peeringRoutes(plainTableId);
          if (routes.length > 0) {
            throw new Error(`${plainTableId} is not opted in, and has ${routes.join()}.`);
          }
        }
        const dynamo = new DynamoDBClient(where);
        await eventually('two routes in the registry', async () => {
          const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: STACK }));
          const routes = Items.filter(({ item }) => item?.S?.startsWith('route#'));
          return routes.length === 2 ? true : undefined;
        });
      },
    },
    {
      name: 'a route that is deleted by hand comes back, and people are told',
      async run() {
        await own.ec2.send(new DeleteRouteCommand({ RouteTableId: a.tableId, DestinationCidrBlock: b.cidr }));
        await routed(a, b);
        await isTold(a.tableId);
      },
    },
    {
      name: "a stranger's request is found by the sweep, and held",
      async run() {
        const asked = await stranger.request(theirs, b, { accountId: ACCOUNT });
        const { FunctionError } = await new LambdaClient(where).send(
          new InvokeCommand({ FunctionName: `${STACK}-sweep`, Payload: '{}' }),
        );
        if (FunctionError !== undefined) {
          throw new Error(`The function sweep failed: ${FunctionError}.`);
        }
        await eventually(`a decision about ${asked}`, async () =>
          (await tagOf(asked, 'decision')) === 'hold' ? true : undefined,
        );
        const status = (await own.peering(asked))?.Status?.Code;
        if (status !== 'pending-acceptance') {
          throw new Error(`${asked} is ${status}.`);
        }
      },
    },
    {
      name: 'the peering is deleted, and its routes go',
      async run() {
        await own.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
        for (const { tableId } of [a, b]) {
          await eventually(`the end of the routes in ${tableId}`, async () =>
            (await own.peeringRoutes(tableId)).length === 0 ? true : undefined,
          );
        }
      },
    },
  ];
}
