import type { RouteTable } from '../model/route-table.ts';
import type { Policy } from '../policy/schema.ts';

/** One quota of which little is left. */
export interface QuotaWarning {
  readonly resource: string;
  readonly used: number;
  readonly quota: number;
  readonly sentence: string;
}

/**
 * Route tables and VPCs that are closer to their quota than `guardrails.quotaHeadroom`. IPv4 and IPv6 routes are
 * counted apart, and neither propagated routes nor the VPC's own count (VPC quotas, "Route tables"). A prefix list,
 * whose family its route does not show, counts in both.
 */
export function quotaWarnings(
  tables: readonly RouteTable[],
  activePeerings: ReadonlyMap<string, number>,
  { guardrails }: Policy,
): QuotaWarning[] {
  const { routesPerTable, peeringsPerVpc, quotaHeadroom } = guardrails;
  const warnings: QuotaWarning[] = [];
  const check = (resource: string, what: string, used: number, quota: number) => {
    if (quota - used < quotaHeadroom) {
      const sentence = `${resource} has ${used} of ${quota} ${what}, fewer than ${quotaHeadroom} left. Have the quota raised, or remove some.`;
      warnings.push({ resource, used, quota, sentence });
    }
  };
  for (const { routeTableId, routes } of tables) {
    const counted = routes.filter(
      ({ origin, target }) =>
        origin !== 'EnableVgwRoutePropagation' && origin !== 'Advertisement' && target.kind !== 'local',
    );
    const lists = counted.filter(({ destination }) => destination.startsWith('pl-')).length;
    const ipv6 = counted.filter(({ destination }) => destination.includes(':')).length;
    check(routeTableId, 'IPv4 routes', counted.length - ipv6, routesPerTable);
    check(routeTableId, 'IPv6 routes', ipv6 + lists, routesPerTable);
  }
  for (const [vpcId, count] of [...activePeerings].sort(([a], [b]) => (a < b ? -1 : 1))) {
    check(vpcId, 'active peerings', count, peeringsPerVpc);
  }
  return warnings;
}
