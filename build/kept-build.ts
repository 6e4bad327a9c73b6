import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PROJECT_ROOT } from './bundle.ts';

/**
 * What is built of the sources, one folder for each state of them, named by it: only what is not there yet is built, and two that
 * build at the same time do not meet.
 */

function filesIn(path: string): string[] {
  return statSync(path).isFile()
    ? [path]
    : readdirSync(path)
        .sort()
        .flatMap((entry) => filesIn(join(path, entry)));
}

/** By the sources' names. They are read once: who edits them starts a new process. */
const states = new Map<string, string>();

/** Stands for the state of these files and folders of the project. Read in one go: some hundred small files take five times as long otherwise. */
function stateOf(sources: readonly string[]): string {
  const names = sources.join('\0');
  const known = states.get(names);
  if (known !== undefined) {
    return known;
  }
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesIn(join(PROJECT_ROOT, source)))) {
    hash.update(`\0${relative(PROJECT_ROOT, file)}\0`).update(readFileSync(file));
  }
  const state = hash.digest('hex').slice(0, 16);
  states.set(names, state);
  return state;
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
  const state = stateOf(sources);
  const directory = join(builds, state);
  if (!existsSync(directory)) {
    const making = `${directory}.${randomUUID()}`;
    await build(making);
    await putInPlace(making, directory);
  }
  return { state, directory };
}
