import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Lab, startLab } from '../../../lab/lab.ts';
import type { EventBridgeEvent } from '../../../lab/types.ts';

/** Accounts of the tests; an access key of twelve digits is the root user of that account. */
export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '210987654321';
export const REGION = 'us-east-1';
export const OTHER_REGION = 'eu-west-1';

export interface At {
  readonly accountId?: string;
  readonly region?: string;
}

export interface TestLab {
  readonly lab: Lab;
  /** An EC2 client of a place; it does not retry. */
  ec2(at?: At): EC2Client;
  /** `POST` to one of the lab's own paths. */
  post(path: string, body: unknown): Promise<unknown>;
  get(path: string): Promise<unknown>;
  remove(path: string): Promise<void>;
  /** Starts to keep the EC2 events of a place; call the answer to get those that came since it was last called. */
  events(at?: At): Promise<() => Promise<readonly EventBridgeEvent[]>>;
  stop(): Promise<void>;
}

/** A lab without a deployed stack. */
export async function startTestLab(): Promise<TestLab> {
  const lab = await startLab({ progress: () => {} });
  const made: { destroy(): void }[] = [];
  const config = ({ accountId = ACCOUNT, region = REGION }: At) => ({
    endpoint: lab.url,
    region,
    credentials: { accessKeyId: accountId, secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  function client<C extends { destroy(): void }>(made1: C): C {
    made.push(made1);
    return made1;
  }

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${lab.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    }
    return JSON.parse(text);
  }

  return {
    lab,
    ec2: (at = {}) => client(new EC2Client(config(at))),
    post: (path, body) => ask('POST', path, body),
    get: (path) => ask('GET', path),
    async remove(path) {
      await ask('DELETE', path);
    },
    async events(at = {}) {
      const sqs = client(new SQSClient(config(at)));
      const events = client(new EventBridgeClient(config(at)));
      const name = `events-${made.length}`;
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
      );
      await events.send(new PutRuleCommand({ Name: name, EventPattern: '{"source":["aws.ec2","aws.tag"]}' }));
      await events.send(
        new PutTargetsCommand({ Rule: name, Targets: [{ Id: '1', Arn: Attributes?.QueueArn }] }),
      );
      return async () => {
        await lab.idle();
        const received: EventBridgeEvent[] = [];
        for (;;) {
          const { Messages = [] } = await sqs.send(
            new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
          );
          if (Messages.length === 0) {
            return received;
          }
          received.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as EventBridgeEvent));
        }
      };
    },
    async stop() {
      for (const each of made) {
        each.destroy();
      }
      await lab.stop();
    },
  };
}
