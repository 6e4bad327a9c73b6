import { DEFAULT_STACK_OPTIONS, type StackOptions } from '../../lib/policy/stack-schema.ts';
import { functionResources } from '../../resources/function-resources.ts';
import { FUNCTIONS, type FunctionName, functionsOf } from '../../resources/functions.ts';
import { resources } from '../../resources/index.ts';
import { statementsOf } from '../../resources/roles.ts';
import { policyOf } from '../support/fixtures.ts';

/** What `report.publish` adds to the stack, and that nothing of it is there without. */

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const contextOf = (
  publish: string | undefined,
  parts: Record<string, unknown> = {},
  options: Partial<StackOptions> = {},
) => ({
  policy: policyOf({ ...(publish === undefined ? {} : { report: { publish } }), ...parts }),
  stage: 'prod',
  options: { ...DEFAULT_STACK_OPTIONS, ...options },
});

const made = (...given: Parameters<typeof contextOf>) => {
  const context = contextOf(...given);
  return {
    ...resources(context),
    functions: functionResources(context, (name) => ({ S3Bucket: 'code', S3Key: name })),
  };
};

/** All that belongs to the page alone. */
const OF_REPORT = /^(Report|PublishReport|PublishDashreport)/;

/** The stack without what belongs to the page: resources, and the page's rule among those that may use the dead-letter queue. */
function withoutReport({ Resources, extensions, Outputs, functions }: ReturnType<typeof made>) {
  const kept = <Item>(all: { readonly [id: string]: Item }) =>
    Object.fromEntries(Object.entries(all).filter(([id]) => !OF_REPORT.test(id)));
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value
        .filter((each) => JSON.stringify(each) !== '{"Fn::GetAtt":["ReportToPublishRule","Arn"]}')
        .map(strip);
    }
    return typeof value !== 'object' || value === null
      ? value
      : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, strip(each)]));
  };
  const { PolicyFingerprint: _, ...outputs } = kept(Outputs);
  // The policy is another one, which is looked at once it is deployed.
  const { Dashboard: __, SweepStarted: ___, ...others } = kept(Resources);
  return strip({
    Resources: others,
    extensions: kept(extensions),
    Outputs: outputs,
    functions: kept(functions),
  });
}

describe('without report.publish', () => {
  it('nothing of it is in the stack', () => {
    const { extensions, ...rest } = made(undefined);
    expect(functionsOf(policyOf())).toEqual(
      FUNCTIONS.filter((name) => !['answer-request', 'request-peerings', 'publish-report'].includes(name)),
    );
    expect(JSON.stringify(rest).match(/.{20}(s3:|publish-?report|ReportBucket|REPORT_).{20}/i)).toBeNull();
    expect(Object.keys(extensions).filter((id) => OF_REPORT.test(id))).toEqual([]);
    expect(policyOf()).not.toHaveProperty('report');
  });

  it.each(['stack', 's3://reports/net/'])('the stack is that with %s less what belongs to it', (publish) => {
    expect(withoutReport(made(publish))).toEqual(withoutReport(made(undefined)));
    expect(made(publish)).not.toEqual(made(undefined));
  });

  it('the roles of the other functions are the same', () => {
    const rolesWith = (publish: string | undefined) => {
      const context = contextOf(publish);
      return functionsOf(contextOf(undefined).policy).map((name) => statementsOf(name, context));
    };
    expect(rolesWith('stack')).toEqual(rolesWith(undefined));
  });
});

describe('what the page is judged by', () => {
  const pool = 'ipam-pool-0a1b2c3d4e5f60718';
  const calls = (parts: Record<string, unknown>) =>
    statementsOf('publish-report', contextOf('stack', parts)).flatMap(({ Action }) => Action);

  it.each([
    [
      'ec2:GetIpamPoolAllocations',
      'names an address plan',
      { guardrails: { ipam: { pools: [{ id: pool, region: 'us-east-1' }] } } },
    ],
    [
      'ec2:DescribeSubnets',
      'routes subnets by their tags',
      {
        rules: [
          {
            name: 'own',
            effect: 'accept',
            remote: { accounts: ['self'] },
            routes: { destinations: { subnetTags: { Tier: 'shared' } } },
          },
        ],
      },
    ],
  ])('may be read by %s only where the policy %s', (call, _when, parts) => {
    expect(calls(parts)).toContain(call);
    expect(calls({})).not.toContain(call);
  });
});

