import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import type { OptIn } from '../model/opt-in.ts';
import { type RouteTable, servesSubnets, tablesByVpc } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { routesTagSlips } from '../policy/tag-slips.ts';

/** What is wrong with the tags by which a table opts in, or was meant to. */
export function optInWarnings(
  table: RouteTable,
  optIn: OptIn,
  { tagPrefix, ruleNames }: { readonly tagPrefix: string; readonly ruleNames: readonly string[] },
): string[] {
  const place = `${table.routeTableId} in ${table.region}`;
  const hasTag = (table.tags[routesTagKey(tagPrefix)] ?? '').trim() !== '';
  if (optIn.kind === 'gateway' && hasTag) {
    return [
      `${place} is associated with ${optIn.gatewayId}; gateway route tables take no peering routes, so it is left alone. Remove its tag ${routesTagKey(tagPrefix)}.`,
    ];
  }
  return optInSlips(table, { tagPrefix, ruleNames });
}

/** Of a main table that no subnet uses: how many subnets its VPC has, all with another table. Undefined: not so, or not known. */
export type UnusedMain = (table: RouteTable) => number | undefined;

/**
 * Subnets without an association use the main table, and a plan reads no subnets, so that of most main tables nobody knows whether one
 * does. It is known where the subnets were read for a rule that routes them, and the VPC is of this account.
 */
export function createUnusedMain({
  tables,
  peerSubnets,
}: Pick<RegionInventory, 'tables' | 'peerSubnets'>): UnusedMain {
  if (peerSubnets === undefined) {
    return () => undefined;
  }
  const byVpc = lazy(() => tablesByVpc(tables));
  return ({ vpcId, associations }) => {
    const known = peerSubnets.get(vpcId);
    const isOnlyMain =
      associations.some(({ main }) => main) && associations.every(({ subnetId }) => subnetId === undefined);
    if (!isOnlyMain || known?.seen !== 'all' || known.subnets.length === 0) {
      return undefined;
    }
    const associated = new Set(
      (byVpc().get(vpcId) ?? []).flatMap((table) => table.associations.map(({ subnetId }) => subnetId)),
    );
    return known.subnets.every(({ subnetId }) => associated.has(subnetId)) ? known.subnets.length : undefined;
  };
}

/** That routes of a table carry nothing, as no subnet uses it. */
export function unusedTableWarnings(
  table: RouteTable,
  {
    tagPrefix,
    unusedMain = () => undefined,
  }: { readonly tagPrefix: string; readonly unusedMain?: UnusedMain },
): string[] {
  const { routeTableId, region, vpcId } = table;
  const subnets = unusedMain(table);
  if (subnets !== undefined) {
    const others = subnets === 1 ? 'its one subnet is' : `each of its ${subnets} subnets is`;
    return [
      `${routeTableId} in ${region} asks for routes by its tag ${routesTagKey(tagPrefix)}, and is the main table of ${vpcId}, but ${others} associated with another table, so its routes carry nothing. Tag the tables that they use.`,
    ];
  }
  return servesSubnets(table)
    ? []
    : [
        `${routeTableId} in ${region} asks for routes by its tag ${routesTagKey(tagPrefix)}, but no subnet is associated with it, and it is not the main table of ${vpcId}, so its routes carry nothing. Tag the table that the subnets use; those that are associated with this one instead have its routes alone.`,
      ];
}

/** Tags of a table that are nearly the right one, a sentence each. */
export function optInSlips(
  { tags, routeTableId, region }: RouteTable,
  { tagPrefix, ruleNames }: { readonly tagPrefix: string; readonly ruleNames: readonly string[] },
): string[] {
  const place = `${routeTableId} in ${region}`;
  return routesTagSlips(tags, { tagPrefix, place, ruleNames }).map(({ sentence }) => sentence);
}
