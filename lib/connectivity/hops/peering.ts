import { DEAD_STATUSES, type Peering, type PeeringSide } from '../../model/peering.ts';
import type { Route, RouteTable } from '../../model/route-table.ts';
import { inCidr, parseCidr } from '../../network/cidr.ts';
import type { Endpoint } from '../endpoints.ts';
import { otherSide } from '../network-model.ts';
import { adviceFor, endText, isLive, peeringBetween, stateText } from './advice.ts';
import { edgeToEdge } from './beyond.ts';
import { ownerText } from './machine.ts';
import { sharedRangeText, thenHasText } from './taker.ts';
import { type Arrival, type Hop, sideText, type Walk } from './walk.ts';
import { notVisibleText } from './whose.ts';

/** The route that sends the packet into a peering. */
interface Taken {
  readonly route: Route;
  readonly table: RouteTable;
}

/** From the route to the VPC at the other end of its peering. */
export function crossPeering(
  walk: Walk,
  direction: Hop['direction'],
  from: Endpoint,
  to: Endpoint,
  { route, table }: Taken,
): Arrival | undefined {
  const { model } = walk;
  const tableId = table.routeTableId;
  const peeringId = route.target.id;
  const add = (status: Hop['status'], sentence: string, more: readonly string[] = []) => {
    walk.hops.push({ name: 'peering', direction, status, ids: [peeringId, ...more], sentence });
  };
  const onceDeleted = () => {
    const then = thenHasText(model, table, route, to, peeringBetween(model, from.vpcId, to.vpcId)?.peeringId);
    return then === undefined ? `. ${adviceFor(walk, from.vpcId, table, to)}` : `: ${then}.`;
  };
  const peering = model.peering(peeringId);
  if (peering === undefined) {
    const ended = endText(model, peeringId);
    if (route.state === 'blackhole' && ended === undefined && model.worksUnlisted(peeringId)) {
      add(
        'fails',
        `The route in ${tableId} is a blackhole and drops this traffic. EC2 does not list ${peeringId} although another route to it works, so what became of it is not known: look again in a few minutes, and ask EC2 for ${peeringId} by its id.`,
        [tableId],
      );
    } else if (route.state === 'blackhole') {
      add(
        'fails',
        `${peeringId} ${ended === undefined ? 'no longer exists' : `was ${ended}`}, and its route in ${tableId} is a blackhole. Delete the route${onceDeleted()}`,
      );
    } else {
      add('not-visible', `${peeringId} is not visible.`);
    }
    return undefined;
  }
  const far = otherSide(peering, from.vpcId);
  if (far === undefined) {
    add('fails', `${peeringId} has no side in ${from.vpcId}, so ${tableId} cannot use it.`);
    return undefined;
  }
  if (!isLive(peering)) {
    const remedy = DEAD_STATUSES.has(peering.status)
      ? `It will not come back: delete the route of ${tableId}${onceDeleted()}`
      : remedyOf(peering);
    add('fails', `${stateText(model, peering)}. ${remedy}`);
    return undefined;
  }
  if (route.state === 'blackhole') {
    add(
      'fails',
      `${peeringId} is active, but EC2 shows its route in ${tableId} as a blackhole. Delete the route and create it again.`,
      [tableId],
    );
    return undefined;
  }
  add('passes', `${peeringId} is active and leads to ${sideText(far)}.`);
  return arriveAt(walk, direction, { from, to }, { peering, far }, { route, table });
}

/** ` (of an interface endpoint)`, where EC2 says so. */
function kindText({ interface: own }: Endpoint): string {
  return own?.kind === undefined ? '' : ` (of ${ownerText(own)})`;
}

/** What makes a peering active that is not yet. */
export function remedyOf({ status, accepter }: Peering): string {
  return status === 'pending-acceptance'
    ? `Account ${accepter.accountId} has to accept it in ${accepter.region}.`
    : 'Wait until it is active.';
}

/** Only CIDRs of the VPC at the other end can be reached through a peering. */
function arriveAt(
  walk: Walk,
  direction: Hop['direction'],
  { from, to }: { readonly from: Endpoint; readonly to: Endpoint },
  { peering, far }: { readonly peering: Peering; readonly far: PeeringSide },
  taken: Taken,
): Arrival | undefined {
  const { model } = walk;
  const { peeringId } = peering;
  const address = to.address.text;
  const add = (status: Hop['status'], sentence: string, ids: readonly string[] = [peeringId, far.vpcId]) => {
    walk.hops.push({ name: 'peer-cidrs', direction, status, ids, sentence });
  };
  const cidrs = far.cidrs.length > 0 ? far.cidrs.map(parseCidr) : model.cidrsOf(far.vpcId);
  if (cidrs === undefined) {
    add('not-visible', notVisibleText(model, `The CIDRs of ${far.vpcId}`, far.vpcId, 'are'));
    return undefined;
  }
  if (to.stands === 'outside') {
    const { ids, sentence } = edgeToEdge(
      model,
      { from, to },
      { peering, far },
      { route: taken.route, tableId: taken.table.routeTableId },
    );
    add('fails', sentence, ids);
    return undefined;
  }
  if (!cidrs.some((cidr) => inCidr(cidr, to.address))) {
    const rest =
      to.vpcId === far.vpcId
        ? `Look whether ${far.vpcId} lost a CIDR.`
        : `${address}${kindText(to)} is in ${to.vpcId}, and the entry ${taken.route.destination} in ${taken.table.routeTableId} tries that in vain. ${adviceFor(walk, from.vpcId, taken.table, to, taken.route)}`;
    add(
      'fails',
      `${peeringId} leads to ${sideText(far)} and no further, and ${address} is not there. ${rest}`,
    );
    return undefined;
  }
  if (to.vpcId !== far.vpcId) {
    add(
      'fails',
      `${peeringId} leads to ${sideText(far)}, where ${address} is another address than the one in ${to.vpcId}. VPCs that share a range cannot both be reached at it. ${sharedRangeText(model, taken.route, far.vpcId, to, peeringBetween(model, from.vpcId, to.vpcId)?.peeringId)}`,
    );
    return undefined;
  }
  add('passes', `${address} is in ${far.vpcId}, the VPC at the other end.`);
  return { vpcId: far.vpcId, peering };
}

/** A route table that is not visible may hold the route: the peering between the two VPCs is what can still be judged. */
export function assumeDirect(
  walk: Walk,
  direction: Hop['direction'],
  from: Endpoint,
  to: Endpoint,
): Arrival | undefined {
  const { model } = walk;
  if (to.stands === 'outside') {
    return undefined;
  }
  if (from.vpcId === to.vpcId) {
    return { vpcId: from.vpcId };
  }
  const peering = peeringBetween(model, from.vpcId, to.vpcId);
  const between = `between ${from.vpcId} and ${to.vpcId}`;
  if (peering === undefined || !isLive(peering)) {
    walk.hops.push({
      name: 'peering',
      direction,
      status: 'not-visible',
      ids: [from.vpcId, to.vpcId],
      sentence: `No active peering ${between} is visible. ${adviceFor(walk, from.vpcId, undefined, to)}`,
    });
    return undefined;
  }
  walk.hops.push({
    name: 'peering',
    direction,
    status: 'passes',
    ids: [peering.peeringId],
    sentence: `${peering.peeringId} ${between} is active.`,
  });
  return { vpcId: to.vpcId, peering };
}
