import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DOCUMENTS, type DocumentName } from '../cli/documents.ts';

/** The JSON Schemas of what `peering … --json` prints, published in docs/schemas/. */
export function cliSchema(name: DocumentName): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(DOCUMENTS[name], { io: 'output', target: 'draft-07', reused: 'inline' }),
    title: `peering ${name.replace('policy-', 'policy ')} --json`,
  };
}

// `node --import tsx build/cli-schemas.ts && biome format --write docs/schemas` writes the files; a test compares them.
if (process.argv[1]?.endsWith('cli-schemas.ts')) {
  const directory = fileURLToPath(new URL('../docs/schemas/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  for (const name of Object.keys(DOCUMENTS) as DocumentName[]) {
    writeFileSync(`${directory}${name}.schema.json`, `${JSON.stringify(cliSchema(name), null, 2)}\n`);
  }
}
