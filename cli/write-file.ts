import { writeFileSync } from 'node:fs';
import { CliError } from './errors.ts';
import { shown } from './output.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  EACCES: 'it may not be written; check its permissions',
  EISDIR: 'it is a directory',
  ENOSPC: 'the disk is full',
};

export function writeFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(
      `${shown(path)} cannot be written: ${REASONS[code] ?? code}. Name another file with --out.`,
      {
        cause: error,
      },
    );
  }
}
