import type { RegionInventory } from '../model/inventory.ts';
import { isOptedIn, optInOf } from '../model/opt-in.ts';
import { isPrefixListId } from '../model/route-table.ts';
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
function unreadLists({ region, tables, prefixLists }: RegionInventory, tagPrefix: string): NotJudged[] {
  const unread = new Map<string, NotJudged>();
  for (const table of tables) {
    if (!isOptedIn(optInOf(table, tagPrefix))) {
      continue;
    }
    for (const { destination, target } of table.routes) {
      const list = prefixLists?.get(destination);
      const known =
        list?.cidrs !== undefined ||
        list?.owner === 'aws' ||
        target.kind === 'vpc-endpoint' ||
        target.kind === 'peering';
      if (isPrefixListId(destination) && !known) {
        unread.set(`${table.routeTableId} ${destination} ${target.id}`, {
          region,
          resource: destination,
          reason: `${table.routeTableId} routes prefix list ${destination} to ${target.id}; whether that takes part of a peering's addresses away is not known: ${list?.problem ?? 'its entries were not read'}.`,
        });
      }
    }
  }
  return [...unread].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}
