import { resolve } from 'node:path';
import { loadPolicy } from '../lib/policy/load.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { type Bundle, buildFunctions, PROJECT_ROOT } from './bundle.ts';
import { policyFile } from './policy-module.ts';

/**
 * What `serverless package` and `serverless deploy` use. The framework asks twice (for the resources and for the
 * bundles), and both must see the same policy.
 */
let loaded: Policy | undefined;

/** @throws PolicyError with file, line and column: the deployment stops before anything is built. */
export function policyForDeployment(): Policy {
  if (loaded === undefined) {
    const { policy, warnings } = loadPolicy(policyFile(PROJECT_ROOT));
    for (const warning of warnings) {
      process.stderr.write(`policy: ${typeof warning === 'string' ? warning : JSON.stringify(warning)}\n`);
    }
    loaded = policy;
  }
  return loaded;
}

/** `PEERING_BUILD_DIR` keeps two deployments at the same time out of each other's way. */
export function buildForDeployment(): Promise<Bundle[]> {
  const directory = process.env.PEERING_BUILD_DIR || resolve(PROJECT_ROOT, 'dist', 'functions');
  return buildFunctions(policyForDeployment(), directory);
}
