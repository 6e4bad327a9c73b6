import type { OptIn } from '../model/opt-in.ts';
import { type RouteTable, servesSubnets } from '../model/route-table.ts';
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

/** That routes of a table carry nothing, as no subnet uses it. */
export function unusedTableWarnings(
  table: RouteTable,
  { tagPrefix }: { readonly tagPrefix: string },
): string[] {
  const { routeTableId, region, vpcId } = table;
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
