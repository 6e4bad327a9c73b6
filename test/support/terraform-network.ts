import type { AwsCli } from './aws-cli.ts';
import { eventually, type LabAccount } from './lab-account.ts';
import type { TableResource, Terraform } from './terraform-calls.ts';

/** A network in the lab that Terraform made, and its tables as configurations have them. */

const ROUTES_TAG = 'peering-autopilot:routes';

interface Tools {
  readonly aws: AwsCli;
  readonly tool: Terraform;
  readonly own: LabAccount;
}

export interface Network {
  readonly app: TableResource & { readonly cidr: string };
  readonly shared: TableResource & { readonly cidr: string };
  readonly gateway: string;
  readonly pcx: string;
  /** Of the peering, in the configuration. */
  readonly tags: Readonly<Record<string, string>>;
}

async function createVpc(aws: AwsCli, name: string, cidr: string): Promise<string> {
  return aws(
    `ec2 create-vpc --cidr-block ${cidr} --tag-specifications ResourceType=vpc,Tags=[{Key=Name,Value=${name}}] --query Vpc.VpcId`,
  );
}

/** One that a subnet uses: the first block of the VPC. */
async function createTable(aws: AwsCli, vpcId: string, name: string, cidr: string): Promise<string> {
  const tableId = await aws(
    `ec2 create-route-table --vpc-id ${vpcId} --tag-specifications ResourceType=route-table,Tags=[{Key=Name,Value=${name}}] --query RouteTable.RouteTableId`,
  );
  const block = cidr.replace('/16', '/24');
  const subnetId = await aws(
    `ec2 create-subnet --vpc-id ${vpcId} --cidr-block ${block} --query Subnet.SubnetId`,
  );
  await aws(
    `ec2 associate-route-table --route-table-id ${tableId} --subnet-id ${subnetId} --query AssociationId`,
  );
  return tableId;
}

/**
 * Two VPCs, one table each with inline routes, and a peering, all made by Terraform.
 *
 * @param first of their blocks, for which a rule of the page's policy says who accepts.
 */
export async function createTerraformNetwork(
  tools: Tools,
  first: { readonly block: string; readonly accepts: 'terraform' | 'product' },
  names: readonly [string, string] = [`app-${first.block}`, `shared-${first.block}`],
): Promise<Network> {
  const { aws, tool, own } = tools;
  const [a = 0, b = 0] = first.block.split('.').map(Number);
  const cidrs = [`${a}.${b}.0.0/16`, `${a}.${b + 1}.0.0/16`] as const;
  const [appVpc, sharedVpc] = [
    await createVpc(aws, names[0], cidrs[0]),
    await createVpc(aws, names[1], cidrs[1]),
  ];
  const gateway = await aws('ec2 create-internet-gateway --query InternetGateway.InternetGatewayId');
  await aws(`ec2 attach-internet-gateway --internet-gateway-id ${gateway} --vpc-id ${appVpc}`);
  const peering = { vpcId: appVpc, peerVpcId: sharedVpc, tags: peeringTags(names) };
  const pcx = await tool.createPeering(
    first.accepts === 'terraform' ? { ...peering, autoAccept: true } : peering,
  );
  await eventually('an active peering', async () =>
    (await own.peering(pcx))?.Status?.Code === 'active' ? true : undefined,
  );
  const app = {
    id: await createTable(aws, appVpc, names[0], cidrs[0]),
    cidr: cidrs[0],
    route: { '0.0.0.0/0': gateway, [cidrs[1]]: pcx },
    tags: { Name: names[0] },
  };
  const shared = {
    id: await createTable(aws, sharedVpc, names[1], cidrs[1]),
    cidr: cidrs[1],
    route: { [cidrs[0]]: pcx },
    tags: { Name: names[1] },
  };
  for (const table of [app, shared]) await tool.apply(await tool.planTable(table));
  return { app, shared, gateway, pcx, tags: peering.tags };
}

function peeringTags([app, shared]: readonly [string, string]): Readonly<Record<string, string>> {
  return { Name: `${app}-${shared}`, team: 'platform' };
}

export function tagged(table: TableResource, value = '*'): TableResource {
  return { ...table, tags: { ...table.tags, [ROUTES_TAG]: value } };
}

/** As a configuration without a `route` block: `aws_route` has the default route. */
export function withoutRoutes({ id, tags }: TableResource): TableResource {
  return { id, tags };
}
