import type { PeerSubnet } from '../model/peer-subnets.ts';
import type { OnSkipped } from '../ports/network-reader.ts';
import type { Ec2Clients } from './ec2-clients.ts';
import { peerSubnetFrom } from './mapping.ts';
import { mapped } from './pages.ts';
import { describeSubnets } from './subnets.ts';

/** Subnets with their tags. build/unasked-readers.ts leaves this out of bundles for policies that route no subnets. */
export async function readPeerSubnets(
  clients: Ec2Clients,
  region: string,
  vpcIds: readonly string[],
  onSkipped: OnSkipped,
): Promise<PeerSubnet[]> {
  return mapped(await describeSubnets(clients.forRegion(region), region, vpcIds), peerSubnetFrom, onSkipped);
}
