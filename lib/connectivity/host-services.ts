import { type Address, addressIn, asAddress } from '../network/cidr.ts';
import { firstOf, type NetworkModel } from './network-model.ts';
import type { Packet } from './traffic.ts';

/**
 * What Amazon answers on the host of each instance, at addresses that no subnet and no network interface has. The addresses:
 * "Understanding Amazon DNS" in the VPC guide, "Access instance metadata for an EC2 instance" and "Set the time reference on your
 * EC2 instance to use the local Amazon Time Sync Service" in the EC2 guide. Neither security groups nor network ACLs filter it
 * ("Security groups" and "Network ACLs" in the VPC guide), and no route table takes a route to it ("Route table concepts").
 */
export interface HostService {
  readonly name: string;
  /** What it answers; of anything else nobody says. */
  readonly port: number;
  readonly protocols: readonly ('tcp' | 'udp')[];
  /** The setting without which it does not answer, where there is one; EC2's describe calls of a network don't show it. */
  readonly hangsOn?: string;
}

const RESOLVER: HostService = {
  name: 'the Amazon DNS resolver',
  port: 53,
  protocols: ['udp', 'tcp'],
  hangsOn: 'It answers while the attribute enableDnsSupport of the VPC is on, which is not looked at here.',
};

const METADATA: HostService = {
  name: 'the instance metadata service',
  port: 80,
  protocols: ['tcp'],
  hangsOn:
    'It answers while the metadata options of the instance let it (HttpEndpoint), which are not looked at here.',
};

const TIME: HostService = { name: 'the Amazon Time Sync Service', port: 123, protocols: ['udp'] };

const BY_ADDRESS: ReadonlyMap<string, HostService> = new Map([
  ['169.254.169.253', RESOLVER],
  ['fd00:ec2::253', RESOLVER],
  ['169.254.169.254', METADATA],
  ['fd00:ec2::254', METADATA],
  ['169.254.169.123', TIME],
  ['fd00:ec2::123', TIME],
]);

/** The service at a link-local address, or one that every VPC has alike. */
export function everywhereService(address: Address): HostService | undefined {
  return BY_ADDRESS.get(address.text);
}

/**
 * Where a VPC's own instances have the Amazon DNS resolver beside the addresses that every VPC has: the base of its primary IPv4
 * block plus two. In its other blocks that address is only kept free. Undefined: the VPC's block is not visible.
 */
export function resolverAddress(model: NetworkModel, vpcId: string): Address | undefined {
  const primary = firstOf(model.cidrsOf(vpcId), 'ipv4');
  return primary === undefined ? undefined : addressIn(primary, 2);
}

/** Whether an address is that of the resolver of a VPC, which answers nobody but that VPC's own instances. */
export function isResolverOf(model: NetworkModel, vpcId: string, address: Address): boolean {
  return resolverAddress(model, vpcId)?.text === address.text;
}

/** What is answered on the own host of the instances of a VPC at what somebody asked for; undefined: nothing is. */
export function hostServiceAt(model: NetworkModel, vpcId: string, asked: string): HostService | undefined {
  const address = asAddress(asked);
  if (address === undefined) {
    return undefined;
  }
  return everywhereService(address) ?? (isResolverOf(model, vpcId, address) ? RESOLVER : undefined);
}

/** Whether a packet is what the service is there for. */
export function isFor({ port, protocols }: HostService, packet: Packet): boolean {
  return (
    'fromPort' in packet && packet.fromPort === port && protocols.some((each) => each === packet.protocol)
  );
}

/** `UDP or TCP port 53`. */
export function serviceText({ port, protocols }: HostService): string {
  return `${protocols.map((protocol) => protocol.toUpperCase()).join(' or ')} port ${port}`;
}

/** Of the resolver of the VPC at the other end of a peering, which is none for this end. */
export function peersResolverText(address: Address, vpcId: string, own: Address | undefined): string {
  const instead = own === undefined ? '169.254.169.253' : `${own.text} or 169.254.169.253`;
  return `${address.text} is the Amazon DNS resolver of ${vpcId}, which answers the instances of ${vpcId} only: nothing reaches it by a peering, whatever is routed ("VPC peering limitations" in the VPC peering guide). Ask the own resolver (${instead}): with the peering option for DNS it gives the private addresses of ${vpcId}, and a private hosted zone it knows once that is associated with its VPC, too.`;
}
