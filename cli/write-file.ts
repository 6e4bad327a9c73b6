import { writeFileSync } from 'node:fs';
import { CliError } from './errors.ts';
import { shown } from './output.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  EACCES: 'it may not be written; check its permissions',
  EISDIR: 'it is a directory',
  ENOSPC: 'the disk is full',
};

/** The error that a person reads when a file of `--out` could not be written. */
export function writeProblem(path: string, error: unknown): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new CliError(
    `${shown(path)} cannot be written: ${REASONS[code] ?? code}. Name another file with --out.`,
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
