import { CHAT_CONTEXT } from '../lib/messages/chat.ts';
import { answersFromChat } from '../lib/policy/chat.ts';
import { tellsChat } from '../lib/policy/notify.ts';
import { functionLogicalId, type Resource, type Resources, ref, sub, type Value } from './cloudformation.ts';
import { SERVICE, type StackContext } from './context.ts';
import { topicPolicy } from './topic-policy.ts';

/**
 * What `notify.chat` adds: a topic for Amazon Q Developer in chat applications, and with `buttons` its two custom actions, which
 * invoke answer-request with the rights of the channel's role. Without it nothing of this is there.
 */

/**
 * By it the buttons know the messages of this stack: a channel may get those of several, and custom actions are an account's, in
 * every Region.
 */
function actionGroup(stage: string): Value {
  return sub(`${SERVICE}-${stage}-\${AWS::Region}-\${AWS::AccountId}`);
}

/** What functions find in their environment besides. */
export function chatEnvironment({ policy, stage }: Pick<StackContext, 'policy' | 'stage'>): {
  readonly [name: string]: Value;
} {
  return {
    ...(tellsChat(policy) ? { CHAT_TOPIC_ARN: ref('ChatTopic') } : {}),
    ...(answersFromChat(policy) ? { CHAT_ACTION_GROUP: actionGroup(stage) } : {}),
  };
}

/** Keys of `additionalContext`, as variables of an action: their values come from the message that has the button. */
const VARIABLES = Object.fromEntries(
  Object.values(CHAT_CONTEXT).map((key) => [key, `event.metadata.additionalContext.${key}`]),
);

/**
 * The text is a command of the AWS CLI without `aws`; Amazon Q puts the variables in. The name has the Region and the stage, because
 * custom actions belong to the account: at most 64 characters, with a stage of 22, the longest that names of functions allow.
 */
function action(answer: 'accept' | 'reject', buttonText: string, stage: string): Resource {
  const payload = `{"answer":"${answer}","peeringId":"$${CHAT_CONTEXT.peeringId}","region":"$${CHAT_CONTEXT.region}"}`;
  return {
    Type: 'AWS::Chatbot::CustomAction',
    Properties: {
      ActionName: sub(`peering-autopilot-${stage}-\${AWS::Region}-${answer}`),
      Definition: {
        CommandText: sub(
          `lambda invoke --function-name ${SERVICE}-${stage}-answer-request --region \${AWS::Region} --payload ${payload}`,
        ),
      },
      Attachments: [
        {
          NotificationType: 'Custom',
          ButtonText: buttonText,
          Criteria: [{ Operator: 'EQUALS', VariableName: CHAT_CONTEXT.group, Value: actionGroup(stage) }],
          Variables: VARIABLES,
        },
      ],
    },
    // A button whose function is not there yet would be clicked in vain.
    DependsOn: [functionLogicalId('answer-request')],
  };
}

export function chat({ policy, stage }: StackContext): Resources {
  if (!tellsChat(policy)) {
    return {};
  }
  return {
    ChatTopic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'VPC peering in chat' } },
    ChatTopicPolicy: topicPolicy('ChatTopic'),
    ...(answersFromChat(policy)
      ? {
          ChatAcceptAction: action('accept', 'Accept', stage),
          ChatRejectAction: action('reject', 'Reject', stage),
        }
      : {}),
  };
}
