import type {
  RouteTable as Ec2RouteTable,
  Subnet as Ec2Subnet,
  Vpc as Ec2Vpc,
  VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { peeringFrom, peerSubnetFrom, routeTableFrom, vpcFrom } from '../../lib/aws/mapping.ts';
import { fieldsOf } from '../../lib/model/json.ts';
import type { Peering, PeeringSide, Vpc } from '../../lib/model/peering.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import type { NetworkReader, OnSkipped } from '../../lib/ports/network-reader.ts';
import { CliError } from '../errors.ts';
import type { SavedFiles } from './saved-files.ts';
import { readSavedPrefixLists } from './saved-prefix-lists.ts';
import { PEERINGS_FILE, type SnapshotFile, SUBNETS_FILE, TABLES_FILE, VPCS_FILE } from './snapshot-files.ts';

export interface SavedPlace {
  readonly accountId: string;
  readonly region: string;
  readonly files: SavedFiles;
  /**
   * `needed`: a rule asks for tags of VPCs, so a VPC without its answer stays unknown. `not-needed`: its CIDRs are enough,
   * and peerings show those.
   */
  readonly vpcTags: 'needed' | 'not-needed';
  /** What the snapshot holds of another Region of the account; undefined: nothing. */
  readonly filesIn: (region: string) => SavedFiles | undefined;
  /** Told of what is taken from elsewhere, because a file is missing. */
  readonly note: (text: string) => void;
}

const WITHOUT_VPCS =
  'Vpcs.json is missing: names and tags of the VPCs are unknown, and their CIDRs are those that their peerings show. A request to a VPC that none shows is held.';

/** Made when first asked for, and kept. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The only date among what the readers look at; JSON has it as text. */
function withDate(item: Readonly<Record<string, unknown>>): VpcPeeringConnection {
  const { ExpirationTime, ...rest } = item;
  const date = typeof ExpirationTime === 'string' ? new Date(ExpirationTime) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? rest : { ...rest, ExpirationTime: date };
}

/** All items of a file by their id, in the file's order, and why those are left out that cannot be understood. */
interface Indexed<Item> {
  readonly items: ReadonlyMap<string, Item>;
  readonly problems: readonly string[];
}

/** Of items that are listed twice the last counts. */
function indexed<Item>(
  { files }: SavedPlace,
  file: SnapshotFile,
  map: (item: Readonly<Record<string, unknown>>) => Item,
  idOf: (item: Item) => string,
): Indexed<Item> {
  const items = new Map<string, Item>();
  const problems: string[] = [];
  for (const each of files.take(file)) {
    try {
      const item = map(fieldsOf(each));
      items.set(idOf(item), item);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { items, problems };
}

/** The items of a file, after whoever reads them was told of those that are left out. */
function telling<Item>(
  { items, problems }: Indexed<Item>,
  onSkipped: OnSkipped = () => undefined,
): ReadonlyMap<string, Item> {
  for (const problem of problems) onSkipped(problem);
  return items;
}

/** VPCs of the account as its peerings show them: without Vpcs.json that is all there is. */
function vpcsOfPeerings(
  peerings: Iterable<Peering>,
  { accountId, region, note }: SavedPlace,
): ReadonlyMap<string, Vpc> {
  note(WITHOUT_VPCS);
  const vpcs = new Map<string, Vpc>();
  const add = (side: PeeringSide) => {
    const known = vpcs.get(side.vpcId)?.cidrs.length ?? 0;
    if (side.accountId === accountId && side.region === region && side.cidrs.length > known) {
      vpcs.set(side.vpcId, { vpcId: side.vpcId, accountId, region, cidrs: side.cidrs, tags: {} });
    }
  };
  for (const { requester, accepter } of peerings) {
    add(requester);
    add(accepter);
  }
  return vpcs;
}

function groupedByVpc(tables: Iterable<RouteTable>): ReadonlyMap<string, readonly RouteTable[]> {
  const groups = new Map<string, RouteTable[]>();
  for (const table of tables) {
    const group = groups.get(table.vpcId);
    if (group === undefined) groups.set(table.vpcId, [table]);
    else group.push(table);
  }
  return groups;
}

/** Subnets of a Region, which may be another one than that of the reader: where the peers are. */
function savedSubnets({ region, files, filesIn }: SavedPlace, where: string) {
  const there = where === region ? files : filesIn(where);
  if (there === undefined || !there.has(SUBNETS_FILE)) {
    throw new CliError(
      there === undefined
        ? `the snapshot holds nothing of ${where}.`
        : `${SUBNETS_FILE.name}.json of ${where} is missing.`,
    );
  }
  return there.list(SUBNETS_FILE);
}

/** Reads a saved Region without the SDK: each file once, each item found by its id. */
export function createSavedReader(place: SavedPlace): NetworkReader {
  const { region, files, vpcTags } = place;
  const peerings = once(() =>
    indexed(
      place,
      PEERINGS_FILE,
      (item) => peeringFrom(withDate(item), region),
      ({ peeringId }) => peeringId,
    ),
  );
  const tables = once(() =>
    indexed(
      place,
      TABLES_FILE,
      (item) => routeTableFrom(item as Ec2RouteTable, region),
      ({ routeTableId }) => routeTableId,
    ),
  );
  const tablesByVpc = once(() => groupedByVpc(tables().items.values()));
  const vpcs = once(() =>
    vpcTags === 'not-needed' && !files.has(VPCS_FILE)
      ? { items: vpcsOfPeerings(peerings().items.values(), place), problems: [] }
      : indexed(
          place,
          VPCS_FILE,
          (item) => vpcFrom(item as Ec2Vpc, region),
          ({ vpcId }) => vpcId,
        ),
  );
  const found = <Item>(all: ReadonlyMap<string, Item>, ids: readonly string[]): Item[] =>
    [...new Set(ids)].flatMap((id) => all.get(id) ?? []);

  return {
    async readPeerings(_region, { peeringIds, statuses }, onSkipped) {
      const saved = telling(peerings(), onSkipped);
      const all = peeringIds === undefined ? [...saved.values()] : found(saved, peeringIds);
      return statuses === undefined ? all : all.filter(({ status }) => statuses.includes(status));
    },
    async readVpcs(_region, vpcIds, onSkipped) {
      const saved = telling(vpcs(), onSkipped);
      return vpcIds === undefined ? [...saved.values()] : found(saved, vpcIds);
    },
    async readTables(_region, { vpcIds, routeTableIds }, onSkipped) {
      const saved = telling(tables(), onSkipped);
      const all = vpcIds === undefined ? [...saved.values()] : found(tablesByVpc(), vpcIds).flat();
      const wanted = routeTableIds === undefined ? undefined : new Set(routeTableIds);
      return wanted === undefined ? all : all.filter(({ routeTableId }) => wanted.has(routeTableId));
    },
    async readPeerSubnets(where, vpcIds, onSkipped = () => undefined) {
      const wanted = new Set(vpcIds);
      return savedSubnets(place, where).flatMap((item) => {
        try {
          const subnet = peerSubnetFrom(fieldsOf(item) as Ec2Subnet);
          return wanted.has(subnet.vpcId) ? [subnet] : [];
        } catch (error) {
          onSkipped(error instanceof Error ? error.message : String(error));
          return [];
        }
      });
    },
    readPrefixLists: async (_region, ids) => readSavedPrefixLists(files, ids),
  };
}
