import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EC2Client, type Filter } from '@aws-sdk/client-ec2';
import type { Ec2Clients } from '../../lib/aws/clients.ts';
import { createConnectivityReader } from '../../lib/aws/connectivity.ts';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { readText } from '../read-json.ts';
import { filtered, SNAPSHOT_FILES, type SnapshotFile } from './snapshot-files.ts';
import type { Scope, Source } from './types.ts';

/** `us-east-1`, `us-gov-west-1`, `ap-southeast-2`. */
const REGION = /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/;
const ACCOUNT = /^\d{12}$/;

interface Place {
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

/** `DIR/<region>` and `DIR/accounts/<account>/<region>`; both may stand below `aws_configs`, too. */
function placesIn(directory: string): Place[] {
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

function parse(path: string, { name, cli }: SnapshotFile, region: string): unknown[] {
  const again = `Save it again: aws ec2 ${cli} --region ${region} > ${shown(path)}`;
  const text = readText(path);
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const problem = text.trim() === '' ? 'is empty' : 'is no valid JSON; it may be cut off';
    throw new CliError(`${shown(path)} ${problem}. ${again}`, { cause: error });
  }
  const list = typeof content === 'object' && content !== null ? Reflect.get(content, name) : undefined;
  if (!Array.isArray(list)) {
    throw new CliError(
      `${shown(path)} holds no list "${name}", as an answer of aws ec2 ${cli} has it. ${again}`,
    );
  }
  const token: unknown = Reflect.get(content as object, 'NextToken');
  if (typeof token === 'string' && token !== '') {
    throw new CliError(
      `${shown(path)} holds only the first page of the answer (it has a NextToken). ${again}`,
    );
  }
  return list;
}

/** Reads each file once, when it is first asked for. */
function createFiles({ directory, region }: Place, note: (text: string) => void) {
  const lists = new Map<string, readonly unknown[]>();
  return (file: SnapshotFile): readonly unknown[] => {
    const known = lists.get(file.name);
    if (known !== undefined) {
      return known;
    }
    const path = join(directory, `${file.name}.json`);
    let list: readonly unknown[] = [];
    if (existsSync(path)) {
      list = parse(path, file, region);
    } else if (file.need === 'required') {
      throw new CliError(
        `${shown(path)} is missing; nothing can be said without it. Save it: aws ec2 ${file.cli} --region ${region} > ${shown(path)}`,
      );
    } else {
      note(`${shown(path)} is missing: ${file.without ?? 'it is left out'}.`);
    }
    lists.set(file.name, list);
    return list;
  };
}

/** The only date among what the readers look at; JSON has it as text. */
function withDates(name: string, item: unknown): unknown {
  if (name !== 'VpcPeeringConnections' || typeof item !== 'object' || item === null) {
    return item;
  }
  const time: unknown = Reflect.get(item, 'ExpirationTime');
  if (typeof time !== 'string') {
    return item;
  }
  const { ExpirationTime: _, ...rest } = item as { ExpirationTime?: unknown };
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? rest : { ...rest, ExpirationTime: date };
}

/**
 * An EC2 client that answers from files: the readers of live AWS read snapshots, too. A middleware at the first step
 * gives the answer, so nothing is signed or sent.
 */
function clientFor(region: string, files: (file: SnapshotFile) => readonly unknown[]): EC2Client {
  const client = new EC2Client({ region, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
  client.middlewareStack.add(
    (_next, context) => async (args) => {
      const file = SNAPSHOT_FILES.find(({ command }) => command === context.commandName);
      if (file === undefined) {
        throw new Error(`A snapshot has no answer for ${context.commandName}.`);
      }
      const { Filters } = args.input as { Filters?: Filter[] };
      const items = filtered(file.name, files(file), Filters ?? []).map((item) => withDates(file.name, item));
      return { response: undefined, output: { $metadata: {}, [file.name]: items } as never };
    },
    { step: 'initialize', priority: 'high', name: 'snapshot' },
  );
  return client;
}

/** Whose `DIR/<region>` it is: the owner of the route tables, if there is only one. */
function ownerOf(
  directory: string,
  places: readonly { readonly files: (file: SnapshotFile) => readonly unknown[] }[],
): string {
  const owners = new Set(
    places.flatMap(({ files }) =>
      SNAPSHOT_FILES.filter(({ name }) => name === 'RouteTables' || name === 'Vpcs')
        .flatMap(files)
        .flatMap((item) => {
          const owner: unknown =
            typeof item === 'object' && item !== null ? Reflect.get(item, 'OwnerId') : undefined;
          return typeof owner === 'string' && ACCOUNT.test(owner) ? [owner] : [];
        }),
    ),
  );
  const [first, second] = [...owners].sort();
  if (first === undefined || second !== undefined) {
    throw new CliError(
      first === undefined
        ? `No file in ${shown(directory)} says whose account it is. Name it: --account 123456789012.`
        : `The files in ${shown(directory)} are about several accounts (${[...owners].sort().join(', ')}). Name yours: --account ${first}.`,
    );
  }
  return first;
}

export function openSnapshot(
  directory: string,
  options: { readonly account?: string; readonly regions: readonly string[] },
): Source {
  const notes: string[] = [];
  const note = (text: string) => {
    if (!notes.includes(text)) notes.push(text);
  };
  const everywhere = placesIn(directory);
  const places = everywhere
    .filter(({ region }) => options.regions.length === 0 || options.regions.includes(region))
    .map((place) => ({ ...place, files: createFiles(place, note) }));
  for (const region of options.regions) {
    if (!everywhere.some((place) => place.region === region)) {
      note(`${shown(directory)} holds nothing of ${region}.`);
    }
  }
  if (places.length === 0 && existsSync(join(directory, 'RouteTables.json'))) {
    throw new CliError(
      `${shown(directory)} holds the answers of one Region; --snapshot takes the directory above, which holds Regions: --snapshot ${shown(dirname(directory))}.`,
    );
  }
  if (places.length === 0) {
    const held = [...new Set(everywhere.map(({ region }) => region))].sort().join(', ');
    throw new CliError(
      `${shown(directory)} holds none of the Regions that are asked for (${options.regions.join(', ')}). It holds ${held}.`,
    );
  }
  const unnamed = places.filter(({ accountId }) => accountId === undefined);
  const owner = unnamed.length === 0 ? undefined : (options.account ?? ownerOf(directory, unnamed));

  const scopes = places
    .flatMap(({ accountId = owner, region, files }): Scope[] => {
      if (accountId === undefined || (options.account !== undefined && accountId !== options.account)) {
        return [];
      }
      const client = clientFor(region, files);
      const clients: Ec2Clients = { forRegion: () => client };
      return [
        {
          accountId,
          region,
          reader: createNetworkReader(clients, note),
          connectivity: createConnectivityReader(clients),
        },
      ];
    })
    .sort((a, b) => (`${a.accountId} ${a.region}` < `${b.accountId} ${b.region}` ? -1 : 1));
  if (scopes.length === 0) {
    const held = [...new Set(places.flatMap(({ accountId }) => accountId ?? []))].sort().join(', ');
    throw new CliError(
      `${shown(directory)} holds nothing of account ${shown(options.account ?? '')}. It holds ${held}.`,
    );
  }
  return { kind: 'snapshot', scopes, notes: () => notes };
}
