import type { Plugin } from 'esbuild';

/** Readers that only some policies ask for, by file: what stands in place of each. */
const READERS: readonly (readonly [file: RegExp, instead: string])[] = [
  [
    /[\\/]lib[\\/]aws[\\/]organizations\.ts$/,
    "export function createOrganizationReader() { throw new Error('No rule of this policy selects by organization.'); }\n" +
      "export function createUnitReader() { throw new Error('No connection of this policy selects by organization.'); }",
  ],
  [
    /[\\/]lib[\\/]aws[\\/]peer-subnets\.ts$/,
    "export async function readPeerSubnets() { throw new Error('No rule of this policy routes subnets.'); }",
  ],
];

/** Leaves out the clients and schemas that only a policy needs that selects by organization, or routes subnets by their tags. */
export function withoutUnaskedReaders(): Plugin {
  return {
    name: 'without-unasked-readers',
    setup(build) {
      for (const [filter, contents] of READERS) {
        build.onLoad({ filter }, () => ({ contents, loader: 'js' }));
      }
    },
  };
}
