import { type Diagnosis, diagnose } from '../connectivity/diagnosis.ts';
import { EndpointError } from '../connectivity/endpoints.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import type { NetworkSnapshot } from '../model/network.ts';
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
  const byRegion = await Promise.all(
    regions.map(async (each) => {
      const vpcIds = own.flatMap((side) => (side !== undefined && side.region === each ? [side.vpcId] : []));
      const [vpcs, tables, subnets, groups, acls, instances, interfaces] = await Promise.all([
        reader.readVpcs(each, vpcIds),
        reader.readTables(each, { vpcIds }),
        connectivity.readSubnets(each, vpcIds),
        connectivity.readSecurityGroups(each, vpcIds),
        connectivity.readNetworkAcls(each, vpcIds),
        connectivity.readInstances(each, vpcIds),
        connectivity.readInterfaces(each, vpcIds),
      ]);
      return { vpcs, tables, subnets, groups, acls, instances, interfaces };
    }),
  );
  return {
    vpcs: byRegion.flatMap(({ vpcs }) => vpcs),
    subnets: byRegion.flatMap(({ subnets }) => subnets),
    routeTables: byRegion.flatMap(({ tables }) => tables),
    peerings,
    securityGroups: byRegion.flatMap(({ groups }) => groups),
    networkAcls: byRegion.flatMap(({ acls }) => acls),
    instances: byRegion.flatMap(({ instances }) => instances),
    interfaces: byRegion.flatMap(({ interfaces }) => interfaces),
    prefixLists: new Map(),
  };
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
  const snapshot = await readSnapshot(dependencies, region, peeringId);
  try {
    const { sourceInstanceId, target, port } = failing;
    return port === undefined
      ? diagnose(snapshot, sourceInstanceId, target)
      : diagnose(snapshot, sourceInstanceId, target, { traffic: { protocol: 'tcp', port } });
  } catch (error) {
    if (!(error instanceof EndpointError)) {
      throw error;
    }
    dependencies.journal.warn('not diagnosed', { peeringId, reason: error.message });
    return undefined;
  }
}
