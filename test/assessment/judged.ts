import { assess } from '../../lib/assessment/assess.ts';
import type { Assessment } from '../../lib/assessment/types.ts';
import { peeringFrom, routeTableFrom, vpcFrom } from '../../lib/aws/mapping.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import { NO_MEMORY, NOTHING_REMEMBERED, type OwnRoute, type RegionMemory } from '../../lib/model/memory.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import { type Policy, policySchema } from '../../lib/policy/schema.ts';
import type { OwnRoute as OwnRouteOfTable } from '../existing/invariants.ts';
import { type Network, placesOf, type RegionFiles } from '../existing/shapes.ts';

/** Networks as AWS describes them, judged by the product: the bridge between test/existing and the code under test. */

const NOW = new Date('2026-11-28T12:00:00.000Z');

function prefixListsOf({ ManagedPrefixLists, PrefixListEntries, RouteTables }: RegionFiles) {
  const lists = new Map<string, PrefixList>();
  for (const { PrefixListId, PrefixListName, MaxEntries, OwnerId } of ManagedPrefixLists) {
    const owner = OwnerId === 'AWS' ? 'aws' : 'customer';
    const entries = PrefixListEntries[PrefixListId];
    lists.set(PrefixListId, {
      prefixListId: PrefixListId,
      name: PrefixListName,
      owner,
      ...(MaxEntries === undefined ? {} : { maxEntries: MaxEntries }),
      ...(entries === undefined
        ? { problem: 'its entries could not be read' }
        : { cidrs: entries.map(({ Cidr }) => Cidr) }),
    });
  }
  for (const { DestinationPrefixListId: id } of RouteTables.flatMap(({ Routes }) => Routes)) {
    if (id !== undefined && !lists.has(id)) {
      lists.set(id, { prefixListId: id, name: id, owner: 'unknown', problem: 'EC2 does not show it' });
    }
  }
  return lists;
}

export function inventoryOf(accountId: string, region: string, files: RegionFiles): RegionInventory {
  const vpcs = files.Vpcs.map((vpc) => vpcFrom(vpc as Parameters<typeof vpcFrom>[0], region));
  return {
    accountId,
    region,
    peerings: files.VpcPeeringConnections.map(({ ExpirationTime, ...peering }) =>
      peeringFrom(
        {
          ...peering,
          ...(ExpirationTime === undefined ? {} : { ExpirationTime: new Date(ExpirationTime) }),
        } as Parameters<typeof peeringFrom>[0],
        region,
      ),
    ),
    vpcs: new Map(vpcs.filter((vpc) => vpc.accountId === accountId).map((vpc) => [vpc.vpcId, vpc])),
    tables: files.RouteTables.map((table) =>
      routeTableFrom(table as Parameters<typeof routeTableFrom>[0], region),
    ),
    prefixLists: prefixListsOf(files),
  };
}

/** A registry with these routes. A route that the policy never asked for is remembered for its first rule. */
function memoryOf(own: readonly OwnRouteOfTable[], policy: Policy): RegionMemory {
  const routes = new Map<string, Map<string, OwnRoute>>();
  for (const { routeTableId, destination, peeringId } of own) {
    const inTable = routes.get(routeTableId) ?? new Map<string, OwnRoute>();
    routes.set(routeTableId, inTable.set(destination, { peeringId, rule: policy.rules[0]?.name ?? 'none' }));
  }
  return { ...NOTHING_REMEMBERED, routes };
}

/** Every account of a network judged by the same policy. @param own left out: there is no registry. */
export function judge(
  network: Network,
  policyInput: unknown,
  own?: readonly OwnRouteOfTable[],
): { readonly policy: Policy; readonly assessments: readonly Assessment[] } {
  const policy = policySchema.parse(policyInput);
  const inventories = placesOf(network).map(({ account, region, files }) =>
    inventoryOf(account, region, files),
  );
  const memory = own === undefined ? NO_MEMORY : memoryOf(own, policy);
  const accounts = [...new Set(inventories.map(({ accountId }) => accountId))];
  return {
    policy,
    assessments: accounts.map((accountId) => {
      const regions = inventories.filter((each) => each.accountId === accountId);
      return assess(
        {
          accountId,
          managedRegions: policy.regions.length > 0 ? policy.regions : regions.map(({ region }) => region),
          regions,
          others: inventories.filter((each) => each.accountId !== accountId),
        },
        policy,
        new Map(regions.map(({ region }) => [region, memory])),
        NOW,
      );
    }),
  };
}
