import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFunctions, PROJECT_ROOT } from '../build/bundle.ts';
import { FUNCTIONS } from '../resources/functions.ts';
import { lastLines, runCommand } from './command.ts';

/** What a release is made of. */

export interface Bundled {
  readonly name: string;
  readonly version: string;
}

/** The packages of which a part is in each function's bundle. */
export async function bundledPackages(): Promise<ReadonlyMap<string, readonly Bundled[]>> {
  const found = new Map<string, readonly Bundled[]>();
  const bundled = await bundleFunctions();
  for (const name of FUNCTIONS) {
    const { inputs } = bundled[name];
    const roots = new Set(
      inputs.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
    );
    const packages = await Promise.all(
      [...roots].sort().map(async (root): Promise<Bundled> => {
        const text = await readFile(join(PROJECT_ROOT, root, 'package.json'), 'utf8');
        const { name: of, version } = JSON.parse(text) as Bundled;
        return { name: of, version };
      }),
    );
    found.set(name, packages);
  }
  return found;
}

/** Writes `cyclonedx.json`, and `bundled.json` with what is in each function. @throws when npm writes none. */
export async function writeSbom(
  directory: string,
): Promise<{ readonly components: number; readonly file: string }> {
  const ended = await runCommand('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application']);
  if (ended.code !== 0) {
    throw new Error(`npm sbom ended with ${ended.code}: ${lastLines(ended.stderr)}`);
  }
  const sbom = JSON.parse(ended.stdout) as { bomFormat?: string; components?: unknown[] };
  if (sbom.bomFormat !== 'CycloneDX' || sbom.components === undefined || sbom.components.length === 0) {
    throw new Error('npm sbom wrote no CycloneDX document with components.');
  }
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'cyclonedx.json');
  await writeFile(file, `${JSON.stringify(sbom, undefined, 2)}\n`);
  const bundled = Object.fromEntries(await bundledPackages());
  await writeFile(join(directory, 'bundled.json'), `${JSON.stringify(bundled, undefined, 2)}\n`);
  return { components: sbom.components.length, file };
}
