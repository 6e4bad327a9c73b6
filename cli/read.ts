import type { RegionInventory } from '../lib/model/inventory.ts';
import type { RegionMemory } from '../lib/model/memory.ts';
import { readInventory } from '../lib/passes/read-inventory.ts';
import { runLimited } from '../lib/ports/run-limited.ts';
import type { Policies } from './policy.ts';
import type { Scope, Source } from './source/types.ts';
import type { Invocation } from './verb.ts';

/** One account in one Region as it was read. */
export interface ReadScope {
  readonly scope: Scope;
  readonly inventory: RegionInventory;
  readonly memory: RegionMemory;
}

/** Scopes that are read at a time: EC2's limits are each account's own, what is open at once is not. */
const SCOPES_AT_ONCE = 32;

/** What can be read of each scope, in their order, as many side by side as is good for one machine. */
export async function readEach<Result extends object>(
  { scopes, leaveOut }: Pick<Source, 'scopes' | 'leaveOut'>,
  read: (scope: Scope) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<Scope, Result>();
  await runLimited(scopes, SCOPES_AT_ONCE, async (scope) => {
    try {
      results.set(scope, await read(scope));
    } catch (error) {
      if (leaveOut === undefined) {
        throw error;
      }
      leaveOut(scope, error);
    }
  });
  return scopes.flatMap((scope) => results.get(scope) ?? []);
}

/** Reads everything that is judged, all accounts and Regions side by side. */
export async function readScopes(
  source: Pick<Source, 'scopes' | 'leaveOut'>,
  policies: Pick<Policies, 'of'>,
  { progress }: Pick<Invocation, 'progress'>,
): Promise<ReadScope[]> {
  progress.doing(`Reading ${[...new Set(source.scopes.map(({ region }) => region))].join(', ')}`);
  return readEach(source, async (scope): Promise<ReadScope> => {
    const { accountId, region, reader } = scope;
    const [inventory, memory] = await Promise.all([
      readInventory(reader, { accountId, region }, policies.of(accountId)),
      scope.readMemory(),
    ]);
    return { scope, inventory, memory };
  });
}
