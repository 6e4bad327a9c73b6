import {
  CreateRouteTableCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

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

  return {
    ec2,
    credentials,
    createTable,
    /** A VPC with one opted-in table and one plain one. */
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
      return { vpcId, cidr, tableId: await createTable(vpcId, '*'), plainTableId: await createTable(vpcId) };
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
