import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  arnOfResource,
  decide,
  type ParsedTemplate,
  type Policy,
  type Statement,
  stackAccesses,
} from 'local-aws-peering/iam';
import {
  deployerPolicy,
  deployerPolicyForChat,
  deployerPolicyForChatChannel,
  deployerPolicyForLooking,
  deployerPolicyForReport,
} from '../../resources/deployer-policy.ts';
import { grantsOf, without } from '../support/iam.ts';
import { CHAT_CHANNEL, packageStack, VARIANTS } from '../support/packaged.ts';
import { testTools } from '../support/venv.ts';

/**
 * The policy for whoever deploys, held against the CloudFormation registry: what its handlers call for each type of resource,
 * as cfn-lint brings it along.
 */

const STACK = { accountId: '111122223333', region: 'us-east-1', stackName: 'vpc-peering-autopilot-prod' };

const PLACE = { partition: 'aws', ...STACK, stage: 'prod' };

const POLICIES: readonly Policy[] = Object.entries({
  deployer: deployerPolicy(PLACE),
  chat: deployerPolicyForChat(PLACE),
  channel: deployerPolicyForChatChannel(PLACE),
  report: deployerPolicyForReport(PLACE),
}).map(([name, { Statement }]) => ({
  name,
  // Numbered, so that each is told from the others.
  statements: Statement.map(
    (statement, index): Statement => ({ Sid: `${name}${index}`, ...(statement as Statement) }),
  ),
}));

/** What handlers list for properties that no resource of this stack has. */
const NOT_USED: readonly (readonly [type: RegExp, actions: RegExp, why: string])[] = [
  [
    /./,
    /^(kms|s3tables|s3files|elasticfilesystem|firehose|kinesis|ec2):/,
    'another service, for properties not set',
  ],
  [/./, /^iam:(CreateServiceLinkedRole)$/, 'replicas and the like'],
  [/^AWS::(S3|SNS|SSM|Events)::/, /^iam:(PassRole|GetRole)$/, 'no role is handed to these'],
  [/^AWS::(SSM|Logs|DynamoDB)::/, /^s3:/, 'neither content nor import from a bucket'],
  [/^AWS::DynamoDB::/, /^logs:/, 'no import'],
  [
    /^AWS::DynamoDB::/,
    /:(UpdateContributorInsights|\w*KinesisStreamingDestination|\w*Import\w*|(Put|Delete)ResourcePolicy|\w*TableReplica|Scan|Query|\w*Item)$/,
    'no insights, streams, imports, policies, replicas',
  ],
  [
    /^AWS::Lambda::Function$/,
    /:(\w*Concurrency|\w*CodeSigningConfig|GetLayerVersion|\w*RuntimeManagementConfig|\w*RecursionConfig|\w*ScalingConfig|PassCapacityProvider|AssociateRuntimeAlias|PublishVersion)$/,
    'none of these is set',
  ],
  [
    /^AWS::Logs::/,
    /:(\w*DataProtectionPolicy|CreateLogDelivery|\w*ResourcePolic\w+|\w*IndexPolic\w+|PutBearerTokenAuthentication|(Disa|A)ssociateKmsKey|PutLogGroupDeletionProtection|DeleteRetentionPolicy)$/,
    "none of these is set; a key of one's own is an option",
  ],
  [/^AWS::SNS::/, /:\w*DataProtectionPolicy$/, 'not set'],
  [
    /^AWS::IAM::/,
    /:((At|De)tachRolePolicy|(Put|Delete)RolePermissionsBoundary)$/,
    'inline policies; a boundary is an option',
  ],
  [/^AWS::IAM::ManagedPolicy$/, /:(At|De)tach(User|Group)Policy$/, 'of a role alone'],
  [
    /^AWS::S3::Bucket$/,
    /^s3:(?!CreateBucket$|DeleteBucket$|ListBucket$|PutEncryption|PutBucketPublicAccessBlock|PutBucketVersioning|PutLifecycle|PutBucketTagging)/,
    'not set',
  ],
];

type Handlers = Readonly<Record<string, { readonly permissions: readonly string[] }>>;

