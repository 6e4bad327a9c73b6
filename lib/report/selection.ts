import type { RegionInventory } from '../model/inventory.ts';
import { viewsOf } from '../model/views.ts';

/** Regions and local VPCs that somebody asked for; without any, everything. */
export interface Selected {
  readonly region?: readonly string[] | undefined;
  readonly vpc?: readonly string[] | undefined;
}

/** What is selected of an account. */
export interface Selection {
  /** About a place as a whole. */
  region(region: string): boolean;
  vpc(region: string, vpcId: string): boolean;
  /** By the route table that something is about, else by the account's sides of the peering, else by the Region alone. */
  about(item: {
    readonly region: string;
    readonly routeTableId?: string | undefined;
    readonly peeringId?: string | undefined;
  }): boolean;
}

function vpcsByTable(inventories: readonly RegionInventory[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    inventories.flatMap(({ tables }) =>
      tables.map(({ routeTableId, vpcId }) => [routeTableId, [vpcId]] as const),
    ),
  );
}

function vpcsByPeering(inventories: readonly RegionInventory[]): ReadonlyMap<string, readonly string[]> {
  const vpcs = new Map<string, string[]>();
  for (const inventory of inventories) {
    for (const { peering, local } of viewsOf(inventory, [inventory.region])) {
      const own = vpcs.get(peering.peeringId);
      if (own === undefined) vpcs.set(peering.peeringId, [local.vpcId]);
      else own.push(local.vpcId);
    }
  }
  return vpcs;
}

/** @param inventories of one account. */
export function selectionOf(
  { region: askedRegions = [], vpc: askedVpcs = [] }: Selected,
  inventories: readonly RegionInventory[],
): Selection {
  const regions = new Set(askedRegions);
  const vpcs = new Set(askedVpcs);
  const inRegion = (region: string) => regions.size === 0 || regions.has(region);
  if (vpcs.size === 0) {
    return { region: inRegion, vpc: inRegion, about: ({ region }) => inRegion(region) };
  }
  const byTable = vpcsByTable(inventories);
  const byPeering = vpcsByPeering(inventories);
  return {
    region: inRegion,
    vpc: (region, vpcId) => inRegion(region) && vpcs.has(vpcId),
    about({ region, routeTableId, peeringId }) {
      const own =
        (routeTableId === undefined ? undefined : byTable.get(routeTableId)) ??
        (peeringId === undefined ? undefined : byPeering.get(peeringId));
      return inRegion(region) && (own === undefined || own.some((vpcId) => vpcs.has(vpcId)));
    },
  };
}
