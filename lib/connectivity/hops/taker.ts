import { isPrefixListId, isPropagated, type Route, type RouteTable } from '../../model/route-table.ts';
import { type Cidr, inCidr, overlaps, parseCidr } from '../../network/cidr.ts';
import type { Endpoint } from '../endpoints.ts';
import type { NetworkModel } from '../network-model.ts';

/** A route that has an address now which another peering should have: what a person can do about it without harm. */

/** The block by which the route has the address: its own, or the narrowest entry of its prefix list. */
function blockOf(model: NetworkModel, { destination }: Route, { address }: Endpoint): Cidr | undefined {
  if (!isPrefixListId(destination)) {
    return parseCidr(destination);
  }
  return (model.prefixList(destination) ?? [])
    .filter((cidr) => inCidr(cidr, address))
    .toSorted((a, b) => b.prefix - a.prefix)[0];
}

/**
 * What has the address once the route is gone, where that is the peering: `10.2.0.0/16 to pcx-1 has 10.2.1.139 then`. Undefined:
 * something else, or nothing.
 */
export function thenHasText(
  model: NetworkModel,
  table: RouteTable,
  gone: Route,
  to: Endpoint,
  peeringId: string | undefined,
): string | undefined {
  const next = model.choose({ ...table, routes: table.routes.filter((each) => each !== gone) }, to.address);
  return next.kind === 'route' && next.route.target.id === peeringId && next.route.state !== 'blackhole'
    ? `${next.route.destination} to ${peeringId} has ${to.address.text} then`
    : undefined;
}

/**
 * Whether a new route to the whole block of the VPC at the other end would not get the address, as the one that stands there is at the same
 * block or narrower. A static route goes before a propagated one of the same block.
 *
 * @param theirs the CIDRs of that VPC.
 */
export function isInTheWay(
  model: NetworkModel,
  taker: Route,
  to: Endpoint,
  theirs: readonly Cidr[] | undefined,
): boolean {
  const block = blockOf(model, taker, to);
  const wanted = theirs?.find((cidr) => inCidr(cidr, to.address));
  return block !== undefined && wanted !== undefined && block.prefix >= wanted.prefix && !isPropagated(taker);
}

/**
 * What helps where the VPC that has the address by that route has it in a range of its own: a new route would take it from
 * there. Only a subnet that the other VPC does not have can be led elsewhere without harm.
 */
export function sharedRangeText(
  model: NetworkModel,
  taker: Route,
  holder: string,
  to: Endpoint,
  peeringId: string | undefined,
): string {
  const has = blockOf(model, taker, to);
  const narrow = to.subnet?.cidrs.map(parseCidr).find((cidr) => inCidr(cidr, to.address));
  const theirs = model.snapshot.subnets.filter(({ vpcId }) => vpcId === holder);
  const isFree =
    narrow !== undefined &&
    has !== undefined &&
    narrow.prefix > has.prefix &&
    theirs.length > 0 &&
    model.isWhole(holder) &&
    !theirs.some(({ cidrs }) => cidrs.some((cidr) => overlaps(parseCidr(cidr), narrow)));
  return isFree && peeringId !== undefined
    ? `${holder} has no subnet in ${narrow.text}: a route to that, to ${peeringId}, by hand leads it to ${to.vpcId} and takes nothing from ${holder}.`
    : `A route to ${peeringId ?? to.vpcId} here would take it from ${holder}: give one of them other addresses, or lead it from a subnet with a route table of its own.`;
}
