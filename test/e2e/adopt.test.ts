import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListChangeSetsCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateRouteCommand } from '@aws-sdk/client-ec2';
import {
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, GetQueueUrlCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ListDocumentsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createLabControl, type LabControl, type PermissionCheck } from 'local-aws-peering';
import { parse } from 'yaml';
import { type Lab, startLab } from '../../local/lab.ts';
import { type AwsCli, awsCli } from '../support/aws-cli.ts';
import { type InstalledPackage, installPackage } from '../support/installed-package.ts';
import { interruptedAt } from '../support/interrupted.ts';
import { eventually, type LabAccount, type LabVpc, labAccount } from '../support/lab-account.ts';
import { runGithubJob, runGitlabJob } from '../support/pipeline-jobs.ts';
import { readmeCommand } from '../support/readme.ts';

/**
 * From an empty folder to a deployed stack and back, with the package as it would be published: README's commands, in the
 * local AWS. What differs: the packed file in place of the package's name, and `--yes` with an e-mail address where a person would
 * answer. One lab, in order.
 */

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';
const STACK = 'vpc-peering-autopilot-prod';
const DEPLOY_PAGE = join(__dirname, '../../docs/deploy.md');

let lab: Lab;
let control: LabControl;
let own: LabAccount;
let aws: AwsCli;
let directory: string;
let installed: InstalledPackage;

const peering = (line: string) => installed.peering(line, lab.env);
/** With no npm registry to be reached. */
const typed = (line: string) => installed.shell(line, lab.env);

/** Ctrl-C, once the progress of `peering LINE` says what it is at. */
const interrupted = (progress: RegExp, line: string) =>
  interruptedAt(progress, {
    file: join(directory, 'node_modules/.bin/peering'),
    args: line.split(' '),
    directory,
    environment: { PATH: process.env.PATH, ...lab.env },
  });

function rewrite(file: string, change: (text: string) => string): void {
  const path = join(directory, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file} is as it was`);
  writeFileSync(path, after);
}

function sdk(region = REGION) {
  return { endpoint: lab.url, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** Names of everything in one Region that could be the product's. */
async function whatIsIn(region: string): Promise<(string | undefined)[]> {
  const settings = sdk(region);
  const { Stacks = [] } = await new CloudFormationClient(settings).send(new DescribeStacksCommand({}));
  const { Functions = [] } = await new LambdaClient(settings).send(new ListFunctionsCommand({}));
  const events = new EventBridgeClient(settings);
  const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const { QueueUrls = [] } = await new SQSClient(settings).send(new ListQueuesCommand({}));
  const { Topics = [] } = await new SNSClient(settings).send(new ListTopicsCommand({}));
  const { TableNames = [] } = await new DynamoDBClient(settings).send(new ListTablesCommand({}));
  const { logGroups = [] } = await new CloudWatchLogsClient(settings).send(new DescribeLogGroupsCommand({}));
  const cloudWatch = new CloudWatchClient(settings);
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({}));
  const { DashboardEntries = [] } = await cloudWatch.send(new ListDashboardsCommand({}));
  const { DocumentIdentifiers = [] } = await new SSMClient(settings).send(
    new ListDocumentsCommand({ Filters: [{ Key: 'Owner', Values: ['Self'] }] }),
  );
  return [
    ...Stacks.map(({ StackName }) => StackName),
    ...Functions.map(({ FunctionName }) => FunctionName),
    ...EventBuses.map(({ Arn }) => Arn),
    ...Rules.map(({ Arn }) => Arn),
    ...QueueUrls,
    ...Topics.map(({ TopicArn }) => TopicArn),
    ...TableNames,
    ...logGroups.map(({ logGroupName }) => logGroupName),
    ...MetricAlarms.map(({ AlarmArn }) => AlarmArn),
    ...DashboardEntries.map(({ DashboardName }) => DashboardName),
    ...DocumentIdentifiers.map(({ Name }) => Name),
  ];
}

/** The Region of the stack, one more that a policy of these tests could manage, and one that none does. */
const REGIONS_LOOKED_AT = [REGION, 'eu-west-1', 'ap-southeast-2'];

/** Names of everything in the account that could be the product's. */
async function whatIsThere(): Promise<string[]> {
  const { Buckets = [] } = await new S3Client({ ...sdk(), forcePathStyle: true }).send(
    new ListBucketsCommand({}),
  );
  const { Roles = [] } = await new IAMClient(sdk()).send(new ListRolesCommand({}));
  return [
    ...(await Promise.all(REGIONS_LOOKED_AT.map(whatIsIn))).flat(),
    ...Buckets.map(({ Name }) => Name),
    ...Roles.map(({ Arn }) => Arn),
  ]
    .map(String)
    .filter((name) => name.includes('vpc-peering-autopilot'));
}

async function routes(tableId: string, wanted: readonly string[]): Promise<void> {
  await eventually(`routes of ${tableId}`, async () =>
    (await own.peeringRoutes(tableId)).join() === wanted.join() ? true : undefined,
  );
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'peering-adopt-'));
  [lab, installed] = await Promise.all([
    startLab({ progress: () => undefined }),
    installPackage(directory, readmeCommand('npm i -D vpc-peering-autopilot')),
  ]);
  control = createLabControl(lab.url);
  aws = await awsCli(lab.env);
  own = await labAccount({ endpoint: lab.url, region: REGION });
});

afterAll(async () => {
  aws?.end();
  await lab?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('an empty folder', () => {
  it('gets a package of less than 3 MB', () => {
    expect(statSync(installed.tarball).size).toBeLessThan(3 * 1024 * 1024);
  });

  it('gets its files by init, for this account and Region', async () => {
    const init = readmeCommand('npx peering init');
    const { code, stdout } = await typed(`${init} --yes --email network@example.com`);
    expect(code).toBe(0);
    expect(stdout).toContain('written   peering-policy.yml');
    expect(parse(readFileSync(join(directory, 'peering-policy.yml'), 'utf8'))).toMatchObject({
      mode: 'observe',
      regions: [REGION],
      notify: { emails: ['network@example.com'] },
    });
    expect(parse(readFileSync(join(directory, 'peering-stack.yml'), 'utf8'))).toMatchObject({
      account: ACCOUNT,
      region: REGION,
    });
  });

  it('keeps what is there when init runs again', async () => {
    const before = readFileSync(join(directory, 'peering-policy.yml'), 'utf8');
    const { stdout } = await peering('init --yes --email other@example.com');
    expect(stdout).toMatch(/kept {6}peering-policy\.yml/);
    expect(readFileSync(join(directory, 'peering-policy.yml'), 'utf8')).toBe(before);
  });

  it('has schema lines that editors find', () => {
    for (const file of ['peering-policy.yml', 'peering-stack.yml']) {
      const [, schema = ''] =
        /^# yaml-language-server: \$schema=(\S+)/.exec(readFileSync(join(directory, file), 'utf8')) ?? [];
      expect(JSON.parse(readFileSync(join(directory, schema), 'utf8'))).toHaveProperty('properties');
    }
  });
});

/** Stands for the CLI of GitHub: keeps what it was called with, and the comment. */
const GH = `#!/bin/sh
echo "$*" >> gh-calls.txt
case "$*" in
  "api --paginate"*) [ ! -e posted.md ] || echo 77 ;;
  *comment*) cp comment.md posted.md ;;
