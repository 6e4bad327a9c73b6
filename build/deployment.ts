import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadPolicy, PolicyError } from '../lib/policy/load.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { loadStackFile, stackFileBeside } from '../lib/policy/stack-file.ts';
import type { StackOptions } from '../lib/policy/stack-schema.ts';
import { type Bundle, buildFunctions, PROJECT_ROOT } from './bundle.ts';
import { policyFile } from './policy-module.ts';
import { type ProjectFile, runbooksInRepository } from './repository-pages.ts';

/** A policy and options of the stack that may be deployed, or what is wrong with the files. */
export type CheckedPolicy =
  | { readonly policy: Policy; readonly options: StackOptions; readonly warnings: readonly string[] }
  | { readonly problem: PolicyError };

/** The framework asks more than once (for the resources, the check and the bundles): all must see the same policy. */
let checked: CheckedPolicy | undefined;

/** What the options leave open, and package.json says. */
function withRepository(options: StackOptions): StackOptions {
  const file: ProjectFile = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  const runbooks = options.runbooks ?? runbooksInRepository(file);
  return runbooks === undefined ? options : { ...options, runbooks };
}

function check(): CheckedPolicy {
  try {
    const file = policyFile(PROJECT_ROOT);
    return { ...loadPolicy(file), options: withRepository(loadStackFile(stackFileBeside(file))) };
  } catch (error) {
    if (error instanceof PolicyError) {
      return { problem: error };
    }
    throw error;
  }
}

/** Reads the policy file, and the stack file beside it, once. A file that is wrong is no exception: `serverless remove` works without a policy. */
export function checkedPolicy(): CheckedPolicy {
  checked ??= check();
  return checked;
}

/**
 * Bundles every function with the policy inside. `PEERING_BUILD_DIR` keeps two deployments at the same time out of each
 * other's way.
 * @throws PolicyError with file, line and column.
 */
export function buildForDeployment(): Promise<Bundle[]> {
  const given = checkedPolicy();
  if ('problem' in given) {
    throw given.problem;
  }
  const directory = process.env.PEERING_BUILD_DIR || resolve(PROJECT_ROOT, 'dist', 'functions');
  return buildFunctions(given.policy, directory);
}
