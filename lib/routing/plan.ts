import { append } from '../model/append.ts';
import type { Change, DesiredRoute } from '../model/change.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import { type MemoryUpdate, NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import { optInOf } from '../model/opt-in.ts';
import type { PeeringView } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { viewKey } from '../model/views.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import type { Policy } from '../policy/schema.ts';
import { wishOf } from './claims.ts';
import { type CompareContext, compareTable, type TableComparison } from './compare.ts';
import { repairKey } from './contested.ts';
import type { Management, ViewDecision } from './management.ts';
import { createUnusedMain } from './opt-in-warnings.ts';
import { createOwnership } from './own.ts';
import type { PlannedFinding } from './planned-finding.ts';
import { regionManagementOf } from './region-management.ts';
import { settleRivals } from './rivals.ts';
import type { ByChange } from './shadows.ts';
import { fingerprintsOf, type TableRoutes } from './synced.ts';
import { type Claim, createWantedRoutes, type TableState, tableState } from './table.ts';
import { keepBackTakeovers } from './takeovers.ts';
import { fateOf } from './unclaimed.ts';

/** Destinations of a view: how many the policy wants, and how many lead to the peering now. */
export interface RouteCount {
  readonly desired: number;
  readonly present: number;
}

/** A route that leads a part of what is wanted at a peering elsewhere, until it is deleted as the plan says. */
export interface LedAway {
  readonly routeTableId: string;
  readonly destination: string;
}

/** Everything in stable order, by table and destination: the same state read in any order gives the same plan. */
export interface RegionPlan {
  readonly region: string;
  /** Every route that the policy wants, in place or not. Made when first asked for. */
  readonly desired: () => readonly DesiredRoute[];
  /** Those of them whose addresses lead to their peering, or do so as soon as it is active. Made when first asked for. */
  readonly inPlace: () => readonly DesiredRoute[];
  /** The same by table; tables of a VPC share their lists. */
  readonly claimed: readonly Pick<TableState, 'table' | 'claims'>[];
  /** Routes that the policy wants and that wait, as a prefix list of the table could not be read: none of `desired`. */
  readonly undecided: readonly DesiredRoute[];
  /** In the order in which they have to be made; what keeps one from being made is not judged here, but for requests. */
  readonly changes: readonly Change[];
  /** Those of `changes` whose route was never written before: work to do, not drift. */
  readonly pending: readonly Change[];
  /** Those of `changes` that delete. */
  readonly deletes: readonly Change[];
  /** Those of `changes` that wait for the answer to a request. */
  readonly waiting: readonly Change[];
  readonly findings: readonly PlannedFinding[];
  /** Findings that hang on whether a change is made. */
  readonly byChange: readonly ByChange[];
  /** Sentences about what the plan leaves out, and why. */
  readonly warnings: readonly string[];
  readonly notJudged: readonly { readonly resource: string; readonly reason: string }[];
  readonly learned: readonly MemoryUpdate[];
  /** By peering: the fingerprint of its desired routes, for the tag that `syncMarkValue` writes. Made when first asked for. */
  readonly fingerprints: () => ReadonlyMap<string, string>;
  readonly managementOf: (view: PeeringView) => Management | undefined;
  readonly countOf: (view: PeeringView) => RouteCount;
  readonly ledAwayFrom: (view: PeeringView) => readonly LedAway[];
}

export const NO_PREFIX_LISTS: ReadonlyMap<string, PrefixList> = new Map();

/** The claims of which the routes are to be in a table now: not those of requests. */
function liveRoutes(routeTableId: string, claims: readonly Claim[]): TableRoutes {
  return {
    routeTableId,
    routes: claims.every(isLive) ? claims : claims.filter(isLive),
  };
}

function isLive({ managed }: Claim): boolean {
  return managed.stage === 'live';
}

/** CIDRs of the VPC at the other end of a peering, seen from one of its VPCs; undefined where they are not visible. */
export function createRemoteCidrs({
  peerings,
}: Pick<RegionInventory, 'peerings'>): (peeringId: string, vpcId: string) => readonly Cidr[] | undefined {
  let byId: Map<string, RegionInventory['peerings'][number]> | undefined;
  return (peeringId, vpcId) => {
    byId ??= new Map(peerings.map((peering) => [peering.peeringId, peering]));
    const peering = byId.get(peeringId);
    if (peering === undefined) {
      return undefined;
    }
    const { cidrs } = peering.requester.vpcId === vpcId ? peering.accepter : peering.requester;
    const blocks = cidrs.flatMap((text) => readDestination(text) ?? []);
    return blocks.length === 0 || blocks.length < cidrs.length ? undefined : blocks;
  };
}

