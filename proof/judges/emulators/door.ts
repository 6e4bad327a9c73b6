import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Lab } from '../../../local/lab.ts';

/** The local AWS's EC2 and Systems Manager, for functions that run in somebody else's emulator. */

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

export interface Door {
  /** What the functions take for the endpoint of EC2 and SSM. */
  readonly url: string;
  /** Carries what happens in the local AWS to the default bus of the emulator, until it is closed. */
  carryEventsTo(emulatorUrl: string): Promise<void>;
  /** Why events are no longer carried, if so. */
  failure(): string | undefined;
  close(): Promise<void>;
}

const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'proof' };

const ACCESS_KEY = /Credential=([^/]+)\//;

/**
 * The emulator's own keys mean nothing to the local AWS: whoever has one of those is one of the functions, and the rules of
 * the stack must know its calls as the product's own.
 */
async function productsKey(lab: Lab): Promise<string> {
  const sts = new STSClient({ endpoint: lab.url, region: REGION, credentials });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/vpc-peering-autopilot/prod/elsewhere`,
      RoleSessionName: 'function',
    }),
  );
  return Credentials?.AccessKeyId ?? '';
}

/** All events of the local AWS's default bus, in a queue. */
async function queueOfEvents(lab: Lab): Promise<{ readonly sqs: SQSClient; readonly queueUrl: string }> {
  const where = { endpoint: lab.url, region: REGION, credentials };
  const sqs = new SQSClient(where);
  const events = new EventBridgeClient(where);
  const { QueueUrl: queueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: 'carried',
      Attributes: {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: '*',
            },
          ],
        }),
      },
    }),
  );
  await events.send(
    new PutRuleCommand({ Name: 'carried', EventPattern: JSON.stringify({ account: [ACCOUNT] }) }),
  );
  await events.send(
    new PutTargetsCommand({
      Rule: 'carried',
      Targets: [{ Id: 'carried', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:carried` }],
    }),
  );
  return { sqs, queueUrl };
}

/** Hands requests on to the local AWS: those of functions with the product's key. */
function createProxy(lab: Lab, productKey: string): Server {
  const { hostname, port } = new URL(lab.url);
  return createServer((incoming, outgoing) => {
    const accessKey = ACCESS_KEY.exec(incoming.headers.authorization ?? '')?.[1];
    const { host: _, ...headers } = incoming.headers;
    const authorization = headers.authorization?.replace(
      ACCESS_KEY,
      `Credential=${accessKey === ACCOUNT ? accessKey : productKey}/`,
    );
    const forwarded = httpRequest(
      {
        ...{ hostname, port, method: incoming.method, path: incoming.url },
        headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
}

function entryOf({ Body = '{}' }: Message): PutEventsRequestEntry {
  const event = JSON.parse(Body) as Record<string, unknown>;
  return {
    Source: String(event.source),
    DetailType: String(event['detail-type']),
    Detail: JSON.stringify(event.detail),
    Resources: event.resources as string[],
  };
}

/** Carries what is in the queue to the bus, once. */
async function carryOnce(
  { sqs, queueUrl }: Awaited<ReturnType<typeof queueOfEvents>>,
  bus: EventBridgeClient,
): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
  );
  if (Messages.length === 0) {
    return;
  }
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: Messages.map(entryOf) }));
  if (FailedEntryCount > 0) {
    throw new Error(`The emulator took ${FailedEntryCount} of ${Messages.length} events not.`);
  }
  await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
}

export async function openDoor(lab: Lab): Promise<Door> {
  const server = createProxy(lab, await productsKey(lab));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let open = true;
  let carrying: Promise<void> = Promise.resolve();
  let failure: string | undefined;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async carryEventsTo(emulatorUrl) {
      const queue = await queueOfEvents(lab);
      const bus = new EventBridgeClient({ endpoint: emulatorUrl, region: REGION, credentials });
      const carry = async () => {
        while (open) {
          await carryOnce(queue, bus);
        }
      };
      carrying = carry().catch((error: unknown) => {
        failure = error instanceof Error ? error.message : String(error);
      });
    },
    failure: () => failure,
    async close() {
      open = false;
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await carrying;
    },
  };
}
