import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import properties from './jest.properties.config.js';

/** The test files of the product's own code that hold properties; those against a server (the local AWS, a table) are not. */
const root = fileURLToPath(new URL('..', import.meta.url));

export default {
  ...properties,
  testMatch: readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !/^(local|e2e|stack|aws)\//.test(file))
    .filter((file) => readFileSync(`${root}test/${file}`, 'utf8').includes('fc.assert('))
    .map((file) => `<rootDir>/test/${file}`),
};
