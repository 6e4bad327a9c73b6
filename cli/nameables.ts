import { createEc2Clients } from '../lib/aws/ec2-clients.ts';
import { createNetworkReader } from '../lib/aws/reads.ts';
import { classifyAwsError } from '../lib/model/aws-error.ts';
import { groupBy } from '../lib/model/group-by.ts';
import { type Nameable, nameablePeering, nameableTable, nameableVpc } from '../lib/model/nameable.ts';
import type { NetworkReader } from '../lib/ports/network-reader.ts';
import type { AssessedAccount } from './assess.ts';
import type { Place } from './naming.ts';
import { shown } from './output.ts';
import type { Invocation } from './verb.ts';

/** Where the command looks for what a person names. */

const READ_KIND: Readonly<
  Record<Place['kinds'][number], (reader: NetworkReader, region: string) => Promise<Nameable[]>>
> = {
  pcx: async (reader, region) => (await reader.readPeerings(region, {})).map(nameablePeering),
  vpc: async (reader, region) => (await reader.readVpcs(region)).map(nameableVpc),
  rtb: async (reader, region) => (await reader.readTables(region, {})).map(nameableTable),
};

/**
 * All of these kinds that EC2 shows the caller in these Regions, for verbs that read nothing else of the network.
 *
 * @throws AWS errors: where some cannot be read, nobody knows what a name stands for.
 */
export async function readNameables(
  { kinds }: Pick<Place, 'kinds'>,
  regions: readonly string[],
): Promise<Nameable[]> {
  const reader = createNetworkReader(createEc2Clients(), () => undefined);
  const read = await Promise.all(
    regions.flatMap((region) => kinds.map((kind) => READ_KIND[kind](reader, region))),
  );
  return read.flat();
}

const PLURALS: Readonly<Record<Place['kinds'][number], string>> = {
  pcx: 'the peerings',
  vpc: 'the VPCs',
  rtb: 'the route tables',
};

const READ_NAMED: Readonly<
  Record<
    Place['kinds'][number],
    (reader: NetworkReader, region: string, ids: readonly string[]) => Promise<Nameable[]>
  >
> = {
  pcx: async (reader, region, peeringIds) =>
    (await reader.readPeerings(region, { peeringIds })).map(nameablePeering),
  vpc: async (reader, region, vpcIds) => (await reader.readVpcs(region, vpcIds)).map(nameableVpc),
  rtb: async (reader, region, routeTableIds) =>
    (await reader.readTables(region, { routeTableIds })).map(nameableTable),
};

function isKind(text: string): text is Place['kinds'][number] {
  return Object.hasOwn(READ_NAMED, text);
}

/**
 * By id: what people call these peerings, VPCs and route tables, as far as EC2 still shows them. What lists them holds without: where
 * they cannot be read, a note says so.
 *
 * @param places each id with a Region in which it may be.
 */
export async function namesOfIds(
  places: readonly { readonly id: string; readonly region: string }[],
  { output, progress }: Pick<Invocation, 'output' | 'progress'>,
): Promise<ReadonlyMap<string, string>> {
  const groups = groupBy(places, ({ id, region }) => [`${id.split('-')[0]} ${region}`]);
  const reader = createNetworkReader(createEc2Clients(), () => undefined);
  progress.doing('Looking up names');
  const read = await Promise.all(
    [...groups].map(async ([key, ofKind]) => {
      const [kind = '', region = ''] = key.split(' ');
      if (!isKind(kind)) return [];
      try {
        return await READ_NAMED[kind](reader, region, [...new Set(ofKind.map(({ id }) => id))]);
      } catch (error) {
        const why = shown(classifyAwsError(error).message, 300);
        output.note(`note: The names of ${PLURALS[kind]} in ${region} are not known: ${why}`);
        return [];
      }
    }),
  );
  progress.done();
  return new Map(read.flat().flatMap(({ id, name }) => (name ? [[id, name] as const] : [])));
}

/** The peerings of an account that were read; with `--region` only those of its Regions have a name. */
export function peeringsRead(
  { state }: Pick<AssessedAccount, 'state'>,
  { region = [] }: { readonly region?: readonly string[] | undefined },
): Nameable[] {
  return state.regions
    .filter((inventory) => region.length === 0 || region.includes(inventory.region))
    .flatMap(({ peerings }) => peerings)
    .map(nameablePeering);
}

export function regionsRead({ state }: Pick<AssessedAccount, 'state'>): string {
  return state.regions.map(({ region }) => region).join(', ');
}