let directory = '';
let template: ParsedTemplate = {};
const registry = new Map<string, Handlers>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-deployer-'));
  const { emails, regions, trust, chat, report } = VARIANTS;
  const notice = { emails: ['c@example.com'], chat: 'messages' as const };
  const notify = { ...emails.notify, ...chat.notify, notice };
  ({ template } = await packageStack(
    { ...emails, ...regions, ...trust, ...report, ...chat, notify },
    { directory, options: { chatChannel: CHAT_CHANNEL } },
  ));
  const { bin } = await testTools();
  const library = join(bin, '../lib');
  const [python = ''] = (await readdir(library)).filter((name) => name.startsWith('python3'));
  const schemas = join(library, python, 'site-packages/cfnlint/data/schemas/resources');
  const wanted = new Set(Object.values(template.Resources ?? {}).map(({ Type }) => Type));
  for (const file of (await readdir(schemas)).filter((name) => name.endsWith('.json'))) {
    const { typeName, handlers } = JSON.parse(await readFile(join(schemas, file), 'utf8')) as {
      readonly typeName?: string;
      readonly handlers?: Handlers;
    };
    if (typeName !== undefined && handlers !== undefined && wanted.has(typeName)) {
      registry.set(typeName, handlers);
    }
  }
});

afterAll(() => rm(directory, { recursive: true, force: true }));

interface Call {
  readonly type: string;
  readonly action: string;
  readonly resource: string;
}

/** Every call of the handlers that deploy, update and remove, on each resource of the stack. */
function callsOfTheRegistry(): Call[] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, resource]) => {
    const type = resource.Type ?? '';
    const arn = arnOfResource(id, resource, STACK, template) ?? '';
    const { list: _list, delete: removed, ...handlers } = registry.get(type) ?? {};
    const stays = resource.DeletionPolicy === 'Retain';
    const called = [...Object.values(handlers), ...(removed === undefined || stays ? [] : [removed])];
    const actions = new Set(called.flatMap(({ permissions }) => permissions));
    const properties = Object.keys((resource.Properties ?? {}) as object);
    return [...actions]
      .filter(
        (action) => action !== 's3:PutBucketVersioning' || properties.includes('VersioningConfiguration'),
      )
      .map((action) => ({ type, action, resource: arn }));
  });
}

/** Where the call is checked against something else than the resource itself. */
function resourceOf({ type, action, resource }: Call): string {
  if (['logs:DescribeLogGroups'].includes(action)) return '*';
  if (type === 'AWS::Lambda::EventSourceMapping' && !/tag/i.test(action)) return '*';
  if (action === 'iam:PassRole') return `arn:aws:iam::${STACK.accountId}:role/vpc-peering-autopilot/prod/x`;
  if (/^s3:GetObject/.test(action)) {
    return 'arn:aws:s3:::vpc-peering-autopilot-pr-serverlessdeploymentbuck-1a2b/code.zip';
  }
  return resource;
}

const CONTEXT = {
  'iam:PassedToService': 'lambda.amazonaws.com',
  'lambda:FunctionArn': `arn:aws:lambda:us-east-1:${STACK.accountId}:function:vpc-peering-autopilot-prod-sync-routes`,
};

it('knows what the registry says of every type of the stack but these', () => {
  const types = new Set(Object.values(template.Resources ?? {}).map(({ Type = '' }) => Type));
  expect([...types].filter((type) => !registry.has(type)).sort()).toEqual([
    'Custom::EventForwarding',
    'Custom::SweepStarted',
  ]);
});

it('allows every call that CloudFormation makes for the stack, or the call is for what is not used', () => {
  const denied = callsOfTheRegistry().filter(
    (call) =>
      !NOT_USED.some(([type, action]) => type.test(call.type) && action.test(call.action)) &&
      decide(POLICIES, { action: call.action, resource: resourceOf(call), context: CONTEXT }).outcome ===
        'denied',
  );
  expect(denied.map(({ type, action, resource }) => `${type} ${action} ${resource}`)).toEqual([]);
});

