import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** The check before a commit, in a clone of its own: this project's setting of git is a developer's. */

const ROOT = join(__dirname, '../..');

/** What no clone has. */
const NOT_CLONED = ['.git', '.lab', '.serverless', '.stryker-tmp', '.venv', 'coverage', 'dist', 'reports'];

/** A hook of the one who runs the tests says by these which repository it is in. */
const OUTSIDE = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));

const PERSON = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

const PLANTED = 'lib/network/planted.ts';

let clone = '';

function run(command: string, ...args: readonly string[]): Promise<{ failed: boolean; text: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: clone, env: { ...OUTSIDE, ...PERSON } }, (error, out, err) =>
      resolve({ failed: error !== null, text: out + err }),
    );
  });
}

/** @throws Error with what the command printed. */
async function runs(command: string, ...args: readonly string[]): Promise<string> {
  const { failed, text } = await run(command, ...args);
  if (failed) {
    throw new Error(`${command} ${args.join(' ')}: ${text}`);
  }
  return text.trim();
}

async function commit(...args: readonly string[]): Promise<{ failed: boolean; text: string }> {
  await runs('git', 'add', '--all');
  return run('git', 'commit', '--quiet', '--message', 'planted', ...args);
}

/**
 * The clone's check is of the types of one folder. That the whole passes is asked by `npm test`, which begins with it; what the
 * hook makes of its end is the same.
 */
function checkOneFolder(): void {
  for (const [name, change] of [
    ['package.json', ({ scripts, ...rest }) => ({ ...rest, scripts: { ...scripts, check: 'tsc' } })],
    ['tsconfig.json', (config) => ({ ...config, include: [dirname(PLANTED)] })],
  ] as readonly (readonly [string, (file: Record<string, object>) => object])[]) {
    const file = join(clone, name);
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  }
}

const commits = () => runs('git', 'rev-list', '--count', 'HEAD');

beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), 'peering-hooks-'));
  cpSync(ROOT, clone, {
    recursive: true,
    filter: (path) => ![...NOT_CLONED, 'node_modules'].includes(relative(ROOT, path)),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  checkOneFolder();
  await runs('git', 'init', '--quiet');
  writeFileSync(join(clone, '.git/info/exclude'), '/node_modules\n');
  await commit();
  writeFileSync(join(clone, PLANTED), 'export const planted: string = 1;\n');
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

describe('the check before a commit', () => {
  it('does nothing as long as nobody has switched it on', async () => {
    expect((await commit()).failed).toBe(false);
    expect(await commits()).toBe('2');
  });

  it('is switched on by npm run hooks, and by no installation', async () => {
    const { scripts } = JSON.parse(await runs('git', 'show', 'HEAD:package.json')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const atInstallation = ['preinstall', 'install', 'postinstall', 'prepare', 'dependencies'].map(
      (name) => scripts[name] ?? '',
    );
    expect(atInstallation.join()).not.toMatch(/hooks|git/);
    expect((await run('git', 'config', 'core.hooksPath')).text).toBe('');
    await runs('npm', 'run', '--silent', 'hooks');
    expect(await runs('git', 'config', 'core.hooksPath')).toBe('.githooks');
  });

  it('stops a commit for which npm run check fails, and says why and how to go on', async () => {
    writeFileSync(join(clone, 'docs/more.md'), 'More.\n');
    const { failed, text } = await commit();
    expect(failed).toBe(true);
    expect(text).toContain(`${PLANTED}(1,14): error TS2322`);
    expect(text).toContain('Nothing was committed: npm run check fails');
    expect(await commits()).toBe('2');
  });

  it('can be left out for one commit', async () => {
    expect((await commit('--no-verify')).failed).toBe(false);
    expect(await commits()).toBe('3');
  });

  it('lets a commit pass for which it does not fail', async () => {
    rmSync(join(clone, PLANTED));
    expect(await commit()).toEqual({
      failed: false,
      text: expect.not.stringContaining('Nothing was committed'),
    });
    expect(await commits()).toBe('4');
  });
});
