import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './python.ts';

export interface RunDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * A directory of this process alone, `<parent>/<prefix><process id>-<random>`; it goes when the process ends. Those of
 * processes that were killed are cleared away first.
 */
export async function makeRunDirectory(parent: string, prefix: string): Promise<RunDirectory> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const owner = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (owner !== undefined && !isAlive(Number(owner))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
  const path = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  const removeAtExit = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeAtExit);
  return {
    path,
    async remove() {
      process.off('exit', removeAtExit);
      await rm(path, { recursive: true, force: true });
    },
  };
}
