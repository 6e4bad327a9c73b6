import type {
  Instance,
  NetworkAcl,
  NetworkSnapshot,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
} from '../../lib/model/network.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { OWN, PREFIX, peering, route, vpc } from '../support/fixtures.ts';

export const VPC_A = vpc('vpc-a', ['10.1.0.0/16', '2001:db8:1::/56']);
export const VPC_B = vpc('vpc-b', ['10.2.0.0/16', '2001:db8:2::/56']);
export const VPC_C = vpc('vpc-c', ['10.3.0.0/16']);

export function subnet(of: Vpc, number: number): Subnet {
  const [ipv4 = '', ipv6] = of.cidrs;
  return {
    subnetId: `subnet-${of.vpcId.slice(4)}${number}`,
    vpcId: of.vpcId,
    availabilityZoneId: `use1-az${number}`,
    cidrs: [
      ipv4.replace('.0.0/16', `.${number}.0/24`),
      ...(ipv6 === undefined ? [] : [ipv6.replace('::/56', `:${number}::/64`)]),
    ],
  };
}

export interface InstanceParts extends Partial<Instance> {
  readonly role?: 'source' | 'target' | 'both';
}

/** @param host the last number of its addresses. */
export function instance(
  instanceId: string,
  of: Vpc,
  subnetNumber: number,
  host: number,
  { role, ...parts }: InstanceParts = {},
): Instance {
  const place = subnet(of, subnetNumber);
  const [ipv4 = '', ipv6] = place.cidrs;
  return {
    instanceId,
    accountId: of.accountId,
    region: of.region,
    vpcId: of.vpcId,
    subnetId: place.subnetId,
    availabilityZoneId: `use1-az${subnetNumber}`,
    state: 'running',
    platform: 'linux',
    ipv4Addresses: [ipv4.replace('.0/24', `.${host}`)],
    ipv6Addresses: ipv6 === undefined ? [] : [ipv6.replace('::/64', `::${host}`)],
    securityGroupIds: [`sg-${of.vpcId.slice(4)}`],
    tags: role === undefined ? {} : { [`${PREFIX}:probe`]: role },
    ...parts,
  };
}

export function rule(parts: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  return { protocol: '-1', cidrs: [], prefixListIds: [], groupIds: [], ...parts };
}

export const ANYTHING = rule({ cidrs: ['0.0.0.0/0', '::/0'] });
export const PING_FROM_10 = rule({ protocol: 'icmp', fromPort: 8, toPort: -1, cidrs: ['10.0.0.0/8'] });

export function securityGroup(of: Vpc, parts: Partial<SecurityGroup> = {}): SecurityGroup {
  return {
    groupId: `sg-${of.vpcId.slice(4)}`,
    vpcId: of.vpcId,
    ingress: [PING_FROM_10],
    egress: [ANYTHING],
    ...parts,
  };
}

export function networkAcl(of: Vpc, entries?: NetworkAcl['entries']): NetworkAcl {
  const open = [true, false].map((egress) => ({
    ruleNumber: 100,
    egress,
    action: 'allow' as const,
    protocol: '-1',
    cidr: '0.0.0.0/0',
  }));
  return {
    networkAclId: `acl-${of.vpcId.slice(4)}`,
    vpcId: of.vpcId,
    subnetIds: [1, 2].map((number) => subnet(of, number).subnetId),
    entries: entries ?? open,
  };
}

/** Of IPv4 and IPv6. */
export const OPEN_ENTRIES: NetworkAcl['entries'] = ['0.0.0.0/0', '::/0'].flatMap((cidr) =>
  [true, false].map((egress) => ({
    ruleNumber: cidr === '::/0' ? 101 : 100,
    egress,
    action: 'allow' as const,
    protocol: '-1',
    cidr,
  })),
);

export function mainTable(of: Vpc, routes: readonly Route[]): RouteTable {
  return {
    routeTableId: `rtb-${of.vpcId.slice(4)}`,
    vpcId: of.vpcId,
    region: of.region,
    tags: {},
    routes: [...of.cidrs.map((cidr) => route(cidr, 'local')), ...routes],
    associations: [{ main: true }],
  };
}

/** vpc-a and vpc-b peered and routed both ways, vpc-c peered with vpc-b only; i-a, i-b and i-c one in each. */
export function network(parts: Partial<NetworkSnapshot> = {}): NetworkSnapshot {
  const vpcs = [VPC_A, VPC_B, VPC_C];
  return {
    vpcs,
    subnets: vpcs.flatMap((each) => [subnet(each, 1), subnet(each, 2)]),
    routeTables: tables(),
    peerings: peerings(),
    securityGroups: vpcs.map((each) => securityGroup(each)),
    networkAcls: vpcs.map((each) => networkAcl(each)),
    instances: [instance('i-a', VPC_A, 1, 13), instance('i-b', VPC_B, 1, 139), instance('i-c', VPC_C, 1, 5)],
    interfaces: [],
    prefixLists: new Map(),
    ...parts,
  };
}

export function peerings(status: Peering['status'] = 'active'): Peering[] {
  return [peering('pcx-ab', VPC_A, VPC_B, { status }), peering('pcx-bc', VPC_B, VPC_C)];
}

/** Routes of vpc-a and vpc-b in place of the usual ones. */
export function tables(
  parts: { readonly a?: readonly Route[]; readonly b?: readonly Route[] } = {},
): RouteTable[] {
  return [
    mainTable(VPC_A, parts.a ?? [route('10.2.0.0/16', 'pcx-ab')]),
    mainTable(VPC_B, parts.b ?? [route('10.1.0.0/16', 'pcx-ab'), route('10.3.0.0/16', 'pcx-bc')]),
    mainTable(VPC_C, [route('10.2.0.0/16', 'pcx-bc')]),
  ];
}

export { OWN };
