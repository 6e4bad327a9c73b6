import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { parse } from 'yaml';
import {
  capabilitiesOf,
  fingerprintOf,
  sameTemplate,
  type Template,
  templateBody,
  templateChanges,
} from '../../cli/release/template.ts';
import { policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import type { Resources } from '../../resources/cloudformation.ts';
import {
  CHAT_CHANNEL,
  type PackagedStack,
  packageStack,
  serverlessPackage,
  VARIANTS,
} from '../support/packaged.ts';
import { testTools } from '../support/venv.ts';

/** What `peering package`, `peering deploy` and `peering rollout` make of a policy, held against what the serverless framework makes. */

const run = promisify(execFile);

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-release-test-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const EVERY_OPTION = {
  permissionsBoundary: 'team/boundary',
  rolePath: '/platform/',
  keys: { topic: KEY, queues: KEY, logs: KEY, report: KEY },
  fleetReader: { account: '111122223333', organization: 'o-a1b2c3d4e5' },
  logRetentionDays: 365,
  dashboard: 'none',
  chatChannel: CHAT_CHANNEL,
  memory: { 'sync-routes': 2048 },
  tags: { Team: 'network' },
};

/** Every way in which a policy shapes the stack, at once. */
const { plain, observe, ...others } = VARIANTS;
const EVERYTHING = Object.assign({}, ...Object.values(others), {
  rules: [...others.tags.rules, ...others.organization.rules],
});

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** Where code lies is the one thing that differs, for good reason: the framework's places have a time in them. */
function withoutPlaces(resources: Resources): object {
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => {
      const { Code, ...properties } = resource.Properties;
      return [
        id,
        {
          ...resource,
          Properties:
            Code === undefined
              ? properties
              : { ...properties, Code: (Code as { S3Bucket: object }).S3Bucket },
        },
      ];
    }),
  );
}

describe('going over from npx serverless deploy to peering deploy, or back', () => {
  it.each([
    ['a plain policy', 'plain', plain, undefined],
    ['mode: observe', 'observe', observe, undefined],
    ['all that a policy can ask for, and every option', 'everything', EVERYTHING, EVERY_OPTION],
  ])('changes nothing but where the code lies, with %s', async (_, name, parts, options) => {
    const more = options === undefined ? {} : { options };
    const [framework, own] = await Promise.all([
      serverlessPackage(parts, { directory: join(directory, `${name}-framework`), ...more }),
      packageStack(parts, { directory: join(directory, `${name}-own`), ...more }),
    ]);
    expect(withoutPlaces(own.template.Resources)).toEqual(withoutPlaces(framework.template.Resources));
    expect(own.template.Outputs).toEqual(framework.template.Outputs);
    const said = `${framework.output.stdout}${framework.output.stderr}`.split('\n');
    expect(said.filter((line) => /warn|deprecat|error/i.test(line) && !line.includes('.yml:'))).toEqual([]);
    for (const { key, body } of own.release.objects.filter(({ key: each }) => each.endsWith('.zip'))) {
      const built = await readFile(join(framework.functions, key.split('/').at(-1) ?? ''));
      expect(sha256(body)).toBe(sha256(built));
    }
  });
});

