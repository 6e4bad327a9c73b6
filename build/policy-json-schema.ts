import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { policySchema } from '../lib/policy/schema.ts';

/**
 * The JSON Schema of the policy file, for editors. It says less than the loader checks: which keys there are, their
 * types, choices and defaults, and what they mean.
 */
export function policyJsonSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(policySchema, { io: 'input', target: 'draft-07', reused: 'inline' }),
    title: 'Policy of vpc-peering-autopilot',
  };
}

const SCHEMA_FILE = '../docs/peering-policy.schema.json';

// `node --import tsx build/policy-json-schema.ts && biome format --write docs` writes the file; a test compares it.
if (process.argv[1]?.endsWith('policy-json-schema.ts')) {
  writeFileSync(
    fileURLToPath(new URL(SCHEMA_FILE, import.meta.url)),
    `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
  );
}
