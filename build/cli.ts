import { cp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { PROJECT_ROOT } from './bundle.ts';
import { onlyUpToDateCode } from './code.ts';
import { keptBuild } from './kept-build.ts';

/** `npm run build:cli`: bundles the `peering` command, with everything it needs, into `dist/cli`, and the functions. */

/** Parts of the SDK are CommonJS and call `require`, which an ES module has not. */
const REQUIRE_BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/**
 * Builds `<directory>/peering.mjs` and the chunks that it loads when a command needs them. The SDK is inside, with all
 * its ways to find credentials: an installed command needs no other package.
 */
export async function buildCli(directory: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  await rm(directory, { recursive: true, force: true });
  await build({
    entryPoints: { peering: join(PROJECT_ROOT, 'cli', 'main.ts') },
    absWorkingDir: PROJECT_ROOT,
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE_BANNER },
    define: { PEERING_VERSION: JSON.stringify(version) },
    legalComments: 'linked',
    logLevel: 'silent',
  });
  return join(directory, 'peering.mjs');
}

/** What the command is made of, and what makes it. */
const SOURCES = ['build', 'cli', 'lib', 'resources', 'package.json', 'package-lock.json'];

/**
 * The folder with the command of the sources as they are now, `peering.mjs` and its chunks, built if it is not there: it starts in a
 * fifth of the time that the sources take.
 */
export async function upToDateCommand(): Promise<string> {
  const { directory } = await keptBuild(join(PROJECT_ROOT, 'dist', 'command'), SOURCES, buildCli);
  return directory;
}

/** Where `bin/peering.mjs` looks. */
const IN_PACKAGE = resolve(PROJECT_ROOT, 'dist', 'cli');

async function putIntoPackage(): Promise<void> {
  const built = await upToDateCommand();
  await rm(IN_PACKAGE, { recursive: true, force: true });
  await cp(built, IN_PACKAGE, { recursive: true });
}

/** Puts the command into `dist/cli`, and beside it the functions that it deploys; says what went wrong. */
export async function buildCommand(): Promise<void> {
  try {
    await Promise.all([putIntoPackage(), onlyUpToDateCode()]);
  } catch (error) {
    process.stderr.write(`The command was not built. ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void buildCommand();
}
