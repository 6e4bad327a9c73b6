import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createClient } from '../../lib/aws/clients.ts';
import { ifPresent } from '../../lib/aws/if-present.ts';
import { append } from '../../lib/model/append.ts';
import { functionLogicalId } from '../../resources/cloudformation.ts';
import { QUEUED_FUNCTIONS, type QueuedFunction, queueLogicalId } from '../../resources/queued-functions.ts';
import { shown } from '../output.ts';
import type { DeployedStack } from '../stack.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';
import { MADE_ANEW } from './made-anew.ts';
import type { Patient } from './patient.ts';
import { WITHOUT } from './without.ts';

const AREA = 'queues';

/** Where the events are kept that came to nothing, by logical id, and what is not kept without it. */
const DEAD_LETTERS = {
  DeadLetterQueue: 'an event that could not be delivered to its function or queue',
  UnhandledEventsQueue: 'an event with which a function failed again and again',
} as const;

type DeadLetterId = keyof typeof DEAD_LETTERS;
const DEAD_LETTER_IDS: readonly DeadLetterId[] = ['DeadLetterQueue', 'UnhandledEventsQueue'];

/** A queue of events before a function, and how Lambda takes them from there. */
export interface EventQueue {
  readonly function: QueuedFunction;
  /** As in its ARN. */
  readonly name: string;
  readonly state: 'there' | 'gone';
  /** Left out: its function takes no events from it. */
  readonly mapping?: { readonly id: string; readonly state: string };
  /** What else takes events from it. Left out: nothing. */
  readonly others?: readonly { readonly id: string; readonly functionArn: string }[];
}

export interface DeadLetters {
  readonly id: DeadLetterId;
  readonly url: string;
  readonly messages: number | 'gone';
}

export interface StackQueues {
  readonly events: readonly EventQueue[];
  readonly deadLetters: readonly DeadLetters[];
}

function nameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

/** SQS gives each event to one of those who take them. */
function takenElsewhere(region: string, { name, function: of, others = [] }: EventQueue): DoctorCheck[] {
  return others.map(({ id, functionArn }) =>
    fail(
      AREA,
      region,
      `${shown(functionArn, 200)} takes events from the queue ${name}: ${of} does not see those that it gets.`,
      `aws lambda delete-event-source-mapping --region ${region} --uuid ${shown(id, 60)}`,
    ),
  );
}

function eventQueueChecks(region: string, queue: EventQueue): DoctorCheck[] {
  const { name, state, mapping } = queue;
  if (state === 'gone') {
    const without = `nothing reaches ${queue.function}, not the sweep either: ${WITHOUT[queue.function]}`;
    return [fail(AREA, region, `The queue ${name} is gone, so ${without}.`, MADE_ANEW)];
  }
  const taken = takenElsewhere(region, queue);
  if (mapping === undefined) {
    const says =
      taken.length === 0
        ? `Nothing takes events from the queue ${name}.`
        : `Events of the queue ${name} do not go to ${queue.function} any more, so ${WITHOUT[queue.function]}.`;
    return [fail(AREA, region, says, MADE_ANEW), ...taken];
  }
  return mapping.state === 'Enabled'
    ? taken
    : [
        ...taken,
        fail(
          AREA,
          region,
          `Taking events from the queue ${name} is ${shown(mapping.state, 40)}.`,
          `aws lambda update-event-source-mapping --region ${region} --uuid ${shown(mapping.id, 60)} --enabled`,
        ),
      ];
}

function deadLetterChecks(region: string, { id, url, messages }: DeadLetters): DoctorCheck[] {
  if (messages === 'gone') {
    const says = `The queue ${nameOf(url)} is gone: ${DEAD_LETTERS[id]} is kept nowhere, and its alarm stays silent.`;
    return [fail(AREA, region, says, MADE_ANEW)];
  }
  return messages === 0
    ? []
    : [
        warn(
          AREA,
          region,
          `${messages} ${messages === 1 ? 'event was' : 'events were'} not delivered or not handled.`,
          `The functions' logs say why, and aws sqs receive-message --region ${region} --queue-url ${shown(url)} shows them; aws sqs purge-queue empties it. The next sweep looks again: if that fails too, more come.`,
        ),
      ];
}

