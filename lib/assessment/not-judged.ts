import type { RegionInventory } from '../model/inventory.ts';
import { isOptedIn, optInOf } from '../model/opt-in.ts';
import { DEAD_STATUSES, type PeeringStatus } from '../model/peering.ts';
import { unreadListRoutes } from '../routing/list-blocks.ts';
import { NO_PREFIX_LISTS } from '../routing/plan.ts';
import type { NetworkState, NotJudged } from './types.ts';

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

/** Whether the side of a peering is among what was read of a Region, which may be some of its VPCs alone. */
function hasRead({ vpcs, tables }: RegionInventory, vpcId: string): boolean {
  return vpcs.has(vpcId) || tables.some((table) => table.vpcId === vpcId);
}

/** What a Region says of a peering that another one shows as live; undefined where both agree. */
function contradiction(status: PeeringStatus | undefined): string | undefined {
  if (status === undefined) {
    return 'does not list it';
  }
  return DEAD_STATUSES.has(status) ? `says that it is ${status}` : undefined;
}

/**
 * Live peerings between two own Regions of which these do not say the same: of what one of them alone lists nobody knows whether
 * it carries traffic. For a moment that is so after each deletion.
 */
export function contradictingRegions({
  accountId,
  regions,
}: Pick<NetworkState, 'accountId' | 'regions'>): NotJudged[] {
  if (regions.length < 2) {
    return [];
  }
  const statuses = new Map(
    regions.map((inventory) => [
      inventory.region,
      {
        inventory,
        statusOf: new Map(inventory.peerings.map(({ peeringId, status }) => [peeringId, status])),
      },
    ]),
  );
  return regions.flatMap(({ region, peerings }) =>
    peerings.flatMap(({ peeringId, status, requester, accepter }): NotJudged[] => {
      const [side, other] = requester.region === region ? [requester, accepter] : [accepter, requester];
      const there = statuses.get(other.region);
      if (
        (status !== 'active' && status !== 'provisioning') ||
        side.accountId !== accountId ||
        other.accountId !== accountId ||
        other.region === region ||
        there === undefined
      ) {
        return [];
      }
      const says = contradiction(there.statusOf.get(peeringId));
      return says === undefined || !hasRead(there.inventory, other.vpcId)
        ? []
        : [
            {
              region,
              resource: peeringId,
              reason: `${peeringId} is ${status} in ${region}, but EC2 in ${other.region}, where its other side ${other.vpcId} is, ${says}: whether it carries traffic is not known. Look again in a few minutes; if that stays so, one of the two answers is wrong.`,
            },
          ];
    }),
  );
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
