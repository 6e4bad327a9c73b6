import { append } from '../model/append.ts';
import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { waitsForAnswer } from '../model/held-by.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { HANDED_BACK, isOptedIn, selectsSome } from '../model/opt-in.ts';
import { isPropagated, type Route } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { type AddressFamily, type Cidr, compareCidrs, contains, overlaps } from '../network/cidr.ts';
import { canonicalDestination } from '../network/destination.ts';
import {
  asked,
  behindText,
  type ClaimComparison,
  type ClaimContext,
  compareClaims,
  isAwaitable,
  type PlannedStep,
  placeElsewhere,
  wishOf,
} from './claims.ts';
import { allLead, type Lead, type Leads, leadsOf, leadsOnceActive } from './leads.ts';
import { createLedNow } from './led-now.ts';
import { unreadListRoutes } from './list-blocks.ts';
import type { Management } from './management.ts';
import { optInSlips, optInWarnings, type UnusedMain, unusedTableWarnings } from './opt-in-warnings.ts';
import { orderChanges, type Step } from './order.ts';
import type { Helps, PlannedFinding } from './planned-finding.ts';
import { overLimit, usedRoutes } from './quota.ts';
import { rivalsHelp, rivalsText } from './rivals.ts';
import { type ByChange, joinedByAnd, type LedAway, routeMade, shadowsOf, targetText } from './shadows.ts';
import type { Claim, Elsewhere, RivalClaim, TableState, TakeoverClaim } from './table.ts';
import { fateOf } from './unclaimed.ts';
import { withoutText } from './without.ts';

export interface CompareContext extends ClaimContext {
  /** Routes that a table takes, for each address family. */
  readonly routesPerTable: number;
  readonly unusedMain: UnusedMain;
}

export interface TableComparison {
  readonly changes: readonly Change[];
  /** Those of `changes` whose route was never written before. */
  readonly pending: readonly Change[];
  readonly findings: readonly PlannedFinding[];
  readonly warnings: readonly string[];
  /** Claims whose destination leads to their peering now. */
  readonly present: readonly Claim[];
  /** Claims of which a more specific route leads a part elsewhere that this plan deletes, until that is done. */
  readonly ledAway: readonly LedAway[];
  /** Findings that hang on whether a change is made. */
  readonly byChange: readonly ByChange[];
  /** All claims of the table, those that get no route included. */
  readonly wanted: readonly Claim[];
  readonly learned: readonly MemoryUpdate[];
  readonly notJudged: readonly NotJudgedList[];
}

interface NotJudgedList {
  /** The id of a prefix list, or of a peering. */
  readonly resource: string;
  readonly reason: string;
}

const FAMILY_NAMES: Readonly<Record<AddressFamily, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

