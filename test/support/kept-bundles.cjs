'use strict';
const { createHash, randomUUID } = require('node:crypto');
const { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } = require('node:fs/promises');
const Module = require('node:module');
const { basename, dirname, join, relative } = require('node:path');

/**
 * Loaded into every `serverless` of a test run: the functions of one policy are bundled by the first and taken over by
 * the others. Bundling is most of what packaging costs, and some fifty packages of a run share a dozen policies. The
 * bundles themselves are tested without this, in test/stack/bundles.test.ts.
 */

const KEPT = process.env.TEST_KEPT;
const MANIFEST = 'bundles.json';

/** What a bundle is made of, and what makes it. The lock file stands for node_modules. */
const SOURCES = ['build', 'handlers', 'lib', 'package.json', 'package-lock.json'];

async function filesIn(path) {
  if ((await stat(path)).isFile()) {
    return [path];
  }
  const entries = await readdir(path);
  return (await Promise.all(entries.sort().map((entry) => filesIn(join(path, entry))))).flat();
}

async function keyOf(policy, project) {
  const hash = createHash('sha256').update(JSON.stringify(policy));
  const files = await Promise.all(SOURCES.map((source) => filesIn(join(project, source))));
  for (const file of files.flat()) {
    hash.update(`\0${relative(project, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** Makes a copy that is there whole or not at all. */
async function keep(bundles, directory, kept) {
  const making = `${kept}.${randomUUID()}`;
  await cp(directory, making, { recursive: true });
  const manifest = bundles.map(({ name, bytes }) => ({ name, bytes }));
  await writeFile(join(making, MANIFEST), JSON.stringify(manifest));
  try {
    await rename(making, kept);
  } catch (error) {
    await rm(making, { recursive: true });
    // Another process had the same, and was faster.
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) {
      throw error;
    }
  }
}

async function takeOver(kept, directory) {
  const manifest = JSON.parse(await readFile(join(kept, MANIFEST), 'utf8'));
  await rm(directory, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await cp(kept, directory, { recursive: true, filter: (path) => basename(path) !== MANIFEST });
  return manifest.map(({ name, bytes }) => ({
    name,
    file: join(directory, name, 'index.mjs'),
    zip: join(directory, `${name}.zip`),
    bytes,
  }));
}

function keeping({ PROJECT_ROOT, buildFunctions }) {
  return async (policy, directory) => {
    const kept = join(KEPT, `bundles-${await keyOf(policy, PROJECT_ROOT)}`);
    const known = await stat(kept).catch(() => undefined);
    if (known !== undefined) {
      return takeOver(kept, directory);
    }
    const bundles = await buildFunctions(policy, directory);
    await keep(bundles, directory, kept);
    return bundles;
  };
}

if (KEPT) {
  const load = Module._load;
  Module._load = function (request, parent, ...rest) {
    const loaded = load.call(this, request, parent, ...rest);
    return request === './bundle.ts' && basename(parent?.filename ?? '') === 'deployment.ts'
      ? { ...loaded, buildFunctions: keeping(loaded) }
      : loaded;
  };
}
