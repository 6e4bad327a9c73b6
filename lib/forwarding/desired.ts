import { PING_DOCUMENT_CONTENT, pingDocumentName } from '../connectivity/ping-document.ts';
import { carriesEvents } from '../policy/regions.ts';
import type { Policy } from '../policy/schema.ts';
import { placeOfArn } from './by-sweep.ts';
import { type EventPattern, type Json, ownRolesOf, watchedEvents } from './watched-events.ts';

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
  /** None where EventBridge carries no events between Regions. */
  readonly rules: readonly ForwardingRule[];
  /** For the rules; left out where there are none. */
  readonly queue?: { readonly name: string; readonly policy: Json };
  /** Left out in `mode: observe`, which sends no ping. */
  readonly document?: { readonly name: string; readonly content: string };
}

/** The output of the stack that says what the forwarder's role is. */
export const FORWARDER_ROLE_ARN = 'ForwarderRoleArn';

const TARGET_ID = 'home-bus';

/** What the rules of all stages have in their names. */
export const FORWARDED_RULES = 'vpc-peering-autopilot.';

/**
 * What all rules of a stage have in their names. No stage has a dot in its name, so no stage's prefix is the beginning
 * of another's.
 */
export function forwardedRulePrefix(stage: string): string {
  return `${FORWARDED_RULES}${stage}.`;
}

export function stageOfForwardedRule(name: string): string {
  return name.slice(FORWARDED_RULES.length).split('.')[0] ?? '';
}

export function forwardingQueueName(stage: string): string {
  return `vpc-peering-autopilot-${stage}-forwarding`;
}

function wantedQueue(
  { stage, accountId, homeBusArn }: ForwardingContext,
  region: string,
): NonNullable<DesiredForwarding['queue']> & { readonly arn: string } {
  const { partition } = placeOfArn(homeBusArn);
  const name = forwardingQueueName(stage);
  const arn = `arn:${partition}:sqs:${region}:${accountId}:${name}`;
  const rules = `arn:${partition}:events:${region}:${accountId}:rule/${forwardedRulePrefix(stage)}*`;
  return {
    name,
    arn,
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'RulesOfThisStack',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn,
          Condition: { ArnLike: { 'aws:SourceArn': rules } },
        },
        {
          Sid: 'OnlyEncryptedInTransit',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: arn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  };
}

/** The rules of a Region and their queue. */
function carrying(
  context: ForwardingContext,
  region: string,
): Pick<DesiredForwarding, 'rules'> & Required<Pick<DesiredForwarding, 'queue'>> {
  const { policy, stage, accountId, homeBusArn, forwarderRoleArn } = context;
  const { partition } = placeOfArn(homeBusArn);
  const { arn: deadLetterArn, ...queue } = wantedQueue(context, region);
  const watched = watchedEvents(policy, {
    ownRoles: ownRolesOf(partition, accountId, productPathOf(forwarderRoleArn)),
  });
  return {
    rules: watched.map(({ name, description, pattern }) => ({
      name: `${forwardedRulePrefix(stage)}${name}`,
      description: `${description}; carried to ${homeBusArn}`,
      pattern,
      target: { id: TARGET_ID, arn: homeBusArn, roleArn: forwarderRoleArn, deadLetterArn },
    })),
    queue,
  };
}

/** `/vpc-peering-autopilot/`: the path of one of our roles without stage and name. */
function productPathOf(roleArn: string): string {
  return /:role(\/(?:.*\/)?)[^/]+\/[^/]+$/.exec(roleArn)?.[1] ?? '/vpc-peering-autopilot/';
}

export function desiredForwarding(context: ForwardingContext, region: string): DesiredForwarding {
  const { policy, stage, homeBusArn } = context;
  return {
    region,
    ...(carriesEvents(placeOfArn(homeBusArn).partition) ? carrying(context, region) : { rules: [] }),
    ...(policy.mode === 'observe'
      ? {}
      : { document: { name: pingDocumentName(stage), content: JSON.stringify(PING_DOCUMENT_CONTENT) } }),
  };
}
