import type { Instance, Subnet } from '../model/network.ts';

/** Zone ids are on subnets in every answer, on instances only in recent ones. */
export async function withZones(
  found: readonly Instance[],
  readSubnets: (vpcIds: readonly string[]) => Promise<readonly Subnet[]>,
): Promise<Instance[]> {
  const unknown = [
    ...new Set(found.filter((one) => one.availabilityZoneId === undefined).map(({ vpcId }) => vpcId)),
  ];
  if (unknown.length === 0) {
    return [...found];
  }
  const zones = new Map(
    (await readSubnets(unknown)).map(({ subnetId, availabilityZoneId }) => [subnetId, availabilityZoneId]),
  );
  return found.map((one) => {
    const zone = one.availabilityZoneId ?? zones.get(one.subnetId);
    return zone === undefined ? one : { ...one, availabilityZoneId: zone };
  });
}
