import type { Plugin } from 'esbuild';
import { asksOrganization } from '../lib/policy/organization.ts';
import type { Policy } from '../lib/policy/schema.ts';

/** Leaves the clients of AWS Organizations and STS out of the bundles of a policy that selects nothing by organization. */
export function organizationModule(policy: Policy): Plugin {
  return {
    name: 'organization',
    setup(build) {
      if (asksOrganization(policy)) {
        return;
      }
      build.onLoad({ filter: /[\\/]lib[\\/]aws[\\/]organizations\.ts$/ }, () => ({
        contents:
          "export function createOrganizationReader() { throw new Error('No rule of this policy selects by organization.'); }",
        loader: 'js',
      }));
    },
  };
}
