import type { ConnectState } from '../connect/selected.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { Vpc } from '../model/peering.ts';
import type { ConnectDependencies } from './connect-dependencies.ts';
import { type Failure, failureOf } from './failure.ts';

/** All that has to be known to say which peerings are missing, and what of it could not be read. */
export interface ReadConnections {
  readonly state: ConnectState;
  readonly memory: ReadonlyMap<string, RegionMemory>;
  readonly failures: readonly (Failure & { readonly region: string; readonly accountId: string })[];
}

async function readOwn(
  { accountId, reader, memory }: ConnectDependencies,
  region: string,
): Promise<{ readonly inventory: RegionInventory; readonly remembered: RegionMemory }> {
  const skipped: string[] = [];
  const onSkipped = (problem: string) => skipped.push(problem);
  const [peerings, vpcs, remembered] = await Promise.all([
    reader.readPeerings(region, {}, onSkipped),
    reader.readVpcs(region, undefined, onSkipped),
    memory.read(region),
  ]);
  return {
    inventory: {
      accountId,
      region,
      peerings,
      vpcs: new Map(vpcs.map((vpc): [string, Vpc] => [vpc.vpcId, vpc])),
      // Which tables there are makes no difference to which VPCs are to be peered.
      tables: [],
      ...(skipped.length === 0 ? {} : { skipped: skipped.sort() }),
    },
    remembered,
  };
}

/** Other accounts in which the policy looks for spokes. */
function spokeAccounts({ connect = [] }: ConnectDependencies['policy'], own: string): readonly string[] {
  const named = connect.flatMap(({ spokes }) => spokes.accounts);
  return [...new Set(named)].filter((account) => account !== 'self' && account !== own).sort();
}

/** An account that does not let this one look is left out: nothing is concluded about its VPCs. */
async function readSpokes(
  { accountId, policy, managedRegions, spokes, journal }: ConnectDependencies,
  failures: ReadConnections['failures'][number][],
): Promise<RegionInventory[]> {
  const accounts = spokes === undefined ? [] : spokeAccounts(policy, accountId);
  const read = await Promise.all(
    accounts.flatMap((account) =>
      managedRegions.map(async (region): Promise<RegionInventory[]> => {
        try {
          const vpcs = (await spokes?.readVpcs(account, region)) ?? [];
          const byId = new Map(vpcs.map((vpc): [string, Vpc] => [vpc.vpcId, vpc]));
          return [{ accountId: account, region, peerings: [], vpcs: byId, tables: [] }];
        } catch (error) {
          const failure = failureOf(error);
          journal.error('spokes not read', { accountId: account, region, reason: failure.reason });
          failures.push({ ...failure, region, accountId: account });
          return [];
        }
      }),
    ),
  );
  return read.flat();
}

/** Every managed Region of this account, and the spokes' accounts, side by side. What cannot be read does not stop the rest. */
export async function readConnections(dependencies: ConnectDependencies): Promise<ReadConnections> {
  const { accountId, managedRegions, journal } = dependencies;
  const failures: ReadConnections['failures'][number][] = [];
  const regions: RegionInventory[] = [];
  const memory = new Map<string, RegionMemory>();
  const own = managedRegions.map(async (region) => {
    try {
      const { inventory, remembered } = await readOwn(dependencies, region);
      regions.push(inventory);
      memory.set(region, remembered);
    } catch (error) {
      journal.error('Region not read', { region, reason: classifyAwsError(error).message });
      failures.push({ ...failureOf(error), region, accountId });
    }
  });
  const [others] = await Promise.all([readSpokes(dependencies, failures), ...own]);
  regions.sort((a, b) => (a.region < b.region ? -1 : 1));
  return { state: { accountId, managedRegions, regions, others }, memory, failures };
}
