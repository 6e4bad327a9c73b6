import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import type { RegionMemory } from '../model/memory.ts';
import { isOptedIn, type OptIn, optInOf, selectsRule, selectsSome } from '../model/opt-in.ts';
import { DEAD_STATUSES, type PeeringStatus } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { printable } from '../model/printable.ts';
import {
  isPrefixListId,
  isPropagated,
  type Route,
  type RouteTable,
  tablesByVpc,
} from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { canonicalDestination } from '../network/destination.ts';
import type { DecisionFacts } from '../policy/decision.ts';
import type { Policy, Rule } from '../policy/schema.ts';
import { type Lead, type Leads, leadsOf } from './leads.ts';
import { blocksOf, unreadListRoutes } from './list-blocks.ts';
import { createRemoteCidrs, NO_PREFIX_LISTS } from './plan.ts';
import { usedRoutes } from './quota.ts';
import { createWorksUnlisted } from './unlisted.ts';

/** Destinations that another peering of the same VPC has or is about to get. */
export interface TakenDestinations {
  readonly peeringId: string;
  readonly vpcId: string;
  readonly destinations: readonly Cidr[];
  /** EC2 does not show what they are. */
  readonly hidden?: true;
  /** By which they are routed; without one they are not. */
  readonly rule?: Rule;
  /**
   * What becomes of its own routes that are not in their tables any more: `over` are forgotten by this very look, as are those
   * of a peering that is not named at all.
   */
  readonly ownRoutes: 'managed' | 'not-judged' | 'over';
  /** Why it counts: completes the sentence "… is what pcx-1 …". */
  readonly why: string;
}

/** More conflicts than this nobody reads. */
const MAX_OBSTACLES = 50;

/** @param goesFirst another peering of the same two VPCs, which has to go before: its routes are in nobody's way. */
type ObstaclesOf = (
  vpcId: string,
  peeringId: string,
  taken: readonly TakenDestinations[],
  goesFirst?: string,
) => NonNullable<DecisionFacts['obstacles']>;

/**
 * What stands in the way of a request's routes: in the tables that would get them, routes that lead the same addresses
 * elsewhere; and, whatever the tables, the destinations of the VPC's other live peerings. Other tables, dead routes and
 * destinations that would never be routed stand in nobody's way. A table that has lost its tag counts as if it had it.
 *
 * @param rejected requests that the policy rejects, known before the first question: their routes are as good as dead.
 */
