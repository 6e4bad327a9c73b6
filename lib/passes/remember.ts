import { forgetRepaired } from '../messages/news.ts';
import { acceptedPeerings, forgetAcceptance } from '../model/acceptance.ts';
import type { Change } from '../model/change.ts';
import { expiryNotes } from '../model/expiry.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { MARKS_ADOPTED, type MemoryUpdate, type RegionMemory } from '../model/memory.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import { recordRepairs, repairKey } from '../routing/contested.ts';
import type { ChangeOutcome } from './change-outcome.ts';
import { refusalsOver } from './refusals-over.ts';

/** One look at a Region, and what became of the changes that it asked for. */
export interface Look {
  /** As it was before. */
  readonly memory: RegionMemory;
  /** By the look itself. What it found to be own may have been changed since. */
  readonly learned: readonly MemoryUpdate[];
  readonly outcomes: readonly ChangeOutcome[];
  readonly now: Date;
}

/** What is to be remembered of a look and its changes. */
export function updatesAfter({ memory, learned, outcomes, now }: Look): MemoryUpdate[] {
  const written = outcomes.filter(({ outcome }) => outcome === 'written').map(({ change }) => change);
  return [
    ...learned.filter(createTimely(learned, outcomes)),
    ...registryUpdates(outcomes, memory, learned),
    ...repairUpdates(written, memory, now),
    ...refusalsOver(outcomes, memory),
  ];
}

/**
 * Whether what a look has learned may be remembered already. An own route that is gone is forgotten only once those are in place
 * that the policy wants of its peering in that table: until then it says that the peering was routed there, on which it may hang
 * that it is routed again.
 */
function createTimely(
  learned: readonly MemoryUpdate[],
  outcomes: readonly ChangeOutcome[],
): (update: MemoryUpdate) => boolean {
  const unmade = new Set(
    outcomes.flatMap(({ change: { action, routeTableId, peeringId }, outcome }) =>
      action === 'delete' || DONE.has(outcome) ? [] : `${routeTableId} ${peeringId}`,
    ),
  );
  const renamed = new Set(
    learned.flatMap((update) =>
      update.kind === 'own' ? `${update.routeTableId} ${update.destination}` : [],
    ),
  );
  return (update) =>
    update.kind !== 'not-own' ||
    renamed.has(`${update.routeTableId} ${update.destination}`) ||
    !unmade.has(`${update.routeTableId} ${update.peeringId}`);
}

const DONE: ReadonlySet<ChangeOutcome['outcome']> = new Set(['written', 'already-so']);

/** What the registry has to learn of changes that were made, or turned out to be made already. */
function registryUpdates(
  outcomes: readonly ChangeOutcome[],
  memory: RegionMemory,
  learned: readonly MemoryUpdate[],
): MemoryUpdate[] {
  const adopted = new Map(
    learned.flatMap((update) =>
      update.kind === 'own' ? [[`${update.routeTableId} ${update.destination}`, update] as const] : [],
    ),
  );
  return outcomes.flatMap(({ change, outcome }): MemoryUpdate[] => {
    if (!DONE.has(outcome)) {
      return [];
    }
    const { action, routeTableId, destination, peeringId, rule } = change;
    const before =
      memory.routes.get(routeTableId)?.get(destination) ?? adopted.get(`${routeTableId} ${destination}`);
    const wrote = action !== 'delete' && rule !== undefined;
    // A dead route that somebody put in place of an own one goes: of the own one the look itself says whether it is over.
    const isOfOther = action === 'delete' && before?.peeringId !== peeringId;
    const forget =
      before !== undefined && !isOfOther && (!wrote || before.peeringId !== peeringId || before.rule !== rule)
        ? [{ ...before, kind: 'not-own', routeTableId, destination } as const]
        : [];
    const isKnown = before?.peeringId === peeringId && before.rule === rule;
    return wrote && !isKnown
      ? [...forget, { kind: 'own', routeTableId, destination, peeringId, rule }]
      : forget;
  });
}

/** Repairs are counted, to notice that something keeps undoing them; and drift that was mended is news when it comes back. */
function repairUpdates(written: readonly Change[], memory: RegionMemory, now: Date): MemoryUpdate[] {
  const repaired = written.filter(({ mends }) => mends !== undefined && mends !== 'stale');
  if (repaired.length === 0) {
    return forgetKnown(written, memory);
  }
  const history = recordRepairs(memory, repaired, now);
  return [
    ...repaired.map(({ routeTableId, destination }): MemoryUpdate => {
      const times = history.repairs.get(repairKey({ routeTableId, destination })) ?? [];
      return { kind: 'repaired', routeTableId, destination, times };
    }),
    ...forgetKnown(written, memory),
  ];
}

/** What is repaired may have been told by this very pass, after the memory was read; clean-up is told in another way. */
function forgetKnown(written: readonly Change[], { notes }: RegionMemory): MemoryUpdate[] {
  const isKnown = (update: MemoryUpdate) => update.kind === 'forget-note' && notes.has(update.key);
  return [
    ...forgetRepaired(written.filter(({ mends }) => mends !== 'stale')),
    ...forgetRepaired(written.filter(({ mends }) => mends === 'stale')).filter(isKnown),
  ];
}

/** Once for each Region: what tags of versions without a registry said of own routes is in the registry now. */
export function marksAdopted({ notes }: RegionMemory, now: Date): MemoryUpdate[] {
  return notes.has(MARKS_ADOPTED)
    ? []
    : [{ kind: 'note', key: MARKS_ADOPTED, value: '', at: Math.floor(now.getTime() / 1000) }];
}

function deadAmong({ peerings }: Pick<RegionInventory, 'peerings'>): Set<string> {
  return new Set(
    peerings.filter(({ status }) => DEAD_STATUSES.has(status)).map(({ peeringId }) => peeringId),
  );
}

/** The time of a peering is remembered for as long as it lives. */
export function timesOver(
  { notes }: RegionMemory,
  inventory: Pick<RegionInventory, 'peerings'>,
): MemoryUpdate[] {
  const kept = expiryNotes(notes);
  const dead = kept.length === 0 ? new Set() : deadAmong(inventory);
  return kept.flatMap(({ key, peeringId }) => (dead.has(peeringId) ? [{ kind: 'forget-note', key }] : []));
}

/** That a person accepted a peering is remembered for as long as it lives. */
export function acceptancesOver(
  { notes }: RegionMemory,
  inventory: Pick<RegionInventory, 'peerings'>,
): MemoryUpdate[] {
  const accepted = acceptedPeerings(notes);
  if (accepted.length === 0) {
    return [];
  }
  const dead = deadAmong(inventory);
  return accepted.filter((peeringId) => dead.has(peeringId)).map(forgetAcceptance);
}