esac
`;

describe.each([
  ['github', 'dev', '.github/workflows/peering-dev.yml', 'Repository=acme/network', runGithubJob],
  ['gitlab', 'prod', '.gitlab-ci.yml', 'Project=acme/network', runGitlabJob],
] as const)('the pipeline for %s, of stage %s', (host, stage, file, parameter, runJob) => {
  const suffix = stage === 'prod' ? '' : `-${stage}`;
  const option = stage === 'prod' ? '' : ` --stage ${stage}`;

  /** Of the machine as little as a runner has; of AWS what the job's role may do. */
  async function job(name: string, role?: 'plan' | 'deploy') {
    const own: Record<string, string> = {};
    if (role !== undefined) {
      const [id = '', secret = '', token = ''] = (
        await aws(
          `sts assume-role --role-arn ${roleArn(role)} --role-session-name ${name} --query Credentials.[AccessKeyId,SecretAccessKey,SessionToken]`,
        )
      ).split(/\s+/);
      Object.assign(own, lab.env, {
        AWS_ACCESS_KEY_ID: id,
        AWS_SECRET_ACCESS_KEY: secret,
        AWS_SESSION_TOKEN: token,
      });
    }
    // As in a fresh checkout.
    rmSync(join(directory, 'plan.txt'), { force: true });
    return runJob(
      { file, job: host === 'gitlab' ? `peering-${name}${suffix}` : name, directory },
      {
        HOME: directory,
        PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
        AWS_EC2_METADATA_DISABLED: 'true',
        npm_config_offline: 'true',
        GITHUB_REPOSITORY: 'acme/network',
        NUMBER: '7',
        AWS_TOKEN: 'token-of-the-job',
        ...own,
      },
    );
  }

  const roleArn = (role: 'plan' | 'deploy') =>
    `arn:aws:iam::${ACCOUNT}:role/vpc-peering-autopilot-deployment/vpc-peering-autopilot-${stage}-${role}`;

  async function checksOf(role: 'plan' | 'deploy'): Promise<readonly PermissionCheck[]> {
    const answer = await fetch(`${lab.url}/_lab/permissions`);
    const checks = (await answer.json()) as readonly PermissionCheck[];
    return checks.filter((check) => check.role === roleArn(role));
  }

  beforeAll(() => {
    mkdirSync(join(directory, 'bin'), { recursive: true });
    writeFileSync(join(directory, 'bin/gh'), GH, { mode: 0o755 });
  });

  it('comes with roles that CloudFormation takes', async () => {
    const { code, stdout } = await peering(`init --yes --ci ${host}${option}`);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`written   ${file}`)]);
    await aws(
      `cloudformation deploy --stack-name pipeline${suffix} --template-file ${join(directory, `peering-ci-roles${suffix}.yml`)} --capabilities CAPABILITY_NAMED_IAM --parameter-overrides ${parameter}`,
    );
    const arn = await aws(`iam get-role --role-name vpc-peering-autopilot-${stage}-deploy --query Role.Arn`);
    expect(arn).toBe(roleArn('deploy'));
    // moto gives no outputs of a stack that a change set made.
    const trusted = await aws(
      `iam get-role --role-name vpc-peering-autopilot-${stage}-deploy --query Role.AssumeRolePolicyDocument --output json`,
    );
    expect(trusted).toContain(
      host === 'github'
        ? 'repo:acme/network:environment:peering-dev'
        : 'project_path:acme/network:ref_type:branch:ref:main',
    );
    // The lab has no provider of identities: for the test, the account itself may take the roles on.
    const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${ACCOUNT}:root"},"Action":"sts:AssumeRole"}]}`;
    for (const role of ['plan', 'deploy']) {
      await aws(
        `iam update-assume-role-policy --role-name vpc-peering-autopilot-${stage}-${role} --policy-document ${trust}`,
      );
    }
  });

  it('checks a change without AWS', async () => {
    expect(await job('check')).toMatchObject({ code: 0, log: expect.stringContaining('3 passed, 0 failed') });
  });

  it('plans with the role that reads, and changes nothing', async () => {
    const { code, log } = await job('plan', 'plan');
    expect([code, log]).toEqual([
      0,
      expect.stringContaining(`vpc-peering-autopilot-${stage} in ${REGION}, account ${ACCOUNT}: new`),
    ]);
    expect(await whatIsThere()).not.toContain(`vpc-peering-autopilot-${stage}`);
  });

  it('says what failed, and ends with it', async () => {
    rewrite('peering-policy.yml', (text) => text.replace('mode: observe', 'mode: observ'));
    const { code, log } = await job('plan', 'plan');
    const check = await job('check');
    rewrite('peering-policy.yml', (text) => text.replace('mode: observ', 'mode: observe'));
    expect([code, log]).toEqual([1, expect.stringMatching(/peering-policy\.yml:\d+:\d+: mode/)]);
    expect(check.code).not.toBe(0);
    if (host === 'github') {
      expect(readFileSync(join(directory, 'posted.md'), 'utf8')).toMatch(
        /^<!-- peering plan dev -->\n~~~~text\n[\s\S]*peering-policy\.yml:\d+:\d+: mode[\s\S]*\n~~~~\n$/,
      );
    }
  });

  it('deploys its stage with the role for it, and then there is nothing to do', async () => {
    const { code, log } = await job('deploy', 'deploy');
    expect([code, log]).toEqual([
      0,
      expect.stringContaining(`Done: the stack vpc-peering-autopilot-${stage} is deployed`),
    ]);
    const again = await job('plan', 'plan');
    expect([again.code, again.log]).toEqual([0, expect.stringContaining('nothing to change')]);
    expect(again.log).toContain('Nothing to do');
  });

  it('shows the plan beside the change, each time in the same place', async () => {
    if (host === 'github') {
      const calls = readFileSync(join(directory, 'gh-calls.txt'), 'utf8');
      expect(calls.match(/^pr comment 7 /gm)).toHaveLength(1);
      expect(calls).toMatch(/--method PATCH repos\/acme\/network\/issues\/comments\/77 /);
      expect(readFileSync(join(directory, 'posted.md'), 'utf8')).toContain('nothing to change');
    } else {
      expect(readFileSync(join(directory, 'plan.txt'), 'utf8')).toContain('nothing to change');
    }
  });

  it('needs no right that its roles lack', async () => {
    for (const role of ['plan', 'deploy'] as const) {
      const checks = await checksOf(role);
      expect(checks.length).toBeGreaterThan(3);
      expect(checks.filter(({ outcome }) => outcome === 'denied')).toEqual([]);
    }
  });

  it('gets another stage beside it, and keeps what is there', async () => {
    const before = readFileSync(join(directory, file), 'utf8');
    const { code, stdout, stderr } = await peering(`init --yes --ci ${host} --stage test`);
    const other = host === 'github' ? '.github/workflows/peering-test.yml' : '.gitlab/peering/test.yml';
    expect([code, stdout]).toEqual([0, expect.stringContaining(`written   ${other}`)]);
    expect(stderr).not.toContain('add include');
    expect(readFileSync(join(directory, file), 'utf8')).toBe(before);
    const checked = await runJob(
      {
        file: host === 'github' ? other : file,
        job: host === 'github' ? 'check' : 'peering-check-test',
        directory,
      },
      { HOME: directory, PATH: process.env.PATH ?? '', npm_config_offline: 'true' },
    );
    expect(checked).toMatchObject({ code: 0, log: expect.stringContaining('3 passed, 0 failed') });
  });

  it('leaves nothing once both stacks are removed', async () => {
    expect(await peering(`remove --yes${option}`)).toMatchObject({ code: 0 });
    await aws(`cloudformation delete-stack --stack-name pipeline${suffix}`);
    expect(await whatIsThere()).toEqual([]);
  });
});

