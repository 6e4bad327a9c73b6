import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { lazy } from '../model/lazy.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { blocksLed, type Leads, leadsOf, leadsToPeering } from '../routing/leads.ts';
import { blocksOfRoute, unreadListRoutes } from '../routing/list-blocks.ts';
import { NO_PREFIX_LISTS } from '../routing/plan.ts';
import type { NetworkState } from './types.ts';

/** A route to a peering in a VPC: made next, kept back for now, kept back as the repair of drift that is told, or not part of the plan. */
export type PlannedRoute = 'about-to-be-made' | 'held' | 'repair-held' | 'none';

/** What helps at the side without routes, where the plan has none (`one-sided-advice.ts`), by what its route tables are. */
export type AdviceOnSide = (
  peeringId: string,
  other: PeeringSide,
  tablesThere: readonly RouteTable[],
) => string;

/** A table with the prefix lists that were read beside it. */
interface TableHere {
  readonly table: RouteTable;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
}

/** What is asked about a table for each of its peerings; most tables are asked only what their routes to one are. */
interface RoutesHere {
  readonly toPeering: ReadonlyMap<string, readonly Route[]>;
  /** Prefix length of the narrowest block to which it has a route. */
  readonly narrowest: () => number;
  readonly leads: () => Leads;
  /** Targets of routes to lists that nobody could read. */
  readonly unread: () => readonly string[];
}

function routesOf({ table, prefixLists }: TableHere): RoutesHere {
  const blocksIn = (route: Route) => blocksOfRoute(route, { cidrOf: readDestination, prefixLists });
  return {
    toPeering: groupBy(table.routes, ({ target, state }) =>
      target.kind === 'peering' && state !== 'blackhole' ? [target.id] : [],
    ),
    narrowest: lazy(() =>
      table.routes.reduce((most, route) => Math.max(most, ...blocksIn(route).map(({ prefix }) => prefix)), 0),
    ),
    leads: lazy(() => leadsOf(table.routes, readDestination, prefixLists)),
    unread: lazy(() => unreadListRoutes(table, prefixLists).map(({ targetId }) => targetId)),
  };
}

/** Whether a table leads addresses to a peering. @param theirs those of the VPC at its other end; none: not known. */
function leadsSome(
  { prefixLists }: TableHere,
  routes: RoutesHere,
  peeringId: string,
  theirs: readonly Cidr[],
): boolean {
  const there = routes.toPeering.get(peeringId) ?? [];
  const isToThem = (block: Cidr) => theirs.length === 0 || theirs.some((their) => overlaps(their, block));
  if (there.length === 0) {
    return false;
  }
  const blocks = there
    .flatMap((route) => blocksOfRoute(route, { cidrOf: readDestination, prefixLists }))
    .filter(isToThem);
  if (blocks.length === 0) {
    return routes.unread().includes(peeringId);
  }
  // The narrowest of a table has its addresses for itself.
  if (blocks.some(({ prefix }) => prefix >= routes.narrowest()) || routes.unread().length > 0) {
    return true;
  }
  const asked = theirs.length === 0 ? blocks : theirs;
  return asked.some((block) => blocksLed(routes.leads(), block, leadsToPeering(peeringId)).length > 0);
}

/**
 * Whether some table of a VPC leads addresses of the other one to the peering, by the longest prefix. Routes of a table are looked
 * up once, and only for VPCs that are asked for. What is not known of addresses counts as theirs, and what lists lead that nobody
 * could read, as led there.
 */
function createRouted(
  byVpc: ReadonlyMap<string, readonly TableHere[]>,
): (vpcId: string, peeringId: string, other: PeeringSide) => boolean {
  const known = new Map<TableHere, RoutesHere>();
  const routesIn = (here: TableHere): RoutesHere => {
    const routes = known.get(here) ?? routesOf(here);
    known.set(here, routes);
    return routes;
  };
  return (vpcId, peeringId, other) => {
    const theirs = other.cidrs.flatMap((text) => readDestination(text) ?? []);
    return (byVpc.get(vpcId) ?? []).some((here) => leadsSome(here, routesIn(here), peeringId, theirs));
  };
}

/**
 * Active peerings of which one side has routes and the other has none that leads back: such a peering carries nothing, as answers find no way
 * back. Told only where the tables of both VPCs were read, and not while the other side's routes are about to be made, or
 * are drift: one event is one finding.
 *
 * @param plannedRoute what this plan has for the peering in a VPC.
 */
export function oneSidedFindings(
  { accountId, regions, others = [] }: NetworkState,
  plannedRoute: (peeringId: string, vpcId: string) => PlannedRoute,
  adviceOn: AdviceOnSide,
): Finding[] {
  const byVpc = groupBy(
    [...regions, ...others].flatMap(({ tables, prefixLists = NO_PREFIX_LISTS }) =>
      tables.map((table): TableHere => ({ table, prefixLists })),
    ),
    ({ table }) => [table.vpcId],
  );
  const routedFrom = createRouted(byVpc);
  const seen = new Set<string>();
  const findings: Finding[] = [];
  const look = (peering: Peering, side: PeeringSide, other: PeeringSide) => {
    const { peeringId } = peering;
    if (!routedFrom(side.vpcId, peeringId, other) || routedFrom(other.vpcId, peeringId, side)) {
      return;
    }
    const planned = plannedRoute(peeringId, other.vpcId);
    if (planned !== 'about-to-be-made' && planned !== 'repair-held') {
      const help =
        planned === 'held'
          ? 'The plan has a route for it there, which is held for now.'
          : adviceOn(
              peeringId,
              other,
              (byVpc.get(other.vpcId) ?? []).map(({ table }) => table),
            );
      findings.push(oneSided({ peering, side, other, accountId, help }));
    }
  };
  for (const { peerings } of regions) {
    for (const peering of peerings) {
      const { peeringId, status, requester, accepter } = peering;
      const bothRead = byVpc.has(requester.vpcId) && byVpc.has(accepter.vpcId);
      if (status !== 'active' || !bothRead || seen.has(peeringId)) {
        continue;
      }
      seen.add(peeringId);
      look(peering, requester, accepter);
      look(peering, accepter, requester);
    }
  }
  return findings;
}

/** Between what is so and what helps. */
export const NOTHING_COMES_BACK = 'so nothing comes back. ';

function oneSided({
  peering: { peeringId },
  side,
  other,
  accountId,
  help,
}: {
  readonly peering: Peering;
  readonly side: PeeringSide;
  readonly other: PeeringSide;
  readonly accountId: string;
  readonly help: string;
}): Finding {
  const whose = other.accountId === accountId ? '' : ` of account ${other.accountId}`;
  return {
    kind: 'one-sided',
    region: other.accountId === accountId ? other.region : side.region,
    peeringId,
    detail:
      `${peeringId} is routed from ${side.vpcId} (${side.region}), but no route table of ${other.vpcId} (${other.region})${whose} leads back to it, ` +
      `${NOTHING_COMES_BACK}${help}`,
    repairable: false,
  };
}
