import { MOST_RECEIVES } from '../lib/lambda/receive.ts';
import {
  functionLogicalId,
  getAtt,
  pascalCase,
  type Resource,
  type Resources,
  ref,
  type Value,
} from './cloudformation.ts';
import { SERVICE, type StackContext } from './context.ts';
import {
  type QueuedFunction,
  queuedFunctionsOf,
  queueLogicalId,
  visibilitySeconds,
} from './queued-functions.ts';
import { type RuleSpec, ruleLogicalId } from './rules.ts';

/** The most that Lambda takes from a FIFO queue at once. */
const BATCH_SIZE = 10;

/** A day. Whatever waits longer was swept hundreds of times, and an alarm has told of the waiting after minutes. */
const RETENTION_SECONDS = 86_400;

/**
 * What the sweep sets off is mostly done by then, so that the page does not show for a whole interval what was mended a moment
 * after. A FIFO queue knows a delay of the queue, not of a message (SQS developer guide, "Delay queues").
 */
const AFTER_THE_SWEEP_SECONDS = 60;

/**
 * Most pings of a check have ended by then, a lost one included, so that one look at Systems Manager reads them all. A batching window
 * would do the same, but a FIFO queue knows none (Lambda developer guide, "Configuring scaling behavior for SQS").
 */
const UNTIL_PINGS_END_SECONDS = 20;

const DELAYS: Readonly<Partial<Record<QueuedFunction, number>>> = {
  'publish-report': AFTER_THE_SWEEP_SECONDS,
  'record-connectivity': UNTIL_PINGS_END_SECONDS,
};

function onlyEncryptedInTransit(queue: string): Value {
  return {
    Sid: 'OnlyEncryptedInTransit',
    Effect: 'Deny',
    Principal: '*',
    Action: 'sqs:*',
    Resource: getAtt(queue, 'Arn'),
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/** Who may send: the rules, named one by one, and nobody else. */
export function queuePolicy(queue: string, ruleIds: readonly string[]): Resource {
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [ref(queue)],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'RulesOfThisStack',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: getAtt(queue, 'Arn'),
            Condition: { ArnEquals: { 'aws:SourceArn': ruleIds.map((id) => getAtt(id, 'Arn')) } },
          },
          onlyEncryptedInTransit(queue),
        ],
      },
    },
  };
}

function queueOf(name: QueuedFunction, stage: string, ruleIds: readonly string[]): Resources {
  const id = queueLogicalId(name);
  return {
    [id]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: `${SERVICE}-${stage}-${name}.fifo`,
        FifoQueue: true,
        // Each event has an id of its own: only what EventBridge delivers twice is the same.
        ContentBasedDeduplication: true,
        VisibilityTimeout: visibilitySeconds(name),
        MessageRetentionPeriod: RETENTION_SECONDS,
        SqsManagedSseEnabled: true,
        ...(DELAYS[name] === undefined ? {} : { DelaySeconds: DELAYS[name] }),
        RedrivePolicy: {
          deadLetterTargetArn: getAtt('UnhandledEventsQueue', 'Arn'),
          maxReceiveCount: MOST_RECEIVES,
        },
      },
    },
    [`${id}Policy`]: queuePolicy(id, ruleIds),
    [`${pascalCase(name)}EventSource`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: getAtt(functionLogicalId(name), 'Arn'),
        EventSourceArn: getAtt(id, 'Arn'),
        BatchSize: BATCH_SIZE,
        Enabled: true,
      },
    },
  };
}

export function queues({ policy, stage }: StackContext, specs: readonly RuleSpec[]): Resources {
  const ruleIds = (name: QueuedFunction) => specs.filter(({ target }) => target === name).map(ruleLogicalId);
  return {
    // The other dead-letter queue is no FIFO queue, which rules need; this one is, which FIFO queues need.
    UnhandledEventsQueue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: `${SERVICE}-${stage}-unhandled.fifo`,
        FifoQueue: true,
        MessageRetentionPeriod: 1_209_600,
        SqsManagedSseEnabled: true,
      },
    },
    UnhandledEventsQueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [ref('UnhandledEventsQueue')],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [onlyEncryptedInTransit('UnhandledEventsQueue')],
        },
      },
    },
    ...Object.assign({}, ...queuedFunctionsOf(policy).map((name) => queueOf(name, stage, ruleIds(name)))),
  };
}
