import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { freezeIn } from '../model/freeze.ts';
import { type HeldBy, waitsForAnswer } from '../model/held-by.ts';
import type { RegionMemory } from '../model/memory.ts';
import { routeCommand } from '../model/route-command.ts';
import type { Cidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import type { Policy } from '../policy/schema.ts';
import { isContested, ROUNDS } from '../routing/contested.ts';
import { carriesTraffic } from '../routing/order.ts';
import type { RegionPlan } from '../routing/plan.ts';
import type { PlannedFinding } from '../routing/planned-finding.ts';

export interface HoldBackContext {
  readonly policy: Policy;
  readonly memory: RegionMemory;
  readonly now: Date;
  /** Deletes of a plan that are too many at once, by `isMassDelete`. */
  readonly massDeletes: ReadonlySet<Change>;
}

/** A plan's changes, with the few that are looked at apart. */
export type PlannedChanges = Pick<RegionPlan, 'changes' | 'deletes' | 'waiting'>;

export interface HeldChanges {
  readonly changes: readonly Change[];
  /** Those of `changes` that something keeps from being made. */
  readonly held: readonly Change[];
}

/**
 * Says of each change what keeps it from being made, if anything. Routes of dead and unmanaged peerings (`stale`) are
 * clean-up, not repair. A delete that would leave addresses without a route, because the create that covers them is kept
 * back, is kept back too.
 */
export function holdBackChanges(
  { changes, deletes, waiting }: PlannedChanges,
  context: HoldBackContext,
): HeldChanges {
  // Only where something is deleted can a gap open.
  if (deletes.length === 0 && holdsBackNothingElse(context)) {
    return { changes, held: waiting };
  }
  const missingByTable = new Map<string, PrefixMap<Change>>();
  for (const { routeTableId } of deletes) missingByTable.set(routeTableId, new PrefixMap());
  const isFrozen = freezeIn(context.memory.notes, context.now) !== undefined;
  const held: Change[] = [];
  const judged = changes.map((change) => {
    const missing = missingByTable.get(change.routeTableId);
    const cidr = missing === undefined ? undefined : readDestination(change.destination);
    const heldBy = reasonToHoldBack(change, cidr, missing, context, isFrozen);
    // Across a request that nobody accepted nothing is reached today, so that no delete takes a way there. What the mode alone holds
    // would be made together.
    if (
      heldBy !== undefined &&
      heldBy !== 'observe' &&
      !waitsForAnswer({ heldBy }) &&
      change.action !== 'delete' &&
      cidr !== undefined
    ) {
      missing?.set(cidr, change);
    }
    const after = heldBy === undefined || heldBy === change.heldBy ? change : { ...change, heldBy };
    if (after.heldBy !== undefined) held.push(after);
    return after;
  });
  return { changes: judged, held };
}

/** Whether nothing but a gap keeps a change from being made that is not held back already. */
function holdsBackNothingElse({ policy, memory, massDeletes, now }: HoldBackContext): boolean {
  return (
    policy.mode !== 'observe' &&
    freezeIn(memory.notes, now) === undefined &&
    policy.drift.repair &&
    memory.repairs.size === 0 &&
    massDeletes.size === 0
  );
}

function reasonToHoldBack(
  change: Change,
  cidr: Cidr | undefined,
  missing: PrefixMap<Change> | undefined,
  { policy, memory, now, massDeletes }: HoldBackContext,
  isFrozen: boolean,
): HeldBy | undefined {
  const { mends, action } = change;
  const gap = (): HeldBy | undefined =>
    action === 'delete' &&
    carriesTraffic(change) &&
    missing !== undefined &&
    cidr !== undefined &&
    (missing.covering(cidr).length > 0 || missing.within(cidr).length > 0)
      ? 'gap'
      : undefined;
  if (policy.mode === 'observe') {
    // The plan shows what mode: enforce would do now, and that moves no path to a peering that carries nothing yet.
    return change.heldBy === 'activation' ? change.heldBy : (gap() ?? 'observe');
  }
  if (waitsForAnswer(change)) {
    return change.heldBy;
  }
  if (isFrozen) {
    return 'frozen';
  }
  if (mends !== undefined && memory.repairs.size > 0 && isContested(memory, change, now)) {
    return 'contested';
  }
  if (mends !== undefined && mends !== 'stale' && !policy.drift.repair) {
    return 'repair-off';
  }
  if (massDeletes.has(change)) {
    return 'mass-delete';
  }
  return gap() ?? change.heldBy;
}

function routeKey({
  region,
  routeTableId,
  destination,
}: Partial<Pick<Change, 'region' | 'routeTableId' | 'destination'>>): string {
  return `${region} ${routeTableId} ${destination}`;
}

/** The findings, each with what keeps its change from being made. */
export function findingsWithHeldBack(
  findings: readonly PlannedFinding[],
  held: readonly Change[],
): readonly PlannedFinding[] {
  if (held.length === 0) {
    return findings;
  }
  const heldBackRoutes = new Map<string, HeldBy>();
  for (const change of held) {
    if (change.heldBy !== undefined) heldBackRoutes.set(routeKey(change), change.heldBy);
  }
  return findings.map((finding) => {
    const heldBy = finding.repairable ? heldBackRoutes.get(routeKey(finding)) : undefined;
    return heldBy === undefined ? finding : { ...finding, heldBy };
  });
}

/** What is so after the changes that are made, and before those that are held. */
export function findingsByChange(
  byChange: RegionPlan['byChange'],
  held: readonly Change[],
): PlannedFinding[] {
  const heldBack = new Set(byChange.length === 0 ? [] : held.map(routeKey));
  return byChange.flatMap(({ change, onceMade, unlessMade }) =>
    heldBack.has(routeKey(change)) ? unlessMade : onceMade,
  );
}

/** One finding for each route that is not repaired any more, because something keeps undoing it. */
export function contestedFindings(held: readonly Change[]): Finding[] {
  return held
    .filter(({ heldBy }) => heldBy === 'contested')
    .map(({ action, region, routeTableId, destination, peeringId, rule, reason }) => ({
      kind: 'contested',
      region,
      routeTableId,
      destination,
      peeringId,
      ...(rule === undefined ? {} : { rule }),
      detail:
        `The route to ${destination} in ${routeTableId} (${region}) was repaired ${ROUNDS} times within an hour and ` +
        `undone each time, so it is left for an hour: ${reason} Find what keeps changing it. ` +
        `Until then it may be done by hand${action === 'delete' ? '' : ', and is left as it is'}: ${routeCommand(action, { region, routeTableId, destination, peeringId })}`,
      repairable: false,
    }));
}
