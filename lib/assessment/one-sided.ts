import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { gatewayOf, isPropagated, type RouteTable, tablesByVpc, tablesInUse } from '../model/route-table.ts';
import { type AddressFamily, type Cidr, overlaps } from '../network/cidr.ts';
import { canonicalDestination, readDestination } from '../network/destination.ts';
import { blocksLed, type Leads, leadsOf, mayLeadToPeering } from '../routing/leads.ts';
import { unreadListRoutes } from '../routing/list-blocks.ts';
import { routeMade } from '../routing/shadows.ts';
import type { NetworkState } from './types.ts';

/** A route to a peering in a VPC: made next, kept back for now, kept back as the repair of drift that is told, or not part of the plan. */
export type PlannedRoute = 'about-to-be-made' | 'held' | 'repair-held' | 'none';

/** About the side without routes, where the plan has none (`one-sided-advice.ts`), by what its route tables are. */
export interface AdviceOnSide {
  /** What helps. */
  readonly helps: (peeringId: string, other: PeeringSide, tablesThere: readonly RouteTable[]) => string;
  /** The rule that would route a block there, if one of the tables that subnets use were tagged for it. */
  readonly wantedBy: (
    peeringId: string,
    other: PeeringSide,
    tablesThere: readonly RouteTable[],
    block: Cidr,
  ) => string | undefined;
}

/** What the plan has for a peering in a VPC: for all of it, or for a block. */
export type PlannedRoutes = (peeringId: string, vpcId: string, block?: Cidr) => PlannedRoute;

/** The routes of one table to peerings, and where the table leads addresses. */
interface TableToPeerings {
  readonly byPeering: ReadonlyMap<string, readonly string[]>;
  /** Undefined: a route to a list that nobody read may lead addresses anywhere. */
  readonly leads: () => Leads | undefined;
}

/** Whether a table has a route to a peering that does not drop what it gets. */
export function hasRouteTo({ routes }: Pick<RouteTable, 'routes'>, peeringId: string): boolean {
  return routes.some(({ target, state }) => target.id === peeringId && state !== 'blackhole');
}

/** The table once the plan's changes are made. */
export function withChanges(table: RouteTable, changes: readonly Change[]): RouteTable {
  if (changes.length === 0) {
    return table;
  }
  const changed = new Set(changes.map(({ destination }) => destination));
  return {
    ...table,
    routes: [
      ...table.routes.filter(
        (route) => isPropagated(route) || !changed.has(canonicalDestination(route.destination)),
      ),
      ...changes.filter(({ action }) => action !== 'delete').map(routeMade),
    ],
  };
}

function toPeerings(
  table: RouteTable,
  prefixLists: ReadonlyMap<string, PrefixList>,
): TableToPeerings | undefined {
  if (gatewayOf(table) !== undefined) {
    // No answer of an instance ever passes it.
    return undefined;
  }
  const byPeering = new Map<string, string[]>();
  for (const { destination, target, state } of table.routes) {
    if (target.kind === 'peering' && state !== 'blackhole') {
      const destinations = byPeering.get(target.id);
      if (destinations === undefined) byPeering.set(target.id, [destination]);
      else destinations.push(destination);
    }
  }
  const leads = lazy(() =>
    unreadListRoutes(table, prefixLists).length > 0
      ? undefined
      : leadsOf(table.routes, readDestination, prefixLists),
  );
  return byPeering.size === 0 ? undefined : { byPeering, leads };
}

/** What of the other VPC's CIDRs a VPC leads to the peering. */
interface Led {
  readonly any: boolean;
  /** By CIDR, as far as they are known: whether any addresses of it are led there, or may be. */
  readonly blocks: readonly { readonly block: Cidr; readonly isLed: boolean }[];
}

type LedFrom = (vpcId: string, peeringId: string, other: PeeringSide) => Led;

/**
 * Whether some table of a VPC that subnets may use leads addresses of the other one to the peering, by longest prefix: a route that a more specific one
 * takes all of them from leads nowhere. Routes of a VPC are looked up once, and only for VPCs that are asked for. What is not
 * known of addresses counts as theirs.
 */
