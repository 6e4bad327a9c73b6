import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { asksOrganization } from '../../lib/policy/organization.ts';
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

/** Beside the bundles: those for policies that select by organization or route subnets, where they are others. */
export const FOR_ASKING = 'asking';

/** Zip entries carry a time. A fixed one makes the same code the same zip, so that an unchanged function stays as it is. */
const ZIP_TIME = new Date('2000-01-01T00:00:00');

export interface FunctionCode {
  readonly name: FunctionName;
  /** Files by name, as they lie in the zip. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly zip: Uint8Array;
}

function bundleFile(directory: string, name: FunctionName, policy: Policy): string {
  const asking = join(directory, FOR_ASKING, `${name}.mjs`);
  const asks = asksOrganization(policy) || asksSubnets(policy);
  return asks && existsSync(asking) ? asking : join(directory, `${name}.mjs`);
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
      [BUNDLE_FILE]: new Uint8Array(readFileSync(bundleFile(directory, name, policy))),
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
