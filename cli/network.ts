import type { NetworkSnapshot } from '../lib/model/network.ts';
import { joinNetworks, readVpcNetwork } from '../lib/passes/read-network.ts';
import { readEach } from './read.ts';
import type { Source } from './source/types.ts';

/** Everything that bears on whether a packet arrives, in every account and Region of the source. */
export async function readNetwork(source: Pick<Source, 'scopes' | 'leaveOut'>): Promise<NetworkSnapshot> {
  const byScope = await readEach(source, async ({ accountId, region, reader, connectivity }) => {
    const [routeTables, peerings] = await Promise.all([
      reader.readTables(region, {}),
      reader.readPeerings(region, {}),
    ]);
    // Every VPC has at least its main table.
    const vpcIds = [...new Set(routeTables.map(({ vpcId }) => vpcId))].sort();
    const network = await readVpcNetwork({ reader, connectivity }, region, vpcIds, routeTables);
    return { accountId, network, peerings };
  });
  const joined = joinNetworks(
    byScope.map(({ network }) => network),
    byScope.flatMap(({ peerings }) => peerings),
  );
  const owners = new Set(byScope.map(({ accountId }) => accountId));
  // What a VPC's owner shares is seen by the participants too, and never all of it.
  const shared = joined.vpcs.filter(({ accountId }) => !owners.has(accountId)).map(({ vpcId }) => vpcId);
  return { ...joined, partialVpcs: new Set(shared) };
}
