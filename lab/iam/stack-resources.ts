import { arnIn, globalArnIn } from '../arn.ts';
import type { ParsedTemplate, TemplateResource } from '../template.ts';
import type { Place } from '../types.ts';

/**
 * What CloudFormation calls in the name of whoever creates or deletes a stack, resource by resource. Only calls without which
 * a resource of that type cannot be made or removed; source: the handlers of the CloudFormation registry. Pure.
 */

export interface StackPlace extends Place {
  readonly stackName: string;
}

export interface ResourceAccess {
  readonly action: string;
  readonly resource: string;
  /** What is checked besides. */
  readonly keys?: Readonly<Record<string, string>>;
}

type Properties = Readonly<Record<string, unknown>>;

interface Named {
  readonly id: string;
  readonly properties: Properties;
  readonly stack: StackPlace;
  readonly template: ParsedTemplate;
}

interface Handled {
  arn(named: Named): string;
  readonly create: readonly string[];
  readonly remove: readonly string[];
  /** Of another kind than those on its ARN. */
  more?(named: Named): readonly ResourceAccess[];
}

/** The name that a template gives, or one such as CloudFormation makes up. */
function nameOf({ id, properties, stack }: Named, property: string): string {
  const name = properties[property];
  return typeof name === 'string' ? name : `${stack.stackName}-${id}-1A2B3C4D5E6F`;
}

/** The logical id that a value refers to: `{Ref}` or `{Fn::GetAtt}`. */
function referredTo(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = value as Properties;
  const attribute = Array.isArray(getAtt)
    ? getAtt[0]
    : String(getAtt ?? sub ?? '').replace(/^\$\{|[.}].*$/g, '');
  return String(Ref ?? attribute);
}

/** The ARN of the resource that a property of another one refers to. */
function arnBehind(named: Named, property: string): string {
  const id = referredTo(named.properties[property]) ?? '';
  const other = named.template.Resources?.[id];
  return other === undefined ? '*' : (arnOfResource(id, other, named.stack, named.template) ?? '*');
}

const functionArn = (named: Named) =>
  arnIn(named.stack, 'lambda', `function:${nameOf(named, 'FunctionName')}`);
const functionBehind = (named: Named) => arnBehind(named, 'FunctionName');
const queueArn = (named: Named) => arnIn(named.stack, 'sqs', nameOf(named, 'QueueName'));

/** Its name says the Region, because it belongs to the account. */
function customActionArn({ properties, stack }: Named): string {
  const { 'Fn::Sub': name } = properties.ActionName as Properties;
  return globalArnIn(
    stack,
    'chatbot',
    `custom-action/${String(name).replace(`\${AWS::Region}`, stack.region)}`,
  );
}

/** Their names say the Region too. */
function chatConfigurationArn({ properties, stack }: Named, kind: string): string {
  const { 'Fn::Sub': name } = properties.ConfigurationName as Properties;
  const whole = String(name).replace(`\${AWS::Region}`, stack.region);
  return globalArnIn(stack, 'chatbot', `chat-configuration/${kind}/${whole}`);
}

/** The channel's role is handed to Amazon Q, which has a role of its own made with the first configuration of an account. */
function chatRole(named: Named): ResourceAccess[] {
  const service = 'management.chatbot.amazonaws.com';
  return [
    { action: 'iam:PassRole', resource: arnBehind(named, 'IamRoleArn'), keys: {} },
    {
      action: 'iam:CreateServiceLinkedRole',
      resource: globalArnIn(
        named.stack,
        'iam',
        `role/aws-service-role/${service}/AWSServiceRoleForAWSChatbot`,
      ),
      keys: { 'iam:AWSServiceName': service },
    },
  ];
}

/** Both parts are shortened where the whole would be longer than a bucket's name may be. */
function bucketArn({ id, stack }: Pick<Named, 'id' | 'stack'>): string {
  const name = `${stack.stackName.slice(0, 24)}-${id.slice(0, 24)}-1a2b3c4d5e6f`.toLowerCase();
  return globalArnIn({ ...stack, accountId: '' }, 's3', name);
}

function roleArn(named: Named): string {
  const { Path = '/' } = named.properties;
  return globalArnIn(named.stack, 'iam', `role${String(Path)}${nameOf(named, 'RoleName')}`);
}

function ruleArn(named: Named): string {
  const bus = referredTo(named.properties.EventBusName);
  const of = bus === undefined ? undefined : named.template.Resources?.[bus]?.Properties;
  const name = (of as Properties | undefined)?.Name;
  return arnIn(
    named.stack,
    'events',
    `rule/${name === undefined ? '' : `${String(name)}/`}${nameOf(named, 'Name')}`,
  );
}

function only(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : list;
}

