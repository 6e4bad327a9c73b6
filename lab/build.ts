import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * `npm run build` in this folder: makes `dist`, the package that others install. Here everything runs from its source; a
 * package has to be JavaScript, because Node takes no types away below `node_modules`.
 */

const run = promisify(execFile);
const LAB = fileURLToPath(new URL('.', import.meta.url));

/** What is read or started as it is. */
const AS_IT_IS = /\.py$|^(images|partitions)\.json$|^requirements\.txt$|^runtime\.mjs$|^README\.md$/;

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly repository?: { readonly url: string };
  readonly [key: string]: unknown;
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

/** `./ssm/index.ts` as its JavaScript and its types; what is no TypeScript stays. */
function builtEntry(file: string): string | { readonly types: string; readonly default: string } {
  const name = file.replace(/\.ts$/, '');
  return name === file ? file : { types: `${name}.d.ts`, default: `${name}.js` };
}

/**
 * The package's package.json. It is private, so that npm refuses to publish it, until the project around it names the
 * repository that it is published from.
 */
export function packageManifest(lab: Manifest, { repository }: Pick<Manifest, 'repository'>): object {
  const { scripts: _scripts, devDependencies: _tools, private: _private, exports, ...kept } = lab;
  return {
    ...kept,
    ...(repository?.url
      ? {
          repository: { ...repository, directory: 'lab' },
          publishConfig: { access: 'public', provenance: true },
        }
      : { private: true }),
    bin: { 'local-aws-peering': 'main.js' },
    exports: Object.fromEntries(Object.entries(exports).map(([part, file]) => [part, builtEntry(file)])),
  };
}

/** TypeScript rewrites the imports of the code, not those of the types. */
async function leadTypesToTypes(directory: string): Promise<void> {
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  for (const name of files) {
    const text = await readFile(join(directory, name), 'utf8');
    await writeFile(join(directory, name), text.replaceAll(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'"));
  }
}

/** Makes the package in this folder, which is emptied before. @throws when the compiler refuses something. */
export async function buildPackage(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  await run(process.execPath, [compiler, '-p', join(LAB, 'tsconfig.build.json'), '--outDir', directory]);
  await leadTypesToTypes(directory);
  for (const name of (await readdir(LAB)).filter((each) => AS_IT_IS.test(each))) {
    await copyFile(join(LAB, name), join(directory, name));
  }
  await copyFile(join(LAB, '../LICENSE'), join(directory, 'LICENSE'));
  const manifest = packageManifest(await manifestOf(LAB), await manifestOf(join(LAB, '..')));
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPackage(resolve(LAB, 'dist'));
}
