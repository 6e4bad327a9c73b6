import {
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type NetworkAcl as Ec2NetworkAcl,
  type NetworkInterface as Ec2NetworkInterface,
  type SecurityGroup as Ec2SecurityGroup,
  type Filter,
  type Reservation,
} from '@aws-sdk/client-ec2';
import type { Instance, Subnet } from '../model/network.ts';
import type { ConnectivityReader } from '../ports/connectivity.ts';
import { namingCall } from './call-error.ts';
import type { Ec2Clients } from './ec2-clients.ts';
import {
  instanceFrom,
  interfaceFrom,
  networkAclFrom,
  securityGroupFrom,
  subnetFrom,
} from './network-mapping.ts';
import { allPages, type Page } from './pages.ts';
import { readStaleGroups } from './stale-groups.ts';
import { describeSubnets } from './subnets.ts';
import { withZones } from './zones.ts';

/** The largest page of these calls (EC2 API reference). */
const PAGE = 1000;

interface PageInput {
  readonly Filters: Filter[];
  readonly MaxResults: number;
  readonly NextToken: string | undefined;
}

type ReadPage<Item> = (client: EC2Client, input: PageInput) => Promise<Page<Item>>;

const instancePage: ReadPage<Reservation> = async (client, input) => {
  const { Reservations, NextToken } = await client.send(new DescribeInstancesCommand(input));
  return { items: Reservations ?? [], nextToken: NextToken };
};

const securityGroupPage: ReadPage<Ec2SecurityGroup> = async (client, input) => {
  const { SecurityGroups, NextToken } = await client.send(new DescribeSecurityGroupsCommand(input));
  return { items: SecurityGroups ?? [], nextToken: NextToken };
};

const networkAclPage: ReadPage<Ec2NetworkAcl> = async (client, input) => {
  const { NetworkAcls, NextToken } = await client.send(new DescribeNetworkAclsCommand(input));
  return { items: NetworkAcls ?? [], nextToken: NextToken };
};

const interfacePage: ReadPage<Ec2NetworkInterface> = async (client, input) => {
  const { NetworkInterfaces, NextToken } = await client.send(new DescribeNetworkInterfacesCommand(input));
  return { items: NetworkInterfaces ?? [], nextToken: NextToken };
};

function inVpcs(vpcIds: readonly string[]): Filter {
  return { Name: 'vpc-id', Values: [...vpcIds] };
}

export function createConnectivityReader(clients: Ec2Clients): ConnectivityReader {
  /** @param from undefined: an item of which nothing can be said, and which is left out. */
  async function read<Item, Result>(
    [call, page, from]: readonly [
      string,
      ReadPage<Item>,
      (item: Item) => readonly Result[] | Result | undefined,
    ],
    region: string,
    filter: Filter,
  ): Promise<Result[]> {
    const client = clients.forRegion(region);
    const items = await namingCall(call, region, (filter.Values ?? []).join(', '), () =>
      allPages((NextToken) => page(client, { Filters: [filter], MaxResults: PAGE, NextToken })),
    );
    return items.flatMap((item) => from(item) ?? []);
  }

  async function readSubnets(region: string, vpcIds: readonly string[]): Promise<Subnet[]> {
    const found = await describeSubnets(clients.forRegion(region), region, vpcIds);
    return found.flatMap((item) => subnetFrom(item) ?? []);
  }

  async function readInstances(region: string, filter: Filter): Promise<Instance[]> {
    const ofReservation = ({ OwnerId, Instances }: Reservation) =>
      (Instances ?? []).flatMap((instance) => instanceFrom(instance, OwnerId ?? '', region) ?? []);
    const found = await read(['DescribeInstances', instancePage, ofReservation], region, filter);
    return withZones(found, (vpcIds) => readSubnets(region, vpcIds));
  }

  return {
    readProbeInstances: (region, tagPrefix) =>
      readInstances(region, { Name: 'tag-key', Values: [`${tagPrefix}:probe`] }),
    readInstances: (region, vpcIds) => readInstances(region, inVpcs(vpcIds)),
    readSubnets,
    readSecurityGroups: (region, vpcIds) =>
      read(['DescribeSecurityGroups', securityGroupPage, securityGroupFrom], region, inVpcs(vpcIds)),
    readNetworkAcls: (region, vpcIds) =>
      read(['DescribeNetworkAcls', networkAclPage, networkAclFrom], region, inVpcs(vpcIds)),
    readInterfaces: (region, vpcIds) =>
      read(['DescribeNetworkInterfaces', interfacePage, interfaceFrom], region, inVpcs(vpcIds)),
    readStaleGroups: (region, vpcId) => readStaleGroups(clients.forRegion(region), region, vpcId),
  };
}
