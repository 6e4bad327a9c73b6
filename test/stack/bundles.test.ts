import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { bundleHandler } from '../../build/bundle.ts';
import { upToDateCode } from '../../build/code.ts';
import { withLiteralKeys } from '../../build/literal-keys.ts';
import { functionCode } from '../../cli/release/code.ts';
import { FUNCTIONS } from '../../resources/functions.ts';
import { policyOf } from '../support/fixtures.ts';
import type { RecordedCall } from './sdk/calls.ts';

const ROOT = join(__dirname, '../..');
/** With chat, a mesh and the report, so that every function is there. */
const policy = policyOf({
  notify: { chat: 'buttons' },
  mesh: { tags: { Mesh: 'core' } },
  report: { publish: 'stack' },
});

/** What Lambda and the stack put into a function's environment. */
const LAMBDA = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  AWS_LAMBDA_FUNCTION_NAME: 'test',
  EVENT_BUS_NAME: 'bus',
  TOPIC_ARN: 'arn:aws:sns:us-east-1:111111111111:topic',
  RUNBOOKS: 'docs/runbooks',
  CHAT_TOPIC_ARN: 'arn:aws:sns:us-east-1:111111111111:chat',
  CHAT_ACTION_GROUP: 'test',
  PING_DOCUMENT: 'test',
  EVENT_BUS_ARN: 'arn:aws:events:us-east-1:111111111111:event-bus/test',
  FORWARDER_ROLE_ARN: 'arn:aws:iam::111111111111:role/build',
  STATE_PREFIX: '/vpc-peering-autopilot/test',
  REGISTRY_TABLE: 'vpc-peering-autopilot-test-registry',
  QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111111111111/vpc-peering-autopilot-test.fifo',
  REPORT_BUCKET: 'vpc-peering-autopilot-test-reportbucket',
  STAGE: 'test',
  POWERTOOLS_SERVICE_NAME: 'vpc-peering-autopilot',
  POWERTOOLS_METRICS_NAMESPACE: 'VpcPeeringAutopilot',
};

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'peering-bundles-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a script in a process of its own, with nothing in its environment but what Lambda gives. */
function runNode(args: readonly string[], environment: Readonly<Record<string, string>>): string {
  return execFileSync(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: directory, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the AWS SDK inside a bundle', () => {
  const plainly = (environment: Readonly<Record<string, string>>): RecordedCall[] =>
    JSON.parse(runNode(['--import', 'tsx', 'test/stack/sdk/print.ts'], environment));

  let file = '';
  const bundled = (environment: Readonly<Record<string, string>>): RecordedCall[] =>
    JSON.parse(runNode([file], environment));

  beforeAll(async () => {
    file = join(directory, 'calls.mjs');
    writeFileSync(file, await bundleHandler(join(ROOT, 'test/stack/sdk/print.ts')));
  });

  it('sends the same requests and reads the same answers as the SDK itself', () => {
    const recorded = bundled(LAMBDA);
    expect(recorded.length).toBeGreaterThan(25);
    expect(recorded).toEqual(plainly(LAMBDA));
  });

  it('reads what the canned answers say, so that the comparison means something', () => {
    const answers = new Map(bundled(LAMBDA).map(({ call, answer }) => [call, answer]));
    expect(answers.get('DescribeVpcPeeringConnections')).toMatchObject({
      NextToken: 'page-2',
      VpcPeeringConnections: [
        {
          VpcPeeringConnectionId: 'pcx-1',
          ExpirationTime: '2026-03-09T09:15:30.000Z',
          AccepterVpcInfo: { OwnerId: '012345678901' },
          RequesterVpcInfo: {
            CidrBlockSet: [{ CidrBlock: '10.1.0.0/16' }, { CidrBlock: '10.9.0.0/16' }],
            PeeringOptions: { AllowDnsResolutionFromRemoteVpc: true },
          },
          Tags: [{ Key: 'peering-autopilot:routes', Value: '* & <x>' }],
        },
        {},
      ],
    });
    expect(answers.get('GetPublicAccessBlock')).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: false },
    });
    expect(answers.get('GetPublicAccessBlock, refused')).toMatchObject({
      name: 'NoSuchPublicAccessBlockConfiguration',
    });
    expect(answers.get('CreateRoute, refused')).toMatchObject({ name: 'RouteAlreadyExists' });
    expect(answers.get('Query')).toMatchObject({
      Items: [{ destinations: { SS: ['10.2.0.0/16', 'fd00:2::/56'] } }],
    });
    expect(answers.get('DeleteItem, refused')).toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(answers.get('GetParameter, refused')).toMatchObject({ name: 'ParameterNotFound' });
  });

  it('goes to AWS_ENDPOINT_URL when that is set', () => {
    const elsewhere = { ...LAMBDA, AWS_ENDPOINT_URL: 'http://127.0.0.1:4599' };
    const recorded = bundled(elsewhere);
    expect(recorded).toEqual(plainly(elsewhere));
    const hosts = recorded.flatMap(({ request }) =>
      (request as { hostname: string; port?: number }[]).map(({ hostname, port }) => `${hostname}:${port}`),
    );
    expect([...new Set(hosts)]).toEqual(['127.0.0.1:4599']);
  });

  it('says what is missing when there are no credentials in the environment', () => {
    const { AWS_ACCESS_KEY_ID: _key, AWS_SECRET_ACCESS_KEY: _secret, ...without } = LAMBDA;
    const [first] = bundled(without);
    expect(first?.answer).toMatchObject({
      message: expect.stringContaining('environment variable credentials'),
    });
  });
});