/** The function's own role is handed to Lambda. */
function passedRole(named: Named): ResourceAccess[] {
  const id = referredTo(named.properties.Role);
  const role = id === undefined ? undefined : named.template.Resources?.[id];
  const arn =
    id === undefined || role === undefined ? '*' : arnOfResource(id, role, named.stack, named.template);
  return [
    {
      action: 'iam:PassRole',
      resource: arn ?? '*',
      keys: { 'iam:PassedToService': 'lambda.amazonaws.com' },
    },
  ];
}

function ofPolicy(service: 'sqs' | 'sns', list: 'Queues' | 'Topics', action: string): Handled {
  return {
    arn: (named) => arnBehind({ ...named, properties: { of: only(named.properties[list]) } }, 'of'),
    create: [`${service}:${action}`],
    remove: [`${service}:${action}`],
  };
}

const busArn = (named: Named) => arnIn(named.stack, 'events', `event-bus/${nameOf(named, 'Name')}`);

const HANDLED: Readonly<Record<string, Handled>> = {
  'AWS::S3::Bucket': {
    arn: bucketArn,
    create: [
      's3:CreateBucket',
      's3:PutEncryptionConfiguration',
      's3:PutBucketPublicAccessBlock',
      's3:PutLifecycleConfiguration',
    ],
    remove: ['s3:DeleteBucket'],
    more: ({ id, properties, stack }) =>
      properties.VersioningConfiguration === undefined
        ? []
        : [{ action: 's3:PutBucketVersioning', resource: bucketArn({ id, stack }) }],
  },
  'AWS::S3::BucketPolicy': {
    arn: (named) => arnBehind(named, 'Bucket'),
    create: ['s3:PutBucketPolicy'],
    remove: ['s3:DeleteBucketPolicy'],
  },
  'AWS::Lambda::Function': {
    arn: functionArn,
    create: ['lambda:CreateFunction', 'lambda:GetFunction'],
    remove: ['lambda:DeleteFunction'],
    more: passedRole,
  },
  'AWS::Lambda::Permission': {
    arn: functionBehind,
    create: ['lambda:AddPermission'],
    remove: ['lambda:RemovePermission'],
  },
  'AWS::Lambda::EventInvokeConfig': {
    arn: functionBehind,
    create: ['lambda:PutFunctionEventInvokeConfig'],
    remove: ['lambda:DeleteFunctionEventInvokeConfig'],
  },
  'AWS::Lambda::EventSourceMapping': {
    arn: ({ stack }) => arnIn(stack, 'lambda', 'event-source-mapping:00000000-0000-0000-0000-000000000000'),
    create: [],
    remove: [],
    more: (named) =>
      ['CreateEventSourceMapping', 'GetEventSourceMapping', 'DeleteEventSourceMapping'].map((action) => ({
        action: `lambda:${action}`,
        resource: '*',
        keys: { 'lambda:FunctionArn': functionBehind(named) },
      })),
  },
  'AWS::Logs::LogGroup': {
    arn: (named) => arnIn(named.stack, 'logs', `log-group:${nameOf(named, 'LogGroupName')}`),
    create: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
    remove: ['logs:DeleteLogGroup'],
  },
  'AWS::IAM::Role': {
    arn: roleArn,
    create: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:GetRole'],
    remove: ['iam:DeleteRole', 'iam:DeleteRolePolicy'],
  },
  'AWS::Events::Rule': {
    arn: ruleArn,
    create: ['events:PutRule', 'events:DescribeRule', 'events:PutTargets'],
    remove: ['events:RemoveTargets', 'events:DeleteRule'],
  },
  'AWS::Events::EventBus': {
    arn: busArn,
    create: ['events:CreateEventBus', 'events:DescribeEventBus'],
    remove: ['events:DeleteEventBus'],
  },
  'AWS::Events::EventBusPolicy': {
    arn: (named) => arnBehind(named, 'EventBusName'),
    create: ['events:PutPermission'],
    remove: ['events:RemovePermission'],
  },
  'AWS::SQS::Queue': {
    arn: queueArn,
    create: ['sqs:CreateQueue', 'sqs:GetQueueAttributes'],
    remove: ['sqs:DeleteQueue'],
  },
  'AWS::SQS::QueuePolicy': ofPolicy('sqs', 'Queues', 'SetQueueAttributes'),
  'AWS::SNS::Topic': {
    arn: (named) => arnIn(named.stack, 'sns', nameOf(named, 'TopicName')),
    create: ['sns:CreateTopic', 'sns:GetTopicAttributes'],
    remove: ['sns:DeleteTopic'],
  },
  'AWS::SNS::TopicPolicy': ofPolicy('sns', 'Topics', 'SetTopicAttributes'),
  'AWS::SNS::Subscription': {
    arn: (named) => arnBehind(named, 'TopicArn'),
    create: ['sns:Subscribe'],
    remove: ['sns:Unsubscribe'],
  },
  'AWS::DynamoDB::Table': {
    arn: (named) => arnIn(named.stack, 'dynamodb', `table/${nameOf(named, 'TableName')}`),
    create: [
      'dynamodb:CreateTable',
      'dynamodb:DescribeTable',
      'dynamodb:UpdateTimeToLive',
      'dynamodb:UpdateContinuousBackups',
    ],
    remove: ['dynamodb:DeleteTable'],
  },
  'AWS::SSM::Document': {
    arn: (named) => arnIn(named.stack, 'ssm', `document/${nameOf(named, 'Name')}`),
    create: ['ssm:CreateDocument', 'ssm:GetDocument'],
    remove: ['ssm:DeleteDocument'],
  },
  'AWS::CloudWatch::Alarm': {
    arn: (named) => arnIn(named.stack, 'cloudwatch', `alarm:${nameOf(named, 'AlarmName')}`),
    create: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DescribeAlarms'],
    remove: ['cloudwatch:DeleteAlarms'],
  },
  // A dashboard belongs to the account: its ARN names no Region.
  'AWS::CloudWatch::Dashboard': {
    arn: (named) => globalArnIn(named.stack, 'cloudwatch', `dashboard/${nameOf(named, 'DashboardName')}`),
    create: ['cloudwatch:PutDashboard', 'cloudwatch:GetDashboard'],
    remove: ['cloudwatch:DeleteDashboards'],
  },
  // So does a custom action of Amazon Q Developer in chat applications, which moto does not know: nothing is made of it here.
  'AWS::Chatbot::CustomAction': {
    arn: customActionArn,
    create: ['chatbot:CreateCustomAction', 'chatbot:GetCustomAction'],
    remove: ['chatbot:DeleteCustomAction'],
  },
  // And the configurations of channels, of which nothing is made here either.
  'AWS::Chatbot::SlackChannelConfiguration': {
    arn: (named) => chatConfigurationArn(named, 'slack-channel'),
    create: ['chatbot:CreateSlackChannelConfiguration', 'chatbot:AssociateToConfiguration'],
    remove: ['chatbot:DeleteSlackChannelConfiguration'],
    more: chatRole,
  },
  'AWS::Chatbot::MicrosoftTeamsChannelConfiguration': {
    arn: (named) => chatConfigurationArn(named, 'microsoft-teams-channel'),
    create: ['chatbot:CreateMicrosoftTeamsChannelConfiguration', 'chatbot:AssociateToConfiguration'],
    remove: ['chatbot:DeleteMicrosoftTeamsChannelConfiguration'],
    more: chatRole,
  },
  'AWS::IAM::ManagedPolicy': {
    arn: (named) => {
      const { Path = '/' } = named.properties;
      return globalArnIn(named.stack, 'iam', `policy${String(Path)}${nameOf(named, 'ManagedPolicyName')}`);
    },
    // A changed policy is a new version of it.
    create: ['iam:CreatePolicy', 'iam:GetPolicy', 'iam:CreatePolicyVersion'],
    remove: ['iam:DeletePolicy'],
  },
};

