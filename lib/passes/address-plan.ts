import { asksAddressPlan } from '../assessment/routed.ts';
import type { NetworkMemory } from '../assessment/types.ts';
import type { AddressPlan, PlanReading, PoolAllocation, UnreadPart } from '../model/address-plan.ts';
import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Policy } from '../policy/schema.ts';
import type { AddressPlanLookup, AddressPlanReader, PlanPlace } from '../ports/address-plan.ts';
import type { Journal } from '../ports/journal.ts';
import { runLimited } from '../ports/run-limited.ts';
import { countPermanent } from './failure.ts';

/** Pools that are read at a time: their calls share EC2's bucket with all others of the account. */
const POOLS_AT_ONCE = 4;

async function reading<Item>(read: () => Promise<readonly Item[]>): Promise<PlanReading<Item>> {
  try {
    return { items: await read() };
  } catch (error) {
    const { kind, message } = classifyAwsError(error);
    return { unread: { reason: message, kind, retry: isRetryable({ kind }) } };
  }
}

/** Lets reads of the same thing that overlap share one. */
function shared<Item>(
  read: (place: PlanPlace) => Promise<readonly Item[]>,
): (place: PlanPlace) => Promise<PlanReading<Item>> {
  const underWay = new Map<string, Promise<PlanReading<Item>>>();
  return (place) => {
    const key = `${place.region} ${place.id}`;
    const running = underWay.get(key);
    if (running !== undefined) {
      return running;
    }
    const started = reading(() => read(place)).finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  };
}

/**
 * Keeps no answer: what was allocated a minute ago may be somebody else's now. Only accounts that are read at the same time share
 * one.
 */
export function createAddressPlanLookup(reader: AddressPlanReader): AddressPlanLookup {
  const readPool = shared((pool) => reader.readPool(pool));
  const readScope = shared((scope) => reader.readScope(scope));
  return {
    async lookUp({ pools, scope }): Promise<AddressPlan> {
      const byPool = new Map<string, PlanReading<PoolAllocation>>();
      const [ofScope] = await Promise.all([
        scope === undefined ? undefined : readScope(scope),
        runLimited(pools, POOLS_AT_ONCE, async (pool) => {
          byPool.set(pool.id, await readPool(pool));
        }),
      ]);
      return { pools: byPool, ...(ofScope === undefined ? {} : { scope: ofScope }) };
    },
  };
}

/** What of the address plan one pass decides with. */
export interface AddressPlanOfPass {
  /** Undefined: it was not asked, because nothing hangs on it or nothing can be asked. */
  readonly plan?: AddressPlan;
  /** By pool or scope. */
  readonly unread: ReadonlyMap<string, UnreadPart>;
  /** Of those that could not be read: what may succeed when tried again. */
  readonly retryable: readonly { readonly reason: string; readonly retry: true }[];
}

const NOTHING: AddressPlanOfPass = { unread: new Map(), retryable: [] };

function unreadOf({ pools, scope }: AddressPlan, scopeId: string): Map<string, UnreadPart> {
  const readings: [string, PlanReading<unknown>][] = [
    ...pools,
    ...(scope === undefined ? [] : [[scopeId, scope] as [string, PlanReading<unknown>]]),
  ];
  return new Map(
    readings.flatMap(([id, part]): [string, UnreadPart][] => ('unread' in part ? [[id, part.unread]] : [])),
  );
}

/**
 * Reads the address plan once, if the policy names one and something hangs on it. What cannot be read stays unknown, so that
 * decide holds; it is logged and counted.
 *
 * @param addressPlan left out: nothing can be read.
 */
export async function readAddressPlan(
  inventories: readonly RegionInventory[],
  memory: NetworkMemory,
  {
    policy,
    addressPlan,
    journal,
  }: {
    readonly policy: Policy;
    readonly addressPlan?: AddressPlanLookup;
    readonly journal: Pick<Journal, 'error' | 'metric'>;
  },
): Promise<AddressPlanOfPass> {
  const { ipam } = policy.guardrails;
  if (ipam === undefined || addressPlan === undefined || !asksAddressPlan(inventories, memory, policy)) {
    return NOTHING;
  }
  const plan = await addressPlan.lookUp(ipam);
  const unread = unreadOf(plan, ipam.scope?.id ?? '');
  for (const [resource, { reason, retry }] of unread) {
    journal.error('address plan not read', { resource, reason, retry });
  }
  countPermanent(journal, [...unread.values()]);
  return {
    plan,
    unread,
    retryable: [...unread.values()].flatMap(({ reason, retry }) => (retry ? [{ reason, retry }] : [])),
  };
}
