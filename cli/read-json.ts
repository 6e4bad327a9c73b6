import { readFileSync, statSync } from 'node:fs';
import { CliError } from './errors.ts';
import { shown } from './output.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read; check its permissions',
  EISDIR: 'it is a directory, not a file',
};

/** Larger than the answers about the largest accounts, and small enough for one text in memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/** @throws CliError for what is no file (a device never ends), too large or not readable. */
export function readText(path: string): string {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path);
    if (found.isFile() && found.size <= MAX_BYTES) {
      return readFileSync(path, 'utf8');
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(`${shown(path)} cannot be read: ${REASONS[code] ?? code}.`, { cause: error });
  }
  const problem = found.isDirectory()
    ? REASONS.EISDIR
    : found.isFile()
      ? `it is larger than ${MAX_BYTES / 1024 ** 2} MB`
      : 'it is no file but a device, a pipe or a socket';
  throw new CliError(`${shown(path)} cannot be read: ${problem}.`);
}

export function readJson(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const problem = text.trim() === '' ? 'is empty' : 'is no valid JSON; it may be cut off';
    throw new CliError(`${shown(path)} ${problem}. Save it again.`, { cause: error });
  }
}
