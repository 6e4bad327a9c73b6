import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { policySchema, type Policy } from './schema.ts';
export function loadPolicy(path: string): { policy: Policy; warnings: string[] } {
  return { policy: policySchema.parse(parse(readFileSync(path, 'utf8'))), warnings: [] };
}
