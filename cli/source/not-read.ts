import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf } from '../../lib/model/json.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { readJson } from '../read-json.ts';
import { ACCOUNT } from './places.ts';
import type { Unread } from './types.ts';

/**
 * What a snapshot of many accounts could not read, so that nobody takes it for fine later: `accounts/<account>/NotRead.json`,
 * `{"NotRead": [{"region": "eu-west-1", "reason": "…"}]}`, with the Region `*` for all of the account.
 */

const FILE = 'NotRead.json';

function accountsDirectory(directory: string): string {
  const inner = join(directory, 'aws_configs');
  return join(existsSync(inner) ? inner : directory, 'accounts');
}

/** Whether it is about the Region. */
export function covers({ region }: Unread, wanted: string): boolean {
  return region === '*' || region === wanted;
}

function unreadIn(path: string, accountId: string): Unread[] {
  const { NotRead } = fieldsOf(readJson(path));
  if (!Array.isArray(NotRead)) {
    throw new CliError(`${shown(path)} has no list NotRead. Save the snapshot again.`);
  }
  return NotRead.map(fieldsOf).map(({ region, reason }) => {
    if (typeof region !== 'string' || typeof reason !== 'string') {
      throw new CliError(`${shown(path)} has an entry without region or reason. Save the snapshot again.`);
    }
    return { accountId, region, resource: region === '*' ? accountId : region, reason };
  });
}

/** @throws CliError when a file is not as `writeNotRead` makes it. */
export function readNotRead(directory: string): Unread[] {
  const accounts = accountsDirectory(directory);
  return (existsSync(accounts) ? readdirSync(accounts) : [])
    .filter((name) => ACCOUNT.test(name) && existsSync(join(accounts, name, FILE)))
    .sort()
    .flatMap((accountId) => unreadIn(join(accounts, accountId, FILE), accountId));
}

/** Says of every one of these accounts what was not read, and of the others that all was. */
export function writeNotRead(
  directory: string,
  accountIds: readonly string[],
  unread: readonly Unread[],
): void {
  for (const accountId of accountIds) {
    const place = join(directory, 'accounts', accountId);
    const own = unread.filter((each) => each.accountId === accountId);
    if (own.length === 0) {
      rmSync(join(place, FILE), { force: true });
      continue;
    }
    mkdirSync(place, { recursive: true });
    const NotRead = own.map(({ region, reason }) => ({ region, reason }));
    writeFileSync(join(place, FILE), `${JSON.stringify({ NotRead }, undefined, 2)}\n`);
  }
}
