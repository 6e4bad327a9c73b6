import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import type { OwnRoute, RegionMemory } from '../model/memory.ts';
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
import { canonicalDestination, readDestination } from '../network/destination.ts';
import type { DecisionFacts } from '../policy/decision.ts';
import { subnetTagsOf } from '../policy/peer-subnets.ts';
import type { Policy, Rule } from '../policy/schema.ts';
import { allLead, type Lead, type Leads, leadsOf, partsOf, willLeadToPeering } from './leads.ts';
import { blocksOf, unreadListRoutes } from './list-blocks.ts';
import { createRemoteCidrs, NO_PREFIX_LISTS } from './plan.ts';
import { usedRoutes } from './quota.ts';
import { mayCleanUp } from './unclaimed.ts';
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
  const wouldBeRouted = createWouldBeRouted(policy, memory, isDead);
  // What is rejected goes only after the answer to its request, so that it makes no room before it.
  const isEnded = createIsDead(inventory, new Set());
  const obstaclesIn = createObstaclesIn(inventory, policy, memory, cidrOf, isDead);
  /** New routes that other peerings are about to get in the table; not those that have something in their way, and wait. */
  const comingInto = (
    table: RouteTable,
    vpcId: string,
    peeringId: string,
    taken: readonly TakenDestinations[],
    inTheWay: ObstaclesIn,
  ): readonly Cidr[] =>
    taken.flatMap(({ rule, destinations, ...other }) =>
      rule === undefined ||
      other.vpcId !== vpcId ||
      other.peeringId === peeringId ||
      !wouldBeRouted(table, rule, taken)
        ? []
        : destinations.filter((each) => inTheWay(table, each, other.peeringId).length === 0),
    );

  return (vpcId, peeringId, allTaken, goesFirst) => (rule, destinations) => {
    const taken = allTaken.filter((other) => other.peeringId !== goesFirst);
    const inTheWay: ObstaclesIn = (...of) => obstaclesIn(allTaken, ...of);
    const notes = createNotes();
    if (destinations.length === 0) {
      return [];
    }
    byVpc ??= tablesByVpc(inventory.tables);
    const tables = byVpc.get(vpcId) ?? [];
    const candidates = tables.filter((table) => wouldBeRouted(table, rule, taken));
    const untagged = candidates.length > 0 ? [] : perhapsUntagged(tables, policy, memory);
    for (const table of [...candidates, ...untagged]) {
      const coming = comingInto(table, vpcId, peeringId, taken, inTheWay);
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
        for (const says of inTheWay(table, destination, peeringId, goesFirst)) {
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
 * What leads addresses of a destination of a request elsewhere in a table: nothing, where all of them lead to the request already.
 * `goesFirst`: another peering whose routes are in nobody's way.
 */
type ObstaclesIn = (
  table: RouteTable,
  destination: Cidr,
  peeringId: string,
  goesFirst?: string,
) => readonly string[];

function createObstaclesIn(
  inventory: RegionInventory,
  policy: Policy,
  memory: RegionMemory,
  cidrOf: (destination: string) => Cidr | undefined,
  isDead: (route: Route) => boolean,
): (taken: readonly TakenDestinations[], ...of: Parameters<ObstaclesIn>) => readonly string[] {
  const remoteCidrsOf = createRemoteCidrs(inventory);
  const isLeaving = createIsLeaving(policy, memory, cidrOf, remoteCidrsOf);
  const leadsOfTable = createStayingLeads(inventory, cidrOf, isDead, isLeaving);
  return (taken, table, destination, peeringId, goesFirst) => {
    const leads = leadsOfTable(table, taken);
    if (allLead(leads, destination, willLeadToPeering(peeringId))) {
      return [];
    }
    const context = { policy, remoteCidrsOf: (targetId: string) => remoteCidrsOf(targetId, table.vpcId) };
    const counts = ({ route }: Lead) =>
      route.target.kind !== 'local' && ![peeringId, goesFirst].includes(route.target.id) && !isDead(route);
    return leadsAround(leads, destination)
      .filter(counts)
      .flatMap((lead) => {
        const isEqual = lead.cidr.prefix === destination.prefix;
        const behind = isEqual ? leadsBehind(leads, destination).filter(counts) : [];
        return obstacle(destination, lead, behind, context) ?? [];
      });
  };
}

/**
 * The routes at just the destinations of a request, for which its own routes wait once it is accepted (`equalRoutes: wait`). Like
 * obstacles, those in tables that would get its routes alone count, and none that leads nowhere. Where the addresses lead to the
 * request all the same nothing waits.
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
  const wouldBeRouted = createWouldBeRouted(policy, memory, isDead);
  const remoteCidrsOf = createRemoteCidrs(inventory);
  const isLeaving = createIsLeaving(policy, memory, readDestination, remoteCidrsOf);
  const leadsOfTable = createStayingLeads(inventory, readDestination, isDead, isLeaving);
  const tables = lazy(() => tablesByVpc(inventory.tables));
  return (vpcId, peeringId, taken) => (rule, destinations) => {
    const found = new Map<string, string[]>();
    for (const table of tables().get(vpcId) ?? []) {
      if (!wouldBeRouted(table, rule, taken)) continue;
      const leads = leadsOfTable(table, taken);
      const waiting = destinations.filter((each) => waitsIn(leads, each, peeringId, isDead));
      const wanted = new Set(waiting.map(({ text }) => text));
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

/** Whether the route of a request waits for what has just its destination. */
function waitsIn(
  leads: Leads,
  destination: Cidr,
  peeringId: string,
  isDead: (route: Route) => boolean,
): boolean {
  const equal = leads.get(destination);
  if (equal === undefined || equal.route.target.id === peeringId || isDead(equal.route)) {
    return false;
  }
  const isStatic = equal.prefixListId === undefined && !isPropagated(equal.route);
  return isStatic
    ? // It keeps the place also where narrower ones have the addresses, unless all of them lead to the request.
      !allLead(leads, destination, willLeadToPeering(peeringId))
    : // A static route goes before one to another peering; one that has the addresses holds the request.
      equal.route.target.kind !== 'peering' && partsOf(leads, destination).some(({ lead }) => lead === equal);
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
 * Where a table leads, worked out once. A route of an ended peering, or one that is left of a live one, hides what takes its addresses
 * once it is cleaned up; the decision is the same before and after.
 */
function createStayingLeads(
  { prefixLists = NO_PREFIX_LISTS }: Pick<RegionInventory, 'prefixLists'>,
  cidrOf: (destination: string) => Cidr | undefined,
  isDead: (route: Lead['route']) => boolean,
  isLeaving: ReturnType<typeof createIsLeaving>,
): (table: RouteTable, taken: readonly TakenDestinations[]) => Leads {
  const known = new Map<string, Leads>();
  return (table, taken) => {
    const { routeTableId, routes } = table;
    const found = known.get(routeTableId);
    if (found !== undefined) {
      return found;
    }
    // Of live peerings, all is taken before the first request is decided.
    const staying = routes.filter(
      (route) => route.target.kind !== 'peering' || !(isDead(route) || isLeaving(table, route, taken)),
    );
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

/**
 * Whether this very look deletes an own route to a live peering as the policy wants nothing there any more, and the VPC at the other
 * end has none of its addresses either: then no path goes by it.
 */
function createIsLeaving(
  { tagPrefix }: Policy,
  memory: RegionMemory,
  cidrOf: (destination: string) => Cidr | undefined,
  remoteCidrsOf: ReturnType<typeof createRemoteCidrs>,
): (table: RouteTable, route: Route, taken: readonly TakenDestinations[]) => boolean {
  return (table, route, taken) => {
    const { destination, target } = route;
    const own = memory.routes.get(table.routeTableId)?.get(canonicalDestination(destination));
    const cidr = own?.peeringId === target.id && !isPropagated(route) ? cidrOf(destination) : undefined;
    if (cidr === undefined) {
      return false;
    }
    const { rule, destinations = [] } =
      taken.find(({ peeringId, ownRoutes }) => peeringId === target.id && ownRoutes === 'managed') ?? {};
    const theirs = remoteCidrsOf(target.id, table.vpcId);
    return (
      rule !== undefined &&
      // Out of sight, the address of a subnet is not known to be nobody's.
      subnetTagsOf(rule) === undefined &&
      selectsRule(optInOf(table, tagPrefix), rule.name) &&
      theirs !== undefined &&
      ![...theirs, ...destinations].some((block) => overlaps(block, cidr))
    );
  };
}

type WouldBeRouted = (table: RouteTable, rule: Rule, taken: readonly TakenDestinations[]) => boolean;

/** Whether the routes of the rule go into the table, or would if it had not lost its tag. */
function createWouldBeRouted(
  { tagPrefix, rules }: Policy,
  memory: RegionMemory,
  isDead: (route: Route) => boolean,
): WouldBeRouted {
  const ruleNames = rules.map(({ name }) => name);
  return (table, rule, taken) => {
    const optIn: OptIn = optInOf(table, tagPrefix);
    if (selectsRule(optIn, rule.name)) {
      return true;
    }
    const own = memory.routes.get(table.routeTableId);
    if (own === undefined || optIn.kind === 'gateway' || optIn.kind === 'handed-back') {
      return false;
    }
    const lasts = createLasts(table, { optIn, ruleNames, isDead }, taken);
    return [...own].some(
      ([destination, route]) =>
        (!selectsSome(optIn, ruleNames) || route.rule === rule.name) && lasts(destination, route),
    );
  };
}

interface LastsContext {
  readonly optIn: OptIn;
  readonly ruleNames: readonly string[];
  readonly isDead: (route: Route) => boolean;
}

/** Whether an own route is still remembered after this look. What is not holds no request: it would be accepted by the next. */
function createLasts(
  { routes }: RouteTable,
  { optIn, ruleNames, isDead }: LastsContext,
  taken: readonly TakenDestinations[],
): (destination: string, own: OwnRoute) => boolean {
  return (destination, { peeringId, rule }) => {
    const there = routes.find(
      (route) => route.target.id === peeringId && canonicalDestination(route.destination) === destination,
    );
    if (there !== undefined) {
      return !(isDead(there) && mayCleanUp(optIn, ruleNames, rule));
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
  return all.flatMap(withAlternative);
}

/** Either may have the addresses, so both count. */
function withAlternative(lead: Lead): Lead[] {
  const { alternative } = lead;
  return alternative === undefined
    ? [lead]
    : [lead, { ...lead, route: alternative, prefixListId: alternative.destination }];
}

/** What has the addresses of a block once no route to just that block is there any more. */
function leadsBehind(leads: Leads, block: Cidr): Lead[] {
  const around = leads.covering(block).filter(({ cidr }) => cidr.prefix < block.prefix);
  return around.slice(-1).flatMap(({ value }) => withAlternative(value));
}

interface ObstacleContext {
  readonly policy: Policy;
  readonly remoteCidrsOf: (targetId: string) => readonly Cidr[] | undefined;
}

/** Of an obstacle that one setting of the policy takes away, with all others like it. */
export const WIDER_ROUTES_HELP =
  'guardrails.widerRoutes: allow would let the peering route win, like all such routes of the policy';

/**
 * Why a lead is in the way of a destination, or undefined if it is not. Completed by the tables in which it is.
 *
 * @param behind of one to just the destination: what has the addresses once that is gone.
 */
function obstacle(
  destination: Cidr,
  { cidr, route, prefixListId, alternative }: Lead,
  behind: readonly Lead[],
  context: ObstacleContext,
): string | undefined {
  const { guardrails } = context.policy;
  const remoteCidrs = context.remoteCidrsOf(route.target.id);
  const isToPeering = route.target.kind === 'peering';
  if (cidr.prefix === 0 && !isToPeering) {
    return undefined;
  }
  // In the way if it carries these addresses, or may do so for all that is visible; then no policy moves them.
  const isInUse =
    isToPeering && (remoteCidrs === undefined || remoteCidrs.some((block) => overlaps(block, destination)));
  const list = prefixListId === undefined ? '' : ` of prefix list ${prefixListId}`;
  const target = printable(route.target.id, 256);
  const goes =
    alternative === undefined
      ? `already goes to ${target}`
      : `may go to ${target}: another prefix list has it, too, and AWS picks one`;
  const base = `${destination.text} overlaps ${cidr.text}${list}, which ${goes}`;
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
  const next = behind
    .map((lead) => ({ lead, says: obstacle(destination, lead, [], context) }))
    .find(({ says }) => says !== undefined);
  if (guardrails.equalRoutes === 'wait') {
    return next && `${next.says} and has the addresses once ${cidr.text}${list} to ${target} is gone`;
  }
  return isInUse ? base : `${base}${waitHelps(next?.lead)}`;
}

/** What `equalRoutes: wait` would come to. @param next what is in the way once the route to just the destination is gone. */
function waitHelps(next: Lead | undefined): string {
  if (next === undefined) {
    return ' (guardrails.equalRoutes: wait would accept it, and route it once that route is gone)';
  }
  const { cidr, route } = next;
  return route.target.kind === 'peering'
    ? ''
    : ` (guardrails.equalRoutes: wait would accept it only beside widerRoutes: allow, as ${cidr.text} to ${printable(route.target.id, 256)} has the addresses once that route is gone)`;
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
