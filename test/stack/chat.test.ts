import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHAT_CONTEXT } from '../../lib/messages/chat.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { chatEnvironment } from '../../resources/chat.ts';
import { FUNCTIONS, functionsOf } from '../../resources/functions.ts';
import { resources } from '../../resources/index.ts';
import { statementsOf } from '../../resources/roles.ts';
import { policyOf } from '../support/fixtures.ts';
import { packageStack, type Template, VARIANTS } from '../support/packaged.ts';

/** What `notify.chat` adds to the stack, and that nothing of it is there without. */

const HOLD = { name: 'reviewed', effect: 'hold', remote: { accounts: ['333333333333'] } };
const ACCEPT = { name: 'own', effect: 'accept', remote: { accounts: ['self'] } };

const chatPolicy = (chat: 'messages' | 'buttons' | undefined, parts: Record<string, unknown> = {}): Policy =>
  policyOf({ rules: [ACCEPT, HOLD], ...(chat === undefined ? {} : { notify: { chat } }), ...parts });

const made = (policy: Policy) => resources({ policy, stage: 'prod' });

/** All that belongs to chat alone. */
const OF_CHAT = /^(Chat|AnswerRequest|AnswerDashrequest)/;

/** The template without what belongs to chat: the resources, the statement, the topic of alarms, the function's errors. */
function withoutChat({ Resources, extensions, Outputs }: ReturnType<typeof made>) {
  const kept = <Item>(all: { readonly [id: string]: Item }) =>
    Object.fromEntries(Object.entries(all).filter(([id]) => !OF_CHAT.test(id)));
  const { PolicyFingerprint: _, ...outputs } = kept(Outputs);
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value
        .filter((each) => !['{"Ref":"ChatTopic"}'].includes(JSON.stringify(each)) && each?.Sid !== 'TellChat')
        .map(strip);
    }
    return typeof value !== 'object' || value === null
      ? value
      : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, strip(each)]));
  };
  // The policy is another one, which is looked at once it is deployed.
  const { Dashboard: __, SweepStarted: ___, ...others } = kept(Resources);
  return strip({ Resources: others, extensions: kept(extensions), Outputs: outputs });
}

describe('without notify.chat', () => {
  it('nothing of chat is in the stack', () => {
    const policy = chatPolicy(undefined);
    expect(JSON.stringify(made(policy)).match(/.{20}(chat|answer-?request).{20}/i)).toBeNull();
    expect(functionsOf(policy)).toEqual(
      FUNCTIONS.filter((name) => !['answer-request', 'request-peerings', 'publish-report'].includes(name)),
    );
    expect(policy.notify).toEqual({ emails: [] });
  });

  it.each(['messages', 'buttons'] as const)('the stack is that with %s less what belongs to chat', (chat) => {
    const without = withoutChat(made(chatPolicy(undefined)));
    expect(withoutChat(made(chatPolicy(chat)))).toEqual(without);
    expect(made(chatPolicy(chat))).not.toEqual(made(chatPolicy(undefined)));
  });
});

describe('notify.chat: messages', () => {
  const { Resources, Outputs } = made(chatPolicy('messages'));

  it('makes a second topic, with the policy of the first, and no button', () => {
    const chatIds = Object.keys(Resources).filter((id) => OF_CHAT.test(id));
    expect(chatIds.sort()).toEqual(['ChatTopic', 'ChatTopicPolicy']);
    expect(JSON.stringify(Resources.ChatTopicPolicy).replaceAll('ChatTopic', 'NotificationTopic')).toBe(
      JSON.stringify(Resources.NotificationTopicPolicy),
    );
    expect(Outputs).toHaveProperty('ChatTopicArn');
  });

  it('has every alarm tell chat what it tells by mail', () => {
    const alarms = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(5);
    for (const { Properties } of alarms) {
      expect(Properties.AlarmActions).toEqual([{ Ref: 'NotificationTopic' }, { Ref: 'ChatTopic' }]);
    }
  });

  it('tells functions the topic, and no group of buttons', () => {
    const environment = (chat: Parameters<typeof chatPolicy>[0]) =>
      Object.keys(chatEnvironment({ policy: chatPolicy(chat), stage: 'prod' }));
    expect([environment(undefined), environment('messages'), environment('buttons')]).toEqual([
      [],
      ['CHAT_TOPIC_ARN'],
      ['CHAT_TOPIC_ARN', 'CHAT_ACTION_GROUP'],
    ]);
  });

  it('lets every function that tells people tell chat', () => {
    const policy = chatPolicy('messages');
    for (const name of functionsOf(policy)) {
      const ids = statementsOf(name, { policy, stage: 'prod' }).map(({ Sid }) => Sid);
      expect([name, ids.includes('TellChat')]).toEqual([name, ids.includes('TellPeople')]);
    }
  });
});

