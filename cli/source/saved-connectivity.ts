import { EC2Client, type Filter } from '@aws-sdk/client-ec2';
import { createConnectivityReader } from '../../lib/aws/connectivity.ts';
import type { Ec2Clients } from '../../lib/aws/ec2-clients.ts';
import type { ConnectivityReader } from '../../lib/ports/connectivity.ts';
import { fieldsOf, type SavedFiles } from './saved-files.ts';
import { SNAPSHOT_FILES, type SnapshotFile } from './snapshot-files.ts';

/** Instances, subnets and filters from saved answers, by the reader of live AWS. */

/** What each filter that the readers use compares, in an item as AWS gives it. */
const FILTERED: Readonly<Record<string, (item: Readonly<Record<string, unknown>>) => readonly unknown[]>> = {
  'vpc-id': ({ VpcId }) => [VpcId],
  'tag-key': ({ Tags }) => (Array.isArray(Tags) ? Tags.map((tag) => fieldsOf(tag).Key) : []),
};

/** By the value that a filter compares: the items of a file that have it. */
type Index = ReadonlyMap<unknown, readonly object[]>;

/** Instances are filtered inside their reservations: each gets one of its own. */
function itemsOf(
  name: string,
  list: readonly unknown[],
): { readonly item: object; readonly about: object }[] {
  const fields = list.map(fieldsOf);
  return name !== 'Reservations'
    ? fields.map((item) => ({ item, about: item }))
    : fields.flatMap(({ Instances, ...reservation }) =>
        (Array.isArray(Instances) ? Instances : []).map((instance) => ({
          item: { ...reservation, Instances: [instance] },
          about: fieldsOf(instance),
        })),
      );
}

function indexOf(name: string, list: readonly unknown[], filter: string): Index {
  const valuesOf = FILTERED[filter];
  if (valuesOf === undefined) {
    throw new Error(`A snapshot cannot be filtered by ${filter}.`);
  }
  const index = new Map<unknown, object[]>();
  for (const { item, about } of itemsOf(name, list)) {
    for (const value of new Set(valuesOf(fieldsOf(about)))) {
      const same = index.get(value);
      if (same === undefined) index.set(value, [item]);
      else same.push(item);
    }
  }
  return index;
}

/** Does to saved items what EC2 does with a call's one filter. */
function createFiltered(files: SavedFiles) {
  const indices = new Map<string, Index>();
  return (file: SnapshotFile, filters: readonly Filter[]): readonly object[] => {
    const [filter, more] = filters;
    if (filter?.Name === undefined || more !== undefined) {
      throw new Error(`A snapshot answers calls with one filter, not with ${filters.length}.`);
    }
    const key = `${file.name} ${filter.Name}`;
    const index = indices.get(key) ?? indexOf(file.name, files.list(file), filter.Name);
    indices.set(key, index);
    return [...new Set((filter.Values ?? []).flatMap((value) => index.get(value) ?? []))];
  };
}

/**
 * An EC2 client that answers from files: the reader of live AWS reads snapshots, too. A middleware at the first step
 * gives the answer, so nothing is signed or sent.
 */
function clientFor(region: string, files: SavedFiles): EC2Client {
  const filtered = createFiltered(files);
  const client = new EC2Client({ region, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
  client.middlewareStack.add(
    (_next, context) => async (args) => {
      const file = SNAPSHOT_FILES.find(({ command }) => command === context.commandName);
      if (file === undefined) {
        throw new Error(`A snapshot has no answer for ${context.commandName}.`);
      }
      const { Filters } = args.input as { Filters?: Filter[] };
      const output = { $metadata: {}, [file.name]: filtered(file, Filters ?? []) };
      return { response: undefined, output: output as never };
    },
    { step: 'initialize', priority: 'high', name: 'snapshot' },
  );
  return client;
}

export function createSavedConnectivity(region: string, files: SavedFiles): ConnectivityReader {
  const client = clientFor(region, files);
  const clients: Ec2Clients = { forRegion: () => client };
  return createConnectivityReader(clients);
}
