import type { NotJudged } from '../../lib/assessment/types.ts';
import { createMemory } from '../../lib/aws/memory.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { NO_MEMORY, type RegionMemory } from '../../lib/model/memory.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import { findStack } from '../stack.ts';

/** The logical id of the stack's table. */
const REGISTRY = 'Registry';

export interface LiveMemory {
  /** `NO_MEMORY` without a stack, and where it cannot be read. Never throws. */
  read(region: string): Promise<RegionMemory>;
  /** The stack's own, where there is one. */
  store(): Promise<Memory | undefined>;
  /** Regions of which it could not be read. */
  unread(): readonly NotJudged[];
}

/**
 * What the deployed stack remembers. A person may not be allowed to read it: then everything else is still judged, and that
 * it was judged without it is said.
 *
 * @param regions where the stack may be, in order.
 */
export function createLiveMemory(
  regions: readonly string[],
  { mode, stage }: { readonly mode: 'enforce' | 'observe'; readonly stage: string | undefined },
): LiveMemory {
  const failed = new Map<string, NotJudged>();
  let opened: Promise<Memory | undefined> | undefined;

  async function open(): Promise<Memory | undefined> {
    const stack = await findStack(regions, stage);
    const table = stack?.resources.get(REGISTRY);
    return stack === undefined || table === undefined
      ? undefined
      : createMemory(table, stack.region, { mode });
  }

  function store(): Promise<Memory | undefined> {
    opened ??= open();
    return opened;
  }

  return {
    store,
    unread: () => [...failed.values()],
    async read(region) {
      try {
        return (await (await store())?.read(region)) ?? NO_MEMORY;
      } catch (error) {
        failed.set(region, {
          region,
          resource: region,
          reason: `What the stack remembers of ${region} could not be read, so no route there is known to be its own, and one that is missing counts as not made yet. ${classifyAwsError(error).message}`,
        });
        return NO_MEMORY;
      }
    },
  };
}
