import type { NetworkMemory, NetworkState, NotJudged } from '../assessment/types.ts';
import { classifyAwsError, deniedReads } from '../model/aws-error.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { Policy } from '../policy/schema.ts';
import type { AddressPlanLookup } from '../ports/address-plan.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { OrganizationLookup } from '../ports/organization.ts';
import { type AddressPlanOfPass, readAddressPlan } from './address-plan.ts';
import { countUnreadLists, countUnreadSubnets } from './count-unread.ts';
import { type OrganizationOfPass, readOrganization } from './organization.ts';
import { readInventory } from './read-inventory.ts';

/** What every pass reads with. */
export interface ReadDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly reader: NetworkReader;
  readonly memory: Pick<Memory, 'read'>;
  /** Left out: nothing of the organization can be read. */
  readonly organization?: OrganizationLookup;
  /** Left out: nothing of the address plan can be read. */
  readonly addressPlan?: AddressPlanLookup;
  readonly journal: Pick<Journal, 'error' | 'metric'>;
}

/** One Region as it was read, with what is remembered of it. */
export interface ReadRegion {
  readonly inventory: RegionInventory;
  readonly remembered: RegionMemory;
}

/** Everything that one assessment needs, with what could not be read. */
export interface ReadState {
  readonly state: NetworkState;
  readonly memory: NetworkMemory;
  readonly organization: OrganizationOfPass;
  readonly addressPlan: AddressPlanOfPass;
}

export async function readRegion(
  { accountId, policy, reader, memory }: Pick<ReadDependencies, 'accountId' | 'policy' | 'reader' | 'memory'>,
  scope: { readonly region: string; readonly vpcIds?: readonly string[] },
): Promise<ReadRegion> {
  const [inventory, remembered] = await Promise.all([
    readInventory(reader, { accountId, ...scope }, policy),
    memory.read(scope.region),
  ]);
  return { inventory, remembered };
}

function deniedOf(failures: ReadonlyMap<string, unknown>): Pick<NetworkState, 'denied'> {
  const denied = [...failures].flatMap(([region, error]) => {
    const reads = deniedReads(error);
    return reads === undefined ? [] : [[region, reads] as const];
  });
  return denied.length === 0 ? {} : { denied: new Map(denied) };
}

/** @param failures Regions that could not be read, with the error. */
export async function stateOf(
  dependencies: Omit<ReadDependencies, 'reader' | 'memory'>,
  regions: readonly ReadRegion[],
  failures: ReadonlyMap<string, unknown> = new Map(),
): Promise<ReadState> {
  const { accountId, managedRegions } = dependencies;
  const inventories = regions.map(({ inventory }) => inventory);
  countUnreadLists(inventories, dependencies);
  countUnreadSubnets(inventories, dependencies);
  const memory = new Map(regions.map(({ inventory, remembered }) => [inventory.region, remembered]));
  const [organization, addressPlan] = await Promise.all([
    readOrganization(inventories, dependencies),
    readAddressPlan(inventories, memory, dependencies),
  ]);
  return {
    state: {
      accountId,
      managedRegions,
      regions: inventories,
      organization: organization.facts,
      ...(addressPlan.plan === undefined ? {} : { addressPlan: addressPlan.plan }),
      ...deniedOf(failures),
      unread: [...failures].map(
        ([region, error]): NotJudged => ({
          region,
          resource: region,
          reason: `${region} could not be read: ${classifyAwsError(error).message}`,
        }),
      ),
    },
    memory,
    organization,
    addressPlan,
  };
}

/** Reads Regions side by side. One that cannot be read does not stop the others. */
export async function readRegions(
  dependencies: Pick<ReadDependencies, 'accountId' | 'policy' | 'reader' | 'memory'>,
  scopes: readonly { readonly region: string; readonly vpcIds?: readonly string[] }[],
): Promise<{ readonly regions: readonly ReadRegion[]; readonly failures: ReadonlyMap<string, unknown> }> {
  const regions: ReadRegion[] = [];
  const failures = new Map<string, unknown>();
  await Promise.all(
    scopes.map(async (scope) => {
      try {
        regions.push(await readRegion(dependencies, scope));
      } catch (error) {
        failures.set(scope.region, error);
      }
    }),
  );
  regions.sort((a, b) => (a.inventory.region < b.inventory.region ? -1 : 1));
  return { regions, failures };
}
