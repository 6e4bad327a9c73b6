import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import { MARKS_ADOPTED, type OwnRoute, type RegionMemory } from '../model/memory.ts';
import { selectsRule } from '../model/opt-in.ts';
import type { Management } from './management.ts';
import { syncMarkOf } from './synced.ts';
import type { TableState } from './table.ts';

/**
 * Which routes are the product's own: those that the registry names. Before there was a registry, the tag
 * `<prefix>:routes-synced-at` on the peering said which routes had all been in place; it still counts for a peering of which
 * the registry knows nothing, so that an upgrade forgets nothing, and a snapshot without a registry shows drift.
 */
export interface Ownership {
  /** The own route at a destination of a table, whatever the table holds there now. */
  ownAt(routeTableId: string, destination: string): OwnRoute | undefined;
  /** Whether exactly the routes that the peering should have now were all in place once, as its tag says. */
  isMarked(peeringId: string): boolean;
  /** The same, where the tag names these routes by their fingerprint rather than just a time. */
  isMarkedExactly(peeringId: string): boolean;
  /** Whether an older version says of the peering that its routes were in place, and the registry knows nothing of it. */
  hasMark(peeringId: string): boolean;
  /** The rule for which a peering that is no longer managed once had its routes, in such a table. */
  formerRule(
    management: Extract<Management, { kind: 'unmanaged' }>,
    state: Pick<TableState, 'optIn'>,
  ): string | undefined;
  readonly registry: RegionMemory['registry'];
  /** All own routes of a table that the registry names, by destination. */
  ofTable(routeTableId: string): ReadonlyMap<string, OwnRoute> | undefined;
}

function registeredIn({ routes: tables }: RegionMemory): Set<string> {
  const registered = new Set<string>();
  for (const routes of tables.values()) {
    for (const { peeringId } of routes.values()) {
      registered.add(peeringId);
    }
  }
  return registered;
}

/**
 * @param fingerprintsNow makes those of the desired routes, by peering (`fingerprintsOf`). Asked only where a tag names one: most
 *   accounts have no such tags.
 */
export function createOwnership(
  memory: RegionMemory,
  inventory: Pick<RegionInventory, 'peerings'>,
  tagPrefix: string,
  fingerprintsNow: () => ReadonlyMap<string, string>,
): Ownership {
  const registered = lazy(() => registeredIn(memory));
  const fingerprints = lazy(fingerprintsNow);
  const marksCount = memory.registry === 'none' || !memory.notes.has(MARKS_ADOPTED);
  const marked = new Map<string, 'exactly' | 'some time'>();
  const everMarked = new Set<string>();
  for (const peering of marksCount ? inventory.peerings : []) {
    const { peeringId } = peering;
    const mark = syncMarkOf(peering, tagPrefix);
    if (mark === undefined || registered().has(peeringId)) {
      continue;
    }
    everMarked.add(peeringId);
    // A mark without a fingerprint says only that the peering was synced, so what is missing now is drift.
    if (mark.fingerprint === undefined || mark.fingerprint === fingerprints().get(peeringId)) {
      marked.set(peeringId, mark.fingerprint === undefined ? 'some time' : 'exactly');
    }
  }
  return {
    registry: memory.registry,
    ofTable: (routeTableId) => memory.routes.get(routeTableId),
    ownAt: (routeTableId, destination) => memory.routes.get(routeTableId)?.get(destination),
    hasMark: (peeringId) => everMarked.has(peeringId),
    isMarked: (peeringId) => marked.has(peeringId),
    isMarkedExactly: (peeringId) => marked.get(peeringId) === 'exactly',
    formerRule: ({ peeringId, formerRules }, { optIn }) =>
      !marksCount || formerRules === undefined || registered().has(peeringId)
        ? undefined
        : formerRules.find((rule) => selectsRule(optIn, rule)),
  };
}

/** Whether the product had the desired route of a claim in place before, so that it is missing now rather than new. */
export function wasInPlace(
  ownership: Ownership,
  routeTableId: string,
  { destination, peeringId }: { readonly destination: string; readonly peeringId: string },
): boolean {
  return ownership.ownAt(routeTableId, destination)?.peeringId === peeringId || ownership.isMarked(peeringId);
}

/**
 * Whether the route of a claim was the product's own, so that what is there now is that route turned elsewhere. A mark that
 * says only when a peering was synced does not tell that this table had the route then.
 */
export function wasOwn(
  ownership: Ownership,
  routeTableId: string,
  { destination, peeringId }: { readonly destination: string; readonly peeringId: string },
): boolean {
  return (
    ownership.ownAt(routeTableId, destination)?.peeringId === peeringId ||
    ownership.isMarkedExactly(peeringId)
  );
}

/** Whether an older version, which routed the other VPC's CIDRs as they are, can have written a route to it. */
export function isMarkedDestination(
  { remoteCidrs }: Extract<Management, { kind: 'unmanaged' }>,
  destination: string,
): boolean {
  return remoteCidrs.includes(destination);
}
