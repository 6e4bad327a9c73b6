import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** What the AWS SDK knows of partitions, as far as it is needed here. */
const partitions = z.object({
  partitions: z.array(
    z.object({
      id: z.string(),
      outputs: z.object({ dnsSuffix: z.string() }),
      regionRegex: z.string(),
      regions: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** Each partition has an entry such as aws-global beside its Regions. */
const PLACE = /-[0-9]+$/;

const SDK_FILE = 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';

/**
 * The Regions that the installed AWS SDK knows. The SDK exports no list of them, only the answer for one Region, so its
 * file is read: one constant, written as JSON.
 */
export function regionsOfSdk(projectRoot: string) {
  const resolved = createRequire(join(projectRoot, 'package.json')).resolve('@aws-sdk/core/package.json');
  const text = readFileSync(join(dirname(resolved), SDK_FILE), 'utf8');
  const json: unknown = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  return partitions.parse(json).partitions.map(({ id, outputs, regionRegex, regions }) => ({
    id,
    suffix: outputs.dnsSuffix,
    form: regionRegex,
    regions: Object.keys(regions).filter((region) => PLACE.test(region)),
  }));
}

const HEAD = `/**
 * The Regions of each partition that the AWS SDK knows. Written by build/known-regions.ts; a test compares it with the
 * installed SDK.
 */
`;

// `node --import tsx build/known-regions.ts && biome format --write lib/policy` writes the file.
if (process.argv[1]?.endsWith('known-regions.ts')) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const data = JSON.stringify(regionsOfSdk(root), null, 2);
  writeFileSync(join(root, 'lib/policy/known-regions.ts'), `${HEAD}export const PARTITIONS = ${data};\n`);
}
