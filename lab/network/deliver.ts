import { anyContains, contains, familyOf, sameAddress } from './address.ts';
import { type AnyPacket, aclDecides, groupsAdmit } from './filters.ts';
import type {
  Host,
  Network,
  NetworkInterface,
  NetworkPeering,
  NetworkRoute,
  NetworkSubnet,
} from './types.ts';

/**
 * Carries one packet from an interface to wherever the network takes it. The hops are AWS's: security group, network
 * ACL, route table, peering, network ACL, security group. Sources: "How Amazon VPC works", "Work with VPC peering
 * connections", "Security group connection tracking" in the Amazon VPC and EC2 guides.
 */

export type DropPoint =
  | 'source-state'
  | 'source-group'
  | 'source-acl'
  | 'route'
  | 'peering'
  | 'destination'
  | 'destination-acl'
  | 'destination-group'
  | 'destination-state';

export interface Delivered {
  readonly delivered: true;
  readonly host: Host;
  readonly at: NetworkInterface;
  /** The peering it crossed; undefined inside one VPC. */
  readonly peeringId: string | undefined;
}

export interface Dropped {
  readonly delivered: false;
  readonly at: DropPoint;
  readonly detail: string;
}

export type Delivery = Delivered | Dropped;

export type Packet = AnyPacket & {
  /** Where it starts: addresses alone are ambiguous, as VPCs may share ranges. */
  readonly from: NetworkInterface;
  /**
   * For an answer: the interface that asked. Security groups track the flow, so the answer needs no rule, but only
   * there; network ACLs and route tables treat it as any packet.
   */
  readonly answerTo?: NetworkInterface;
};

function dropped(at: DropPoint, detail: string): Dropped {
  return { delivered: false, at, detail };
}

const SOURCES = ['static', 'prefix-list', 'propagated'] as const;

/** Longest prefix first; of equals, static before prefix list before propagated. */
export function routeFor(routes: readonly NetworkRoute[], address: string): NetworkRoute | undefined {
  return routes
    .filter((route) => contains(route.block, address))
    .toSorted(
      (a, b) => b.block.prefix - a.block.prefix || SOURCES.indexOf(a.source) - SOURCES.indexOf(b.source),
    )[0];
}

function hostOf(network: Network, wanted: NetworkInterface): Host | undefined {
  for (const host of network.hosts.values()) {
    if (host.interfaces.some(({ interfaceId }) => interfaceId === wanted.interfaceId)) {
      return host;
    }
  }
  return undefined;
}

