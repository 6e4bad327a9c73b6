import {
  type Destinations,
  destinationsOf,
  type PeoplesTopic,
  tellsChat,
  topicsOf,
} from '../lib/policy/notify.ts';
import { type Resources, ref, type Value } from './cloudformation.ts';
import type { StackContext } from './context.ts';
import { topicPolicy } from './topic-policy.ts';

/** Where people are told, as `notify` of the policy says: the stack's own topics, and who finds which topic. */

type OwnTopic = Extract<PeoplesTopic, { kind: 'made' }>;

export const TOPIC_LOGICAL_IDS = {
  first: 'NotificationTopic',
  second: 'NotificationTopicOfNotices',
} as const;
const DISPLAY_NAMES = { first: 'VPC peering', second: 'VPC peering notices' } as const;
const SUBSCRIPTIONS = { first: 'NotificationEmail', second: 'NoticeEmail' } as const;
const ENVIRONMENT = { first: 'TOPIC_ARN', second: 'NOTICE_TOPIC_ARN' } as const;

function ownTopics({ policy }: Pick<StackContext, 'policy'>): OwnTopic[] {
  return topicsOf(policy).flatMap((topic) => (topic.kind === 'made' ? [topic] : []));
}

function arnOf(topic: PeoplesTopic): Value {
  return topic.kind === 'existing' ? topic.arn : ref(TOPIC_LOGICAL_IDS[topic.which]);
}

/** The topics on which the functions publish what people are told, but for chat's. */
export function topicArns({ policy }: Pick<StackContext, 'policy'>): Value[] {
  return topicsOf(policy).map(arnOf);
}

function toldAt({ topic, chat }: Destinations): Value[] {
  return [...(topic === undefined ? [] : [arnOf(topic)]), ...(chat === undefined ? [] : [ref('ChatTopic')])];
}

/** Whom an alarm tells: it asks somebody to act. */
export function toldByAlarms({ policy }: Pick<StackContext, 'policy'>): Value[] {
  return toldAt(destinationsOf(policy.notify).action);
}

/** Where people are told of each severity, for the outputs of the stack. Left out: by no topic. */
export function topicOutputs({ policy }: Pick<StackContext, 'policy'>): {
  readonly [name: string]: { readonly Description: string; readonly Value: Value };
} {
  const { action, notice } = destinationsOf(policy.notify);
  const [ofAction, ofNotices] = [action.topic, notice.topic].map((topic) => topic && arnOf(topic));
  const isOne = JSON.stringify(ofAction) === JSON.stringify(ofNotices);
  return {
    ...(ofAction === undefined
      ? {}
      : { NotificationTopicArn: { Description: 'Where people are told', Value: ofAction } }),
    ...(ofNotices === undefined || isOne
      ? {}
      : {
          NoticeTopicArn: {
            Description: 'Where people are told what asks nothing of them',
            Value: ofNotices,
          },
        }),
    ...(tellsChat(policy)
      ? {
          ChatTopicArn: {
            Description: 'Where chat is told: for a channel of Amazon Q Developer in chat applications',
            Value: ref('ChatTopic'),
          },
        }
      : {}),
  };
}

/** What functions find in their environment of the topics that the stack makes; one that exists is in the policy. */
export function topicEnvironment(context: Pick<StackContext, 'policy'>): { readonly [name: string]: Value } {
  return Object.fromEntries(ownTopics(context).map((topic) => [ENVIRONMENT[topic.which], arnOf(topic)]));
}

function madeOf({ which, emails }: OwnTopic): Resources {
  const id = TOPIC_LOGICAL_IDS[which];
  return {
    [id]: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: DISPLAY_NAMES[which] } },
    [`${id}Policy`]: topicPolicy(id),
    ...Object.fromEntries(
      emails.map((email, index) => [
        `${SUBSCRIPTIONS[which]}${index + 1}`,
        {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: ref(id), Protocol: 'email', Endpoint: email },
        },
      ]),
    ),
  };
}

/** The topics that the stack makes for people, and who is subscribed to them. */
export function peoplesTopics(context: StackContext): Resources {
  return Object.assign({}, ...ownTopics(context).map(madeOf));
}
