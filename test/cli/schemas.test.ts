import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { cliSchema } from '../../build/cli-schemas.ts';
import { DOCUMENTS, type DocumentName } from '../../cli/documents.ts';

const DIRECTORY = join(__dirname, '../../docs/schemas');
const NAMES = Object.keys(DOCUMENTS) as DocumentName[];

describe('the published schemas', () => {
  it('are those of all documents and no others', () => {
    expect(readdirSync(DIRECTORY).sort()).toEqual(NAMES.map((name) => `${name}.schema.json`).sort());
  });

  it.each(NAMES)('%s is what the command prints, and a strict validator takes it', (name) => {
    const published = JSON.parse(readFileSync(join(DIRECTORY, `${name}.schema.json`), 'utf8'));
    expect(published).toEqual(JSON.parse(JSON.stringify(cliSchema(name))));
    expect(() => new Ajv({ strict: true }).compile(published)).not.toThrow();
  });
});
