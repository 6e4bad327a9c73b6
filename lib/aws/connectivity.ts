import {
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  type Instance as Ec2Instance,
  type Filter,
  type IpPermission,
} from '@aws-sdk/client-ec2';
import type { Instance, InstanceState, SecurityGroupRule } from '../model/network.ts';
import type { ConnectivityReader } from '../ports/connectivity.ts';
import { AwsCallError } from './call-error.ts';
import type { Ec2Clients } from './ec2-clients.ts';
import { tagsFrom } from './mapping.ts';
import { allPages, type Page } from './pages.ts';

/** The largest page of these calls (EC2 API reference). */
const PAGE = 1000;

const STATES: ReadonlySet<string> = new Set<InstanceState>([
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
]);

function present(values: readonly (string | undefined)[]): string[] {
  return values.filter((value): value is string => value !== undefined && value !== '');
}

/** An instance without an id, VPC or subnet is none that can be pinged, and is left out. */
function instanceFrom(instance: Ec2Instance, accountId: string, region: string): Instance | undefined {
  const { InstanceId, VpcId, SubnetId } = instance;
  const state = instance.State?.Name;
  if (!InstanceId || !VpcId || !SubnetId || state === undefined || !STATES.has(state)) {
    return undefined;
  }
  const primary =
    instance.NetworkInterfaces?.find(({ Attachment }) => Attachment?.DeviceIndex === 0) ??
    instance.NetworkInterfaces?.[0];
  const addresses = (primary?.PrivateIpAddresses ?? [])
    .toSorted((a, b) => Number(b.Primary === true) - Number(a.Primary === true))
    .map(({ PrivateIpAddress }) => PrivateIpAddress);
  const zone = (instance.Placement as { AvailabilityZoneId?: string } | undefined)?.AvailabilityZoneId;
  return {
    instanceId: InstanceId,
    accountId,
    region,
    vpcId: VpcId,
    subnetId: SubnetId,
    ...(zone === undefined ? {} : { availabilityZoneId: zone }),
    state: state as InstanceState,
    platform: instance.Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux',
    ipv4Addresses: [...new Set(present([instance.PrivateIpAddress, ...addresses]))],
    ipv6Addresses: present((primary?.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address)),
    securityGroupIds: present((instance.SecurityGroups ?? []).map(({ GroupId }) => GroupId)),
    tags: tagsFrom(instance.Tags),
  };
}

function ruleFrom(permission: IpPermission): SecurityGroupRule {
  return {
    protocol: permission.IpProtocol ?? '-1',
    ...(permission.FromPort === undefined ? {} : { fromPort: permission.FromPort }),
    ...(permission.ToPort === undefined ? {} : { toPort: permission.ToPort }),
    cidrs: present([
      ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
    ]),
    prefixListIds: present((permission.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId)),
    groupIds: present((permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId)),
  };
}

