import type { Plugin } from 'esbuild';
import { POLICY_FILE } from '../cli/release/code.ts';

/** What handlers import the compiled policy by. */
const POLICY_MODULE = 'virtual:peering-policy';

/**
 * Has a bundle read the validated policy from the file beside it: the same code serves every policy, and neither YAML nor its
 * validation runs in AWS.
 */
export function policyModule(): Plugin {
  return {
    name: 'peering-policy',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${POLICY_MODULE}$`) }, () => ({
        path: POLICY_MODULE,
        namespace: 'peering-policy',
      }));
      build.onLoad({ filter: /.*/, namespace: 'peering-policy' }, () => ({
        contents: `
          import { readFileSync } from 'node:fs';
          export default JSON.parse(readFileSync(new URL(${JSON.stringify(POLICY_FILE)}, import.meta.url), 'utf8'));
        `,
        loader: 'js',
      }));
    },
  };
}
