import { createMemory } from '../lib/aws/memory.ts';
import { classifyAwsError } from '../lib/model/aws-error.ts';
import type { MemoryUpdate, RegionMemory } from '../lib/model/memory.ts';
import type { Memory } from '../lib/ports/memory.ts';
import { regionsOf, stackOf } from './deployed.ts';
import { CliError } from './errors.ts';
import { shown } from './output.ts';
import { callerAccount } from './source/live.ts';
import type { DeployedStack } from './stack.ts';
import type { Invocation } from './verb.ts';

/** The registry of the deployed stack, for what people order and look up without the network. */

export interface FoundRegistry {
  readonly stack: DeployedStack;
  readonly table: string;
  readonly regions: readonly string[];
}

/**
 * @param needed why it takes a stack, as the end of a sentence.
 * @throws CliError without a stack, and for one that is older than its registry.
 */
export async function findRegistry(invocation: Invocation, needed: string): Promise<FoundRegistry> {
  const regions = await regionsOf(invocation);
  const stack = await stackOf(invocation, needed);
  const table = stack.resources.get('Registry');
  if (table === undefined) {
    throw new CliError(
      `The stack ${stack.name} in ${stack.region} has no registry, and ${needed}. Deploy this version (peering deploy).`,
    );
  }
  return { stack, table, regions };
}

export interface Ordering {
  readonly regions: readonly string[];
  readonly memories: ReadonlyMap<string, RegionMemory>;
  /** The ARN of the caller, as STS gives it. */
  readonly by: string;
  /**
   * Remembers it in every Region; what is true of all is in the history of the first alone.
   *
   * @throws CliError that names the Regions in which it was not done.
   */
  remember(updates: readonly MemoryUpdate[], history: readonly MemoryUpdate[]): Promise<void>;
}

async function rememberAll(
  memory: Memory,
  regions: readonly string[],
  updatesOf: (region: string) => readonly MemoryUpdate[],
): Promise<void> {
  const failed: string[] = [];
  for (const region of regions) {
    try {
      await memory.update(region, updatesOf(region));
    } catch (error) {
      failed.push(`${region}: ${classifyAwsError(error).message}`);
    }
  }
  if (failed.length > 0) {
    throw new CliError(
      `It could not be written to the registry of the stack, so it does not hold in ${failed.length} of ${regions.length} Regions. ${shown(failed.join(' '), 1500)} docs/cli.md names the permissions.`,
    );
  }
}

/** Reads what is remembered of every Region. It fails where something cannot be read: nothing is ordered blindly. */
export async function openOrdering(invocation: Invocation, needed: string): Promise<Ordering> {
  const { stack, table, regions } = await findRegistry(invocation, needed);
  // What a person orders holds whatever mode the policy has.
  const memory = createMemory(table, stack.region, { mode: 'enforce' });
  const read = await Promise.all(regions.map(async (region) => [region, await memory.read(region)] as const));
  const { arn } = await callerAccount(stack.region);
  return {
    regions,
    memories: new Map(read),
    by: arn,
    remember: (updates, history) =>
      rememberAll(memory, regions, (region) => (region === regions[0] ? [...updates, ...history] : updates)),
  };
}