/** What is wrong with the way of events to the functions. */
export function queueChecks(region: string, { events, deadLetters }: StackQueues): DoctorCheck[] {
  const stuck = events.flatMap((queue) => eventQueueChecks(region, queue));
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
    ...deadLetters.flatMap((queue) => deadLetterChecks(region, queue)),
  ];
}

/** @returns how many messages it has; `gone`: there is no such queue. @throws AWS errors of GetQueueAttributes. */
async function messagesIn(sqs: SQSClient, region: string, url: string): Promise<number | 'gone'> {
  const answer = await ifPresent('GetQueueAttributes', region, url, () =>
    sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    ),
  );
  return answer === undefined ? 'gone' : Number(answer.Attributes?.ApproximateNumberOfMessages ?? 0);
}

/** @throws AWS errors of listing event source mappings. */
async function readMappings(lambda: LambdaClient): Promise<readonly EventSourceMappingConfiguration[]> {
  const mappings: EventSourceMappingConfiguration[] = [];
  for await (const page of paginateListEventSourceMappings({ client: lambda }, {})) {
    append(mappings, page.EventSourceMappings ?? []);
  }
  return mappings;
}

/** Who takes events from a queue. @param of the physical id of the function that should. */
function takers(
  mappings: readonly EventSourceMappingConfiguration[],
  name: string,
  of: string | undefined,
): Pick<EventQueue, 'mapping' | 'others'> {
  const ofQueue = mappings.filter(({ EventSourceArn }) => EventSourceArn?.endsWith(`:${name}`));
  const isOwn = ({ FunctionArn = '' }: EventSourceMappingConfiguration) => FunctionArn.split(':')[6] === of;
  const mapping = ofQueue.find(isOwn);
  const others = ofQueue.filter((each) => !isOwn(each) && each.State !== 'Disabled');
  return {
    ...(mapping === undefined
      ? {}
      : { mapping: { id: mapping.UUID ?? '', state: mapping.State ?? 'unknown' } }),
    ...(others.length === 0
      ? {}
      : {
          others: others.map(({ UUID = '', FunctionArn = '' }) => ({ id: UUID, functionArn: FunctionArn })),
        }),
  };
}

/**
 * What the stack has by its resources, held against what is there: CloudFormation lists what somebody has deleted by hand as before.
 *
 * @throws AWS errors of listing event source mappings and of reading queues.
 */
export async function readQueues({ region, resources }: DeployedStack): Promise<StackQueues> {
  const sqs = createClient(SQSClient, { region, useQueueUrlAsEndpoint: false });
  const mappings = await readMappings(createClient(LambdaClient, { region }));
  const events = QUEUED_FUNCTIONS.flatMap((name) => {
    const url = resources.get(queueLogicalId(name));
    return url === undefined ? [] : [{ function: name, url }];
  });
  const dead = DEAD_LETTER_IDS.flatMap((id) => {
    const url = resources.get(id);
    return url === undefined ? [] : [{ id, url }];
  });
  return {
    events: await Promise.all(
      events.map(async ({ function: of, url }): Promise<EventQueue> => {
        const name = nameOf(url);
        return {
          function: of,
          name,
          state: (await messagesIn(sqs, region, url)) === 'gone' ? 'gone' : 'there',
          ...takers(mappings, name, resources.get(functionLogicalId(of))),
        };
      }),
    ),
    deadLetters: await Promise.all(
      dead.map(async ({ id, url }) => ({ id, url, messages: await messagesIn(sqs, region, url) })),
    ),
  };
}

/** Of the queues of the stack. */
export async function queues({ stack }: Patient): Promise<readonly DoctorCheck[]> {
  return stack === undefined ? [] : queueChecks(stack.region, await readQueues(stack));
}
