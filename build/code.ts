import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundles, CURRENT_BUILD, writeBundles } from '../cli/release/code.ts';
import { FUNCTIONS } from '../resources/functions.ts';
import { bundleFunctions, PROJECT_ROOT } from './bundle.ts';
import { keptBuild } from './kept-build.ts';

/** The bundles of the functions in `dist/code`: who deploys builds only what is not there yet. */

/** What a bundle is made of, and what makes it. */
const SOURCES = [
  'build',
  'cli/release/code.ts',
  'handlers',
  'lib',
  'resources/functions.ts',
  'package-lock.json',
];

const BUILDS = join(PROJECT_ROOT, 'dist', 'code');

async function build(directory: string): Promise<void> {
  const [plain, asking] = await Promise.all([bundleFunctions('every-policy'), bundleFunctions('asking')]);
  await mkdir(directory, { recursive: true });
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
  writeBundles(directory, bundles);
}

async function pointTo(state: string): Promise<void> {
  const making = join(BUILDS, `${CURRENT_BUILD}.${randomUUID()}`);
  await writeFile(making, `${state}\n`);
  await rename(making, join(BUILDS, CURRENT_BUILD));
}

/** The directory with the bundles of the sources as they are now, built if it is not there. */
export async function upToDateCode(): Promise<string> {
  const { state, directory } = await keptBuild(BUILDS, SOURCES, build);
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
