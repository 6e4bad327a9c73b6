import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decide, type Statement } from 'local-aws-peering/iam';
import { parseStackFile } from '../../lib/policy/stack-file.ts';
import { FUNCTIONS } from '../../resources/functions.ts';
import { resources } from '../../resources/index.ts';
import { statementsOf } from '../../resources/roles.ts';
import { policyOf } from '../support/fixtures.ts';

/** What `peering-stack.yml` makes of the stack. */

/** Of docs/stack.md, as they are there to be copied. */
const [, keyPolicy = '[]'] =
  /```json\n(\[[\s\S]*?\])\n```/.exec(readFileSync(join(__dirname, '../../docs/stack.md'), 'utf8')) ?? [];

const key = (name: string) => `arn:aws:kms:us-east-1:111122223333:key/${name}`;

function stack(text = '') {
  const options = parseStackFile(`version: 1\n${text}`, 'peering-stack.yml');
  const context = { policy: policyOf({ trust: { accounts: ['222222222222'] } }), stage: 'prod', options };
  const { Resources, extensions } = resources(context);
  const ofType = (type: string) =>
    Object.entries(Resources).flatMap(([id, each]) =>
      each.Type === type ? [[id, each.Properties] as const] : [],
    );
  return { context, Resources, extensions, ofType };
}

