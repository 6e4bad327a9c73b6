import { routeCommand } from '../../model/route-command.ts';
import { isPrefixListId, isPropagated, type Route, type RouteTable } from '../../model/route-table.ts';
import { inCidr } from '../../network/cidr.ts';
import type { Endpoint } from '../endpoints.ts';
import type { RouteChoice } from '../route-choice.ts';
import { adviceFor, deadBetweenText, isLive, peeringBetween } from './advice.ts';
import { isPrivate, onwardOfPeers, unroutedText } from './beyond.ts';
import { crossPeering } from './peering.ts';
import { routeBefore, thenHasText } from './taker.ts';
import type { Arrival, Hop, Walk } from './walk.ts';
import { notVisibleText } from './whose.ts';

/** Targets that never lead to a private address of another VPC. */
const LEADS_OUT: ReadonlySet<string> = new Set([
  'internet-gateway',
  'egress-only-internet-gateway',
  'nat-gateway',
  'carrier-gateway',
]);

/** One leg of the way: from whose table to which address. */
interface Leg {
  readonly walk: Walk;
  readonly direction: Hop['direction'];
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly table: RouteTable;
  /** The subnet, or the VPC where the subnet is not known. */
  readonly place: string;
}

function routeText({ destination, target }: Route): string {
  return `${destination} to ${target.id}`;
}

function add(
  { walk, direction, table }: Leg,
  status: Hop['status'],
  more: readonly string[],
  sentence: string,
): void {
  walk.hops.push({ name: 'route-table', direction, status, ids: [table.routeTableId, ...more], sentence });
}

/**
 * Follows the route table of one end to where the other end should be.
 *
 * @param expected the peering that the request came by, for the way back.
 * @returns where the packet arrives; undefined if it goes nowhere, or where nobody can see.
 */
export function followRoute(
  walk: Walk,
  direction: Hop['direction'],
  from: Endpoint,
  to: Endpoint,
  expected?: Arrival,
): Arrival | undefined {
  const table = walk.model.tableOf(from.vpcId, from.subnet?.subnetId);
  const place = from.subnet?.subnetId ?? from.vpcId;
  if (table === undefined) {
    walk.hops.push({
      name: 'route-table',
      direction,
      status: 'not-visible',
      ids: [place],
      sentence: notVisibleText(walk.model, `The route table of ${place}`, from.vpcId),
    });
    return undefined;
  }
  const leg: Leg = { walk, direction, from, to, table, place };
  const choice = walk.model.choose(table, to.address);
  if (choice.kind !== 'route') {
    addUndecided(leg, choice);
    return undefined;
  }
  const { route } = choice;
  if (route.target.kind === 'local') {
    return arriveLocally(leg, route);
  }
  if (route.target.kind !== 'peering') {
    addOtherTarget(leg, route);
    return undefined;
  }
  if (expected !== undefined && expected.peering?.peeringId !== route.target.id) {
    add(
      leg,
      'fails',
      [route.target.id],
      `${bestText(leg, route)}, and not to ${expected.peering?.peeringId ?? from.vpcId}, by which the request came. ${adviceOf(leg, route)}`,
    );
    return undefined;
  }
  add(leg, 'passes', [], `${bestText(leg, route)}.`);
  return crossPeering(walk, direction, from, to, { route, table });
}

/** The narrowest entry of a prefix list that holds the address. */
function entryText({ walk, to }: Leg, { destination }: Route): string {
  const [entry] = (walk.model.prefixList(destination) ?? [])
    .filter((cidr) => inCidr(cidr, to.address))
    .toSorted((a, b) => b.prefix - a.prefix);
  return entry === undefined ? '' : `, by its entry ${entry.text}`;
}

function bestText(leg: Leg, route: Route): string {
  const { table, place, to } = leg;
  const isList = isPrefixListId(route.destination);
  const how = isList ? `prefix list ${routeText(route)}${entryText(leg, route)}` : routeText(route);
  return `The most specific route of ${table.routeTableId} (${place}) for ${to.address.text} is ${how}`;
}

/** @param taker the route that has the address, and leads elsewhere. */
function adviceOf({ walk, from, table, to }: Leg, taker?: Route): string {
  return adviceFor(walk, from.vpcId, table, to, taker);
}

/** What was between the two VPCs, and what to do. */
function remedyOf(leg: Leg, taker?: Route): string {
  const { walk, from, to } = leg;
  return `${deadBetweenText(walk.model, from.vpcId, to.vpcId)}${adviceOf(leg, taker)}`;
}

/** Of a route into what is not modelled: how the peering gets the address, if it should. */
function ifPeeringText(leg: Leg, route: Route): string {
  const {
    walk: { model },
    from,
    table,
    to,
  } = leg;
  const direct = peeringBetween(model, from.vpcId, to.vpcId);
  const then = thenHasText(model, table, route, to, direct?.peeringId);
  if (then === undefined) {
    return direct !== undefined && isLive(direct)
      ? routeBeforeText(leg, route, direct.peeringId)
      : 'If it should take a peering, a more specific route has to say so.';
  }
  return isPropagated(route)
    ? `If it should take ${direct?.peeringId}, add a route to ${route.destination} by hand: a static route goes before one that a gateway propagates.`
    : `If it should take ${direct?.peeringId}, delete that route: ${then}.`;
}

