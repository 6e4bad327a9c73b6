import { DEAD_STATUSES, type Peering } from '../../model/peering.ts';
import { printable } from '../../model/printable.ts';
import { isPrefixListId, type Route, type RouteTable } from '../../model/route-table.ts';
import { inCidr } from '../../network/cidr.ts';
import type { Endpoint } from '../endpoints.ts';
import { isResolverOf, peersResolverText, resolverAddress } from '../host-services.ts';
import { type NetworkModel, otherSide } from '../network-model.ts';
import { routeBefore, sharedRangeText, thenHasText } from './taker.ts';
import type { AdviseRoute, Walk } from './walk.ts';

export function isLive({ status }: Peering): boolean {
  return status === 'active';
}

/** Whether two VPCs could be told to talk through a VPC that both are peered with, which peering does not do. */
function middleVpcs(model: NetworkModel, one: string, other: string): readonly string[] {
  const neighbours = (vpcId: string) =>
    new Set(
      model
        .peeringsOf(vpcId)
        .filter(isLive)
        .flatMap((peering) => otherSide(peering, vpcId)?.vpcId ?? []),
    );
  const theirs = neighbours(other);
  return [...neighbours(one)].filter((vpcId) => theirs.has(vpcId)).sort();
}

export function peeringBetween(model: NetworkModel, one: string, other: string): Peering | undefined {
  const all = model.peeringsOf(one).filter((peering) => otherSide(peering, one)?.vpcId === other);
  return all.find(isLive) ?? all.find(({ status }) => !DEAD_STATUSES.has(status));
}

/** Why no route helps to reach an address: nothing can have it, or several peers do. */
function hopelessText(model: NetworkModel, from: string, to: Endpoint): string | undefined {
  const { address, rivals, vpcId } = to;
  if (to.stands === 'outside') {
    return `${address.text} is in no VPC that is visible.`;
  }
  if (rivals?.kind === 'several') {
    const peers = rivals.peers.map((each) => `${each.vpcId} (${each.peeringId})`);
    return `${address.text} is in the ranges of ${peers.length === 2 ? 'two' : peers.length} peers of ${from}: ${peers.join(' and ')}. One table can lead it to one of them only, and which is meant cannot be told: name the instance, the VPC or the peering in place of the address.`;
  }
  if (isPeersResolver(model, from, to)) {
    return peersResolverText(to.address, vpcId, resolverAddress(model, from));
  }
  return isInNoSubnet(model, to)
    ? `${noSubnetText(to.address.text, vpcId)} Look at the address of the machine that is meant.`
    : undefined;
}

/** Whether all of the VPC is visible, and the address is in none of its subnets. */
export function isInNoSubnet(
  model: NetworkModel,
  { stands, interface: own, subnet, vpcId }: Endpoint,
): boolean {
  return stands === 'interface' && own === undefined && subnet === undefined && model.isWhole(vpcId);
}

/** Whether what is asked for is the resolver that only the instances of another VPC have. */
export function isPeersResolver(
  model: NetworkModel,
  from: string,
  { address, interface: own, stands, vpcId }: Endpoint,
): boolean {
  return stands === 'interface' && own === undefined && vpcId !== from && isResolverOf(model, vpcId, address);
}

export function noSubnetText(address: string, vpcId: string): string {
  return `${address} is in no subnet of ${vpcId}, so nothing can have it.`;
}

/** By what is the case, as far as that is known: a tag that is there already helps nobody. */
function missingRouteText(
  advise: AdviseRoute | undefined,
  { peeringId }: Peering,
  table: RouteTable | undefined,
  address: string,
  instead: Route | undefined,
): string {
  const known =
    table === undefined
      ? undefined
      : advise?.({ table, peeringId, address, ...(instead === undefined ? {} : { instead }) });
  const where = table?.routeTableId ?? 'its route table';
  return (
    known ??
    (instead === undefined
      ? `Add a route to ${peeringId} in ${where}, by hand; or, where a policy routes the peering, by tagging the table for this product.`
      : `Point ${instead.destination} in ${where} to ${peeringId} by hand; or, where a policy routes the peering, delete that route and tag the table for this product.`)
  );
}

/** Of a live peering between the two VPCs, where a route to elsewhere has the address. */
function insteadOf(
  walk: Pick<Walk, 'model' | 'adviseRoute'>,
  from: string,
  table: RouteTable,
  to: Endpoint,
  taker: Route,
  direct: Peering,
): string {
  const { model, adviseRoute } = walk;
  const { peeringId } = direct;
  const other = taker.target.kind === 'peering' ? model.peering(taker.target.id) : undefined;
  const holder = other !== undefined && isLive(other) ? otherSide(other, from)?.vpcId : undefined;
  if (holder !== undefined && model.cidrsOf(holder)?.some((cidr) => inCidr(cidr, to.address)) === true) {
    return `${to.address.text} is in a range of ${holder}, too. ${sharedRangeText(model, taker, holder, to, peeringId)}`;
  }
  // Only now: what leads another VPC its own addresses is not to be deleted, whatever is behind it.
  const then = thenHasText(model, table, taker, to, peeringId);
  if (then !== undefined) {
    return `Delete that route: ${then}.`;
  }
  const before = routeBefore(model, taker, to, model.cidrsOf(to.vpcId));
  if (before?.action === 'create' && before.isPart) {
    const what = isPrefixListId(taker.destination)
      ? `that entry of ${taker.destination}`
      : 'the propagated route';
    return `Add a route to ${before.destination} to ${peeringId} in ${table.routeTableId} by hand: it goes before ${what}.`;
  }
  const instead = before?.action === 'replace' ? taker : undefined;
  return missingRouteText(adviseRoute, direct, table, to.address.text, instead);
}