function createLedFrom(
  byVpc: ReadonlyMap<string, readonly RouteTable[]>,
  prefixListsOf: (routeTableId: string) => ReadonlyMap<string, PrefixList>,
): LedFrom {
  const routed = new Map<string, readonly TableToPeerings[]>();
  const routedIn = (vpcId: string): readonly TableToPeerings[] => {
    const tables = tablesInUse(byVpc.get(vpcId) ?? []).flatMap(
      (table) => toPeerings(table, prefixListsOf(table.routeTableId)) ?? [],
    );
    routed.set(vpcId, tables);
    return tables;
  };
  return (vpcId, peeringId, { cidrs }) => {
    const theirs = cidrs.flatMap((text) => readDestination(text) ?? []);
    const leadsThere = mayLeadToPeering(peeringId);
    const tables = (routed.get(vpcId) ?? routedIn(vpcId)).flatMap(({ byPeering, leads }) => {
      const destinations = byPeering.get(peeringId);
      return destinations === undefined ? [] : [{ destinations: destinations.map(readDestination), leads }];
    });
    const blocks = theirs.map((block) => ({
      block,
      isLed: tables.some(({ destinations, leads }) => {
        const mayLead = destinations.some((cidr) => cidr === undefined || overlaps(block, cidr));
        const known = mayLead ? leads() : undefined;
        return known === undefined ? mayLead : blocksLed(known, block, leadsThere).length > 0;
      }),
    }));
    return { any: theirs.length === 0 ? tables.length > 0 : blocks.some(({ isLed }) => isLed), blocks };
  };
}

const NO_LISTS: ReadonlyMap<string, PrefixList> = new Map();

/** The lists that the Region of a table has: of most Regions none. */
export function createPrefixListsOf(
  inventories: readonly RegionInventory[],
): (routeTableId: string) => ReadonlyMap<string, PrefixList> {
  const byTable = new Map(
    inventories.flatMap(({ tables, prefixLists = NO_LISTS }) =>
      prefixLists.size === 0 ? [] : tables.map(({ routeTableId }) => [routeTableId, prefixLists] as const),
    ),
  );
  return (routeTableId) => byTable.get(routeTableId) ?? NO_LISTS;
}

/**
 * The CIDRs of a side that nothing at the other one leads back, although both are routed: of an address family of which the side leads
 * addresses to the peering, each, where nothing of that family comes back; else those that are wanted there.
 *
 * @param out what the side leads there.
 * @param back what the other one leads back.
 */
function blocksWithoutWayBack(out: Led, back: Led, isWanted: (block: Cidr) => boolean): Cidr[] {
  if (back.blocks.every(({ isLed }) => isLed)) {
    return [];
  }
  return FAMILIES.flatMap((family) => {
    const ours = back.blocks.filter(({ block }) => block.family === family);
    const without = ours.flatMap(({ block, isLed }) => (isLed ? [] : [block]));
    if (without.length === 0 || !out.blocks.some(({ block, isLed }) => isLed && block.family === family)) {
      return [];
    }
    return without.length === ours.length ? without : without.filter(isWanted);
  });
}

const FAMILIES: readonly AddressFamily[] = ['ipv4', 'ipv6'];

/**
 * Active peerings of which one side has routes and the other has none that leads back: such a peering carries nothing, as answers find no way
 * back. Told only where the tables of both VPCs were read, and not while the other side's routes are about to be made, or
 * are drift: one event is one finding.
 *
 * Where both sides are routed, the same is told of each CIDR of a side of which it is so (`blocksWithoutWayBack`).
 *
 * Where the plan takes a route to a peering away, both of its sides are judged as they are after the plan: told at once, and not by the
 * next look.
 *
 * @param made the changes that are made.
 * @param contradicted peerings of which the Regions of the account do not say the same.
 */