describe('peering deploy', () => {
  it('shows what it would make, and makes nothing without being told to', async () => {
    const { code, stdout } = await peering('deploy --dry-run');
    expect(code).toBe(2);
    expect(stdout).toContain(`${STACK} in ${REGION}, account ${ACCOUNT}: new`);
    expect(stdout).toContain('mode observe, 1 rule');
    const unasked = await peering('deploy');
    expect(unasked.code).toBe(1);
    expect(unasked.stderr).toContain('no terminal to ask on');
    expect(await whatIsThere()).toEqual([]);
  });

  it('is interrupted by Ctrl-C in the middle, and says what to do', async () => {
    expect(await interrupted(/uploading to/, 'deploy --yes')).toMatchObject({
      code: 130,
      lastLine: expect.stringMatching(
        /^Interrupted\. .* Run peering deploy again: it waits for the end, and mends what is half done\.$/,
      ),
    });
    // What is there then is no deployment.
    expect((await peering('doctor')).stdout).toMatch(
      /^fail {2}stack us-east-1: The stack \S+ has its bucket alone in it/m,
    );
    expect((await peering('version')).code).toBe(2);
  });

  it('makes the stack of what is half done, and it observes', async () => {
    const { code, stdout } = await typed(`${readmeCommand('npx peering deploy')} --yes`);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Done: the stack')]);
    // It is the first one all the same: people are told what to do next.
    expect(stdout).toMatch(/^Next +the e-mail address gets a mail [\s\S]*npx peering doctor/m);
    const status = await peering('status');
    expect(status).toMatchObject({ code: 0 });
    const version = await peering('version');
    expect([version.code, version.stderr]).toEqual([0, '']);
    // What a removal is held against below is all seen now.
    const there = (await whatIsThere()).join('\n');
    for (const kind of [/:alarm:/, /^vpc-peering-autopilot-prod-us-east-1$/m, /-ping$/m, /^arn:aws:iam/m]) {
      expect(there).toMatch(kind);
    }
  });

  it('has nothing to do the second time', async () => {
    const { code, stdout } = await peering('deploy --yes');
    expect([code, stdout]).toEqual([0, expect.stringContaining('nothing to change')]);
    expect(await peering('deploy --dry-run')).toMatchObject({ code: 0 });
  });

  it('refuses another account, another Region and a second home, in one line', async () => {
    rewrite('peering-stack.yml', (text) => text.replace(ACCOUNT, '210987654321'));
    const account = await peering('deploy --yes');
    expect([account.code, account.stderr]).toEqual([
      1,
      expect.stringContaining(`account ${ACCOUNT}, and peering-stack.yml says`),
    ]);
    expect((await peering('doctor')).stdout).toMatch(/^fail {2}caller: .* belongs to account 210987654321/m);
    expect((await peering('plan')).stderr).toContain(`this is about ${ACCOUNT}`);
    rewrite('peering-stack.yml', (text) => text.replace('210987654321', ACCOUNT));
    const region = await peering('deploy --yes --region eu-west-1');
    expect([region.code, region.stderr]).toEqual([
      1,
      expect.stringContaining('the stack is in us-east-1, not in eu-west-1'),
    ]);
    rewrite('peering-stack.yml', (text) => text.replace(`region: ${REGION}`, '# no region'));
    const second = await peering('deploy --yes --region eu-west-1');
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringContaining(`${STACK} in ${REGION}. A second one would do everything twice`),
    ]);
    const elsewhere = await peering('remove --yes --region eu-west-1');
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining(`in ${REGION}, not in eu-west-1`),
    ]);
    rewrite('peering-stack.yml', (text) => text.replace('# no region', `region: ${REGION}`));
  });

  it('is found by doctor where peering-stack.yml says, whatever the AWS settings say', async () => {
    const { stdout } = await installed.peering('doctor', {
      ...lab.env,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    });
    expect(stdout).toContain(`stack ${REGION}: ${STACK} is deployed`);
  });

  it('leaves a stack of somebody else alone that has the name', async () => {
    const file = join(directory, 'taken.yml');
    writeFileSync(
      file,
      'Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: { QueueName: !Sub "${AWS::StackName}" }\n',
    );
    await aws(
      `cloudformation create-stack --stack-name vpc-peering-autopilot-taken --template-body file://${file}`,
    );
    for (const verb of ['deploy', 'remove']) {
      const { code, stderr } = await peering(`${verb} --yes --stage taken`);
      expect([code, stderr]).toEqual([1, expect.stringContaining('is not of this product')]);
    }
    const doctor = await peering('doctor --stage taken');
    expect(doctor.stdout).toMatch(
      /^fail {2}stack us-east-1: The stack vpc-peering-autopilot-taken has .* it is not of this product\. .* is not looked at\.$/m,
    );
    // Nor is told to deploy, which refuses.
    expect(doctor.stdout).not.toMatch(
      /peering deploy|^\w+ +(registry|rules|queues|alarms|recipients|policy) us-east-1/m,
    );
    await aws('cloudformation delete-stack --stack-name vpc-peering-autopilot-taken');
  });

  it('says in one line that somebody else has a name, and goes on once it is free', async () => {
    const table = 'vpc-peering-autopilot-named';
    await aws(
      `dynamodb create-table --table-name ${table} --attribute-definitions AttributeName=a,AttributeType=S --key-schema AttributeName=a,KeyType=HASH --billing-mode PAY_PER_REQUEST`,
    );
    const taken = await peering('deploy --yes --stage named');
    expect([taken.code, taken.stderr]).toEqual([
      1,
      expect.stringMatching(/Registry \(AWS::DynamoDB::Table\): \S+ already exists\. .*another --stage/),
    ]);
    await aws(`dynamodb delete-table --table-name ${table}`);
    expect(await peering('deploy --yes --stage named')).toMatchObject({ code: 0 });
    expect(await peering('remove --yes --stage named')).toMatchObject({ code: 0 });
  });

  it('says in one line that nobody signed in, and that the policy is wrong', async () => {
    const { code, stderr } = await installed.peering('deploy --yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('No AWS credentials')]);
    rewrite('peering-policy.yml', (text) => text.replace('mode: observe', 'mode: observ'));
    const wrong = await peering('deploy --yes');
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/peering-policy\.yml:\d+:\d+: mode/),
    ]);
    rewrite('peering-policy.yml', (text) => text.replace('mode: observ', 'mode: observe'));
  });
});