/** Whether a route stays because several peerings want a part of its addresses, so that none gets a route of its own. */
function staysForRivals({ rivals }: TableState, destination: string, { target }: Route): boolean {
  const cidr = rivals.length === 0 ? undefined : readDestination(destination);
  return (
    cidr !== undefined && rivals.some((rival) => rival.peeringId === target.id && overlaps(rival.cidr, cidr))
  );
}

/** Reads the tables one by one, beside what the policy wants; claims that may get no route are then apart. */
function createStates(
  inventory: RegionInventory,
  policy: Policy,
  memory: RegionMemory,
  managementHere: ReturnType<typeof regionManagementOf>,
  staying: ReadonlySet<string>,
): { readonly stateOf: (table: RouteTable) => TableState; readonly context: CompareContext } {
  const { tagPrefix } = policy;
  const wantedOf = createWantedRoutes(managementHere.managedByVpc);
  const ownership = createOwnership(memory, inventory, tagPrefix, () =>
    fingerprintsOf(
      inventory.tables.map((table) =>
        liveRoutes(table.routeTableId, wantedOf(table.vpcId, optInOf(table, tagPrefix)).claims),
      ),
    ),
  );
  const context: CompareContext = {
    tagPrefix,
    ruleNames: policy.rules.map(({ name }) => name),
    onUntag: policy.drift.onUntag,
    equalRoutes: policy.guardrails.equalRoutes,
    routesPerTable: policy.guardrails.routesPerTable,
    prefixLists: inventory.prefixLists ?? NO_PREFIX_LISTS,
    cidrOf: readDestination,
    managementOf: managementHere.managementOf,
    ownership,
    unusedMain: createUnusedMain(inventory),
    remoteCidrsOf: createRemoteCidrs(inventory),
  };
  const takeovers = {
    ...context,
    widerRoutes: policy.guardrails.widerRoutes,
    isLeaving: (state: TableState, destination: string, route: Route) =>
      !state.wanted.destinations.has(destination) &&
      !staying.has(repairKey({ routeTableId: state.table.routeTableId, destination })) &&
      fateOf(state, destination, route, context).kind === 'remove' &&
      !staysForRivals(state, destination, route),
  };
  return {
    stateOf: (table) =>
      keepBackTakeovers(settleRivals(tableState(table, tagPrefix, wantedOf), ownership), takeovers),
    context,
  };
}

/** All changes of a plan, and those of them that are looked at apart: while they are made, as there may be a hundred thousand. */
function createChanges() {
  const [changes, deletes, waiting]: [Change[], Change[], Change[]] = [[], [], []];
  return {
    changes,
    deletes,
    waiting,
    add(planned: readonly Change[]): void {
      for (const change of planned) {
        changes.push(change);
        if (change.action === 'delete') deletes.push(change);
        if (change.heldBy !== undefined) waiting.push(change);
      }
    },
  };
}

/** By id. */
function inOrder(tables: readonly RouteTable[]): RouteTable[] {
  return [...tables].sort((a, b) =>
    a.routeTableId < b.routeTableId ? -1 : a.routeTableId > b.routeTableId ? 1 : 0,
  );
}

/**
 * Compares what one Region's route tables hold with what the policy wants, and says what has to change.
 *
 * Pure and deterministic. It plans in `mode: observe` too: what keeps a change from being made is judged afterwards
 * (`heldBy`). The kinds of findings, and what is done about each, are listed in docs/drift.md.
 *
 * @param decisions of every view that is not dead; a request that is accepted is planned as it will be.
 * @param staying routes (`repairKey`) of which it is known that they stay for now, although the plan deletes them.
 */
