import { mkdirSync, writeFileSync } from 'node:fs';
import { CliError } from './errors.ts';
import { shown } from './output.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  EACCES: 'it may not be written; check its permissions',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  ENOSPC: 'the disk is full',
};

/** The error that a person reads when a file or folder of `--out` could not be written. */
export function writeProblem(path: string, error: unknown, what: 'file' | 'folder' = 'file'): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new CliError(
    `${shown(path)} cannot be written: ${REASONS[code] ?? code}. Name another ${what} with --out.`,
    { cause: error },
  );
}

export function writeFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw writeProblem(path, error);
  }
}

/** Makes a folder of `--out`, with those above it. @throws CliError */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw writeProblem(path, error, 'folder');
  }
}
