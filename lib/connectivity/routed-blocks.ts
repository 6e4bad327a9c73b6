import type { DesiredRoute } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { Instance } from '../model/network.ts';
import { isPrefixListId, type RouteTable } from '../model/route-table.ts';
import { type Address, inCidr, parseCidr } from '../network/cidr.ts';

/** What the tables of sources route to peerings, or should. */
export interface RoutedBlocks {
  /** The table of an instance's subnet, else the VPC's main table; undefined if it was not read. */
  tableOf(source: Instance): string | undefined;
  isRouted(source: Instance, target: Address, peeringId: string): boolean;
}

interface Block {
  readonly routeTableId: string;
  readonly peeringId: string;
  readonly destination: string;
}

/** The blocks that routes to peerings name themselves; prefix lists are left out. */
function blocksIn({ routeTableId, routes }: RouteTable): Block[] {
  return routes
    .filter(({ destination, target }) => target.kind === 'peering' && !isPrefixListId(destination))
    .map(({ destination, target }) => ({ routeTableId, peeringId: target.id, destination }));
}

export function createRoutedBlocks(
  routeTables: readonly RouteTable[],
  expectedRoutes: readonly DesiredRoute[] = [],
): RoutedBlocks {
  const bySubnet = new Map<string, string>();
  const mainOf = new Map<string, string>();
  for (const { routeTableId, vpcId, associations } of routeTables) {
    for (const { main, subnetId } of associations) {
      if (subnetId !== undefined) {
        bySubnet.set(subnetId, routeTableId);
      } else if (main) {
        mainOf.set(vpcId, routeTableId);
      }
    }
  }
  const all = [...routeTables.flatMap(blocksIn), ...expectedRoutes].map(
    ({ routeTableId, peeringId, destination }) => ({
      key: `${routeTableId} ${peeringId}`,
      cidr: parseCidr(destination),
    }),
  );
  const blocks = groupBy(all, ({ key }) => [key]);
  const tableOf = ({ subnetId, vpcId }: Instance) => bySubnet.get(subnetId) ?? mainOf.get(vpcId);
  return {
    tableOf,
    isRouted(source, target, peeringId) {
      const table = tableOf(source);
      const found = table === undefined ? undefined : blocks.get(`${table} ${peeringId}`);
      return found?.some(({ cidr }) => inCidr(cidr, target)) === true;
    },
  };
}
