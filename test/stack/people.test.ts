import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decide, type Statement } from 'local-aws-peering/iam';
import { arnRefusal } from '../../cli/release/other-region.ts';
import { rolePathOf } from '../../lib/model/names.ts';
import { DEFAULT_STACK_OPTIONS, type StackOptions } from '../../lib/policy/stack-schema.ts';
import { chatEnvironment } from '../../resources/chat.ts';
import { FUNCTIONS, functionsOf } from '../../resources/functions.ts';
import { resources } from '../../resources/index.ts';
import { topicEnvironment } from '../../resources/people.ts';
import { statementsOf } from '../../resources/roles.ts';
import { policyOf } from '../support/fixtures.ts';
import { PROJECT, packageStack, type Template } from '../support/packaged.ts';

/** Where the stack has people told, by severity, and what its alarms do. */

const NETWORK = 'arn:aws:sns:us-east-1:111122223333:network';
const ON_CALL = 'arn:aws:sns:us-east-1:444455556666:on-call';
const OWN = { Ref: 'NotificationTopic' };
const OF_NOTICES = { Ref: 'NotificationTopicOfNotices' };
const CHAT = { Ref: 'ChatTopic' };

const policyWith = (notify: Record<string, unknown>) => policyOf({ notify });

function made(notify: Record<string, unknown>, options: Partial<StackOptions> = {}) {
  const stack = {
    policy: policyWith(notify),
    stage: 'prod',
    options: { ...DEFAULT_STACK_OPTIONS, ...options },
  };
  const { Resources, Outputs } = resources(stack);
  const all = Object.entries(Resources);
  const alarms = all.filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');
  const statements = functionsOf(stack.policy).flatMap((name) => statementsOf(name, stack));
  return {
    topics: all.filter(([, { Type }]) => Type === 'AWS::SNS::Topic').map(([id]) => id),
    subscriptions: Object.fromEntries(
      all
        .filter(([, { Type }]) => Type === 'AWS::SNS::Subscription')
        .map(([id, { Properties }]) => [id, [Properties.TopicArn, Properties.Endpoint]]),
    ),
    alarms: alarms.map(([, { Properties }]) => Properties),
    sweepMissing: Resources.SweepMissingAlarm?.Properties ?? {},
    mayPublish: (Sid: string) =>
      statements.filter((each) => each.Sid === Sid).map(({ Resource }) => Resource),
    statements,
    environment: { ...topicEnvironment(stack), ...chatEnvironment(stack) },
    Outputs,
  };
}

describe('without a severity in notify', () => {
  it.each([
    ['nothing', {}],
    ['e-mails', { emails: ['a@example.com'] }],
    ['chat', { chat: 'messages' }],
  ] as const)('%s means what it always did: one topic of the stack, for everything', (_what, notify) => {
    const stack = made(notify);
    expect(stack.topics.filter((id) => id !== 'ChatTopic')).toEqual(['NotificationTopic']);
    expect(stack.environment).toMatchObject({ TOPIC_ARN: OWN });
    expect(stack.environment).not.toHaveProperty('NOTICE_TOPIC_ARN');
    expect(stack.Outputs).not.toHaveProperty('NoticeTopicArn');
    // sweep and answer-request tell nobody, and request-peerings is not there.
    expect(stack.mayPublish('TellPeople')).toEqual(Array.from({ length: 5 }, () => OWN));
    expect(FUNCTIONS).toHaveLength(8);
  });

  it('a severity that says the same as stands above changes nothing', () => {
    const { PolicyFingerprint: _, ...plain } = made({ emails: ['a@example.com'] }).Outputs;
    const said = made({ emails: ['a@example.com'], notice: { emails: ['a@example.com'] } });
    const { PolicyFingerprint: __, ...outputs } = said.Outputs;
    expect({ ...said, Outputs: outputs, mayPublish: 0 }).toEqual({
      ...made({ emails: ['a@example.com'] }),
      Outputs: plain,
      mayPublish: 0,
    });
  });
});

