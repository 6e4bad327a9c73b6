import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type Route, type RouteTable, type RouteTarget } from '../model/route-table.ts';
import type { Cidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';

/** Read once for each list: all tables of a Region may lead to the same. */
const blocks = new WeakMap<readonly string[], readonly Cidr[]>();

/** The blocks of a prefix list; none where its entries were not read. */
export function blocksOf({ cidrs }: Partial<PrefixList> = {}): readonly Cidr[] {
  if (cidrs === undefined) {
    return [];
  }
  const known = blocks.get(cidrs);
  if (known !== undefined) {
    return known;
  }
  const read = cidrs.flatMap((text) => readDestination(text) ?? []);
  blocks.set(cidrs, read);
  return read;
}

/** All that a route has: its destination, or the entries of its list. */
export function blocksOfRoute(
  { destination }: Pick<Route, 'destination'>,
  {
    cidrOf,
    prefixLists,
  }: {
    readonly cidrOf: (destination: string) => Cidr | undefined;
    readonly prefixLists: ReadonlyMap<string, PrefixList>;
  },
): readonly Cidr[] {
  if (isPrefixListId(destination)) {
    return blocksOf(prefixLists.get(destination));
  }
  const cidr = cidrOf(destination);
  return cidr === undefined ? [] : [cidr];
}

/** A route to a prefix list of which nobody can say which addresses it leads away. */
export interface UnreadListRoute {
  readonly prefixListId: string;
  readonly targetId: string;
  readonly targetKind: RouteTarget['kind'];
  readonly problem: string;
}

/**
 * The routes of a table to lists whose entries were not read. Those of AWS's own lists have public addresses, and those are
 * what gateway endpoints take; but the endpoint of a Gateway Load Balancer takes any list, and looks the same. What drops its
 * traffic leads nowhere.
 */
export function unreadListRoutes(
  { routes }: Pick<RouteTable, 'routes'>,
  prefixLists: ReadonlyMap<string, PrefixList>,
): UnreadListRoute[] {
  // Of a hundred thousand routes hardly one goes to a list.
  const toLists = routes.filter(
    ({ destination, state }) => isPrefixListId(destination) && state !== 'blackhole',
  );
  return toLists.flatMap(({ destination, target }) => {
    const list = prefixLists.get(destination);
    const known =
      list === undefined ? target.kind === 'vpc-endpoint' : list.owner === 'aws' || list.cidrs !== undefined;
    const problem = list?.problem ?? 'its entries were not read';
    return known
      ? []
      : [{ prefixListId: destination, targetId: target.id, targetKind: target.kind, problem }];
  });
}
