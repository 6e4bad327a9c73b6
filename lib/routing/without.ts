import { isPrefixListId, isPropagated, type Route, type RouteTable } from '../model/route-table.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { allLead, type Lead } from './leads.ts';
import { blocksOfRoute, unreadListRoutes } from './list-blocks.ts';
import { targetText } from './shadows.ts';
import type { Claim, TableState } from './table.ts';
import { type LeadContext, leadsOfTable, splitByRoute } from './table-leads.ts';

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
  readonly prefixLists: LeadContext['prefixLists'];
  /** All routes by the blocks that they lead, at each block as EC2 prefers them. */
  readonly byBlock: PrefixMap<readonly Candidate[]>;
  readonly hasUnreadLists: boolean;
}

const known = new WeakMap<RouteTable, Index>();

function indexOf(table: RouteTable, context: LeadContext): Index {
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
    hasUnreadLists: unreadListRoutes(table, context.prefixLists).length > 0,
  };
  known.set(table, index);
  return index;
}

/**
 * The route that has the addresses of a block once another one is gone, or both of which one has them: entries of two lists. What
 * is inside the block keeps what it has.
 *
 * @param isGoing of a route, and one of the blocks that it leads.
 */
function nextLeads(
  block: Cidr,
  { byBlock }: Index,
  isGoing: (candidate: Candidate) => boolean,
): readonly Candidate[] {
  for (const { value } of byBlock.covering(block).reverse()) {
    const [next, ...others] = value.filter((candidate) => !isGoing(candidate));
    if (next !== undefined) {
      return isPrefixListId(next.route.destination)
        ? [next, ...others.filter(({ route }) => rankOf(route) === rankOf(next.route))]
        : [next];
    }
  }
  return [];
}

function goText({ cidr, route }: Candidate): string {
  const { destination, state, target } = route;
  const by = isPrefixListId(destination) ? `${cidr.text} in prefix list ${destination}` : cidr.text;
  return state === 'blackhole'
    ? `are dropped by the route to ${by}`
    : `lead to ${targetText(target)} by the route to ${by}`;
}

function goTexts(candidates: readonly Candidate[]): readonly string[] {
  return candidates.length === 0 ? ['lead nowhere'] : candidates.map(goText);
}

/** Each once, and not more than people read. */
function either(texts: readonly string[]): string {
  return [...new Set(texts)].slice(0, MOST).join(', or ');
}

/** What the policy wants led to the peering of a route, and what that route alone leads there. */
function ledAlone(
  route: Route,
  blocks: readonly Cidr[],
  { table, claims, rivals, takeovers, undecided, routes }: TableState,
  context: LeadContext,
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
  const leads = leadsOfTable(table, context);
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
  context: LeadContext,
): string {
  const { byRoute, byOthers } = splitByRoute(state.table, route, going, context);
  const isPart = going.length < blocksOfRoute(route, context).length;
  if (byRoute.length === 0 && byOthers.length > 0) {
    const [whose, what] = isPart ? ['Their', 'these entries'] : ['Its', 'this route'];
    return `${whose} addresses ${either(byOthers.map(goText))} already: nothing changes without ${what}.`;
  }
  const gone = new Set(going.map(({ text }) => text));
  const index = indexOf(state.table, context);
  const isGoing = (each: Candidate) => each.route === route && gone.has(each.cidr.text);
  const where = either(byRoute.flatMap((block) => goTexts(nextLeads(block, index, isGoing))));
  const alone = ledAlone(route, going, state, context).map(({ destination }) => destination);
  const first =
    alone.length === 0
      ? ''
      : `By this route alone ${alone.slice(0, MOST).join(', ')} ${alone.length === 1 ? 'leads' : 'lead'} there, which the rule wants: add a route to that first, which the product adopts, then delete this one. `;
  const what = isPart ? 'these entries their' : 'this route its';
  const but = byOthers.length === 0 ? '' : ', but for those that other routes have already';
  const unread = index.hasUnreadLists ? ', unless a prefix list has them that could not be read' : '';
  return `${first}Without ${what} addresses ${where}${but}${unread}.`;
}
