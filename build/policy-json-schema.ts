import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { policySchema } from '../lib/policy/schema.ts';
import { stackSchema } from '../lib/policy/stack-schema.ts';

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

/** The JSON Schema of the stack file, likewise. */
export function stackJsonSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(stackSchema, { io: 'input', target: 'draft-07', reused: 'inline' }),
    title: 'Stack options of vpc-peering-autopilot',
  };
}

const SCHEMAS = { 'peering-policy': policyJsonSchema, 'peering-stack': stackJsonSchema };

// `node --import tsx build/policy-json-schema.ts && biome format --write docs` writes the files; a test compares them.
if (process.argv[1]?.endsWith('policy-json-schema.ts')) {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    writeFileSync(
      fileURLToPath(new URL(`../docs/${name}.schema.json`, import.meta.url)),
      `${JSON.stringify(schema(), null, 2)}\n`,
    );
  }
}
