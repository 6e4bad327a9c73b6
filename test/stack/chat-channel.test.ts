import type { StackOptions } from '../../lib/policy/stack-schema.ts';
import { DEFAULT_STACK_OPTIONS } from '../../lib/policy/stack-schema.ts';
import { resources } from '../../resources/index.ts';
import { policyOf } from '../support/fixtures.ts';
import { CHAT_CHANNEL } from '../support/packaged.ts';

/** What `chatChannel` of peering-stack.yml adds to `notify.chat`, and that nothing of it is there without. */

const { slack, teams } = CHAT_CHANNEL;

function made(
  chat: 'messages' | 'buttons' | undefined,
  chatChannel?: Partial<NonNullable<StackOptions['chatChannel']>>,
  parts: Record<string, unknown> = {},
) {
  const policy = policyOf({ ...(chat === undefined ? {} : { notify: { chat } }), ...parts });
  const options: StackOptions = {
    ...DEFAULT_STACK_OPTIONS,
    ...(chatChannel === undefined ? {} : { chatChannel: { userRoles: 'not-required', ...chatChannel } }),
  };
  return resources({ policy, stage: 'prod', options }).Resources;
}

const idsBesides = (all: object, without: object) =>
  Object.keys(all)
    .filter((id) => !Object.hasOwn(without, id))
    .sort();

describe('without chatChannel, or without notify.chat', () => {
  it('nothing is made', () => {
    expect(JSON.stringify(made('buttons'))).not.toContain('ChannelConfiguration');
    expect(made(undefined, { slack })).toEqual(made(undefined));
  });
});

describe('a Slack channel with buttons', () => {
  const all = made('buttons', { slack });

  it('adds its configuration, its role and its guardrail, and changes nothing else', () => {
    const plain = made('buttons');
    const added = idsBesides(all, plain);
    expect(added).toEqual(['ChatChannelGuardrail', 'ChatChannelRole', 'ChatSlackChannel']);
    expect(Object.fromEntries(Object.entries(all).filter(([id]) => !added.includes(id)))).toEqual(plain);
  });

  it('is subscribed to the topic for chat, and has the two buttons', () => {
    expect(all.ChatSlackChannel).toEqual({
      Type: 'AWS::Chatbot::SlackChannelConfiguration',
      Properties: {
        ConfigurationName: { 'Fn::Sub': `vpc-peering-autopilot-prod-\${AWS::Region}` },
        SlackWorkspaceId: slack.workspace,
        SlackChannelId: slack.channel,
        IamRoleArn: { 'Fn::GetAtt': ['ChatChannelRole', 'Arn'] },
        GuardrailPolicies: [{ Ref: 'ChatChannelGuardrail' }],
        SnsTopicArns: [{ Ref: 'ChatTopic' }],
        CustomizationResourceArns: [{ Ref: 'ChatAcceptAction' }, { Ref: 'ChatRejectAction' }],
      },
    });
  });

  it('may invoke answer-request and nothing else', () => {
    expect(all.ChatChannelGuardrail?.Properties.PolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AnswerRequests',
          Effect: 'Allow',
          Action: ['lambda:InvokeFunction'],
          Resource: { 'Fn::GetAtt': ['AnswerDashrequestLambdaFunction', 'Arn'] },
        },
      ],
    });
    const { Policies, ManagedPolicyArns, AssumeRolePolicyDocument } = all.ChatChannelRole?.Properties ?? {};
    expect([Policies, ManagedPolicyArns]).toEqual([undefined, [{ Ref: 'ChatChannelGuardrail' }]]);
    expect(AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Principal: { Service: 'chatbot.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    });
  });

  it('asks for roles of the members where that is wanted', () => {
    expect(made('buttons', { slack, userRoles: 'required' }).ChatSlackChannel?.Properties).toMatchObject({
      UserRoleRequired: true,
    });
    expect(all.ChatSlackChannel?.Properties).not.toHaveProperty('UserRoleRequired');
  });
});

it.each([
  ['messages', {}],
  ['buttons', { mode: 'observe' }],
] as const)('a channel without buttons may do nothing at all: %s %j', (chat, parts) => {
  const all = made(chat, { slack }, parts);
  expect(idsBesides(all, made(chat, undefined, parts))).toEqual(['ChatChannelRole', 'ChatSlackChannel']);
  expect(all.ChatChannelRole?.Properties).not.toHaveProperty('ManagedPolicyArns');
  const { GuardrailPolicies, CustomizationResourceArns } = all.ChatSlackChannel?.Properties ?? {};
  // Left out, Amazon Q takes AdministratorAccess.
  expect(GuardrailPolicies).toEqual([{ 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/AWSDenyAll` }]);
  expect(CustomizationResourceArns).toBeUndefined();
});

it('a channel of Teams is named by tenant, team and channel', () => {
  expect(made('buttons', { teams }).ChatTeamsChannel).toMatchObject({
    Type: 'AWS::Chatbot::MicrosoftTeamsChannelConfiguration',
    Properties: {
      TeamsTenantId: teams.tenant,
      TeamId: teams.team,
      TeamsChannelId: teams.channel,
      SnsTopicArns: [{ Ref: 'ChatTopic' }],
    },
  });
});
