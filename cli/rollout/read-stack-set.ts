import { shown } from '../output.ts';
import type { RolloutOrRemoval } from './arguments.ts';
import { settled, type WaitOptions } from './operations.ts';
import type { StackSetState } from './plan.ts';
import type { StackSets } from './stack-sets.ts';

/**
 * The StackSet, and what a person should know of it. Before something is changed, what is under way is awaited: for instance what
 * a run began that Ctrl-C ended. It is asked for before the StackSet is read: what ends in between would otherwise be shown as
 * it was half done.
 */
export async function readStackSet(
  stackSets: Pick<StackSets, 'read' | 'underWay' | 'operation' | 'results'>,
  mode: RolloutOrRemoval['mode'],
  wait: WaitOptions,
): Promise<{ readonly state: StackSetState | undefined; readonly remarks: readonly string[] }> {
  if (mode === 'apply') {
    await settled(stackSets, wait);
    return { state: await stackSets.read(), remarks: [] };
  }
  const [operation] = await stackSets.underWay();
  return {
    state: await stackSets.read(),
    remarks:
      operation === undefined
        ? []
        : [
            `an operation (${shown(operation.action, 40)}) is under way, and what is shown may be other once it has ended; --apply waits for it.`,
          ],
  };
}
