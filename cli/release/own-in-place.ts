import type { OwnRoutes } from '../../lib/model/memory.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import { canonicalDestination } from '../../lib/network/destination.ts';

/** An own route that is in its table, and leads where it was written to. */
export interface OwnRouteInPlace {
  readonly region: string;
  readonly routeTableId: string;
  readonly destination: string;
  readonly peeringId: string;
}

/**
 * The own routes that are still there: what somebody turned elsewhere since, or took away, is not the product's any more. By
 * table and destination.
 */
export function ownRoutesInPlace(own: OwnRoutes, tables: readonly RouteTable[]): OwnRouteInPlace[] {
  return tables
    .flatMap(({ region, routeTableId, routes }) =>
      routes.flatMap(({ destination, target }): OwnRouteInPlace[] => {
        const written = own.get(routeTableId)?.get(canonicalDestination(destination));
        return written !== undefined && target.kind === 'peering' && target.id === written.peeringId
          ? [{ region, routeTableId, destination, peeringId: written.peeringId }]
          : [];
      }),
    )
    .sort(
      (a, b) => a.routeTableId.localeCompare(b.routeTableId) || a.destination.localeCompare(b.destination),
    );
}