/** What a person does for a live peering to get the address, as nothing that the product does takes it from where it is led. */
function routeBeforeText({ walk: { model }, table, to }: Leg, route: Route, peeringId: string): string {
  const { region, routeTableId } = table;
  const before = routeBefore(model, route, to, model.cidrsOf(to.vpcId));
  if (before === undefined) {
    return `If it should take ${peeringId}, a more specific route has to say so.`;
  }
  const { action, destination } = before;
  const how =
    action === 'replace' ? 'point that route to it' : `add a route to ${destination}, which goes before it`;
  return `If it should take ${peeringId}, ${how}; what else goes to ${destination} by ${route.target.id} goes there then, too: ${routeCommand(action, { region, routeTableId, destination, peeringId })}`;
}

function noRouteText(leg: Leg): string {
  const { walk, from, table, place, to } = leg;
  const none = `${table.routeTableId} of ${place} has no route to ${to.address.text}`;
  const onward = to.stands === 'outside' ? onwardOfPeers(walk.model, from.vpcId, to.address) : undefined;
  return onward === undefined
    ? `${none} in ${to.vpcId}. ${remedyOf(leg)}`
    : `${none}. ${unroutedText(from.vpcId, to.address, onward)}`;
}

function addUndecided(leg: Leg, choice: Exclude<RouteChoice, { readonly kind: 'route' }>): void {
  const { table, place, to } = leg;
  const tableId = table.routeTableId;
  const address = to.address.text;
  if (choice.kind === 'no-route') {
    add(leg, 'fails', [], noRouteText(leg));
  } else if (choice.kind === 'unknown') {
    add(
      leg,
      'not-visible',
      [choice.route.destination],
      `${tableId} of ${place} routes prefix list ${routeText(choice.route)}, and whether ${address} is in the list is not visible.`,
    );
  } else {
    const { route: one, rival: other } = choice;
    add(
      leg,
      'not-visible',
      [one.destination, other.destination],
      `${tableId} of ${place} has the same block for ${address} in two prefix lists, ${routeText(one)} and ${routeText(other)}: AWS picks one of them, and which is not visible. Take it out of one list.`,
    );
  }
}

function arriveLocally(leg: Leg, route: Route): Arrival | undefined {
  const { from, to } = leg;
  const best = bestText(leg, route);
  if (to.vpcId === from.vpcId) {
    add(leg, 'passes', [], `${best}.`);
    return { vpcId: from.vpcId };
  }
  add(
    leg,
    'fails',
    [],
    `${best}: the address lies in ${from.vpcId} itself, so it never leaves to ${to.vpcId}. VPCs that share a range cannot reach each other there.`,
  );
  return undefined;
}

/** Gateways by which the public addresses of a VPC are reached: those of IPv6, which are the instance's own. */
const TO_PUBLIC_IPV6: ReadonlySet<string> = new Set(['internet-gateway', 'egress-only-internet-gateway']);

/** Whether a packet reaches the address by the internet, though a VPC that is visible has it. */
function isByInternet({ walk, direction, from, to }: Leg, { target }: Route): boolean {
  const isPublic = [from, to].every(({ address }) => address.family === 'ipv6' && !isPrivate(address));
  return walk.by !== 'peering' && direction === 'there' && isPublic && TO_PUBLIC_IPV6.has(target.kind);
}

/** What becomes of it there nobody sees. */
function addByInternet(leg: Leg, route: Route): void {
  const { walk, from, to } = leg;
  const { id } = route.target;
  const direct = peeringBetween(walk.model, from.vpcId, to.vpcId);
  const isDirect = direct !== undefined && isLive(direct);
  const advice = isDirect ? adviceOf(leg, route) : '';
  add(
    leg,
    'not-visible',
    [id],
    `${bestText(leg, route)}: it goes by ${id} over the internet, and ${isDirect ? `not by ${direct.peeringId}` : 'by no peering'}. IPv6 addresses of a VPC are public; what becomes of it beyond ${id} is not visible.${isDirect ? ` If ${direct.peeringId} should have it: ${advice.charAt(0).toLowerCase()}${advice.slice(1)}` : ''}`,
  );
}

function addOtherTarget(leg: Leg, route: Route): void {
  const { target, state } = route;
  const best = bestText(leg, route);
  const isDead = state === 'blackhole';
  if (!isDead && leg.to.stands !== 'outside' && isByInternet(leg, route)) {
    addByInternet(leg, route);
    return;
  }
  if (leg.to.stands === 'outside' && !isDead) {
    const where = LEADS_OUT.has(target.kind) ? '' : '; where that takes the packet is not visible';
    add(leg, 'not-visible', [target.id], `${best}, so it goes through no peering${where}.`);
    return;
  }
  if (isDead || LEADS_OUT.has(target.kind)) {
    const why = isDead ? 'is a blackhole' : `does not lead to ${leg.to.vpcId}`;
    add(leg, 'fails', [target.id], `${best}, which ${why}. ${remedyOf(leg, route)}`);
    return;
  }
  add(
    leg,
    'not-visible',
    [target.id],
    `${best}; where that takes the packet is not visible. ${ifPeeringText(leg, route)}`,
  );
}
