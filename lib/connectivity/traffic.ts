import type { PacketMatch } from '../model/network.ts';
import type { AddressFamily } from '../network/cidr.ts';

/** What somebody wants to send: an ICMP echo (ping), or a connection to a port. */
export type Traffic =
  | { readonly protocol: 'icmp' }
  | { readonly protocol: 'tcp' | 'udp'; readonly port: number };

export const PING: Traffic = { protocol: 'icmp' };

/** A packet, or all packets that some program may send: answers go to any one port of a range. */
export type Packet =
  | {
      readonly protocol: 'icmp' | 'icmpv6';
      readonly type: number;
      readonly code: number;
    }
  | { readonly protocol: 'tcp' | 'udp'; readonly fromPort: number; readonly toPort: number };

/** Numbers that rules may use in place of names (IANA, "Assigned Internet Protocol Numbers"). */
const PROTOCOL_NAMES: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
};

/** Echo request and reply: types 8 and 0 (RFC 792), 128 and 129 (RFC 4443). */
const ECHO = {
  ipv4: { protocol: 'icmp', request: 8, reply: 0 },
  ipv6: { protocol: 'icmpv6', request: 128, reply: 129 },
} as const;

/** Ports from which clients ask, and so to which answers go: those that the system picks by default. */
const EPHEMERAL_PORTS = {
  linux: { fromPort: 32768, toPort: 60999 },
  windows: { fromPort: 49152, toPort: 65535 },
  unknown: { fromPort: 1024, toPort: 65535 },
} as const;

export function requestOf(traffic: Traffic, family: AddressFamily): Packet {
  if (traffic.protocol === 'icmp') {
    const { protocol, request } = ECHO[family];
    return { protocol, type: request, code: 0 };
  }
  return { protocol: traffic.protocol, fromPort: traffic.port, toPort: traffic.port };
}

/** @param client the system that asked, as far as it is known. */
export function answerOf(
  traffic: Traffic,
  family: AddressFamily,
  client: keyof typeof EPHEMERAL_PORTS,
): Packet {
  if (traffic.protocol === 'icmp') {
    const { protocol, reply } = ECHO[family];
    return { protocol, type: reply, code: 0 };
  }
  return { protocol: traffic.protocol, ...EPHEMERAL_PORTS[client] };
}

/** For people: `ICMP echo request (type 8)`, `TCP port 443`, `TCP ports 1024-65535`. */
export function packetText(packet: Packet): string {
  const name = packet.protocol === 'icmpv6' ? 'ICMPv6' : packet.protocol.toUpperCase();
  if ('type' in packet) {
    const what = packet.type === 8 || packet.type === 128 ? 'request' : 'reply';
    return `${name} echo ${what} (type ${packet.type})`;
  }
  return packet.fromPort === packet.toPort
    ? `${name} port ${packet.fromPort}`
    : `${name} ports ${packet.fromPort}-${packet.toPort}`;
}

/** For people, what a rule is about: `all traffic`, `TCP 5432`, `UDP 8000-8100`, `every TCP port`, `ICMP`. */
export function matchText({ protocol, fromPort, toPort }: PacketMatch): string {
  const lower = protocol.toLowerCase();
  const name = PROTOCOL_NAMES[lower] ?? lower;
  if (name === '-1' || name === 'all') {
    return 'all traffic';
  }
  if (name === 'icmp' || name === 'icmpv6') {
    const type = fromPort === undefined || fromPort === -1 ? '' : ` type ${fromPort}`;
    return `${name === 'icmp' ? 'ICMP' : 'ICMPv6'}${type}`;
  }
  if (name !== 'tcp' && name !== 'udp') {
    return `protocol ${name}`;
  }
  const [first, last] = [fromPort ?? 0, toPort ?? 65535];
  if (first === 0 && last === 65535) {
    return `every ${name.toUpperCase()} port`;
  }
  return `${name.toUpperCase()} ${first === last ? first : `${first}-${last}`}`;
}

/** Which of the packets a rule is about: all of them, those of some ports, or none. */
export type Share = 'all' | 'none' | { readonly fromPort: number; readonly toPort: number };

export function shareOf(match: PacketMatch, packet: Packet): Share {
  const name = match.protocol.toLowerCase();
  const protocol = PROTOCOL_NAMES[name] ?? name;
  if (protocol === '-1' || protocol === 'all') {
    return 'all';
  }
  if (protocol !== packet.protocol) {
    return 'none';
  }
  if ('type' in packet) {
    const type = match.fromPort ?? -1;
    const code = match.toPort ?? -1;
    const fits = type === -1 || (type === packet.type && (code === -1 || code === packet.code));
    return fits ? 'all' : 'none';
  }
  const fromPort = Math.max(packet.fromPort, match.fromPort ?? 0);
  const toPort = Math.min(packet.toPort, match.toPort ?? 65535);
  if (fromPort > toPort) {
    return 'none';
  }
  return fromPort === packet.fromPort && toPort === packet.toPort ? 'all' : { fromPort, toPort };
}
