import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { upToDateCode } from '../../build/code.ts';
import { readInputs } from '../../cli/release/inputs.ts';
import { installation } from '../../cli/release/installation.ts';
import { packageRelease, type ReleasePackage } from '../../cli/release/package.ts';
import type { PolicyInput } from '../../lib/policy/schema.ts';
import type { CodeBucket, StackTemplate } from '../../resources/stack-template.ts';

/** The stack of a policy, as the command packages it, and as the real `serverless` does, nothing of it replaced. */

export const PROJECT = join(__dirname, '../..');

const SERVERLESS = join(
  dirname(createRequire(__filename).resolve('serverless/package.json')),
  'bin/serverless.js',
);

const COMPILED_KEPT = require.resolve('./compiled-kept.cjs');

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { PATH, HOME, TEST_KEPT, NODE_OPTIONS } = process.env;

/** The last two are of this test run: see compiled-kept.cjs and compiled-once.cjs. */
const PASSED_ON = { PATH, HOME, TEST_KEPT, NODE_OPTIONS };

/**
 * Runs `serverless`, with nothing of the caller's own account or settings in its environment. The framework works in
 * `.serverless` beside `serverless.yml` even with `--package`, so each run has a service directory of its own: several may
 * run at once.
 */
export async function serverless(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  /** What is put before the command, such as one that has it run elsewhere. */
  before: readonly string[] = [],
): Promise<CommandResult> {
  const service = await mkdtemp(join(tmpdir(), 'peering-service-'));
  try {
    await copyFile(join(PROJECT, 'serverless.yml'), join(service, 'serverless.yml'));
    for (const name of ['resources', 'node_modules', 'package.json']) {
      await symlink(join(PROJECT, name), join(service, name));
    }
    return await new Promise((resolve, reject) => {
      const [file = '', ...rest] = [
        ...before,
        process.execPath,
        '--require',
        COMPILED_KEPT,
        SERVERLESS,
        ...args,
      ];
      execFile(
        file,
        rest,
        {
          cwd: service,
          env: { ...PASSED_ON, CI: '1', ...environment },
          encoding: 'utf8',
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code;
          if (typeof code === 'number') {
            resolve({ code, stdout, stderr });
          } else {
            reject(error);
          }
        },
      );
    });
  } finally {
    await rm(service, { recursive: true, force: true });
  }
}

export type Template = Pick<StackTemplate, 'Resources' | 'Outputs'>;

export interface PackagedStack {
  /** The template that a deployment gives to CloudFormation. */
  readonly template: Template;
  readonly templateFile: string;
  readonly release: ReleasePackage;
}

type PolicyParts = Omit<PolicyInput, 'version'>;

const ONLY_ACCOUNTS: NonNullable<PolicyInput['rules']>[number] = {
  name: 'any-vpc',
  effect: 'accept',
  remote: { accounts: ['self'] },
};

/** One policy for each way in which a policy shapes the stack. */
export const VARIANTS = {
  plain: { rules: [ONLY_ACCOUNTS] },
  tags: {
    rules: [
      { ...ONLY_ACCOUNTS, local: { tags: { Environment: 'prod', Team: ['a', 'b'] }, cidrs: ['10.0.0.0/8'] } },
      { name: 'no-sandbox', effect: 'reject', local: { tags: { Environment: 'sandbox' } } },
    ],
  },
  subnets: { rules: [{ ...ONLY_ACCOUNTS, routes: { destinations: { subnetTags: { Tier: 'shared' } } } }] },
  observe: { mode: 'observe', rules: [ONLY_ACCOUNTS] },
  prefix: { tagPrefix: 'net:peer', rules: [ONLY_ACCOUNTS] },
  emails: { notify: { emails: ['a@example.com', 'b@example.com'] }, rules: [ONLY_ACCOUNTS] },
  trust: {
    trust: { accounts: ['222222222222'], organization: 'o-a1b2c3d4e5' },
    rules: [ONLY_ACCOUNTS],
  },
  regions: { regions: ['us-east-1', 'eu-west-1'], rules: [ONLY_ACCOUNTS] },
  organization: {
    organization: { role: 'arn:aws:iam::999999999999:role/peering-autopilot-organization-reader' },
    rules: [{ name: 'members', effect: 'accept', remote: { organizationalUnits: ['ou-ab12-cdef3456'] } }],
  },
  chat: {
    notify: { chat: 'buttons' },
    rules: [ONLY_ACCOUNTS, { name: 'reviewed', effect: 'hold', remote: { accounts: ['333333333333'] } }],
  },
  severities: {
    notify: {
      emails: ['a@example.com'],
      action: { topic: 'arn:aws:sns:us-east-1:222222222222:on-call', chat: 'buttons' },
    },
    rules: [ONLY_ACCOUNTS],
  },
  ipam: {
    guardrails: {
      ipam: {
        pools: [{ id: 'ipam-pool-0a1b2c3d4e5f60718', region: 'eu-west-1' }],
        scope: { id: 'ipam-scope-0a1b2c3d4e5f60718', region: 'eu-central-1' },
      },
    },
    rules: [ONLY_ACCOUNTS],
  },
  expiry: { rules: [{ ...ONLY_ACCOUNTS, expireAfter: '90d', onExpiry: 'delete' }] },
  connect: {
    regions: ['us-east-1', 'eu-west-1'],
    connect: [
      {
        name: 'shared',
        hub: { tags: { Role: 'hub' } },
        spokes: { tags: { Role: ['spoke', 'branch'] }, accounts: ['self', '222222222222'] },
        onLeave: 'delete',
      },
    ],
    mesh: { tags: { Mesh: 'core' } },
    rules: [ONLY_ACCOUNTS],
  },
  report: { report: { publish: 'stack' }, rules: [ONLY_ACCOUNTS] },
  schedule: { schedules: { sweep: 'rate(1 hour)' }, rules: [ONLY_ACCOUNTS] },
} satisfies Readonly<Record<string, PolicyParts>>;

