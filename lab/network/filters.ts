import { anyContains, contains } from './address.ts';
import type { AclEntry, GroupRule, IcmpMatch, NetworkAcl, NetworkGroup, NetworkInterface } from './types.ts';

/** Security groups and network ACLs. The lab itself only pings; what it makes of ports is a second opinion for tests. */

interface Addresses {
  readonly source: string;
  readonly destination: string;
}

export interface IcmpPacket extends Addresses {
  readonly protocol: 'icmp' | 'icmpv6';
  readonly type: number;
  readonly code: number;
}

export interface PortPacket extends Addresses {
  readonly protocol: 'tcp' | 'udp';
  /** Rules and entries look at the port that a packet goes to, never at the one that it comes from. */
  readonly port: number;
}

export type AnyPacket = IcmpPacket | PortPacket;

const PROTOCOL_NAMES: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
};

function matches(rule: IcmpMatch, packet: AnyPacket): boolean {
  const protocol = PROTOCOL_NAMES[rule.protocol] ?? rule.protocol.toLowerCase();
  if (protocol === '-1') {
    return true;
  }
  if ('port' in packet) {
    const { type: first = 0, code: last = 65535 } = rule;
    return protocol === packet.protocol && first <= packet.port && packet.port <= last;
  }
  const type = rule.type ?? -1;
  const code = rule.code ?? -1;
  return (
    protocol === packet.protocol &&
    (type === -1 || (type === packet.type && (code === -1 || code === packet.code)))
  );
}

/** The far end of a packet as a security group sees it. */
export interface FarEnd {
  readonly address: string;
  /** The interface itself, where group references to it count: same VPC, or a same-Region peering. */
  readonly referable: NetworkInterface | undefined;
}

function admits(rule: GroupRule, packet: AnyPacket, far: FarEnd): boolean {
  return (
    matches(rule, packet) &&
    (anyContains(rule.blocks, far.address) ||
      rule.groupIds.some((groupId) => far.referable?.groupIds.includes(groupId) === true))
  );
}

/** A packet passes when any rule of any of the interface's groups admits it. */
export function groupsAdmit(
  groups: readonly NetworkGroup[],
  direction: 'ingress' | 'egress',
  packet: AnyPacket,
  far: FarEnd,
): boolean {
  return groups.some((group) => group[direction].some((rule) => admits(rule, packet, far)));
}

/** The entry with the lowest number that fits decides; without one the packet is dropped. */
export function aclDecides(
  acl: NetworkAcl,
  direction: 'inbound' | 'outbound',
  packet: AnyPacket,
): AclEntry | undefined {
  const far = direction === 'inbound' ? packet.source : packet.destination;
  return acl.entries
    .filter((entry) => entry.egress === (direction === 'outbound'))
    .toSorted((a, b) => a.number - b.number)
    .find((entry) => matches(entry, packet) && contains(entry.block, far));
}
