import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStackSetCommand,
  DescribeStacksCommand,
  UpdateStackSetCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateEventBusCommand, DeleteEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { upToDateCommand } from '../../build/cli.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { interruptedAt } from '../support/interrupted.ts';
import { eventually, labAccount } from '../support/lab-account.ts';
import { testTools } from '../support/venv.ts';

/**
 * `peering rollout` from an empty organization to a deployed one and back, in the local AWS. One lab, in order. The lab's
 * StackSets create real stacks in the accounts, with functions that answer events.
 */

const REGION = 'us-east-1';
const BUCKET = 'example-artifacts';
const STACK_SET = 'vpc-peering-autopilot-prod';
const PROJECT = join(__dirname, '../..');
const RULE = { name: 'own', effect: 'accept', remote: { accounts: ['self'] } };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Report {
  readonly action: string;
  readonly applied: boolean;
  readonly package: { readonly objects: readonly { readonly key: string; readonly upload: string }[] };
  readonly policy: { readonly fingerprint: string; readonly before: string | null };
  readonly resources: Readonly<Record<'added' | 'changed' | 'removed', readonly string[]>>;
  readonly organizationalUnits: {
    readonly added: readonly string[];
    readonly kept: readonly string[];
    readonly removed?: readonly string[];
    readonly accounts?: Readonly<Record<string, number | null>>;
  };
  readonly problems: readonly { readonly severity: string; readonly says: string }[];
  readonly bucketPolicyStatement: object | null;
  readonly commands: readonly string[];
  readonly operations: readonly {
    readonly call: string;
    readonly status: string;
    readonly succeeded: number;
    readonly failed: readonly { readonly accountId: string; readonly reason: string }[];
  }[];
}

let lab: Lab;
let directory: string;
let organization: { readonly pilot: string; readonly rest: string; readonly legacy: string };
let accounts: { readonly pilot: string; readonly nested: string; readonly legacy: string };

function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd: PROJECT, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
}

async function peering(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ended> {
  return run(process.execPath, [join(await upToDateCommand(), 'peering.mjs'), ...args], env);
}

function stackset(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return peering(['rollout', ...args], {
    ...lab.env,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...env,
  });
}

async function interrupted(progress: RegExp, args: readonly string[]) {
  return interruptedAt(progress, {
    file: process.execPath,
    args: [join(await upToDateCommand(), 'peering.mjs'), 'rollout', ...args],
    directory: PROJECT,
    environment: { ...process.env, ...lab.env, AWS_EC2_METADATA_DISABLED: 'true' },
  });
}

async function reported(args: readonly string[]): Promise<Report & { readonly code: number }> {
  const { code, stdout, stderr } = await stackset([...args, '--json']);
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Report) };
}

async function policyFile(name: string, parts: object): Promise<string> {
  const file = join(directory, `${name}.yml`);
  await writeFile(file, JSON.stringify({ version: 1, ...parts }));
  return file;
}

function sdk(credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
  return { endpoint: lab.url, region: REGION, credentials };
}

async function stacksIn(accountId: string) {
  const { credentials } = await labAccount({ endpoint: lab.url, region: REGION, accountId });
  const { Stacks = [] } = await new CloudFormationClient(sdk(credentials)).send(
    new DescribeStacksCommand({}),
  );
  return Stacks.map(({ StackName = '', Outputs = [] }) => ({
    name: StackName,
    fingerprint: Outputs.find(({ OutputKey }) => OutputKey === 'PolicyFingerprint')?.OutputValue,
  }));
}

async function functionsIn(accountId: string): Promise<string[]> {
  const { credentials } = await labAccount({ endpoint: lab.url, region: REGION, accountId });
  const { Functions = [] } = await new LambdaClient(sdk(credentials)).send(new ListFunctionsCommand({}));
  return Functions.map(({ FunctionName = '' }) => FunctionName);
}

