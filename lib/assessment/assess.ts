import { NO_CONNECTIONS } from '../connect/no-connections.ts';
import type { ConnectProblem } from '../connect/types.ts';
import { append } from '../model/append.ts';
import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import { type MemoryUpdate, NO_MEMORY } from '../model/memory.ts';
import { isOptedIn, optInOf } from '../model/opt-in.ts';
import { DEAD_STATUSES, type PeeringView, REQUEST_STATUSES } from '../model/peering.ts';
import { vpcOfTablesInUse } from '../model/route-table.ts';
import { viewKey, viewsOf } from '../model/views.ts';
import { overlaps } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import type { Decision } from '../policy/decision.ts';
import type { Policy } from '../policy/schema.ts';
import { repairKey } from '../routing/contested.ts';
import type { ViewDecision } from '../routing/management.ts';
import type { WantedOption } from '../routing/options.ts';
import { carriesTraffic } from '../routing/order.ts';
import { planRegion, type RegionPlan } from '../routing/plan.ts';
import type { PlannedFinding } from '../routing/planned-finding.ts';
import { type QuotaWarning, quotaWarnings } from '../routing/quota.ts';
import { createTakenFrom } from './addresses-there.ts';
import { deletionsOf } from './deletions.ts';
import { assessOptions } from './dns.ts';
import { withAdvice } from './finding-advice.ts';
import {
  contestedFindings,
  findingsByChange,
  findingsWithHeldBack,
  type HeldChanges,
  holdBackChanges,
} from './held.ts';
import { type FirstFound, massDeletes, massDeleteUpdates } from './mass-delete.ts';
import { contradictingRegions, notJudgedIn } from './not-judged.ts';
import { type AdviceOnSide, oneSidedFindings, type PlannedRoute, type PlannedRoutes } from './one-sided.ts';
import { createOneSidedAdvice } from './one-sided-advice.ts';
import { withKnownCidrs } from './own-cidrs.ts';
import { createReachability, reachabilityFindings } from './reachability.ts';
import { type Decisions, decideAll } from './requests.ts';
import { timeWarnings, withTimes } from './times.ts';
import type {
  AssessedView,
  Assessment,
  EndedPeering,
  NetworkMemory,
  NetworkState,
  NotJudged,
} from './types.ts';
import { wouldBeHeld } from './would-be-held.ts';

/** One Region's plan, and what it was made of. */
interface PlannedRegion {
  readonly inventory: RegionInventory;
  readonly decisions: readonly ViewDecision[];
  readonly plan: RegionPlan;
}

/**
 * Judges all that was read of one account: the only place where that is done, for functions and command alike. They differ
 * in what they do with it, never in what it says.
 *
 * Pure and deterministic: the same state, policy, memory and time give the same assessment, in whatever order it was read.
 */
export function assess(read: NetworkState, policy: Policy, memory: NetworkMemory, now: Date): Assessment {
  const state: NetworkState = {
    ...read,
    regions: withKnownCidrs(read.regions, read.others).map(inOrder),
  };
  const decided = decideAll(state, policy, memory, now);
  const { planned, changes, findings, firstFound } = planAll(state, decided, policy, memory, now);
  const options: WantedOption[] = [];
  for (const { inventory, decisions } of planned) {
    const remembered = memory.get(inventory.region) ?? NO_MEMORY;
    const judged = assessOptions(decisions, policy, remembered, now);
    append(options, judged.options);
    append(findings, judged.findings);
  }
  const reachabilityOf = createReachability(memory, policy, now);
  const views = planned.flatMap((region) => assessedViews(region, decided, state, reachabilityOf));
  const decisions = joined(planned, (region) => region.decisions);
  const undecided = joined(planned, ({ plan }) => plan.undecided);
  const advice = createOneSidedAdvice(policy, decisions, findings, undecided, createTakenFrom(state));
  const contradictions = contradictingRegions(state);
  const plannedRoute = createPlannedRoutes(planned, changes);
  append(findings, oneSidedOf(state, { plannedRoute, views, advice, changes, contradictions }));
  append(findings, reachabilityFindings(views, policy));
  const connections = state.connections ?? NO_CONNECTIONS;
  append(findings, connections.problems.map(notConnected));
  return {
    accountId: state.accountId,
    views,
    requests: decided.requests,
    ended: state.regions.flatMap((inventory) => endedIn(inventory, state)),
    ...routesByRegion(planned),
    undecided,
    pending: joined(planned, ({ plan }) => plan.pending),
    connections,
    changes,
    deletions: deletionsOf({ views, changes, state, policy, memory, now }),
    findings,
    options,
    quotas: planned.flatMap((region) => quotasOf(region, policy)),
    warnings: [
      ...planned.flatMap((region) => warningsIn(region, policy)),
      ...connections.remarks,
      ...wouldBeHeld(state, policy, memory, now),
    ],
    notJudged: [
      ...(state.unread ?? []),
      ...planned.flatMap((region) => notJudged(region, policy)),
      ...contradictions,
      ...connections.unknown,
    ],
    learned: new Map(
      planned.map((region) => [region.inventory.region, learnedIn(region, firstFound, memory, now)]),
    ),
  };
}

