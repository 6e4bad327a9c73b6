import { lazy } from '../model/lazy.ts';
import type { PeeringSide } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { type Lead, type Leads, leadsOf, partsOf } from '../routing/leads.ts';
import { unreadListRoutes } from '../routing/list-blocks.ts';
import { createRemoteCidrs } from '../routing/plan.ts';
import { createPrefixListsOf } from './one-sided.ts';
import type { NetworkState } from './types.ts';

/** What has addresses in a table that a route to a peering would take from it. */
export type TakenFrom = (peeringId: string, side: PeeringSide, table: RouteTable) => readonly string[];

function placesOf({ cidr, route, prefixListId, alternative }: Lead): readonly (readonly [string, Route])[] {
  const placed = (list: string | undefined, at: Route) =>
    [`${cidr.text}${list === undefined ? '' : ` in prefix list ${list}`} to ${at.target.id}`, at] as const;
  // Either of two lists may have the addresses.
  return [
    placed(prefixListId, route),
    ...(alternative === undefined ? [] : [placed(alternative.destination, alternative)]),
  ];
}

/**
 * What has the addresses of the other end of a peering in a table of `side`, other than the peering: `10.2.0.0/16 by its route to
 * 10.0.0.0/8 to tgw-1`. As where the table were tagged: default routes count only where they lead to another peering, what drops its
 * traffic never does, nor does another peering whose VPC has no such addresses. A list that nobody read may have any.
 *
 * Asked of few tables, after a finding; of each for every peering of its VPC.
 */
export function createTakenFrom({
  regions,
  others = [],
}: Pick<NetworkState, 'regions' | 'others'>): TakenFrom {
  const known = lazy(() => {
    const inventories = [...regions, ...others];
    const peerings = inventories.flatMap((each) => each.peerings);
    return {
      byId: new Map(peerings.map((peering) => [peering.peeringId, peering] as const)),
      remoteCidrsOf: createRemoteCidrs({ peerings }),
      prefixListsOf: createPrefixListsOf(inventories),
    };
  });
  const leadsIn = new Map<RouteTable, Leads>();
  const leadsOfTable = (table: RouteTable, prefixLists: ReadonlyMap<string, PrefixList>): Leads => {
    const leads = leadsIn.get(table) ?? leadsOf(table.routes, readDestination, prefixLists);
    leadsIn.set(table, leads);
    return leads;
  };
  return (peeringId, { vpcId }, table) => {
    const { byId, remoteCidrsOf, prefixListsOf } = known();
    const peering = byId.get(peeringId);
    const theirs = peering?.requester.vpcId === vpcId ? peering.accepter : peering?.requester;
    const blocks = (theirs?.cidrs ?? []).flatMap((text) => readDestination(text) ?? []);
    const prefixLists = prefixListsOf(table.routeTableId);
    const leads = leadsOfTable(table, prefixLists);
    const loses = ({ prefix }: Cidr, block: Cidr, { target, state }: Route): boolean => {
      if (target.kind === 'local' || target.id === peeringId || state === 'blackhole') {
        return false;
      }
      const remote = target.kind === 'peering' ? remoteCidrsOf(target.id, vpcId) : undefined;
      return target.kind === 'peering'
        ? remote === undefined || remote.some((one) => overlaps(one, block))
        : prefix > 0;
    };
    const taken = blocks.flatMap((block) =>
      partsOf(leads, block).flatMap(({ lead }) =>
        (lead === undefined ? [] : placesOf(lead)).flatMap(([place, route]) =>
          lead !== undefined && loses(lead.cidr, block, route)
            ? `${block.text} by its route to ${place}`
            : [],
        ),
      ),
    );
    const perhaps = unreadListRoutes(table, prefixLists).flatMap(({ prefixListId, targetId, problem }) =>
      targetId === peeringId
        ? []
        : `perhaps a part of it by prefix list ${prefixListId} to ${targetId}, of which is not known what it has: ${problem}`,
    );
    return [...new Set([...taken, ...perhaps])];
  };
}