it('allows nothing that neither CloudFormation nor a deployment calls', () => {
  /** By `peering` and `serverless`, `deploy` and `remove`, as test/e2e/deployed-stack.test.ts sees them, and for the custom resource. */
  const others = [
    'cloudformation:CreateStack',
    'cloudformation:UpdateStack',
    'cloudformation:DeleteStack',
    'cloudformation:DescribeStacks',
    'cloudformation:DescribeStackEvents',
    'cloudformation:DescribeStackResource',
    'cloudformation:CreateChangeSet',
    'cloudformation:GetTemplate',
    'cloudformation:ListStackResources',
    'cloudformation:ValidateTemplate',
    's3:ListBucketVersions',
    's3:PutObject',
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    'lambda:InvokeFunction',
  ];
  const called = new Set([...callsOfTheRegistry().map(({ action }) => action), ...others]);
  const granted = grantsOf(POLICIES).map(({ action }) => action);
  const isCalled = (action: string) => {
    const form = new RegExp(`^${action.replaceAll('*', '.*')}$`);
    return [...called].some((each) => form.test(each));
  };
  expect(granted.filter((action) => !isCalled(action))).toEqual([]);
});

it('allows nothing on what is not of this stack', () => {
  const elsewhere = [
    'arn:aws:iam::111122223333:role/admin',
    'arn:aws:iam::111122223333:role/vpc-peering-autopilot/test/x',
    'arn:aws:lambda:us-east-1:111122223333:function:other',
    'arn:aws:s3:::other',
    'arn:aws:sqs:us-east-1:111122223333:orders',
    'arn:aws:dynamodb:us-east-1:111122223333:table/orders',
    'arn:aws:events:us-east-1:111122223333:event-bus/default',
    'arn:aws:cloudformation:us-east-1:111122223333:stack/other/1',
  ];
  const actions = [...new Set(grantsOf(POLICIES).map(({ action }) => action))];
  const everywhere = [
    'cloudformation:ValidateTemplate',
    'logs:DescribeLogGroups',
    'lambda:CreateEventSourceMapping',
  ];
  const allowed = elsewhere.flatMap((resource) =>
    actions.filter((action) => decide(POLICIES, { action, resource, context: {} }).outcome === 'allowed'),
  );
  expect(allowed.filter((action) => !everywhere.includes(action))).toEqual([]);
});

it('hands roles to Lambda only', () => {
  const pass = (service: string) =>
    decide(POLICIES, {
      action: 'iam:PassRole',
      resource: `arn:aws:iam::${STACK.accountId}:role/vpc-peering-autopilot/prod/x`,
      context: { 'iam:PassedToService': service },
    }).outcome;
  expect([pass('lambda.amazonaws.com'), pass('ec2.amazonaws.com')]).toEqual(['allowed', 'denied']);
});

it('is as small as IAM takes it as one managed policy, with a stage of up to ten letters', () => {
  const { length } = JSON.stringify(
    deployerPolicy({
      partition: 'aws-us-gov',
      region: 'us-gov-west-1',
      accountId: STACK.accountId,
      stage: 'production',
    }),
  );
  expect(length).toBeLessThan(6144);
});

it('only reads where it looks beyond the stack, and of other accounts nothing', () => {
  const looking = deployerPolicyForLooking(PLACE).Statement;
  expect(
    looking.flatMap(({ Action }) => Action).filter((name) => !/:(List|Describe|Get|Query)/.test(name)),
  ).toEqual([]);
  const resources = looking.flatMap(({ Resource }) => Resource);
  expect(resources.filter((each) => each !== '*' && !each.includes(`:${STACK.accountId}:`))).toEqual([]);
});

it('lacks a call that the local AWS checks, once its action is left out of a statement', () => {
  const unknown: string[] = [];
  const accesses = [
    ...stackAccesses('create', template, STACK, (type) => unknown.push(type)),
    ...stackAccesses('remove', template, STACK, (type) => unknown.push(type)),
  ];
  const outcomes = (policies: readonly Policy[]) =>
    accesses.filter(
      ({ action, resource, keys = {} }) =>
        decide(policies, { action, resource, context: { ...keys } }).outcome === 'denied',
    );
  expect(unknown).toEqual([]);
  expect(outcomes(POLICIES)).toEqual([]);
  // A statement may be about two services: an action counts on the resources of its own.
  const meant = grantsOf(POLICIES).filter(
    ({ action, resource }) =>
      (action === 'iam:PassRole' || /:Create/.test(action)) &&
      !action.startsWith('cloudformation:') &&
      [action.split(':')[0], undefined].includes(resource.split(':')[2]),
  );
  expect(meant.length).toBeGreaterThan(10);
  expect(meant.filter((grant) => outcomes(without(POLICIES, grant)).length === 0)).toEqual([]);
});
