import { type Cidr, compareCidrs } from '../network/cidr.ts';
import { isOptedIn, type OptIn, optInOf, selectsRule } from './opt-in.ts';
import type { ManagedView } from './standing.ts';
import type { DesiredRoute, Route, RouteTable } from './types.ts';

/** A managed view that wants a destination in a table. */
export interface Claim {
  readonly cidr: Cidr;
  readonly managed: ManagedView;
  readonly route: DesiredRoute;
}

/** A claim that another peering won. */
export interface LostClaim extends Claim {
  readonly winner: DesiredRoute;
}

/** A claim that would take over traffic which the table sends elsewhere by a wider route. */
export interface HeldClaim extends Claim {
  readonly wider: { readonly destination: string; readonly targetId: string };
}

/** A table as it is, beside what the policy wants in it. */
export interface TableState {
  readonly table: RouteTable;
  readonly optIn: OptIn;
  /** Static routes by canonical destination; prefix lists and `local` included. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly propagated: readonly Route[];
  /** At most one per destination, sorted by destination. */
  readonly claims: readonly Claim[];
  readonly lost: readonly LostClaim[];
  /** Not among the claims. */
  readonly held: readonly HeldClaim[];
}

/** Propagated and advertised routes belong to a gateway: never ours, never drift. */
function isPropagated({ origin }: Route): boolean {
  return origin === 'EnableVgwRoutePropagation' || origin === 'Advertisement';
}

/**
 * Where several peerings want the same destination in one table, the one that has the route keeps it; else the lowest
 * peering id gets it. So the outcome hangs neither on the order of events nor on when a pass runs.
 *
 * @param managedViews the managed views of the table's VPC, by peering id.
 * @param cidrOf parses a destination; undefined for a prefix list.
 */
export function tableState(
  table: RouteTable,
  tagPrefix: string,
  managedViews: readonly ManagedView[],
  cidrOf: (destination: string) => Cidr | undefined,
): TableState {
  const optIn = optInOf(table, tagPrefix);
  const routes = new Map<string, Route>();
  const propagated: Route[] = [];
  for (const route of table.routes) {
    if (isPropagated(route)) {
      propagated.push(route);
    } else {
      routes.set(cidrOf(route.destination)?.text ?? route.destination, route);
    }
  }

  const claims = new Map<string, Claim>();
  const rivals = new Map<string, Claim[]>();
  for (const managed of isOptedIn(optIn) ? managedViews : []) {
    if (!selectsRule(optIn, managed.rule.name)) {
      continue;
    }
    for (const [destination, cidr] of managed.wanted) {
      const claim: Claim = {
        cidr,
        managed,
        route: {
          region: table.region,
          routeTableId: table.routeTableId,
          destination,
          peeringId: managed.view.peering.peeringId,
          rule: managed.rule.name,
        },
      };
      const first = claims.get(destination);
      if (first === undefined) {
        claims.set(destination, claim);
        continue;
      }
      const others = rivals.get(destination);
      if (others) {
        others.push(claim);
      } else {
        rivals.set(destination, [first, claim]);
      }
    }
  }

  const lost: LostClaim[] = [];
  for (const [destination, all] of rivals) {
    const holder = routes.get(destination)?.target.id;
    const winner = all.find(({ route }) => route.peeringId === holder) ?? all[0];
    if (winner === undefined) {
      continue;
    }
    claims.set(destination, winner);
    for (const claim of all) {
      if (claim !== winner) {
        lost.push({ ...claim, winner: winner.route });
      }
    }
  }
  return {
    table,
    optIn,
    routes,
    propagated,
    claims: [...claims.values()].sort((a, b) => compareCidrs(a.cidr, b.cidr)),
    lost,
    held: [],
  };
}
