import { PING_DOCUMENT_CONTENT, pingDocumentName } from '../connectivity/ping-document.ts';
import type { Policy } from '../policy/schema.ts';
import { type EventPattern, type Json, watchedEvents } from './watched-events.ts';

/**
 * What carries a Region's events to the bus of the Region of deployment: rules on its default bus, a queue for what
 * could not be carried (a dead-letter queue has to be in the rule's own Region), and the ping document.
 */

export interface ForwardingContext {
  readonly policy: Policy;
  readonly stage: string;
  readonly accountId: string;
  /** The own bus in the Region of deployment. */
  readonly homeBusArn: string;
  /** What EventBridge assumes to put events on that bus from another Region. */
  readonly forwarderRoleArn: string;
}

export interface ForwardingTarget {
  readonly id: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly deadLetterArn: string;
}

export interface ForwardingRule {
  readonly name: string;
  readonly description: string;
  readonly pattern: EventPattern;
  readonly target: ForwardingTarget;
}

/** What is to be in one Region. */
export interface DesiredForwarding {
  readonly region: string;
  readonly rules: readonly ForwardingRule[];
  readonly queue: { readonly name: string; readonly policy: Json };
  /** Left out in `mode: observe`, which sends no ping. */
  readonly document?: { readonly name: string; readonly content: string };
}

/** The output of the stack that says what the forwarder's role is. */
export const FORWARDER_ROLE_ARN = 'ForwarderRoleArn';

const TARGET_ID = 'home-bus';

/**
 * What all rules of a stage have in their names. No stage has a dot in its name, so no stage's prefix is the beginning
 * of another's.
 */
export function forwardedRulePrefix(stage: string): string {
  return `vpc-peering-autopilot.${stage}.`;
}

export function forwardingQueueName(stage: string): string {
  return `vpc-peering-autopilot-${stage}-forwarding`;
}

/** `arn:aws:…`, `arn:aws-cn:…`: the partition of an ARN. */
function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? 'aws';
}

/** `/vpc-peering-autopilot/`: the path of one of our roles without stage and name. */
function productPathOf(roleArn: string): string {
  return /:role(\/(?:.*\/)?)[^/]+\/[^/]+$/.exec(roleArn)?.[1] ?? '/vpc-peering-autopilot/';
}

export function desiredForwarding(context: ForwardingContext, region: string): DesiredForwarding {
  const { policy, stage, accountId, homeBusArn, forwarderRoleArn } = context;
  const partition = partitionOf(homeBusArn);
  const name = forwardingQueueName(stage);
  const queueArn = `arn:${partition}:sqs:${region}:${accountId}:${name}`;
  const document = pingDocumentName(stage);
  return {
    region,
    rules: watchedEvents(policy, document, productPathOf(forwarderRoleArn)).map((watched) => ({
      name: `${forwardedRulePrefix(stage)}${watched.name}`,
      description: `${watched.description}; carried to ${homeBusArn}`,
      pattern: watched.pattern,
      target: { id: TARGET_ID, arn: homeBusArn, roleArn: forwarderRoleArn, deadLetterArn: queueArn },
    })),
    queue: {
      name,
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'RulesOfThisStack',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queueArn,
            Condition: {
              ArnLike: {
                'aws:SourceArn': `arn:${partition}:events:${region}:${accountId}:rule/${forwardedRulePrefix(stage)}*`,
              },
            },
          },
          {
            Sid: 'OnlyEncryptedInTransit',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Resource: queueArn,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
    ...(policy.mode === 'observe'
      ? {}
      : { document: { name: document, content: JSON.stringify(PING_DOCUMENT_CONTENT) } }),
  };
}