export function createConnectivityReader(clients: Ec2Clients): ConnectivityReader {
  async function read<Item>(
    call: string,
    region: string,
    filter: Filter,
    page: (
      client: EC2Client,
      input: { Filters: Filter[]; MaxResults: number; NextToken: string | undefined },
    ) => Promise<Page<Item>>,
  ): Promise<Item[]> {
    const client = clients.forRegion(region);
    try {
      return await allPages((NextToken) => page(client, { Filters: [filter], MaxResults: PAGE, NextToken }));
    } catch (error) {
      throw new AwsCallError(call, region, (filter.Values ?? []).join(', '), error);
    }
  }

  const inVpcs = (vpcIds: readonly string[]): Filter => ({ Name: 'vpc-id', Values: [...vpcIds] });

  async function instances(region: string, filter: Filter): Promise<Instance[]> {
    const reservations = await read('DescribeInstances', region, filter, async (client, input) => {
      const { Reservations, NextToken } = await client.send(new DescribeInstancesCommand(input));
      return { items: Reservations ?? [], nextToken: NextToken };
    });
    return reservations.flatMap(({ OwnerId, Instances }) =>
      (Instances ?? []).flatMap((instance) => instanceFrom(instance, OwnerId ?? '', region) ?? []),
    );
  }

  /** Zone ids are on subnets in every answer, on instances only in recent ones. */
  async function withZones(region: string, found: readonly Instance[]): Promise<Instance[]> {
    const unknown = [
      ...new Set(found.filter((one) => one.availabilityZoneId === undefined).map(({ vpcId }) => vpcId)),
    ];
    if (unknown.length === 0) {
      return [...found];
    }
    const zones = new Map(
      (await reader.readSubnets(region, unknown)).map(({ subnetId, availabilityZoneId }) => [
        subnetId,
        availabilityZoneId,
      ]),
    );
    return found.map((one) => {
      const zone = one.availabilityZoneId ?? zones.get(one.subnetId);
      return zone === undefined ? one : { ...one, availabilityZoneId: zone };
    });
  }

  const reader: ConnectivityReader = {
    readProbeInstances: async (region, tagPrefix) =>
      withZones(region, await instances(region, { Name: 'tag-key', Values: [`${tagPrefix}:probe`] })),
    readInstances: async (region, vpcIds) => withZones(region, await instances(region, inVpcs(vpcIds))),
    readSubnets: (region, vpcIds) =>
      read('DescribeSubnets', region, inVpcs(vpcIds), async (client, input) => {
        const { Subnets, NextToken } = await client.send(new DescribeSubnetsCommand(input));
        return {
          items: (Subnets ?? []).flatMap(
            ({ SubnetId, VpcId, AvailabilityZoneId, CidrBlock, Ipv6CidrBlockAssociationSet }) =>
              SubnetId && VpcId
                ? [
                    {
                      subnetId: SubnetId,
                      vpcId: VpcId,
                      ...(AvailabilityZoneId ? { availabilityZoneId: AvailabilityZoneId } : {}),
                      cidrs: present([
                        CidrBlock,
                        ...(Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
                      ]),
                    },
                  ]
                : [],
          ),
          nextToken: NextToken,
        };
      }),
    readSecurityGroups: (region, vpcIds) =>
      read('DescribeSecurityGroups', region, inVpcs(vpcIds), async (client, input) => {
        const { SecurityGroups, NextToken } = await client.send(new DescribeSecurityGroupsCommand(input));
        return {
          items: (SecurityGroups ?? []).flatMap(({ GroupId, VpcId, IpPermissions, IpPermissionsEgress }) =>
            GroupId && VpcId
              ? [
                  {
                    groupId: GroupId,
                    vpcId: VpcId,
                    ingress: (IpPermissions ?? []).map(ruleFrom),
                    egress: (IpPermissionsEgress ?? []).map(ruleFrom),
                  },
                ]
              : [],
          ),
          nextToken: NextToken,
        };
      }),
    readNetworkAcls: (region, vpcIds) =>
      read('DescribeNetworkAcls', region, inVpcs(vpcIds), async (client, input) => {
        const { NetworkAcls, NextToken } = await client.send(new DescribeNetworkAclsCommand(input));
        return {
          items: (NetworkAcls ?? []).flatMap(({ NetworkAclId, VpcId, Associations, Entries }) =>
            NetworkAclId && VpcId
              ? [
                  {
                    networkAclId: NetworkAclId,
                    vpcId: VpcId,
                    subnetIds: present((Associations ?? []).map(({ SubnetId }) => SubnetId)),
                    entries: (Entries ?? []).flatMap((entry) => {
                      const cidr = entry.CidrBlock ?? entry.Ipv6CidrBlock;
                      const range =
                        entry.IcmpTypeCode === undefined
                          ? { from: entry.PortRange?.From, to: entry.PortRange?.To }
                          : { from: entry.IcmpTypeCode.Type, to: entry.IcmpTypeCode.Code };
                      return cidr === undefined || entry.RuleNumber === undefined
                        ? []
                        : [
                            {
                              ruleNumber: entry.RuleNumber,
                              egress: entry.Egress === true,
                              action: entry.RuleAction === 'allow' ? ('allow' as const) : ('deny' as const),
                              protocol: entry.Protocol ?? '-1',
                              ...(range.from === undefined ? {} : { fromPort: range.from }),
                              ...(range.to === undefined ? {} : { toPort: range.to }),
                              cidr,
                            },
                          ];
                    }),
                  },
                ]
              : [],
          ),
          nextToken: NextToken,
        };
      }),
    readInterfaces: (region, vpcIds) =>
      read('DescribeNetworkInterfaces', region, inVpcs(vpcIds), async (client, input) => {
        const { NetworkInterfaces, NextToken } = await client.send(
          new DescribeNetworkInterfacesCommand(input),
        );
        return {
          items: (NetworkInterfaces ?? []).flatMap(
            ({
              NetworkInterfaceId,
              VpcId,
              SubnetId,
              PrivateIpAddress,
              PrivateIpAddresses,
              Ipv6Addresses,
              Groups,
              Attachment,
            }) =>
              NetworkInterfaceId && VpcId && SubnetId
                ? [
                    {
                      interfaceId: NetworkInterfaceId,
                      vpcId: VpcId,
                      subnetId: SubnetId,
                      addresses: [
                        ...new Set(
                          present([
                            PrivateIpAddress,
                            ...(PrivateIpAddresses ?? []).map((one) => one.PrivateIpAddress),
                            ...(Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
                          ]),
                        ),
                      ],
                      securityGroupIds: present((Groups ?? []).map(({ GroupId }) => GroupId)),
                      ...(Attachment?.InstanceId ? { instanceId: Attachment.InstanceId } : {}),
                    },
                  ]
                : [],
          ),
          nextToken: NextToken,
        };
      }),
  };
  return reader;
}
