import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { packageRelease, type ReleasePackage } from '../../build/stackset/package.ts';
import {
  capabilitiesOf,
  fingerprintOf,
  policyFingerprint,
  sameTemplate,
  sha256,
  stackSetTemplate,
  type Template,
  templateChanges,
} from '../../build/stackset/template.ts';
import { loadPolicy, parsePolicy } from '../../lib/policy/load.ts';
import { packageStack, VARIANTS } from '../support/packaged.ts';
import { testTools } from '../support/venv.ts';

/** The StackSet's template, made of the really packaged one. */

const run = promisify(execFile);

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-stackset-test-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function released(name: string, parts: object, stage = 'prod'): Promise<ReleasePackage> {
  const home = join(directory, name);
  await mkdir(home, { recursive: true });
  const policyFile = join(home, 'peering-policy.yml');
  await writeFile(policyFile, stringify({ version: 1, ...parts }));
  return packageRelease({
    policy: loadPolicy(policyFile).policy,
    policyFile,
    stage,
    directory: join(home, 'work'),
  });
}

/** Every way in which a policy shapes the stack, at once. */
const { plain, observe, ...others } = VARIANTS;
const EVERYTHING = Object.assign({}, ...Object.values(others), { rules: others.tags.rules });

describe('the package of a release', () => {
  let release: ReleasePackage;
  let packaged: Template;

  beforeAll(async () => {
    release = await released('everything', EVERYTHING);
    packaged = (await packageStack(EVERYTHING, { directory: join(directory, 'packaged') }))
      .template as unknown as Template;
  });

  it('has the resources of a deployment but for the bucket of the framework', () => {
    expect(Object.keys(release.template.Resources)).toEqual(
      Object.keys(packaged.Resources).filter((name) => !name.startsWith('ServerlessDeploymentBucket')),
    );
    expect(JSON.stringify(release.template)).not.toContain('ServerlessDeploymentBucket');
  });

  it('changes nothing but the code of the functions', () => {
    for (const [name, resource] of Object.entries(release.template.Resources)) {
      const { Code: _, ...rest } = resource.Properties ?? {};
      const { Code: __, ...before } = packaged.Resources[name]?.Properties ?? {};
      expect({ ...resource, Properties: rest }).toEqual({ ...packaged.Resources[name], Properties: before });
    }
  });

  it('takes the code of every function from the bucket parameter, under the hash of that code', () => {
    const bodies = new Map(release.objects.map(({ key, body }) => [key, body]));
    const functions = Object.values(release.template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    expect(functions.length).toBeGreaterThan(5);
    for (const { Properties = {} } of functions) {
      const { S3Bucket, S3Key } = Properties.Code as { S3Bucket: unknown; S3Key: string };
      expect(S3Bucket).toEqual({ Ref: 'CodeBucket' });
      const body = bodies.get(S3Key) ?? Buffer.from('missing');
      expect(S3Key).toMatch(new RegExp(`^vpc-peering-autopilot/${sha256(body)}/[a-z-]+\\.zip$`));
      expect(String(Properties.FunctionName)).toContain(S3Key.split('/').at(-1)?.replace('.zip', ''));
    }
  });

  it('is the template that is uploaded, under its own hash', () => {
    const uploaded = release.objects.find(({ key }) => key === release.templateKey);
    const body = Buffer.from(uploaded?.body ?? []).toString();
    expect(JSON.parse(body)).toEqual(release.template);
    expect(release.templateKey).toBe(`vpc-peering-autopilot/${sha256(body)}/template.json`);
  });

  it('names no account, no Region and no time of whoever packaged it', () => {
    // Account ids and Regions that the policy itself names are meant.
    const { Metadata: _, ...rest } = release.template;
    const hashless = JSON.stringify(rest).replace(/[0-9a-f]{64}/g, '');
    const accounts = new Set(hashless.match(/\b\d{12}\b/g));
    expect([...accounts]).toEqual(EVERYTHING.trust.accounts);
    const regions = new Set(hashless.match(/\b[a-z]{2}-[a-z]+-\d\b/g));
    expect([...regions].filter((region) => !EVERYTHING.regions.includes(region))).toEqual([]);
    expect(hashless.match(/20\d\d-\d\d-\d\dT/g)).toBeNull();
  });

  it('says which policy it is, in a way that anybody can check', () => {
    const policy = release.template.Metadata?.PeeringPolicy;
    const fingerprint = sha256(JSON.stringify(policy));
    expect(fingerprintOf(release.template)).toBe(fingerprint);
    expect(release.template.Parameters?.PolicyFingerprint?.AllowedValues).toEqual([fingerprint]);
    expect(release.template.Outputs?.PolicyFingerprint?.Value).toEqual({ Ref: 'PolicyFingerprint' });
  });

  it('needs no more than CAPABILITY_IAM', () => {
    expect(capabilitiesOf(release.template)).toEqual(['CAPABILITY_IAM']);
  });

  it('is the same again for the same policy, wherever it is packaged', async () => {
    // Really bundled again, not taken over from the first: kept-bundles.cjs.
    delete process.env.TEST_KEPT;
    const again = await released('again', EVERYTHING);
    expect(again.objects.map(({ key }) => key)).toEqual(release.objects.map(({ key }) => key));
  });

  it('of another policy has other functions and another fingerprint', async () => {
    const other = await released('observe', observe);
    const keys = new Set(release.objects.map(({ key }) => key));
    expect(other.objects.filter(({ key }) => keys.has(key))).toEqual([]);
    expect(fingerprintOf(other.template)).not.toBe(fingerprintOf(release.template));
  });

  it('has nothing that cfn-lint finds fault with', async () => {
    const { python, bin } = await testTools();
    const small = await released('plain', plain);
    const files = await Promise.all(
      [release, small].map(async ({ template }, index) => {
        const file = join(directory, `template-${index}.json`);
        await writeFile(file, JSON.stringify(template));
        return file;
      }),
    );
    const { stdout } = await run(python, [join(bin, 'cfn-lint'), '--template', ...files]).catch(
      ({ message, stdout: found }: { message: string; stdout: string }) => ({
        stdout: `${message}\n${found}`,
      }),
    );
    expect(stdout).toBe('');
  });
});

const POLICY = parsePolicy('version: 1', 'test').policy;

function made(packaged: Template, codeKeys = new Map([['sweep', 'k/sweep.zip']])): Template {
  return stackSetTemplate({ packaged, policy: POLICY, stage: 'prod', codeKeys });
}

const FUNCTION = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: { Ref: 'ServerlessDeploymentBucket' }, S3Key: 'serverless/x/prod/1/sweep.zip' },
  },
};

