import type { OptIn } from '../model/opt-in.ts';
import { printable } from '../model/printable.ts';
import type { RouteTable } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';

/** What is wrong with the tag by which a table opts in. */
export function optInWarnings(
  table: RouteTable,
  optIn: OptIn,
  { tagPrefix, ruleNames }: { readonly tagPrefix: string; readonly ruleNames: readonly string[] },
): string[] {
  const key = routesTagKey(tagPrefix);
  const where = `${table.routeTableId} in ${table.region}`;
  switch (optIn.kind) {
    case 'none':
      return table.tags[key] === undefined
        ? []
        : [
            `${where}: the tag ${key} is empty, so the table gets no routes. Set it to * or to names of rules.`,
          ];
    case 'gateway':
      return [
        `${where} is associated with ${optIn.gatewayId}; gateway route tables take no peering routes, so it is left alone. Remove its tag ${key}.`,
      ];
    case 'rules': {
      const unknown = [...optIn.rules]
        .filter((rule) => !ruleNames.includes(rule))
        .map((rule) => printable(rule, 64));
      return unknown.length === 0
        ? []
        : [`${where}: the tag ${key} names ${unknown.join(', ')}, but the policy has no such rule.`];
    }
    case 'all':
      return [];
  }
}
