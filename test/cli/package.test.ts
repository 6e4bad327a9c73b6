import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type InstalledPackage, installPackage } from '../support/installed-package.ts';
import { brokenLinks, pagesIn } from '../support/page-links.ts';
import { readmeCommand } from '../support/readme.ts';
import { POLICY, writeNetwork } from './support/network.ts';

/** The command as it is installed from a package, and by npx in a clone. */

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
let directory: string;
let installed: InstalledPackage;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'peering-package-'));
  installed = await installPackage(directory);
  writeFileSync(join(directory, 'peering-policy.yml'), POLICY);
  writeNetwork(join(directory, 'net'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the installed package', () => {
  it('brings the command with all that it needs, and nothing of the tests or the lab', async () => {
    const modules = join(directory, 'node_modules');
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['vpc-peering-autopilot']);
    const files = readdirSync(join(modules, 'vpc-peering-autopilot'));
    expect(files).toEqual(
      expect.arrayContaining(['bin', 'dist', 'docs', 'LICENSE', 'README.md', 'package.json']),
    );
    for (const name of ['test', 'lab', 'lib', 'cli', 'peering-policy.yml']) {
      expect(files).not.toContain(name);
    }
  });

  it('has every page and heading that its own pages lead to', async () => {
    const root = join(directory, 'node_modules/vpc-peering-autopilot');
    const pages = await pagesIn(root, '.', 'all below');
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/runbooks/README.md']));
    expect(pages.flatMap((page) => brokenLinks(root, page))).toEqual([]);
  });

  it('has nothing that runs when it is installed', () => {
    const manifest = join(directory, 'node_modules/vpc-peering-autopilot/package.json');
    const { scripts } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    // npm 11 warns of each of them.
    expect(
      Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare)$|^prepublish$/.test(name)),
    ).toEqual([]);
  });

  it('plans and draws', async () => {
    expect(await installed.peering('plan --snapshot net')).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('To do: 1 request to accept'),
      stderr: '',
    });
    const { stdout } = await installed.peering('graph --snapshot net');
    expect(stdout).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
  });
});

describe('before a version is published', () => {
  const check = (change: (manifest: string) => string) => {
    const copy = mkdtempSync(join(tmpdir(), 'peering-publishable-'));
    cpSync(join(ROOT, 'checks'), join(copy, 'checks'), { recursive: true });
    cpSync(join(ROOT, 'CHANGELOG.md'), join(copy, 'CHANGELOG.md'));
    writeFileSync(join(copy, 'package.json'), change(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    const { status, stderr } = spawnSync(process.execPath, ['checks/publishable.mjs'], {
      cwd: copy,
      encoding: 'utf8',
    });
    rmSync(copy, { recursive: true });
    return [status, stderr];
  };
  const filledIn = (manifest: string) =>
    manifest.replace('"url": ""', '"url": "git+https://github.com/acme/vpc-peering-autopilot.git"');

  it('the repository has to be filled in, and the changelog to have a heading', () => {
    expect(check((manifest) => manifest)).toEqual([1, expect.stringContaining('repository.url is empty')]);
    expect(
      check((manifest) => filledIn(manifest).replace(/"version": "[^"]+"/, '"version": "99.0.0"')),
    ).toEqual([1, expect.stringContaining('no heading for version 99.0.0')]);
    expect(check(filledIn)).toEqual([0, '']);
  });
});

it('npx finds the command in a clone', async () => {
  const { stdout } = await run('npx', ['--no', 'peering', '--version'], { cwd: ROOT });
  expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
});

describe('a clone without devDependencies', () => {
  let clone: string;

  beforeAll(() => {
    clone = mkdtempSync(join(tmpdir(), 'peering-clone-'));
    for (const name of ['package.json', 'package-lock.json', 'build', 'bin']) {
      cpSync(join(ROOT, name), join(clone, name), { recursive: true });
    }
  });

  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  it('is installed, and the command says why it is not there', async () => {
    const line = `${readmeCommand('npm ci')} --omit=dev --offline --no-audit --no-fund`;
    await run('sh', ['-c', line], { cwd: clone });
    await expect(run(process.execPath, ['bin/peering.mjs', 'plan'], { cwd: clone })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^peering: The command is not built yet\. Run npm ci, without --omit=dev,.*\n$/,
      ),
    });
  });

  it('makes no package: it would lack the command', async () => {
    await expect(run('npm', ['pack'], { cwd: clone })).rejects.toMatchObject({
      stderr: expect.stringContaining('The peering command was not built'),
    });
    expect(readdirSync(clone).filter((name) => name.endsWith('.tgz'))).toEqual([]);
  });
});
