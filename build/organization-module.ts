import type { Plugin } from 'esbuild';

/** Leaves the clients of AWS Organizations and STS out, which only a policy needs that selects by organization. */
export function withoutOrganization(): Plugin {
  return {
    name: 'without-organization',
    setup(build) {
      build.onLoad({ filter: /[\\/]lib[\\/]aws[\\/]organizations\.ts$/ }, () => ({
        contents:
          "export function createOrganizationReader() { throw new Error('No rule of this policy selects by organization.'); }",
        loader: 'js',
      }));
    },
  };
}
