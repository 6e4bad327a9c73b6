import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { policyJsonSchema } from '../../build/policy-json-schema.ts';
import { isSchema, keyPaths, type Schema } from '../support/schema-keys.ts';

const DOCS = resolve(__dirname, '../../docs');

function closedObjects(schema: Schema): unknown[] {
  const inner = [...Object.values(schema.properties ?? {}), schema.items].filter(isSchema);
  return [
    ...(schema.properties === undefined ? [] : [schema.additionalProperties]),
    ...inner.flatMap(closedObjects),
  ];
}

describe('the JSON Schema of the policy', () => {
  it('is committed as the source has it (node --import tsx build/policy-json-schema.ts)', () => {
    const committed: unknown = JSON.parse(readFileSync(resolve(DOCS, 'peering-policy.schema.json'), 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });

  it('lets editors flag unknown keys everywhere', () => {
    const closed = closedObjects(policyJsonSchema());
    expect(closed.length).toBeGreaterThan(10);
    expect(closed.every((value) => value === false)).toBe(true);
  });

  it('describes every key', () => {
    const describe = (schema: Schema): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
        isSchema(value)
          ? [
              ...(value.description === undefined ? [key] : []),
              ...describe(value),
              ...(isSchema(value.items) ? describe(value.items) : []),
            ]
          : [key],
      );
    expect(describe(policyJsonSchema())).toEqual([]);
  });
});

describe('docs/policy.md', () => {
  it('explains every key', () => {
    const docs = readFileSync(resolve(DOCS, 'policy.md'), 'utf8');
    // One row says what each severity may name.
    const paths = keyPaths(policyJsonSchema()).filter((path) => !/^notify\.(action|notice)\./.test(path));
    expect(paths).toContain('rules[].remote.accounts');
    expect(paths.filter((path) => !docs.includes(`\`${path}\``))).toEqual([]);
  });
});