function learnedIn(
  { inventory: { region }, plan, decisions }: PlannedRegion,
  firstFound: ReadonlyMap<string, FirstFound>,
  memory: NetworkMemory,
  now: Date,
): MemoryUpdate[] {
  return [
    ...withTimes(plan.learned, decisions, memory.get(region)),
    ...massDeleteUpdates(firstFound.get(region), memory.get(region) ?? NO_MEMORY, now),
  ];
}

function warningsIn({ plan, decisions }: PlannedRegion, policy: Policy): string[] {
  return [...plan.warnings, ...timeWarnings(decisions, policy)];
}

/** Each made when first asked for. */
function routesByRegion(
  planned: readonly PlannedRegion[],
): Pick<Assessment, 'desiredIn' | 'inPlaceIn' | 'fingerprintsIn'> {
  const planOf = new Map(planned.map(({ inventory, plan }) => [inventory.region, plan]));
  return {
    desiredIn: (region) => planOf.get(region)?.desired() ?? [],
    inPlaceIn: (region) => planOf.get(region)?.inPlace() ?? [],
    fingerprintsIn: (region) => planOf.get(region)?.fingerprints() ?? new Map<string, string>(),
  };
}

interface WhatOneSidedGoesBy {
  readonly plannedRoute: ReturnType<typeof createPlannedRoutes>;
  readonly views: readonly AssessedView[];
  readonly advice: AdviceOnSide;
  readonly changes: readonly Change[];
  readonly contradictions: readonly NotJudged[];
}

/** What others still route to a peering whose time is over is no half of something. */
function oneSidedOf(
  state: NetworkState,
  { plannedRoute, views, advice, changes, contradictions }: WhatOneSidedGoesBy,
): Finding[] {
  const over = new Set(
    views.flatMap(({ view, management }) => (management === 'expired' ? [view.peering.peeringId] : [])),
  );
  const made = changes.filter(({ heldBy }) => heldBy === undefined);
  const contradicted = new Set(contradictions.map(({ resource }) => resource));
  const found = oneSidedFindings(state, plannedRoute, advice, made, contradicted);
  return over.size === 0 ? found : found.filter(({ peeringId = '' }) => !over.has(peeringId));
}

function notConnected({ region, vpcId, peeringId, says }: ConnectProblem): Finding {
  return {
    kind: 'not-connected',
    region,
    ...(vpcId === undefined ? {} : { vpcId }),
    ...(peeringId === undefined ? {} : { peeringId }),
    detail: says,
    repairable: false,
  };
}

