import { assess } from '../../lib/assessment/assess.ts';
import type { NetworkState } from '../../lib/assessment/types.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import {
  type MemoryUpdate,
  NOTHING_REMEMBERED,
  type Note,
  type OwnRoute,
  type RegionMemory,
} from '../../lib/model/memory.ts';
import type { Policy } from '../../lib/policy/schema.ts';

/** When tests take place unless they say otherwise. */
export const PLAN_NOW = new Date('2026-01-31T12:00:00.000Z');

export interface PlanOfOptions extends Partial<Omit<NetworkState, 'accountId' | 'regions'>> {
  /** Default: a registry in which nothing is. */
  readonly memory?: RegionMemory;
  readonly now?: Date;
}

/** The assessment of one Region alone, with what is said of that Region taken out of its maps. */
export function planOf(
  inventory: RegionInventory,
  policy: Policy,
  { memory = NOTHING_REMEMBERED, now = PLAN_NOW, ...state }: PlanOfOptions = {},
) {
  const { region, accountId } = inventory;
  const { views, requests, desiredIn, inPlaceIn, fingerprintsIn, learned, ...rest } = assess(
    { managedRegions: policy.regions, ...state, accountId, regions: [inventory] },
    policy,
    new Map([[region, memory]]),
    now,
  );
  return {
    ...rest,
    // Judged, because functions are never equal.
    requests: requests.map(({ byHand, ...each }) => ({ ...each, byHand: byHand() })),
    decisions: views,
    desired: desiredIn(region),
    inPlace: inPlaceIn(region),
    fingerprints: fingerprintsIn(region),
    learned: learned.get(region) ?? [],
  };
}

export type PlanOf = ReturnType<typeof planOf>;

/** The same for routes that are given in parts. */
export function registryWith(
  own: readonly ({ readonly routeTableId: string; readonly destination: string } & OwnRoute)[],
): RegionMemory {
  return registryOf(
    own.map((each) => [each.routeTableId, each.destination, each.peeringId, each.rule].join(' ')),
  );
}

/** A registry with these routes, each `rtb-1 10.64.0.0/16 pcx-1`, with its rule behind it where that is not `peers`. */
export function registryOf(own: readonly string[], parts: Partial<RegionMemory> = {}): RegionMemory {
  const routes = new Map<string, Map<string, OwnRoute>>();
  for (const text of own) {
    const [routeTableId = '', destination = '', peeringId = '', rule = 'peers'] = text.split(' ');
    const inTable = routes.get(routeTableId) ?? new Map<string, OwnRoute>();
    routes.set(routeTableId, inTable.set(destination, { peeringId, rule }));
  }
  return { ...NOTHING_REMEMBERED, routes, ...parts };
}

/** A memory that has the notes of these updates, too. */
export function noted(memory: RegionMemory, updates: readonly MemoryUpdate[]): RegionMemory {
  const notes = new Map<string, Note>(memory.notes);
  for (const update of updates) {
    if (update.kind === 'note') notes.set(update.key, { value: update.value, at: update.at });
  }
  return { ...memory, notes };
}