describe('the package of a release', () => {
  let stack: PackagedStack;
  const packaged = (name: string, parts: object = EVERYTHING) =>
    packageStack(parts, { directory: join(directory, name), bucket: { kind: 'parameter' } });

  beforeAll(async () => {
    stack = await packaged('everything');
  });

  it('takes the code of every function from the bucket parameter, under the hash of that code', () => {
    const bodies = new Map(stack.release.objects.map(({ key, body }) => [key, body]));
    const functions = Object.values(stack.template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    expect(functions.length).toBeGreaterThan(5);
    for (const { Properties } of functions) {
      const { S3Bucket, S3Key } = Properties.Code as { S3Bucket: unknown; S3Key: string };
      expect(S3Bucket).toEqual({ Ref: 'CodeBucket' });
      const body = bodies.get(S3Key) ?? Buffer.from('missing');
      expect(S3Key).toMatch(new RegExp(`^vpc-peering-autopilot/${sha256(body)}/[a-z-]+\\.zip$`));
      expect(String(Properties.FunctionName)).toContain(S3Key.split('/').at(-1)?.replace('.zip', ''));
    }
  });

  it('is about as large as docs/deploy.md shows it, and has as many functions', async () => {
    const page = await readFile(join(__dirname, '../../docs/deploy.md'), 'utf8');
    const [, functions, kilobytes] = /^(\d+) functions, (\d+) KB, in out\/code$/m.exec(page) ?? [];
    const text = await readFile(join(__dirname, '../../peering-policy.yml'), 'utf8');
    const { release } = await packaged('plain', parse(text) as object);
    const code = release.objects.filter(({ key }) => key.endsWith('.zip'));
    expect(code).toHaveLength(Number(functions));
    const bytes = code.reduce((sum, { body }) => sum + body.length, 0);
    // Each change of the code changes it a little: the page is written anew when it says something else than is so.
    expect(Math.abs(bytes / 1024 / Number(kilobytes) - 1)).toBeLessThan(0.05);
  });

  it('has no bucket of its own, and nothing that refers to one', () => {
    expect(JSON.stringify(stack.template)).not.toContain('ServerlessDeploymentBucket');
  });

  it('is the template that is uploaded, under its own hash', () => {
    const { objects, templateKey } = stack.release;
    const uploaded = objects.find(({ key }) => key === templateKey);
    const body = Buffer.from(uploaded?.body ?? []).toString();
    expect(JSON.parse(body)).toEqual(stack.template);
    expect(templateKey).toBe(`vpc-peering-autopilot/${sha256(body)}/template.json`);
  });

  it('names no account, no Region and no time of whoever packaged it', () => {
    // Account ids and Regions that the policy itself names are meant.
    const { Metadata: _, ...rest } = stack.release.template;
    const hashless = JSON.stringify(rest).replace(/[0-9a-f]{64}/g, '');
    const accounts = new Set(hashless.match(/\b\d{12}\b/g));
    expect([...accounts]).toEqual([...EVERYTHING.trust.accounts, '999999999999']);
    const regions = new Set(hashless.match(/\b[a-z]{2}-[a-z]+-\d\b/g));
    expect([...regions].filter((region) => !EVERYTHING.regions.includes(region))).toEqual([]);
    expect(hashless.match(/20\d\d-\d\d-\d\dT/g)).toBeNull();
  });

  it('says which policy and which version it is', () => {
    const { Metadata, Outputs } = stack.release.template;
    const policy = Metadata?.PeeringPolicy as unknown as Parameters<typeof policyFingerprint>[0];
    expect(fingerprintOf(stack.release.template)).toBe(policyFingerprint(policy));
    expect(Outputs.Version?.Value).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('has the policy beside the code of each function', () => {
    const zips = stack.release.objects.filter(({ key }) => key.endsWith('.zip'));
    for (const { body } of zips) {
      const files = unzipSync(body);
      expect(Object.keys(files).sort()).toEqual(['index.mjs', 'policy.json']);
      expect(JSON.parse(strFromU8(files['policy.json'] ?? new Uint8Array()))).toEqual(
        stack.release.template.Metadata?.PeeringPolicy,
      );
    }
  });

  it('needs no more than CAPABILITY_IAM', () => {
    expect(capabilitiesOf(stack.release.template)).toEqual(['CAPABILITY_IAM']);
  });

  it('is the same again for the same policy, wherever it is packaged', async () => {
    const again = await packaged('again');
    expect(again.release.objects.map(({ key }) => key)).toEqual(stack.release.objects.map(({ key }) => key));
  });

  it('of another policy has other functions and another fingerprint', async () => {
    const other = await packaged('observe', observe);
    const keys = new Set(stack.release.objects.map(({ key }) => key));
    expect(other.release.objects.filter(({ key }) => keys.has(key))).toEqual([]);
    expect(fingerprintOf(other.release.template)).not.toBe(fingerprintOf(stack.release.template));
  });

  it('has nothing that cfn-lint finds fault with', async () => {
    const { python, bin } = await testTools();
    const small = await packaged('plain', plain);
    const files = [stack.templateFile, small.templateFile];
    const { stdout } = await run(python, [join(bin, 'cfn-lint'), '--template', ...files]).catch(
      ({ message, stdout: found }: { message: string; stdout: string }) => ({
        stdout: `${message}\n${found}`,
      }),
    );
    expect(stdout).toBe('');
  });

  it('is refused when it is larger than CloudFormation takes', () => {
    const { template } = stack.release;
    const large = { ...template, Metadata: { ...template.Metadata, X: 'x'.repeat(1024 * 1024) } };
    expect(() => templateBody(large)).toThrow('CloudFormation takes 1048576');
  });
});

describe('the fingerprint of a policy', () => {
  it('does not change with comments, layout or spelled-out defaults, and does with meaning', () => {
    const of = (text: string) => policyFingerprint(parsePolicy(text, 'test').policy);
    expect(of('# comment\nversion:    1\nmode: enforce\n')).toBe(of('version: 1'));
    expect(of('version: 1\nmode: observe')).not.toBe(of('version: 1'));
  });
});

describe('the difference between two templates', () => {
  const resources = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
    fc.record({ Type: fc.constant('AWS::SNS::Topic'), Properties: fc.record({ X: fc.integer({ max: 3 }) }) }),
  );

  it('names each resource of either exactly once, unless it is the same in both', () => {
    fc.assert(
      fc.property(resources, resources, (before, after) => {
        const { added, changed, removed } = templateChanges({ Resources: before }, { Resources: after });
        const named = [...added, ...changed, ...removed];
        const different = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
          (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
        );
        expect([...named].sort()).toEqual(different.sort());
        expect(removed.every((name) => !Object.hasOwn(after, name))).toBe(true);
        expect(added.every((name) => !Object.hasOwn(before, name))).toBe(true);
      }),
    );
  });

  it('does not see the order of keys', () => {
    const a: Template = {
      Resources: { T: { Type: 'X', Properties: { A: 1, B: [1, 2] } } },
      Description: 'd',
    };
    const b: Template = {
      Description: 'd',
      Resources: { T: { Properties: { B: [1, 2], A: 1 }, Type: 'X' } },
    };
    expect(sameTemplate(a, b)).toBe(true);
    expect(sameTemplate(a, { ...b, Resources: { T: { Type: 'X', Properties: { A: 1, B: [2, 1] } } } })).toBe(
      false,
    );
  });
});

describe('capabilities', () => {
  it.each([
    ['no IAM resources', {}, []],
    ['unnamed roles', { R: { Type: 'AWS::IAM::Role', Properties: { Path: '/' } } }, ['CAPABILITY_IAM']],
    [
      'a named role',
      { R: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'x' } } },
      ['CAPABILITY_NAMED_IAM'],
    ],
  ])('for %s', (_, Resources, expected) => {
    expect(capabilitiesOf({ Resources })).toEqual(expected);
  });
});
