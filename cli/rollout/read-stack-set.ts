import { shown } from '../output.ts';
import type { RolloutOrRemoval } from './arguments.ts';
import { settled, type WaitOptions } from './operations.ts';
import type { StackSetState } from './plan.ts';
import type { StackSets } from './stack-sets.ts';

/**
 * The StackSet, and what a person should know of it. Before something is changed, what is under way is awaited: for instance what
 * a run began that Ctrl-C ended.
 */
export async function readStackSet(
  stackSets: Pick<StackSets, 'read' | 'underWay' | 'operation' | 'results'>,
  mode: RolloutOrRemoval['mode'],
  wait: WaitOptions,
): Promise<{ readonly state: StackSetState | undefined; readonly remarks: readonly string[] }> {
  const state = await stackSets.read();
  if (state === undefined) {
    return { state, remarks: [] };
  }
  if (mode === 'apply') {
    return { state: (await settled(stackSets, wait)) ? await stackSets.read() : state, remarks: [] };
  }
  const [operation] = await stackSets.underWay();
  return {
    state,
    remarks:
      operation === undefined
        ? []
        : [
            `an operation (${shown(operation.action, 40)}) is under way, and what is shown may be other once it has ended; --apply waits for it.`,
          ],
  };
}
