import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busPolicyTroubles, busTroubles } from '../../cli/doctor/parts/bus.ts';
import { functionTroubles, type SeenFunction } from '../../cli/doctor/parts/functions.ts';
import { failureTroubles, permissionTroubles } from '../../cli/doctor/parts/invocation.ts';
import type { Judged, Part } from '../../cli/doctor/parts/part.ts';
import { queuePolicyTroubles, queueTroubles } from '../../cli/doctor/parts/queues.ts';
import { isSame, type Resolved, UNKNOWN } from '../../cli/doctor/parts/resolved.ts';
import { roleTroubles, type SeenRole } from '../../cli/doctor/parts/roles.ts';
import { ruleTroubles } from '../../cli/doctor/parts/rules.ts';
import { bucketTroubles, documentTroubles } from '../../cli/doctor/parts/storage.ts';
import { topicPolicyTroubles } from '../../cli/doctor/parts/topics.ts';
import { alarmTroubles, logGroupTroubles } from '../../cli/doctor/parts/watching.ts';
import { LOOKED_AT, partChecks, partsOf, TOLD_ELSEWHERE } from '../../cli/doctor/parts.ts';
import { templateFrom } from '../../cli/release/template.ts';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { DEFAULT_STACK_OPTIONS, type StackOptions } from '../../lib/policy/stack-schema.ts';
import { FUNCTIONS } from '../../resources/functions.ts';
import { stackTemplate } from '../../resources/stack-template.ts';
import { policyOf } from '../support/fixtures.ts';
import { CHAT_CHANNEL, PROJECT, VARIANTS } from '../support/packaged.ts';

/** What doctor says of the resources of the stack that somebody has deleted or changed by hand. */

const REGION = 'us-east-1';
const ACCOUNT = '111122223333';
const STAGE = 'prod';
const NAME = 'vpc-peering-autopilot-prod';
const SHA256 = 'ab'.repeat(32);

function templateOf(policy: Record<string, unknown>, options: Partial<StackOptions> = {}) {
  return stackTemplate({
    context: {
      policy: policyOf(policy),
      stage: STAGE,
      options: { ...DEFAULT_STACK_OPTIONS, ...options },
      version: '1.0.0',
    },
    codeKeys: new Map(FUNCTIONS.map((name) => [name, `vpc-peering-autopilot/${SHA256}/${name}.zip`])),
    bucket: { kind: 'own' },
  });
}

