import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { z } from 'zod';
import { asksOrganization, spokeUnitsOf } from '../../lib/policy/organization.ts';
import { asksSubnets } from '../../lib/policy/peer-subnets.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { type FunctionName, functionsOf } from '../../resources/functions.ts';
import { CliError } from '../errors.ts';

/**
 * The code of the functions: bundles that are built once for a version of the product (build/code.ts), and the policy beside
 * each in its zip.
 */

/** The policy, as a bundle finds it beside itself. */
export const POLICY_FILE = 'policy.json';

/** The bundle, as Lambda finds it: see `HANDLER` in resources/function-resources.ts. */
const BUNDLE_FILE = 'index.mjs';

/** Names bundles for policies that select by organization or route subnets, where they are others. */
const FOR_ASKING = 'asking/';

/** In the directory of one build: all its bundles. Most of them is the same in each, so together they compress to a fraction. */
const BUNDLES_FILE = 'bundles.br';

/** Bundles by function, those for asking where they differ. */
export interface Bundles {
  readonly plain: Readonly<Record<FunctionName, string>>;
  readonly asking: Readonly<Partial<Record<FunctionName, string>>>;
}

/** The largest window of brotli: one bundle has to see the one before it (RFC 7932 and its large window extension). */
const COMPRESSION = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 9,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  },
};

/** Writes the bundles of one build into its directory. */
export function writeBundles(directory: string, { plain, asking }: Bundles): void {
  const named = Object.entries(asking).map(([name, bundle]) => [`${FOR_ASKING}${name}`, bundle]);
  const all = JSON.stringify({ ...plain, ...Object.fromEntries(named) });
  writeFileSync(join(directory, BUNDLES_FILE), brotliCompressSync(all, COMPRESSION));
}

const known = new Map<string, ReadonlyMap<string, string>>();

/** Unpacked once: a directory is named by what it was made of. */
function bundlesIn(directory: string): ReadonlyMap<string, string> {
  const found = known.get(directory);
  if (found !== undefined) {
    return found;
  }
  const text = brotliDecompressSync(readFileSync(join(directory, BUNDLES_FILE))).toString('utf8');
  const bundles = new Map(Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(text))));
  known.set(directory, bundles);
  return bundles;
}

/** Zip entries carry a time. A fixed one makes the same code the same zip, so that an unchanged function stays as it is. */
const ZIP_TIME = new Date('2000-01-01T00:00:00');

export interface FunctionCode {
  readonly name: FunctionName;
  /** Files by name, as they lie in the zip. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly zip: Uint8Array;
}

function bundleOf(directory: string, name: FunctionName, policy: Policy): string {
  const bundles = bundlesIn(directory);
  const asks = asksOrganization(policy) || spokeUnitsOf([policy]).length > 0 || asksSubnets(policy);
  const bundle = (asks ? bundles.get(`${FOR_ASKING}${name}`) : undefined) ?? bundles.get(name);
  if (bundle === undefined) {
    throw new CliError(
      `There is no bundle of ${name} in ${directory}. Build it anew, or install the package anew.`,
    );
  }
  return bundle;
}

/**
 * The code of every function of a policy's stack. The same bundles and policy give the same bytes, on any machine.
 *
 * @param directory with the bundles.
 * @param policy checked, with its defaults.
 */
export function functionCode(directory: string, policy: Policy): readonly FunctionCode[] {
  const compiled = strToU8(JSON.stringify(policy));
  return functionsOf(policy).map((name) => {
    const files = {
      [BUNDLE_FILE]: strToU8(bundleOf(directory, name, policy)),
      [POLICY_FILE]: compiled,
    };
    return { name, files, zip: zipSync(files, { mtime: ZIP_TIME, level: 9 }) };
  });
}

/** In hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** In the directory of all builds: names the one that is current. */
export const CURRENT_BUILD = 'current';

/**
 * Where the bundles of this installation lie.
 *
 * @param root of the installed package or of the project.
 * @throws CliError where they were not built.
 */
export function builtCode(root: string): string {
  const builds = join(root, 'dist', 'code');
  const pointer = join(builds, CURRENT_BUILD);
  if (!existsSync(pointer)) {
    throw new CliError(
      `The functions are not built: ${pointer} is missing. Run npm run build in the project, or install the package anew.`,
    );
  }
  return join(builds, readFileSync(pointer, 'utf8').trim());
}