describe('writing out computed keys', () => {
  /** Everything that a schema module exports, with schemas that refer to others followed, each once. */
  function outline(value: unknown, seen = new Map<unknown, number>()): unknown {
    if (typeof value === 'function' && value.prototype === undefined) {
      return outline(value(), seen);
    }
    if (typeof value !== 'object' || value === null) {
      return typeof value === 'function' ? value.name : value;
    }
    const known = seen.get(value);
    if (known !== undefined) {
      return `#${known}`;
    }
    seen.set(value, seen.size);
    return Array.isArray(value)
      ? value.map((item) => outline(item, seen))
      : Object.entries(value).map(([key, item]) => [key, outline(item, seen)]);
  }

  async function exportsOf(path: string, keys: 'literal' | 'computed'): Promise<unknown> {
    const { outputFiles } = await build({
      entryPoints: [path],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      write: false,
      plugins:
        keys === 'computed'
          ? []
          : [
              {
                name: 'literal',
                setup({ onLoad }) {
                  onLoad({ filter: /schemas_\d+\.js$/ }, ({ path: file }) => ({
                    contents: withLiteralKeys(readFileSync(file, 'utf8')),
                    loader: 'js',
                  }));
                },
              },
            ],
    });
    const file = join(
      directory,
      `${keys}-${Math.abs(path.length)}-${path.split('client-')[1]?.split('/')[0]}.cjs`,
    );
    writeFileSync(file, outputFiles[0]?.contents ?? '');
    return outline(createRequire(file)(file));
  }

  const require = createRequire(__filename);
  const schemaFile = (client: string) =>
    join(dirname(require.resolve(`${client}/package.json`)), 'dist-es/schemas/schemas_0.js');

  it.each([
    '@aws-sdk/client-ec2',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-ssm',
    '@aws-sdk/client-sns',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-organizations',
    '@aws-sdk/client-sts',
  ])('changes none of the schemas of %s', async (client) => {
    const literal = await exportsOf(schemaFile(client), 'literal');
    expect((literal as unknown[]).length).toBeGreaterThan(20);
    expect(JSON.stringify(literal) === JSON.stringify(await exportsOf(schemaFile(client), 'computed'))).toBe(
      true,
    );
  });

  it('leaves a key alone that is no constant text of the same file', () => {
    const source =
      'import { _b } from "x";\nconst _a = "A";\nconst _c = f();\nexport const s = { [_a]: 1, [_b]: 2, [_c]: 3 };';
    expect(withLiteralKeys(source)).toContain('{ "A": 1, [_b]: 2, [_c]: 3 }');
  });

  it('does not take an array for a key', () => {
    const source = 'const _a = "A";\nexport const s = [[_a], { x: [_a] }];';
    expect(withLiteralKeys(source)).toBe(source);
  });
});

