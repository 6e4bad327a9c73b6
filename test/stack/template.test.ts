import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PolicyInput, policySchema } from '../../lib/policy/schema.ts';
import { resources } from '../../resources/index.ts';
import { ruleSpecs } from '../../resources/rules.ts';
import { policyOf } from '../support/fixtures.ts';
import { type PackagedStack, packageStack, type Template, VARIANTS } from '../support/packaged.ts';

type Json = { readonly [key: string]: unknown };
type TemplateResource = Template['Resources'][string];

/** `functionName -> logical id` as the framework makes them. */
const FUNCTIONS = {
  'accept-requests': 'AcceptDashrequestsLambdaFunction',
  'sync-routes': 'SyncDashroutesLambdaFunction',
  'check-connectivity': 'CheckDashconnectivityLambdaFunction',
  'record-connectivity': 'RecordDashconnectivityLambdaFunction',
  sweep: 'SweepLambdaFunction',
  'forward-events': 'ForwardDasheventsLambdaFunction',
};

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`The template has no ${what}.`);
  }
  return value;
}

function resource(template: Template, logicalId: string): TemplateResource {
  return given(template.Resources[logicalId], logicalId);
}

function ofType(template: Template, type: string): [logicalId: string, properties: Json][] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => [id, Properties]);
}

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** `Fn::Sub`, `Fn::GetAtt` and `Ref` as one readable text. */
function text(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const { Ref, 'Fn::Sub': sub, 'Fn::GetAtt': getAtt } = value as Json;
  return Ref !== undefined
    ? `<${Ref}>`
    : sub !== undefined
      ? String(sub)
      : `<${(getAtt as string[]).join('.')}>`;
}

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function statementsOf(template: Template, roleId: string): Statement[] {
  const { Policies }: Json = resource(template, roleId).Properties;
  const policies = Policies as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** What a role may do, one line for each action and resource, with the condition. */
function grants(template: Template, roleId: string): string[] {
  return statementsOf(template, roleId)
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      const resources = Array.isArray(Resource) ? Resource : [Resource];
      const when = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
      return Action.flatMap((action) => resources.map((on) => `${Effect} ${action} on ${text(on)}${when}`));
    })
    .map((line) =>
      line
        .replace('arn:$' + '{AWS::Partition}:', '')
        .replaceAll('$' + '{AWS::AccountId}', 'ACCOUNT')
        .replaceAll('$' + '{AWS::Region}', 'REGION'),
    )
    .sort();
}

/** The functions that take their events from a queue of their own, and the names of what belongs to it. */
const QUEUED: Readonly<Record<string, string>> = {
  'accept-requests': 'AcceptRequests',
  'sync-routes': 'SyncRoutes',
  'record-connectivity': 'RecordConnectivity',
};

/** The functions that add to what is remembered, and take over what an older version kept. */
const REMEMBERING = ['accept-requests', 'sync-routes', 'record-connectivity'];

/** Those that look at what is remembered. */
const PLANNING = [...REMEMBERING, 'check-connectivity'];

/** Every function writes its own log, and takes its events from a queue or keeps those that it failed to handle. */
function common(name: string, stage = 'prod'): string[] {
  return [
    `Allow logs:CreateLogStream on logs:REGION:ACCOUNT:log-group:/aws/lambda/vpc-peering-autopilot-${stage}-${name}:*`,
    `Allow logs:PutLogEvents on logs:REGION:ACCOUNT:log-group:/aws/lambda/vpc-peering-autopilot-${stage}-${name}:*`,
    ...(QUEUED[name] === undefined
      ? ['Allow sqs:SendMessage on <DeadLetterQueue.Arn>']
      : ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility'].map(
          (action) => `Allow sqs:${action} on <${QUEUED[name]}Queue.Arn>`,
        )),
  ];
}

const PUBLISH = 'Allow events:PutEvents on <EventBus.Arn>';
const OBSERVE = [
  'Allow ec2:DescribeRouteTables on *',
  'Allow ec2:DescribeVpcPeeringConnections on *',
  'Allow ec2:DescribeVpcs on *',
];
const LOOK_OVER = [
  ...OBSERVE,
  'Allow ec2:DescribeManagedPrefixLists on *',
  'Allow ec2:GetManagedPrefixListEntries on ec2:*:*:prefix-list/*',
];
const TELL = 'Allow sns:Publish on <NotificationTopic>';
const PEERINGS = 'ec2:*:ACCOUNT:vpc-peering-connection/*';
/** The policy here accepts requests of its own account only. */
const ASKED_BY_OWN_VPCS = `{"ArnLike":{"ec2:RequesterVpc":[{"Fn::Sub":"arn:\${AWS::Partition}:ec2:*:ACCOUNT:vpc/*"}]}}`;
const tagPeerings = (prefix = 'peering-autopilot') =>
  `Allow ec2:CreateTags on ${PEERINGS} if {"ForAllValues:StringLike":{"aws:TagKeys":["${prefix}:*"]}}`;
const writeRoute = (action: string, prefix = 'peering-autopilot') =>
  `Allow ec2:${action} on ec2:*:ACCOUNT:route-table/* if {"StringLike":{"aws:ResourceTag/${prefix}:routes":"*"}}`;
const onRegistry = (...actions: string[]) =>
  actions.map((action) => `Allow dynamodb:${action} on <Registry.Arn>`);
const TAKE_OVER =
  'Allow ssm:GetParametersByPath on ssm:REGION:ACCOUNT:parameter/vpc-peering-autopilot/prod/*';

