import {
  DeleteRouteTableCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DisassociateRouteTableCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';

/** Deletes VPCs without peerings, with their subnets and route tables. The main table goes with its VPC. */
export async function clearVpcs(ec2: EC2Client, vpcIds: readonly string[]): Promise<void> {
  const inThem = { Filters: [{ Name: 'vpc-id', Values: [...vpcIds] }] };
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand(inThem));
  // A table that a subnet uses cannot be deleted.
  for (const { Associations = [] } of RouteTables) {
    for (const { Main, RouteTableAssociationId } of Associations) {
      if (Main !== true)
        await ec2.send(new DisassociateRouteTableCommand({ AssociationId: RouteTableAssociationId }));
    }
  }
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand(inThem));
  for (const { SubnetId } of Subnets) {
    await ec2.send(new DeleteSubnetCommand({ SubnetId }));
  }
  for (const { RouteTableId, Associations = [] } of RouteTables) {
    if (!Associations.some(({ Main }) => Main === true)) {
      await ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
    }
  }
  for (const VpcId of vpcIds) {
    await ec2.send(new DeleteVpcCommand({ VpcId }));
  }
}
