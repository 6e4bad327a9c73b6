import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createClient } from '../../lib/aws/clients.ts';
import { append } from '../../lib/model/append.ts';
import { shown } from '../output.ts';
import type { DeployedStack } from '../stack.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';

const AREA = 'queues';
const PUT_BACK = 'peering deploy puts it back';

/** Where the events are kept that came to nothing, by logical id. */
const DEAD_LETTERS = ['DeadLetterQueue', 'UnhandledEventsQueue'];

/** A queue of events before a function, and how Lambda takes them from there. */
export interface EventQueue {
  /** As in its ARN. */
  readonly name: string;
  /** Undefined: nothing takes events from it. */
  readonly mapping?: { readonly id: string; readonly state: string };
}

export interface DeadLetters {
  readonly url: string;
  readonly messages: number;
}

export interface StackQueues {
  readonly events: readonly EventQueue[];
  readonly deadLetters: readonly DeadLetters[];
}

/** What is wrong with the way of events to the functions. */
export function queueChecks(region: string, { events, deadLetters }: StackQueues): DoctorCheck[] {
  const stuck = events.flatMap(({ name, mapping }): DoctorCheck[] => {
    if (mapping === undefined) {
      return [fail(AREA, region, `Nothing takes events from the queue ${name}.`, PUT_BACK)];
    }
    return mapping.state === 'Enabled'
      ? []
      : [
          fail(
            AREA,
            region,
            `Taking events from the queue ${name} is ${shown(mapping.state, 40)}.`,
            `aws lambda update-event-source-mapping --region ${region} --uuid ${shown(mapping.id, 60)} --enabled`,
          ),
        ];
  });
  const left = deadLetters
    .filter(({ messages }) => messages > 0)
    .map(({ url, messages }) =>
      warn(
        AREA,
        region,
        `${messages} ${messages === 1 ? 'event was' : 'events were'} not delivered or not handled.`,
        `The functions' logs say why, and aws sqs receive-message --region ${region} --queue-url ${shown(url)} shows them; aws sqs purge-queue empties it. The next sweep looks again: if that fails too, more come.`,
      ),
    );
  if (events.length === 0) {
    stuck.push(
      fail(AREA, region, 'The stack has no queues: no event reaches its functions.', 'peering deploy'),
    );
  }
  return [
    ...(stuck.length > 0
      ? stuck
      : [
          pass(
            AREA,
            region,
            `Events are taken from the queues of the functions, ${events.length} of ${events.length}.`,
          ),
        ]),
    ...left,
  ];
}

/** @throws AWS errors of listing event source mappings and of reading queues. */
export async function readQueues(stack: DeployedStack): Promise<StackQueues> {
  const { region, resources } = stack;
  const lambda = createClient(LambdaClient, { region });
  const sqs = createClient(SQSClient, { region, useQueueUrlAsEndpoint: false });
  const dead = DEAD_LETTERS.flatMap((id) => resources.get(id) ?? []);
  const queues = stack
    .ofType('AWS::SQS::Queue')
    .filter((url) => !dead.includes(url))
    .map((url) => url.slice(url.lastIndexOf('/') + 1));
  const mappings: EventSourceMappingConfiguration[] = [];
  for await (const page of paginateListEventSourceMappings({ client: lambda }, {})) {
    append(mappings, page.EventSourceMappings ?? []);
  }
  const deadLetters = await Promise.all(
    dead.map(async (url) => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      return { url, messages: Number(Attributes?.ApproximateNumberOfMessages ?? 0) };
    }),
  );
  return {
    events: queues.sort().map((name) => {
      const mapping = mappings.find(({ EventSourceArn }) => EventSourceArn?.endsWith(`:${name}`));
      return {
        name,
        ...(mapping === undefined
          ? {}
          : { mapping: { id: mapping.UUID ?? '', state: mapping.State ?? 'unknown' } }),
      };
    }),
    deadLetters,
  };
}