describe('a packaged template that is not as the framework is known to write it', () => {
  it.each([
    ['has a macro', { Transform: 'AWS::Serverless-2016-10-31', Resources: {} }, 'no macros'],
    [
      'refers to the bucket of the framework elsewhere',
      {
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: { X: { 'Fn::Sub': 'arn:${ServerlessDeploymentBucket.Arn}/*' } },
          },
        },
      },
      'ServerlessDeploymentBucket',
    ],
    [
      'depends on the bucket of the framework',
      { Resources: { Role: { Type: 'AWS::IAM::Role', DependsOn: ['ServerlessDeploymentBucketPolicy'] } } },
      'ServerlessDeploymentBucketPolicy',
    ],
    [
      'has a function that was not built',
      {
        Resources: { F: { ...FUNCTION, Properties: { Code: { S3Key: 'serverless/new.zip' } } } },
      },
      'new',
    ],
    [
      'has code in the template',
      { Resources: { F: { ...FUNCTION, Properties: { Code: { ZipFile: 'x' } } } } },
      'The code of F',
    ],
  ] satisfies [string, Template, string][])('is refused when it %s', (_, packaged, said) => {
    expect(() => made(packaged)).toThrow(said);
  });

  it('is refused when it is larger than CloudFormation takes', () => {
    const packaged = {
      Resources: { Big: { Type: 'AWS::SNS::Topic', Properties: { X: 'x'.repeat(1024 * 1024) } } },
    };
    expect(() => made(packaged)).toThrow('CloudFormation takes 1048576');
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