/** For `chatChannel` of `peering-stack.yml`: one of Slack, and one of Teams. */
export const CHAT_CHANNEL = {
  slack: { workspace: 'T0123ABCDEF', channel: 'C0123ABCDEF' },
  teams: {
    tenant: '11111111-2222-3333-4444-555555555555',
    team: '66666666-7777-8888-9999-000000000000',
    channel: '19%3Aab6ef35dc342d56ba5654e8fc1234567%40thread.tacv2',
  },
} as const;

/** With the policy, and options in a `peering-stack.yml`, in a directory of their own. */
async function writeInputs(parts: PolicyParts, directory: string, options?: object): Promise<string> {
  await mkdir(directory, { recursive: true });
  const policyFile = join(directory, 'peering-policy.yml');
  await writeFile(policyFile, stringify({ version: 1, ...parts }));
  if (options !== undefined) {
    await writeFile(join(directory, 'peering-stack.yml'), stringify({ version: 1, ...options }));
  }
  return policyFile;
}

export interface PackageOptions {
  readonly directory: string;
  readonly stage?: string;
  /** Of `peering-stack.yml`. */
  readonly options?: object;
  /** Default: the stack's own. */
  readonly bucket?: CodeBucket;
}

/** What `peering deploy` and `peering package` make of a policy, also as a file. */
export async function packageStack(
  parts: PolicyParts,
  { directory, stage = 'prod', options, bucket = { kind: 'own' } }: PackageOptions,
): Promise<PackagedStack> {
  const { manifest } = installation();
  const inputs = await readInputs({
    place: await writeInputs(parts, directory, options),
    stage,
    manifest,
    callerAccount: async () => '123456789012',
  });
  const release = packageRelease({
    inputs,
    stage,
    codeDirectory: await upToDateCode(),
    version: manifest.version,
    bucket,
  });
  const templateFile = join(directory, 'template.json');
  await writeFile(templateFile, JSON.stringify(release.template));
  return { template: release.template, templateFile, release };
}

/**
 * `serverless package` with a policy, into a directory of its own.
 * @throws when the command fails.
 */
export async function serverlessPackage(
  parts: PolicyParts,
  { directory, stage = 'prod', options }: Omit<PackageOptions, 'bucket'>,
): Promise<{ readonly template: Template; readonly output: CommandResult; readonly functions: string }> {
  const policyFile = await writeInputs(parts, directory, options);
  const packaged = join(directory, 'package');
  const functions = join(directory, 'build');
  const output = await serverless(['package', '--package', packaged, '--stage', stage], {
    PEERING_POLICY: policyFile,
    PEERING_BUILD_DIR: functions,
  });
  if (output.code !== 0) {
    throw new Error(`serverless package ended with ${output.code}:\n${output.stdout}${output.stderr}`);
  }
  const template = await readFile(join(packaged, 'cloudformation-template-update-stack.json'), 'utf8');
  return { template: JSON.parse(template), output, functions };
}
