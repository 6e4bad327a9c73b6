import type { Peering } from '../model/peering.ts';
import { type Address, type AddressFamily, asAddress } from '../network/cidr.ts';
import { ofOutside } from './endpoint.ts';
import {
  commonFamily,
  type Elsewhere,
  type Endpoint,
  EndpointError,
  endpointOf,
  isInstanceId,
  isInterfaceId,
  isPeeringId,
  isSubnetId,
  isVpcId,
  type Rivals,
} from './endpoints.ts';
import { endText, isLive } from './hops/advice.ts';
import { onwardOfPeers } from './hops/beyond.ts';
import { everywhereService } from './host-services.ts';
import { type NetworkModel, otherSide } from './network-model.ts';

/** Which two ends somebody means. */

interface Routed {
  /** VPCs at the other end of a live peering: those that are meant by the address. */
  readonly near: readonly string[];
  /** Where an address is that no VPC is known to have; undefined: nothing is known of it. */
  readonly elsewhere?: Elsewhere;
}

/** Where the source's route table takes an address. */
function routedFrom(model: NetworkModel, from: Endpoint, address: Address): Routed {
  const table = model.tableOf(from.vpcId, from.subnet?.subnetId);
  if (table === undefined) {
    return { near: [] };
  }
  const choice = model.choose(table, address);
  if (choice.kind === 'no-route') {
    const isReached = onwardOfPeers(model, from.vpcId, address) !== undefined;
    const place = from.subnet?.subnetId ?? from.vpcId;
    return {
      near: [],
      elsewhere: isReached ? 'outside' : { unroutedBy: `${table.routeTableId} of ${place}` },
    };
  }
  const { kind, id } = choice.route.target;
  if (choice.kind !== 'route' || kind !== 'peering') {
    return { near: [], elsewhere: kind === 'local' ? { vpcId: from.vpcId } : 'outside' };
  }
  const peering = model.peering(id);
  const far = peering === undefined ? undefined : otherSide(peering, from.vpcId);
  if (peering === undefined || far === undefined) {
    return { near: [], elsewhere: { vpcId: `the VPC behind ${id}` } };
  }
  return {
    near: isLive(peering) ? [far.vpcId] : [],
    elsewhere: model.cidrsOf(far.vpcId) === undefined ? { vpcId: far.vpcId } : 'outside',
  };
}

/** Peers of a VPC that have an address, where more than one has. */
function rivalsAt(model: NetworkModel, from: Endpoint, to: Endpoint, routed: Routed): Rivals | undefined {
  const holders = new Set(model.vpcsWith(to.address));
  const peers = model
    .peeringsOf(from.vpcId)
    .filter(isLive)
    .flatMap((peering) => {
      const vpcId = otherSide(peering, from.vpcId)?.vpcId;
      return vpcId !== undefined && holders.has(vpcId) ? [{ vpcId, peeringId: peering.peeringId }] : [];
    })
    .toSorted((a, b) => (a.vpcId < b.vpcId ? -1 : 1));
  if (peers.length < 2 || holders.has(from.vpcId)) {
    return undefined;
  }
  const [meant] = routed.near;
  return meant === undefined
    ? { kind: 'several', peers }
    : { kind: 'routed', peers: peers.filter(({ vpcId }) => vpcId !== meant) };
}

function isClear(asked: string): boolean {
  return [isInstanceId, isInterfaceId, isVpcId, isSubnetId].some((isId) => isId(asked));
}

/** The ends as endpoints; of a target that is an address, the source's table tells which of several is meant. */
export function endsOf(
  model: NetworkModel,
  source: string,
  target: string,
  family: AddressFamily,
): { readonly from: Endpoint; readonly to: Endpoint } {
  const asked = asAddress(target);
  if (asked !== undefined && everywhereService(asked) !== undefined) {
    // A subnet of IPv6 alone has the IPv4 ones, too ("Understanding Amazon DNS" in the VPC guide).
    const own = asked.family === 'ipv6' ? 'ipv6' : commonFamily(model, source, source);
    return { from: endpointOf(model, source, own, []), to: ofOutside(target, asked) };
  }
  const near = isClear(target) ? [endpointOf(model, target, family, []).vpcId] : [];
  const from = endpointOf(model, source, family, near);
  const routed = asked === undefined ? { near: [] } : routedFrom(model, from, asked);
  const to = endpointOf(model, target, family, [...routed.near, from.vpcId], routed.elsewhere);
  const rivals = asked === undefined ? undefined : rivalsAt(model, from, to, routed);
  return { from, to: rivals === undefined ? to : { ...to, rivals } };
}

/** What somebody means who asked about a peering. */
export interface PeeringEnds {
  readonly source: string;
  readonly target: string;
  readonly peering: Peering;
}

/** @throws EndpointError for a peering that is not shown. */
function shownPeering(model: NetworkModel, peeringId: string): Peering {
  const peering = model.peering(peeringId);
  if (peering !== undefined) {
    return peering;
  }
  const ended = endText(model, peeringId);
  const routes = routesTo(model, peeringId);
  throw new EndpointError(
    peeringId,
    [
      'is shown in none of the accounts and Regions that were read. EC2 shows a peering that has ended for some hours only.',
      ...(ended === undefined ? [] : [`It was ${ended}.`]),
      ...(routes === '' ? [] : [routes]),
    ].join(' '),
  );
}

/** `Routes to it are left: 10.2.0.0/16 in rtb-1.`; empty: none is. */
export function routesTo({ snapshot }: NetworkModel, peeringId: string): string {
  const left = snapshot.routeTables.flatMap(({ routeTableId, routes }) =>
    routes
      .filter(({ target }) => target.id === peeringId)
      .map(({ destination }) => `${destination} in ${routeTableId}`),
  );
  return left.length === 0 ? '' : `Routes to it are left: ${left.join(', ')}.`;
}

function vpcOf(model: NetworkModel, asked: string, near: readonly string[]): string {
  if (isVpcId(asked)) {
    return asked;
  }
  const subnet = isSubnetId(asked) ? model.subnet(asked) : undefined;
  return subnet?.vpcId ?? endpointOf(model, asked, asAddress(asked)?.family ?? 'ipv4', near).vpcId;
}

/**
 * A peering as one end is the VPC at the end of it that the other one is not in; as both ends, its requester and accepter.
 *
 * @returns undefined where neither end is a peering.
 * @throws EndpointError
 */
export function peeringEnds(model: NetworkModel, source: string, target: string): PeeringEnds | undefined {
  const asked = [source, target].find(isPeeringId);
  if (asked === undefined) {
    return undefined;
  }
  const peering = shownPeering(model, asked);
  const { requester, accepter } = peering;
  const other = asked === source ? target : source;
  if (isPeeringId(other)) {
    if (other !== asked) {
      throw new EndpointError(
        other,
        `and ${asked} are two peerings. Name one, and an end in one of its VPCs.`,
      );
    }
    return { source: requester.vpcId, target: accepter.vpcId, peering };
  }
  const vpcId = vpcOf(model, other, [requester.vpcId, accepter.vpcId]);
  const far = otherSide(peering, vpcId)?.vpcId;
  if (far === undefined) {
    throw new EndpointError(
      asked,
      `connects ${requester.vpcId} and ${accepter.vpcId}, and ${other} is in neither: it is in ${vpcId}.`,
    );
  }
  return asked === source ? { source: far, target, peering } : { source, target: far, peering };
}
