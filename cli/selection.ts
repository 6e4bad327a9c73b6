import { viewsOf } from '../lib/model/views.ts';
import type { ReadScope } from './read.ts';
import type { Invocation } from './verb.ts';

/** What `--region` and `--vpc` select of an account. */
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

function vpcsByTable(scopes: readonly ReadScope[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    scopes.flatMap(({ inventory }) =>
      inventory.tables.map(({ routeTableId, vpcId }) => [routeTableId, [vpcId]] as const),
    ),
  );
}

function vpcsByPeering(scopes: readonly ReadScope[]): ReadonlyMap<string, readonly string[]> {
  const vpcs = new Map<string, string[]>();
  for (const { inventory } of scopes) {
    for (const { peering, local } of viewsOf(inventory, [inventory.region])) {
      const own = vpcs.get(peering.peeringId);
      if (own === undefined) vpcs.set(peering.peeringId, [local.vpcId]);
      else own.push(local.vpcId);
    }
  }
  return vpcs;
}

/** @param scopes of one account. */
export function selectionOf(
  { options }: Pick<Invocation, 'options'>,
  scopes: readonly ReadScope[],
): Selection {
  const regions = new Set(options.region ?? []);
  const vpcs = new Set(options.vpc ?? []);
  const inRegion = (region: string) => regions.size === 0 || regions.has(region);
  if (vpcs.size === 0) {
    return { region: inRegion, vpc: inRegion, about: ({ region }) => inRegion(region) };
  }
  const byTable = vpcsByTable(scopes);
  const byPeering = vpcsByPeering(scopes);
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