describe('notify.chat: buttons', () => {
  const policy = chatPolicy('buttons');
  const { Resources } = made(policy);
  const actions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Chatbot::CustomAction');

  it('makes Accept and Reject, which show on messages of this stack alone', () => {
    expect(actions.map(({ Properties }) => Properties)).toEqual(
      [
        ['accept', 'Accept'],
        ['reject', 'Reject'],
      ].map(([answer, ButtonText]) => ({
        ActionName: { 'Fn::Sub': `peering-autopilot-prod-\${AWS::Region}-${answer}` },
        Definition: {
          CommandText: {
            'Fn::Sub':
              'lambda invoke --function-name vpc-peering-autopilot-prod-answer-request --region ${AWS::Region} ' +
              `--payload {"answer":"${answer}","peeringId":"$PeeringId","region":"$PeeringRegion"}`,
          },
        },
        Attachments: [
          {
            NotificationType: 'Custom',
            ButtonText,
            Criteria: [
              {
                Operator: 'EQUALS',
                VariableName: 'ActionGroup',
                Value: { 'Fn::Sub': 'vpc-peering-autopilot-prod-${AWS::Region}-${AWS::AccountId}' },
              },
            ],
            Variables: Object.fromEntries(
              Object.values(CHAT_CONTEXT).map((key) => [key, `event.metadata.additionalContext.${key}`]),
            ),
          },
        ],
      })),
    );
  });

  it('keeps within the limits of custom actions, with the longest stage and Region', () => {
    const longest = made(policy).Resources;
    const stage = 'x'.repeat(64 - 'vpc-peering-autopilot--record-connectivity'.length);
    const { ChatAcceptAction } = resources({ policy, stage }).Resources;
    const name = JSON.parse(JSON.stringify(ChatAcceptAction?.Properties.ActionName))['Fn::Sub'].replace(
      '${AWS::Region}',
      'ap-southeast-2',
    );
    expect(name.length).toBeLessThanOrEqual(64);
    expect(name).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(longest.ChatAcceptAction?.DependsOn).toEqual(['AnswerDashrequestLambdaFunction']);
  });

  it('lets the function accept what hold rules hold, and no route, document or mail', () => {
    const statements = statementsOf('answer-request', { policy, stage: 'prod' });
    const actionsOf = statements.flatMap(({ Action }) => Action);
    expect(actionsOf.filter((each) => /Route$|Options$|^ssm:|^sns:|UpdateItem/.test(each))).toEqual([]);
    expect(statements.find(({ Sid }) => Sid === 'AcceptPeerings')?.Condition).toEqual({
      ArnLike: {
        'ec2:RequesterVpc': [{ 'Fn::Sub': 'arn:${AWS::Partition}:ec2:*:333333333333:vpc/*' }],
      },
    });
    const without = chatPolicy('buttons', { rules: [ACCEPT] });
    expect(
      statementsOf('answer-request', { policy: without, stage: 'prod' }).flatMap(({ Action }) => Action),
    ).not.toContain('ec2:AcceptVpcPeeringConnection');
  });

  it('makes neither buttons nor the function while the mode is observe', () => {
    const observing = chatPolicy('buttons', { mode: 'observe' });
    const ids = Object.keys(made(observing).Resources).filter((id) => OF_CHAT.test(id));
    expect(ids.sort()).toEqual(['ChatTopic', 'ChatTopicPolicy']);
  });
});

describe('the packaged stack', () => {
  let directory = '';
  let off: Template;
  let on: Template;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'peering-chat-'));
    const { rules } = VARIANTS.chat;
    ({ template: off } = await packageStack({ rules }, { directory: join(directory, 'off') }));
    ({ template: on } = await packageStack(VARIANTS.chat, { directory: join(directory, 'on') }));
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  const environmentOf = (template: Template, id: string) =>
    (template.Resources[id]?.Properties.Environment as { readonly Variables?: Record<string, unknown> })
      ?.Variables;

  it('has the function and its environment with chat', () => {
    const id = 'AnswerDashrequestLambdaFunction';
    expect(environmentOf(on, id)).toMatchObject({
      REGISTRY_TABLE: { Ref: 'Registry' },
      CHAT_TOPIC_ARN: { Ref: 'ChatTopic' },
      CHAT_ACTION_GROUP: { 'Fn::Sub': 'vpc-peering-autopilot-prod-${AWS::Region}-${AWS::AccountId}' },
    });
    expect(environmentOf(on, 'AcceptDashrequestsLambdaFunction')).toHaveProperty('CHAT_TOPIC_ARN');
  });

  it('has neither without', () => {
    expect(Object.keys(off.Resources).filter((id) => OF_CHAT.test(id))).toEqual([]);
    expect(JSON.stringify(off).match(/.{20}chat.{20}/i)).toBeNull();
  });
});
