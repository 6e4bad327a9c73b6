import { CreateVpcPeeringConnectionCommand } from '@aws-sdk/client-ec2';
import type { PeeringRequest } from '../ports/connect.ts';
import type { Ec2Clients } from './ec2-clients.ts';
import { createDoor, type DoorOptions, type WriteOutcome } from './writes.ts';

/** Makes peerings. */
export interface ConnectEc2Writer {
  /**
   * Requests a peering, with its tags. There is no token that makes a repeated call the same one: after an unclear answer it has
   * to be read whether there is one.
   *
   * @param region the requester VPC's Region.
   * @returns the new peering; undefined: EC2 did not say which.
   */
  requestPeering(
    region: string,
    request: PeeringRequest,
  ): Promise<{ readonly outcome: WriteOutcome; readonly peeringId?: string }>;
}

/** Apart from the others, so that only what may request peerings holds this call. */
export function createConnectWriter(clients: Ec2Clients, options: DoorOptions): ConnectEc2Writer {
  const through = createDoor(clients, options);
  return {
    async requestPeering(region, { vpcId, peer, tags }) {
      let peeringId: string | undefined;
      const outcome = await through(
        {
          action: 'CreateVpcPeeringConnection',
          region,
          resource: vpcId,
          arguments: { peerVpcId: peer.vpcId, peerAccount: peer.accountId, peerRegion: peer.region },
        },
        async (ec2) => {
          const answer = await ec2.send(
            new CreateVpcPeeringConnectionCommand({
              VpcId: vpcId,
              PeerVpcId: peer.vpcId,
              PeerOwnerId: peer.accountId,
              PeerRegion: peer.region,
              TagSpecifications: [
                {
                  ResourceType: 'vpc-peering-connection',
                  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
                },
              ],
            }),
          );
          peeringId = answer.VpcPeeringConnection?.VpcPeeringConnectionId;
        },
      );
      return { outcome, ...(peeringId === undefined ? {} : { peeringId }) };
    },
  };
}
