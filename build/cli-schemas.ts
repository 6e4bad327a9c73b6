import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DOCUMENTS, type DocumentName } from '../cli/documents.ts';

function titleOf(name: DocumentName): string {
  return name === 'plan-file'
    ? 'peering plan --out FILE'
    : `peering ${name.replace('policy-', 'policy ')} --json`;
}

/** The JSON Schemas of what `peering … --json` prints and `plan --out` writes, published in docs/schemas/. */
export function cliSchema(name: DocumentName): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(DOCUMENTS[name], { io: 'output', target: 'draft-07', reused: 'inline' }),
    title: titleOf(name),
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