/** As CloudFormation names what has no name in the template. */
function physicalId(logicalId: string, type: string, properties: Readonly<Record<string, unknown>>): string {
  const named =
    properties.FunctionName ??
    properties.QueueName ??
    properties.TableName ??
    properties.LogGroupName ??
    properties.Name;
  const name = typeof named === 'string' ? named : `${NAME}-${logicalId}-1A2B3C`;
  switch (type) {
    case 'AWS::SQS::Queue':
      return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
    case 'AWS::SNS::Topic':
      return `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
    case 'AWS::Events::Rule':
      return properties.EventBusName === undefined ? name : `${NAME}|${name}`;
    default:
      return name;
  }
}

/** A stack as it was deployed. */
function deployed(
  policy: Record<string, unknown> = { rules: VARIANTS.plain.rules },
): ReadonlyMap<string, Part> {
  const template = templateOf(policy);
  const stackParts = Object.entries(template.Resources).map(([logicalId, { Type, Properties }]) => ({
    logicalId,
    type: Type,
    physicalId: physicalId(logicalId, Type, Properties),
  }));
  const stack = { name: NAME, region: REGION, accountId: ACCOUNT, stackParts };
  return new Map(
    partsOf(stack, templateFrom(JSON.stringify(template))).map((part) => [part.logicalId, part]),
  );
}

const stack = deployed();

function part(logicalId: string, of = stack): Part {
  const found = of.get(logicalId);
  if (found === undefined) throw new Error(`no ${logicalId}`);
  return found;
}

/** Part and what is known of it, without what the template says. */
function untold(logicalId: string): Part {
  const { properties: _, ...rest } = part(logicalId);
  return rest;
}

/** The one trouble. */
function only(judged: Judged) {
  expect(judged).toHaveLength(1);
  return typeof judged === 'string' ? undefined : judged[0];
}

const propertiesOf = (logicalId: string) => part(logicalId).properties ?? {};

describe('every type of resource that a stack can have', () => {
  const NOT_LOOKED_AT = [
    'AWS::Chatbot::CustomAction',
    'AWS::Chatbot::MicrosoftTeamsChannelConfiguration',
    'AWS::Chatbot::SlackChannelConfiguration',
    'AWS::IAM::ManagedPolicy',
    'AWS::S3::BucketPolicy',
  ];
  const types = [
    ...Object.values(VARIANTS).map((variant) => templateOf(variant)),
    templateOf(VARIANTS.chat, {
      chatChannel: { ...CHAT_CHANNEL, userRoles: 'not-required' },
      fleetReader: { account: '222222222222', organization: 'o-a1b2c3d4e5' },
    }),
  ].flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));

  it.each([...new Set(types)].sort())('%s is looked at, told elsewhere, or known not to be', (type) => {
    const places = [type in LOOKED_AT, TOLD_ELSEWHERE.has(type), NOT_LOOKED_AT.includes(type)];
    expect(places.filter((is) => is)).toHaveLength(1);
  });

  it('are counted as not looked at where they are not', () => {
    const all = [part('EventBus'), part('ServerlessDeploymentBucketPolicy')];
    expect(partChecks(REGION, all, [{ part: part('EventBus'), judged: [] }])).toEqual([
      expect.objectContaining({
        result: 'pass',
        says: '1 parts of the stack are there and as it made them. Not looked at: 1 AWS::S3::BucketPolicy.',
      }),
    ]);
  });
});

it('needs no call that docs/cli.md does not list for doctor', () => {
  const page = readFileSync(join(PROJECT, 'docs/cli.md'), 'utf8');
  const [policy = ''] = /\{\n {2}"Version"(?:(?!```)[\s\S])*"LookAtTheStack"[\s\S]*?```/.exec(page) ?? [];
  const listed = [...policy.matchAll(/"[a-z0-9]+:(\w+)"/g)].map(([, action]) => action);
  const folder = join(PROJECT, 'cli/doctor');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'permissions.ts')
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  const called = sources
    .flatMap((text) => [...text.matchAll(/\bnew (\w+)Command\(|\bpaginate(\w+)\(/g)])
    .map(([, command, paged]) => command ?? paged ?? '')
    .map((call) => (call === 'HeadBucket' ? 'ListBucket' : call));
  expect(called.length).toBeGreaterThan(20);
  expect([...new Set(called)].filter((call) => !listed.includes(call))).toEqual([]);
});

describe('what could not be read', () => {
  const denied = new AwsCallError(
    'GetRole',
    REGION,
    'role',
    Object.assign(new Error('no'), { name: 'AccessDenied' }),
  );

  it('is never fine: it is told as not looked at, with the call that was refused', () => {
    const [bus, role] = [part('EventBus'), part('SweepRole')];
    const [unread] = partChecks(
      REGION,
      [bus, role],
      [
        { part: bus, judged: [] },
        { part: role, unread: denied },
      ],
    );
    expect(unread).toMatchObject({
      result: 'warn',
      says: expect.stringMatching(/^Not looked at: 1 AWS::IAM::Role\. .*GetRole/),
    });
    expect(unread?.remedy).toContain('docs/cli.md');
  });

  it('of the template leaves whether parts are there, and says that no more was judged', () => {
    expect(only(functionTroubles(REGION, untold('SweepLambdaFunction'), undefined))?.says).toContain(
      'is gone',
    );
    expect(functionTroubles(REGION, untold('SweepLambdaFunction'), { Role: 'another' })).toEqual([]);
    expect(queueTroubles(REGION, untold('SyncRoutesQueue'), {})).toBe('not judged');
    expect(ruleTroubles({ region: REGION, name: 'r' }, untold('TagChangedRule'), { targets: [] })).toBe(
      'not judged',
    );
    const [check] = partChecks(
      REGION,
      [untold('TagChangedRule')],
      [{ part: untold('TagChangedRule'), judged: 'not judged' }],
    );
    expect(check?.says).toBe('0 parts of the stack are there. Not looked at: 1 AWS::Events::Rule.');
  });
});

describe('a function', () => {
  const wanted = propertiesOf('SyncDashroutesLambdaFunction');
  const asDeployed = {
    ...(wanted as unknown as SeenFunction),
    CodeSha256: Buffer.from(SHA256, 'hex').toString('base64'),
    State: 'Active',
  } as const;
  const troubles = (seen: Partial<SeenFunction>) =>
    functionTroubles(REGION, part('SyncDashroutesLambdaFunction'), { ...asDeployed, ...seen });

  it('is fine as it was deployed, with every reference of its settings followed', () => {
    expect(JSON.stringify(wanted)).not.toMatch(/Ref|Fn::/);
    expect(wanted.Role).toBe(
      `arn:aws:iam::${ACCOUNT}:role/vpc-peering-autopilot/prod/${NAME}-SyncRoutesRole-1A2B3C`,
    );
    expect(troubles({})).toEqual([]);
    expect(troubles({ reservedConcurrency: 5 })).toEqual([]);
  });

  it('that is gone is told with what nobody does any more', () => {
    const gone = only(functionTroubles(REGION, part('SyncDashroutesLambdaFunction'), undefined));
    expect(gone).toMatchObject({
      result: 'fail',
      says: `The function ${NAME}-sync-routes is gone: routes are neither written, repaired nor taken back, and no drift is told.`,
    });
    expect(gone?.remedy).toMatch(/^peering remove, then peering deploy/);
  });

  it.each(['SweepLambdaFunction', 'ForwardDasheventsLambdaFunction'])(
    'that a removal asks (%s) takes two of them',
    (logicalId) => {
      expect(only(functionTroubles(REGION, part(logicalId), undefined))?.remedy).toMatch(
        /^peering remove, and once more .*, then peering deploy/,
      );
    },
  );

  it('that never runs has the command that lets it', () => {
    expect(only(troubles({ reservedConcurrency: 0 }))).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('never runs'),
      remedy: `aws lambda delete-function-concurrency --region ${REGION} --function-name ${NAME}-sync-routes`,
    });
  });

  it('with another role, other variables or other code fails, each with the way back', () => {
    expect(only(troubles({ Role: 'arn:aws:iam::1:role/admin' }))).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('Role is arn:aws:iam::1:role/admin'),
      remedy: expect.stringContaining(`--role ${String(wanted.Role)}`),
    });
    const { Variables = {} } = asDeployed.Environment ?? {};
    const changed = only(
      troubles({ Environment: { Variables: { ...Variables, QUEUE_URL: 'x', ADDED: 'y' } } }),
    );
    expect(changed).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('Environment (QUEUE_URL).'),
    });
    expect(changed?.remedy).toContain(`"QUEUE_URL":"${Variables.QUEUE_URL}"`);
    expect(only(troubles({ CodeSha256: 'other' }))).toMatchObject({
      result: 'fail',
      remedy: expect.stringMatching(/update-function-code .* --s3-bucket \S+ --s3-key \S+sync-routes\.zip$/),
    });
  });

  it('whose variables may not be shown is told as not looked at', () => {
    const Environment = { Error: { ErrorCode: 'AccessDeniedException', Message: 'KMS says no.' } };
    expect(only(troubles({ Environment }))).toMatchObject({
      result: 'warn',
      says: expect.stringMatching(/were not looked at: KMS says no\.$/),
    });
  });

  it('that is only slower is a warning', () => {
    expect(only(troubles({ Timeout: 3 }))?.result).toBe('warn');
  });

  it('of the serverless framework, whose code has no name by its content, is not said to have other code', () => {
    const { properties = {}, ...rest } = part('SyncDashroutesLambdaFunction');
    const framework = {
      ...rest,
      properties: { ...properties, Code: { S3Bucket: 'b', S3Key: 'serverless/x/1/a.zip' } },
    };
    expect(functionTroubles(REGION, framework, { ...asDeployed, CodeSha256: 'other' })).toEqual([]);
  });
});

describe('a role', () => {
  const wanted = propertiesOf('SweepRole');
  const [{ PolicyName, PolicyDocument }] = wanted.Policies as unknown as [
    { PolicyName: string; PolicyDocument: object },
  ];
  const asDeployed: SeenRole = {
    trust: wanted.AssumeRolePolicyDocument,
    policies: new Map([[PolicyName, PolicyDocument]]),
    attached: [],
  };
  const troubles = (seen: Partial<SeenRole>) => roleTroubles(part('SweepRole'), { ...asDeployed, ...seen });

  it('is fine as it was deployed', () => {
    expect(troubles({})).toEqual([]);
  });

  it('that is gone, or has lost or changed its policy, fails', () => {
    expect(only(roleTroubles(part('SweepRole'), undefined))?.says).toMatch(
      /is gone: what changes without an event/,
    );
    const lost = only(troubles({ policies: new Map() }));
    expect(lost).toMatchObject({ result: 'fail', says: expect.stringContaining('is gone') });
    expect(lost?.remedy).toContain(`--policy-document '${JSON.stringify(PolicyDocument)}'`);
    const other = new Map([[PolicyName, { Version: '2012-10-17', Statement: [] }]]);
    expect(only(troubles({ policies: other }))?.says).toContain('is not as the stack made it');
  });

  it('that nobody may assume any more fails', () => {
    expect(only(troubles({ trust: { Version: '2012-10-17', Statement: [] } }))?.remedy).toMatch(
      /^aws iam update-assume-role-policy /,
    );
  });

  it('with what somebody added, or a boundary, is a warning with the way back', () => {
    const policies = new Map([...asDeployed.policies, ['extra', {}]]);
    expect(only(troubles({ policies, attached: ['arn:aws:iam::aws:policy/AWSDenyAll'] }))).toMatchObject({
      result: 'warn',
      says: expect.stringContaining('extra, arn:aws:iam::aws:policy/AWSDenyAll'),
      remedy: expect.stringMatching(/delete-role-policy .* && aws iam detach-role-policy /),
    });
    expect(only(troubles({ boundary: 'arn:aws:iam::1:policy/tight' }))?.result).toBe('warn');
  });
});

describe('the event bus', () => {
  it('that is gone fails, as no alarm would tell it', () => {
    expect(busTroubles(part('EventBus'), true)).toEqual([]);
    expect(only(busTroubles(part('EventBus'), false))).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('lost without an alarm'),
    });
  });

  it('has to let in what the stack lets in', () => {
    const trusting = deployed(VARIANTS.trust);
    const statement = part('TrustedAccountsBusPolicy', trusting);
    const { StatementId, Statement } = statement.properties ?? {};
    const there = { Sid: StatementId, ...(Statement as object) };
    const judged = (policy?: object) =>
      busPolicyTroubles(REGION, statement, {
        bus: NAME,
        all: [there as never],
        ...(policy === undefined ? {} : { policy: JSON.stringify(policy) }),
      });
    expect(judged({ Version: '2012-10-17', Statement: [there, { Sid: 'x', Effect: 'Allow' }] })).toEqual([]);
    expect(only(judged())).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('what trusted accounts tell is refused here'),
      remedy: expect.stringContaining('aws events put-permission'),
    });
  });
});

describe('a rule', () => {
  const at = { region: REGION, name: 'rule-1', bus: NAME };
  const wanted = propertiesOf('RoutesToSyncRule');
  const targets = wanted.Targets as never[];
  const asDeployed = { targets, EventPattern: JSON.stringify(wanted.EventPattern) };
  const troubles = (seen: object) => ruleTroubles(at, part('RoutesToSyncRule'), { ...asDeployed, ...seen });

  it('is fine as it was deployed, also with one more target that is somebody else’s', () => {
    expect(troubles({})).toEqual([]);
    expect(troubles({ targets: [...targets, { Id: 'theirs', Arn: 'arn' }] })).toEqual([]);
  });

  it('without its target, or with another queue behind it, reaches no function', () => {
    const [target] = targets as { Id: string }[];
    for (const there of [[], [{ ...target, Arn: 'arn:aws:sqs:us-east-1:1:theirs.fifo' }]]) {
      expect(only(troubles({ targets: there }))).toMatchObject({
        result: 'fail',
        says: expect.stringContaining('its events do not reach sync-routes, so routes are neither'),
        remedy: expect.stringMatching(
          /^aws events put-targets --region us-east-1 --rule rule-1 --event-bus-name /,
        ),
      });
    }
  });

  it('that catches something else, or runs at another time, fails', () => {
    expect(only(troubles({ EventPattern: '{"source":["nobody"]}' }))?.remedy).toContain('--event-pattern');
    const sweep = propertiesOf('SweepScheduleRule');
    const late = ruleTroubles({ region: REGION, name: 'sweep-1' }, part('SweepScheduleRule'), {
      targets: sweep.Targets as never[],
      ScheduleExpression: 'rate(7 days)',
    });
    expect(only(late)).toMatchObject({
      says: expect.stringContaining('its schedule is rate(7 days), not rate(5 minutes)'),
      remedy: expect.stringContaining("--schedule-expression 'rate(5 minutes)'"),
    });
  });
});

describe('what lets events and alarms through', () => {
  const policyOfQueue = propertiesOf('SyncRoutesQueuePolicy').PolicyDocument;
  const judged = (Policy: string | undefined) =>
    queuePolicyTroubles(REGION, part('SyncRoutesQueuePolicy'), {
      queueId: 'SyncRoutesQueue',
      url: 'https://sqs/q.fifo',
      attributes: { Policy },
    });

  it('of a queue is fine as it was deployed, names each rule, and fails where it is gone or denies more', () => {
    expect(JSON.stringify(policyOfQueue)).toContain(
      `arn:aws:events:${REGION}:${ACCOUNT}:rule/${NAME}/${NAME}-RoutesToSyncRule-1A2B3C`,
    );
    const written = JSON.stringify(policyOfQueue);
    expect(judged(written)).toEqual([]);
    expect(
      judged(written.replace('sqs:SendMessage', 'SQS:SendMessage').replace('aws:Source', 'AWS:Source')),
    ).toEqual([]);
    expect(only(judged(undefined))).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('events do not reach sync-routes, so routes are neither'),
    });
    const { Statement } = policyOfQueue as { Statement: object[] };
    const denying = { Statement: [...Statement, { Effect: 'Deny', Principal: '*', Action: '*' }] };
    expect(only(judged(JSON.stringify(denying)))?.says).toContain('denies more');
    expect(only(judged(JSON.stringify({ Statement: Statement.slice(0, 1) })))?.result).toBe('warn');
  });

  it('of a queue sets aside what fails again and again', () => {
    const { RedrivePolicy, ...settings } = propertiesOf('SyncRoutesQueue');
    const attributes = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [name, String(value)]),
    );
    const queue = part('SyncRoutesQueue');
    expect(
      queueTroubles(REGION, queue, { ...attributes, RedrivePolicy: JSON.stringify(RedrivePolicy) }),
    ).toEqual([]);
    expect(only(queueTroubles(REGION, queue, attributes))).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('RedrivePolicy is none'),
      remedy: expect.stringContaining('deadLetterTargetArn'),
    });
  });

  it('of a topic lets alarms publish', () => {
    const { PolicyDocument } = propertiesOf('NotificationTopicPolicy');
    const topic = (policy: string) =>
      topicPolicyTroubles(REGION, part('NotificationTopicPolicy'), 'arn:x:topic', policy);
    expect(topic(JSON.stringify(PolicyDocument))).toEqual([]);
    expect(only(topic('{"Statement":[]}'))).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('they tell nobody'),
    });
  });

  it('of a function lets its schedule invoke it', () => {
    const permission = part('SweepSchedulePermission');
    const { SourceArn } = permission.properties ?? {};
    const policy = (arn: unknown) =>
      JSON.stringify({
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnLike: { 'AWS:SourceArn': arn } },
          },
        ],
      });
    expect(permissionTroubles(REGION, permission, policy(SourceArn))).toEqual([]);
    for (const there of [undefined, policy('arn:of:another')]) {
      expect(only(permissionTroubles(REGION, permission, there))?.remedy).toMatch(
        /^aws lambda add-permission .* --source-arn arn:aws:events:/,
      );
    }
  });

  it('of a function keeps events with which it failed', () => {
    const config = part('SweepInvokeConfig');
    const { DestinationConfig, ...others } = config.properties ?? {};
    const onFailure = { ...(DestinationConfig as object), OnSuccess: {} };
    expect(failureTroubles(REGION, config, { ...others, DestinationConfig: onFailure })).toEqual([]);
    expect(only(failureTroubles(REGION, config, undefined))).toMatchObject({
      result: 'fail',
      says: expect.stringContaining('kept nowhere, and no alarm tells of it'),
    });
  });
});

describe('what tells people', () => {
  const alarm = part('PermanentFailuresAlarm');
  const seen = { ...propertiesOf('PermanentFailuresAlarm'), ActionsEnabled: true } as never;

  it('is an alarm as it was deployed', () => {
    expect(alarmTroubles(REGION, alarm, seen)).toEqual([]);
  });

  it('is missed where it is gone, calls nobody, or watches something else', () => {
    expect(only(alarmTroubles(REGION, alarm, undefined))).toMatchObject({
      result: 'fail',
      says: `The alarm ${NAME}-PermanentFailures is gone: what it is there to tell nobody is told.`,
      remedy: expect.stringMatching(/^aws cloudwatch put-metric-alarm .* --cli-input-json '\{"AlarmName"/),
    });
    expect(
      only(alarmTroubles(REGION, alarm, { ...(seen as object), ActionsEnabled: false }))?.remedy,
    ).toContain('enable-alarm-actions');
    expect(only(alarmTroubles(REGION, alarm, { ...(seen as object), AlarmActions: [] }))?.says).toContain(
      '(AlarmActions): it may tell nobody',
    );
    expect(only(alarmTroubles(REGION, alarm, { ...(seen as object), Threshold: 1e6 }))?.says).toContain(
      '(Threshold): it may not go off',
    );
  });

  it('is a log, from which alarms count', () => {
    expect(logGroupTroubles(REGION, part('SweepLogGroup'), true)).toEqual([]);
    expect(only(logGroupTroubles(REGION, part('SweepLogGroup'), false))).toMatchObject({
      says: expect.stringContaining('alarms stay silent'),
      remedy: expect.stringMatching(
        /create-log-group .* && aws logs put-retention-policy .* --retention-in-days 30$/,
      ),
    });
  });
});

it('buckets and the ping document are missed', () => {
  expect(bucketTroubles(part('ServerlessDeploymentBucket'), true)).toEqual([]);
  expect(only(bucketTroubles(part('ServerlessDeploymentBucket'), false))?.says).toContain('no deployment');
  const { Content } = propertiesOf('PingDocument');
  expect(documentTroubles(part('PingDocument'), JSON.stringify(Content))).toEqual([]);
  expect(only(documentTroubles(part('PingDocument'), undefined))?.says).toContain('nothing is pinged');
  expect(only(documentTroubles(part('PingDocument'), '{}'))?.says).toContain('something else');
});

describe('what AWS gives back in other words', () => {
  it.each<[Resolved, unknown]>([
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [['a'], 'a'],
    ['a', ['a']],
    [1, '1'],
    [false, 'false'],
    ['*', { AWS: '*' }],
    [
      { a: UNKNOWN, b: [1] },
      { a: 'whatever', b: '1' },
    ],
  ])('is the same: %j, %j', (wanted, seen) => {
    expect(isSame(wanted, seen)).toBe(true);
  });

  it.each([
    [
      ['a', 'a'],
      ['a', 'b'],
    ],
    [['a'], ['a', 'b']],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1 }, {}],
    [null, { a: 1 }],
  ])('is not: %j, %j', (wanted, seen) => {
    expect(isSame(wanted, seen)).toBe(false);
  });
});
