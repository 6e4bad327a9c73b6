import type { RegionInventory } from '../lib/model/inventory.ts';
import type { RegionMemory } from '../lib/model/memory.ts';
import { readInventory } from '../lib/passes/read-inventory.ts';
import type { Scope, Source } from './source/types.ts';
import type { Invocation } from './verb.ts';

/** One account in one Region as it was read. */
export interface ReadScope {
  readonly scope: Scope;
  readonly inventory: RegionInventory;
  readonly memory: RegionMemory;
}

/** Reads everything that is judged, all accounts and Regions side by side. */
export async function readScopes(
  { scopes }: Pick<Source, 'scopes'>,
  { progress }: Pick<Invocation, 'progress'>,
): Promise<ReadScope[]> {
  progress.doing(`Reading ${[...new Set(scopes.map(({ region }) => region))].join(', ')}`);
  return Promise.all(
    scopes.map(async (scope): Promise<ReadScope> => {
      const { accountId, region, reader } = scope;
      const [inventory, memory] = await Promise.all([
        readInventory(reader, { accountId, region }),
        scope.readMemory(),
      ]);
      return { scope, inventory, memory };
    }),
  );
}