function interfaceAt(network: Network, vpcId: string, address: string): NetworkInterface | undefined {
  for (const { interfaces } of network.hosts.values()) {
    const found = interfaces.find(
      (each) => each.vpcId === vpcId && each.addresses.some((own) => sameAddress(own, address)),
    );
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** Group references reach into a peer VPC only in the same Region. */
function canBeReferenced(network: Network, one: NetworkInterface, other: NetworkInterface): boolean {
  return (
    one.vpcId === other.vpcId || network.vpcs.get(one.vpcId)?.region === network.vpcs.get(other.vpcId)?.region
  );
}

function groupsPass(
  network: Network,
  direction: 'ingress' | 'egress',
  own: NetworkInterface,
  far: { readonly address: string; readonly interface: NetworkInterface | undefined },
  packet: Packet,
): boolean {
  const groups = own.groupIds.flatMap((groupId) => network.groups.get(groupId) ?? []);
  const referable =
    far.interface !== undefined && canBeReferenced(network, own, far.interface) ? far.interface : undefined;
  return groupsAdmit(groups, direction, packet, { address: far.address, referable });
}

function aclPasses(
  network: Network,
  subnet: NetworkSubnet,
  direction: 'inbound' | 'outbound',
  packet: Packet,
): boolean {
  const acl = subnet.aclId === undefined ? undefined : network.acls.get(subnet.aclId);
  return acl !== undefined && aclDecides(acl, direction, packet)?.allow === true;
}

/** Where the routing ends: in the VPC whose interfaces may have the address. */
interface Arrival {
  readonly vpcId: string;
  readonly peering: NetworkPeering | undefined;
}

/** Which VPC the route table sends the packet to. */
function route(network: Network, subnet: NetworkSubnet, address: string): Arrival | Dropped {
  const table = subnet.tableId === undefined ? undefined : network.tables.get(subnet.tableId);
  const chosen = table === undefined ? undefined : routeFor(table.routes, address);
  if (table === undefined || chosen === undefined) {
    return dropped(
      'route',
      `${subnet.tableId ?? `no route table of ${subnet.subnetId}`} has no route to ${address}`,
    );
  }
  const { target } = chosen;
  if (target.kind === 'local') {
    return { vpcId: subnet.vpcId, peering: undefined };
  }
  if (target.kind === 'other') {
    return dropped('route', `${table.tableId} sends ${address} to ${target.id}`);
  }
  const peering = network.peerings.get(target.peeringId);
  const far = peering?.vpcIds.find((vpcId) => vpcId !== subnet.vpcId);
  if (peering?.status !== 'active' || far === undefined || !peering.vpcIds.includes(subnet.vpcId)) {
    return dropped('peering', `${target.peeringId} is ${peering?.status ?? 'gone'}`);
  }
  if (!anyContains(network.vpcs.get(far)?.blocks ?? [], address)) {
    return dropped('peering', `${address} is not in ${far}, the other end of ${peering.peeringId}`);
  }
  return { vpcId: far, peering };
}

function deliver(network: Network, packet: Packet): Delivery {
  const { from, destination, answerTo } = packet;
  const source = hostOf(network, from);
  if (source?.state !== 'running') {
    return dropped('source-state', `${source?.instanceId ?? from.interfaceId} is ${source?.state ?? 'gone'}`);
  }
  const leaving = network.subnets.get(from.subnetId);
  if (leaving === undefined) {
    return dropped('route', `${from.subnetId} is gone`);
  }
  const sameSubnet = anyContains(leaving.blocks, destination);
  const arrival: Arrival | Dropped = sameSubnet
    ? { vpcId: leaving.vpcId, peering: undefined }
    : route(network, leaving, destination);
  const to = 'vpcId' in arrival ? interfaceAt(network, arrival.vpcId, destination) : undefined;

  if (
    answerTo === undefined &&
    !groupsPass(network, 'egress', from, { address: destination, interface: to }, packet)
  ) {
    return dropped('source-group', `${from.groupIds.join(', ')} let nothing out to ${destination}`);
  }
  // Inside one subnet packets meet neither the network ACL nor the route table.
  if (!sameSubnet && !aclPasses(network, leaving, 'outbound', packet)) {
    return dropped('source-acl', `${leaving.aclId} lets nothing out to ${destination}`);
  }
  if (!('vpcId' in arrival)) {
    return arrival;
  }
  const host = to === undefined ? undefined : hostOf(network, to);
  const entering = to === undefined ? undefined : network.subnets.get(to.subnetId);
  if (to === undefined || host === undefined || entering === undefined) {
    return dropped('destination', `nothing in ${arrival.vpcId} has the address ${destination}`);
  }
  if (!sameSubnet && !aclPasses(network, entering, 'inbound', packet)) {
    return dropped('destination-acl', `${entering.aclId} lets nothing in from ${packet.source}`);
  }
  const admitted =
    answerTo === undefined
      ? groupsPass(network, 'ingress', to, { address: packet.source, interface: from }, packet)
      : to.interfaceId === answerTo.interfaceId;
  if (!admitted) {
    return dropped('destination-group', `${to.groupIds.join(', ')} let nothing in from ${packet.source}`);
  }
  if (host.state !== 'running') {
    return dropped('destination-state', `${host.instanceId} is ${host.state}`);
  }
  return { delivered: true, host, at: to, peeringId: arrival.peering?.peeringId };
}

export type Echo =
  | {
      readonly answered: true;
      readonly from: NetworkInterface;
      readonly to: NetworkInterface;
      readonly host: Host;
      readonly peeringIds: readonly string[];
    }
  | {
      readonly answered: false;
      readonly direction: 'request' | 'answer';
      readonly at: DropPoint;
      readonly detail: string;
    }
  /** The instance has no address of that family: its own system refuses. */
  | { readonly answered: false; readonly direction: 'none'; readonly detail: string };

const ECHO = {
  ipv4: { protocol: 'icmp', request: 8, answer: 0 },
  ipv6: { protocol: 'icmpv6', request: 128, answer: 129 },
} as const;

/** What is asked and answered, but for the addresses. */
interface Exchange {
  readonly request: Part;
  readonly answer: Part;
}

type Part =
  | { readonly protocol: 'icmp' | 'icmpv6'; readonly type: number; readonly code: number }
  | { readonly protocol: 'tcp' | 'udp'; readonly port: number };

/** An echo request and, if it arrives, its answer, from the instance's primary interface. */
export function echo(network: Network, instanceId: string, destination: string): Echo {
  const { protocol, request, answer } = ECHO[familyOf(destination) ?? 'ipv4'];
  return exchange(network, instanceId, destination, {
    request: { protocol, type: request, code: 0 },
    answer: { protocol, type: answer, code: 0 },
  });
}

/** One of the ports from which Linux (32768 and up) and Windows (49152 and up) both ask. */
export const CLIENT_PORT = 50_000;

/** The first packet to a port and, if it arrives, the one back to the port that the client asked from. */
export function connect(
  network: Network,
  instanceId: string,
  destination: string,
  ports: { readonly protocol: 'tcp' | 'udp'; readonly port: number; readonly clientPort: number },
): Echo {
  const { protocol, port, clientPort } = ports;
  return exchange(network, instanceId, destination, {
    request: { protocol, port },
    answer: { protocol, port: clientPort },
  });
}

function exchange(network: Network, instanceId: string, destination: string, what: Exchange): Echo {
  const host = network.hosts.get(instanceId);
  const from = host?.interfaces[0];
  const family = familyOf(destination);
  const source = from?.addresses.find((address) => familyOf(address) === family);
  if (host === undefined || from === undefined || family === undefined || source === undefined) {
    return {
      answered: false,
      direction: 'none',
      detail: `${instanceId} has no address to reach ${destination} from`,
    };
  }
  if (from.addresses.some((own) => sameAddress(own, destination))) {
    return { answered: true, from, to: from, host, peeringIds: [] };
  }
  const there = deliver(network, { from, source, destination, ...what.request });
  if (!there.delivered) {
    return { answered: false, direction: 'request', at: there.at, detail: there.detail };
  }
  const back = deliver(network, {
    from: there.at,
    source: destination,
    destination: source,
    answerTo: from,
    ...what.answer,
  });
  if (!back.delivered) {
    return { answered: false, direction: 'answer', at: back.at, detail: back.detail };
  }
  const peeringIds = [there.peeringId, back.peeringId].filter((id) => id !== undefined);
  return { answered: true, from, to: there.at, host: there.host, peeringIds: [...new Set(peeringIds)] };
}
