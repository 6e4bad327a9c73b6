import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { LAB_DIRECTORY } from '../command.ts';

/** The lab as somebody else installs it: packed, in a folder of their own, with what its package.json asks for and no more. */

const run = promisify(execFile);
const LAB = join(__dirname, '..');
const NAME = 'local-aws-peering';

interface Installed {
  readonly bin: Readonly<Record<string, string>>;
  readonly private?: boolean;
  readonly scripts?: object;
  readonly dependencies: Readonly<Record<string, string>>;
}

let directory: string;
let home: string;
let manifest: Installed;
let packed: readonly string[];

function folderOf(dependency: string): string {
  const above = (require.resolve.paths(dependency) ?? []).map((folder) => join(folder, dependency));
  const folder = above.find((each) => existsSync(each));
  if (folder === undefined) throw new Error(`${dependency} is not installed`);
  return realpathSync(folder);
}

/** The link keeps the dependency's own dependencies where they are. */
function link(dependency: string, folder = folderOf(dependency)): void {
  const place = join(directory, 'node_modules', dependency);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(folder, place);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'peering-lab-'));
  const built = join(directory, 'built');
  await run(
    process.execPath,
    ['--import', 'tsx', '-e', `import('./build.ts').then((m) => m.buildPackage(${JSON.stringify(built)}))`],
    { cwd: LAB },
  );
  const { stdout } = await run('npm', ['pack', '--json', '--offline', '--pack-destination', directory], {
    cwd: built,
  });
  const [{ filename, files }] = JSON.parse(stdout) as readonly [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  packed = files.map(({ path }) => path);
  home = join(directory, 'node_modules', NAME);
  mkdirSync(home, { recursive: true });
  await run('tar', ['-xzf', join(directory, filename), '--strip-components=1', '-C', home]);
  manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Installed;
  for (const dependency of Object.keys(manifest.dependencies)) link(dependency);
  // Made anew it would take half a minute, and need the network.
  link('.lab', LAB_DIRECTORY);
  writeFileSync(join(directory, 'package.json'), '{"private": true, "type": "module"}\n');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

it('has code, types and what the code reads, and no source or test', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'index.js',
      'index.d.ts',
      'runtime.mjs',
      'moto-server.py',
      'requirements.txt',
      'LICENSE',
    ]),
  );
  expect(packed.filter((path) => /(^|\/)(test|examples)\/|(?<!\.d)\.ts$|\.map$/.test(path))).toEqual([]);
  expect(manifest.scripts).toBeUndefined();
  const links = readFileSync(join(home, 'README.md'), 'utf8').matchAll(/\]\(([^)\s]+)\)/g);
  expect([...links].filter(([, link = '']) => !/^(https:|#)/.test(link))).toEqual([]);
});

it('is not published before the project around it names its repository', async () => {
  expect(manifest.private).toBe(true);
  const filledIn = await run(
    process.execPath,
    [
      '--import',
      'tsx',
      '-e',
      `import('./build.ts').then(({ packageManifest }) => console.log(JSON.stringify(packageManifest({ private: true, exports: {} }, { repository: { type: 'git', url: 'git+https://github.com/acme/x.git' } }))))`,
    ],
    { cwd: LAB },
  );
  expect(JSON.parse(filledIn.stdout)).toMatchObject({
    repository: { directory: 'lab' },
    publishConfig: { provenance: true },
  });
  expect(JSON.parse(filledIn.stdout)).not.toHaveProperty('private');
});

it('is started by its command, and answers as EC2', async () => {
  const child = spawn(process.execPath, [join(home, manifest.bin[NAME] ?? ''), '--region', 'eu-west-1'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout as Readable }), 'line');
  const [, endpoint = ''] = /^ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(String(line)) ?? [];
  const ec2 = new EC2Client({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  expect(Vpc?.VpcId).toMatch(/^vpc-/);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
});

it('is imported: a peering requested, accepted, routed and pinged, in TypeScript that its types take', async () => {
  cpSync(join(LAB, 'examples/two-vpcs.ts'), join(directory, 'two-vpcs.ts'));
  mkdirSync(join(directory, 'node_modules/@types'), { recursive: true });
  link('@types/node');
  const tsc = join(folderOf('typescript'), 'bin/tsc');
  const options = [
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--strict',
    '--skipLibCheck',
    'false',
    '--types',
    'node',
  ];
  await run(process.execPath, [tsc, ...options, 'two-vpcs.ts'], { cwd: directory }).catch(({ stdout }) => {
    throw new Error(stdout);
  });
  const { stdout } = await run(process.execPath, ['two-vpcs.js'], { cwd: directory });
  expect(stdout).toContain('Initiating Request to 123456789012');
  expect(stdout.match(/\d+% packet loss/g)).toEqual(['100% packet loss', '0% packet loss']);
});