let stack: PackagedStack;
let template: Template;

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-template-'));
  stack = await packageStack(VARIANTS.tags, { directory: join(directory, 'prod') });
  template = stack.template;
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the stack', () => {
  it('makes exactly these resources', () => {
    const list = Object.entries(template.Resources).map(([id, { Type }]) => `${id}: ${Type}`);
    const eachFunction = [
      'AcceptRequests',
      'CheckConnectivity',
      'ForwardEvents',
      'RecordConnectivity',
      'Sweep',
      'SyncRoutes',
    ];
    const eachRule = [
      'ConnectivitySchedule',
      'NetworkChangedByApi',
      'PeeringRecordedByConfig',
      'PeeringRequestedByApi',
      'PingsToRecord',
      'RequestsToDecide',
      'RoutesToSync',
      'SweepSchedule',
      'TableRecordedByConfig',
      'TagChanged',
    ];
    const alarms = [
      'ConnectivityLost',
      'DeadLetterQueue',
      'UnhandledEventsQueue',
      ...Object.values(QUEUED).map((name) => `${name}Backlog`),
      'PermanentFailures',
      'ProbesWithoutVerdict',
      'QuotaLow',
      'RouteDriftUnrepaired',
      'SweepMissing',
    ];
    expect(list.sort()).toEqual(
      [
        'ServerlessDeploymentBucket: AWS::S3::Bucket',
        'ServerlessDeploymentBucketPolicy: AWS::S3::BucketPolicy',
        ...Object.values(FUNCTIONS).map((id) => `${id}: AWS::Lambda::Function`),
        ...Object.values(FUNCTIONS).map(
          (id) => `${id.replace('LambdaFunction', 'LogGroup')}: AWS::Logs::LogGroup`,
        ),
        ...eachFunction.map((name) => `${name}Role: AWS::IAM::Role`),
        ...['CheckConnectivity', 'ForwardEvents', 'Sweep'].map(
          (name) => `${name}InvokeConfig: AWS::Lambda::EventInvokeConfig`,
        ),
        ...Object.values(QUEUED).flatMap((name) => [
          `${name}Queue: AWS::SQS::Queue`,
          `${name}QueuePolicy: AWS::SQS::QueuePolicy`,
          `${name}EventSource: AWS::Lambda::EventSourceMapping`,
        ]),
        'UnhandledEventsQueue: AWS::SQS::Queue',
        'UnhandledEventsQueuePolicy: AWS::SQS::QueuePolicy',
        ...eachRule.map((name) => `${name}Rule: AWS::Events::Rule`),
        ...['ConnectivitySchedule', 'SweepSchedule'].map(
          (name) => `${name}Permission: AWS::Lambda::Permission`,
        ),
        ...alarms.map((name) => `${name}Alarm: AWS::CloudWatch::Alarm`),
        'Dashboard: AWS::CloudWatch::Dashboard',
        'EventBus: AWS::Events::EventBus',
        'PingDocument: AWS::SSM::Document',
        'Registry: AWS::DynamoDB::Table',
        'NotificationTopic: AWS::SNS::Topic',
        'NotificationTopicPolicy: AWS::SNS::TopicPolicy',
        'DeadLetterQueue: AWS::SQS::Queue',
        'DeadLetterQueuePolicy: AWS::SQS::QueuePolicy',
        'ForwarderRole: AWS::IAM::Role',
        'EventForwarding: Custom::EventForwarding',
        'SweepStarted: Custom::SweepStarted',
      ].sort(),
    );
  });

  it('gives out the names that others need', () => {
    const values = Object.entries(template.Outputs).map(([name, { Value }]) => [name, text(Value)]);
    expect(Object.fromEntries(values)).toMatchObject({
      EventBusName: expect.stringContaining('EventBus'),
      NotificationTopicArn: '<NotificationTopic>',
      DeadLetterQueueUrl: '<DeadLetterQueue>',
      UnhandledEventsQueueUrl: '<UnhandledEventsQueue>',
      PolicyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe.each(Object.entries(FUNCTIONS))('the function %s', (name, logicalId) => {
  const properties = () => resource(template, logicalId).Properties;

  it('runs on Node 24 and arm64 under a role of its own', () => {
    expect(properties()).toMatchObject({
      FunctionName: `vpc-peering-autopilot-prod-${name}`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
    const roleId = logicalId.replace('Dash', '').replace('LambdaFunction', 'Role');
    const role = Object.keys(template.Resources).find((id) => id.toLowerCase() === roleId.toLowerCase());
    expect(JSON.stringify(properties().Role)).toContain(given(role, roleId));
  });

  it('has nothing in its environment but where to send what', () => {
    expect(properties().Environment).toEqual({
      Variables: {
        STAGE: 'prod',
        EVENT_BUS_NAME: { 'Fn::GetAtt': ['EventBus', 'Name'] },
        EVENT_BUS_ARN: { 'Fn::GetAtt': ['EventBus', 'Arn'] },
        TOPIC_ARN: { Ref: 'NotificationTopic' },
        RUNBOOKS: 'docs/runbooks',
        PING_DOCUMENT: { Ref: 'PingDocument' },
        POWERTOOLS_SERVICE_NAME: 'vpc-peering-autopilot',
        POWERTOOLS_METRICS_NAMESPACE: 'VpcPeeringAutopilot',
        ...(PLANNING.includes(name) ? { REGISTRY_TABLE: { Ref: 'Registry' } } : {}),
        ...(REMEMBERING.includes(name) ? { STATE_PREFIX: '/vpc-peering-autopilot/prod' } : {}),
        ...(QUEUED[name] === undefined ? {} : { QUEUE_URL: { Ref: `${QUEUED[name]}Queue` } }),
        ...(name === 'forward-events' ? { FORWARDER_ROLE_ARN: arnOf('ForwarderRole') } : {}),
      },
    });
  });

  it('keeps its log for 30 days, in a group that is there before it', () => {
    const groupId = logicalId.replace('LambdaFunction', 'LogGroup');
    expect(resource(template, groupId).Properties).toEqual({
      LogGroupName: `/aws/lambda/vpc-peering-autopilot-prod-${name}`,
      RetentionInDays: 30,
    });
    expect(resource(template, logicalId).DependsOn).toContain(groupId);
  });

  it('is tried again, and then its event is kept', () => {
    const queue = QUEUED[name];
    const configurations = ofType(template, 'AWS::Lambda::EventInvokeConfig')
      .map(([, configuration]) => configuration)
      .filter(({ FunctionName }) => text(FunctionName) === `<${logicalId}>`);
    if (queue !== undefined) {
      expect(configurations).toEqual([]);
      expect(resource(template, `${queue}Queue`).Properties.RedrivePolicy).toEqual({
        deadLetterTargetArn: arnOf('UnhandledEventsQueue'),
        maxReceiveCount: 5,
      });
      return;
    }
    expect(configurations).toEqual([
      {
        FunctionName: { Ref: logicalId },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 2,
        MaximumEventAgeInSeconds: 3600,
        DestinationConfig: { OnFailure: { Destination: arnOf('DeadLetterQueue') } },
      },
    ]);
  });
});

describe.each(Object.entries(QUEUED))('the queue of %s', (name, id) => {
  const queue = () => resource(template, `${id}Queue`).Properties;
  const functionId = given(Object.entries(FUNCTIONS).find(([each]) => each === name)?.[1], name);

  it('hands over events in order and one batch at a time, so that the function never runs beside itself', () => {
    expect(queue()).toMatchObject({ FifoQueue: true, ContentBasedDeduplication: true });
    expect(queue().QueueName).toBe(`vpc-peering-autopilot-prod-${name}.fifo`);
    const rules = ofType(template, 'AWS::Events::Rule').flatMap(([, { Targets }]) => Targets as Json[]);
    const groups = rules
      .filter(({ Id }) => Id === name)
      .map(({ SqsParameters }) => (SqsParameters as Json).MessageGroupId);
    expect(new Set(groups)).toEqual(new Set(['events']));
  });

  it('hides what was received six times as long as the function may work, as AWS asks for', () => {
    const { Timeout } = resource(template, functionId).Properties;
    expect(queue().VisibilityTimeout).toBe(6 * Number(Timeout));
  });

  it('holds back only what tells of pings, until most of them have ended', () => {
    expect(queue().DelaySeconds).toBe(name === 'record-connectivity' ? 20 : undefined);
  });

  it('is emptied by that function alone', () => {
    const sources = ofType(template, 'AWS::Lambda::EventSourceMapping').filter(
      ([, { EventSourceArn }]) => text(EventSourceArn) === `<${id}Queue.Arn>`,
    );
    expect(sources).toEqual([
      [
        `${id}EventSource`,
        {
          FunctionName: arnOf(functionId),
          EventSourceArn: arnOf(`${id}Queue`),
          BatchSize: 10,
          Enabled: true,
        },
      ],
    ]);
  });

  it('is encrypted, and takes messages of its own rules only', () => {
    const rules = ofType(template, 'AWS::Events::Rule')
      .filter(([, { Targets }]) => (Targets as Json[]).some(({ Id }) => Id === name))
      .map(([rule]) => arnOf(rule));
    const { PolicyDocument } = resource(template, `${id}QueuePolicy`).Properties;
    expect(queue().SqsManagedSseEnabled).toBe(true);
    expect((PolicyDocument as { Statement: Json[] }).Statement).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arnOf(`${id}Queue`),
        Condition: { ArnEquals: { 'aws:SourceArn': rules } },
      }),
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });
});

describe('the functions', () => {
  it('have as much memory and time as their work needs', () => {
    const sizes = Object.entries(FUNCTIONS).map(([name, logicalId]) => {
      const { MemorySize, Timeout } = resource(template, logicalId).Properties;
      return [name, MemorySize, Timeout];
    });
    expect(sizes).toEqual([
      ['accept-requests', 256, 120],
      ['sync-routes', 1024, 300],
      ['check-connectivity', 1024, 300],
      ['record-connectivity', 512, 120],
      ['sweep', 128, 30],
      ['forward-events', 256, 120],
    ]);
  });

  it('reserve no concurrency and are not traced', () => {
    for (const logicalId of Object.values(FUNCTIONS)) {
      const properties = resource(template, logicalId).Properties;
      expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
      expect(properties).not.toHaveProperty('TracingConfig');
    }
  });
});

describe('the roles', () => {
  it.each([
    [
      'AcceptRequestsRole',
      [
        ...common('accept-requests'),
        ...LOOK_OVER,
        ...onRegistry('Query', 'BatchWriteItem'),
        TAKE_OVER,
        PUBLISH,
        TELL,
        `Allow ec2:AcceptVpcPeeringConnection on ${PEERINGS} if ${ASKED_BY_OWN_VPCS}`,
        'Allow ec2:AcceptVpcPeeringConnection on ec2:*:ACCOUNT:vpc/*',
        `Allow ec2:RejectVpcPeeringConnection on ${PEERINGS}`,
        tagPeerings(),
      ],
    ],
    [
      'SyncRoutesRole',
      [
        ...common('sync-routes'),
        ...LOOK_OVER,
        ...onRegistry('Query', 'UpdateItem', 'BatchWriteItem', 'DeleteItem'),
        TAKE_OVER,
        PUBLISH,
        TELL,
        writeRoute('CreateRoute'),
        writeRoute('ReplaceRoute'),
        writeRoute('DeleteRoute'),
        `Allow ec2:ModifyVpcPeeringConnectionOptions on ${PEERINGS}`,
        tagPeerings(),
      ],
    ],
    [
      'CheckConnectivityRole',
      [
        ...common('check-connectivity'),
        ...LOOK_OVER,
        ...onRegistry('Query', 'BatchWriteItem'),
        TELL,
        PUBLISH,
        'Allow ec2:DescribeInstances on *',
        'Allow ec2:DescribeSubnets on *',
        'Allow ssm:DescribeInstanceInformation on *',
        'Allow ssm:ListCommandInvocations on *',
        'Allow ssm:SendCommand on ec2:*:ACCOUNT:instance/* if {"StringEquals":{"aws:ResourceTag/peering-autopilot:probe":["source","both"]}}',
        `Allow ssm:GetDocument on ssm:*:ACCOUNT:document/${'$'}{PingDocument}`,
        `Allow ssm:SendCommand on ssm:*:ACCOUNT:document/${'$'}{PingDocument}`,
      ],
    ],
    [
      'RecordConnectivityRole',
      [
        ...common('record-connectivity'),
        ...LOOK_OVER,
        'Allow ec2:DescribeInstances on *',
        'Allow ec2:DescribeNetworkAcls on *',
        'Allow ec2:DescribeNetworkInterfaces on *',
        'Allow ec2:DescribeSecurityGroups on *',
        'Allow ec2:DescribeStaleSecurityGroups on *',
        'Allow ec2:DescribeSubnets on *',
        'Allow ssm:ListCommandInvocations on *',
        PUBLISH,
        TELL,
        ...onRegistry('GetItem', 'Query', 'BatchWriteItem'),
        TAKE_OVER,
      ],
    ],
    ['SweepRole', [...common('sweep'), PUBLISH]],
    [
      'ForwardEventsRole',
      [
        ...common('forward-events'),
        TELL,
        'Allow ec2:DescribeRegions on *',
        'Allow events:ListRules on *',
        ...['ListTargetsByRule', 'PutRule', 'PutTargets', 'RemoveTargets', 'DeleteRule'].map(
          (action) => `Allow events:${action} on events:*:ACCOUNT:rule/vpc-peering-autopilot.prod.*`,
        ),
        'Allow iam:PassRole on <ForwarderRole.Arn> if {"StringEquals":{"iam:PassedToService":"events.amazonaws.com"}}',
        ...['GetQueueUrl', 'GetQueueAttributes', 'CreateQueue', 'SetQueueAttributes', 'DeleteQueue'].map(
          (action) => `Allow sqs:${action} on sqs:*:ACCOUNT:vpc-peering-autopilot-prod-forwarding`,
        ),
        ...[
          'GetDocument',
          'CreateDocument',
          'UpdateDocument',
          'UpdateDocumentDefaultVersion',
          'DeleteDocument',
        ].map((action) => `Allow ssm:${action} on ssm:*:ACCOUNT:document/vpc-peering-autopilot-prod-ping`),
      ],
    ],
    ['ForwarderRole', [PUBLISH]],
  ])('%s may do this and nothing else', (roleId, expected) => {
    expect(grants(template, roleId)).toEqual([...expected].sort());
  });

  it('can be taken on by Lambda only, and lie under the path that the rules know the product by', () => {
    const roles = ofType(template, 'AWS::IAM::Role').filter(([id]) => id !== 'ForwarderRole');
    expect(roles).toHaveLength(6);
    for (const [, role] of roles) {
      expect(role).not.toHaveProperty('RoleName');
      expect(role).not.toHaveProperty('ManagedPolicyArns');
      expect(role).toMatchObject({
        Path: '/vpc-peering-autopilot/prod/',
        AssumeRolePolicyDocument: {
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        },
      });
    }
  });

  it('lets EventBridge alone carry events, and only on behalf of this account', () => {
    expect(resource(template, 'ForwarderRole').Properties).toMatchObject({
      Path: '/vpc-peering-autopilot/prod/',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });

  it('take every resource only where AWS knows nothing narrower: to describe and list', () => {
    for (const [roleId] of ofType(template, 'AWS::IAM::Role')) {
      const wide = grants(template, roleId).filter((grant) => / on \*/.test(grant));
      const reads =
        /^Allow (ec2:Describe\w+|events:ListRules|ssm:DescribeInstanceInformation|ssm:ListCommandInvocations) on \*$/;
      expect(wide.filter((grant) => !reads.test(grant))).toEqual([]);
    }
  });
});

describe('the rules', () => {
  const specs = () => ruleSpecs({ policy: policyOf({ regions: [], ...VARIANTS.tags }), stage: 'prod' });

  it('have the patterns that the sample events are tested against', () => {
    const patterns = ofType(template, 'AWS::Events::Rule').map(([, { EventPattern }]) => EventPattern);
    expect(patterns).toEqual(specs().map(({ pattern }) => pattern));
  });

  it('deliver with retries and keep what cannot be delivered', () => {
    const rules = ofType(template, 'AWS::Events::Rule');
    expect(rules).toHaveLength(10);
    for (const [, { Targets, State }] of rules) {
      expect(State).toBe('ENABLED');
      expect(Targets).toEqual([
        {
          Id: expect.any(String),
          Arn: arnOf(expect.any(String) as unknown as string),
          ...((Targets as Json[]).some(({ Id }) => QUEUED[String(Id)] !== undefined)
            ? { SqsParameters: { MessageGroupId: 'events' } }
            : {}),
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 },
          DeadLetterConfig: { Arn: arnOf('DeadLetterQueue') },
        },
      ]);
    }
  });

  it('may invoke their own target, each by a permission for that rule alone', () => {
    const wanted = ofType(template, 'AWS::Events::Rule').flatMap(([id, { Targets }]) => {
      const [target] = Targets as { Arn: unknown }[];
      return text(target?.Arn).includes('LambdaFunction') ? [`${id} invokes ${text(target?.Arn)}`] : [];
    });
    const permitted = ofType(template, 'AWS::Lambda::Permission').map(([, permission]) => {
      const { Action, Principal, SourceArn, FunctionName } = permission;
      expect([Action, Principal]).toEqual(['lambda:InvokeFunction', 'events.amazonaws.com']);
      return `${text(SourceArn).replace('<', '').replace('.Arn>', '')} invokes ${text(FunctionName)}`;
    });
    expect(permitted.sort()).toEqual(wanted.sort());
  });

  it('may all put what they cannot deliver into the queue, and nobody else may', () => {
    const rules = ofType(template, 'AWS::Events::Rule').map(([id]) => arnOf(id));
    const { PolicyDocument } = resource(template, 'DeadLetterQueuePolicy').Properties;
    const statements = (PolicyDocument as { Statement: Json[] }).Statement;
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arnOf('DeadLetterQueue'),
        Condition: { ArnEquals: { 'aws:SourceArn': rules } },
      }),
    ]);
  });

  it('listen on the own bus only for events of the product', () => {
    const onOwnBus = ofType(template, 'AWS::Events::Rule').filter(([, rule]) => 'EventBusName' in rule);
    expect(onOwnBus.map(([id]) => id).sort()).toEqual([
      'PingsToRecordRule',
      'RequestsToDecideRule',
      'RoutesToSyncRule',
    ]);
    for (const [, { EventPattern, EventBusName }] of onOwnBus) {
      expect(EventPattern).toMatchObject({ source: ['vpc-peering-autopilot'] });
      expect(JSON.stringify(EventBusName)).toContain('EventBus');
    }
  });
});

describe('the alarms', () => {
  const alarms = () => ofType(template, 'AWS::CloudWatch::Alarm').map(([, properties]) => properties);

  it('all tell the topic, also when they are over', () => {
    const topic = [{ Ref: 'NotificationTopic' }];
    for (const { AlarmName, AlarmActions, OKActions } of alarms()) {
      expect([AlarmName, AlarmActions]).toEqual([AlarmName, topic]);
      expect([AlarmName, OKActions]).toEqual([AlarmName, topic]);
    }
  });

  it('look at these metrics, by these periods', () => {
    const lines = alarms().map((alarm) => {
      const { AlarmName, Namespace, MetricName, Statistic, Period, EvaluationPeriods, TreatMissingData } =
        alarm;
      const of = alarm.DatapointsToAlarm === undefined ? '' : `${alarm.DatapointsToAlarm} of `;
      const sign = alarm.ComparisonOperator === 'LessThanThreshold' ? '<' : '>=';
      const name = String(AlarmName).replace('vpc-peering-autopilot-prod-', '');
      return `${name}: ${Statistic} ${Namespace} ${MetricName} ${sign} ${alarm.Threshold}, ${of}${EvaluationPeriods} x ${Period} s, missing ${TreatMissingData}${alarm.InsufficientDataActions === undefined ? '' : ', told without data'}`;
    });
    const steady = (name: string) =>
      `${name}: Maximum VpcPeeringAutopilot ${name} >= 1, 1 of 12 x 300 s, missing notBreaching`;
    expect(lines.sort()).toEqual(
      [
        'ConnectivityLost: Maximum VpcPeeringAutopilot PeeringsUnreachable >= 1, 3 x 300 s, missing ignore',
        'ProbesWithoutVerdict: Maximum VpcPeeringAutopilot ProbesWithoutVerdict >= 1, 3 x 300 s, missing notBreaching',
        'DeadLetterQueueNotEmpty: Maximum AWS/SQS ApproximateNumberOfMessagesVisible >= 1, 1 x 300 s, missing notBreaching',
        'EventsUnhandled: Maximum AWS/SQS ApproximateNumberOfMessagesVisible >= 1, 1 x 300 s, missing notBreaching',
        ...Object.values(QUEUED).map(
          (name) =>
            `${name}Backlog: Maximum AWS/SQS ApproximateAgeOfOldestMessage >= 900, 1 x 300 s, missing notBreaching`,
        ),
        'SweepMissing: Sum AWS/Lambda Invocations < 1, 3 x 300 s, missing missing, told without data',
        ...['QuotaLow', 'PermanentFailures', 'RouteDriftUnrepaired'].map(steady),
      ].sort(),
    );
  });

  it('find the metrics under the dimension that the functions publish them with', () => {
    const own = alarms().filter(({ Namespace }) => Namespace === 'VpcPeeringAutopilot');
    for (const { Dimensions } of own) {
      expect(Dimensions).toEqual([{ Name: 'service', Value: 'vpc-peering-autopilot' }]);
    }
  });
});

describe('the dashboard', () => {
  interface Widget {
    readonly type: string;
    readonly properties: { readonly title?: string; readonly metrics?: readonly (readonly unknown[])[] };
  }
  const body = () => {
    const { DashboardBody } = resource(template, 'Dashboard').Properties as {
      readonly DashboardBody: { readonly 'Fn::Sub': readonly [string, Record<string, unknown>] };
    };
    const [json, variables] = DashboardBody['Fn::Sub'];
    const { widgets }: { readonly widgets: readonly Widget[] } = JSON.parse(json);
    return { json, variables, widgets };
  };

  it('shows what a person looks at first, and the sweep that all of it depends on', () => {
    const titles = body().widgets.flatMap(({ properties: { title } }) => title ?? []);
    expect(titles).toEqual([
      'Last sweep: runs of the sweep',
      'Requests that wait',
      'Drift',
      'Peerings that lose pings',
      'Not checked',
      'Age of the oldest event, seconds',
      'Errors',
    ]);
  });

  it('shows every metric that the functions publish for an alarm but the quotas, under its dimension', () => {
    const shown = body().widgets.flatMap(({ properties: { metrics = [] } }) => metrics);
    const alarmed = ofType(template, 'AWS::CloudWatch::Alarm').flatMap(([, { Namespace, MetricName }]) =>
      String(Namespace).startsWith('VpcPeeringAutopilot') ? [String(MetricName)] : [],
    );
    expect(shown.map(([, name]) => name)).toEqual(
      expect.arrayContaining(alarmed.filter((name) => name !== 'QuotaLow')),
    );
    for (const [namespace, , ...dimensions] of shown) {
      if (namespace === 'VpcPeeringAutopilot') {
        expect(dimensions.slice(0, 2)).toEqual(['service', 'vpc-peering-autopilot']);
      }
    }
  });

  it('has a value for each name that it leaves open, and stays free of charge', () => {
    const { json, variables, widgets } = body();
    const open = [...json.matchAll(/\$\{([^}]+)\}/g)].map(([, name]) => name);
    expect(new Set(open)).toEqual(new Set([...Object.keys(variables), 'AWS::Region']));
    // The first three dashboards of an account are free with up to 50 metrics each.
    expect(widgets.flatMap(({ properties: { metrics = [] } }) => metrics).length).toBeLessThanOrEqual(50);
  });
});