const root = { accessKeyId: 'test', secretAccessKey: 'test' };

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the lab left something out');
  return value;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-stackset-e2e-'));
  lab = await startLab({ progress: () => undefined });
  const client = new OrganizationsClient(sdk(root));
  await client.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const top = given((await client.send(new ListRootsCommand({}))).Roots?.[0]?.Id);
  const unit = async (Name: string, ParentId = top) => {
    const made = await client.send(new CreateOrganizationalUnitCommand({ Name, ParentId }));
    return given(made.OrganizationalUnit?.Id);
  };
  const account = async (AccountName: string, DestinationParentId: string) => {
    const { CreateAccountStatus } = await client.send(
      new CreateAccountCommand({ AccountName, Email: `${AccountName}@example.com` }),
    );
    const AccountId = given(CreateAccountStatus?.AccountId);
    await client.send(new MoveAccountCommand({ AccountId, SourceParentId: top, DestinationParentId }));
    return AccountId;
  };
  organization = { pilot: await unit('pilot'), rest: await unit('rest'), legacy: await unit('legacy') };
  accounts = {
    pilot: await account('pilot', organization.pilot),
    nested: await account('nested', await unit('team', organization.rest)),
    legacy: await account('legacy', organization.legacy),
  };
});

afterAll(async () => {
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('before anything is prepared', () => {
  it.each([
    ['no credentials', [], { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, 'No AWS credentials'],
    ['no bucket', [], {}, `aws s3 mb s3://${BUCKET} --region ${REGION}`],
  ])('tells %s in one line', async (_, args, env, said) => {
    const { code, stdout, stderr } = await stackset(['--bucket', BUCKET, ...args], env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trim().split('\n').at(-1)).toContain(said);
  });

  it('tells a bucket in another Region, then trusted access that is off', async () => {
    await new S3Client({ ...sdk(root), forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: BUCKET }),
    );
    const elsewhere = await stackset(['--bucket', BUCKET, '--region', 'eu-west-1']);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toContain('is in us-east-1, but Lambda takes code only from a bucket');
    const off = await stackset(['--bucket', BUCKET]);
    expect(off.code).toBe(1);
    expect(off.stderr).toContain('aws cloudformation activate-organizations-access');
  });

  it('tells what is wrong with a policy, with its place', async () => {
    const file = await policyFile('wrong', { modus: 'observe' });
    const { code, stderr } = await stackset(['--bucket', BUCKET, '--policy', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/wrong\.yml:1:\d+: modus: unknown key/);
  });
});

describe('a rollout', () => {
  let aws: (command: string) => Promise<string>;
  let observe: string;
  let enforce: string;

  beforeAll(async () => {
    const { python, bin } = await testTools();
    // The printed commands are meant for a shell, which is what runs them here; `aws` is the tests' own.
    aws = async (command) => {
      const { code, stdout, stderr } = await run(
        'sh',
        ['-c', command.replace(/^aws /, `'${python}' '${join(bin, 'aws')}' `)],
        { ...lab.env, AWS_PAGER: '' },
      );
      if (code !== 0) throw new Error(stderr);
      return stdout;
    };
    observe = await policyFile('observe', { mode: 'observe', rules: [RULE] });
    enforce = await policyFile('enforce', { rules: [RULE] });
    await aws('aws cloudformation activate-organizations-access');
  });

  it('does not begin while the accounts cannot read the bucket, or for an OU that is not there', async () => {
    const missing = 'ou-none-none12345';
    const report = await reported(['--bucket', BUCKET, '--policy', observe, '--ou', missing, '--apply']);
    expect([report.code, report.applied, report.operations]).toEqual([1, false, []]);
    expect(report.problems).toEqual([
      { severity: 'blocks', says: expect.stringContaining(`The policy of the bucket ${BUCKET}`) },
      { severity: 'blocks', says: expect.stringContaining(`no organizational unit or root ${missing}`) },
    ]);
    // The statement that was said is the one that is missing.
    await new S3Client({ ...sdk(root), forcePathStyle: true }).send(
      new PutBucketPolicyCommand({
        Bucket: BUCKET,
        Policy: JSON.stringify({ Version: '2012-10-17', Statement: [report.bucketPolicyStatement] }),
      }),
    );
  });

  it('prints commands that the AWS CLI takes, and that deploy the accounts of the OU', async () => {
    const plan = await reported(['--bucket', BUCKET, '--policy', observe, '--ou', organization.pilot]);
    expect([plan.code, plan.action, plan.applied, plan.problems]).toEqual([0, 'create', false, []]);
    expect(plan.organizationalUnits).toMatchObject({
      added: [organization.pilot],
      accounts: { [organization.pilot]: 1 },
    });
    expect(plan.commands.map((command) => command.split(' ')[2])).toEqual([
      'create-stack-set',
      'create-stack-instances',
    ]);
    for (const command of plan.commands) await aws(command);
    await lab.idle();
    expect(await stacksIn(accounts.pilot)).toEqual([
      {
        name: expect.stringMatching(/^StackSet-vpc-peering-autopilot-prod-/),
        fingerprint: plan.policy.fingerprint,
      },
    ]);
    expect(await functionsIn(accounts.pilot)).toContain('vpc-peering-autopilot-prod-accept-requests');
  });

  it('makes stacks that the peering command finds', async () => {
    const { credentials } = await labAccount({
      endpoint: lab.url,
      region: REGION,
      accountId: accounts.pilot,
    });
    const { accessKeyId, secretAccessKey, sessionToken = '' } = { sessionToken: undefined, ...credentials };
    const script = `import('./cli/stack.ts').then(({ findStack }) => findStack(['${REGION}'], undefined))
      .then((stack) => console.log(stack?.name, stack?.resources.get('SweepLambdaFunction')))`;
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--eval', script], {
      ...lab.env,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    });
    expect(stdout).toMatch(/^StackSet-vpc-peering-autopilot-prod-\S+ vpc-peering-autopilot-prod-sweep\n/);
  });

  it('makes stacks of which doctor says that the right policy runs', async () => {
    const { credentials } = await labAccount({
      endpoint: lab.url,
      region: REGION,
      accountId: accounts.pilot,
    });
    const { stdout } = await peering(['doctor', '--json', '--policy', observe], {
      ...lab.env,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: 'sessionToken' in credentials ? credentials.sessionToken : '',
    });
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { readonly area: string; readonly result: string; readonly says: string }[];
    };
    expect(checks.filter(({ area }) => area === 'policy')).toContainEqual(
      expect.objectContaining({
        result: 'pass',
        says: expect.stringContaining('is the policy that is deployed'),
      }),
    );
  });

  it('has nothing to do, and uploads nothing, the second time', async () => {
    const args = ['--bucket', BUCKET, '--policy', observe, '--ou', organization.pilot];
    const again = await reported(args);
    expect([again.action, again.commands]).toEqual(['unchanged', []]);
    expect(new Set(again.package.objects.map(({ upload }) => upload))).toEqual(new Set(['there already']));
    const { Contents = [] } = await new S3Client({ ...sdk(root), forcePathStyle: true }).send(
      new ListObjectsV2Command({ Bucket: BUCKET }),
    );
    expect(Contents.map(({ Key }) => Key).sort()).toEqual(again.package.objects.map(({ key }) => key).sort());
  });

  it('of a new policy updates the accounts, whose functions then work by it', async () => {
    const change = await reported(['--bucket', BUCKET, '--policy', enforce, '--apply']);
    expect([change.code, change.action]).toEqual([0, 'update']);
    expect(change.operations).toEqual([
      expect.objectContaining({ call: 'UpdateStackSet', status: 'SUCCEEDED', succeeded: 1, failed: [] }),
    ]);
    expect(change.policy.before).not.toBe(change.policy.fingerprint);
    expect(change.resources.changed).toContain('AcceptDashrequestsLambdaFunction');
    expect(await stacksIn(accounts.pilot)).toMatchObject([{ fingerprint: change.policy.fingerprint }]);

    const pilot = await labAccount({ endpoint: lab.url, region: REGION, accountId: accounts.pilot });
    const [a, b] = [await pilot.createVpc('10.1.0.0/16'), await pilot.createVpc('10.2.0.0/16')];
    const pcx = await pilot.request(a, b);
    await eventually('routes in the member account', async () =>
      (await pilot.peeringRoutes(a.tableId)).join() === `10.2.0.0/16 -> ${pcx} active` ? true : undefined,
    );
  });

  it('of an older version than the StackSet has is refused, unless it is asked for', async () => {
    const cloudFormation = new CloudFormationClient(sdk(root));
    const templateOf = async () => {
      const { StackSet } = await cloudFormation.send(
        new DescribeStackSetCommand({ StackSetName: STACK_SET }),
      );
      return StackSet?.TemplateBody ?? '';
    };
    const ours = await templateOf();
    const { Version } = (JSON.parse(ours) as { Outputs: { Version: { Value: string } } }).Outputs;
    const Body = ours.replace(`"Value":"${Version.Value}"`, '"Value":"9.0.0"');
    expect(Body).not.toBe(ours);
    const s3 = new S3Client({ ...sdk(root), forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'newer.json', Body }));
    await cloudFormation.send(
      new UpdateStackSetCommand({
        StackSetName: STACK_SET,
        TemplateURL: `https://${BUCKET}.s3.${REGION}.amazonaws.com/newer.json`,
        Parameters: [{ ParameterKey: 'CodeBucket', ParameterValue: BUCKET }],
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      }),
    );
    await lab.idle();
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'newer.json' }));

    const args = ['--bucket', BUCKET, '--policy', enforce];
    const shown = await stackset(args);
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining(`9.0.0 -> ${Version.Value}`)]);
    expect(shown.stdout).toMatch(/Note +the StackSet was deployed by version 9\.0\.0/);
    const refused = await stackset([...args, '--apply']);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`--back-to ${Version.Value}`),
    ]);
    expect(await templateOf()).toContain('9.0.0');
    const back = await reported([...args, '--apply', '--back-to', Version.Value]);
    expect(back.operations).toEqual([
      expect.objectContaining({ call: 'UpdateStackSet', status: 'SUCCEEDED', failed: [] }),
    ]);
    expect(await templateOf()).not.toContain('9.0.0');
  });

  it('that Ctrl-C ends in the middle says what goes on, and the same command again ends it', async () => {
    const args = ['--bucket', BUCKET, '--policy', enforce, '--ou', organization.rest];
    expect(await interrupted(/CreateStackInstances running/, [...args, '--apply'])).toMatchObject({
      code: 130,
      lastLine:
        'Interrupted. What CloudFormation has begun goes on there. Run the same peering rollout again: it waits for the end, and does what is left.',
    });
    const again = await reported([...args, '--apply']);
    expect([again.code, again.action, again.operations]).toEqual([0, 'unchanged', []]);
  });

  it('added an OU then, with the accounts of the OUs inside it, and kept the first', async () => {
    const { organizationalUnits } = await reported(['--bucket', BUCKET, '--policy', enforce]);
    expect(organizationalUnits).toMatchObject({
      kept: [organization.pilot, organization.rest],
      accounts: { [organization.pilot]: 1, [organization.rest]: 1 },
    });
    expect(await functionsIn(accounts.nested)).toContain('vpc-peering-autopilot-prod-sweep');
  });

  it('names the account that failed with its reason, and repairs it when run again', async () => {
    const { credentials } = await labAccount({
      endpoint: lab.url,
      region: REGION,
      accountId: accounts.legacy,
    });
    const events = new EventBridgeClient(sdk(credentials));
    // As an account that had the product before by `serverless deploy`.
    const Name = 'vpc-peering-autopilot-prod';
    await events.send(new CreateEventBusCommand({ Name }));
    const args = ['--bucket', BUCKET, '--policy', enforce, '--ou', organization.legacy, '--apply'];
    const { code, stdout } = await stackset(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`${accounts.legacy} ${REGION}: .*already exists`));

    await events.send(new DeleteEventBusCommand({ Name }));
    const repaired = await reported(args);
    expect([repaired.code, repaired.action]).toEqual([0, 'update']);
    expect(await functionsIn(accounts.legacy)).toContain('vpc-peering-autopilot-prod-sweep');
  });
});

