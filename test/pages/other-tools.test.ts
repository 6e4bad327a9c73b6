import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ensureVirtualEnvironment } from 'local-aws-peering/command';
import { parse } from 'yaml';
import { type Lab, startLab } from '../../local/lab.ts';
import type { StackTemplate } from '../../resources/stack-template.ts';
import { type Ended, type InstalledPackage, installPackage } from '../support/installed-package.ts';
import { nodeTools } from '../support/node-tools.ts';
import { commandsIn } from '../support/readme.ts';

/**
 * What docs/deploy.md and docs/infrastructure-as-code.md show for tools of others, with these tools: the CDK code is run, SAM deploys
 * into the local AWS, and the Terraform configurations are read by HashiCorp's own parser. Terraform itself is no package of a registry.
 * What they need is installed when first asked for, with the versions in other-tools/.
 */

jest.setTimeout(1_200_000);

const TOOLS = join(__dirname, 'other-tools');
const ROOT = join(__dirname, '../..');
const REGION = 'us-east-1';
const BUCKET = 'example-artifacts';
const STACK = 'vpc-peering-autopilot-prod';

let lab: Lab;
let directory: string;
let installed: InstalledPackage;
let modules: string;

/** The blocks of a page in one language. */
function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\\n *\`\`\``, 'g'))].map(
    ([, block = '']) => block,
  );
}

function deployCommand(beginning: string): string {
  const found = commandsIn('docs/deploy.md').filter((command) => command.startsWith(beginning));
  if (found.length !== 1) throw new Error(`docs/deploy.md shows ${found.length} commands ${beginning}`);
  return found[0] ?? '';
}

/** CDK sorts what a resource depends on, which has no order. */
function withoutOrder(resources: StackTemplate['Resources']): StackTemplate['Resources'] {
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => {
      const { DependsOn = [] } = resource;
      const isList = typeof DependsOn !== 'string' && DependsOn.length > 0;
      return [id, isList ? { ...resource, DependsOn: [...DependsOn].sort() } : resource];
    }),
  );
}

function template(): StackTemplate {
  return JSON.parse(readFileSync(join(directory, 'out/template.json'), 'utf8')) as StackTemplate;
}

function sdk() {
  return {
    endpoint: lab.url,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
}

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(
      file,
      args,
      {
        cwd: directory,
        env: { PATH: process.env.PATH, HOME: directory, ...env },
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(error ?? new Error('no code'));
      },
    );
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'peering-tools-'));
  [lab, installed, modules] = await Promise.all([
    startLab({ progress: () => undefined }),
    installPackage(directory),
    nodeTools(TOOLS),
  ]);
  await new S3Client({ ...sdk(), forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: BUCKET }));
  for (const line of ['npx peering init --yes', deployCommand('npx peering package')]) {
    const { code, stderr } = await installed.shell(line, lab.env);
    if (code !== 0) throw new Error(stderr);
  }
});