describe('the registry', () => {
  const table = () => resource(template, 'Registry');

  it('has a partition for each Region, and lets go what has had its time', () => {
    expect(table().Properties).toMatchObject({
      TableName: 'vpc-peering-autopilot-prod',
      KeySchema: [
        { AttributeName: 'region', KeyType: 'HASH' },
        { AttributeName: 'item', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'region', AttributeType: 'S' },
        { AttributeName: 'item', AttributeType: 'S' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });

  it('is paid by the request, encrypted with a key of the account, and can be taken back in time', () => {
    expect(table().Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    expect(table().Properties).not.toHaveProperty('ProvisionedThroughput');
  });

  it('goes with the stack, so that the next one can have its name', () => {
    expect(table()).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(table().Properties).not.toHaveProperty('DeletionProtectionEnabled');
  });
});

describe('the bucket for the code', () => {
  it('is closed to the public, encrypted and versioned, and takes no call without TLS', () => {
    expect(resource(template, 'ServerlessDeploymentBucket').Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    const { PolicyDocument } = resource(template, 'ServerlessDeploymentBucketPolicy').Properties;
    expect(PolicyDocument).toMatchObject({
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Condition: { Bool: { 'aws:SecureTransport': false } },
        },
      ],
    });
  });
});

describe('the topic', () => {
  it('takes messages from the alarms of this account, and none without TLS', () => {
    const { PolicyDocument } = resource(template, 'NotificationTopicPolicy').Properties;
    expect((PolicyDocument as { Statement: Json[] }).Statement).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: 'sns:Publish',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });

  it('has no subscription when the policy names nobody', () => {
    expect(ofType(template, 'AWS::SNS::Subscription')).toEqual([]);
  });
});

describe('the ping document', () => {
  interface Content {
    readonly schemaVersion: string;
    readonly parameters: { readonly target: Parameter; readonly count: Parameter };
    readonly mainSteps: readonly Json[];
  }
  interface Parameter {
    readonly allowedPattern: string;
  }
  const content = () => resource(template, 'PingDocument').Properties.Content as unknown as Content;

  it('is a command document of schema 2.2', () => {
    expect(resource(template, 'PingDocument').Properties).toMatchObject({
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      TargetType: '/AWS::EC2::Instance',
    });
    expect(content().schemaVersion).toBe('2.2');
  });

  it('has two steps for each platform, that do nothing but ask', () => {
    const steps = content().mainSteps.map((step) => [step.action, step.precondition]);
    const linux = ['aws:runShellScript', { StringEquals: ['platformType', 'Linux'] }];
    const windows = ['aws:runPowerShellScript', { StringEquals: ['platformType', 'Windows'] }];
    expect(steps).toEqual([linux, linux, windows, windows]);
    const programs = JSON.stringify(content().mainSteps).match(/\b(curl|wget|eval|sudo|Invoke-\w+)\b/g);
    expect(programs).toBeNull();
  });

  it.each(['10.2.1.139', '255.255.255.255', '2001:db8::1', 'fd00:ec2::253', '::1'])('pings %s', (target) => {
    expect(target).toMatch(new RegExp(content().parameters.target.allowedPattern));
  });

  it.each([
    '',
    'example.com',
    '10.2.1.139; reboot',
    '10.2.1.139 -f',
    '$(reboot)',
    '-c1000000',
    '`reboot`',
    '10.2.1.139|cat',
    "10.2.1.139'",
    '10.2.1.139\nreboot',
    '{{ count }}',
  ])('refuses %j', (target) => {
    expect(target).not.toMatch(new RegExp(content().parameters.target.allowedPattern));
  });

  it('takes every count that a policy may ask for, and no other', () => {
    const allowed = new RegExp(content().parameters.count.allowedPattern);
    for (let count = 0; count <= 120; count++) {
      const policy = policySchema.safeParse({ version: 1, connectivity: { count } });
      expect([count, allowed.test(String(count))]).toEqual([count, policy.success]);
    }
    expect('1; reboot').not.toMatch(allowed);
  });

  it('has patterns that both Java and RE2 can read', () => {
    for (const { allowedPattern } of Object.values(content().parameters)) {
      // No lookaround, back-references, possessive or atomic groups, which one of the two lacks.
      expect(allowedPattern).not.toMatch(/\(\?|\\[1-9]|[*+?}]\+/);
      expect(allowedPattern).toMatch(/^\^.*\$$/);
    }
  });
});

describe.each(['DeadLetterQueue', 'UnhandledEventsQueue'])('the %s', (queue) => {
  it('is encrypted and keeps messages for as long as SQS can', () => {
    expect(resource(template, queue).Properties).toMatchObject({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
    });
  });
});

describe('another policy', () => {
  /** The same resources that the framework puts into the template, made without it. */
  function resourcesOf(parts: Omit<PolicyInput, 'version'>): Template {
    return resources({ policy: policyOf({ regions: [], ...parts }), stage: 'prod' });
  }

  it('changes the template as these tests see it', () => {
    const made = resourcesOf(VARIANTS.tags).Resources;
    const packaged = Object.keys(made).map((id) => [id, resource(template, id)]);
    expect(Object.fromEntries(packaged)).toEqual(made);
  });

  it('that routes subnets lets the functions that decide and route look at them, and listens to their changes: nothing else', () => {
    const [without, withSubnets] = [VARIANTS.plain, VARIANTS.subnets].map((parts) => resourcesOf(parts));
    const ids = Object.keys(without?.Resources ?? {});
    expect(Object.keys(withSubnets?.Resources ?? {})).toEqual(ids);
    const differing = ids.filter(
      (id) => JSON.stringify(without?.Resources[id]) !== JSON.stringify(withSubnets?.Resources[id]),
    );
    expect(differing.sort()).toEqual([
      'AcceptRequestsRole',
      // What is carried home from other Regions.
      'EventForwarding',
      'NetworkChangedByApiRule',
      // The policy is another one.
      'SweepStarted',
      'SyncRoutesRole',
      'TagChangedRule',
    ]);
    for (const roleId of differing.filter((id) => id.endsWith('Role'))) {
      const before = without === undefined ? [] : grants(without, roleId);
      const after = withSubnets === undefined ? [] : grants(withSubnets, roleId);
      expect(after.filter((grant) => !before.includes(grant))).toEqual(['Allow ec2:DescribeSubnets on *']);
      expect(before.filter((grant) => !after.includes(grant))).toEqual([]);
    }
    const chat = { notify: { chat: 'buttons' as const } };
    const answering = resourcesOf({ ...VARIANTS.subnets, ...chat });
    expect(grants(answering, 'AnswerRequestRole')).toContain('Allow ec2:DescribeSubnets on *');
    expect(grants(resourcesOf({ ...VARIANTS.plain, ...chat }), 'AnswerRequestRole').join()).not.toContain(
      'Subnets',
    );
  });

  it('with mode: observe has no role that can change anything in EC2, SSM or the registry', () => {
    const varied = resourcesOf(VARIANTS.observe);
    for (const [roleId] of ofType(varied, 'AWS::IAM::Role')) {
      const actions = statementsOf(varied, roleId).flatMap(({ Action }) => Action);
      const ofNetwork = actions.filter((action) => /^(ec2|ssm|dynamodb):/.test(action));
      // The ping document of another Region can be taken away, not made.
      const reads =
        /^(ec2:Describe|ec2:GetManagedPrefixListEntries$|dynamodb:Query$|ssm:(GetParametersByPath|DescribeInstanceInformation|ListCommandInvocations|GetDocument|DeleteDocument)$)/;
      expect(ofNetwork.filter((action) => !reads.test(action))).toEqual([]);
    }
    expect(grants(varied, 'AcceptRequestsRole')).toEqual(
      [...common('accept-requests'), ...LOOK_OVER, ...onRegistry('Query'), TAKE_OVER, TELL].sort(),
    );
  });

  it('with another tag prefix may write under that one only', () => {
    const granted = grants(resourcesOf(VARIANTS.prefix), 'SyncRoutesRole');
    expect(granted).toContain(tagPeerings('net:peer'));
    expect(granted).toContain(writeRoute('DeleteRoute', 'net:peer'));
    expect(granted.join()).not.toContain('peering-autopilot:routes');
    expect(granted.join()).not.toContain('"peering-autopilot:*"');
  });

  it('with addresses to notify subscribes each', () => {
    const subscriptions = ofType(resourcesOf(VARIANTS.emails), 'AWS::SNS::Subscription');
    expect(subscriptions.map(([, properties]) => properties)).toEqual([
      { TopicArn: { Ref: 'NotificationTopic' }, Protocol: 'email', Endpoint: 'a@example.com' },
      { TopicArn: { Ref: 'NotificationTopic' }, Protocol: 'email', Endpoint: 'b@example.com' },
    ]);
  });

  it('without tags in its rules does not listen to tags of VPCs', () => {
    const { EventPattern } = resource(resourcesOf(VARIANTS.plain), 'TagChangedRule').Properties;
    expect(JSON.stringify(EventPattern)).toContain('route-table');
    expect(JSON.stringify(EventPattern)).not.toContain('vpc');
  });

  it.each([
    ['rate(1 minute)', 60, 3],
    ['rate(5 minutes)', 300, 3],
    ['rate(2 hours)', 7200, 3],
    ['rate(1 day)', 86_400, 3],
    // Three intervals are more than the week that CloudWatch looks back.
    ['rate(5 days)', 86_400, 7],
    // A day is taken for the longest gap; a weekend is covered.
    ['cron(0 6 ? * MON-FRI *)', 86_400, 3],
  ])('with the schedule %s waits three intervals for a sweep', (sweep, period, periods) => {
    const varied = resourcesOf({ ...VARIANTS.plain, schedules: { sweep } });
    expect(resource(varied, 'SweepScheduleRule').Properties.ScheduleExpression).toBe(sweep);
    expect(resource(varied, 'SweepMissingAlarm').Properties).toMatchObject({
      Period: period,
      EvaluationPeriods: periods,
    });
  });

  it('with many checks in a row asks no alarm to look back further than CloudWatch does', () => {
    const varied = resourcesOf({ ...VARIANTS.plain, connectivity: { periods: 1000 } });
    for (const [, { Period, EvaluationPeriods }] of ofType(varied, 'AWS::CloudWatch::Alarm')) {
      const reach = Number(Period) < 3600 ? 86_400 : 604_800;
      expect(Number(Period) * Number(EvaluationPeriods)).toBeLessThanOrEqual(reach);
    }
  });

  it('with more than a week between sweeps has no alarm that could not help going off', () => {
    const varied = resourcesOf({ ...VARIANTS.plain, schedules: { sweep: 'rate(8 days)' } });
    expect(varied.Resources).not.toHaveProperty('SweepMissingAlarm');
  });
});

describe('connect and mesh', () => {
  const traces = /request-?peerings|vpc-?tagged|Peering Deleted|ec2:CreateVpcPeeringConnection/i;
  const others = Object.entries(VARIANTS).filter(([name]) => name !== 'connect');

  it.each(others)('leave no trace in the stack of a policy without them: %s', (name, parts) => {
    const made = JSON.stringify(resources({ policy: policyOf(parts), stage: 'prod' }));
    expect(made.match(traces)).toBeNull();
    // Peerings whose time is over are deleted, too, by another function.
    expect(made.includes('ec2:DeleteVpcPeeringConnection')).toBe(name === 'expiry');
  });

  it('give the one function its queue, alarm and rules, and no other function a permission', () => {
    const context = { policy: policyOf(VARIANTS.connect), stage: 'prod' };
    const without = {
      policy: policyOf({ ...VARIANTS.connect, connect: undefined, mesh: undefined }),
      stage: 'prod',
    };
    const [made, before] = [resources(context).Resources, resources(without).Resources];
    const added = Object.keys(made).filter((id) => before[id] === undefined);
    expect(added.sort()).toEqual([
      'ForwardedVpcTaggedRule',
      'PeeringsToRequestRule',
      'RequestPeeringsBacklogAlarm',
      'RequestPeeringsEventSource',
      'RequestPeeringsQueue',
      'RequestPeeringsQueuePolicy',
      'RequestPeeringsRole',
      'VpcTaggedRule',
    ]);
    const changedRoles = Object.keys(before).filter(
      (id) => id.endsWith('Role') && JSON.stringify(made[id]) !== JSON.stringify(before[id]),
    );
    expect(changedRoles).toEqual([]);
  });
});

describe('another stage', () => {
  it('shares no name with the first, so both live in one account', async () => {
    const other = await packageStack(VARIANTS.tags, { directory: join(directory, 'test'), stage: 'test' });
    const names = (one: Template) =>
      Object.values(one.Resources).flatMap(({ Properties }) =>
        ['FunctionName', 'LogGroupName', 'Name', 'QueueName', 'AlarmName', 'Path', 'TableName']
          .map((key) => Properties[key])
          .filter((name): name is string => typeof name === 'string'),
      );
    const first = new Set(names(template));
    expect(first.size).toBeGreaterThan(15);
    expect(names(other.template).filter((name) => first.has(name))).toEqual([]);
  });
});

describe('a deployment', () => {
  const made = (parts: Omit<PolicyInput, 'version'>) =>
    resources({ policy: policyOf({ regions: [], ...parts }), stage: 'prod' }).Resources;
  const started = (parts: Omit<PolicyInput, 'version'>) => given(made(parts).SweepStarted, 'SweepStarted');

  it('has everything looked at once when the policy is another one, and only then', () => {
    const { Properties } = started({ mode: 'enforce' });
    expect(started({ mode: 'enforce' }).Properties).toEqual(Properties);
    expect(started({ mode: 'observe' }).Properties).not.toEqual(Properties);
    expect(started({ mode: 'enforce', rules: [{ name: 'a', effect: 'hold' }] }).Properties).not.toEqual(
      Properties,
    );
  });

  it('has it looked at only after every function has the policy and gets its events', () => {
    const all = made({ mode: 'enforce', regions: ['us-east-1', 'eu-west-1'], report: { publish: 'stack' } });
    const before = started({
      mode: 'enforce',
      regions: ['us-east-1', 'eu-west-1'],
      report: { publish: 'stack' },
    }).DependsOn;
    const carrying = Object.entries(all).flatMap(([id, { Type }]) =>
      /^AWS::(Events::Rule|Lambda::EventSourceMapping)$/.test(Type) ? [id] : [],
    );
    expect(carrying.length).toBeGreaterThan(10);
    expect([...(before ?? [])].sort()).toEqual(
      [
        ...carrying,
        ...Object.values(FUNCTIONS).filter((id) => id !== FUNCTIONS.sweep),
        'PublishDashreportLambdaFunction',
        'EventForwarding',
      ].sort(),
    );
  });
});

describe('other Regions', () => {
  const regions = ['us-east-1', 'eu-west-1'];
  const made = (parts: Omit<PolicyInput, 'version'>) =>
    resources({ policy: policyOf({ regions: [], ...parts }), stage: 'prod' }).Resources;
  const properties = (parts: Omit<PolicyInput, 'version'>) => made(parts).EventForwarding?.Properties ?? {};

  it('are what forward-events is called with at each deployment, or the Region of deployment alone', () => {
    expect(properties({ regions })).toMatchObject({
      ServiceToken: arnOf(FUNCTIONS['forward-events']),
      ServiceTimeout: 300,
      Regions: regions,
    });
    expect(properties({}).Regions).toEqual([{ Ref: 'AWS::Region' }]);
  });

  it('are gone over again when what has to be there changes, and only then', () => {
    const { Fingerprint } = properties({ regions });
    const tagged = { name: 'a', effect: 'hold' as const, local: { tags: { Team: 'a' } } };
    expect(properties({ regions, rules: [{ ...tagged, local: {} }] }).Fingerprint).toBe(Fingerprint);
    expect(properties({ regions, tagPrefix: 'net' }).Fingerprint).not.toBe(Fingerprint);
    expect(properties({ regions, mode: 'observe' }).Fingerprint).not.toBe(Fingerprint);
    expect(properties({ regions, rules: [tagged] }).Fingerprint).not.toBe(Fingerprint);
  });

  it('send to the own bus, where each of their events has a rule with a permission of its own', () => {
    const rules = Object.entries(made({ regions })).filter(([id]) => /^Forwarded\w+Rule$/.test(id));
    expect(rules.map(([id]) => id)).toHaveLength(5);
    for (const [id, { Properties }] of rules) {
      expect(Properties.EventBusName).toEqual({ 'Fn::GetAtt': ['EventBus', 'Name'] });
      const { Id, Arn } = (Properties.Targets as { Id: string; Arn: unknown }[])[0] ?? {};
      if (QUEUED[Id ?? ''] === undefined) {
        expect(made({ regions })).toHaveProperty(id.replace(/Rule$/, 'Permission'));
      } else {
        expect(text(Arn)).toBe(`<${QUEUED[Id ?? '']}Queue.Arn>`);
      }
    }
  });
});

describe('the bus', () => {
  const forwarders = (regions: readonly string[]) =>
    Object.values(resources({ policy: policyOf({ regions }), stage: 'prod' }).Resources)
      .filter(({ Type }) => Type === 'AWS::Events::EventBusPolicy')
      .map(({ Properties }) => Properties.Statement);

  it('lets the role that carries events from other Regions put them there, and nobody else of the account', () => {
    expect(forwarders(['us-east-1', 'eu-west-1'])).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root` } },
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': ['EventBus', 'Arn'] },
        Condition: { ArnEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['ForwarderRole', 'Arn'] } } },
      },
    ]);
  });

  it.each([[[]], [['us-gov-west-1', 'us-gov-east-1']], [['cn-north-1', 'cn-northwest-1']]])(
    'lets nobody do so where no events come from elsewhere: %j',
    (regions) => {
      expect(forwarders(regions)).toEqual([]);
    },
  );
});

describe('trust', () => {
  const none = resources({ policy: policyOf({ regions: [] }), stage: 'prod' }).Resources;
  const some = resources({
    policy: policyOf({ regions: [], trust: { accounts: ['222222222222'], organization: 'o-a1b2c3d4e5' } }),
    stage: 'prod',
  }).Resources;

  it('without any lets no other account put an event on the bus', () => {
    expect(Object.values(none).filter(({ Type }) => Type === 'AWS::Events::EventBusPolicy')).toEqual([]);
  });

  const rolesOf = (account: string) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:iam::${account}:role/vpc-peering-autopilot/prod/*`,
  });

  it('lets roles of this product in accounts and an organization send hints, and nothing else', () => {
    const policies = Object.values(some).filter(({ Type }) => Type === 'AWS::Events::EventBusPolicy');
    expect(policies.map(({ Properties }) => Properties.Statement)).toEqual([
      expect.objectContaining({
        Principal: { AWS: [{ 'Fn::Sub': `arn:\${AWS::Partition}:iam::222222222222:root` }] },
        Condition: {
          StringEquals: {
            'events:source': 'vpc-peering-autopilot',
            'events:detail-type': ['Peering Requested', 'Routes Synced', 'Connectivity Verdict'],
          },
          ArnLike: { 'aws:PrincipalArn': [rolesOf('222222222222')] },
        },
      }),
      expect.objectContaining({
        Principal: '*',
        Condition: {
          StringEquals: expect.objectContaining({ 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' }),
          ArnLike: { 'aws:PrincipalArn': rolesOf('*') },
        },
      }),
    ]);
  });

  it('lets the functions with something to say send to the same bus of those accounts, and no other', () => {
    const senders = Object.entries(some).filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::IAM::Role' && JSON.stringify(Properties).includes('TellTrustedAccounts'),
    );
    expect(senders.map(([id]) => id)).toEqual([
      'AcceptRequestsRole',
      'SyncRoutesRole',
      'RecordConnectivityRole',
    ]);
    expect(JSON.stringify(senders)).toContain(':222222222222:event-bus/vpc-peering-autopilot-prod');
  });
});

interface WrittenRole {
  readonly Properties: {
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly object[] } }[];
  };
}

describe('an address plan', () => {
  const POOL = 'ipam-pool-0a1b2c3d4e5f60718';
  const OTHER = 'ipam-pool-0b1b2c3d4e5f60718';
  const SCOPE = 'ipam-scope-0a1b2c3d4e5f60718';
  const place = (id: string) => ({ id, region: 'eu-west-1' });
  const stackWith = (guardrails: object) =>
    resources({ policy: policyOf({ notify: { chat: 'buttons' }, guardrails }), stage: 'prod' }).Resources;
  const arn = (type: string, id: string) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:ec2::*:${type}/${id}` });

  it('lets the roles that decide requests and make routes read what is named, and changes nothing else', () => {
    const off = stackWith({});
    const on = stackWith({ ipam: { pools: [place(POOL), place(OTHER)], scope: place(SCOPE) } });
    expect(Object.keys(on)).toEqual(Object.keys(off));
    const changed = Object.keys(on).filter(
      // The policy is another one.
      (id) => id !== 'SweepStarted' && JSON.stringify(on[id]) !== JSON.stringify(off[id]),
    );
    expect(changed.sort()).toEqual(['AcceptRequestsRole', 'AnswerRequestRole', 'SyncRoutesRole']);
    for (const id of changed) {
      const statementsIn = (stack: typeof on) =>
        (JSON.parse(JSON.stringify(stack[id])) as WrittenRole).Properties.Policies.flatMap(
          ({ PolicyDocument }) => PolicyDocument.Statement,
        );
      const before = new Set(statementsIn(off).map((each) => JSON.stringify(each)));
      expect(statementsIn(on).filter((each) => !before.has(JSON.stringify(each)))).toEqual([
        {
          Sid: 'ReadAddressPools',
          Effect: 'Allow',
          Action: ['ec2:GetIpamPoolAllocations'],
          Resource: [arn('ipam-pool', POOL), arn('ipam-pool', OTHER)],
        },
        {
          Sid: 'ReadAddressScope',
          Effect: 'Allow',
          Action: ['ec2:GetIpamResourceCidrs'],
          Resource: arn('ipam-scope', SCOPE),
        },
      ]);
    }
  });

  it('gives no permission for a scope that is not named, nor for pools', () => {
    const text = (guardrails: object) => JSON.stringify(stackWith(guardrails));
    expect(text({})).not.toContain('Ipam');
    expect(text({ ipam: { pools: [place(POOL)] } })).not.toContain('GetIpamResourceCidrs');
    expect(text({ ipam: { scope: place(SCOPE) } })).not.toContain('GetIpamPoolAllocations');
  });
});
