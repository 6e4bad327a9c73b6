import {
  AssociateRouteTableCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { parseCidr } from '../../lib/network/cidr.ts';

export { eventually } from 'local-aws-peering/testing';

/** What the end-to-end tests do in the lab as a person with an SDK would, in one account and Region. */

export interface Where {
  readonly endpoint: string;
  readonly region: string;
  /** Left out: the lab's own account. */
  readonly accountId?: string;
}

export interface LabVpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly tableId: string;
  readonly plainTableId: string;
}

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the lab answered without ${what}`);
  return value;
}

/** `10.1.255.240/28` of `10.1.0.0/16`. */
function lastBlockOf(cidr: string): string {
  const last = Number(parseCidr(cidr).last) - 15;
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256);
  return `${octets.join('.')}/28`;
}

const LAB_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

async function credentialsOf({ endpoint, region, accountId }: Where) {
  if (accountId === undefined) return LAB_CREDENTIALS;
  const sts = new STSClient({ endpoint, region, credentials: LAB_CREDENTIALS });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${accountId}:role/engineer`, RoleSessionName: 'test' }),
  );
  return {
    accessKeyId: given(Credentials?.AccessKeyId, 'an access key'),
    secretAccessKey: given(Credentials?.SecretAccessKey, 'a secret key'),
    sessionToken: given(Credentials?.SessionToken, 'a session token'),
  };
}

export async function labAccount(where: Where) {
  const { endpoint, region } = where;
  const credentials = await credentialsOf(where);
  const ec2 = new EC2Client({ endpoint, region, credentials });

  async function createTable(vpcId: string, optIn?: string): Promise<string> {
    const { RouteTable } = await ec2.send(
      new CreateRouteTableCommand({
        VpcId: vpcId,
        ...(optIn === undefined
          ? {}
          : {
              TagSpecifications: [
                { ResourceType: 'route-table', Tags: [{ Key: 'peering-autopilot:routes', Value: optIn }] },
              ],
            }),
      }),
    );
    return given(RouteTable?.RouteTableId, 'a route table id');
  }

  /** The last block of the VPC is a subnet that uses the table. */
  async function useTable(vpcId: string, cidr: string, tableId: string): Promise<void> {
    const CidrBlock = lastBlockOf(cidr);
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock }));
    const SubnetId = given(Subnet?.SubnetId, 'a subnet id');
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId: tableId, SubnetId }));
  }

  return {
    ec2,
    credentials,
    createTable,
    /** A VPC with one opted-in table, which a subnet uses, and one plain one. */
    async createVpc(cidr: string, tags: Readonly<Record<string, string>> = {}): Promise<LabVpc> {
      const { Vpc } = await ec2.send(
        new CreateVpcCommand({
          CidrBlock: cidr,
          TagSpecifications: [
            {
              ResourceType: 'vpc',
              Tags: Object.entries({ Name: cidr, ...tags }).map(([Key, Value]) => ({ Key, Value })),
            },
          ],
        }),
      );
      const vpcId = given(Vpc?.VpcId, 'a VPC id');
      const tableId = await createTable(vpcId, '*');
      await useTable(vpcId, cidr, tableId);
      return { vpcId, cidr, tableId, plainTableId: await createTable(vpcId) };
    },
    async request(
      from: Pick<LabVpc, 'vpcId'>,
      to: Pick<LabVpc, 'vpcId'>,
      peer: { readonly accountId?: string; readonly region?: string } = {},
    ): Promise<string> {
      const { VpcPeeringConnection: made } = await ec2.send(
        new CreateVpcPeeringConnectionCommand({
          VpcId: from.vpcId,
          PeerVpcId: to.vpcId,
          ...(peer.accountId === undefined ? {} : { PeerOwnerId: peer.accountId }),
          ...(peer.region === undefined ? {} : { PeerRegion: peer.region }),
        }),
      );
      return given(made?.VpcPeeringConnectionId, 'a peering id');
    },
    async peering(peeringId: string): Promise<VpcPeeringConnection | undefined> {
      const { VpcPeeringConnections } = await ec2.send(
        new DescribeVpcPeeringConnectionsCommand({
          Filters: [{ Name: 'vpc-peering-connection-id', Values: [peeringId] }],
        }),
      );
      return VpcPeeringConnections?.find(
        ({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === peeringId,
      );
    },
    /** `10.2.0.0/16 -> pcx-… active`, one line for each route to a peering. */
    async peeringRoutes(tableId: string): Promise<string[]> {
      const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [tableId] }));
      return (RouteTables?.[0]?.Routes ?? []).flatMap((route) =>
        route.VpcPeeringConnectionId === undefined
          ? []
          : [
              `${route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock} -> ${route.VpcPeeringConnectionId} ${route.State}`,
            ],
      );
    },
  };
}

export type LabAccount = Awaited<ReturnType<typeof labAccount>>;

export function tagOf(peering: VpcPeeringConnection | undefined, name: string): string | undefined {
  return peering?.Tags?.find(({ Key }) => Key === `peering-autopilot:${name}`)?.Value;
}