afterAll(async () => {
  await lab?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('CDK', () => {
  /** The template of the only stack of an app. */
  async function synthesized(name: string, app: string): Promise<StackTemplate> {
    writeFileSync(join(directory, `${name}.ts`), app);
    const tsx = createRequire(__filename).resolve('tsx/cjs');
    const { code, stderr } = await run(process.execPath, ['--require', tsx, `${name}.ts`], {
      CDK_OUTDIR: name,
    });
    expect([code, stderr]).toEqual([0, '']);
    const files = readdirSync(join(directory, name)).filter((file) => file.endsWith('.template.json'));
    expect(files).toHaveLength(1);
    return JSON.parse(readFileSync(join(directory, name, files[0] ?? ''), 'utf8')) as StackTemplate;
  }

  beforeAll(() => {
    for (const name of ['aws-cdk-lib', 'constructs']) {
      symlinkSync(join(modules, 'node_modules', name), join(directory, 'node_modules', name));
    }
  });

  it('makes the same resources and outputs of the package', async () => {
    const [app = ''] = blocksOf('deploy.md', 'ts');
    const made = await synthesized('autopilot', app);
    const { Resources, Outputs, Metadata } = template();
    const withBucket = JSON.stringify(Resources).replaceAll('{"Ref":"CodeBucket"}', `"${BUCKET}"`);
    expect(withoutOrder(made.Resources)).toEqual(withoutOrder(JSON.parse(withBucket)));
    expect([made.Outputs, made.Metadata]).toEqual([Outputs, Metadata]);
  });

  it('tags the route tables of the subnets that are named, and nothing else', async () => {
    const [tagging = ''] = blocksOf('infrastructure-as-code.md', 'ts');
    const { Resources } = await synthesized(
      'network',
      `import { App, Stack, Tags } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
const stack = new Stack(new App(), 'network');
const vpc = new Vpc(stack, 'vpc');
${tagging}`,
    );
    const tagged = Object.entries(Resources).filter(([, resource]) =>
      JSON.stringify(resource).includes('"peering-autopilot:routes"'),
    );
    expect(tagged.map(([id, { Type }]) => `${id.slice(0, 16)} ${Type}`)).toEqual([
      'vpcPrivateSubnet AWS::EC2::RouteTable',
      'vpcPrivateSubnet AWS::EC2::RouteTable',
    ]);
  });
});

describe('SAM', () => {
  it('deploys the package as it is, and what it deployed is the stack of this policy', async () => {
    const { python, bin } = await ensureVirtualEnvironment({
      requirements: join(TOOLS, 'requirements.txt'),
      directory: join(ROOT, '.lab'),
      purpose: 'SAM',
      alternative: 'run the other tests alone.',
      oldest: [3, 11],
      progress: () => undefined,
    });
    const sam = (line: string) =>
      run(python, [join(bin, 'sam'), ...line.replace(/^sam /, '').split(' ')], {
        ...lab.env,
        SAM_CLI_TELEMETRY: '0',
      });
    const deployed = await sam(deployCommand('sam deploy'));
    expect([deployed.code, deployed.stderr]).toEqual([0, expect.any(String)]);
    expect(deployed.stdout).toContain(`Successfully created/updated stack - ${STACK}`);
    expect(await installed.peering('version', lab.env)).toMatchObject({ code: 0, stderr: '' });
    // What SAM adds to each resource says its name, and is no property.
    const { TemplateBody = '' } = await new CloudFormationClient(sdk()).send(
      new GetTemplateCommand({ StackName: STACK }),
    );
    const { Resources } = parse(TemplateBody) as StackTemplate;
    const asPackaged = Object.entries(Resources).map(([id, resource]) => {
      const { Metadata, ...rest } = resource as typeof resource & { readonly Metadata?: object };
      expect(Metadata).toEqual({ SamResourceId: id });
      return [id, rest];
    });
    expect(Object.fromEntries(asPackaged)).toEqual(template().Resources);
    expect(await installed.peering('remove --yes', lab.env)).toMatchObject({ code: 0 });
  });
});

type Hcl = Readonly<Record<string, unknown>>;

async function parsedHcl(text: string): Promise<Hcl> {
  const parser = createRequire(join(modules, 'package.json'))('@cdktf/hcl2json') as {
    parse(name: string, text: string): Promise<Hcl>;
  };
  return parser.parse('page.tf', text);
}

describe('Terraform', () => {
  it.each(['deploy.md', 'infrastructure-as-code.md'])('reads every configuration of %s', async (page) => {
    const blocks = blocksOf(page, 'hcl');
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      expect(Object.keys(await parsedHcl(block))).not.toEqual([]);
    }
    // That it would not take just anything.
    await expect(parsedHcl('resource "a" "b" {')).rejects.toThrow();
  });

  it('is told what the package has: its parameters, its capabilities, its template', async () => {
    const [block = ''] = blocksOf('deploy.md', 'hcl');
    const { resource } = (await parsedHcl(block)) as {
      readonly resource: Readonly<Record<string, Readonly<Record<string, readonly Hcl[]>>>>;
    };
    const [stack] = resource.aws_cloudformation_stack?.peering ?? [];
    const { Parameters = {}, Resources } = template();
    expect(stack).toMatchObject({
      name: STACK,
      parameters: { CodeBucket: BUCKET },
      capabilities: ['CAPABILITY_IAM'],
      tags: { STAGE: 'prod' },
    });
    expect(Object.keys(Parameters)).toEqual(['CodeBucket']);
    expect(JSON.stringify(Resources)).not.toContain('"RoleName"');
    // Each reference is to something of the block.
    const referred = [...block.matchAll(/\b(aws_\w+)\.(\w+)\./g)];
    expect(referred.length).toBeGreaterThan(0);
    for (const [, type = '', name = ''] of referred) expect(resource[type]).toHaveProperty(name);
  });
});