function compareText(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares one table with what the policy wants in it. docs/drift.md lists the kinds and what is done about each. */
export function compareTable(state: TableState, context: CompareContext): TableComparison {
  const warnings = optInWarnings(state.table, state.optIn, context);
  if (state.optIn.kind === 'gateway' || state.optIn.kind === 'handed-back') {
    return {
      changes: [],
      pending: [],
      findings: [],
      warnings,
      present: [],
      ledAway: [],
      byChange: [],
      wanted: [],
      learned: goneRoutes(state, context, 0),
      notJudged: [],
    };
  }
  const isLedNow = createLedNow(state, context);
  const claims = compareClaims(state, context, isLedNow);
  const heldBack = compareHeldBack(state, isLedNow, context);
  const others = compareUnclaimed(state, context, claims);
  const findings = [...claims.findings, ...others.findings, ...heldBack.findings];
  const ordered = inOrder(state, context, claims.creates, claims.replaces, others.deletes, findings);
  const deleted = new Set(others.deletes.map(({ change }) => change.destination));
  const made = state.wanted.nested
    ? ordered.changes.filter(({ action, heldBy }) => action !== 'delete' && heldBy === undefined)
    : [];
  const shadows = shadowsOf(state, { ...context, deleted, made });
  append(findings, shadows.findings);
  append(findings, lostRoutes(state, context));
  const present = presentClaims(state, claims, heldBack);
  const ledAway = shadows.untilDeleted.filter(({ claim }) => !isLedNow(claim));
  return {
    changes: ordered.changes,
    pending: ordered.pending,
    findings: followClaims(findings, state.claims)
      ? findings
      : findings.sort(createFindingOrder(context.cidrOf)),
    warnings:
      state.wanted.claims.length === 0
        ? warnings
        : [...warnings, ...unusedTableWarnings(state.table, context)],
    present: ledAway.length === 0 ? present : without(present, ledAway),
    ledAway,
    byChange: shadows.byChange,
    wanted:
      state.rivals.length + state.takeovers.length + state.undecided.length === 0
        ? state.claims
        : [...state.claims, ...state.rivals, ...state.takeovers, ...state.undecided],
    learned: [...claims.learned, ...others.learned, ...goneRoutes(state, context, claims.ownClaimed)],
    notJudged: [...others.notJudged, ...undecidedClaims(state)].sort(
      (a, b) => compareText(a.resource, b.resource) || compareText(a.reason, b.reason),
    ),
  };
}

/** The same list where it is all claims, as tables share it. */
function presentClaims(
  { claims }: TableState,
  { present }: ClaimComparison,
  heldBack: HeldBackComparison,
): readonly Claim[] {
  const all = present.length === claims.length ? claims : present;
  return heldBack.present.length === 0 ? all : [...all, ...heldBack.present];
}

function without(present: readonly Claim[], ledAway: readonly LedAway[]): readonly Claim[] {
  const taken = new Set(ledAway.map(({ claim }) => claim));
  return present.filter((claim) => !taken.has(claim));
}

interface HeldBackComparison {
  /** Claims whose addresses lead to their peering all the same. */
  readonly present: readonly Claim[];
  readonly findings: readonly PlannedFinding[];
}

/** Claims that get no route, because other peerings want the same addresses, or because these lead elsewhere today. */
function compareHeldBack(
  state: TableState,
  isLedNow: (claim: Claim) => boolean,
  context: CompareContext,
): HeldBackComparison {
  const isHeld = (claim: Claim) => !isLedNow(claim);
  const { equalRoutes } = context;
  // Of a request the decision says what its routes wait for.
  const isTold = ({ managed, elsewhere }: TakeoverClaim) =>
    managed.stage === 'live' || !isAwaitable(elsewhere, equalRoutes);
  return {
    present: [...state.rivals, ...state.takeovers].filter(isLedNow),
    findings: [
      ...state.rivals.filter(isHeld).map((rival) => rivalConflict(rival, state, isLedNow, context)),
      ...state.takeovers
        .filter((takeover) => isHeld(takeover) && isTold(takeover))
        .map((takeover) => takeoverConflict(takeover, state, equalRoutes)),
    ],
  };
}

interface UnclaimedComparison {
  readonly deletes: PlannedStep[];
  readonly findings: Finding[];
  readonly notJudged: NotJudgedList[];
  /** Own routes that only the tag of an older version names. */
  readonly learned: MemoryUpdate[];
}

/** Static routes to peerings at destinations for which the policy asks nothing in this table. */
function compareUnclaimed(
  state: TableState,
  context: CompareContext,
  claims: ClaimComparison,
): UnclaimedComparison {
  const { region, routeTableId } = state.table;
  const result: UnclaimedComparison = { deletes: [], findings: [], notJudged: [], learned: [] };
  const whyItStays = createWhyItStays(state, claims, context);
  for (const [destination, found] of unclaimedRoutes(state)) {
    if (found.target.kind !== 'peering') {
      continue;
    }
    const peeringId = found.target.id;
    const wanting = state.rivals.filter((rival) => rival.destination === destination);
    const fate = fateOf(state, destination, found, context);
    if (wanting.length > 0 && fate.kind !== 'remove') {
      // What is so of it is told with those that want its destination.
      continue;
    }
    const has = `${routeTableId} in ${region} routes ${destination} to ${peeringId}`;
    if (fate.kind === 'not-judged') {
      const reason = `${has}, and where that leads is not known: ${fate.why}.`;
      result.notJudged.push({ resource: fate.prefixListId, reason });
    }
    if (fate.kind === 'leave') {
      append(result.notJudged, notKnown(state, destination, found, has, context));
    }
    if (fate.kind === 'leave' || fate.kind === 'not-judged') {
      continue;
    }
    const about = {
      region,
      routeTableId,
      destination,
      peeringId,
      ...(fate.rule === undefined ? {} : { rule: fate.rule }),
    };
    const detail = [`${has}, ${fate.why}`, ...undecidedText(wanting)].join(' ');
    if (fate.adoptFor !== undefined && context.ownership.registry === 'known') {
      result.learned.push({ kind: 'own', routeTableId, destination, peeringId, rule: fate.adoptFor });
    }
    if (fate.kind === 'finding') {
      const then = fate.mayGo === undefined ? '' : ` ${withoutText(state, found, fate.mayGo, context)}`;
      // That it is gone later is news.
      const now = fate.as === 'untagged' ? { elsewhere: `${destination} ${peeringId}` } : {};
      result.findings.push({ kind: fate.as, ...about, ...now, detail: detail + then, repairable: false });
      continue;
    }
    const cidr = context.cidrOf(destination);
    const stays = cidr && whyItStays(cidr, peeringId);
    if (stays !== undefined && cidr !== undefined && isInWanted(cidr, peeringId, state)) {
      // It leads where the policy wants its addresses. What is not so of the rest is told of the rest.
      continue;
    }
    if (stays !== undefined) {
      result.findings.push({
        kind: 'unexpected',
        ...about,
        detail: `${detail} It stays, because ${stays}.`,
        repairable: false,
      });
    } else if (cidr !== undefined) {
      const { mends, peering, heldBy } = fate;
      result.deletes.push({
        cidr,
        change: {
          action: 'delete',
          ...about,
          reason: detail,
          seen: found,
          ...(peering === 'dead' ? { onlyIfDead: peeringId } : {}),
          ...(mends === undefined ? {} : { mends }),
          ...(heldBy === undefined ? {} : { heldBy }),
        },
        ...(mends === undefined ? {} : { finding: { kind: mends, ...about, detail, repairable: true } }),
      });
    }
  }
  return result;
}

/** Those at destinations that nobody wants, and those at such of which several peerings want it, so that none gets it. */
function unclaimedRoutes({ others, rivals, claims, routes }: TableState): ReadonlyMap<string, Route> {
  if (rivals.length === 0) {
    return others;
  }
  const unclaimed = new Map(others);
  const claimed = new Set(claims.map(({ destination }) => destination));
  for (const { destination } of rivals) {
    const found = routes.get(destination);
    if (found !== undefined && !claimed.has(destination)) unclaimed.set(destination, found);
  }
  return unclaimed;
}

/** Who wants the destination of a route that goes, where no one of them gets it. */
function undecidedText(wanting: readonly RivalClaim[]): string[] {
  const named = wanting.map(({ peeringId, rule }) => `${peeringId} (rule ${rule})`).sort();
  const last = named.pop();
  return last === undefined
    ? []
    : [
        named.length === 0
          ? `${last} wants that destination, and does not get it before a person decides.`
          : `${named.join(', ')} and ${last} want that destination, and ${named.length === 1 ? 'neither' : 'none of them'} gets it before a person decides.`,
      ];
}

/**
 * Of a route that is left: what of it nobody can say. In a table without the tag that concerns own routes alone; and what lists
 * take from whom, only where the policy wants something.
 */
function notKnown(
  { table, optIn, wanted }: TableState,
  destination: string,
  found: Route,
  has: string,
  context: CompareContext,
): NotJudgedList[] {
  const own = context.ownership.ownAt(table.routeTableId, destination)?.peeringId === found.target.id;
  if (!isOptedIn(optIn) && !own) {
    return [];
  }
  const gone = notListed(found, has, table, context);
  const isUnread = gone.length === 0 && isOptedIn(optIn) && wanted.claims.length > 0;
  return isUnread ? unreadLists(found, has, context) : gone;
}

/** Whether all addresses of a block are wanted at a peering, be it by a destination that gets no route now. */
function isInWanted(
  cidr: Cidr,
  peeringId: string,
  { claims, rivals, takeovers, undecided }: TableState,
): boolean {
  return [claims, rivals, takeovers, undecided].some((list: readonly Claim[]) =>
    list.some((claim) => claim.peeringId === peeringId && contains(claim.cidr, cidr)),
  );
}

/** A route whose peering EC2 does not list although it, or another route to it, works: where it leads nobody can say. */
function notListed(
  found: Route,
  has: string,
  { vpcId }: TableState['table'],
  { managementOf }: CompareContext,
): NotJudgedList[] {
  const management = managementOf(found, vpcId);
  return management.kind === 'untouchable' && management.notRead
    ? [
        {
          resource: found.target.id,
          reason:
            found.state === 'blackhole'
              ? `${has}, which EC2 does not list although another route to it works: whether this one, which drops its traffic, is to go is not known.`
              : `${has}, which EC2 does not list although the route works: where it leads is not known.`,
        },
      ]
    : [];
}

/** Of a route to a peering that nothing else is said about. */
function unreadLists(found: Route, has: string, { prefixLists }: CompareContext): NotJudgedList[] {
  return unreadListRoutes({ routes: [found] }, prefixLists).map(({ prefixListId, problem }) => ({
    resource: prefixListId,
    reason: `${has}; whether that takes part of another peering's addresses away is not known: ${problem}.`,
  }));
}

/**
 * Why a route that is to be removed stays: the policy wants a part of its addresses at the same peering, and without it they
 * would not lead there.
 */
function createWhyItStays(
  state: TableState,
  { unmade, creates, replaces }: ClaimComparison,
  context: CompareContext,
): (cidr: Cidr, peeringId: string) => string | undefined {
  const { claims, rivals, takeovers, undecided } = state;
  let after: Leads | undefined;
  return (cidr, peeringId) => {
    const concerns = (claim: Claim) => claim.peeringId === peeringId && overlaps(claim.cidr, cidr);
    const waitsFor = [...unmade, ...rivals, ...takeovers, ...undecided].find(concerns);
    if (waitsFor !== undefined) {
      return `${waitsFor.destination}, which the policy wants there, cannot be routed to ${peeringId} by itself now`;
    }
    // What a narrower route takes from it, it does not lead now either.
    const lost = claims.filter(concerns).find((claim) => {
      const leadsThere = leadsOnceActive(claim.managed.view.peering);
      const staysSo = (lead: Lead) => leadsThere(lead) || lead.cidr.prefix > cidr.prefix;
      after ??= leadsAfter(state, [...creates, ...replaces], context);
      return !allLead(after, claim.cidr.prefix < cidr.prefix ? cidr : claim.cidr, staysSo);
    });
    return lost && `a part of ${lost.destination} would lead elsewhere than to ${peeringId}`;
  };
}

/** Where the table leads once all routes are made that are planned, and all removed that may be. */
function leadsAfter(state: TableState, steps: readonly PlannedStep[], context: CompareContext): Leads {
  const made = steps.map(({ change }) => routeMade(change));
  const unclaimed = unclaimedRoutes(state);
  const staying = state.table.routes.filter((route) => {
    const destination = canonicalDestination(route.destination);
    return (
      isPropagated(route) ||
      !unclaimed.has(destination) ||
      fateOf(state, destination, route, context).kind !== 'remove'
    );
  });
  // What is made comes last, so that it takes the place of what is there.
  return leadsOf([...staying, ...made], context.cidrOf, context.prefixLists);
}

/** Puts the changes in order, and adds the findings that they mend or that there is no room for. */
function inOrder(
  state: TableState,
  context: CompareContext,
  creates: PlannedStep[],
  replaces: PlannedStep[],
  deletes: PlannedStep[],
  findings: Finding[],
): { readonly changes: readonly Change[]; readonly pending: readonly Change[] } {
  if (state.wanted.nested) {
    // Narrow ones first: a wider one of another peering would lead their addresses meanwhile.
    creates.sort((a, b) => b.cidr.prefix - a.cidr.prefix || byDestination(a, b));
  }
  deletes.sort(byDestination);
  // Only a route that is new needs room.
  const used = creates.length === 0 ? { ipv4: 0, ipv6: 0 } : usedRoutes(state.table, context.prefixLists);
  // What goes only after the answer to a request makes no room before it.
  const afterAnswer = deletes.filter(({ change }) => waitsForAnswer(change));
  const {
    steps: free,
    overLimit,
    stillWaiting,
  } = orderChanges(
    { creates: liveFirst(creates), replaces, deletes: deletes.filter((step) => !afterAnswer.includes(step)) },
    { ipv4: context.routesPerTable - used.ipv4, ipv6: context.routesPerTable - used.ipv6 },
  );
  const steps = afterAnswer.length === 0 ? free : [...free, ...afterAnswer];
  const pending: Change[] = [];
  for (const step of steps) {
    if (step.finding) findings.push(step.finding);
    if (step.isPending) pending.push(step.change);
  }
  for (const { change, cidr } of overLimit) {
    findings.push(
      noRoom(
        change,
        `${used[cidr.family]} of at most ${context.routesPerTable} ${FAMILY_NAMES[cidr.family]} routes`,
      ),
    );
  }
  for (const { finding } of stillWaiting) {
    if (finding) {
      const detail = `${finding.detail} It stays until there is room for the routes that take its place.`;
      findings.push({ ...finding, detail, repairable: false });
    }
  }
  return { changes: steps.map(({ change }) => change), pending };
}

/** What little room there is, live peerings get: of a request nobody knows yet whether it is accepted. */
function liveFirst(creates: readonly PlannedStep[]): readonly PlannedStep[] {
  const waits = ({ change }: PlannedStep) => change.heldBy === 'acceptance';
  return creates.some(waits)
    ? [...creates.filter((create) => !waits(create)), ...creates.filter(waits)]
    : creates;
}

function noRoom(change: Change, used: string): Finding {
  return overLimit(
    change,
    `holds ${used} (guardrails.routesPerTable; a prefix list counts with its maximum). Delete routes that nobody needs; or have the quota raised (Service Quotas, Amazon VPC: Routes per route table), then set guardrails.routesPerTable to it and deploy.`,
  );
}

function byDestination(a: Step, b: Step): number {
  return compareCidrs(a.cidr, b.cidr);
}

/** Whether findings are about claims, one each, in the order of claims. That is the order of findings, too. */
function followClaims(findings: readonly Finding[], claims: readonly Claim[]): boolean {
  let next = 0;
  for (const { destination } of findings) {
    while (next < claims.length && claims[next]?.destination !== destination) next += 1;
    if (next === claims.length) {
      return false;
    }
    next += 1;
  }
  return true;
}

/** CIDRs first, then prefix lists by their text. */
function createFindingOrder(cidrOf: CompareContext['cidrOf']): (a: Finding, b: Finding) => number {
  const compareDestinations = (a = '', b = ''): number => {
    const [first, second] = [cidrOf(a), cidrOf(b)];
    if (first && second) return compareCidrs(first, second);
    return first ? -1 : second ? 1 : compareText(a, b);
  };
  return (a, b) =>
    compareDestinations(a.destination, b.destination) ||
    compareText(a.kind, b.kind) ||
    compareText(a.peeringId, b.peeringId);
}

/** What a route at the destination does that goes to none of those that have it. */
function elsewhereText(
  found: Route,
  destination: string,
  state: TableState,
  context: CompareContext,
): string {
  const fate = fateOf(state, destination, found, context);
  return fate.kind === 'remove' && fate.peering === 'dead'
    ? `its route to ${targetText(found.target)}, ${fate.why.replace(/\.$/, '')}, is dead and is removed, and `
    : `routes it to ${targetText(found.target)}, and `;
}

function rivalConflict(
  rival: RivalClaim,
  state: TableState,
  isLedNow: (claim: Claim) => boolean,
  context: CompareContext,
): PlannedFinding {
  const { table, routes } = state;
  const { destination, rivals } = rival;
  const wish = wishOf(rival, table);
  const having = rivals.filter((claim) => rival.having.includes(claim) || isLedNow(claim));
  const [first] = having;
  const found = routes.get(destination);
  const isElsewhere =
    found !== undefined &&
    !having.some((claim) => claim.destination === destination && claim.peeringId === found.target.id);
  const goes = isElsewhere ? elsewhereText(found, destination, state, context) : '';
  return {
    kind: 'conflict',
    ...wish,
    elsewhere: first === undefined ? `${destination} nobody` : `${first.destination} ${first.peeringId}`,
    detail: `${asked(wish)}, but ${goes}${rivalsText(rival, having)}.`,
    repairable: false,
    helps: rivalsHelp(rival, rivals, table),
  };
}

function takeoverConflict(
  takeover: TakeoverClaim,
  { table }: TableState,
  equalRoutes: CompareContext['equalRoutes'],
): PlannedFinding {
  const { elsewhere } = takeover;
  const wish = wishOf(takeover, table);
  return {
    kind: 'conflict',
    ...wish,
    elsewhere: `${elsewhere.destination} ${elsewhere.targetId}`,
    ...(isAwaitable(elsewhere, equalRoutes) ? { awaited: true } : {}),
    detail: `${asked(wish)}, but ${takeoverText(wish, elsewhere)}`,
    repairable: false,
    helps: takeoverHelp(takeover, table, equalRoutes),
  };
}

/** What has the addresses that a new route would take. */
function takeoverText({ peeringId }: DesiredRoute, elsewhere: Elsewhere): string {
  const { targetId, listToPeering, prefixListId, otherLists = [] } = elsewhere;
  if (listToPeering !== undefined && prefixListId !== undefined) {
    return `${inLists(elsewhere, [{ prefixListId: listToPeering, targetId: peeringId }])}.`;
  }
  return otherLists.length > 0
    ? `${inLists(elsewhere)}; and the new route would take that traffic over.`
    : `sends it to ${targetId} by the route to ${placeElsewhere(elsewhere)}, and the new route would take that traffic over.`;
}

/** Of a block in several lists: where each leads it, and that none of that is sure. @param first lists that are named before. */
function inLists(
  { destination, prefixListId = '', targetId, otherLists = [] }: Elsewhere,
  first: NonNullable<Elsewhere['otherLists']> = [],
): string {
  const lists = [...first, { prefixListId, targetId }, ...otherLists];
  const targets = joinedByAnd(lists.map((list) => `${list.prefixListId} to ${list.targetId}`));
  return `has ${destination} in ${lists.length === 2 ? 'two' : lists.length} prefix lists, ${targets}: AWS picks one of them, and which is not known`;
}

/** The lists that lead a block elsewhere. */
function listsOf({ prefixListId, otherLists = [] }: Elsewhere): string | undefined {
  return prefixListId === undefined
    ? undefined
    : joinedByAnd([prefixListId, ...otherLists.map((list) => list.prefixListId)]);
}

/** What a person does about that: a route by hand goes before all else, and the product adopts it. */
function takeoverHelp(
  claim: TakeoverClaim,
  table: TableState['table'],
  equalRoutes: CompareContext['equalRoutes'],
): Helps {
  const { elsewhere } = claim;
  const { destination, targetId, allowHelps, listToPeering, then, isEqual } = elsewhere;
  const base = { claim, table };
  if (isAwaitable(elsewhere, equalRoutes)) {
    const lists = listsOf(elsewhere);
    const how =
      lists === undefined
        ? 'stop the propagation of that route, or have it announced no more'
        : `take ${destination} out of ${lists}`;
    const says = `As soon as that route is gone, the route to the peering takes its place (guardrails.equalRoutes: wait): ${how}.`;
    return { ...base, says, follows: true };
  }
  const leaveOut = [claim.cidr];
  const byHand = { action: 'create', destination: claim.destination } as const;
  const wider = allowHelps ? { widerTo: targetId } : {};
  if (isEqual || listToPeering !== undefined || allowHelps) {
    const says = then === undefined ? '' : behindText('Were that route gone', then);
    return { ...base, says, byHand, leaveOut, ...wider };
  }
  return {
    ...base,
    says: 'No setting lets it, as those addresses may be in use there: have them no longer led there if they shall use this peering.',
    leaveOut,
  };
}

function undecidedClaims({ table: { region, routeTableId }, undecided }: TableState): NotJudgedList[] {
  return undecided.flatMap(({ lists, ...wish }) =>
    lists.map(({ prefixListId, targetId, problem }) => ({
      resource: prefixListId,
      reason: `${asked({ region, routeTableId, ...wish })}, but whether that takes over what its route to prefix list ${prefixListId} leads to ${targetId} is not known: ${problem}. The route waits until the list can be read.`,
    })),
  );
}

/** What the policy makes of an own route that is not in its table any more. */
function managementOfGone(
  { table }: TableState,
  destination: string,
  peeringId: string,
  { managementOf }: CompareContext,
): Management {
  // A peering that EC2 no longer lists has ended, or nothing of it would ever be forgotten.
  const route: Route = {
    destination,
    target: { kind: 'peering', id: peeringId },
    state: 'blackhole',
    origin: 'CreateRoute',
  };
  return managementOf(route, table.vpcId);
}

/**
 * Own routes that are gone from a table that asks for no rule of the policy, its tag being lost or misspelt: nothing brings them back by itself. Where
 * the tag names other rules, to delete the route is what people were told to do.
 */
function lostRoutes(state: TableState, context: CompareContext): Finding[] {
  const { table, optIn, routes } = state;
  const own = context.ownership.ofTable(table.routeTableId);
  if (own === undefined || selectsSome(optIn, context.ruleNames)) {
    return [];
  }
  const key = routesTagKey(context.tagPrefix);
  const lost = isOptedIn(optIn)
    ? `It is gone, and the table's tag ${key} names no rule of the policy, so the product does not write there. Set the tag right`
    : `It is gone, and so is the table's tag ${key}, without which the product does not write there. Tag the table again`;
  const findings: Finding[] = [];
  for (const [destination, { peeringId, rule }] of own) {
    if (
      managementOfGone(state, destination, peeringId, context).kind === 'managed' &&
      routes.get(destination)?.target.id !== peeringId
    ) {
      findings.push({
        kind: 'untagged',
        region: table.region,
        routeTableId: table.routeTableId,
        destination,
        peeringId,
        rule,
        elsewhere: `${destination} ${routes.get(destination)?.target.id ?? 'no route'}`,
        detail:
          `${table.routeTableId} in ${table.region} had a route to ${destination} by ${peeringId} (rule ${rule}). ` +
          [
            `${lost} to have the route back; or tag it ${HANDED_BACK}, if the product shall not have it any more.`,
            ...optInSlips(table, context),
          ].join(' '),
        repairable: false,
      });
    }
  }
  return findings;
}

/** Whether nothing is to be told any more of an own route that is gone. */
function isOver(management: Management, { optIn }: TableState, { ruleNames }: CompareContext): boolean {
  switch (management.kind) {
    case 'managed':
      return selectsSome(optIn, ruleNames) || management.managed.stage === 'request';
    case 'untouchable':
      return management.request === true;
    default:
      return true;
  }
}

/**
 * Whether a peering wants addresses for which it gets no new route, so that nothing of what it had there is forgotten: that it
 * had them may be why it wants them still, where an address plan would allow no new ones.
 */
function createHeldClaims(
  { rivals, takeovers, undecided }: TableState,
  { cidrOf }: CompareContext,
): (destination: string, peeringId: string) => boolean {
  const held = [...rivals, ...takeovers, ...undecided];
  return (destination, peeringId) => {
    const cidr = held.length === 0 ? undefined : cidrOf(destination);
    return (
      cidr !== undefined && held.some((claim) => claim.peeringId === peeringId && overlaps(claim.cidr, cidr))
    );
  };
}

/**
 * What the registry still names, although no such route is there nor wanted. What a table lost together with its tag it keeps
 * as long as that is told, and so it does while nobody can say what is wanted. In the table of a gateway nothing is, ever; and a
 * table that was handed back keeps its routes, which are somebody else's then.
 *
 * @param claimed how many of the table's own routes are at destinations of claims; in most tables, all.
 */
function goneRoutes(state: TableState, context: CompareContext, claimed: number): MemoryUpdate[] {
  const { table, routes, optIn, claims } = state;
  const { ownership } = context;
  const own = ownership.registry === 'known' ? ownership.ofTable(table.routeTableId) : undefined;
  if (own === undefined || own.size === claimed) {
    return [];
  }
  const wanted =
    claims === state.wanted.claims
      ? state.wanted.destinations
      : new Set(claims.map(({ destination }) => destination));
  const isHeld = createHeldClaims(state, context);
  const updates: MemoryUpdate[] = [];
  for (const [destination, route] of own) {
    const isThere = routes.get(destination)?.target.id === route.peeringId;
    const isWanted = wanted.has(destination) || isHeld(destination, route.peeringId);
    if (optIn.kind !== 'handed-back' && (isThere || isWanted)) {
      continue;
    }
    const management = managementOfGone(state, destination, route.peeringId, context);
    if (isOver(management, state, context) || optIn.kind === 'gateway' || optIn.kind === 'handed-back') {
      updates.push({ kind: 'not-own', routeTableId: table.routeTableId, destination, ...route });
    }
  }
  return updates;
}
