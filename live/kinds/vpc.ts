import {
  CreateVpcCommand,
  DeleteRouteTableCommand,
  DeleteVpcCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import type { Place } from '../account.ts';
import { type Kind, TAG_KEY } from '../ledger.ts';
import { required, type World } from '../world.ts';

/** VPCs, with the route tables in them. */
export const VPC: Kind = {
  name: 'VPC',
  async remove(place, id) {
    const ec2 = place.of(EC2Client);
    const { RouteTables = [] } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [id] }] }),
    );
    for (const { RouteTableId, Associations = [] } of RouteTables) {
      // The main table goes with the VPC.
      if (!Associations.some(({ Main }) => Main)) {
        await ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
      }
    }
    await ec2.send(new DeleteVpcCommand({ VpcId: id }));
  },
  async tagged(place) {
    const { Vpcs = [] } = await place
      .of(EC2Client)
      .send(new DescribeVpcsCommand({ Filters: [{ Name: 'tag-key', Values: [TAG_KEY] }] }));
    return Vpcs.flatMap(({ VpcId = '', Tags = [] }) =>
      Tags.flatMap(({ Key, Value = '' }) => (Key === TAG_KEY ? [{ id: VpcId, run: Value }] : [])),
    );
  },
  byHand: ({ cliOptions }, id) => `aws ec2 delete-vpc${cliOptions} --vpc-id ${id}`,
};

/** A VPC without anything in it. */
export function makeVpc({ ledger }: World, place: Place, CidrBlock: string): Promise<string> {
  return ledger.make(VPC, place, async () => {
    const { Vpc } = await place.of(EC2Client).send(
      new CreateVpcCommand({
        CidrBlock,
        TagSpecifications: [
          { ResourceType: 'vpc', Tags: [ledger.tag, { Key: 'Name', Value: ledger.nameFor('vpc') }] },
        ],
      }),
    );
    return required(Vpc?.VpcId, 'the id of the VPC');
  });
}

/** DNS resolution over a peering asks for it in both VPCs. */
export async function enableDnsHostnames(place: Place, VpcId: string): Promise<void> {
  await place
    .of(EC2Client)
    .send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
}