export function planRegion(
  inventory: RegionInventory,
  policy: Policy,
  decisions: readonly ViewDecision[],
  memory: RegionMemory = NO_MEMORY,
  staying: ReadonlySet<string> = new Set(),
): RegionPlan {
  const managementHere = regionManagementOf(inventory, policy, decisions);
  const { stateOf, context } = createStates(inventory, policy, memory, managementHere, staying);
  const { changes, deletes, waiting, add } = createChanges();
  const pending: Change[] = [];
  const findings: PlannedFinding[] = [...managementHere.findings];
  const warnings: string[] = [...managementHere.warnings];
  const notJudged: { resource: string; reason: string }[] = [];
  const learned: MemoryUpdate[] = [];
  const undecided: DesiredRoute[] = [];
  const byChange: ByChange[] = [];
  const claimed: ClaimedTable[] = [];
  const counts = createCounts();
  const ledAway = new Map<string, LedAway[]>();
  for (const table of inOrder(inventory.tables)) {
    const state = stateOf(table);
    const comparison = compareTable(state, context);
    add(comparison.changes);
    append(pending, comparison.pending);
    append(findings, comparison.findings);
    append(byChange, comparison.byChange);
    append(warnings, comparison.warnings);
    append(notJudged, comparison.notJudged);
    append(learned, comparison.learned);
    append(
      undecided,
      state.undecided.map((claim) => wishOf(claim, table)),
    );
    counts.add(table.vpcId, comparison);
    for (const { claim, cidr } of comparison.ledAway) {
      const key = viewKey(claim.peeringId, table.vpcId);
      ledAway.set(key, [
        ...(ledAway.get(key) ?? []),
        { routeTableId: table.routeTableId, destination: cidr.text },
      ]);
    }
    claimed.push({ table, claims: state.claims, present: comparison.present });
  }
  const known = new Set(inventory.tables.map(({ routeTableId }) => routeTableId));
  for (const [routeTableId, routes] of memory.registry === 'known' ? memory.routes : []) {
    if (!known.has(routeTableId)) {
      for (const [destination, route] of routes) {
        learned.push({ kind: 'not-own', routeTableId, destination, ...route });
      }
    }
  }
  return {
    region: inventory.region,
    ...routesOf(claimed),
    claimed,
    undecided,
    changes,
    pending,
    deletes,
    waiting,
    findings,
    byChange,
    warnings,
    notJudged,
    learned,
    managementOf: managementHere.ofView,
    countOf: ({ peering, local }) => counts.of(local.vpcId, peering.peeringId),
    ledAwayFrom: ({ peering, local }) => ledAway.get(viewKey(peering.peeringId, local.vpcId)) ?? [],
  };
}

/** What the policy wants in a table, and what of it leads to its peering. */
type ClaimedTable = Pick<TableState, 'table' | 'claims'> & Pick<TableComparison, 'present'>;

function routesOf(
  claimed: readonly ClaimedTable[],
): Pick<RegionPlan, 'desired' | 'inPlace' | 'fingerprints'> {
  return {
    desired: lazy(() => claimed.flatMap(({ table, claims }) => claims.map((claim) => wishOf(claim, table)))),
    inPlace: lazy(() =>
      claimed.flatMap(({ table, present }) => present.map((claim) => wishOf(claim, table))),
    ),
    fingerprints: lazy(() =>
      fingerprintsOf(claimed.map(({ table, claims }) => liveRoutes(table.routeTableId, claims))),
    ),
  };
}

/** Tables of a VPC share their lists of claims, so each list is counted once, times the tables that have it. */
function createCounts() {
  const byVpc = new Map<string, { readonly desired: ListCount; readonly present: ListCount }>();
  const counted = new Map<string, ReadonlyMap<string, RouteCount>>();
  return {
    add(vpcId: string, { wanted, present }: Pick<TableComparison, 'wanted' | 'present'>): void {
      const lists = byVpc.get(vpcId) ?? { desired: new Map(), present: new Map() };
      byVpc.set(vpcId, lists);
      lists.desired.set(wanted, (lists.desired.get(wanted) ?? 0) + 1);
      lists.present.set(present, (lists.present.get(present) ?? 0) + 1);
    },
    of(vpcId: string, peeringId: string): RouteCount {
      const lists = byVpc.get(vpcId);
      const counts = counted.get(vpcId) ?? countsOf(lists?.desired, lists?.present);
      counted.set(vpcId, counts);
      return counts.get(peeringId) ?? { desired: 0, present: 0 };
    },
  };
}

/** How many tables have a list of claims. */
type ListCount = Map<readonly Claim[], number>;

function countsOf(
  desired: ListCount = new Map(),
  present: ListCount = new Map(),
): ReadonlyMap<string, RouteCount> {
  const counts = new Map<string, { desired: number; present: number }>();
  const countOf = ({ peeringId }: Claim) => {
    const count = counts.get(peeringId) ?? { desired: 0, present: 0 };
    counts.set(peeringId, count);
    return count;
  };
  for (const [claims, tables] of desired) {
    for (const claim of claims) countOf(claim).desired += tables;
  }
  for (const [claims, tables] of present) {
    for (const claim of claims) countOf(claim).present += tables;
  }
  return counts;
}
