import { createEc2Clients } from '../lib/aws/ec2-clients.ts';
import { createNetworkReader } from '../lib/aws/reads.ts';
import { type Nameable, nameablePeering, nameableTable, nameableVpc } from '../lib/model/nameable.ts';
import type { NetworkReader } from '../lib/ports/network-reader.ts';
import type { AssessedAccount } from './assess.ts';
import type { Place } from './naming.ts';

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