describe('the bundles', () => {
  let bundles: { readonly name: string; readonly file: string; readonly bytes: number }[] = [];

  /** As they lie in the zips, written where Node can load them. */
  async function unpacked(of: typeof policy, folder: string) {
    return functionCode(await upToDateCode(), of).map(({ name, files }) => {
      const home = join(directory, folder, name);
      mkdirSync(home, { recursive: true });
      for (const [file, contents] of Object.entries(files)) {
        writeFileSync(join(home, file), contents);
      }
      return { name, file: join(home, 'index.mjs'), bytes: files['index.mjs']?.length ?? 0 };
    });
  }

  function loads(file: string): void {
    const code = `const m = await import(${JSON.stringify(file)}); console.log(typeof m.handler)`;
    expect(runNode(['--input-type=module', '-e', code], LAMBDA).trim()).toBe('function');
  }

  beforeAll(async () => {
    bundles = await unpacked(policy, 'functions');
  });

  it('load and export a handler on what Lambda gives them', () => {
    expect(bundles.map(({ name }) => name)).toEqual([...FUNCTIONS]);
    for (const { file } of bundles) {
      loads(file);
    }
  });

  it('are the same twice, so that an unchanged function stays as it is', async () => {
    const entry = join(ROOT, 'handlers/sweep.ts');
    const [first, second] = await Promise.all([bundleHandler(entry), bundleHandler(entry)]);
    expect(Buffer.from(first).equals(second)).toBe(true);
    const directory = await upToDateCode();
    const zips = functionCode(directory, policy).map(({ zip }) => zip);
    for (const [index, { zip }] of functionCode(directory, policy).entries()) {
      expect(Buffer.from(zip).equals(zips[index] ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('stay small: schemas of calls that a function does not make are left out', async () => {
    for (const { name, bytes, file } of bundles) {
      // The one that draws the page has the page, with its script, and the client of S3.
      expect([name, bytes < (name === 'publish-report' ? 745_000 : 695_000)]).toEqual([name, true]);
      const text = readFileSync(file, 'utf8');
      const unneeded = [
        'RunInstancesRequest',
        // It has the client of STS, whose schemas lie together.
        ...(name === 'request-peerings' ? [] : ['AssumeRoleWithWebIdentity']),
        'GetRoleCredentials',
        // Of event streams, which keep much else.
        ':message-type',
      ];
      expect(unneeded.filter((word) => text.includes(word))).toEqual([]);
    }
  });

  it('hold the clients of Organizations and STS only when a rule selects by organization', async () => {
    const asking = policyOf({
      rules: [{ name: 'members', effect: 'accept', remote: { accountTags: { Team: 'net' } } }],
    });
    const clients = (file: string) => {
      const text = readFileSync(file, 'utf8');
      return [
        'AWSOrganizationsV20161128',
        'RoleSessionName',
        'GetSessionToken',
        'CreateGovCloudAccount',
      ].filter((word) => text.includes(word));
    };
    for (const { file, name } of bundles) {
      // It looks at the VPCs of other accounts by a role of theirs.
      expect([name, clients(file)]).toEqual([name, name === 'request-peerings' ? ['RoleSessionName'] : []]);
    }
    const deciding = (await unpacked(asking, 'asking')).find(({ name }) => name === 'accept-requests');
    const file = deciding?.file ?? '';
    expect(clients(file)).toEqual(['AWSOrganizationsV20161128', 'RoleSessionName']);
    loads(file);
    // The reader of subnets is in it, too.
    expect(deciding?.bytes).toBeLessThan(670_000);
    const page = readFileSync(join(__dirname, '../../docs/organization.md'), 'utf8');
    const [, said] = /accept-requests grows by about (\d+) KB/.exec(page) ?? [];
    const without = bundles.find(({ name }) => name === 'accept-requests')?.bytes ?? 0;
    const grown = ((deciding?.bytes ?? 0) - without) / 1000;
    expect(Math.abs(grown - Number(said))).toBeLessThan(10);
  });

  it('hold the reader of subnets only when a rule routes them', async () => {
    const asking = policyOf({
      rules: [
        {
          name: 'subnets',
          effect: 'accept',
          remote: { accounts: ['self'] },
          routes: { destinations: { subnetTags: { Tier: 'shared' } } },
        },
      ],
    });
    const reads = (file: string) => readFileSync(file, 'utf8').includes('DescribeSubnetsRequest');
    const named = (all: typeof bundles) => all.filter(({ file }) => reads(file)).map(({ name }) => name);
    // These look at subnets for pings.
    expect(named(bundles).sort()).toEqual(['check-connectivity', 'record-connectivity']);
    const others = await unpacked(asking, 'subnets');
    expect(named(others).sort()).toEqual([
      'accept-requests',
      'check-connectivity',
      'record-connectivity',
      'sync-routes',
    ]);
    for (const { file } of others) loads(file);
  });

  it('read the policy from the file beside them', () => {
    for (const { file } of bundles) {
      expect(readFileSync(file, 'utf8')).toContain('policy.json');
      expect(JSON.parse(readFileSync(join(dirname(file), 'policy.json'), 'utf8'))).toEqual(policy);
    }
  });
});