/** Where nobody accepted the last request between two VPCs in time: seven days ("VPC peering connection lifecycle" in its guide). */
function expiredText(model: NetworkModel, one: string, other: string): string | undefined {
  const last = lastDeadBetween(model, one, other);
  return last?.status === 'expired'
    ? `${last.peeringId} between ${one} and ${other} was not accepted within seven days: request it anew and have account ${last.accepter.accountId} accept it in ${last.accepter.region}`
    : undefined;
}

/**
 * What to do so that VPC `from` reaches an address of VPC `to`.
 *
 * @param taker the route of the table that has the address now, and leads it elsewhere.
 */
export function adviceFor(
  walk: Pick<Walk, 'model' | 'adviseRoute'>,
  from: string,
  table: RouteTable | undefined,
  to: Endpoint,
  taker?: Route,
): string {
  const { model, adviseRoute } = walk;
  const hopeless = hopelessText(model, from, to);
  if (hopeless !== undefined) {
    return hopeless;
  }
  const direct = peeringBetween(model, from, to.vpcId);
  if (direct !== undefined) {
    if (isLive(direct)) {
      return table === undefined || taker === undefined
        ? missingRouteText(adviseRoute, direct, table, to.address.text, undefined)
        : insteadOf(walk, from, table, to, taker, direct);
    }
    return `${direct.peeringId} between ${from} and ${to.vpcId} is ${direct.status}; it has to be active, and then routed.`;
  }
  const middle = middleVpcs(model, from, to.vpcId);
  const notTransitive =
    middle.length === 0
      ? ''
      : `Both are peered with ${middle.join(', ')}, but peering is not transitive: no packet goes through a VPC in between. `;
  return `${notTransitive}${expiredText(model, from, to.vpcId) ?? `Peer ${from} with ${to.vpcId} directly`}, or connect both to a transit gateway.`;
}

/** The status of a peering, with AWS's own words where they say more: who deleted it, why it failed. */
function statusText({ status, statusMessage }: Peering): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const isSame = plain(statusMessage) === plain(status);
  return isSame || statusMessage === ''
    ? status
    : `${status} (AWS says: "${printable(statusMessage, 200).replace(/\.$/, '')}")`;
}

/** `deleted on 2026-11-28 22:13 UTC by arn:…`, where somebody looked it up. */
export function endText({ snapshot }: NetworkModel, peeringId: string): string | undefined {
  const end = snapshot.peeringEnds?.get(peeringId);
  if (end === undefined) {
    return undefined;
  }
  const at = `${end.at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `deleted ${end.known === 'told' ? 'before' : 'on'} ${at}${end.by === undefined ? '' : ` by ${printable(end.by, 200)}`}`;
}

/** `pcx-… is failed (AWS says: "…")`, `pcx-… was deleted on … by …`. */
export function stateText(model: NetworkModel, peering: Peering): string {
  const { peeringId, status } = peering;
  const isDeleted = status === 'deleted' || status === 'deleting';
  const end = isDeleted ? endText(model, peeringId) : undefined;
  const isByKnown = model.snapshot.peeringEnds?.get(peeringId)?.by !== undefined;
  if (end === undefined) {
    return `${peeringId} is ${statusText(peering)}`;
  }
  const says = statusText(peering).slice(status.length);
  return `${peeringId} was ${end}${isByKnown ? '' : says}`;
}

/** The last peering between two VPCs, where all that there were are dead. */
function lastDeadBetween(model: NetworkModel, one: string, other: string): Peering | undefined {
  const all = model.peeringsOf(one).filter((peering) => otherSide(peering, one)?.vpcId === other);
  const dead = all.filter(({ status }) => DEAD_STATUSES.has(status));
  if (dead.length < all.length) {
    return undefined;
  }
  const endOf = ({ peeringId }: Peering) => model.snapshot.peeringEnds?.get(peeringId)?.at.getTime() ?? 0;
  return dead.toSorted((a, b) => endOf(b) - endOf(a))[0];
}

/** That the last peering between two VPCs is dead, where no other one is in its place; empty: there was none. */
export function deadBetweenText(model: NetworkModel, one: string, other: string): string {
  const last = lastDeadBetween(model, one, other);
  return last === undefined ? '' : `${stateText(model, last)}. `;
}
