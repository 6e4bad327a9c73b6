import { FORWARDED_RULES } from '../lib/forwarding/desired.ts';

/**
 * What somebody needs who deploys and removes the stack, with `peering` or `serverless`, in one account and Region: the calls of
 * both, and those that CloudFormation makes for resources of the stack in the name of the caller. Source: the handlers of
 * the CloudFormation registry; test/stack/deployer-policy.test.ts holds this against them.
 */

export interface DeployerPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly stage: string;
}

interface DeployerStatement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string } };
}

export interface DeployerPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly DeployerStatement[];
}

const SERVICE = 'vpc-peering-autopilot';

function actionsOf(service: string, names: string): string[] {
  return names.split(' ').map((name) => `${service}:${name}`);
}

/** Without a name: IAM limits how long a policy may be, and names are characters like others. */
function allow(service: string, names: string, Resource: DeployerStatement['Resource']): DeployerStatement {
  return { Effect: 'Allow', Action: actionsOf(service, names), Resource };
}

const TAG = 'TagResource UntagResource ListTagsForResource';

const TOPIC =
  'CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes Subscribe Unsubscribe GetSubscriptionAttributes ' +
  `SetSubscriptionAttributes ListSubscriptionsByTopic ${TAG}`;

/** The stack itself, the code of its functions, and the functions. */
function codeStatements({ partition, region, accountId, stage }: DeployerPlace): DeployerStatement[] {
  const at = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const functions = at('lambda', `function:${SERVICE}-${stage}-*`);
  // CloudFormation shortens both parts of a name that is longer than 63 characters. The last `*` is for the objects, too.
  const bucket = `arn:${partition}:s3:::${SERVICE}-*-serverlessdeploymentbuck*`;
  return [
    allow(
      'cloudformation',
      'CreateStack UpdateStack DeleteStack DescribeStack* GetTemplate ListStackResources *ChangeSet',
      at('cloudformation', `stack/${SERVICE}-${stage}/*`),
    ),
    allow(
      's3',
      'CreateBucket DeleteBucket ListBucket ListBucketVersions PutEncryptionConfiguration PutBucketPublicAccessBlock ' +
        'PutBucketVersioning PutLifecycleConfiguration PutBucketTagging GetBucketPolicy PutBucketPolicy DeleteBucketPolicy ' +
        'GetObject GetObjectVersion PutObject DeleteObject DeleteObjectVersion',
      bucket,
    ),
    allow(
      'lambda',
      'CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction AddPermission ' +
        'RemovePermission GetPolicy PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig ' +
        'GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig TagResource UntagResource',
      functions,
    ),
    allow('lambda', 'InvokeFunction', [
      at('lambda', `function:${SERVICE}-${stage}-forward-events`),
      at('lambda', `function:${SERVICE}-${stage}-sweep`),
    ]),
    {
      ...allow(
        'lambda',
        'CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping',
        '*',
      ),
      Condition: { ArnLike: { 'lambda:FunctionArn': functions } },
    },
  ];
}

/** Everything around the functions. */
function aroundStatements({ partition, region, accountId, stage }: DeployerPlace): DeployerStatement[] {
  const name = `${SERVICE}-${stage}`;
  const at = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  return [
    allow('events', `PutRule DescribeRule DeleteRule PutTargets RemoveTargets ListTargetsByRule ${TAG}`, [
      at('events', `rule/${name}-*`),
      at('events', `rule/${name}/${name}-*`),
    ]),
    allow(
      'events',
      `CreateEventBus DescribeEventBus UpdateEventBus DeleteEventBus PutPermission RemovePermission ${TAG}`,
      at('events', `event-bus/${name}`),
    ),
    allow(
      'sqs',
      'CreateQueue DeleteQueue GetQueueUrl GetQueueAttributes SetQueueAttributes ListQueueTags TagQueue UntagQueue',
      at('sqs', `${name}-*`),
    ),
    allow('sns', TOPIC, at('sns', `${name}-NotificationTopic*`)),
    allow(
      'dynamodb',
      'CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive DescribeContinuousBackups ' +
        'UpdateContinuousBackups DescribeContributorInsights DescribeKinesisStreamingDestination GetResourcePolicy ' +
        'ListTagsOfResource TagResource UntagResource',
      at('dynamodb', `table/${name}`),
    ),
    allow(
      'ssm',
      'CreateDocument GetDocument DescribeDocument UpdateDocument UpdateDocumentDefaultVersion DeleteDocument ' +
        'AddTagsToResource RemoveTagsFromResource ListTagsForResource',
      at('ssm', `document/${name}-ping`),
    ),
    {
      Effect: 'Allow',
      Action: [
        ...actionsOf('lambda', 'TagResource UntagResource ListTags'),
        ...actionsOf('logs', `CreateLogGroup DeleteLogGroup PutRetentionPolicy ${TAG}`),
        ...actionsOf(
          'cloudwatch',
          `PutMetricAlarm DescribeAlarms DeleteAlarms PutDashboard GetDashboard DeleteDashboards ${TAG}`,
        ),
      ],
      Resource: [
        at('logs', `log-group:/aws/lambda/${name}-*`),
        at('cloudwatch', `alarm:${name}-*`),
        // Of the account: it names no Region.
        `arn:${partition}:cloudwatch::${accountId}:dashboard/${name}-*`,
        // Names no function.
        at('lambda', 'event-source-mapping:*'),
      ],
    },
    {
      // Neither knows anything narrower (service authorization reference): the one reads what is handed in, the other names.
      Effect: 'Allow',
      Action: ['cloudformation:ValidateTemplate', 'logs:DescribeLogGroups'],
      Resource: '*',
    },
  ];
}