describe('report.publish: stack', () => {
  const { Resources, Outputs, functions } = made('stack');

  it('makes a bucket that is encrypted, closed to the public, and stays', () => {
    expect(Resources.ReportBucket).toMatchObject({
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: {
          Rules: [expect.objectContaining({ Status: 'Enabled', ExpirationInDays: 7 })],
        },
      },
    });
    expect(Resources.ReportBucket?.Properties).not.toHaveProperty('BucketName');
  });

  it('takes no call that is not encrypted in transit, for as long as the bucket is there', () => {
    expect(Resources.ReportBucketPolicy).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        Bucket: { Ref: 'ReportBucket' },
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: [{ 'Fn::GetAtt': ['ReportBucket', 'Arn'] }, { 'Fn::Sub': `\${ReportBucket.Arn}/*` }],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    });
  });

  it('lets its function put the one page there, and see that the bucket is closed, and nobody read it', () => {
    const onS3 = FUNCTIONS.flatMap((name: FunctionName) =>
      statementsOf(name, contextOf('stack', { notify: { chat: 'buttons' } })).flatMap(
        ({ Action, Resource }) =>
          Action.filter((action) => action.startsWith('s3:')).map((action) => [name, action, Resource]),
      ),
    );
    expect(onS3).toEqual([
      ['publish-report', 's3:GetBucketPublicAccessBlock', { 'Fn::Sub': `\${ReportBucket.Arn}` }],
      ['publish-report', 's3:PutObject', { 'Fn::Sub': `\${ReportBucket.Arn}/peerings.html` }],
    ]);
  });

  it('gives that function no call that changes anything else', () => {
    const actions = statementsOf('publish-report', contextOf('stack')).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !/:(Describe|Get|Query|List|Receive)/.test(action)).sort()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:PutObject',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
    ]);
  });

  it('says where the page is', () => {
    expect(Outputs.ReportPage?.Value).toEqual({ 'Fn::Sub': `s3://\${ReportBucket}/peerings.html` });
    expect(Outputs.ReportBucketName?.Value).toEqual({ Ref: 'ReportBucket' });
    const { Environment } = functions.PublishDashreportLambdaFunction?.Properties ?? {};
    expect(Environment).toMatchObject({ Variables: { REPORT_BUCKET: { Ref: 'ReportBucket' } } });
  });

  it('is asked for once in a sweep, whichever Regions are managed, and has its work done after that of the sweep', () => {
    expect(Resources.ReportToPublishRule?.Properties.EventPattern).toMatchObject({
      'detail-type': ['Sweep Requested'],
      detail: { region: ['us-east-1'] },
    });
    const many = made('stack', { regions: ['eu-west-1', 'us-east-1'] });
    expect(many.Resources.ReportToPublishRule?.Properties.EventPattern).toMatchObject({
      detail: { region: ['eu-west-1'] },
    });
    const home = made('stack', { regions: [] });
    expect(home.Resources.ReportToPublishRule?.Properties.EventPattern).toMatchObject({
      detail: { region: [{ Ref: 'AWS::Region' }] },
    });
    expect(Resources.PublishReportQueue?.Properties).toMatchObject({ FifoQueue: true, DelaySeconds: 60 });
    expect(Resources.SyncRoutesQueue?.Properties).not.toHaveProperty('DelaySeconds');
  });

  it('rings when the page is not renewed', () => {
    expect(Resources).toHaveProperty('PublishReportBacklogAlarm');
  });

  it('is there while observing, too: it changes nothing in EC2', () => {
    expect(made('stack', { mode: 'observe' }).Resources).toHaveProperty('ReportBucket');
  });
});

describe('a key of your own for the report', () => {
  const options = { keys: { report: KEY } };

  it('encrypts the bucket, and its function may make data keys with it, through S3 alone', () => {
    const { Resources } = made('stack', {}, options);
    expect(Resources.ReportBucket?.Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY },
          BucketKeyEnabled: true,
        },
      ],
    });
    expect(statementsOf('publish-report', contextOf('stack', {}, options))).toContainEqual({
      Sid: 'UseTheKeyOfTheReport',
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey'],
      Resource: KEY,
      Condition: {
        StringEquals: { 'kms:ViaService': { 'Fn::Sub': `s3.\${AWS::Region}.\${AWS::URLSuffix}` } },
      },
    });
  });
});

describe('report.publish: s3://reports/net/', () => {
  const { Resources, Outputs } = made('s3://reports/net/');

  it('makes no bucket, and lets its function put that one page', () => {
    expect(Object.values(Resources).filter(({ Type }) => Type.startsWith('AWS::S3::'))).toEqual([]);
    const onS3 = statementsOf('publish-report', contextOf('s3://reports/net/')).filter(({ Action }) =>
      Action.some((action) => action.startsWith('s3:')),
    );
    expect(onS3.map(({ Resource }) => Resource)).toEqual([
      { 'Fn::Sub': `arn:\${AWS::Partition}:s3:::reports` },
      { 'Fn::Sub': `arn:\${AWS::Partition}:s3:::reports/net/peerings.html` },
    ]);
    expect(Outputs.ReportPage?.Value).toBe('s3://reports/net/peerings.html');
    // By it peering remove names a bucket to delete.
    expect(Outputs).not.toHaveProperty('ReportBucketName');
  });
});