let a: LabVpc;
let b: LabVpc;
let pcx: string;

/** As much of a stack of another stage as says that it is one, and what it may write. */
const SECOND_STACK = {
  Resources: {
    SyncRoutesRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        },
        Policies: [
          {
            PolicyName: 'functions',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Action: ['ec2:CreateRoute'],
                  Resource: '*',
                  Condition: { StringLike: { 'aws:ResourceTag/peering-autopilot:routes': '*' } },
                },
              ],
            },
          },
        ],
      },
    },
    // In place of a custom resource, which would need a function.
    EventForwarding: {
      Type: 'AWS::CloudFormation::WaitConditionHandle',
      Properties: { Regions: [REGION] },
    },
  },
  Outputs: { PolicyFingerprint: { Value: 'of another policy' } },
};

describe('an upgrade', () => {
  it('of the policy to enforce has it work', async () => {
    rewrite('peering-policy.yml', (text) => text.replace('mode: observe', 'mode: enforce'));
    const drifted = await peering('version');
    expect([drifted.code, drifted.stderr]).toEqual([
      2,
      expect.stringContaining('another policy than this file'),
    ]);
    expect(await peering('deploy --yes')).toMatchObject({ code: 0 });
    [a, b] = [await own.createVpc('10.1.0.0/16'), await own.createVpc('10.2.0.0/16')];
    pcx = await own.request(a, b);
    await routes(a.tableId, [`${b.cidr} -> ${pcx} active`]);
  });

  it('to enforce beside a stack that writes the same tables is said before, and by doctor after', async () => {
    const before = await peering('deploy --dry-run --stage second');
    expect([before.code, before.stdout]).toEqual([
      2,
      expect.stringContaining(
        `The stack ${STACK} in ${REGION} writes routes into tables tagged peering-autopilot:routes, too, in ${REGION}`,
      ),
    ]);
    // The second one lives where nobody looks, but for the rules that carry events there.
    const home = 'ap-southeast-2';
    const second = 'vpc-peering-autopilot-second';
    writeFileSync(join(directory, 'second.json'), JSON.stringify(SECOND_STACK));
    await aws(
      `cloudformation create-stack --region ${home} --stack-name ${second} --capabilities CAPABILITY_IAM --template-body file://${directory}/second.json`,
    );
    const rule = 'vpc-peering-autopilot.second.tag-changed';
    await aws(`events put-rule --region ${REGION} --name ${rule} --event-pattern {"source":["aws.tag"]}`);
    await aws(
      `events put-targets --region ${REGION} --rule ${rule} --targets Id=home-bus,Arn=arn:aws:events:${home}:${ACCOUNT}:event-bus/${second}`,
    );
    const beside = await peering('doctor');
    expect([beside.code, beside.stdout]).toEqual([
      1,
      expect.stringMatching(
        /^fail {2}other stacks us-east-1: The stack vpc-peering-autopilot-second in ap-southeast-2 writes .*\n {6}-> Let one of the two observe/m,
      ),
    ]);
    await aws(`events remove-targets --region ${REGION} --rule ${rule} --ids home-bus`);
    await aws(`events delete-rule --region ${REGION} --name ${rule}`);
    await aws(`cloudformation delete-stack --region ${home} --stack-name ${second}`);
    expect((await peering('doctor')).stdout).toMatch(/^pass {2}other stacks us-east-1: No other stack/m);
  });

  it('that ends at the question with Ctrl-C leaves nothing prepared', async () => {
    rewrite('peering-policy.yml', (text) => text.replace('name: own', 'name: ours'));
    const command = join(directory, 'node_modules/.bin/peering');
    const child = spawn('script', ['-qec', `${command} deploy`, '/dev/null'], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, SHELL: '/bin/sh', TERM: 'xterm', ...lab.env },
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/Carry this out\? [^\n]*$/.test(text)) child.stdin.write('\u0003');
    });
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(said).toMatch(/Interrupted\. Nothing was changed\.\s+$/);
    const { Summaries = [] } = await new CloudFormationClient(sdk()).send(
      new ListChangeSetsCommand({ StackName: STACK }),
    );
    expect(Summaries.filter(({ ExecutionStatus }) => ExecutionStatus === 'AVAILABLE')).toEqual([]);
    rewrite('peering-policy.yml', (text) => text.replace('name: ours', 'name: own'));
  });

  it('to another version shows both, and back again', async () => {
    const manifest = 'node_modules/vpc-peering-autopilot/package.json';
    const { version } = JSON.parse(readFileSync(join(directory, manifest), 'utf8')) as {
      readonly version: string;
    };
    rewrite(manifest, (text) => text.replace(`"version": "${version}"`, '"version": "9.0.0"'));
    expect((await peering('deploy --yes')).stdout).toContain(`${version} → 9.0.0`);
    rewrite(manifest, (text) => text.replace('"version": "9.0.0"', `"version": "${version}"`));
    expect((await peering('version')).stderr).toContain('deployed by version 9.0.0');
    const older = await peering('deploy --dry-run');
    expect([older.code, older.stdout]).toEqual([2, expect.stringContaining('an older one: version 9.0.0')]);
    expect((await peering('doctor')).stdout).toContain('was deployed by version 9.0.0');
    const unasked = await peering('deploy --yes');
    expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining(`--back-to ${version}`)]);
    expect((await peering('version')).stderr).toContain('deployed by version 9.0.0');
    const back = await peering(`deploy --yes --back-to ${version}`);
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining(`9.0.0 → ${version}`)]);
    expect(await peering('version')).toMatchObject({ code: 0 });
  });

  it('leaves routes as they are, and a settled account', async () => {
    await control.fire('sweep');
    await control.idle();
    await routes(a.tableId, [`${b.cidr} -> ${pcx} active`]);
    const { code, stdout } = await peering('plan');
    expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing to do')]);
  });
});

