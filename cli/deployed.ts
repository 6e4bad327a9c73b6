import { CliError } from './errors.ts';
import { homeRegionOf } from './home-region.ts';
import { policiesOf } from './policy.ts';
import { defaultRegion } from './source/live.ts';
import { type DeployedStack, findStack } from './stack.ts';
import type { Invocation } from './verb.ts';

/** The Regions that are asked for, or those of the policy, or the one of the AWS settings. */
export async function regionsOf(invocation: Invocation): Promise<string[]> {
  const { region = [] } = invocation.options;
  const managed = policiesOf(invocation).all.flatMap(({ regions }) => regions);
  if (region.length > 0) {
    return [...new Set(region)].sort();
  }
  return managed.length > 0 ? [...new Set(managed)].sort() : [await defaultRegion()];
}

/**
 * The stack, which is at home in one Region, and that need not be among those that are asked for.
 *
 * @param why it takes a stack, as the end of a sentence.
 * @throws CliError without one.
 */
export async function stackOf(invocation: Invocation, why: string): Promise<DeployedStack> {
  const regions = await regionsOf(invocation);
  const home = await homeRegionOf(invocation).catch(() => regions[0] ?? '');
  const stack = await findStack([home, ...regions], invocation.options.stage);
  if (stack === undefined) {
    throw new CliError(
      `No stack was found, and ${why}. Deploy it (peering deploy), or name its --stage or --region.`,
    );
  }
  return stack;
}
