import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { SERVICE } from '../../lib/model/names.ts';
import { CliError } from '../errors.ts';

/** What of the package's own package.json is asked. */
const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  repository: z
    .union([z.string(), z.object({ url: z.string().optional(), directory: z.string().optional() })])
    .optional(),
});

export type Manifest = z.output<typeof manifestSchema>;

/** This package, as it is installed, or the project, where the command runs from a clone. */
export interface Installation {
  readonly root: string;
  readonly manifest: Manifest;
}

function manifestIn(directory: string): Manifest | undefined {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) {
    return undefined;
  }
  const found = manifestSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return found.success && found.data.name === SERVICE ? found.data : undefined;
}

/** The nearest folder above this file that is the package: the command is bundled, so its depth is no constant. */
export function installation(): Installation {
  let root = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = manifestIn(root);
    if (manifest !== undefined) {
      return { root, manifest };
    }
    const above = dirname(root);
    if (above === root) {
      throw new CliError(
        `The package ${SERVICE} is not complete: its package.json is missing. Install it anew.`,
      );
    }
    root = above;
  }
}