describe('parts of the stack that somebody deletes by hand', () => {
  const QUEUE = `${STACK}-sync-routes.fifo`;
  const DEAD = `${STACK}-unhandled.fifo`;
  const FUNCTION = `${STACK}-accept-requests`;
  const deleteBus = async () => {
    const events = new EventBridgeClient(sdk());
    const { Rules = [] } = await events.send(new ListRulesCommand({ EventBusName: STACK }));
    for (const { Name } of Rules) {
      const rule = { Rule: Name, EventBusName: STACK };
      const { Targets = [] } = await events.send(new ListTargetsByRuleCommand(rule));
      await events.send(new RemoveTargetsCommand({ ...rule, Ids: Targets.map(({ Id = '' }) => Id) }));
      await events.send(new DeleteRuleCommand({ Name, EventBusName: STACK }));
    }
    await events.send(new DeleteEventBusCommand({ Name: STACK }));
  };
  const linesOf = async (area: string) =>
    (await peering('doctor')).stdout.match(new RegExp(`^\\w+ +${area} .*(\\n {6}-> .*)?`, 'gm')) ?? [];

  it('are named by doctor, with what does not work without them and the way back', async () => {
    for (const area of ['registry', 'queues', 'parts']) {
      expect(await linesOf(area)).toEqual([expect.stringMatching(/^pass/)]);
    }
    // The local AWS makes no subscriptions of a stack: nobody is told, and doctor says what helps.
    const [unsubscribed = ''] = await linesOf('recipients');
    expect(unsubscribed).toMatch(/^fail .* nobody is told .* not any more: network@example\.com\.\n/);
    await aws(/aws (sns subscribe .*) sends it anew/.exec(unsubscribed)?.[1] ?? '');
    expect(await linesOf('recipients')).toEqual([expect.stringMatching(/^pass .* 1 confirmed/)]);
    await aws(`dynamodb delete-table --table-name ${STACK}`);
    const sqs = new SQSClient({ ...sdk(), useQueueUrlAsEndpoint: false });
    for (const QueueName of [QUEUE, DEAD]) {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    }
    const { Topics = [] } = await new SNSClient(sdk()).send(new ListTopicsCommand({}));
    for (const { TopicArn } of Topics) await aws(`sns delete-topic --topic-arn ${TopicArn}`);
    await aws(`lambda delete-function --function-name ${FUNCTION}`);
    await deleteBus();
    const { code, stdout } = await peering('doctor');
    expect(code).toBe(1);
    const wayBack = 'peering remove, then peering deploy: a deployment alone does not put back';
    for (const says of [
      `registry us-east-1: The table ${STACK} is gone.`,
      `queues us-east-1: The queue ${QUEUE} is gone, so nothing reaches sync-routes`,
      `queues us-east-1: The queue ${DEAD} is gone:`,
      `recipients us-east-1: The topic ${Topics[0]?.TopicArn} is gone:`,
      `parts us-east-1: The function ${FUNCTION} is gone: no request is answered.`,
      `parts us-east-1: The event bus ${STACK} is gone,`,
    ]) {
      expect(stdout).toContain(`fail  ${says}`);
      expect(stdout.slice(stdout.indexOf(says)).split('\n')[1]).toContain(`-> ${wayBack}`);
    }
  });

  it('are not put back by a deployment, which has nothing to change and does not say that all is well', async () => {
    const { code, stdout } = await peering('deploy --yes');
    expect([code, stdout]).toEqual([0, expect.stringContaining('nothing to change')]);
    expect(stdout).toMatch(/by hand, this does not tell: peering doctor looks$/m);
    expect(stdout).not.toContain('should be');
    expect(await linesOf('registry')).toEqual([expect.stringMatching(/^fail/)]);
  });

  it('come back by a removal and a deployment, and the routes are the stack’s own again', async () => {
    const removed = await peering('remove --yes');
    expect([removed.code, removed.stdout]).toEqual([
      0,
      expect.stringContaining('What the product wrote into route tables could not be read'),
    ]);
    await routes(a.tableId, [`${b.cidr} -> ${pcx} active`]);
    expect(await peering('deploy --yes')).toMatchObject({ code: 0 });
    await control.fire('sweep');
    await control.idle();
    for (const area of ['registry', 'queues', 'rules', 'parts']) {
      expect(await linesOf(area)).toEqual([expect.stringMatching(/^pass/)]);
    }
    // That the new registry has them as its own the next removal says.
    await routes(a.tableId, [`${b.cidr} -> ${pcx} active`]);
  });
});