export function oneSidedFindings(
  { accountId, regions, others = [] }: NetworkState,
  plannedRoute: PlannedRoutes,
  advice: AdviceOnSide,
  made: readonly Change[],
  contradicted: ReadonlySet<string>,
): Finding[] {
  const read = [...regions, ...others];
  const byVpc = tablesByVpc(read.flatMap(({ tables }) => tables));
  const prefixListsOf = createPrefixListsOf(read);
  const ledNow = createLedFrom(byVpc, prefixListsOf);
  const losing = losingPeerings(made);
  const ledThen = losing.size === 0 ? ledNow : createLedFrom(afterChanges(byVpc, made), prefixListsOf);
  // Whether anything passes is not known of what one Region shows as active and another one does not.
  const unclear = new Set([...contradicted, ...notActiveIn(read)]);
  const seen = new Set<string>();
  const findings: Finding[] = [];
  /** @param block one that alone has no way back; left out: the whole side has none. */
  const tell = (peering: Peering, side: PeeringSide, other: PeeringSide, block?: Cidr) => {
    const { peeringId } = peering;
    const planned = plannedRoute(peeringId, other.vpcId, block);
    if (planned !== 'about-to-be-made' && planned !== 'repair-held') {
      const there = byVpc.get(other.vpcId) ?? [];
      const help =
        planned === 'held'
          ? 'The plan has a route for it there, which is held for now.'
          : advice.helps(peeringId, other, there);
      const which = hasUnusedRoute(there, peeringId, block) ? ' that a subnet uses' : '';
      findings.push(oneSided({ peering, side, other, accountId, which, help, block }));
    }
  };
  const look = (peering: Peering, side: PeeringSide, other: PeeringSide, out: Led, back: Led) => {
    if (!out.any) {
      return;
    }
    if (!back.any) {
      tell(peering, side, other);
      return;
    }
    const there = byVpc.get(other.vpcId) ?? [];
    const isWanted = (block: Cidr) => advice.wantedBy(peering.peeringId, other, there, block) !== undefined;
    for (const block of blocksWithoutWayBack(out, back, isWanted)) tell(peering, side, other, block);
  };
  for (const { peerings } of regions) {
    for (const peering of peerings) {
      const { peeringId, requester, accepter } = peering;
      const bothRead = byVpc.has(requester.vpcId) && byVpc.has(accepter.vpcId);
      if (unclear.has(peeringId) || !bothRead || seen.has(peeringId)) {
        continue;
      }
      seen.add(peeringId);
      const ledFrom = losing.has(peeringId) ? ledThen : ledNow;
      const fromRequester = ledFrom(requester.vpcId, peeringId, accepter);
      const fromAccepter = ledFrom(accepter.vpcId, peeringId, requester);
      look(peering, requester, accepter, fromRequester, fromAccepter);
      look(peering, accepter, requester, fromAccepter, fromRequester);
    }
  }
  return findings;
}

function notActiveIn(inventories: readonly RegionInventory[]): string[] {
  return inventories.flatMap(({ peerings }) =>
    peerings.filter(({ status }) => status !== 'active').map(({ peeringId }) => peeringId),
  );
}

/** Whether a table that no subnet uses has a route to the peering, or to a block there. */
function hasUnusedRoute(tables: readonly RouteTable[], peeringId: string, block: Cidr | undefined): boolean {
  const inUse = new Set(tablesInUse(tables));
  const reaches = (destination: string) => {
    const cidr = block === undefined ? undefined : readDestination(destination);
    return cidr === undefined || block === undefined || overlaps(cidr, block);
  };
  return tables.some(
    (table) =>
      !inUse.has(table) &&
      gatewayOf(table) === undefined &&
      hasRouteTo({ routes: table.routes.filter(({ destination }) => reaches(destination)) }, peeringId),
  );
}

/** Peerings from which a change takes a route. */
function losingPeerings(made: readonly Change[]): ReadonlySet<string> {
  return new Set(made.flatMap(({ action, seen }) => (action === 'create' ? [] : (seen?.target.id ?? []))));
}

function afterChanges(
  byVpc: ReadonlyMap<string, readonly RouteTable[]>,
  made: readonly Change[],
): ReadonlyMap<string, readonly RouteTable[]> {
  const changesOf = groupBy(made, ({ routeTableId }) => [routeTableId]);
  return new Map(
    [...byVpc].map(([vpcId, tables]) => [
      vpcId,
      tables.map((table) => withChanges(table, changesOf.get(table.routeTableId) ?? [])),
    ]),
  );
}

/** Between what is so and what helps. */
export const NOTHING_COMES_BACK = 'so nothing comes back by it. ';

/** The same of one block. */
export const NOTHING_COMES_BACK_TO_BLOCK = 'so nothing comes back to that block by it. ';

function oneSided({
  peering: { peeringId },
  side,
  other,
  accountId,
  which,
  help,
  block,
}: {
  readonly peering: Peering;
  readonly side: PeeringSide;
  readonly other: PeeringSide;
  readonly accountId: string;
  /** Which of its tables, where others do have a route. */
  readonly which: string;
  readonly help: string;
  readonly block: Cidr | undefined;
}): Finding {
  const whose = other.accountId === accountId ? '' : ` of account ${other.accountId}`;
  const leads = block === undefined ? 'leads back to it' : `leads ${block.text} back to it`;
  return {
    kind: 'one-sided',
    region: other.accountId === accountId ? other.region : side.region,
    ...(block === undefined ? {} : { destination: block.text }),
    peeringId,
    detail:
      `${peeringId} is routed from ${side.vpcId} (${side.region}), but no route table of ${other.vpcId} (${other.region})${whose}${which} ${leads}, ` +
      `${block === undefined ? NOTHING_COMES_BACK : NOTHING_COMES_BACK_TO_BLOCK}${help}`,
    repairable: false,
  };
}
