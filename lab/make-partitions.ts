import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { motoEnvironment } from './moto.ts';
import type { Partition } from './partitions.ts';

/** Each partition has an entry such as aws-global beside its Regions. */
const READ = `
import botocore.session, json, re
found = botocore.session.get_session().get_component('data_loader').load_data('partitions')['partitions']
print(json.dumps([{
    'id': each['id'], 'suffix': each['outputs']['dnsSuffix'], 'form': each['regionRegex'],
    'regions': sorted(name for name in each['regions'] if re.search(r'-[0-9]+$', name)),
} for each in found]))`;

/**
 * AWS's partitions and Regions, as botocore in the lab's Python environment has them.
 * @throws {LabError} when there is no such environment, and none can be made.
 */
export async function partitionsOfBotocore(): Promise<readonly Partition[]> {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const { python } = await motoEnvironment({ progress });
  return JSON.parse(execFileSync(python, ['-c', READ], { encoding: 'utf8' }));
}

// `node --import tsx make-partitions.ts` writes the file.
if (process.argv[1]?.endsWith('make-partitions.ts')) {
  const file = fileURLToPath(new URL('./partitions.json', import.meta.url));
  partitionsOfBotocore().then((found) => writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`));
}