describe('notices to other addresses', () => {
  const stack = made({ emails: ['on-call@example.com'], notice: { emails: ['team@example.com'] } });

  it('get a topic of their own', () => {
    expect(stack.topics).toEqual(['NotificationTopic', 'NotificationTopicOfNotices']);
    expect(stack.subscriptions).toEqual({
      NotificationEmail1: [OWN, 'on-call@example.com'],
      NoticeEmail1: [OF_NOTICES, 'team@example.com'],
    });
    expect(stack.environment).toEqual({ TOPIC_ARN: OWN, NOTICE_TOPIC_ARN: OF_NOTICES });
    expect(stack.mayPublish('TellPeople')).toEqual(Array.from({ length: 5 }, () => [OWN, OF_NOTICES]));
    expect(stack.Outputs).toMatchObject({ NoticeTopicArn: { Value: OF_NOTICES } });
  });

  it('and alarms go where somebody has to act', () => {
    for (const { AlarmActions, OKActions } of stack.alarms) {
      expect([AlarmActions, OKActions]).toEqual([[OWN], [OWN]]);
    }
  });
});

describe('an existing topic', () => {
  it('takes the place of the topic of the stack, with its policy and subscriptions', () => {
    const stack = made({ topic: NETWORK });
    expect(stack.topics).toEqual([]);
    expect(stack.subscriptions).toEqual({});
    expect(stack.environment).toEqual({});
    expect(stack.mayPublish('TellPeople')).toEqual(Array.from({ length: 5 }, () => NETWORK));
    expect(stack.Outputs).toMatchObject({ NotificationTopicArn: { Value: NETWORK } });
    expect(stack.alarms.map(({ AlarmActions }) => AlarmActions)).toEqual(stack.alarms.map(() => [NETWORK]));
  });

  it('may be of one severity, beside a topic of the stack', () => {
    const stack = made({ emails: ['team@example.com'], action: { topic: ON_CALL } });
    expect(stack.topics).toEqual(['NotificationTopic']);
    expect(stack.subscriptions).toEqual({ NotificationEmail1: [OWN, 'team@example.com'] });
    expect(stack.mayPublish('TellPeople')[0]).toEqual([ON_CALL, OWN]);
    expect(stack.sweepMissing).toMatchObject({ AlarmActions: [ON_CALL], InsufficientDataActions: [ON_CALL] });
    expect(stack.Outputs).toMatchObject({
      NotificationTopicArn: { Value: ON_CALL },
      NoticeTopicArn: { Value: OWN },
    });
  });

  it('lets the functions use the key that the stack file names for it', () => {
    const key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const { statements } = made({ topic: NETWORK }, { keys: { topic: key } });
    expect(statements.filter(({ Sid }) => Sid === 'UseTheKeyOfTheTopic')).toHaveLength(5);
  });
});

describe('the statements for the policy of an existing topic', () => {
  const [, text = '[]'] =
    /people\.test\.ts\. -->\n\n```json\n(\[[\s\S]*?)```/.exec(
      readFileSync(join(PROJECT, 'docs/policy.md'), 'utf8'),
    ) ?? [];
  type TopicStatement = Statement & { readonly Principal: Readonly<Record<string, string>> };
  const statements: readonly TopicStatement[] = JSON.parse(text);

  function mayPublish(principal: string, context: Readonly<Record<string, string>>): boolean {
    const about = statements.filter(({ Principal }) => Object.values(Principal).includes(principal));
    const access = { action: 'sns:Publish', resource: ON_CALL, context };
    return decide([{ name: 'topic', statements: about }], access).outcome === 'allowed';
  }

  it('let the alarms and functions of just this stack publish', () => {
    const alarmsOf = (account: string) =>
      mayPublish('cloudwatch.amazonaws.com', { 'aws:SourceAccount': account });
    expect([alarmsOf('111122223333'), alarmsOf('999999999999')]).toEqual([true, false]);
    const role = (path: string) =>
      mayPublish('arn:aws:iam::111122223333:root', {
        'aws:PrincipalArn': `arn:aws:iam::111122223333:role${path}`,
      });
    expect(role(`${rolePathOf('/', 'prod')}SyncRoutesRole`)).toBe(true);
    expect([role(`${rolePathOf('/', 'test')}SyncRoutesRole`), role('/admin')]).toEqual([false, false]);
  });
});

describe('chat by severity', () => {
  it('gets notices alone, and no alarm', () => {
    const stack = made({ emails: ['a@example.com'], notice: { chat: 'messages' } });
    expect(stack.topics.sort()).toEqual(['ChatTopic', 'NotificationTopic']);
    expect(stack.environment).toEqual({ TOPIC_ARN: OWN, CHAT_TOPIC_ARN: CHAT });
    expect(stack.sweepMissing).toMatchObject({ AlarmActions: [OWN], OKActions: [OWN] });
    expect(stack.Outputs).not.toHaveProperty('NoticeTopicArn');
  });

  it('gets all there is to act upon, alarms too, and the stack makes no other topic', () => {
    const stack = made({ action: { chat: 'buttons' }, notice: 'events' });
    expect(stack.topics).toEqual(['ChatTopic']);
    expect(stack.sweepMissing).toMatchObject({ AlarmActions: [CHAT], OKActions: [CHAT] });
    expect(stack.mayPublish('TellPeople')).toEqual([]);
    expect(stack.mayPublish('TellChat')).toEqual(Array.from({ length: 5 }, () => CHAT));
    expect(functionsOf(policyWith({ action: { chat: 'buttons' } }))).toContain('answer-request');
  });
});