describe('peering remove', () => {
  it('says what stays, and leaves nothing else', async () => {
    // Nobody invokes a function between this deployment and its removal, which empties the bucket first.
    rewrite('peering-policy.yml', (text) => text.replace('network@example.com', 'people@example.com'));
    expect(await peering('deploy --yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Next +the new e-mail address gets a mail from AWS Notifications/m),
    });
    const middle = await interrupted(/emptying the bucket/, 'remove --yes');
    expect(middle).toMatchObject({
      code: 130,
      lastLine:
        'Interrupted. What CloudFormation has begun goes on there. Run peering remove again: it waits for the end, and removes what is left.',
    });
    const { code, stdout } = await peering('remove --yes');
    expect(code).toBe(0);
    expect(stdout).toContain('2 routes that the product wrote, in 2 route tables');
    expect(await whatIsThere()).toEqual([]);
    expect((await peering('remove --yes')).stdout).toContain('nothing to remove');
    expect(stdout).toContain('Only while the stack is there can peering remove --all take them along.');
  });

  it('with --all takes along what the product made in the network, and nothing of anybody else', async () => {
    expect(await peering('deploy --yes')).toMatchObject({ code: 0 });
    await control.fire('sweep');
    await control.idle();
    // Made by hand, of a part of the peer: the product has nothing to do with it.
    await own.ec2.send(
      new CreateRouteCommand({
        RouteTableId: b.tableId,
        DestinationCidrBlock: '10.1.7.0/24',
        VpcPeeringConnectionId: pcx,
      }),
    );
    const foreign = `10.1.7.0/24 -> ${pcx} active`;
    const inRoutes = await interrupted(/deleting own routes, 2 of 2/, 'remove --all --yes');
    expect(inRoutes).toMatchObject({
      code: 130,
      lastLine:
        'Interrupted. Routes that were deleted stay deleted. Run peering remove --all again: it removes what is left. Until then the Regions are frozen, so that nothing puts them back; peering thaw ends that.',
    });
    expect((await peering('status')).stderr).toMatch(/Frozen by .* because: peering remove --all/);
    // Once nothing is left but what CloudFormation does.
    const inStack = await interrupted(/\d+ done, now /, 'remove --all --yes');
    expect(inStack).toMatchObject({ code: 130, lastLine: expect.stringContaining('goes on there.') });
    const { code, stdout } = await peering('remove --all --yes');
    // CloudFormation may have ended it meanwhile.
    const over = /^(Done: the stack \S+ is gone\.|There is no stack \S+ in .*: nothing to remove\.)/m;
    expect([code, stdout]).toEqual([0, expect.stringMatching(over)]);
    expect(await whatIsThere()).toEqual([]);
    const connection = await own.peering(pcx);
    expect(connection?.Status?.Code).toBe('active');
    expect((connection?.Tags ?? []).filter(({ Key = '' }) => Key.startsWith('peering-autopilot:'))).toEqual(
      [],
    );
    expect(await own.peeringRoutes(a.tableId)).toEqual([]);
    expect(await own.peeringRoutes(b.tableId)).toEqual([foreign]);
  });
});

