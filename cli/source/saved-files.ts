import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf } from '../../lib/model/json.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { readText } from '../read-json.ts';
import type { Place } from './places.ts';
import type { SnapshotFile } from './snapshot-files.ts';

/** The files of one account and Region. Each is read once, when it is first asked for. */
export interface SavedFiles {
  has(file: SnapshotFile): boolean;
  /** What the file holds under its key. */
  list(file: SnapshotFile): readonly unknown[];
  /** The same, for whoever turns it into something else and keeps that: it is let go of here. */
  take(file: SnapshotFile): readonly unknown[];
  /** What the file holds under its key, an object; undefined without the file. */
  object(file: SnapshotFile): Readonly<Record<string, unknown>> | undefined;
  /**
   * To be thrown where a file is not as it should be.
   *
   * @param problem what follows its path and Region, without a full stop. @param otherwise what can be done but to save it again.
   */
  broken(file: SnapshotFile, problem: string, otherwise: string): CliError;
}

function againFor(path: string, { cli }: SnapshotFile, region: string): string {
  return `Save it again: ${cli.startsWith('peering') ? cli : `aws ec2 ${cli} --region ${region} > ${shown(path)}`}`;
}

function parse(path: string, file: SnapshotFile, region: string): Readonly<Record<string, unknown>> {
  const text = readText(path);
  try {
    return fieldsOf(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    const problem = text.trim() === '' ? 'is empty' : 'is no valid JSON; it may be cut off';
    throw new CliError(`${shown(path)} ${problem}. ${againFor(path, file, region)}`, { cause: error });
  }
}

function listIn(path: string, file: SnapshotFile, region: string): readonly unknown[] {
  const content = parse(path, file, region);
  const key = file.key ?? file.name;
  const list = content[key];
  if (!Array.isArray(list)) {
    throw new CliError(
      `${shown(path)} holds no list "${key}", as an answer of aws ec2 ${file.cli} has it. ${againFor(path, file, region)}`,
    );
  }
  const { NextToken } = content;
  if (typeof NextToken === 'string' && NextToken !== '') {
    throw new CliError(
      `${shown(path)} holds only the first page of the answer (it has a NextToken). ${againFor(path, file, region)}`,
    );
  }
  return list;
}

export function createSavedFiles(
  { directory, region }: Pick<Place, 'directory' | 'region'>,
  note: (text: string) => void,
): SavedFiles {
  const kept = new Map<string, readonly unknown[]>();
  const pathOf = ({ name }: SnapshotFile) => join(directory, `${name}.json`);

  function read(file: SnapshotFile): readonly unknown[] {
    const path = pathOf(file);
    if (existsSync(path)) {
      return listIn(path, file, region);
    }
    if (file.need === 'required') {
      throw new CliError(
        `${shown(path)} is missing; nothing can be said without it. Save it: aws ec2 ${file.cli} --region ${region} > ${shown(path)}`,
      );
    }
    if (file.without !== undefined) {
      note(`${shown(path)} is missing: ${file.without}.`);
    }
    return [];
  }

  function list(file: SnapshotFile): readonly unknown[] {
    const known = kept.get(file.name);
    if (known !== undefined) {
      return known;
    }
    const items = read(file);
    kept.set(file.name, items);
    return items;
  }

  return {
    has: (file) => existsSync(pathOf(file)),
    list,
    take(file) {
      const items = kept.get(file.name) ?? read(file);
      kept.delete(file.name);
      return items;
    },
    broken: (file, problem, otherwise) =>
      new CliError(
        `${shown(pathOf(file))} of ${region} ${problem}. ${againFor(pathOf(file), file, region)}, ${otherwise}.`,
      ),
    object(file) {
      const path = pathOf(file);
      if (!existsSync(path)) {
        return undefined;
      }
      const content = parse(path, file, region);
      return file.key === undefined ? content : fieldsOf(content[file.key]);
    },
  };
}