export function createObstacles(
  inventory: RegionInventory,
  policy: Policy,
  memory: RegionMemory,
  cidrOf: (destination: string) => Cidr | undefined,
  rejected: ReadonlySet<string> = new Set(),
): ObstaclesOf {
  // Made when first asked for: most passes meet no request.
  let byVpc: ReadonlyMap<string, readonly RouteTable[]> | undefined;
  const isDead = createIsDead(inventory, rejected);
  // What is rejected goes only after the answer to its request, so that it makes no room before it.
  const isEnded = createIsDead(inventory, new Set());
  const leadsOfTable = createStayingLeads(inventory, cidrOf, isDead);
  const remoteCidrsOf = createRemoteCidrs(inventory);
  const obstaclesIn = (table: RouteTable, destination: Cidr, ...but: readonly (string | undefined)[]) =>
    leadsAround(leadsOfTable(table), destination).flatMap((lead) => {
      const { target } = lead.route;
      return target.kind === 'local' || but.includes(target.id) || isDead(lead.route)
        ? []
        : (obstacle(destination, lead, policy, remoteCidrsOf(target.id, table.vpcId)) ?? []);
    });
  /** New routes that other peerings are about to get in the table; not those that have something in their way, and wait. */
  const comingInto = (
    table: RouteTable,
    vpcId: string,
    peeringId: string,
    taken: readonly TakenDestinations[],
  ): readonly Cidr[] =>
    taken.flatMap(({ rule, destinations, ...other }) =>
      rule === undefined ||
      other.vpcId !== vpcId ||
      other.peeringId === peeringId ||
      !wouldBeRouted(table, rule, policy, memory, taken)
        ? []
        : destinations.filter((each) => obstaclesIn(table, each, other.peeringId).length === 0),
    );

  return (vpcId, peeringId, allTaken, goesFirst) => (rule, destinations) => {
    const taken = allTaken.filter((other) => other.peeringId !== goesFirst);
    const notes = createNotes();
    if (destinations.length === 0) {
      return [];
    }
    byVpc ??= tablesByVpc(inventory.tables);
    const tables = byVpc.get(vpcId) ?? [];
    const candidates = tables.filter((table) => wouldBeRouted(table, rule, policy, memory, taken));
    const untagged = candidates.length > 0 ? [] : perhapsUntagged(tables, policy, memory);
    for (const table of [...candidates, ...untagged]) {
      const coming = comingInto(table, vpcId, peeringId, taken);
      const full = noRoom(
        { routes: stayingRoutes(table, policy.tagPrefix, isEnded) },
        destinations,
        coming,
        policy,
        inventory.prefixLists ?? NO_PREFIX_LISTS,
      );
      if (full !== undefined) {
        notes.add(full, table.routeTableId);
      }
      for (const unread of unreadLists(table, peeringId, inventory.prefixLists ?? NO_PREFIX_LISTS)) {
        notes.add(unread, table.routeTableId);
      }
      for (const destination of destinations) {
        for (const says of obstaclesIn(table, destination, peeringId, goesFirst)) {
          notes.add(says, table.routeTableId);
        }
      }
    }
    const inTables = notes.sentences();
    return [
      ...takenSentences(destinations, vpcId, peeringId, taken),
      ...inTables,
      ...(untagged.length > 0 && inTables.length > 0 ? [perhapsText(vpcId, policy)] : []),
    ];
  };
}

/**
 * The routes at just the destinations of a request, for which its own routes wait once it is accepted (`equalRoutes: wait`). Like
 * obstacles, those in tables that would get its routes alone count, and none that leads nowhere.
 *
 * @param rejected as for `createObstacles`.
 */
export function createRoutesInPlace(
  inventory: RegionInventory,
  policy: Policy,
  memory: RegionMemory,
  rejected: ReadonlySet<string> = new Set(),
): (
  vpcId: string,
  peeringId: string,
  taken: readonly TakenDestinations[],
) => NonNullable<DecisionFacts['routesInPlace']> {
  if (policy.guardrails.equalRoutes !== 'wait') {
    return () => () => [];
  }
  const isDead = createIsDead(inventory, rejected);
  const tables = lazy(() => tablesByVpc(inventory.tables));
  return (vpcId, peeringId, taken) => (rule, destinations) => {
    const wanted = new Set(destinations.map(({ text }) => text));
    const found = new Map<string, string[]>();
    for (const table of tables().get(vpcId) ?? []) {
      if (!wouldBeRouted(table, rule, policy, memory, taken)) continue;
      for (const route of table.routes) {
        if (route.target.id === peeringId || isDead(route)) continue;
        for (const destination of blocksInPlace(route, inventory.prefixLists)) {
          if (!wanted.has(destination)) continue;
          const where = `${destination} goes to ${printable(route.target.id, 256)}${inPlaceBy(route)}`;
          found.set(where, [...(found.get(where) ?? []), table.routeTableId]);
        }
      }
    }
    return [...found]
      .map(
        ([where, ids]) =>
          `${where} in ${[...ids].sort().join(', ')}. Its route to the peering waits until that one is gone (guardrails.equalRoutes: wait).`,
      )
      .sort()
      .slice(0, MAX_OBSTACLES);
  };
}

/** The destinations that a route has, as far as another one would wait for it: before an entry to another peering a static route goes. */
function blocksInPlace(
  { destination, target }: Route,
  prefixLists: RegionInventory['prefixLists'] = NO_PREFIX_LISTS,
): readonly string[] {
  if (!isPrefixListId(destination)) {
    return [canonicalDestination(destination)];
  }
  return target.kind === 'peering' ? [] : blocksOf(prefixLists.get(destination)).map(({ text }) => text);
}

