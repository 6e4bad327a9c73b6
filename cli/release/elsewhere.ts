import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { CliError } from '../errors.ts';
import { type DeployedStack, findStack } from '../stack.ts';
import type { AskedStack } from './asked.ts';

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
