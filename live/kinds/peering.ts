import {
  CreateVpcPeeringConnectionCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Place } from '../account.ts';
import { type Kind, TAG_KEY } from '../ledger.ts';
import { required, type World } from '../world.ts';

const LIVE = ['initiating-request', 'pending-acceptance', 'provisioning', 'active'];

/** Peerings, on the requester's side: the tag is seen there only. Ended ones disappear by themselves. */
export const PEERING: Kind = {
  name: 'peering',
  async remove(place, id) {
    try {
      await place.of(EC2Client).send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }));
    } catch (error) {
      // It was rejected, or deleted from the other side.
      if (classifyAwsError(error).code.toLowerCase() !== 'invalidstatetransition') throw error;
    }
  },
  async tagged(place) {
    const { VpcPeeringConnections = [] } = await place.of(EC2Client).send(
      new DescribeVpcPeeringConnectionsCommand({
        Filters: [
          { Name: 'tag-key', Values: [TAG_KEY] },
          { Name: 'status-code', Values: LIVE },
        ],
      }),
    );
    return VpcPeeringConnections.flatMap(({ VpcPeeringConnectionId = '', Tags = [] }) =>
      Tags.flatMap(({ Key, Value = '' }) =>
        Key === TAG_KEY ? [{ id: VpcPeeringConnectionId, run: Value }] : [],
      ),
    );
  },
  byHand: ({ cliOptions }, id) =>
    `aws ec2 delete-vpc-peering-connection${cliOptions} --vpc-peering-connection-id ${id}`,
};

export interface VpcIn {
  readonly place: Place;
  readonly vpcId: string;
}

/** Asks for a peering. */
export function requestPeering({ ledger }: World, from: VpcIn, to: VpcIn): Promise<string> {
  return ledger.make(PEERING, from.place, async () => {
    const { VpcPeeringConnection } = await from.place.of(EC2Client).send(
      new CreateVpcPeeringConnectionCommand({
        VpcId: from.vpcId,
        PeerVpcId: to.vpcId,
        PeerOwnerId: to.place.accountId,
        PeerRegion: to.place.region,
        TagSpecifications: [
          {
            ResourceType: 'vpc-peering-connection',
            Tags: [ledger.tag, { Key: 'Name', Value: ledger.nameFor('peering') }],
          },
        ],
      }),
    );
    return required(VpcPeeringConnection?.VpcPeeringConnectionId, 'the id of the peering');
  });
}
