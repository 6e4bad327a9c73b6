import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Bundles, CURRENT_BUILD, writeBundles } from '../cli/release/code.ts';
import { FUNCTIONS } from '../resources/functions.ts';
import { bundleFunctions, PROJECT_ROOT } from './bundle.ts';

/**
 * The bundles of the functions in `dist/code`, one folder for each state of the sources, named by it: who deploys builds only what
 * is not there yet, and two that deploy at the same time do not meet.
 */

/** What a bundle is made of, and what makes it. The lock file stands for node_modules. */
const SOURCES = [
  'build',
  'cli/release/code.ts',
  'handlers',
  'lib',
  'resources/functions.ts',
  'package-lock.json',
];

async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) {
    return [path];
  }
  const entries = await readdir(path);
  return (await Promise.all(entries.sort().map((entry) => filesIn(join(path, entry))))).flat();
}

/** Stands for the state of everything that bundles are made of. */
async function stateOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const files = await Promise.all(SOURCES.map((source) => filesIn(join(PROJECT_ROOT, source))));
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

const BUILDS = join(PROJECT_ROOT, 'dist', 'code');

async function build(directory: string): Promise<void> {
  const [plain, asking] = await Promise.all([bundleFunctions('every-policy'), bundleFunctions('asking')]);
  const making = `${directory}.${randomUUID()}`;
  await mkdir(making, { recursive: true });
  const text = ({ contents }: { readonly contents: Uint8Array }) => Buffer.from(contents).toString('utf8');
  const bundles: Bundles = {
    plain: Object.fromEntries(FUNCTIONS.map((name) => [name, text(plain[name])])) as Bundles['plain'],
    asking: Object.fromEntries(
      FUNCTIONS.filter((name) => text(plain[name]) !== text(asking[name])).map((name) => [
        name,
        text(asking[name]),
      ]),
    ),
  };
  writeBundles(making, bundles);
  await putInPlace(making, directory);
}

async function pointTo(state: string): Promise<void> {
  const making = join(BUILDS, `${CURRENT_BUILD}.${randomUUID()}`);
  await writeFile(making, `${state}\n`);
  await rename(making, join(BUILDS, CURRENT_BUILD));
}

/** The directory with the bundles of the sources as they are now, built if it is not there. */
export async function upToDateCode(): Promise<string> {
  const state = await stateOfSources();
  const directory = join(BUILDS, state);
  if (!existsSync(directory)) {
    await build(directory);
  }
  const current = join(BUILDS, CURRENT_BUILD);
  if (!existsSync(current) || (await readFile(current, 'utf8')).trim() !== state) {
    await pointTo(state);
  }
  return directory;
}

/** Leaves nothing but the bundles of the sources as they are now: what a package takes along. */
export async function onlyUpToDateCode(): Promise<void> {
  const directory = await upToDateCode();
  const others = (await readdir(BUILDS)).filter(
    (name) => name !== CURRENT_BUILD && join(BUILDS, name) !== directory,
  );
  await Promise.all(others.map((name) => rm(join(BUILDS, name), { recursive: true, force: true })));
}
