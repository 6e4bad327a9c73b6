import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';

/** Where a snapshot's files lie: `DIR/<region>` and `DIR/accounts/<account>/<region>`. */

/** `us-east-1`, `us-gov-west-1`, `ap-southeast-2`. */
const REGION = /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/;
export const ACCOUNT = /^\d{12}$/;

export interface Place {
  /** Undefined in `DIR/<region>`, where only the files tell. */
  readonly accountId?: string;
  readonly region: string;
  readonly directory: string;
}

function directoriesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() || (entry.isSymbolicLink() && statSync(join(path, entry.name)).isDirectory()),
    )
    .map(({ name }) => name)
    .sort();
}

function regionsIn(path: string, accountId?: string): Place[] {
  return directoriesIn(path)
    .filter((name) => REGION.test(name))
    .map((region) => ({
      region,
      directory: join(path, region),
      ...(accountId === undefined ? {} : { accountId }),
    }));
}

function validateDirectory(directory: string): void {
  if (!existsSync(directory)) {
    throw new CliError(
      `There is no directory ${shown(directory)}. Make one with peering snapshot --out DIR.`,
    );
  }
  if (!statSync(directory).isDirectory()) {
    throw new CliError(
      `${shown(directory)} is a file; --snapshot takes the directory that holds the Regions.`,
    );
  }
}

/** Every account and Region of a snapshot; they may stand below `aws_configs`, too. */
export function placesIn(directory: string): Place[] {
  validateDirectory(directory);
  const inner = join(directory, 'aws_configs');
  const root = existsSync(inner) ? inner : directory;
  const accounts = join(root, 'accounts');
  const places = [
    ...regionsIn(root),
    ...(existsSync(accounts)
      ? directoriesIn(accounts)
          .filter((name) => ACCOUNT.test(name))
          .flatMap((account) => regionsIn(join(accounts, account), account))
      : []),
  ];
  if (places.length === 0 && existsSync(join(directory, 'RouteTables.json'))) {
    throw new CliError(
      `${shown(directory)} holds the answers of one Region; --snapshot takes the directory above, which holds Regions: --snapshot ${shown(dirname(directory))}.`,
    );
  }
  if (places.length === 0) {
    throw new CliError(
      `${shown(directory)} holds no snapshot. It needs <region>/RouteTables.json or accounts/<account>/<region>/RouteTables.json and so on; peering snapshot --out DIR makes one.`,
    );
  }
  return places;
}
