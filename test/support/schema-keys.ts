import type { z } from 'zod';

/** Keys as docs write them: `rules[].remote.accounts`. */

export type Schema = z.core.JSONSchema.JSONSchema;

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(above: string, key: string): string {
  return above === '' ? key : `${above}.${key}`;
}

/** Every key that a schema knows. Of what may be one thing or another, each. */
export function keyPaths(schema: Schema, above = ''): string[] {
  const keys = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = below(above, key);
    return isSchema(value) ? [path, ...keyPaths(value, path)] : [path];
  });
  const choices = (schema.anyOf ?? []).filter(isSchema).flatMap((choice) => keyPaths(choice, above));
  const ofItems = isSchema(schema.items) ? keyPaths(schema.items, `${above}[]`) : [];
  return [...new Set([...keys, ...choices, ...ofItems])];
}

/** Every key that a document has. */
export function keysIn(value: unknown, above = ''): string[] {
  if (Array.isArray(value)) {
    return [...new Set(value.flatMap((item) => keysIn(item, `${above}[]`)))];
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [
        below(above, key),
        ...keysIn(inner, below(above, key)),
      ])
    : [];
}
