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

/** The route by which a peering gets an address that another route has now. */
export interface RouteBefore {
  /** `replace`: the route that has the address is to be pointed to the peering, as no other one would get it. */
  readonly action: 'create' | 'replace';
  readonly destination: string;
  /** Whether it is at a part of the block that a rule would route, so that no tag brings it about. */
  readonly isPart: boolean;
}

/**
 * Before a wider route a new one to the whole block of the VPC at the other end goes. A static route at that block or inside it has to be
 * turned. Before a propagated one, or the entry of a prefix list, a static one at the same block goes; to turn the route to a list would
 * move all that is in the list.
 *
 * @param theirs the CIDRs of that VPC.
 */
export function routeBefore(
  model: NetworkModel,
  taker: Route,
  to: Endpoint,
  theirs: readonly Cidr[] | undefined,
): RouteBefore | undefined {
  const block = blockOf(model, taker, to);
  const wanted = theirs?.find((cidr) => inCidr(cidr, to.address));
  if (block === undefined || wanted === undefined) {
    return undefined;
  }
  if (block.prefix < wanted.prefix) {
    return { action: 'create', destination: wanted.text, isPart: false };
  }
  const action = isPropagated(taker) || isPrefixListId(taker.destination) ? 'create' : 'replace';
  return { action, destination: block.text, isPart: block.prefix > wanted.prefix };
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
