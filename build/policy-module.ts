import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import type { Policy } from '../lib/policy/schema.ts';

/** What handlers import the compiled policy by. */
const POLICY_MODULE = 'virtual:peering-policy';

/** Puts the validated policy into the bundle, as data: neither YAML nor its validation runs in AWS. */
export function policyModule(policy: Policy): Plugin {
  return {
    name: 'peering-policy',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${POLICY_MODULE}$`) }, () => ({
        path: POLICY_MODULE,
        namespace: 'peering-policy',
      }));
      build.onLoad({ filter: /.*/, namespace: 'peering-policy' }, () => ({
        contents: JSON.stringify(policy),
        loader: 'json',
      }));
    },
  };
}

/** `PEERING_POLICY` names another file than `peering-policy.yml`, or a folder of policies; relative to where the command was started. */
export function policyPlace(projectRoot: string): string {
  const named = process.env.PEERING_POLICY;
  return named === undefined || named === '' ? resolve(projectRoot, 'peering-policy.yml') : resolve(named);
}
