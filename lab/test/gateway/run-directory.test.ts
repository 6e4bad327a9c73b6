import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRunDirectory } from '../../run-directory.ts';

const LAB = join(__dirname, '..', '..');

describe('a run directory', () => {
  let parent: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'run-directory-test-'));
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  it('goes although something still writes to it', async () => {
    const directory = await makeRunDirectory(parent, 'run-');
    let files = 0;
    const writer = (async () => {
      for (; files < 300; files++) {
        await writeFile(join(directory.path, `file-${files}`), '');
      }
    })().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') {
        throw error;
      }
    });
    while (files < 20) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await directory.remove();
    await writer;
    expect(await readdir(parent)).toEqual([]);
  });

  it('goes when its process ends while it is being removed', async () => {
    const script = `
      import { writeFileSync } from 'node:fs';
      import { makeRunDirectory } from './run-directory.ts';
      const directory = await makeRunDirectory(${JSON.stringify(parent)}, 'run-');
      for (let file = 0; file < 200; file++) {
        writeFileSync(directory.path + '/' + file, '');
      }
      directory.remove();
      process.exit(3);`;
    const { status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: LAB },
    );
    expect(status).toBe(3);
    expect(await readdir(parent)).toEqual([]);
  });
});
