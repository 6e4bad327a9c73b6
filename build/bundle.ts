import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import type { Policy } from '../lib/policy/schema.ts';
import { compactErrors } from './compact-errors.ts';
import { withoutEventStreams } from './event-streams.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import { lambdaCredentials } from './lambda-credentials.ts';
import { literalKeys } from './literal-keys.ts';
import { organizationModule } from './organization-module.ts';
import { policyModule } from './policy-module.ts';

export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Some SDK and powertools parts are CommonJS and call `require`, which an ES module has not. */
const REQUIRE_BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

export interface Bundle {
  readonly name: FunctionName;
  readonly file: string;
  readonly zip: string;
  readonly bytes: number;
}

/** Zip entries carry a time. A fixed one makes the same bundle the same zip, so that an unchanged stack stays as it is. */
const ZIP_TIME = new Date('2000-01-01T00:00:00');

/** Bundles one handler into one minified ES module, the policy and the SDK parts it uses inside. */
export async function bundleHandler(entry: string, policy: Policy): Promise<Uint8Array> {
  return (await bundleWithInputs(entry, policy)).contents;
}

/** The bundle of a handler, and the files of which a part is in it, relative to the project. */
export async function bundleWithInputs(
  entry: string,
  policy: Policy,
): Promise<{ readonly contents: Uint8Array; readonly inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // The SDK's ES modules can be shaken, its CommonJS ones cannot.
    mainFields: ['module', 'main'],
    plugins: [
      policyModule(policy),
      organizationModule(policy),
      literalKeys(),
      lambdaCredentials(),
      withoutEventStreams(),
      compactErrors(),
    ],
    banner: { js: REQUIRE_BANNER },
    legalComments: 'none',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (output === undefined) {
    throw new Error(`esbuild made no bundle of ${relative(PROJECT_ROOT, entry)}.`);
  }
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: parts }) =>
    Object.entries(parts).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return { contents: output.contents, inputs: inputs.sort() };
}

/** Builds every function into `<directory>/<name>/index.mjs` and `<directory>/<name>.zip`. */
export async function buildFunctions(policy: Policy, directory: string): Promise<Bundle[]> {
  await rm(directory, { recursive: true, force: true });
  return Promise.all(
    FUNCTIONS.map(async (name) => {
      const contents = await bundleHandler(join(PROJECT_ROOT, 'handlers', `${name}.ts`), policy);
      const file = join(directory, name, 'index.mjs');
      const zip = join(directory, `${name}.zip`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, contents);
      await writeFile(zip, zipSync({ 'index.mjs': contents }, { mtime: ZIP_TIME, level: 9 }));
      return { name, file, zip, bytes: contents.length };
    }),
  );
}
