import type { Peering, Vpc } from './peering.ts';
import type { RouteTable } from './route-table.ts';

/** What decides whether a packet arrives, as data. Nothing here knows the AWS SDK. */

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** The primary network interface's place and addresses, as DescribeInstances shows them. */
export interface Instance {
  readonly instanceId: string;
  readonly accountId: string;
  readonly region: string;
  readonly vpcId: string;
  readonly subnetId: string;
  /** `use1-az1`: names the same zone in every account, which a zone's name does not. Undefined: not known. */
  readonly availabilityZoneId?: string;
  readonly state: InstanceState;
  readonly platform: 'linux' | 'windows';
  /** Private addresses of the primary interface, the primary one first. */
  readonly ipv4Addresses: readonly string[];
  readonly ipv6Addresses: readonly string[];
  /** The private and, if there is one, the public DNS name of the primary interface, in lower case. */
  readonly dnsNames?: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface NetworkInterface {
  readonly interfaceId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  /** Private IPv4 and IPv6 addresses, the primary one first. */
  readonly addresses: readonly string[];
  /**
   * Blocks that are delegated to it, of which every address is its own (EC2 guide, "Prefix delegation for Amazon EC2 network
   * interfaces"): EKS gives pods addresses of such blocks, which EC2 lists nowhere one by one.
   */
  readonly delegated?: readonly string[];
  /** Empty: EC2 shows none, which says nothing of what filters there (NAT gateways, some endpoints and load balancers). */
  readonly securityGroupIds: readonly string[];
  /** Undefined on an interface of a load balancer, a function, an endpoint and the like. */
  readonly instanceId?: string;
  /** Whose it is: in a shared subnet another account than the VPC's. Undefined: not known. */
  readonly accountId?: string;
  /** `InterfaceType` as EC2 gives it: `nat_gateway`, `vpc_endpoint`, `lambda`, … Undefined: an ordinary one, or not known. */
  readonly kind?: string;
  /** Its tag `Name`. */
  readonly name?: string;
}

export interface Subnet {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZoneId?: string;
  readonly cidrs: readonly string[];
  /** Its tag `Name`. */
  readonly name?: string;
}

/** What is known of the end of a peering beside its status. */
export interface PeeringEnd {
  readonly at: Date;
  /** `at` is when people were told of the end, so that it was before. Left out: it was then. */
  readonly known?: 'told';
  /** Who ended it, as CloudTrail names them; undefined: only the time is known. */
  readonly by?: string;
}

/** A security group with rules that EC2 calls stale: they refer to groups that are gone, or behind a peering that is. */
export interface StaleGroup {
  readonly groupId: string;
  readonly vpcId: string;
  readonly stale: readonly {
    readonly direction: 'ingress' | 'egress';
    readonly groupId: string;
    readonly peeringId?: string;
  }[];
}

/** Which packets a rule is about, in EC2's terms. */
export interface PacketMatch {
  /** `-1` is every protocol; else a name (`tcp`, `icmp`, `icmpv6`) or a number (`6`, `1`, `58`). */
  readonly protocol: string;
  /** ICMP: the type, -1 for every type. TCP, UDP: the first port. Undefined: every one. */
  readonly fromPort?: number;
  /** ICMP: the code, -1 for every code. TCP, UDP: the last port. Undefined: every one. */
  readonly toPort?: number;
}

/** What EC2 says of a group that a rule refers to. It is the only word on a group that the account cannot describe. */
export interface GroupReference {
  readonly groupId: string;
  readonly vpcId?: string;
  readonly peeringId?: string;
  /** Of the peering, in EC2's own words: `active`, `deleted`, … */
  readonly peeringStatus?: string;
}

/** One permission of a security group. It allows what its packets and any one of its peers say. */
export interface SecurityGroupRule extends PacketMatch {
  readonly cidrs: readonly string[];
  readonly prefixListIds: readonly string[];
  /** Security groups whose members are the peers, of this VPC or of a peer VPC in the same Region. */
  readonly groupIds: readonly string[];
  /** More about those of `groupIds` of which EC2 says more. */
  readonly groupReferences?: readonly GroupReference[];
}

export interface SecurityGroup {
  readonly groupId: string;
  readonly vpcId: string;
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

export interface NetworkAclEntry extends PacketMatch {
  /** Entries are tried in the order of their numbers; 32767 is the closing deny. */
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly action: 'allow' | 'deny';
  readonly cidr: string;
}

export interface NetworkAcl {
  readonly networkAclId: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly entries: readonly NetworkAclEntry[];
}

/**
 * All that was read, of one or more accounts and Regions. What is absent was not read, or cannot be: it is *not
 * visible*, and nothing is concluded from it. So a VPC that is listed has to come with all of its subnets and tables,
 * unless it is among `partialVpcs`.
 */
export interface NetworkSnapshot {
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly routeTables: readonly RouteTable[];
  readonly peerings: readonly Peering[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly networkAcls: readonly NetworkAcl[];
  readonly instances: readonly Instance[];
  /** Those of `instances` may be left out if each instance has no more than its primary interface. */
  readonly interfaces: readonly NetworkInterface[];
  /** CIDRs by id, of the prefix lists that were read. */
  readonly prefixLists: ReadonlyMap<string, readonly string[]>;
  /** Of `vpcs` those that another account shares: of them only what is shared was read. */
  readonly partialVpcs?: ReadonlySet<string>;
  /** By peering, for those of which somebody looked it up. */
  readonly peeringEnds?: ReadonlyMap<string, PeeringEnd>;
  /** By VPC, what DescribeStaleSecurityGroups answered; a VPC that is not there was not asked about. */
  readonly staleGroups?: ReadonlyMap<string, readonly StaleGroup[]>;
}
