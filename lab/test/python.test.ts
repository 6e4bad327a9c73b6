import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureVirtualEnvironment } from '../python.ts';

describe('the private Python environment', () => {
  let directory: string;
  const named = process.env.PYTHON;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'venv-test-'));
  });

  afterEach(async () => {
    if (named === undefined) {
      delete process.env.PYTHON;
    } else {
      process.env.PYTHON = named;
    }
    await rm(directory, { recursive: true, force: true });
  });

  async function ensure(requirements: string, progress: (line: string) => void = () => {}) {
    const file = join(directory, 'requirements.txt');
    await writeFile(file, requirements);
    return ensureVirtualEnvironment({
      requirements: file,
      directory,
      purpose: 'The test',
      alternative: 'do without.',
      oldest: [3, 10],
      progress,
    });
  }

  it('is made once, also when two ask at the same time', async () => {
    const made = await Promise.all([ensure('# nothing\n'), ensure('# nothing\n')]);
    expect(made[1]).toEqual(made[0]);
    expect((await readdir(directory)).filter((name) => name.startsWith('venv-'))).toHaveLength(1);
  });

  it('leaves nothing half-made when its packages cannot be installed', async () => {
    const said: string[] = [];
    await expect(ensure('# none is there\n./no-such-package\n', (line) => said.push(line))).rejects.toThrow(
      'The test: its Python environment could not be made',
    );
    expect(said.slice(0, 2)).toEqual([
      expect.stringContaining('Making a private Python environment'),
      '  downloading and installing 1 package',
    ]);
    expect(said.slice(2).filter((line) => !line.includes('ERROR'))).toEqual([]);
    expect((await readdir(directory)).filter((name) => name.startsWith('venv-'))).toEqual([]);
  });

  it('says where it cannot write, and what to do', async () => {
    const file = join(directory, 'a-file');
    await writeFile(file, '');
    const requirements = join(directory, 'requirements.txt');
    await writeFile(requirements, '');
    await expect(
      ensureVirtualEnvironment({
        requirements,
        directory: file,
        purpose: 'The test',
        alternative: 'do without.',
        oldest: [3, 10],
        progress: () => {},
      }),
    ).rejects.toThrow(
      new RegExp(
        `The test needs a folder .* cannot write to ${file}: .*EEXIST.* Make it writable, or do without\\.`,
      ),
    );
  });

  it('names the remedies when there is no fit Python', async () => {
    process.env.PYTHON = join(directory, 'no-python');
    await expect(ensure('')).rejects.toThrow(
      'The test needs Python 3.10 or newer with venv: none was found. Install Python 3.10 or newer (PYTHON=/path/to/python names one), or do without.',
    );
    const old = join(directory, 'old-python');
    await writeFile(old, '#!/bin/sh\necho 3.8\n', { mode: 0o755 });
    process.env.PYTHON = old;
    await expect(ensure('')).rejects.toThrow(`${old} is 3.8`);
  });
});