/** The same, whatever the order in which it was read. */
function inOrder(inventory: RegionInventory): RegionInventory {
  return {
    ...inventory,
    peerings: [...inventory.peerings].sort((a, b) => compareText(a.peeringId, b.peeringId)),
    tables: [...inventory.tables].sort((a, b) => compareText(a.routeTableId, b.routeTableId)),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Lists of many thousands. That of one Region alone is taken as it is. */
function joined<Region, Item>(
  regions: readonly Region[],
  listOf: (region: Region) => readonly Item[],
): readonly Item[] {
  return regions.length === 1 && regions[0] !== undefined ? listOf(regions[0]) : regions.flatMap(listOf);
}

/** A request that is answered is planned as it will be; other requests stay as they are. */
function toPlan({ byRegion, onceAccepted, requests }: Decisions, region: string): ViewDecision[] {
  const rejected = new Map(
    requests
      .filter(({ decision }) => decision.decision === 'reject')
      .map(({ peering, decision }) => [peering.peeringId, decision]),
  );
  return (byRegion.get(region) ?? []).map((each) => {
    const { peering } = each.view;
    const later = onceAccepted.get(each.view);
    if (later !== undefined) {
      return { ...each, decision: { ...later, decision: later.managed ? 'accept' : 'hold' } };
    }
    const rejection = rejected.get(peering.peeringId);
    if (rejection !== undefined) {
      return { ...each, decision: rejection };
    }
    return REQUEST_STATUSES.has(peering.status)
      ? { ...each, decision: { ...each.decision, decision: 'hold' } }
      : each;
  });
}

/** What was found to be held back while planning; it only ever grows. */
interface HeldBack {
  /** By `repairKey`: routes that stay, because what keeps their delete back was found by an earlier round. */
  readonly staying: Set<string>;
  /** By `repairKey`: deletes that are too many at once, and the findings that say so. */
  readonly massDeletes: Set<string>;
  massDeleteFindings: readonly Finding[];
  /** By Region, what to count them against from now on. */
  firstFound: ReadonlyMap<string, FirstFound>;
}

/**
 * The plans of all Regions, with what keeps each change from being made. A route whose delete is kept back still carries its
 * traffic, so that no other may be made as if it were gone: then it is planned again with that route as one that stays.
 */
function planAll(
  { regions, managedRegions }: NetworkState,
  decided: Decisions,
  policy: Policy,
  memory: NetworkMemory,
  now: Date,
) {
  const heldBack: HeldBack = {
    staying: new Set(),
    massDeletes: new Set(),
    massDeleteFindings: [],
    firstFound: new Map(),
  };
  const decisionsOf = new Map(regions.map(({ region }) => [region, toPlan(decided, region)]));
  for (;;) {
    const planned = regions.map((inventory): PlannedRegion => {
      const { region } = inventory;
      const decisions = decisionsOf.get(region) ?? [];
      const remembered = memory.get(region) ?? NO_MEMORY;
      const plan = planRegion(inventory, policy, decisions, remembered, heldBack.staying);
      return { inventory, decisions, plan };
    });
    const judged = judgeChanges(planned, policy, memory, now, heldBack);
    const known = heldBack.staying.size;
    for (const key of stillCarrying(judged)) heldBack.staying.add(key);
    if (heldBack.staying.size === known) {
      const claimed = joined(planned, ({ plan }) => plan.claimed);
      const { requests } = decided;
      const context = { policy, regions, managedRegions, claimed, memory, now, requests };
      const findings = withAdvice(judged.findings, context);
      return { planned, ...judged, findings, firstFound: heldBack.firstFound };
    }
  }
}

/** Routes whose delete is kept back, in tables that get routes all the same. */
function stillCarrying({ changes, held }: HeldChanges): string[] {
  const kept = held.filter(
    (change) =>
      change.action === 'delete' &&
      // Then nothing is made at all, and what is shown is what would be.
      change.heldBy !== 'observe' &&
      change.heldBy !== 'frozen' &&
      carriesTraffic(change),
  );
  if (kept.length === 0) {
    return [];
  }
  const growing = new Set(
    changes.flatMap(({ action, heldBy, routeTableId }) =>
      action === 'create' && heldBy === undefined ? [routeTableId] : [],
    ),
  );
  return kept.filter(({ routeTableId }) => growing.has(routeTableId)).map(repairKey);
}

/** What keeps each change from being made, and the findings that say so. */
function judgeChanges(
  planned: readonly PlannedRegion[],
  policy: Policy,
  memory: NetworkMemory,
  now: Date,
  heldBack: HeldBack,
): HeldChanges & { readonly findings: readonly PlannedFinding[] } {
  const deletes = joined(planned, ({ plan }) => plan.deletes);
  const desired: readonly DesiredRoute[] =
    deletes.length === 0 ? [] : joined(planned, ({ plan }) => plan.desired());
  const tooMany = massDeletes(deletes, desired, memory, policy);
  // A plan that deletes less because of what is kept back deletes no fewer in the end.
  for (const change of tooMany.changes) heldBack.massDeletes.add(repairKey(change));
  if (tooMany.findings.length > 0) {
    heldBack.massDeleteFindings = tooMany.findings;
    heldBack.firstFound = tooMany.firstFound;
  }
  const isMassDelete = (change: Change) => heldBack.massDeletes.has(repairKey(change));
  const judged: HeldChanges[] = [];
  const findings: (readonly PlannedFinding[])[] = [];
  for (const { inventory, plan } of planned) {
    const ofRegion = holdBackChanges(plan, {
      policy,
      memory: memory.get(inventory.region) ?? NO_MEMORY,
      now,
      massDeletes: heldBack.massDeletes.size === 0 ? new Set() : new Set(plan.deletes.filter(isMassDelete)),
    });
    judged.push(ofRegion);
    findings.push(
      findingsWithHeldBack(plan.findings, ofRegion.held),
      findingsByChange(plan.byChange, ofRegion.held),
      contestedFindings(ofRegion.held),
    );
  }
  findings.push(heldBack.massDeleteFindings);
  const none: readonly PlannedFinding[] = [];
  return {
    changes: joined(judged, ({ changes }) => changes),
    held: joined(judged, ({ held }) => held),
    // Copies whole lists, where `flat` looks at each item.
    findings: none.concat(...findings),
  };
}

/** What the plan has for a peering in a VPC. All of it is gathered when one is first asked for. */
function createPlannedRoutes(planned: readonly PlannedRegion[], changes: readonly Change[]): PlannedRoutes {
  // A route in a table that no subnet uses leads nothing back.
  const vpcOf = lazy(() => vpcOfTablesInUse(planned.flatMap(({ inventory }) => inventory.tables)));
  const views = lazy(() => plannedRoutes(changes, vpcOf()));
  const byPeering = lazy(() => groupBy(changes, ({ peeringId }) => [peeringId]));
  return (peeringId, vpcId, block) => {
    const key = viewKey(peeringId, vpcId);
    if (block === undefined) {
      return views().get(key) ?? 'none';
    }
    const ofBlock = (byPeering().get(peeringId) ?? []).filter(({ destination }) => {
      const cidr = readDestination(destination);
      return cidr !== undefined && overlaps(cidr, block);
    });
    return plannedRoutes(ofBlock, vpcOf()).get(key) ?? 'none';
  };
}

function plannedRoutes(
  changes: readonly Change[],
  vpcOf: ReadonlyMap<string, string>,
): Map<string, PlannedRoute> {
  const views = new Map<string, PlannedRoute>();
  for (const { action, heldBy, mends, peeringId, routeTableId } of changes) {
    const vpcId = vpcOf.get(routeTableId);
    if (action === 'delete' || vpcId === undefined) continue;
    const key = viewKey(peeringId, vpcId);
    if (heldBy === undefined) views.set(key, 'about-to-be-made');
    // What is stale is told of another peering, the one that ended.
    else if (mends !== undefined && mends !== 'stale' && views.get(key) !== 'about-to-be-made')
      views.set(key, 'repair-held');
    else if (!views.has(key)) views.set(key, 'held');
  }
  return views;
}

function assessedViews(
  { decisions, plan, inventory }: PlannedRegion,
  decided: Decisions,
  { accountId }: NetworkState,
  reachabilityOf: ReturnType<typeof createReachability>,
): AssessedView[] {
  const answers = new Map(decided.requests.map(({ peering, decision }) => [peering.peeringId, decision]));
  // What was planned is what was decided, one by one.
  const own = decided.byRegion.get(inventory.region) ?? [];
  return decisions.map(({ view, facts, decision }, index): AssessedView => {
    const asked = askedOf(view, accountId);
    const management = managementOf(view, plan);
    return {
      view,
      facts,
      decision: answerTo(view, own[index]?.decision ?? decision, asked, answers),
      asked,
      routes: plan.countOf(view),
      ledAway: plan.ledAwayFrom(view),
      management,
      reachability: reachabilityOf(view, management),
    };
  });
}

function askedOf({ peering }: PeeringView, accountId: string): AssessedView['asked'] {
  if (peering.status !== 'pending-acceptance') {
    return 'none';
  }
  return peering.accepter.accountId === accountId ? 'ours' : 'theirs';
}

/** The answer to a request is one for the peering; what a live view means is each view's own. */
function answerTo(
  { peering }: PeeringView,
  own: Decision,
  asked: AssessedView['asked'],
  answers: ReadonlyMap<string, Decision>,
): Decision {
  const { vpcId, region, accountId } = peering.accepter;
  switch (asked) {
    case 'none':
      return own;
    case 'ours':
      return (
        answers.get(peering.peeringId) ?? {
          decision: 'hold',
          reasons: [`The accepter VPC ${vpcId} is in ${region}, which was not read or is not managed.`],
          rules: [],
          routableCidrs: [],
          managed: false,
        }
      );
    case 'theirs':
      return {
        ...own,
        decision: 'hold',
        reasons: [`Account ${accountId} answers this request, not this one.`, ...own.reasons],
      };
  }
}

function managementOf(view: PeeringView, plan: RegionPlan): AssessedView['management'] {
  if (REQUEST_STATUSES.has(view.peering.status)) {
    return 'request';
  }
  const management = plan.managementOf(view);
  if (management?.kind === 'managed' || management?.kind === 'expired') {
    return management.kind;
  }
  return management?.kind === 'unmanaged' ? 'unmanaged' : 'undecidable';
}

function endedIn(inventory: RegionInventory, { accountId, managedRegions }: NetworkState): EndedPeering[] {
  const dead = inventory.peerings.filter(({ status }) => DEAD_STATUSES.has(status));
  const own = new Set(
    viewsOf({ ...inventory, peerings: dead }, managedRegions).map(({ peering }) => peering.peeringId),
  );
  return dead
    .filter(({ peeringId }) => own.has(peeringId))
    .map((peering) => ({
      peering,
      region: inventory.region,
      askedBy: peering.requester.accountId === accountId ? 'ours' : 'theirs',
    }));
}

function quotasOf({ inventory, decisions }: PlannedRegion, policy: Policy): QuotaWarning[] {
  return quotaWarnings(
    inventory.tables.filter((table) => isOptedIn(optInOf(table, policy.tagPrefix))),
    activePeeringsOf(decisions),
    policy,
    inventory.prefixLists ?? new Map(),
  );
}

function activePeeringsOf(decisions: readonly ViewDecision[]): Map<string, number> {
  const byVpc = new Map<string, number>();
  for (const { view, facts } of decisions) {
    if (facts.activePeerings !== undefined) byVpc.set(view.local.vpcId, facts.activePeerings);
  }
  return byVpc;
}

function notJudged({ inventory, decisions, plan }: PlannedRegion, policy: Policy): NotJudged[] {
  const { region } = inventory;
  const found = [
    ...notJudgedIn(inventory, policy.tagPrefix),
    ...plan.notJudged.map((each) => ({ region, ...each })),
  ];
  for (const { view } of decisions) {
    const management = plan.managementOf(view);
    if (management?.kind === 'untouchable' && management.undecidable) {
      found.push({
        region,
        resource: view.peering.peeringId,
        reason: `${view.peering.peeringId} ${management.why} for ${view.local.vpcId}, so nothing is said about its routes.`,
      });
    }
  }
  return found;
}
