import { type AdviseRoute, type Diagnosis, diagnose } from '../connectivity/diagnosis.ts';
import { EndpointError } from '../connectivity/endpoints.ts';
import { vpcsWithDoubt } from '../connectivity/group-references.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import type { NetworkSnapshot, StaleGroup } from '../model/network.ts';
import { isOptedIn, optInOf } from '../model/opt-in.ts';
import { joinNetworks, readVpcNetwork } from './read-network.ts';
import type { RecordDependencies } from './record-dependencies.ts';

/** Everything that the account shows of a peering's two VPCs. What lies in another account stays not visible. */
async function readSnapshot(
  {
    accountId,
    managedRegions,
    reader,
    connectivity,
  }: Pick<RecordDependencies, 'accountId' | 'managedRegions' | 'reader' | 'connectivity'>,
  region: string,
  peeringId: string,
): Promise<NetworkSnapshot> {
  const peerings = await reader.readPeerings(region, {});
  const peering = peerings.find((each) => each.peeringId === peeringId);
  const own = [peering?.requester, peering?.accepter].filter(
    (side) => side !== undefined && side.accountId === accountId && managedRegions.includes(side.region),
  );
  const regions = [...new Set(own.flatMap((side) => side?.region ?? []))];
  const networks = await Promise.all(
    regions.map(async (each) => {
      const vpcIds = own.flatMap((side) => (side !== undefined && side.region === each ? [side.vpcId] : []));
      const tables = await reader.readTables(each, { vpcIds });
      return readVpcNetwork({ reader, connectivity }, each, vpcIds, tables);
    }),
  );
  return joinNetworks(networks, peerings);
}

async function readStale(
  { connectivity }: Pick<RecordDependencies, 'connectivity'>,
  { vpcs }: NetworkSnapshot,
  vpcIds: readonly string[],
): Promise<ReadonlyMap<string, readonly StaleGroup[]>> {
  const found = await Promise.all(
    vpcs
      .filter(({ vpcId }) => vpcIds.includes(vpcId))
      .map(async ({ vpcId, region }) => {
        const groups = await connectivity.readStaleGroups(region, vpcId);
        return groups === undefined ? [] : [[vpcId, groups] as const];
      }),
  );
  return new Map(found.flat());
}

/** Of the two VPCs alone the policy cannot be judged whole: what a tagged table lacks is said by the command. */
function byTag({ policy }: Pick<RecordDependencies, 'policy'>): AdviseRoute {
  return ({ table, peeringId }) =>
    isOptedIn(optInOf(table, policy.tagPrefix))
      ? `${table.routeTableId} is tagged for this product: peering drift and peering plan say why it has no route to ${peeringId}.`
      : undefined;
}

/** @returns undefined when an end is no longer there to look at; the message then goes without the hops. */
export async function diagnosisOf(
  dependencies: RecordDependencies,
  { region, peeringId, results }: PeeringHealth,
): Promise<Diagnosis | undefined> {
  const failing =
    results.find(({ verdict }) => verdict === 'unreachable') ??
    results.find(({ verdict }) => verdict === 'lossy');
  if (failing === undefined) {
    return undefined;
  }
  const { sourceInstanceId, target, port } = failing;
  const options = {
    ...(port === undefined ? {} : { traffic: { protocol: 'tcp', port } as const }),
    by: 'peering' as const,
    adviseRoute: byTag(dependencies),
  };
  const snapshot = await readSnapshot(dependencies, region, peeringId);
  try {
    const first = diagnose(snapshot, sourceInstanceId, target, options);
    const staleGroups = await readStale(dependencies, snapshot, vpcsWithDoubt(snapshot, first));
    return staleGroups.size === 0
      ? first
      : diagnose({ ...snapshot, staleGroups }, sourceInstanceId, target, options);
  } catch (error) {
    if (!(error instanceof EndpointError)) {
      throw error;
    }
    dependencies.journal.warn('not diagnosed', { peeringId, reason: error.message });
    return undefined;
  }
}
