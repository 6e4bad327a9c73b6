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
import { eventually, type LabAccount, type LabVpc, labAccount } from '../../../test/support/lab-account.ts';
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

interface StoryOptions {
  /** The emulator, where the stack is deployed already. */
  readonly where: { readonly endpoint: string; readonly region: string };
  readonly own: LabAccount;
  readonly stranger: LabAccount;
  readonly mail: () => Promise<readonly string[]>;
  readonly vpcs: { readonly a: LabVpc; readonly b: LabVpc; readonly theirs: LabVpc };
}

class Story {
  readonly #where: StoryOptions['where'];
  readonly #own: LabAccount;
  readonly #stranger: LabAccount;
  readonly #mail: StoryOptions['mail'];
  readonly #vpcs: StoryOptions['vpcs'];
  #pcx = '';

  constructor(options: StoryOptions) {
    this.#where = options.where;
    this.#own = options.own;
    this.#stranger = options.stranger;
    this.#mail = options.mail;
    this.#vpcs = options.vpcs;
  }

  readonly steps: readonly Step[] = [
    { name: 'a user without permissions is refused', run: () => refusesANobody(this.#where) },
    {
      name: 'a request is accepted, tagged with its rule, and people are told',
      run: () => this.#isAccepted(),
    },
    {
      name: 'both opted-in tables are routed, the plain ones are not, and the registry knows',
      run: () => this.#isRouted(),
    },
    {
      name: 'a route that is deleted by hand comes back, and people are told',
      run: () => this.#isRepaired(),
    },
    {
      name: "a stranger's request is found by the sweep, and held",
      run: () => this.#isHeld(),
    },
    { name: 'the peering is deleted, and its routes go', run: () => this.#isCleanedUp() },
  ];

  async #isAccepted(): Promise<void> {
    const { a, b } = this.#vpcs;
    const pcx = await this.#own.request(a, b);
    this.#pcx = pcx;
    await eventually(`the rule of ${pcx}`, async () =>
      (await this.#tagOf(pcx, 'rule')) === 'lab-vpcs' ? true : undefined,
    );
    await this.#isTold(pcx);
  }

  async #isRouted(): Promise<void> {
    const { a, b } = this.#vpcs;
    await this.#routed(a, b);
    await this.#routed(b, a);
    for (const { plainTableId } of [a, b]) {
      const routes = await this.#own.peeringRoutes(plainTableId);
      if (routes.length > 0) {
        throw new Error(`${plainTableId} is not opted in, and has ${routes.join()}.`);
      }
    }
    const dynamo = new DynamoDBClient({ ...this.#where, credentials });
    await eventually('two routes in the registry', async () => {
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: STACK }));
      const routes = Items.filter(({ item }) => item?.S?.startsWith('route#'));
      return routes.length === 2 ? true : undefined;
    });
  }

  async #isRepaired(): Promise<void> {
    const { a, b } = this.#vpcs;
    const route = { RouteTableId: a.tableId, DestinationCidrBlock: b.cidr };
    await this.#own.ec2.send(new DeleteRouteCommand(route));
    await this.#routed(a, b);
    await this.#isTold(a.tableId);
  }

  async #isHeld(): Promise<void> {
    const { b, theirs } = this.#vpcs;
    const asked = await this.#stranger.request(theirs, b, { accountId: ACCOUNT });
    const { FunctionError } = await new LambdaClient({ ...this.#where, credentials }).send(
      new InvokeCommand({ FunctionName: `${STACK}-sweep`, Payload: '{}' }),
    );
    if (FunctionError !== undefined) {
      throw new Error(`The function sweep failed: ${FunctionError}.`);
    }
    await eventually(`a decision about ${asked}`, async () =>
      (await this.#tagOf(asked, 'decision')) === 'hold' ? true : undefined,
    );
    const status = (await this.#own.peering(asked))?.Status?.Code;
    if (status !== 'pending-acceptance') {
      throw new Error(`${asked} is ${status}.`);
    }
  }

  async #isCleanedUp(): Promise<void> {
    const { a, b } = this.#vpcs;
    await this.#own.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: this.#pcx }));
    for (const { tableId } of [a, b]) {
      await eventually(`the end of the routes in ${tableId}`, async () =>
        (await this.#own.peeringRoutes(tableId)).length === 0 ? true : undefined,
      );
    }
  }

  #isTold(what: string): Promise<true> {
    return eventually(`a message about ${what}`, async () =>
      (await this.#mail()).some((text) => text.includes(what)) ? true : undefined,
    );
  }

  async #tagOf(peeringId: string, key: string): Promise<string | undefined> {
    const peering = await this.#own.peering(peeringId);
    return peering?.Tags?.find(({ Key }) => Key === `peering-autopilot:${key}`)?.Value;
  }

  #routed(here: LabVpc, there: LabVpc): Promise<true> {
    const wanted = `${there.cidr} -> ${this.#pcx} active`;
    return eventually(`a route to ${there.cidr} in ${here.tableId}`, async () =>
      (await this.#own.peeringRoutes(here.tableId)).includes(wanted) ? true : undefined,
    );
  }
}

/** @param endpoint the emulator's, where the stack is deployed already. */
export async function storyElsewhere(lab: Lab, endpoint: string): Promise<readonly Step[]> {
  const own = await labAccount({ endpoint: lab.url, region: REGION });
  const stranger = await labAccount({ endpoint: lab.url, region: REGION, accountId: STRANGER });
  const tags = { Environment: 'lab' };
  const vpcs = {
    a: await own.createVpc('10.1.0.0/16', tags),
    b: await own.createVpc('10.2.0.0/16', tags),
    theirs: await stranger.createVpc('10.9.0.0/16'),
  };
  const mail = await createMailbox(endpoint);
  return new Story({ where: { endpoint, region: REGION }, own, stranger, mail, vpcs }).steps;
}
