import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, isPropagated, type Route } from '../model/route-table.ts';
import { type Cidr, contains, overlaps } from '../network/cidr.ts';
import { allLead, leadsOf } from './leads.ts';
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

/** The route that has the addresses of a block once another one is gone. What is inside the block keeps what it has. */
function nextLead(block: Cidr, staying: readonly Candidate[]): Candidate | undefined {
  let next: Candidate | undefined;
  for (const each of staying) {
    const isBetter =
      next === undefined ||
      each.cidr.prefix > next.cidr.prefix ||
      (each.cidr.prefix === next.cidr.prefix && rankOf(each.route) < rankOf(next.route));
    if (isBetter && contains(each.cidr, block)) next = each;
  }
  return next;
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
  const leads = leadsOf(table.routes, context.cidrOf, context.prefixLists);
  return wanted.filter(({ cidr }) => !allLead(leads, cidr, (lead) => lead.route !== route));
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
  const staying = state.table.routes.flatMap((each) =>
    blocksOfRoute(each, context)
      .filter(({ text }) => each !== route || !gone.has(text))
      .map((cidr) => ({ cidr, route: each })),
  );
  const texts = new Set(going.map((block) => goText(nextLead(block, staying))));
  const where = [...texts].slice(0, MOST).join(', or ');
  const alone = ledAlone(route, going, state, context).map(({ destination }) => destination);
  const first =
    alone.length === 0
      ? ''
      : `By this route alone ${alone.slice(0, MOST).join(', ')} ${alone.length === 1 ? 'leads' : 'lead'} there, which the rule wants: add a route to that first, which the product adopts, then delete this one. `;
  const isUnsure = unreadListRoutes(state.table, context.prefixLists).length > 0;
  const what = going.length < blocksOfRoute(route, context).length ? 'these entries their' : 'this route its';
  return `${first}Without ${what} addresses ${where}${isUnsure ? ', unless a prefix list has them that could not be read' : ''}.`;
}