it('events alone: no topic, no right to publish, alarms without actions, and the events as ever', () => {
  const stack = made({ action: 'events', notice: 'events' });
  expect([stack.topics, stack.subscriptions, stack.environment]).toEqual([[], {}, {}]);
  expect(stack.statements.flatMap(({ Action }) => Action).filter((each) => each.startsWith('sns:'))).toEqual(
    [],
  );
  expect(stack.sweepMissing).toMatchObject({ AlarmActions: [], OKActions: [], TreatMissingData: 'missing' });
  expect(stack.Outputs).not.toHaveProperty('NotificationTopicArn');
  const puts = (notify: Record<string, unknown>) => made(notify).mayPublish('PublishOnOwnBus');
  expect(puts({ action: 'events', notice: 'events' })).toEqual(puts({}));
});

describe('alarmActions of the stack file', () => {
  const lambda = 'arn:aws:lambda:us-east-1:111122223333:function:page';
  const opsItem = 'arn:aws:ssm:us-east-1:111122223333:opsitem:2#CATEGORY=Availability';

  it('come besides telling people, those of going off also where an alarm tells that it has no data', () => {
    const alarmActions = { alarm: [lambda, opsItem], ok: [ON_CALL], people: 'told' as const };
    const { sweepMissing } = made({ emails: ['a@example.com'] }, { alarmActions });
    expect(sweepMissing).toMatchObject({
      AlarmActions: [OWN, lambda, opsItem],
      // CloudWatch makes an OpsItem only when an alarm goes off.
      InsufficientDataActions: [OWN, lambda],
      OKActions: [OWN, ON_CALL],
    });
  });

  it('may take its place; messages go on', () => {
    const alarmActions = { alarm: [ON_CALL], ok: [], people: 'not-told' as const };
    const stack = made({ emails: ['a@example.com'], chat: 'messages' }, { alarmActions });
    for (const { AlarmActions, OKActions } of stack.alarms) {
      expect([AlarmActions, OKActions]).toEqual([[ON_CALL], []]);
    }
    expect(stack.mayPublish('TellPeople')).toEqual(made({ chat: 'messages' }).mayPublish('TellPeople'));
  });
});

describe('what is named in another Region', () => {
  const options = { ...DEFAULT_STACK_OPTIONS };
  const incident = 'arn:aws:ssm-incidents::111122223333:response-plan/network';

  it('is refused, because no alarm reaches it', () => {
    expect(arnRefusal('eu-west-1', { policy: policyWith({ topic: NETWORK }), options })).toBe(
      `notify in the policy names ${NETWORK}, and the stack is deployed to eu-west-1: alarms reach topics and actions of their own Region only. Name one that is there.`,
    );
    const alarmActions = { alarm: [incident, NETWORK], ok: [], people: 'told' as const };
    expect(
      arnRefusal('eu-west-1', { policy: policyWith({}), options: { ...options, alarmActions } }),
    ).toContain('alarmActions in peering-stack.yml names');
  });

  it('is no matter where it is in the same, or in none', () => {
    const alarmActions = { alarm: [incident], ok: [], people: 'told' as const };
    const named = { policy: policyWith({ topic: NETWORK }), options: { ...options, alarmActions } };
    expect(arnRefusal('us-east-1', named)).toBeUndefined();
  });
});

describe('the packaged stack', () => {
  let directory = '';
  let template: Template;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'peering-people-'));
    const rules = [{ name: 'own', effect: 'accept' as const, remote: { accounts: ['self'] } }];
    const notify = { action: { topic: NETWORK }, notice: { emails: ['a@example.com'] } };
    ({ template } = await packageStack({ notify, rules }, { directory }));
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('tells the functions the topics that it makes', () => {
    const { Environment } = template.Resources.SyncDashroutesLambdaFunction?.Properties ?? {};
    expect(Environment).toMatchObject({ Variables: { TOPIC_ARN: OWN } });
    expect(JSON.stringify(template)).toContain(NETWORK);
  });
});
