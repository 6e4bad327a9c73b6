import { createConnectivityReader } from '../../lib/aws/connectivity.ts';
import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import { type Diagnosis, diagnose } from '../../lib/connectivity/diagnosis.ts';

/** Says hop by hop why one server reaches another or not, from what EC2 shows: the product's own diagnosis. */
export async function explain(question: {
  readonly region: string;
  readonly vpcIds: readonly string[];
  readonly source: string;
  readonly target: string;
}): Promise<Diagnosis> {
  const { region, vpcIds, source, target } = question;
  const clients = createEc2Clients();
  const reader = createNetworkReader(clients, (problem) => {
    throw new Error(problem);
  });
  const connectivity = createConnectivityReader(clients);
  const [vpcs, peerings, routeTables, subnets, securityGroups, networkAcls, instances, interfaces] =
    await Promise.all([
      reader.readVpcs(region, vpcIds),
      reader.readPeerings(region, {}),
      reader.readTables(region, { vpcIds }),
      connectivity.readSubnets(region, vpcIds),
      connectivity.readSecurityGroups(region, vpcIds),
      connectivity.readNetworkAcls(region, vpcIds),
      connectivity.readInstances(region, vpcIds),
      connectivity.readInterfaces(region, vpcIds),
    ]);
  return diagnose(
    {
      vpcs,
      peerings,
      routeTables,
      subnets,
      securityGroups,
      networkAcls,
      instances,
      interfaces,
      prefixLists: new Map(),
    },
    source,
    target,
  );
}
