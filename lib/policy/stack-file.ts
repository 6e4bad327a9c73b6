import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileKind, loadFile, parseFile } from './checked-file.ts';
import { DEFAULT_STACK_OPTIONS, type StackOptions, stackSchema } from './stack-schema.ts';

/** Reads and checks `peering-stack.yml`. Build time only. */

const STACK_FILE: FileKind<typeof stackSchema> = {
  noun: 'stack file',
  schema: stackSchema,
  example: 'docs/stack.md shows one',
  empty: 'the shortest one is "version: 1", which changes nothing',
  slips: () => [],
};

/** The file lies beside the policy. */
export function stackFileBeside(policyFile: string): string {
  return join(dirname(policyFile), 'peering-stack.yml');
}

/**
 * @param file how messages call the text.
 * @throws PolicyError with every problem found.
 */
export function parseStackFile(text: string, file: string): StackOptions {
  return parseFile(STACK_FILE, text, file).content;
}

/**
 * Reads the file, if there is one.
 *
 * @throws PolicyError with every problem found, and when the file cannot be read.
 */
export function loadStackFile(path: string): StackOptions {
  return existsSync(path) ? loadFile(STACK_FILE, path).content : DEFAULT_STACK_OPTIONS;
}
