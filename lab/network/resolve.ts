import type { Host, Network } from './types.ts';

/**
 * What a VPC's own resolver makes of an instance's name ("DNS attributes for your VPC", "Enable DNS resolution for a VPC peering
 * connection", Amazon VPC guide). Names of a VPC at the other end of a peering lead to private addresses only where that side
 * lets them; else a private name leads nowhere, and a public one to the public address.
 *
 * @returns undefined: there is no answer.
 */
export function resolve(network: Network, asking: Host, name: string): string | undefined {
  const vpcId = asking.interfaces[0]?.vpcId;
  for (const host of network.hosts.values()) {
    const own = host.interfaces[0];
    const { names } = host;
    const isPrivate = names?.privateName === name;
    if (own === undefined || names === undefined || !(isPrivate || names.publicName === name)) {
      continue;
    }
    const isLet =
      own.vpcId === vpcId ||
      [...network.peerings.values()].some(
        ({ status, vpcIds, namesOf = [] }) =>
          status === 'active' &&
          vpcIds.includes(own.vpcId) &&
          vpcIds.some((each) => each === vpcId) &&
          namesOf.includes(own.vpcId),
      );
    const address = isLet ? own.addresses[0] : isPrivate ? undefined : names.publicAddress;
    if (address !== undefined && address !== '') {
      return address;
    }
  }
  return undefined;
}
