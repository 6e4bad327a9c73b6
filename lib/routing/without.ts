import { lazy } from '../model/lazy.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, isPropagated, type Route, type RouteTable } from '../model/route-table.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { allLead, type Lead, type Leads, leadsOf } from './leads.ts';
import { blocksOfRoute, unreadListRoutes } from './list-blocks.ts';
import { targetText } from './shadows.ts';
import type { Claim, TableState } from './table.ts';

interface WithoutContext {
  readonly cidrOf: (destination: string) => Cidr | undefined;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
}

/** More than this nobody reads in a sentence. */
const MOST = 3;

/** A route with a block that it leads. */
interface Candidate {
  readonly cidr: Cidr;
  readonly route: Route;
}

/** As EC2 prefers them between equal destinations: static routes before prefix lists before propagated ones. */
function rankOf(route: Route): number {
  return isPropagated(route) ? 2 : isPrefixListId(route.destination) ? 1 : 0;
}

/** What is asked about a table for each of its routes that may go; there may be thousands of these. */
interface Index {
  /** Of which it was made. */
  readonly prefixLists: WithoutContext['prefixLists'];
  /** All routes by the blocks that they lead, at each block as EC2 prefers them. */
  readonly byBlock: PrefixMap<readonly Candidate[]>;
  readonly leads: () => Leads;
  readonly hasUnreadLists: boolean;
}

const known = new WeakMap<RouteTable, Index>();

function indexOf(table: RouteTable, context: WithoutContext): Index {
  const found = known.get(table);
  if (found?.prefixLists === context.prefixLists) {
    return found;
  }
  const byBlock = new PrefixMap<readonly Candidate[]>();
  for (const route of table.routes) {
    for (const cidr of blocksOfRoute(route, context)) {
      const others = byBlock.get(cidr) ?? [];
      byBlock.set(
        cidr,
        [...others, { cidr, route }].sort((a, b) => rankOf(a.route) - rankOf(b.route)),
      );
    }
  }
  const index: Index = {
    prefixLists: context.prefixLists,
    byBlock,
    leads: lazy(() => leadsOf(table.routes, context.cidrOf, context.prefixLists)),
    hasUnreadLists: unreadListRoutes(table, context.prefixLists).length > 0,
  };
  known.set(table, index);
  return index;
}

/**
 * The route that has the addresses of a block once another one is gone. What is inside the block keeps what it has.
 *
 * @param isGoing of a route, and one of the blocks that it leads.
 */
function nextLead(
  block: Cidr,
  { byBlock }: Index,
  isGoing: (candidate: Candidate) => boolean,
): Candidate | undefined {
  for (const { value } of byBlock.covering(block).reverse()) {
    const next = value.find((candidate) => !isGoing(candidate));
    if (next !== undefined) return next;
  }
  return undefined;
}

function goText(next: Candidate | undefined): string {
  if (next === undefined) {
    return 'lead nowhere';
  }
  const { destination, state, target } = next.route;
  const by = isPrefixListId(destination) ? `${next.cidr.text} in prefix list ${destination}` : next.cidr.text;
  return state === 'blackhole'
    ? `are dropped by the route to ${by}`
    : `lead to ${targetText(target)} by the route to ${by}`;
}

/** What the policy wants led to the peering of a route, and what that route alone leads there. */
function ledAlone(
  route: Route,
  blocks: readonly Cidr[],
  { table, claims, rivals, takeovers, undecided, routes }: TableState,
  context: WithoutContext,
): Claim[] {
  const wanted = [...claims, ...rivals, ...takeovers, ...undecided].filter(
    ({ peeringId, cidr, destination }) =>
      peeringId === route.target.id &&
      routes.get(destination)?.target.id !== peeringId &&
      blocks.some((block) => overlaps(block, cidr)),
  );
  if (wanted.length === 0) {
    return [];
  }
  const leads = indexOf(table, context).leads();
  // What another list may lead as well, no route leads there alone.
  const isLedBesides = (lead: Lead) => lead.route !== route || lead.alternative !== undefined;
  return wanted.filter(({ cidr }) => !allLead(leads, cidr, isLedBesides));
}

/**
 * Where the addresses of a route lead that somebody may delete, once it is gone: nobody deletes a path that works without knowing
 * what takes its place.
 *
 * @param going what may go of the route: all, or entries of its prefix list.
 */
export function withoutText(
  state: TableState,
  route: Route,
  going: readonly Cidr[],
  context: WithoutContext,
): string {
  const gone = new Set(going.map(({ text }) => text));
  const index = indexOf(state.table, context);
  const isGoing = (each: Candidate) => each.route === route && gone.has(each.cidr.text);
  const texts = new Set(going.map((block) => goText(nextLead(block, index, isGoing))));
  const where = [...texts].slice(0, MOST).join(', or ');
  const alone = ledAlone(route, going, state, context).map(({ destination }) => destination);
  const first =
    alone.length === 0
      ? ''
      : `By this route alone ${alone.slice(0, MOST).join(', ')} ${alone.length === 1 ? 'leads' : 'lead'} there, which the rule wants: add a route to that first, which the product adopts, then delete this one. `;
  const what = going.length < blocksOfRoute(route, context).length ? 'these entries their' : 'this route its';
  return `${first}Without ${what} addresses ${where}${index.hasUnreadLists ? ', unless a prefix list has them that could not be read' : ''}.`;
}