describe('peering package and aws cloudformation deploy', () => {
  const BUCKET = 'example-artifacts';

  beforeAll(async () => {
    await new S3Client({ ...sdk(), forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: BUCKET }));
  });

  it('makes the same stack by the printed commands', async () => {
    const [, command = '', shown = ''] =
      /```console\n\$ (npx peering package .*)\n([\s\S]*?)```/.exec(readFileSync(DEPLOY_PAGE, 'utf8')) ?? [];
    const { code, stdout } = await typed(command);
    expect(code).toBe(0);
    // Size, fingerprint and number of functions are those of the policy.
    const alike = (text: string) =>
      text.replaceAll(/\b[0-9a-f]{12}\b|\d+ (?=functions|KB)|(?<=version )[^,]+/g, 'N');
    expect(alike(stdout)).toBe(alike(shown));
    const commands = stdout.split('\n').filter((line) => line.startsWith('aws '));
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const line = command
        .replace(/^aws /, '')
        .replaceAll('BUCKET', BUCKET)
        .replaceAll('out/', `${directory}/out/`);
      await aws(line);
    }
    expect(await peering('version')).toMatchObject({ code: 0 });
    const wrong = await peering('deploy --yes --bucket no-such-bucket-of-ours');
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining('aws s3 mb s3://no-such-bucket-of-ours'),
    ]);
    const gone = await peering('deploy --yes');
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('--bucket BUCKET')]);
    const { stdout: unchanged } = await peering(`deploy --yes --bucket ${BUCKET}`);
    // moto takes another default of the parameter for a change.
    expect(unchanged).toMatch(/nothing to change|outputs only/);
  });

  it('writes into no folder with files of somebody else, whatever they are called', async () => {
    for (const [folder, file, text] of [
      ['mine', 'template.json', '{"mine":1}'],
      ['mine-too', 'code/index.js', 'x'],
    ] as const) {
      mkdirSync(join(directory, folder, 'code'), { recursive: true });
      writeFileSync(join(directory, folder, file), text);
      const { code, stderr } = await peering(`package --out ${folder}`);
      expect([code, stderr]).toEqual([1, expect.stringContaining('which is of no package')]);
      expect(readFileSync(join(directory, folder, file), 'utf8')).toBe(text);
    }
  });

  it('goes on where an earlier run was ended in the middle', async () => {
    const whole = readFileSync(join(directory, 'out/template.json'), 'utf8');
    rmSync(join(directory, 'out/template.json'));
    writeFileSync(join(directory, 'out/template.json.part'), whole.slice(0, 1000));
    expect(await peering('package --out out')).toMatchObject({ code: 0 });
    expect(readFileSync(join(directory, 'out/template.json'), 'utf8')).toBe(whole);
    expect(readdirSync(join(directory, 'out')).sort()).toEqual(['code', 'template.json']);
  });

  it('says in one line that the bucket is in another Region, and writes nothing', async () => {
    const far = 'artifacts-of-another-region';
    await new S3Client({ ...sdk('eu-west-1'), forcePathStyle: true }).send(
      new CreateBucketCommand({
        Bucket: far,
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    );
    for (const line of [`package --out far --bucket ${far}`, `deploy --yes --stage far --bucket ${far}`]) {
      const { code, stderr } = await peering(line);
      expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
        1,
        expect.stringContaining(
          `The bucket ${far} is in eu-west-1, but Lambda takes code only from a bucket in`,
        ),
      ]);
    }
    expect(existsSync(join(directory, 'far'))).toBe(false);
    expect(await whatIsThere()).not.toContain('vpc-peering-autopilot-far');
  });

  it('says in one line that a part of the path is a file', async () => {
    const { code, stderr } = await peering('package --out package.json/out');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('a part of its path is a file. Name another folder with --out.'),
    ]);
  });

  it('writes the same bytes again', async () => {
    const before = readFileSync(join(directory, 'out/template.json'), 'utf8');
    await peering(`package --out out --bucket ${BUCKET}`);
    const template = (text: string) => {
      const { Parameters: _, ...rest } = JSON.parse(text) as Readonly<Record<string, unknown>>;
      return rest;
    };
    expect(template(readFileSync(join(directory, 'out/template.json'), 'utf8'))).toEqual(template(before));
    await peering('package --out out');
    expect(readFileSync(join(directory, 'out/template.json'), 'utf8')).toBe(before);
  });

  it('is removed without a trace but for the bucket that was there', async () => {
    expect(await peering('remove --yes')).toMatchObject({ code: 0 });
    expect(await whatIsThere()).toEqual([]);
  });
});