/** Which route that is, where it is none that a person deletes from the table. */
function inPlaceBy(route: Route): string {
  if (isPrefixListId(route.destination)) {
    return ` by prefix list ${printable(route.destination, 64)}`;
  }
  return isPropagated(route) ? ' by a propagated route' : '';
}

/**
 * Where a table leads, worked out once. A route of an ended peering hides what takes its addresses once it is cleaned up; the
 * decision is the same before and after.
 */
function createStayingLeads(
  { prefixLists = NO_PREFIX_LISTS }: Pick<RegionInventory, 'prefixLists'>,
  cidrOf: (destination: string) => Cidr | undefined,
  isDead: (route: Lead['route']) => boolean,
): (table: RouteTable) => Leads {
  const known = new Map<string, Leads>();
  return ({ routeTableId, routes }) => {
    const found = known.get(routeTableId);
    if (found !== undefined) {
      return found;
    }
    const staying = routes.filter((route) => route.target.kind !== 'peering' || !isDead(route));
    const leads = leadsOf(staying, cidrOf, prefixLists);
    known.set(routeTableId, leads);
    return leads;
  };
}

/** Whether a route leads nowhere: its peering has ended or vanished or is rejected, or what it leads to is gone. */
function createIsDead(
  inventory: Pick<RegionInventory, 'peerings' | 'tables'>,
  rejected: ReadonlySet<string>,
): (route: Lead['route']) => boolean {
  let statuses: ReadonlyMap<string, PeeringStatus> | undefined;
  const worksUnlisted = createWorksUnlisted(inventory);
  return ({ target, state }) => {
    statuses ??= new Map(inventory.peerings.map((peering) => [peering.peeringId, peering.status]));
    const status = target.kind === 'peering' ? statuses.get(target.id) : undefined;
    return status === undefined
      ? state === 'blackhole' && !worksUnlisted(target.id)
      : DEAD_STATUSES.has(status) || (state === 'blackhole' && rejected.has(target.id));
  };
}

/** Whether the routes of the rule go into the table, or would if it had not lost its tag. */
function wouldBeRouted(
  table: RouteTable,
  rule: Rule,
  { tagPrefix, rules }: Policy,
  memory: RegionMemory,
  taken: readonly TakenDestinations[],
): boolean {
  const optIn: OptIn = optInOf(table, tagPrefix);
  if (selectsRule(optIn, rule.name)) {
    return true;
  }
  const own = memory.routes.get(table.routeTableId);
  if (own === undefined || optIn.kind === 'gateway' || optIn.kind === 'handed-back') {
    return false;
  }
  const ruleNames = rules.map(({ name }) => name);
  const lasts = createLasts(table, { optIn, ruleNames }, taken);
  return [...own].some(
    ([destination, route]) =>
      (!selectsSome(optIn, ruleNames) || route.rule === rule.name) && lasts(destination, route.peeringId),
  );
}

/** Whether an own route is still remembered after this look. What is not holds no request: it would be accepted by the next. */
function createLasts(
  { routes }: RouteTable,
  { optIn, ruleNames }: { readonly optIn: OptIn; readonly ruleNames: readonly string[] },
  taken: readonly TakenDestinations[],
): (destination: string, peeringId: string) => boolean {
  return (destination, peeringId) => {
    const isThere = routes.some(
      (route) => route.target.id === peeringId && canonicalDestination(route.destination) === destination,
    );
    if (isThere) {
      return true;
    }
    const ownRoutes = taken.find((each) => each.peeringId === peeringId)?.ownRoutes;
    // In a table that takes other rules, what the policy manages and does not want there is over.
    return ownRoutes === 'not-judged' || (ownRoutes === 'managed' && !selectsSome(optIn, ruleNames));
  };
}

