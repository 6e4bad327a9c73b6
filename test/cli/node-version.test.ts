import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

/** What a Node that is too old gets to read: nothing of this project can be relied on to run there. */

const ROOT = join(__dirname, '../..');
const { engines, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
};

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'peering-node-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a line of a shell by a Node that says it is another. */
function runBy(version: string, line: string): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const preload = join(directory, `node-${version}.cjs`);
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });\n`,
  );
  return new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', line],
      { cwd: ROOT, env: { PATH: process.env.PATH, NODE_OPTIONS: `--require ${preload}` } },
      (error, _, stderr) => resolve({ code: error === null ? 0 : error.code, stderr }),
    );
  });
}

const OLD = {
  code: 1,
  stderr: expect.stringMatching(/^Node 20\.18\.3 is too old: .* needs 20\.19 or newer\. Install .*\n$/),
};

it('a clone in which nothing is installed says so in one line', async () => {
  const clone = join(directory, 'clone');
  for (const file of ['package.json', 'bin/node-version.cjs', 'build/ready.cjs']) {
    cpSync(join(ROOT, file), join(clone, file), { recursive: true });
  }
  expect(await runBy('20.19.0', `cd ${clone}; ${scripts.start}`)).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^Nothing is installed here yet, .* Run npm ci first, .*\n$/),
  });
});

describe('a Node that is too old', () => {
  it.each([
    ['the command', 'bin/peering.mjs plan'],
    ['what npm ci runs', 'build/prepare.mjs'],
  ])('is told so by %s, in one line', async (_, file) => {
    expect(await runBy('20.18.3', `node ${file}`)).toEqual(OLD);
  });

  it.each(['start', 'lab', 'test', 'bench', 'proof', 'live-check'])(
    'is told so by npm run %s, in one line',
    async (name) => {
      expect(await runBy('20.18.3', scripts[name] ?? '')).toEqual(OLD);
    },
  );

  it.each(['8.17.0', '16.20.2', '19.9.0', '20.18.99'])('is %s', async (version) => {
    expect(await runBy(version, 'node bin/node-version.cjs')).toMatchObject({ code: 1 });
  });

  it.each(['20.19.0', '20.20.1', '22.0.0', '24.1.0', '100.0.0'])('is not %s', async (version) => {
    expect(await runBy(version, 'node bin/node-version.cjs')).toEqual({ code: 0, stderr: '' });
  });

  it('is one older than package.json says', () => {
    expect(engines.node).toBe('>=20.19.0');
  });

  it.each(['bin/node-version.cjs', 'bin/peering.mjs', 'build/ready.cjs'])('can read %s', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    // Import and its function are of ES modules, which Node 12 has.
    const supported = { 'dynamic-import': true };
    const forTarget = (target: string) => transformSync(text, { target, supported }).code;
    expect(forTarget('es2017')).toBe(forTarget('esnext'));
  });
});
