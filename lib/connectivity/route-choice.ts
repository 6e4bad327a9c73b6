import { isPrefixListId, isPropagated, type Route, type RouteTable } from '../model/route-table.ts';
import { type Address, type Cidr, parseCidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';

/** Where a route table sends an address. */
export type RouteChoice =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'no-route' }
  /** A route to a prefix list whose entries were not read might be the one. */
  | { readonly kind: 'unknown'; readonly route: Route }
  /** Two prefix lists hold the same block and lead to different targets: AWS picks one (VPC guide, "Route priority"). */
  | { readonly kind: 'either'; readonly route: Route; readonly rival: Route };

/** Of routes to the same block: static before prefix list before propagated (VPC guide, "Route priority"). */
const PRIORITY = { static: 0, 'prefix-list': 1, propagated: 2 } as const;

interface Entry {
  readonly route: Route;
  readonly priority: number;
  /** Of another prefix list with the same block, to another target. */
  readonly rival?: Route;
}

interface TableIndex {
  readonly entries: PrefixMap<Entry>;
  /** Routes to prefix lists that were not read and may hold private addresses. */
  readonly unread: readonly Route[];
}

/** The blocks of each prefix list that was read. */
type PrefixLists = ReadonlyMap<string, readonly Cidr[]>;

/** Of two routes to the same block the one that AWS takes stays; two lists of the same block stay both. */
function addEntry(entries: PrefixMap<Entry>, cidr: Cidr, route: Route, priority: number): void {
  const known = entries.get(cidr);
  if (known === undefined || priority < known.priority) {
    entries.set(cidr, { route, priority });
  } else if (
    priority === PRIORITY['prefix-list'] &&
    known.priority === priority &&
    known.route.target.id !== route.target.id
  ) {
    entries.set(cidr, { ...known, rival: route });
  }
}

function indexOf({ routes }: RouteTable, prefixLists: PrefixLists): TableIndex {
  const entries = new PrefixMap<Entry>();
  const unread: Route[] = [];
  for (const route of routes) {
    if (!isPrefixListId(route.destination)) {
      const priority = isPropagated(route) ? PRIORITY.propagated : PRIORITY.static;
      addEntry(entries, parseCidr(route.destination), route, priority);
      continue;
    }
    const list = prefixLists.get(route.destination);
    if (list !== undefined) {
      for (const cidr of list) {
        addEntry(entries, cidr, route, PRIORITY['prefix-list']);
      }
    } else if (route.target.kind !== 'vpc-endpoint') {
      // Gateway endpoints route AWS's own lists, which hold public addresses of S3 and DynamoDB only.
      unread.push(route);
    }
  }
  return { entries, unread };
}

function choiceIn({ entries, unread }: TableIndex, address: Address): RouteChoice {
  const match = entries.longestMatch(address);
  // More specific routes always take priority, so only a host route is safe from the entries of an unread list.
  // A list that leads to the same target as what is known makes no difference.
  const list = unread.find(({ target }) => target.id !== match?.value.route.target.id);
  const bits = address.family === 'ipv4' ? 32 : 128;
  if (list !== undefined && match?.cidr.prefix !== bits) {
    return { kind: 'unknown', route: list };
  }
  if (match === undefined) {
    return { kind: 'no-route' };
  }
  const { route, rival } = match.value;
  return rival === undefined ? { kind: 'route', route } : { kind: 'either', route, rival };
}

/** Chooses as AWS does. A table is indexed when it is first asked for. */
export function createRouteChooser(
  prefixLists: PrefixLists,
): (table: RouteTable, address: Address) => RouteChoice {
  const indexes = new WeakMap<RouteTable, TableIndex>();
  return (table, address) => {
    const index = indexes.get(table) ?? indexOf(table, prefixLists);
    indexes.set(table, index);
    return choiceIn(index, address);
  };
}
