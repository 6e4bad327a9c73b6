import type { RegionInventory } from '../model/inventory.ts';
import { isOptedIn, optInOf } from '../model/opt-in.ts';
import { unreadListRoutes } from '../routing/list-blocks.ts';
import { NO_PREFIX_LISTS } from '../routing/plan.ts';
import type { NotJudged } from './types.ts';

/** What of one Region could not be judged beside what its plan says: items that EC2 gave and nobody could read, for one. */
export function notJudgedIn(inventory: RegionInventory, tagPrefix: string): NotJudged[] {
  const { region, skipped = [], peerings } = inventory;
  return [
    ...skipped.map((reason): NotJudged => ({ region, resource: region, reason })),
    ...peerings
      .filter(({ status }) => status === 'unknown')
      .map(
        ({ peeringId, statusMessage }): NotJudged => ({
          region,
          resource: peeringId,
          reason: `${peeringId} has a status that this version does not know (${statusMessage}), so nothing is said about its routes.`,
        }),
      ),
    ...unreadLists(inventory, tagPrefix),
  ];
}

/** Lists whose entries may take a part of a desired destination elsewhere. */
function unreadLists(
  { region, tables, prefixLists = NO_PREFIX_LISTS }: RegionInventory,
  tagPrefix: string,
): NotJudged[] {
  const unread = new Map<string, NotJudged>();
  for (const table of tables) {
    if (!isOptedIn(optInOf(table, tagPrefix))) {
      continue;
    }
    for (const { prefixListId, targetId, targetKind, problem } of unreadListRoutes(table, prefixLists)) {
      // Those to peerings are told with what stands for their peering.
      if (targetKind === 'peering') continue;
      unread.set(`${table.routeTableId} ${prefixListId} ${targetId}`, {
        region,
        resource: prefixListId,
        reason: `${table.routeTableId} routes prefix list ${prefixListId} to ${targetId}; whether that takes part of a peering's addresses away is not known: ${problem}.`,
      });
    }
  }
  return [...unread].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}
