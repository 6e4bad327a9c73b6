import { answersFromChat } from '../lib/policy/chat.ts';
import { tellsChat } from '../lib/policy/notify.ts';
import type { StackOptions } from '../lib/policy/stack-schema.ts';
import {
  functionLogicalId,
  getAtt,
  type Resource,
  type Resources,
  ref,
  sub,
  type Value,
} from './cloudformation.ts';
import { optionsOf, rolePath, SERVICE, type StackContext } from './context.ts';

/**
 * What `chatChannel` of `peering-stack.yml` adds to `notify.chat`: the configuration of the channel in Amazon Q Developer in chat
 * applications, subscribed to the topic for chat, with a role that may invoke answer-request and nothing else. Without it people
 * make that by hand (docs/chat.md).
 */

const ROLE = 'ChatChannelRole';
const GUARDRAIL = 'ChatChannelGuardrail';

/** A channel without buttons has no right at all. Without any guardrail Amazon Q takes AdministratorAccess (AWS Chatbot API reference). */
const NOTHING = sub(`arn:\${AWS::Partition}:iam::aws:policy/AWSDenyAll`);

/** The one call that a button makes: what the channel's role may, and what no role of a member may exceed there. */
function guardrail(context: StackContext): Resource {
  return {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: {
      Path: rolePath(context),
      Description: `What people may do from the chat channel of vpc-peering-autopilot (${context.stage})`,
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'AnswerRequests',
            Effect: 'Allow',
            Action: ['lambda:InvokeFunction'],
            Resource: getAtt(functionLogicalId('answer-request'), 'Arn'),
          },
        ],
      },
    },
  };
}

function role(context: StackContext, policies: readonly Value[]): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Path: rolePath(context),
      Description: `What the chat channel of vpc-peering-autopilot (${context.stage}) may do`,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'chatbot.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      ...(policies.length === 0 ? {} : { ManagedPolicyArns: policies }),
    },
  };
}

type Channel = NonNullable<StackOptions['chatChannel']>;

/** Of the account, in every Region: so the name has the Region and the stage. At most 128 characters. */
function configuration(
  type: 'AWS::Chatbot::SlackChannelConfiguration' | 'AWS::Chatbot::MicrosoftTeamsChannelConfiguration',
  channel: { readonly [name: string]: Value },
  { stage, policy, userRoles }: Pick<StackContext, 'stage' | 'policy'> & Pick<Channel, 'userRoles'>,
): Resource {
  const buttons = answersFromChat(policy);
  return {
    Type: type,
    Properties: {
      ConfigurationName: sub(`${SERVICE}-${stage}-\${AWS::Region}`),
      ...channel,
      IamRoleArn: getAtt(ROLE, 'Arn'),
      GuardrailPolicies: [buttons ? ref(GUARDRAIL) : NOTHING],
      SnsTopicArns: [ref('ChatTopic')],
      ...(buttons ? { CustomizationResourceArns: [ref('ChatAcceptAction'), ref('ChatRejectAction')] } : {}),
      ...(userRoles === 'required' ? { UserRoleRequired: true } : {}),
    },
  };
}

export function chatChannel(context: StackContext): Resources {
  const { policy, stage } = context;
  const { chatChannel: channel } = optionsOf(context);
  if (channel === undefined || !tellsChat(policy)) {
    return {};
  }
  const { slack, teams, userRoles } = channel;
  const buttons = answersFromChat(policy);
  const common = { policy, stage, userRoles };
  return {
    ...(buttons ? { [GUARDRAIL]: guardrail(context) } : {}),
    [ROLE]: role(context, buttons ? [ref(GUARDRAIL)] : []),
    ...(slack === undefined
      ? {}
      : {
          ChatSlackChannel: configuration(
            'AWS::Chatbot::SlackChannelConfiguration',
            { SlackWorkspaceId: slack.workspace, SlackChannelId: slack.channel },
            common,
          ),
        }),
    ...(teams === undefined
      ? {}
      : {
          ChatTeamsChannel: configuration(
            'AWS::Chatbot::MicrosoftTeamsChannelConfiguration',
            { TeamsTenantId: teams.tenant, TeamId: teams.team, TeamsChannelId: teams.channel },
            common,
          ),
        }),
  };
}
