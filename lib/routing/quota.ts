import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, isPropagated, type RouteTable } from '../model/route-table.ts';
import type { AddressFamily } from '../network/cidr.ts';
import type { Policy } from '../policy/schema.ts';

/** One quota of which little is left. */
export interface QuotaWarning {
  readonly resource: string;
  readonly used: number;
  readonly quota: number;
  readonly sentence: string;
}

/**
 * Routes by family, as EC2 counts them against the quota: without propagated routes and the VPC's own, and a prefix
 * list with its maximum entries (VPC quotas, "Route tables"). The family of a list is that of its entries; where those are
 * not known it counts for both. Should EC2 count more, it answers RouteLimitExceeded, which is borne where routes are made.
 */
export function usedRoutes(
  { routes }: Pick<RouteTable, 'routes'>,
  prefixLists: ReadonlyMap<string, PrefixList>,
): Record<AddressFamily, number> {
  const used = { ipv4: 0, ipv6: 0 };
  for (const route of routes) {
    if (route.target.kind === 'local' || isPropagated(route)) {
      continue;
    }
    if (!isPrefixListId(route.destination)) {
      used[route.destination.includes(':') ? 'ipv6' : 'ipv4'] += 1;
      continue;
    }
    const list = prefixLists.get(route.destination);
    const entries = list?.maxEntries ?? list?.cidrs?.length ?? 1;
    const [first] = list?.cidrs ?? [];
    if (first === undefined || !first.includes(':')) used.ipv4 += entries;
    if (first === undefined || first.includes(':')) used.ipv6 += entries;
  }
  return used;
}

/** Route tables and VPCs that are closer to their quota than `guardrails.quotaHeadroom`. IPv4 and IPv6 are counted apart. */
export function quotaWarnings(
  tables: readonly RouteTable[],
  activePeerings: ReadonlyMap<string, number>,
  { guardrails }: Policy,
  prefixLists: ReadonlyMap<string, PrefixList>,
): QuotaWarning[] {
  const { quotaHeadroom } = guardrails;
  const warnings: QuotaWarning[] = [];
  const warnIfLow = (
    resource: string,
    what: string,
    used: number,
    setting: 'routesPerTable' | 'peeringsPerVpc',
  ) => {
    const quota = guardrails[setting];
    if (quota - used < quotaHeadroom) {
      const sentence = `${resource} has ${used} of ${quota} ${what}, fewer than ${quotaHeadroom} left. Have the quota raised, set guardrails.${setting} to it and deploy; or remove some.`;
      warnings.push({ resource, used, quota, sentence });
    }
  };
  for (const table of tables) {
    const used = usedRoutes(table, prefixLists);
    warnIfLow(table.routeTableId, 'IPv4 routes', used.ipv4, 'routesPerTable');
    warnIfLow(table.routeTableId, 'IPv6 routes', used.ipv6, 'routesPerTable');
  }
  for (const [vpcId, count] of [...activePeerings].sort(([a], [b]) => (a < b ? -1 : 1))) {
    warnIfLow(vpcId, 'active peerings', count, 'peeringsPerVpc');
  }
  return warnings;
}

/** A new route for which its table has no room. @param found what is there, and what a person can do. */
export function overLimit(
  { region, routeTableId, destination, peeringId, rule }: Change,
  found: string,
): Finding {
  const by = rule === undefined ? '' : ` (rule ${rule})`;
  return {
    kind: 'over-limit',
    region,
    routeTableId,
    destination,
    peeringId,
    ...(rule === undefined ? {} : { rule }),
    detail: `${routeTableId} in ${region} should route ${destination} to ${peeringId}${by}, but ${found}`,
    repairable: false,
  };
}
