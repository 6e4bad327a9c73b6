import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { syncedTagKey } from '../model/tags.ts';
import type { Cidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import type { FactsOptions } from '../policy/facts.ts';
import type { Policy } from '../policy/schema.ts';
import { type CompareContext, compareTable } from './compare.ts';
import { assessPeerings, type ViewDecision } from './standing.ts';
import { fingerprintsOf, readSyncMark, type TableRoutes } from './synced.ts';
import { createWantedRoutes, type TableState, tableState } from './table.ts';
import { holdTakeovers } from './takeovers.ts';

export type { ViewDecision } from './standing.ts';

export interface PlanOptions extends FactsOptions {
  /** Left out: the policy's Regions, or the inventory's own where the policy names none. */
  readonly managedRegions?: readonly string[];
  /**
   * Entries by which a prefix list counts against a table's route quota (its maximum, not its present size). A list
   * that is not given counts as one.
   */
  readonly prefixListEntries?: ReadonlyMap<string, number>;
}

/** Everything in stable order, by table and destination: the same state read in any order gives the same plan. */
export interface Plan {
  readonly region: string;
  /** One per view whose peering is not dead. */
  readonly decisions: readonly ViewDecision[];
  /** Every route that the policy wants, in place or not. */
  readonly desired: readonly DesiredRoute[];
  /** Desired routes that were never written before: work to do, not drift. */
  readonly pending: readonly DesiredRoute[];
  /** In the order in which they have to be made. */
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  /** Sentences about what the plan leaves out, and why. */
  readonly warnings: readonly string[];
  /** By peering: the fingerprint of its desired routes, for the tag that `syncMarkValue` writes. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** `readDestination` that reads each distinct text once: most destinations are in many tables. */
function createCidrReader(): (destination: string) => Cidr | undefined {
  const known = new Map<string, Cidr | 'none'>();
  return (destination) => {
    const seen = known.get(destination);
    if (seen !== undefined) {
      return seen === 'none' ? undefined : seen;
    }
    const cidr = readDestination(destination);
    known.set(destination, cidr ?? 'none');
    return cidr;
  };
}

/** The peerings of which exactly the routes with these fingerprints were all in place once. */
function syncedWith(
  fingerprints: ReadonlyMap<string, string>,
  { peerings }: RegionInventory,
  tagPrefix: string,
): ReadonlySet<string> {
  const key = syncedTagKey(tagPrefix);
  return new Set(
    peerings
      .filter((peering) => {
        const mark = readSyncMark(peering.tags[key]);
        // A mark without a fingerprint says only that the peering was synced, so what is missing now is drift.
        return (
          mark && (mark.fingerprint === undefined || mark.fingerprint === fingerprints.get(peering.peeringId))
        );
      })
      .map(({ peeringId }) => peeringId),
  );
}

function claimedRoutes({ table, claims }: TableState): TableRoutes {
  return { routeTableId: table.routeTableId, routes: claims };
}

/**
 * Compares what one Region's route tables hold with what the policy wants, and says what has to change.
 *
 * Pure and deterministic. It plans in `mode: observe` too: writing nothing is up to `applyPlan`. The kinds of findings,
 * and what is done about each, are listed in docs/drift.md.
 */
export function plan(inventory: RegionInventory, policy: Policy, options: PlanOptions = {}): Plan {
  const { region } = inventory;
  const managedRegions = options.managedRegions ?? (policy.regions.length > 0 ? policy.regions : [region]);
  const { decisions, managedByVpc, standingOf, ...assessed } = assessPeerings(
    inventory,
    policy,
    managedRegions,
    options,
  );
  const cidrOf = createCidrReader();
  const wantedOf = createWantedRoutes(managedByVpc);
  const all = [...inventory.tables]
    .sort((a, b) => (a.routeTableId < b.routeTableId ? -1 : a.routeTableId > b.routeTableId ? 1 : 0))
    .map((table) => tableState(table, policy.tagPrefix, wantedOf, cidrOf));

  const { onUntag } = policy.drift;
  const allFingerprints = fingerprintsOf(all.map(claimedRoutes));
  const allSynced = syncedWith(allFingerprints, inventory, policy.tagPrefix);
  const states =
    policy.guardrails.widerRoutes === 'allow'
      ? all
      : all.map((state) => holdTakeovers(state, { cidrOf, standingOf, onUntag, synced: allSynced }));
  // What is held back was never in place, so the marks are about the rest.
  const isHeldBack = states.some(({ held }) => held.length > 0);
  const fingerprints = isHeldBack ? fingerprintsOf(states.map(claimedRoutes)) : allFingerprints;
  const synced = isHeldBack ? syncedWith(fingerprints, inventory, policy.tagPrefix) : allSynced;

  const context: CompareContext = {
    tagPrefix: policy.tagPrefix,
    ruleNames: new Set(policy.rules.map(({ name }) => name)),
    onUntag,
    routesPerTable: policy.guardrails.routesPerTable,
    prefixListEntries: options.prefixListEntries ?? new Map(),
    cidrOf,
    standingOf,
    synced,
  };
  const desired: DesiredRoute[] = [];
  const changes: Change[] = [];
  const pending: DesiredRoute[] = [];
  const findings: Finding[] = [...assessed.findings];
  const warnings: string[] = [...assessed.warnings];
  for (const state of states) {
    const comparison = compareTable(state, context);
    // A loop each: a spread of a very long list overflows the stack.
    for (const route of comparison.desired) desired.push(route);
    for (const change of comparison.changes) changes.push(change);
    for (const route of comparison.pending) pending.push(route);
    for (const finding of comparison.findings) findings.push(finding);
    for (const warning of comparison.warnings) warnings.push(warning);
  }
  return { region, decisions, desired, pending, changes, findings, warnings, fingerprints };
}