/** CloudFormation invokes the function behind a custom resource in the name of the caller. */
const CUSTOM: Handled = {
  arn: (named) => arnBehind(named, 'ServiceToken'),
  create: ['lambda:InvokeFunction'],
  remove: ['lambda:InvokeFunction'],
};

function handledOf(type: string): Handled | undefined {
  return type.startsWith('Custom::') ? CUSTOM : Object.hasOwn(HANDLED, type) ? HANDLED[type] : undefined;
}

function named(
  id: string,
  { Properties }: TemplateResource,
  stack: StackPlace,
  template: ParsedTemplate,
): Named {
  return { id, properties: (Properties ?? {}) as Properties, stack, template };
}

/** `undefined` for a type that is not listed here. */
export function arnOfResource(
  id: string,
  resource: TemplateResource,
  stack: StackPlace,
  template: ParsedTemplate,
): string | undefined {
  return handledOf(resource.Type ?? '')?.arn(named(id, resource, stack, template));
}

/**
 * What whoever creates or deletes the stack has to be allowed besides the call itself.
 * @param unknown is told of each type that is not listed here.
 */
export function stackAccesses(
  operation: 'create' | 'remove',
  template: ParsedTemplate,
  stack: StackPlace,
  unknown: (type: string) => void,
): ResourceAccess[] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, resource]) => {
    const handled = handledOf(resource.Type ?? '');
    if (handled === undefined) {
      unknown(resource.Type ?? id);
      return [];
    }
    if (operation === 'remove' && resource.DeletionPolicy === 'Retain') {
      return [];
    }
    const of = named(id, resource, stack, template);
    return [
      ...handled[operation].map((action) => ({ action, resource: handled.arn(of) })),
      ...(handled.more?.(of) ?? []),
    ];
  });
}