/** The roles, by their path: who may write them may do what they may, which only a permissions boundary limits. */
function roleStatements({ partition, accountId, stage }: DeployerPlace): DeployerStatement[] {
  const roles = `arn:${partition}:iam::${accountId}:role/${SERVICE}/${stage}/*`;
  return [
    allow(
      'iam',
      'CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole PutRolePolicy GetRolePolicy ' +
        'DeleteRolePolicy ListRolePolicies ListAttachedRolePolicies TagRole UntagRole',
      roles,
    ),
    {
      ...allow('iam', 'PassRole', roles),
      Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    },
  ];
}

export function deployerPolicy(place: DeployerPlace): DeployerPolicy {
  return {
    Version: '2012-10-17',
    Statement: [...codeStatements(place), ...aroundStatements(place), ...roleStatements(place)],
  };
}

/**
 * What `report.publish: stack` needs besides: its bucket, which stays when the stack goes. Nobody who deploys may read the page by it.
 */
export function deployerPolicyForReport({ partition }: DeployerPlace): DeployerPolicy {
  return {
    Version: '2012-10-17',
    Statement: [
      allow(
        's3',
        'CreateBucket ListBucket PutEncryptionConfiguration PutBucketPublicAccessBlock PutLifecycleConfiguration ' +
          'PutBucketTagging GetBucketPolicy PutBucketPolicy',
        `arn:${partition}:s3:::${SERVICE}-*-reportbucket-*`,
      ),
    ],
  };
}

/** What `notify.chat` needs besides: a policy of its own, because IAM limits how long one may be. */
export function deployerPolicyForChat({
  partition,
  region,
  accountId,
  stage,
}: DeployerPlace): DeployerPolicy {
  return {
    Version: '2012-10-17',
    Statement: [
      allow('sns', TOPIC, `arn:${partition}:sns:${region}:${accountId}:${SERVICE}-${stage}-ChatTopic-*`),
      // Of the account: it names no Region.
      allow(
        'chatbot',
        `CreateCustomAction GetCustomAction UpdateCustomAction DeleteCustomAction ${TAG}`,
        `arn:${partition}:chatbot::${accountId}:custom-action/peering-autopilot-${stage}-*`,
      ),
    ],
  };
}

/** What `chatChannel` needs besides. The first configuration of an account makes Amazon Q's own role, too. */
export function deployerPolicyForChatChannel({ partition, accountId, stage }: DeployerPlace): DeployerPolicy {
  const of = `arn:${partition}:iam::${accountId}`;
  return {
    Version: '2012-10-17',
    Statement: [
      // Of the account: they name no Region.
      allow(
        'chatbot',
        'CreateSlackChannelConfiguration UpdateSlackChannelConfiguration DeleteSlackChannelConfiguration ' +
          'DescribeSlackChannelConfigurations CreateMicrosoftTeamsChannelConfiguration ' +
          'UpdateMicrosoftTeamsChannelConfiguration DeleteMicrosoftTeamsChannelConfiguration ' +
          `GetMicrosoftTeamsChannelConfiguration AssociateToConfiguration DisassociateFromConfiguration ListAssociations ${TAG}`,
        `arn:${partition}:chatbot::${accountId}:chat-configuration/*/${SERVICE}-${stage}-*`,
      ),
      allow(
        'chatbot',
        'AssociateToConfiguration DisassociateFromConfiguration',
        `arn:${partition}:chatbot::${accountId}:custom-action/peering-autopilot-${stage}-*`,
      ),
      allow(
        'iam',
        'CreatePolicy GetPolicy DeletePolicy CreatePolicyVersion GetPolicyVersion DeletePolicyVersion ListPolicyVersions ' +
          'ListEntitiesForPolicy',
        `${of}:policy/${SERVICE}/${stage}/*`,
      ),
      {
        ...allow('iam', 'AttachRolePolicy DetachRolePolicy', `${of}:role/${SERVICE}/${stage}/*-Chat*`),
        Condition: { ArnLike: { 'iam:PolicyARN': `${of}:policy/${SERVICE}/${stage}/*` } },
      },
      // What Amazon Q calls itself in iam:PassedToService is unproven, so the name of the role is the limit.
      allow('iam', 'PassRole', `${of}:role/${SERVICE}/${stage}/*-Chat*`),
      {
        ...allow(
          'iam',
          'CreateServiceLinkedRole',
          `${of}:role/aws-service-role/management.chatbot.amazonaws.com/*`,
        ),
        Condition: { StringEquals: { 'iam:AWSServiceName': 'management.chatbot.amazonaws.com' } },
      },
    ],
  };
}

/**
 * What `deploy` and `remove` look at of what is not of the stack alone, and go on without: other stacks that write the same route tables,
 * and what the stack wrote that stays. Reads of other stacks, so that it is a policy of its own.
 */
export function deployerPolicyForLooking({
  partition,
  accountId,
  region,
  stage,
}: DeployerPlace): DeployerPolicy {
  return {
    Version: '2012-10-17',
    Statement: [
      allow(
        'cloudformation',
        'DescribeStacks GetTemplate',
        `arn:${partition}:cloudformation:*:${accountId}:stack/*`,
      ),
      {
        // Nothing narrower is known of the first, nor of what EC2 shows (service authorization reference).
        Effect: 'Allow',
        Action: ['events:ListRules', 'ec2:DescribeRouteTables', 'ec2:DescribeVpcPeeringConnections'],
        Resource: '*',
      },
      allow('events', 'ListTargetsByRule', `arn:${partition}:events:*:${accountId}:rule/${FORWARDED_RULES}*`),
      allow(
        'dynamodb',
        'Query',
        `arn:${partition}:dynamodb:${region}:${accountId}:table/${SERVICE}-${stage}`,
      ),
    ],
  };
}
