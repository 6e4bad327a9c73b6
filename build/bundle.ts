import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { FUNCTIONS, type FunctionName } from '../resources/functions.ts';
import { compactErrors } from './compact-errors.ts';
import { withoutEventStreams } from './event-streams.ts';
import { lambdaCredentials } from './lambda-credentials.ts';
import { literalKeys } from './literal-keys.ts';
import { policyModule } from './policy-module.ts';
import { withoutUnaskedReaders } from './unasked-readers.ts';

export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Some SDK and powertools parts are CommonJS and call `require`, which an ES module has not. */
const REQUIRE_BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** Which policies a bundle is for: those that select by organization, or route subnets, need readers that no other needs. */
export type BundledFor = 'every-policy' | 'asking';

export interface Bundled {
  readonly contents: Uint8Array;
  /** The files of which a part is in it, relative to the project; sorted. */
  readonly inputs: readonly string[];
}

/**
 * Bundles each handler into one minified ES module, the SDK parts it uses inside.
 * @param entries files by the name of their bundle. All of them in one build: most of the work is to read the SDK, which
 *   they share.
 */
async function bundleHandlers<Name extends string>(
  entries: Readonly<Record<Name, string>>,
  bundledFor: BundledFor,
): Promise<Readonly<Record<Name, Bundled>>> {
  const { outputFiles, metafile } = await build({
    entryPoints: entries,
    absWorkingDir: PROJECT_ROOT,
    // Nothing is written there.
    outdir: 'bundles',
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // The SDK's ES modules can be shaken, its CommonJS ones cannot.
    mainFields: ['module', 'main'],
    plugins: [
      policyModule(),
      ...(bundledFor === 'asking' ? [] : [withoutUnaskedReaders()]),
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
  const bundled = (name: Name): Bundled => {
    const output = outputFiles.find(({ path }) => path === join(PROJECT_ROOT, 'bundles', `${name}.js`));
    if (output === undefined) {
      throw new Error(`esbuild made no bundle of ${relative(PROJECT_ROOT, entries[name])}.`);
    }
    const metafileInputs = Object.entries(metafile.outputs[`bundles/${name}.js`]?.inputs ?? {});
    const inputs = metafileInputs.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));
    return { contents: output.contents, inputs: inputs.sort() };
  };
  const names = Object.keys(entries) as Name[];
  return Object.fromEntries(names.map((name) => [name, bundled(name)])) as Record<Name, Bundled>;
}

/** Bundles one handler; see {@link bundleHandlers}. */
export async function bundleHandler(
  entry: string,
  bundledFor: BundledFor = 'every-policy',
): Promise<Uint8Array> {
  return (await bundleHandlers({ handler: entry }, bundledFor)).handler.contents;
}

const HANDLERS = Object.fromEntries(
  FUNCTIONS.map((name) => [name, join(PROJECT_ROOT, 'handlers', `${name}.ts`)]),
) as Readonly<Record<FunctionName, string>>;

/** The bundles of all functions. */
export function bundleFunctions(
  bundledFor: BundledFor = 'every-policy',
): Promise<Readonly<Record<FunctionName, Bundled>>> {
  return bundleHandlers(HANDLERS, bundledFor);
}
