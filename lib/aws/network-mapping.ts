import type {
  Instance as Ec2Instance,
  NetworkAcl as Ec2NetworkAcl,
  NetworkAclEntry as Ec2NetworkAclEntry,
  NetworkInterface as Ec2NetworkInterface,
  SecurityGroup as Ec2SecurityGroup,
  StaleSecurityGroup as Ec2StaleGroup,
  Subnet as Ec2Subnet,
  IpPermission,
  StaleIpPermission,
  Tag,
  UserIdGroupPair,
} from '@aws-sdk/client-ec2';
import type {
  GroupReference,
  Instance,
  InstanceState,
  NetworkAcl,
  NetworkAclEntry,
  NetworkInterface,
  SecurityGroup,
  SecurityGroupRule,
  StaleGroup,
  Subnet,
} from '../model/network.ts';
import { tagsFrom } from './mapping.ts';

/**
 * EC2's answers about what decides whether a packet arrives, turned into the words of the domain. undefined: an item that
 * lacks its own id or that of its place, so that nothing can be said of it.
 */

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

function nameIn(tags: readonly Tag[] | undefined): { name?: string } {
  const name = tags?.find(({ Key }) => Key === 'Name')?.Value;
  return name ? { name } : {};
}

/** An instance without an id, VPC or subnet is none that can be pinged. */
export function instanceFrom(instance: Ec2Instance, accountId: string, region: string): Instance | undefined {
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
  // Empty where the VPC's DNS hostnames are off.
  const dnsNames = present([instance.PrivateDnsName, instance.PublicDnsName])
    .filter((name) => name !== '')
    .map((name) => name.toLowerCase());
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
    ...(dnsNames.length === 0 ? {} : { dnsNames }),
    securityGroupIds: present((instance.SecurityGroups ?? []).map(({ GroupId }) => GroupId)),
    tags: tagsFrom(instance.Tags),
  };
}

export function subnetFrom(subnet: Ec2Subnet): Subnet | undefined {
  const { SubnetId, VpcId, AvailabilityZoneId, CidrBlock, Ipv6CidrBlockAssociationSet } = subnet;
  if (!SubnetId || !VpcId) {
    return undefined;
  }
  return {
    subnetId: SubnetId,
    vpcId: VpcId,
    ...(AvailabilityZoneId ? { availabilityZoneId: AvailabilityZoneId } : {}),
    cidrs: present([
      CidrBlock,
      ...(Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    ]),
    ...nameIn(subnet.Tags),
  };
}

/** EC2 says more than the id of a group of another VPC: whose it is, and what became of the peering. */
function referencesFrom(pairs: readonly UserIdGroupPair[]): GroupReference[] {
  return pairs.flatMap(({ GroupId, VpcId, VpcPeeringConnectionId, PeeringStatus }) =>
    GroupId && (VpcId || VpcPeeringConnectionId || PeeringStatus)
      ? [
          {
            groupId: GroupId,
            ...(VpcId ? { vpcId: VpcId } : {}),
            ...(VpcPeeringConnectionId ? { peeringId: VpcPeeringConnectionId } : {}),
            ...(PeeringStatus ? { peeringStatus: PeeringStatus } : {}),
          },
        ]
      : [],
  );
}

function ruleFrom(permission: IpPermission): SecurityGroupRule {
  const groupReferences = referencesFrom(permission.UserIdGroupPairs ?? []);
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
    ...(groupReferences.length === 0 ? {} : { groupReferences }),
  };
}

export function securityGroupFrom(group: Ec2SecurityGroup): SecurityGroup | undefined {
  const { GroupId, VpcId, IpPermissions, IpPermissionsEgress } = group;
  if (!GroupId || !VpcId) {
    return undefined;
  }
  return {
    groupId: GroupId,
    vpcId: VpcId,
    ingress: (IpPermissions ?? []).map(ruleFrom),
    egress: (IpPermissionsEgress ?? []).map(ruleFrom),
  };
}

export function staleGroupFrom(group: Ec2StaleGroup): StaleGroup | undefined {
  const { GroupId, VpcId, StaleIpPermissions, StaleIpPermissionsEgress } = group;
  if (!GroupId || !VpcId) {
    return undefined;
  }
  const stale = (direction: 'ingress' | 'egress', permissions: readonly StaleIpPermission[] = []) =>
    permissions
      .flatMap(({ UserIdGroupPairs }) => UserIdGroupPairs ?? [])
      .flatMap(({ GroupId: groupId, VpcPeeringConnectionId: peeringId }) =>
        groupId ? [{ direction, groupId, ...(peeringId ? { peeringId } : {}) }] : [],
      );
  return {
    groupId: GroupId,
    vpcId: VpcId,
    stale: [...stale('ingress', StaleIpPermissions), ...stale('egress', StaleIpPermissionsEgress)],
  };
}

function entryFrom(entry: Ec2NetworkAclEntry): NetworkAclEntry | undefined {
  const cidr = entry.CidrBlock ?? entry.Ipv6CidrBlock;
  const range =
    entry.IcmpTypeCode === undefined
      ? { from: entry.PortRange?.From, to: entry.PortRange?.To }
      : { from: entry.IcmpTypeCode.Type, to: entry.IcmpTypeCode.Code };
  if (cidr === undefined || entry.RuleNumber === undefined) {
    return undefined;
  }
  return {
    ruleNumber: entry.RuleNumber,
    egress: entry.Egress === true,
    action: entry.RuleAction === 'allow' ? 'allow' : 'deny',
    protocol: entry.Protocol ?? '-1',
    ...(range.from === undefined ? {} : { fromPort: range.from }),
    ...(range.to === undefined ? {} : { toPort: range.to }),
    cidr,
  };
}

export function networkAclFrom(acl: Ec2NetworkAcl): NetworkAcl | undefined {
  const { NetworkAclId, VpcId, Associations, Entries } = acl;
  if (!NetworkAclId || !VpcId) {
    return undefined;
  }
  return {
    networkAclId: NetworkAclId,
    vpcId: VpcId,
    subnetIds: present((Associations ?? []).map(({ SubnetId }) => SubnetId)),
    entries: (Entries ?? []).flatMap((entry) => entryFrom(entry) ?? []),
  };
}

export function interfaceFrom(one: Ec2NetworkInterface): NetworkInterface | undefined {
  const { NetworkInterfaceId, VpcId, SubnetId, Attachment } = one;
  if (!NetworkInterfaceId || !VpcId || !SubnetId) {
    return undefined;
  }
  const addresses = [
    one.PrivateIpAddress,
    ...(one.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress),
    ...(one.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
  ];
  const delegated = present([
    ...(one.Ipv4Prefixes ?? []).map(({ Ipv4Prefix }) => Ipv4Prefix),
    ...(one.Ipv6Prefixes ?? []).map(({ Ipv6Prefix }) => Ipv6Prefix),
  ]);
  return {
    interfaceId: NetworkInterfaceId,
    vpcId: VpcId,
    subnetId: SubnetId,
    addresses: [...new Set(present(addresses))],
    ...(delegated.length === 0 ? {} : { delegated }),
    securityGroupIds: present((one.Groups ?? []).map(({ GroupId }) => GroupId)),
    ...(Attachment?.InstanceId ? { instanceId: Attachment.InstanceId } : {}),
    ...(one.OwnerId ? { accountId: one.OwnerId } : {}),
    ...(one.InterfaceType && one.InterfaceType !== 'interface' ? { kind: one.InterfaceType } : {}),
    ...nameIn(one.TagSet),
  };
}