describe('without options', () => {
  const { Resources, extensions, ofType } = stack();

  it('everything that holds something says that it goes with the stack, and when it is replaced', () => {
    const stateful = /^AWS::(DynamoDB::Table|SQS::Queue|SNS::Topic)$/;
    const held = [
      ...Object.values(Resources).filter(({ Type }) => stateful.test(Type)),
      ...Object.values(extensions),
    ];
    expect(held).toHaveLength(7 + 7);
    for (const { DeletionPolicy, UpdateReplacePolicy } of held) {
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Delete', 'Delete']);
    }
  });

  it('no role has a boundary, queues have the keys of SQS, and logs stay for 30 days', () => {
    for (const [, properties] of ofType('AWS::IAM::Role')) {
      expect(properties).not.toHaveProperty('PermissionsBoundary');
    }
    for (const [, properties] of ofType('AWS::SQS::Queue')) {
      expect(properties).toMatchObject({ SqsManagedSseEnabled: true });
      expect(properties).not.toHaveProperty('KmsMasterKeyId');
    }
    expect(extensions.SweepLogGroup?.Properties).toEqual({ RetentionInDays: 30 });
    expect(JSON.stringify(Resources)).not.toContain('kms:');
  });

  it('the topic is published on with TLS only', () => {
    const [[, { PolicyDocument }]] = ofType('AWS::SNS::TopicPolicy') as [[string, Record<string, unknown>]];
    expect(PolicyDocument).toMatchObject({
      Statement: [
        { Sid: 'AlarmsOfThisAccount' },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'sns:Publish',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    });
  });
});

it('leaves the dashboard out where the options say so', () => {
  expect(stack().Resources).toHaveProperty('Dashboard');
  expect(stack('dashboard: none').Resources).not.toHaveProperty('Dashboard');
});

describe('a permissions boundary', () => {
  it.each([
    ['boundary', { 'Fn::Sub': 'arn:$' + '{AWS::Partition}:iam::$' + '{AWS::AccountId}:policy/boundary' }],
    ['arn:aws:iam::111122223333:policy/boundary', 'arn:aws:iam::111122223333:policy/boundary'],
  ])('%s is that of every role', (written, expected) => {
    const roles = stack(`permissionsBoundary: ${written}`).ofType('AWS::IAM::Role');
    expect(roles).toHaveLength(7);
    for (const [, { PermissionsBoundary }] of roles) {
      expect(PermissionsBoundary).toEqual(expected);
    }
  });
});

describe('a role path', () => {
  const { ofType, Resources } = stack('rolePath: /platform/');

  it('is what the path of every role starts with', () => {
    for (const [, { Path }] of ofType('AWS::IAM::Role')) {
      expect(Path).toBe('/platform/vpc-peering-autopilot/prod/');
    }
  });

  it('is known to the rules, which leave out what the product did itself, and to the bus', () => {
    const byApi = Object.values(Resources).filter(({ Properties }) =>
      JSON.stringify(Properties).includes('AWS API Call via CloudTrail'),
    );
    expect(byApi.length).toBeGreaterThan(1);
    for (const { Properties } of byApi) {
      expect(JSON.stringify(Properties)).toContain(':role/platform/vpc-peering-autopilot/');
    }
    expect(JSON.stringify(Resources.TrustedAccountsBusPolicy)).toContain(
      'iam::222222222222:role/platform/vpc-peering-autopilot/prod/*',
    );
  });
});

describe("keys of one's own", () => {
  const { context, ofType, extensions } = stack(
    `keys: { topic: "${key('t')}", queues: "${key('q')}", logs: "${key('l')}" }`,
  );

  it('encrypt the topic, all queues and all logs', () => {
    expect(ofType('AWS::SNS::Topic').map(([, { KmsMasterKeyId }]) => KmsMasterKeyId)).toEqual([key('t')]);
    const queues = ofType('AWS::SQS::Queue');
    expect(queues).toHaveLength(5);
    for (const [, properties] of queues) {
      expect(properties).toMatchObject({ KmsMasterKeyId: key('q') });
      expect(properties).not.toHaveProperty('SqsManagedSseEnabled');
    }
    const groups = Object.entries(extensions).filter(([id]) => id.endsWith('LogGroup'));
    expect(groups.map(([, { Properties }]) => Properties?.KmsKeyId)).toEqual(Array(6).fill(key('l')));
  });

  it.each([
    ['accept-requests', ['q Decrypt', 't GenerateDataKey Decrypt']],
    ['sync-routes', ['q Decrypt', 't GenerateDataKey Decrypt']],
    ['check-connectivity', ['q GenerateDataKey Decrypt', 't GenerateDataKey Decrypt']],
    ['record-connectivity', ['q Decrypt', 't GenerateDataKey Decrypt']],
    ['sweep', ['q GenerateDataKey Decrypt']],
    ['forward-events', ['q GenerateDataKey Decrypt', 't GenerateDataKey Decrypt']],
  ] as const)(
    'may be used by %s for what it reads or writes, through SQS and SNS alone',
    (name, expected) => {
      const statements = statementsOf(name, context).filter(({ Action }) => Action[0]?.startsWith('kms:'));
      expect(
        statements.map(
          ({ Action, Resource }) =>
            `${String(Resource).slice(-1)} ${Action.map((each) => each.replace('kms:', '')).join(' ')}`,
        ),
      ).toEqual(expected);
      for (const { Resource, Condition } of statements) {
        const service = Resource === key('t') ? 'sns' : 'sqs';
        expect(Condition).toEqual({
          StringEquals: {
            'kms:ViaService': { 'Fn::Sub': `${service}.\${AWS::Region}.\${AWS::URLSuffix}` },
          },
        });
      }
    },
  );
});

describe('the statements for the policy of a key', () => {
  type KeyStatement = Statement & {
    readonly Principal: { readonly Service?: string; readonly AWS?: string };
  };
  const statements = JSON.parse(keyPolicy) as readonly KeyStatement[];

  function may(principal: string, action: string, context: Readonly<Record<string, string>> = {}): boolean {
    const about = statements.filter(({ Principal }) =>
      [Principal.Service, Principal.AWS].includes(principal),
    );
    const access = { action: `kms:${action}`, resource: key('k'), context };
    return decide([{ name: 'key', statements: about }], access).outcome === 'allowed';
  }

  it.each(['events.amazonaws.com', 'cloudwatch.amazonaws.com', 'arn:aws:iam::111122223333:root'])(
    'let %s encrypt, which takes both of these, and nothing more',
    (principal) => {
      expect(['GenerateDataKey', 'Decrypt'].map((action) => may(principal, action))).toEqual([true, true]);
      expect(
        ['PutKeyPolicy', 'ScheduleKeyDeletion', 'CreateGrant'].filter((each) => may(principal, each)),
      ).toEqual([]);
    },
  );

  it('let CloudWatch Logs encrypt the logs of each function, and no others', () => {
    const on = (group: string) =>
      may('logs.us-east-1.amazonaws.com', 'GenerateDataKey', {
        'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:us-east-1:111122223333:log-group:${group}`,
      });
    expect(FUNCTIONS.filter((name) => on(`/aws/lambda/vpc-peering-autopilot-prod-${name}`))).toEqual(
      FUNCTIONS,
    );
    expect(on('/aws/lambda/other')).toBe(false);
  });
});
