import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './python.ts';

/** Something may still be writing there, such as a function's package being unpacked: it is tried again. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 };

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
      await rm(join(parent, name), REMOVAL);
    }
  }
  const path = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  const removeAtExit = () => rmSync(path, REMOVAL);
  process.once('exit', removeAtExit);
  return {
    path,
    async remove() {
      await rm(path, REMOVAL);
      // Only now: a process that ends in between still leaves nothing behind.
      process.off('exit', removeAtExit);
    },
  };
}