describe('a removal', () => {
  it('only prints what it would do, without --apply', async () => {
    const { code, stdout } = await stackset(['--remove']);
    expect(code).toBe(0);
    expect(stdout).toContain('aws cloudformation delete-stack-set');
    expect(await stacksIn(accounts.pilot)).toHaveLength(1);
  });

  it('of one OU leaves the others their stacks', async () => {
    const report = await reported(['--remove', '--ou', organization.rest, '--apply']);
    expect([report.code, report.operations.map(({ call }) => call)]).toEqual([0, ['DeleteStackInstances']]);
    expect(await stacksIn(accounts.nested)).toEqual([]);
    expect(await functionsIn(accounts.nested)).toEqual([]);
    expect(await stacksIn(accounts.pilot)).toHaveLength(1);
  });

  it('that Ctrl-C ends in the middle says what goes on', async () => {
    expect(await interrupted(/DeleteStackInstances running/, ['--remove', '--apply'])).toMatchObject({
      code: 130,
      lastLine:
        'Interrupted. What CloudFormation has begun goes on there. Run the same peering rollout --remove again: it waits for the end, and does what is left.',
    });
  });

  it('begun or not, of all leaves no stack, no StackSet, and the package', async () => {
    const { code, stdout } = await stackset(['--remove', '--apply']);
    expect(code).toBe(0);
    expect(stdout).toContain('DeleteStackSet succeeded');
    expect(stdout).toContain('the package in the bucket');
    for (const accountId of Object.values(accounts)) {
      expect(await stacksIn(accountId)).toEqual([]);
    }
    const again = await stackset(['--remove', '--apply']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('There is no StackSet vpc-peering-autopilot-prod');
  });
});
