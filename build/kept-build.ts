import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PROJECT_ROOT } from './bundle.ts';

/**
 * What is built of the sources, one folder for each state of them, named by it: only what is not there yet is built, and two that
 * build at the same time do not meet.
 */

async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) {
    return [path];
  }
  const entries = await readdir(path);
  return (await Promise.all(entries.sort().map((entry) => filesIn(join(path, entry))))).flat();
}

/** Stands for the state of these files and folders of the project. */
async function stateOf(sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const files = await Promise.all(sources.map((source) => filesIn(join(PROJECT_ROOT, source))));
  for (const file of files.flat()) {
    hash.update(`\0${relative(PROJECT_ROOT, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Puts a folder there whole or not at all. Another process that was faster has the same. */
async function putInPlace(made: string, place: string): Promise<void> {
  try {
    await rename(made, place);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code)) {
      throw error;
    }
  }
}

export interface KeptBuild {
  /** Names the folder. */
  readonly state: string;
  readonly directory: string;
}

/**
 * The folder that is built of the sources as they are now.
 *
 * @param builds where the folders are.
 * @param sources all that the build is made of, and what makes it, from the project's folder. The lock file stands for
 *   node_modules.
 * @param build builds into the folder that it is given, which may not be there yet.
 */
export async function keptBuild(
  builds: string,
  sources: readonly string[],
  build: (directory: string) => Promise<unknown>,
): Promise<KeptBuild> {
  const state = await stateOf(sources);
  const directory = join(builds, state);
  if (!existsSync(directory)) {
    const making = `${directory}.${randomUUID()}`;
    await build(making);
    await putInPlace(making, directory);
  }
  return { state, directory };
}
