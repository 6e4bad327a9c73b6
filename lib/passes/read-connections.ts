import { accountsToRead } from '../connect/spoke-accounts.ts';
import type { ConnectState } from '../connect/state.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { UnitAnswer, UnitAnswers } from '../model/organizational-unit.ts';
import type { Vpc } from '../model/peering.ts';
import { spokeUnitsOf } from '../policy/organization.ts';
import { runLimited } from '../ports/run-limited.ts';
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

/** A role is assumed in each, and STS and EC2 are asked of all of them by the same function. */
const ACCOUNTS_AT_ONCE = 8;

type Unread = ReadConnections['failures'][number];

/** What AWS Organizations says of the units that the policy names; where it names none, it is not asked. */
async function readUnits(
  { accountId, policy, units, journal }: ConnectDependencies,
  failures: Unread[],
): Promise<UnitAnswers> {
  const asked = spokeUnitsOf([policy]);
  const answers =
    units === undefined || asked.length === 0 ? new Map<string, UnitAnswer>() : await units.lookUp(asked);
  for (const [unit, answer] of answers) {
    if ('unread' in answer) {
      journal.error('organizational unit not read', { unit, reason: answer.unread.reason });
      failures.push({ ...answer.unread, region: '*', accountId });
    }
  }
  return answers;
}

/** An account that does not let this one look is left out: nothing is concluded about its VPCs. */
async function readSpokes(
  { accountId, policy, managedRegions, spokes, journal }: ConnectDependencies,
  units: UnitAnswers,
  failures: Unread[],
): Promise<RegionInventory[]> {
  const read: RegionInventory[] = [];
  const accounts = spokes === undefined ? [] : accountsToRead(policy, accountId, units);
  await runLimited(accounts, ACCOUNTS_AT_ONCE, async (account) => {
    for (const region of managedRegions) {
      try {
        const vpcs = (await spokes?.readVpcs(account, region)) ?? [];
        const byId = new Map(vpcs.map((vpc): [string, Vpc] => [vpc.vpcId, vpc]));
        read.push({ accountId: account, region, peerings: [], vpcs: byId, tables: [] });
      } catch (error) {
        const failure = failureOf(error);
        journal.error('spokes not read', { accountId: account, region, reason: failure.reason });
        failures.push({ ...failure, region, accountId: account });
      }
    }
  });
  return read;
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
  const spokes = readUnits(dependencies, failures).then(async (units) => ({
    units,
    others: await readSpokes(dependencies, units, failures),
  }));
  const [{ units, others }] = await Promise.all([spokes, ...own]);
  regions.sort((a, b) => (a.region < b.region ? -1 : 1));
  return { state: { accountId, managedRegions, regions, others, units }, memory, failures };
}