/**
 * Without a registry nobody knows whether tables without a tag have lost it. Where not one table of the VPC has a tag, they
 * count as if they had: what a person would see at once after tagging them again must not be in the way then. Tables of
 * gateways could not be routed with a tag either, and those that were handed back shall not.
 */
function perhapsUntagged(
  tables: readonly RouteTable[],
  { tagPrefix }: Policy,
  { registry }: RegionMemory,
): readonly RouteTable[] {
  const kindOf = (table: RouteTable) => optInOf(table, tagPrefix).kind;
  const possible = tables.filter((table) => kindOf(table) !== 'gateway' && kindOf(table) !== 'handed-back');
  const untagged = possible.every((table) => kindOf(table) === 'none');
  return registry === 'none' && untagged ? possible : [];
}

/** Why tables that have no tag are in the way. */
function perhapsText(vpcId: string, { tagPrefix }: Policy): string {
  return `No route table of ${vpcId} has the tag ${routesTagKey(tagPrefix)}, and no registry says whether they ever had it, so they count as if they had lost it: with the stack's registry, tables that never had it are in nobody's way.`;
}

/** The routes of a table without those that are cleaned up, as their peering has ended: they make room. */
function stayingRoutes(
  table: RouteTable,
  tagPrefix: string,
  isEnded: (route: Route) => boolean,
): readonly Route[] {
  return isOptedIn(optInOf(table, tagPrefix))
    ? table.routes.filter(
        (route) =>
          route.target.kind !== 'peering' ||
          isPropagated(route) ||
          isPrefixListId(route.destination) ||
          !isEnded(route),
      )
    : table.routes;
}

/**
 * Why a table cannot take the destinations, or undefined if it can.
 *
 * @param table with the routes that stay.
 * @param coming what other peerings are about to get in it.
 */
function noRoom(
  table: Pick<RouteTable, 'routes'>,
  destinations: readonly Cidr[],
  coming: readonly Cidr[],
  { guardrails }: Policy,
  prefixLists: ReadonlyMap<string, PrefixList>,
): string | undefined {
  const used = usedRoutes(table, prefixLists);
  const present = new Set(table.routes.map(({ destination }) => destination));
  const newOnes = (family: Cidr['family'], blocks: readonly Cidr[]) =>
    new Set(blocks.flatMap((each) => (each.family === family && !present.has(each.text) ? each.text : [])))
      .size;
  for (const family of ['ipv4', 'ipv6'] as const) {
    const more = newOnes(family, destinations);
    const others = newOnes(family, coming);
    if (more > 0 && used[family] + others + more > guardrails.routesPerTable) {
      const beside = others === 0 ? '' : ` and the ${others} that other peerings of the VPC are about to get`;
      return `${more} more ${family === 'ipv4' ? 'IPv4' : 'IPv6'} routes find no room beside the ${used[family]} of at most ${guardrails.routesPerTable} that count against the quota (guardrails.routesPerTable)${beside}`;
    }
  }
  return undefined;
}

/** The leads inside a block, and the one that holds for the rest of it. */
function leadsAround(leads: Leads, block: Cidr): Lead[] {
  const around = leads.longestMatch(block)?.value;
  const inside = leads.within(block).map(({ value }) => value);
  const all = around === undefined || inside.includes(around) ? inside : [around, ...inside];
  return all.flatMap((lead) =>
    lead.alternative === undefined
      ? [lead]
      : // Either may have the addresses, so both count.
        [lead, { ...lead, route: lead.alternative, prefixListId: lead.alternative.destination }],
  );
}

/** Of an obstacle that one setting of the policy takes away, with all others like it. */
export const WIDER_ROUTES_HELP =
  'guardrails.widerRoutes: allow would let the peering route win, like all such routes of the policy';

