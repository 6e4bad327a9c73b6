import type { Change } from '../model/change.ts';
import { waitsForAnswer } from '../model/held-by.ts';
import type { PlannedChange, ShownAssessment } from './shown-assessment.ts';

/** What keeps changes from being made, for people. */

export const HELD_WORDS: Readonly<Record<NonNullable<Change['heldBy']>, string>> = {
  observe: 'mode: observe',
  'repair-off': 'drift.repair is off',
  contested: 'something keeps undoing it',
  acceptance: 'its request has to be accepted first',
  rejection: 'its request has to be rejected first',
  activation: 'its peering has to be active first, as it takes a path over',
  'mass-delete': 'too many deletes at once, guardrails.maxDeletesPercent',
  frozen: 'somebody froze the Region (peering freeze)',
  gap: 'another change that is held has to come first',
};

/**
 * A request that is accepted brings its routes by itself, and with `mode: observe` the plan as a whole is what would be done:
 * neither holds one change and not another.
 */
export function isHeldBack({ heldBy }: Pick<PlannedChange, 'heldBy'>): boolean {
  return heldBy !== undefined && !waitsForAnswer({ heldBy }) && heldBy !== 'observe';
}

/** What the functions leave to a person, who may say so to `peering apply`. */
export function isForPerson({ heldBy }: Pick<PlannedChange, 'heldBy'>): boolean {
  return heldBy === 'repair-off' || heldBy === 'mass-delete';
}

/**
 * The changes that `peering apply` makes: what nothing holds, and what a person may let through. One that waits for another
 * (`gap`) goes with it, unless something in the same table stays held.
 */
export function appliedChanges(changes: readonly PlannedChange[]): PlannedChange[] {
  const staying = new Set(
    changes
      .filter(({ heldBy }) => heldBy === 'contested' || heldBy === 'activation')
      .map(({ routeTableId }) => routeTableId),
  );
  return changes.filter(
    (change) =>
      !isHeldBack(change) ||
      isForPerson(change) ||
      (change.heldBy === 'gap' && !staying.has(change.routeTableId)),
  );
}

type AboutRoute = Pick<
  ShownAssessment['findings'][number],
  'accountId' | 'region' | 'routeTableId' | 'destination'
>;

function routeKey({ accountId, region, routeTableId, destination }: AboutRoute): string {
  return `${accountId} ${region} ${routeTableId} ${destination}`;
}

/**
 * @returns whether `peering apply` mends a finding: by a change that it makes, or because it lets through what the finding counts.
 *   Where the mode is observe it makes none.
 */
export function createIsMendedByApply({
  accounts,
  changes,
}: Pick<ShownAssessment, 'accounts' | 'changes'>): (finding: ShownAssessment['findings'][number]) => boolean {
  const observing = new Set(
    accounts.flatMap(({ accountId, policy }) => (policy.mode === 'observe' ? [accountId] : [])),
  );
  const applied = appliedChanges(changes).filter(({ accountId }) => !observing.has(accountId));
  const routes = new Set(applied.map(routeKey));
  const deleting = new Set(
    applied.flatMap(({ heldBy, accountId }) => (heldBy === 'mass-delete' ? [accountId] : [])),
  );
  return (finding) => {
    const { kind, repairable, heldBy, accountId, routeTableId } = finding;
    if (kind === 'mass-delete') return deleting.has(accountId);
    // A peering option is no change of a route: what holds it nobody lets through.
    return repairable && (routeTableId === undefined ? heldBy === undefined : routes.has(routeKey(finding)));
  };
}

/** `3 changes (drift.repair is off: 2; something keeps undoing it: 1)`; undefined when nothing is held. */
export function heldBackText({ changes }: Pick<ShownAssessment, 'changes'>): string | undefined {
  const counts = new Map<string, number>();
  for (const change of changes) {
    if (isHeldBack(change) && change.heldBy !== undefined) {
      const why = HELD_WORDS[change.heldBy];
      counts.set(why, (counts.get(why) ?? 0) + 1);
    }
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...counts].map(([why, count]) => (counts.size === 1 ? why : `${why}: ${count}`));
  return total === 0 ? undefined : `${total} ${total === 1 ? 'change' : 'changes'} (${reasons.join('; ')})`;
}
