import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { type DeployedStack, findStack } from '../stack.ts';
import type { AskedStack } from './asked.ts';
import { readOtherStacks } from './other-stacks.ts';
import { type Clash, clashesOf } from './route-writing.ts';

/** Who may deploy one stack need not be allowed to look for others. */
export async function stackOfStage(
  regions: readonly string[],
  stage: string,
  note: (text: string) => void,
): Promise<DeployedStack | undefined> {
  try {
    return await findStack(regions, stage);
  } catch (error) {
    if (classifyAwsError(error).kind !== 'denied') {
      throw error;
    }
    note(
      `note: Whether there is a stack of this stage in ${regions.join(', ')} already could not be looked up: the caller may not call DescribeStackResources there.`,
    );
    return undefined;
  }
}

/**
 * Two stacks of one stage would do everything twice: before a new one is made, it is looked for in the other managed Regions, and
 * under the name that a StackSet gives.
 *
 * @throws CliError where there is one.
 */
export async function refuseElsewhere(
  { place, stage, inputs }: AskedStack,
  note: (text: string) => void,
): Promise<void> {
  const found = await stackOfStage([place.region, ...inputs.policy.regions], stage, note);
  if (found !== undefined) {
    throw new CliError(
      `There is a stack of this stage already: ${found.name} in ${found.region}. A second one would do everything twice. Deploy there (--region ${found.region}), or remove that one first.`,
    );
  }
}

/**
 * Stacks of other stages that write the same route tables, if this one is going to write any. Who may deploy one stack need not be
 * allowed to look for others: then it is said that nobody looked.
 */
export async function clashesBeside(
  { place, inputs: { policy } }: AskedStack,
  note: (text: string) => void,
): Promise<Clash[]> {
  if (policy.mode === 'observe') {
    return [];
  }
  const regions = policy.regions.length === 0 ? [place.region] : policy.regions;
  try {
    const others = await readOtherStacks(place, regions);
    const unknown = others.filter(({ writing }) => writing === 'unknown');
    for (const { name, region } of unknown) {
      note(
        `note: Whether the stack ${name} in ${region} writes the same route tables could not be looked up: the caller may not read its template.`,
      );
    }
    return clashesOf({ tagPrefix: policy.tagPrefix, regions }, others);
  } catch (error) {
    if (classifyAwsError(error).kind !== 'denied') {
      throw error;
    }
    note(
      `note: Whether another stack of this account writes the same route tables could not be looked up: ${shown(classifyAwsError(error).message, 400)} docs/permissions.md (Who deploys) has the policy for that; peering doctor looks, too.`,
    );
    return [];
  }
}
