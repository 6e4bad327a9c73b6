import type { Peering, PeeringSide } from '../../model/peering.ts';
import type { Route, RouteTargetKind } from '../../model/route-table.ts';
import { type Address, inCidr, parseCidr } from '../../network/cidr.ts';
import type { Endpoint } from '../endpoint.ts';
import { type NetworkModel, otherSide } from '../network-model.ts';
import { isLive } from './advice.ts';
import { sideText } from './walk.ts';

/**
 * Addresses that no VPC has. A peering leads into the VPC at its other end and no further: not to its gateways, its VPN, its
 * Direct Connect, its gateway endpoints or its other peerings ("VPC peering limitations" in the VPC peering guide).
 */

/** RFC 1918, 6598, 3927, 4193, 4291. */
const PRIVATE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
].map(parseCidr);

const TO_THE_INTERNET: ReadonlySet<RouteTargetKind> = new Set([
  'internet-gateway',
  'egress-only-internet-gateway',
  'nat-gateway',
  'carrier-gateway',
]);

const NAMES: Readonly<Record<RouteTargetKind, string>> = {
  local: 'the VPC itself',
  peering: 'the peering',
  'internet-gateway': 'the internet gateway',
  'egress-only-internet-gateway': 'the egress-only internet gateway',
  'nat-gateway': 'the NAT gateway',
  'transit-gateway': 'the transit gateway',
  'virtual-private-gateway': 'the virtual private gateway',
  'local-gateway': 'the local gateway',
  'carrier-gateway': 'the carrier gateway',
  'network-interface': 'the network interface',
  instance: 'the instance',
  'core-network': 'the core network',
  'vpc-endpoint': 'the endpoint',
  unknown: 'the target',
};

/** A route by which a VPC would send an address on. */
export interface Onward {
  readonly route: Route;
  readonly tableId: string;
  readonly vpcId: string;
}

/** Whether the internet has no route to an address, whoever has it. */
export function isPrivate(address: Address): boolean {
  return PRIVATE.some((block) => inCidr(block, address));
}

/** Where the tables of a VPC lead an address that it does not have itself. */
function onwardFrom(model: NetworkModel, vpcId: string, address: Address, via: string): Onward | undefined {
  const tables = model.snapshot.routeTables
    .filter((table) => table.vpcId === vpcId)
    .toSorted((a, b) => (a.routeTableId < b.routeTableId ? -1 : 1));
  for (const table of tables) {
    const choice = model.choose(table, address);
    if (choice.kind !== 'route') {
      continue;
    }
    const { kind, id } = choice.route.target;
    const isAstray = isPrivate(address) && TO_THE_INTERNET.has(kind);
    if (kind !== 'local' && id !== via && !isAstray) {
      return { route: choice.route, tableId: table.routeTableId, vpcId };
    }
  }
  return undefined;
}

/** How a peer of a VPC would send an address on that no VPC has. */
export function onwardOfPeers(model: NetworkModel, vpcId: string, address: Address): Onward | undefined {
  for (const peering of model.peeringsOf(vpcId).filter(isLive)) {
    const far = otherSide(peering, vpcId);
    const onward = far && onwardFrom(model, far.vpcId, address, peering.peeringId);
    if (onward !== undefined) {
      return onward;
    }
  }
  return undefined;
}

function onwardText({ route, tableId, vpcId }: Onward): string {
  const { destination, target } = route;
  return `${NAMES[target.kind]} ${target.id} of ${vpcId} (${destination} in ${tableId})`;
}

function remedyFor(vpcId: string, address: Address, onward: Onward | undefined): string {
  if (onward?.route.target.kind === 'peering') {
    return `Peer ${vpcId} with the VPC behind ${onward.route.target.id} itself, or connect both to a transit gateway.`;
  }
  return isPrivate(address)
    ? `Connect ${vpcId} itself to where ${address.text} is: by a VPN, Direct Connect or a transit gateway of its own.`
    : `Give ${vpcId} a way of its own: a NAT or internet gateway, or a gateway endpoint for S3 and DynamoDB.`;
}

/** Of an address that no VPC has and that nothing routes, although a peer could reach it. */
export function unroutedText(vpcId: string, address: Address, onward: Onward): string {
  return `${address.text} is in no VPC that is visible. ${onward.vpcId} could reach it by ${onwardText(onward)}, but peering is not edge-to-edge: it carries nothing there, routed or not. ${remedyFor(vpcId, address, onward)}`;
}

/** What a route into a peering tries where the address is in no VPC, for the hop that says that it does not work. */
export function edgeToEdge(
  model: NetworkModel,
  { from, to }: { readonly from: Endpoint; readonly to: Endpoint },
  { peering, far }: { readonly peering: Peering; readonly far: PeeringSide },
  { route, tableId }: { readonly route: Route; readonly tableId: string },
): { readonly ids: readonly string[]; readonly sentence: string } {
  const { peeringId } = peering;
  const { address } = to;
  const onward = onwardFrom(model, far.vpcId, address, peeringId);
  const beyond =
    onward === undefined
      ? `any internet gateway, NAT gateway, VPN, Direct Connect, gateway endpoint or other peering of ${far.vpcId}`
      : onwardText(onward);
  return {
    ids: [
      peeringId,
      far.vpcId,
      tableId,
      ...(onward === undefined ? [] : [onward.tableId, onward.route.target.id]),
    ],
    sentence: [
      `${address.text} is in no VPC that is visible, and the entry ${route.destination} to ${peeringId} in ${tableId} tries to reach it through ${far.vpcId}.`,
      `${peeringId} leads to ${sideText(far)} and no further: peering is not edge-to-edge, so it carries nothing to ${beyond}.`,
      `${remedyFor(from.vpcId, address, onward)} The entry may stay for what is in ${far.vpcId}; better it names just the CIDRs of ${far.vpcId}.`,
    ].join(' '),
  };
}
