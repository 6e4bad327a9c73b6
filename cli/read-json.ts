import { readFileSync } from 'node:fs';
import { CliError } from './errors.ts';
import { shown } from './output.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read; check its permissions',
  EISDIR: 'it is a directory, not a file',
};

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(`${shown(path)} cannot be read: ${REASONS[code] ?? code}.`, { cause: error });
  }
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
