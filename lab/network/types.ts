import type { Block } from './address.ts';

/** The lab's picture of what EC2 holds, as far as it decides where a packet goes. */

export interface NetworkVpc {
  readonly vpcId: string;
  readonly accountId: string;
  readonly region: string;
  readonly blocks: readonly Block[];
}

export interface NetworkSubnet {
  readonly subnetId: string;
  readonly vpcId: string;
  /** `use1-az1`: comparable between accounts, as names are not. */
  readonly zoneId: string;
  readonly blocks: readonly Block[];
  /** The table it is associated with, or its VPC's main table. */
  readonly tableId: string | undefined;
  readonly aclId: string | undefined;
}

export type RouteTarget =
  | { readonly kind: 'local' }
  | { readonly kind: 'peering'; readonly peeringId: string }
  /** A gateway, an interface, …: the lab models nothing behind it. */
  | { readonly kind: 'other'; readonly id: string };

export interface NetworkRoute {
  readonly block: Block;
  readonly target: RouteTarget;
  /** Of two routes with the same block the one earlier in this list wins: static, prefix list, propagated. */
  readonly source: 'static' | 'prefix-list' | 'propagated';
}

export interface NetworkTable {
  readonly tableId: string;
  readonly vpcId: string;
  readonly routes: readonly NetworkRoute[];
}

export interface NetworkPeering {
  readonly peeringId: string;
  /** EC2's status code. */
  readonly status: string;
  /** Requester first. */
  readonly vpcIds: readonly [string, string];
  /** VPCs of which the other end may resolve the names (`AllowDnsResolutionFromRemoteVpc`). */
  readonly namesOf?: readonly string[];
}

/** `protocol` is EC2's: `-1`, a name or a number. Of TCP and UDP `type` is the first port, `code` the last one. */
export interface IcmpMatch {
  readonly protocol: string;
  /** -1 is every type; undefined where EC2 gives none. */
  readonly type: number | undefined;
  readonly code: number | undefined;
}

export interface GroupRule extends IcmpMatch {
  readonly blocks: readonly Block[];
  readonly groupIds: readonly string[];
}

export interface NetworkGroup {
  readonly groupId: string;
  readonly vpcId: string;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
}

export interface AclEntry extends IcmpMatch {
  readonly number: number;
  readonly egress: boolean;
  readonly allow: boolean;
  readonly block: Block;
}

export interface NetworkAcl {
  readonly aclId: string;
  readonly entries: readonly AclEntry[];
}

export interface NetworkInterface {
  readonly interfaceId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly addresses: readonly string[];
  readonly groupIds: readonly string[];
}

/** In lower case; empty where EC2 gave none. */
export interface HostNames {
  readonly privateName: string;
  readonly publicName: string;
  readonly publicAddress: string;
}

export interface Host {
  readonly instanceId: string;
  /** EC2's state name: `running`, `stopped`, … */
  readonly state: string;
  readonly platform: 'Linux' | 'Windows';
  readonly accountId: string;
  readonly region: string;
  /** Primary interface first. */
  readonly interfaces: readonly NetworkInterface[];
  readonly names?: HostNames;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Network {
  readonly vpcs: ReadonlyMap<string, NetworkVpc>;
  readonly subnets: ReadonlyMap<string, NetworkSubnet>;
  readonly tables: ReadonlyMap<string, NetworkTable>;
  readonly peerings: ReadonlyMap<string, NetworkPeering>;
  readonly groups: ReadonlyMap<string, NetworkGroup>;
  readonly acls: ReadonlyMap<string, NetworkAcl>;
  readonly hosts: ReadonlyMap<string, Host>;
}
