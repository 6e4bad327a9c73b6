import { stackOptionsOf } from './policy.ts';
import { defaultRegion } from './source/live.ts';
import type { Invocation } from './verb.ts';

/**
 * Where the stack is looked for first: the Region that `peering-stack.yml` names, or that of the AWS settings.
 *
 * @throws CliError when neither says one.
 */
export async function homeRegionOf(invocation: Pick<Invocation, 'options' | 'environment'>): Promise<string> {
  return stackOptionsOf(invocation).region ?? (await defaultRegion());
}
