import type { RegionInventory } from '../model/inventory.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import { optInOf, selectsRule } from '../model/opt-in.ts';
import type { Peering } from '../model/peering.ts';
import { subtract } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import type { Policy } from '../policy/schema.ts';
import type { NetworkMemory } from './types.ts';

/**
 * The destinations by which addresses of the VPC at the other end lead to a peering: of routes that are in some table of the
 * local VPC, and of own routes that should be. Of those, a table that names other rules now, a gateway's, and one that was handed
 * back lose theirs for good; one that merely lost its tag does not. All are gathered when one is first asked for.
 */
export function createRouted(
  { tables }: Pick<RegionInventory, 'tables'>,
  { routes: own }: Pick<RegionMemory, 'routes'>,
  { tagPrefix }: Pick<Policy, 'tagPrefix'>,
): (peeringId: string, vpcId: string) => readonly string[] {
  let known: Map<string, Set<string>> | undefined;
  const gather = () => {
    const byView = new Map<string, Set<string>>();
    const add = (peeringId: string, vpcId: string, destination: string) => {
      const key = `${peeringId} ${vpcId}`;
      byView.set(key, (byView.get(key) ?? new Set()).add(destination));
    };
    for (const table of tables) {
      const { routeTableId, vpcId, routes } = table;
      for (const { destination, target } of routes) {
        if (target.kind === 'peering') add(target.id, vpcId, destination);
      }
      const optIn = optInOf(table, tagPrefix);
      for (const [destination, { peeringId, rule }] of own.get(routeTableId) ?? []) {
        if (optIn.kind === 'none' || selectsRule(optIn, rule)) add(peeringId, vpcId, destination);
      }
    }
    return byView;
  };
  return (peeringId, vpcId) => {
    known ??= gather();
    return [...(known.get(`${peeringId} ${vpcId}`) ?? [])];
  };
}

function hasUnroutedRange(
  { requester, peeringId, accepter }: Peering,
  routedOf: ReturnType<typeof createRouted>,
): boolean {
  const routed = routedOf(peeringId, accepter.vpcId).flatMap((text) => readDestination(text) ?? []);
  return requester.cidrs.some((text) => {
    const block = readDestination(text);
    return block !== undefined && subtract(block, routed).length > 0;
  });
}

/**
 * Whether anything hangs on the address plan: a request that this account answers, or a range of a live peering that leads
 * nowhere yet. In a settled account nothing does, and IPAM is not asked.
 */
export function asksAddressPlan(
  inventories: readonly RegionInventory[],
  memory: NetworkMemory,
  policy: Policy,
): boolean {
  return (
    policy.guardrails.ipam !== undefined &&
    inventories.some((inventory) => {
      const { accountId, region, peerings } = inventory;
      const routedOf = createRouted(inventory, memory.get(region) ?? NO_MEMORY, policy);
      return peerings.some((peering) => {
        const { accepter, status } = peering;
        return (
          accepter.accountId === accountId &&
          accepter.region === region &&
          (status === 'pending-acceptance' ||
            ((status === 'active' || status === 'provisioning') && hasUnroutedRange(peering, routedOf)))
        );
      });
    })
  );
}
