import type { Filter } from '@aws-sdk/client-ec2';

/** The files of a snapshot: each holds the answer of one `aws ec2 describe-…` under the key of its own name. */

export interface SnapshotFile {
  /** `Vpcs`: the file's name without `.json`, and the key of the list in it. */
  readonly name: string;
  /** The SDK command whose answer it is. */
  readonly command: string;
  /** `aws ec2 …`, for messages. */
  readonly cli: string;
  readonly need: 'required' | 'optional';
  /** What does without an optional file. */
  readonly without?: string;
}

export const SNAPSHOT_FILES: readonly SnapshotFile[] = [
  {
    name: 'VpcPeeringConnections',
    command: 'DescribeVpcPeeringConnectionsCommand',
    cli: 'describe-vpc-peering-connections',
    need: 'required',
  },
  {
    name: 'RouteTables',
    command: 'DescribeRouteTablesCommand',
    cli: 'describe-route-tables',
    need: 'required',
  },
  {
    name: 'Vpcs',
    command: 'DescribeVpcsCommand',
    cli: 'describe-vpcs',
    need: 'optional',
    without: 'tags and CIDRs of the VPCs are unknown, so requests are held',
  },
  {
    name: 'Subnets',
    command: 'DescribeSubnetsCommand',
    cli: 'describe-subnets',
    need: 'optional',
    without: 'which table routes for an address may be unknown',
  },
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

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** What each filter that the readers use compares, in an item as AWS gives it. */
const FILTERED: Readonly<Record<string, (item: Fields) => readonly unknown[]>> = {
  'vpc-id': ({ VpcId }) => [VpcId],
  'vpc-peering-connection-id': ({ VpcPeeringConnectionId }) => [VpcPeeringConnectionId],
  'status-code': ({ Status }) => [fields(Status).Code],
  'route-table-id': ({ RouteTableId }) => [RouteTableId],
  'tag-key': ({ Tags }) => (Array.isArray(Tags) ? Tags.map((tag) => fields(tag).Key) : []),
};

function passes(item: Fields, filters: readonly Filter[]): boolean {
  return filters.every(({ Name = '', Values = [] }) => {
    const valuesOf = FILTERED[Name];
    if (valuesOf === undefined) {
      throw new Error(`A snapshot cannot be filtered by ${Name}.`);
    }
    return valuesOf(item).some((value) => typeof value === 'string' && Values.includes(value));
  });
}

/** Does to saved items what EC2 does with a call's filters. Instances are filtered inside their reservations. */
export function filtered(name: string, items: readonly unknown[], filters: readonly Filter[]): unknown[] {
  if (name !== 'Reservations') {
    return items.filter((item) => passes(fields(item), filters));
  }
  return items.flatMap((reservation) => {
    const { Instances } = fields(reservation);
    const instances = (Array.isArray(Instances) ? Instances : []).filter((each) =>
      passes(fields(each), filters),
    );
    return instances.length === 0 ? [] : [{ ...fields(reservation), Instances: instances }];
  });
}
