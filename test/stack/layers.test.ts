import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Milliseconds, on a machine that does much else. */
const CHECKING = 60_000;

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'peering-layers-'));
  for (const file of ['checks', 'biome.jsonc', '.gitignore', 'package.json', 'lab/package.json']) {
    cpSync(join(ROOT, file), join(directory, file), { recursive: true });
  }
  const files = {
    'lib/network/cidr.ts': `import type { Peering } from '../model/peering.ts';\nexport type Owner = Peering;\n`,
    'lib/model/peering.ts': 'export interface Peering {\n  readonly id: string;\n}\n',
    'lib/model/one.ts': `export { two as one } from './two.ts';\n`,
    'lib/model/two.ts': `export { one as two } from './one.ts';\n`,
    'lib/policy/now.ts': 'export const isPast = () => Date.now() > 0;\n',
    'lib/policy/file.ts': `export { readFileSync } from 'node:fs';\n`,
    'lib/policy/good.ts': `export { createHash } from 'node:crypto';\nexport type { Peering } from '../model/peering.ts';\n`,
    'lib/ports/reader.ts': `import { isPast } from '../policy/now.ts';\nexport const judged = isPast();\n`,
    'lib/passes/sync.ts': `import { EC2Client } from '@aws-sdk/client-ec2';\nexport const client = new EC2Client();\n`,
    'lib/passes/long.ts': `export const lines = [\n${'  1,\n'.repeat(160)}];\n`,
    'lib/passes/named.ts': 'export const sum = (parts: readonly number[]) => parts.length;\n',
    'lib/odd/odd.ts': 'export const odd = 1;\n',
    'lib/aws/odd.ts': `export { odd } from '../odd/odd.ts';\n`,
    'cli/main.ts': `export const load = () => import('../build/main.ts');\n`,
    'build/main.ts': 'export const built = true;\n',
    'lab/index.ts': `export { secret } from './inner.ts';\n`,
    'lab/inner.ts': 'export const secret = 1;\n',
    'lab/network/index.ts': `export type { Peering } from '../../lib/model/peering.ts';\n`,
    'lab/test/inner.test.ts': `export { built } from '../../build/main.ts';\n`,
    'lib/policy/lab.ts': `export { secret } from 'local-aws-peering';\n`,
    'local/good.ts': `export { secret } from 'local-aws-peering';\nexport type { Peering } from 'local-aws-peering/network';\n`,
    'local/path.ts': `export { secret } from '../lab/index.ts';\n`,
    'test/local/inner.test.ts': `export { secret } from '../../lab/inner.ts';\n`,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync('../lab', join(directory, 'node_modules/local-aws-peering'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What a check prints about the planted files, and whether it failed. */
function check(command: string, args: readonly string[]): Promise<{ failed: boolean; text: string }> {
  return new Promise((resolve) => {
    const program = join(ROOT, 'node_modules/.bin', command);
    execFile(program, args, { cwd: directory, env: { ...process.env, NO_COLOR: '1' } }, (error, out, err) =>
      resolve({ failed: error !== null, text: out + err }),
    );
  });
}

describe('the check of the layers', () => {
  it(
    'names each import that goes the wrong way, its rule and what to do',
    async () => {
      const { failed, text } = await check('depcruise', [
        ...['--config', 'checks/layers.mjs', '--output-type', 'err-long'],
        ...['lib', 'cli', 'build', 'lab', 'local', 'test'],
      ]);
      const broken = [...text.matchAll(/^ *error ([\w/-]+): (\S+)(?: → (\S+))?/gm)].map(([, ...parts]) =>
        parts.filter((part) => part !== undefined).join(' '),
      );
      expect(broken.sort()).toEqual([
        'cli cli/main.ts build/main.ts',
        'known-layer lib/aws/odd.ts lib/odd/odd.ts',
        'lab lab/network/index.ts lib/model/peering.ts',
        'lab lab/test/inner.test.ts build/main.ts',
        'lab-by-its-face test/local/inner.test.ts lab/inner.ts',
        'lab-by-its-name local/path.ts lab/index.ts',
        'lab-by-its-name test/local/inner.test.ts lab/inner.ts',
        'lib/aws lib/aws/odd.ts lib/odd/odd.ts',
        'lib/network lib/network/cidr.ts lib/model/peering.ts',
        'lib/policy lib/policy/lab.ts lab/index.ts',
        'no-circle lib/model/one.ts',
        'pure-without-node lib/policy/file.ts fs',
        'sdk-only-in-aws lib/passes/sync.ts @aws-sdk/client-ec2',
      ]);
      expect(text.replaceAll(/\s+/g, ' ')).toContain('lib/network/ may import of this project only itself.');
      expect(failed).toBe(true);
    },
    CHECKING,
  );

  it(
    'finds time in pure folders, judgement in ports, passes that are too long and names that say nothing',
    async () => {
      const { failed, text } = await check('biome', ['lint', '.']);
      const found = [...text.matchAll(/^(lib\S+?):\d+:\d+ (\S+)/gm)].map(
        ([, file, rule]) => `${file} ${rule}`,
      );
      expect(found.sort()).toEqual([
        'lib/passes/long.ts lint/style/noExcessiveLinesPerFile',
        'lib/passes/named.ts plugin',
        'lib/policy/now.ts plugin',
        'lib/ports/reader.ts plugin',
      ]);
      expect(failed).toBe(true);
    },
    CHECKING,
  );
});
