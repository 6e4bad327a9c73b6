import { CliError } from '../errors.ts';
import { findStack } from '../stack.ts';
import type { AskedStack } from './asked.ts';

/**
 * Two stacks of one stage would do everything twice: before a new one is made, it is looked for in the other managed Regions, and
 * under the name that a StackSet gives.
 *
 * @throws CliError where there is one.
 */
export async function refuseElsewhere({ place, stage, inputs }: AskedStack): Promise<void> {
  const found = await findStack([place.region, ...inputs.policy.regions], stage);
  if (found !== undefined) {
    throw new CliError(
      `There is a stack of this stage already: ${found.name} in ${found.region}. A second one would do everything twice. Deploy there (--region ${found.region}), or remove that one first.`,
    );
  }
}
