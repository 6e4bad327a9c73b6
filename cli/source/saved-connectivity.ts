import {
  instanceFrom,
  interfaceFrom,
  networkAclFrom,
  securityGroupFrom,
  staleGroupFrom,
  subnetFrom,
} from '../../lib/aws/network-mapping.ts';
import { withZones } from '../../lib/aws/zones.ts';
import { fieldsOf } from '../../lib/model/json.ts';
import type { Instance } from '../../lib/model/network.ts';
import type { ConnectivityReader } from '../../lib/ports/connectivity.ts';
import type { SavedFiles } from './saved-files.ts';
import { SNAPSHOT_FILES, STALE_GROUPS_FILE } from './snapshot-files.ts';

/** Instances, subnets and filters from saved answers, by the mapping of live AWS. */

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

/** By file and filter, each index made when it is first needed. */
function createItems(files: SavedFiles) {
  const indices = new Map<string, Index>();
  return (name: string, filter: keyof typeof FILTERED, values: readonly string[]): readonly object[] => {
    const file = SNAPSHOT_FILES.find((each) => each.name === name);
    if (file === undefined) {
      throw new Error(`A snapshot has no file ${name}.`);
    }
    const key = `${name} ${filter}`;
    const index = indices.get(key) ?? indexOf(name, files.list(file), filter);
    indices.set(key, index);
    return [...new Set(values.flatMap((value) => index.get(value) ?? []))];
  };
}

/** As `lib/aws/connectivity.ts` reads AWS, but without the SDK: loading that takes longer than all else. */
export function createSavedConnectivity(region: string, files: SavedFiles): ConnectivityReader {
  const items = createItems(files);

  function read<Result>(
    name: string,
    from: (item: object) => Result | undefined,
  ): (of: string, vpcIds: readonly string[]) => Promise<Result[]> {
    return async (_of, vpcIds) => items(name, 'vpc-id', vpcIds).flatMap((item) => from(item) ?? []);
  }

  const readSubnets = read('Subnets', subnetFrom);

  function readInstances(filter: keyof typeof FILTERED, values: readonly string[]): Promise<Instance[]> {
    const found = items('Reservations', filter, values).flatMap((reservation) => {
      const { OwnerId, Instances } = fieldsOf(reservation);
      const owner = typeof OwnerId === 'string' ? OwnerId : '';
      return (Array.isArray(Instances) ? Instances : []).flatMap(
        (instance) => instanceFrom(fieldsOf(instance), owner, region) ?? [],
      );
    });
    return withZones(found, (vpcIds) => readSubnets(region, vpcIds));
  }

  return {
    readProbeInstances: (_of, tagPrefix) => readInstances('tag-key', [`${tagPrefix}:probe`]),
    readInstances: (_of, vpcIds) => readInstances('vpc-id', vpcIds),
    readSubnets,
    readSecurityGroups: read('SecurityGroups', securityGroupFrom),
    readNetworkAcls: read('NetworkAcls', networkAclFrom),
    readInterfaces: read('NetworkInterfaces', interfaceFrom),
    readStaleGroups: async (_of, vpcId) =>
      files.has(STALE_GROUPS_FILE)
        ? files
            .list(STALE_GROUPS_FILE)
            .flatMap((item) => staleGroupFrom(fieldsOf(item)) ?? [])
            .filter((group) => group.vpcId === vpcId)
        : undefined,
  };
}
