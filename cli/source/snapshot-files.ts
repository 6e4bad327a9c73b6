/** The files of a snapshot. Nearly each holds the answer of one `aws ec2 describe-…` under the key of its own name. */

export interface SnapshotFile {
  /** `Vpcs`: the file's name without `.json`, and the key of the list in it. */
  readonly name: string;
  /** The key, where it is another one than the name. */
  readonly key?: string;
  /** The SDK command whose answer it is. */
  readonly command: string;
  /** `aws ec2 …`, for messages. */
  readonly cli: string;
  readonly need: 'required' | 'optional';
  /** What is said when an optional file is missing; left out: nothing is. */
  readonly without?: string;
}

export const PEERINGS_FILE: SnapshotFile = {
  name: 'VpcPeeringConnections',
  command: 'DescribeVpcPeeringConnectionsCommand',
  cli: 'describe-vpc-peering-connections',
  need: 'required',
};

export const TABLES_FILE: SnapshotFile = {
  name: 'RouteTables',
  command: 'DescribeRouteTablesCommand',
  cli: 'describe-route-tables',
  need: 'required',
};

export const VPCS_FILE: SnapshotFile = {
  name: 'Vpcs',
  command: 'DescribeVpcsCommand',
  cli: 'describe-vpcs',
  need: 'optional',
  without: 'tags and CIDRs of the VPCs are unknown, so requests are held',
};

export const SUBNETS_FILE: SnapshotFile = {
  name: 'Subnets',
  command: 'DescribeSubnetsCommand',
  cli: 'describe-subnets',
  need: 'optional',
  without: 'which table routes for an address may be unknown',
};

/** Asked for only where a route leads to a prefix list; the list then says that it is missing. */
export const PREFIX_LISTS_FILE: SnapshotFile = {
  name: 'ManagedPrefixLists',
  key: 'PrefixLists',
  command: 'DescribeManagedPrefixListsCommand',
  cli: 'describe-managed-prefix-lists',
  need: 'optional',
};

/** By prefix list, what `aws ec2 get-managed-prefix-list-entries` answers: no one call gives them all. */
export const PREFIX_LIST_ENTRIES_FILE: SnapshotFile = {
  name: 'PrefixListEntries',
  key: 'PrefixListEntries',
  command: 'GetManagedPrefixListEntriesCommand',
  cli: 'get-managed-prefix-list-entries',
  need: 'optional',
};

/** Asked for one VPC at a time, where rules refer to groups of another VPC: without it nothing is said of it. */
export const STALE_GROUPS_FILE: SnapshotFile = {
  name: 'StaleSecurityGroups',
  key: 'StaleSecurityGroupSet',
  command: 'DescribeStaleSecurityGroupsCommand',
  cli: 'describe-stale-security-groups',
  need: 'optional',
};

/** What the stack remembers of the Region; no answer of EC2. */
export const REGISTRY_FILE: SnapshotFile = {
  name: 'Registry',
  command: 'none',
  cli: 'peering snapshot --out DIR',
  need: 'optional',
};

/** The answers that the readers look at; each is one list. */
export const SNAPSHOT_FILES: readonly SnapshotFile[] = [
  PEERINGS_FILE,
  TABLES_FILE,
  VPCS_FILE,
  SUBNETS_FILE,
  {
    name: 'SecurityGroups',
    command: 'DescribeSecurityGroupsCommand',
    cli: 'describe-security-groups',
    need: 'optional',
    without: 'security groups are not judged',
  },
  {
    name: 'NetworkAcls',
    command: 'DescribeNetworkAclsCommand',
    cli: 'describe-network-acls',
    need: 'optional',
    without: 'network ACLs are not judged',
  },
  {
    name: 'NetworkInterfaces',
    command: 'DescribeNetworkInterfacesCommand',
    cli: 'describe-network-interfaces',
    need: 'optional',
    without: 'only the primary interfaces of instances are known',
  },
  {
    name: 'Reservations',
    command: 'DescribeInstancesCommand',
    cli: 'describe-instances',
    need: 'optional',
    without: 'instances are not known',
  },
];