/** Why a lead is in the way of a destination, or undefined if it is not. Completed by the tables in which it is. */
function obstacle(
  destination: Cidr,
  { cidr, route, prefixListId, alternative }: Lead,
  { guardrails }: Policy,
  remoteCidrs: readonly Cidr[] | undefined,
): string | undefined {
  const isToPeering = route.target.kind === 'peering';
  if (cidr.prefix === 0 && !isToPeering) {
    return undefined;
  }
  // In the way if it carries these addresses, or may do so for all that is visible; then no policy moves them.
  const isInUse =
    isToPeering && (remoteCidrs === undefined || remoteCidrs.some((block) => overlaps(block, destination)));
  const list = prefixListId === undefined ? '' : ` of prefix list ${prefixListId}`;
  const target = printable(route.target.id, 256);
  const base = `${destination.text} overlaps ${cidr.text}${list}, which already goes to ${target}`;
  const isEqual = cidr.prefix === destination.prefix;
  if (isToPeering && (cidr.prefix < destination.prefix || (isEqual && prefixListId !== undefined))) {
    // A static route wins over it, as over a wider one.
    return isInUse ? base : undefined;
  }
  if (cidr.prefix < destination.prefix) {
    return guardrails.widerRoutes === 'allow' ? undefined : `${base} (a wider route; ${WIDER_ROUTES_HELP})`;
  }
  if (!isEqual) {
    return `${base} (a narrower route, which stays as it is with a copy of the rule for these two VPCs alone that has routes.exclude: [${cidr.text}] and whose name sorts first)`;
  }
  // Of two lists with the same block nobody knows which one is to go.
  if (alternative !== undefined) {
    return base;
  }
  if (guardrails.equalRoutes === 'wait') {
    return undefined;
  }
  return isInUse
    ? base
    : `${base} (guardrails.equalRoutes: wait would accept it, and route it once that route is gone)`;
}

/** Routes to prefix lists whose entries are not known: nothing may be concluded from those. */
function unreadLists(
  table: RouteTable,
  peeringId: string,
  prefixLists: ReadonlyMap<string, PrefixList>,
): string[] {
  return unreadListRoutes(table, prefixLists)
    .filter(({ targetId }) => targetId !== peeringId)
    .map(
      ({ prefixListId, targetId, problem }) =>
        `Whether the route to prefix list ${printable(prefixListId, 64)} by ${printable(targetId, 256)} overlaps is unknown: ${printable(problem, 256)}`,
    );
}

function takenSentences(
  destinations: readonly Cidr[],
  vpcId: string,
  peeringId: string,
  taken: readonly TakenDestinations[],
): string[] {
  return taken
    .filter((other) => other.vpcId === vpcId && other.peeringId !== peeringId)
    .flatMap((other) => {
      if (other.hidden) {
        return [
          `Whether ${destinations
            .map(({ text }) => text)
            .slice(0, 5)
            .join(
              ', ',
            )} overlaps what ${other.peeringId} ${other.why} is unknown: EC2 does not show the CIDRs of the other VPC.`,
        ];
      }
      const hits = destinations.flatMap((destination) => {
        const block = other.destinations.find((each) => overlaps(each, destination));
        return block === undefined ? [] : [`${destination.text} overlaps ${block.text}`];
      });
      const shown = hits.slice(0, 5).join(', ');
      return hits.length === 0 ? [] : [`${shown}, which is what ${other.peeringId} ${other.why}.`];
    })
    .slice(0, MAX_OBSTACLES);
}

/** The same obstacle in several tables is one sentence. */
function createNotes() {
  const tables = new Map<string, Set<string>>();
  return {
    add(says: string, routeTableId: string): void {
      tables.set(says, (tables.get(says) ?? new Set()).add(routeTableId));
    },
    sentences(): string[] {
      const sentences = [...tables].map(([says, ids]) => `${says}, in ${[...ids].sort().join(', ')}.`).sort();
      return sentences.length > MAX_OBSTACLES
        ? [...sentences.slice(0, MAX_OBSTACLES), `${sentences.length - MAX_OBSTACLES} more routes conflict.`]
        : sentences;
    },
  };
}
