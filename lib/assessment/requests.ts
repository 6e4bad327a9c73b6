import { type Acceptance, acceptanceOf, isAcceptanceUnreadable } from '../model/acceptance.ts';
import { freezeIn } from '../model/freeze.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import {
  DEAD_STATUSES,
  type Peering,
  type PeeringSide,
  type PeeringView,
  REQUEST_STATUSES,
} from '../model/peering.ts';
import { viewsOf } from '../model/views.ts';
import { readDestination } from '../network/destination.ts';
import { decide } from '../policy/decide.ts';
import { decidePeering } from '../policy/decide-peering.ts';
import { type Decision, type DecisionFacts, isOver } from '../policy/decision.ts';
import { destinationsOf } from '../policy/destinations.ts';
import { createFacts, type PlanFacts } from '../policy/facts.ts';
import { createLifetimes } from '../policy/lifetimes.ts';
import { createPeeredAlready, type PeeredAlready, pairOf } from '../policy/peered-already.ts';
import type { Policy } from '../policy/schema.ts';
import { type Management, managementOfView, type ViewDecision } from '../routing/management.ts';
import { createObstacles, createRoutesInPlace, type TakenDestinations } from '../routing/obstacles.ts';
import { byHandOf, type JudgedRequest } from './by-hand.ts';
import { createRouted } from './routed.ts';
import type { AssessedRequest, NetworkMemory, NetworkState, RequestSide } from './types.ts';

/** All decisions of one account: what each view means, and the answers to requests. */
export interface Decisions {
  /** By Region: every view that is not dead, with its own decision. */
  readonly byRegion: ReadonlyMap<string, readonly ViewDecision[]>;
  /** In the order of deciding. */
  readonly requests: readonly AssessedRequest[];
  /** By view (peering id and local VPC) of requests that are accepted: what its routes will be. */
  readonly onceAccepted: ReadonlyMap<PeeringView, Decision>;
}

interface RegionToDecide {
  readonly inventory: RegionInventory;
  readonly views: readonly PeeringView[];
  readonly factsOf: (view: PeeringView) => DecisionFacts;
  readonly obstaclesOf: ReturnType<typeof createObstacles>;
  readonly routesInPlaceOf: ReturnType<typeof createRoutesInPlace>;
  /** By all Regions of the account. */
  readonly peeredAlready: ReturnType<typeof createPeeredAlready>;
}

/** The one that was asked first is decided first; ids settle what was asked at the same time. */
export function byAge(a: Peering, b: Peering): number {
  const [first, second] = [a.expiresAt?.getTime() ?? 0, b.expiresAt?.getTime() ?? 0];
  return first - second || (a.peeringId < b.peeringId ? -1 : a.peeringId > b.peeringId ? 1 : 0);
}

function isRequest({ peering }: PeeringView): boolean {
  return REQUEST_STATUSES.has(peering.status);
}

/** The view as it will be once the request is accepted. */
function asLive(view: PeeringView): PeeringView {
  return { ...view, peering: { ...view.peering, status: 'active' } };
}

/** What VPCs have or are about to get: grows with each request that is accepted. */
class Taken {
  readonly #byVpc = new Map<string, TakenDestinations[]>();
  readonly #accepted = new Map<string, number>();
  readonly #byPair = new Map<string, string>();

  add(taken: TakenDestinations): void {
    this.#byVpc.set(taken.vpcId, [...(this.#byVpc.get(taken.vpcId) ?? []), taken]);
  }

  /** That a request is accepted: its two VPCs have their one peering. */
  addPair(request: Peering): void {
    this.#byPair.set(pairOf(request), request.peeringId);
  }

  /** The request of the same two VPCs that is accepted before this one. */
  acceptedFirst(request: Peering): PeeredAlready | undefined {
    const peeringId = this.#byPair.get(pairOf(request));
    return peeringId === undefined || peeringId === request.peeringId
      ? undefined
      : { peeringId, how: 'accepted-first' };
  }

  addPeering(vpcId: string): void {
    this.#accepted.set(vpcId, (this.#accepted.get(vpcId) ?? 0) + 1);
  }

  of(vpcId: string): readonly TakenDestinations[] {
    return this.#byVpc.get(vpcId) ?? [];
  }

  peeringsOf(vpcId: string): number {
    return this.#accepted.get(vpcId) ?? 0;
  }
}

const OWN_ROUTES: Readonly<Record<Management['kind'], TakenDestinations['ownRoutes']>> = {
  managed: 'managed',
  untouchable: 'not-judged',
  unmanaged: 'over',
  expired: 'over',
  dead: 'over',
};

function takenByLive(decided: ViewDecision, policy: Policy): TakenDestinations {
  const { view, decision } = decided;
  const { peering, local, remote } = view;
  const named = policy.rules.find(({ name }) => name === decision.rule);
  const { management } = managementOfView(decided, named, policy.tagPrefix);
  const base = {
    peeringId: peering.peeringId,
    vpcId: local.vpcId,
    ownRoutes: OWN_ROUTES[management.kind],
  };
  if (isOver(decision)) {
    // Its own routes go, and what others route there is found in the tables.
    return { ...base, destinations: [], why: 'has ended' };
  }
  return named === undefined || !decision.managed
    ? {
        ...base,
        destinations: remote.cidrs.flatMap((text) => readDestination(text) ?? []),
        // One that is still provisioning shows them in a moment.
        ...(remote.cidrs.length === 0 && peering.status === 'active' ? { hidden: true as const } : {}),
        why: `leads to (${remote.vpcId}, ${peering.status})`,
      }
    : {
        ...base,
        rule: named,
        destinations: destinationsOf(named, decision),
        why: `gets by rule ${named.name}`,
      };
}

/**
 * Decides every view of the account, and then the requests one after the other, so that each meets the routes and quotas
 * that those before it take up.
 */
export function decideAll(state: NetworkState, policy: Policy, memory: NetworkMemory, now: Date): Decisions {
  const lifetimeOf = createLifetimes(policy, memory, now);
  const rejected = new Set<string>();
  // Made when first asked for: most passes meet no request.
  const pairs = lazy(() => createPeeredAlready(state.regions.flatMap(({ peerings }) => peerings)));
  const regions = state.regions.map((inventory): RegionToDecide => {
    const remembered = memory.get(inventory.region) ?? NO_MEMORY;
    return {
      inventory,
      views: viewsOf(inventory, state.managedRegions).filter(
        ({ peering }) => !DEAD_STATUSES.has(peering.status),
      ),
      factsOf: createFacts(
        inventory,
        state.organization,
        {
          frozen: freezeIn(remembered.notes, now),
          acceptedOf: (peeringId) => acceptanceOf(remembered.notes, peeringId),
          isAcceptedUnreadable: (peeringId) => isAcceptanceUnreadable(remembered.notes, peeringId),
          proposedOf: (peeringId) => state.proposed?.get(peeringId),
          lifetimeOf,
        },
        planFactsOf(inventory, state, policy, remembered),
      ),
      obstaclesOf: createObstacles(inventory, policy, remembered, readDestination, rejected),
      routesInPlaceOf: createRoutesInPlace(inventory, policy, remembered, rejected),
      peeredAlready: (request) => pairs()(request),
    };
  });
  const taken = new Taken();
  // In the order of the views, with nothing at the place of a request.
  const live = regions.map(({ views, factsOf }) =>
    views.map((view): ViewDecision | undefined => {
      if (isRequest(view)) {
        return undefined;
      }
      const facts = factsOf(view);
      return { view, facts, decision: decide(view, policy, facts) };
    }),
  );
  const asked = new Set(
    regions.flatMap(({ views }) => views.filter(isRequest).map(({ local: { vpcId } }) => vpcId)),
  );
  for (const decided of asked.size === 0 ? [] : live.flat()) {
    // Of other VPCs nobody asks what they have.
    if (decided !== undefined && asked.has(decided.view.local.vpcId)) {
      taken.add(takenByLive(decided, policy));
    }
  }
  for (const peeringId of rejectedIn(regions, state, policy)) rejected.add(peeringId);
  for (const peering of acceptedElsewhereOf(state)) taken.addPair(peering);
  const answered = decideRequests(regions, state, policy, taken);
  const answeredElsewhere = decideAcceptedElsewhere(regions, state, policy, taken);
  const byRegion = new Map(
    regions.map((region, index) => [
      region.inventory.region,
      region.views.map(
        (view, nth): ViewDecision => live[index]?.[nth] ?? ofRequest(region, view, policy, taken),
      ),
    ]),
  );
  return {
    byRegion,
    requests: answered.requests,
    onceAccepted: new Map([...answered.onceAccepted, ...answeredElsewhere]),
  };
}

function planFactsOf(
  inventory: RegionInventory,
  { addressPlan }: NetworkState,
  policy: Policy,
  memory: RegionMemory,
): PlanFacts | undefined {
  return policy.guardrails.ipam === undefined
    ? undefined
    : { plan: addressPlan, routedOf: createRouted(inventory, memory, policy) };
}

function factsOfRequest(
  { factsOf, obstaclesOf, routesInPlaceOf, peeredAlready, inventory }: RegionToDecide,
  view: PeeringView,
  taken: Taken,
): DecisionFacts {
  const facts = factsOf(view);
  const { vpcId } = view.local;
  // Counted only where a route table of the VPC was read.
  const readable = facts.activePeerings !== undefined;
  const peered = peeredAlready(view.peering) ?? taken.acceptedFirst(view.peering);
  const inTheWay = obstaclesOf(vpcId, view.peering.peeringId, taken.of(vpcId), peered?.peeringId);
  const notUnderstood = leftOut(inventory);
  return {
    ...facts,
    ...(peered === undefined ? {} : { peeredAlready: peered }),
    ...(facts.activePeerings === undefined
      ? {}
      : { activePeerings: facts.activePeerings + taken.peeringsOf(vpcId) }),
    ...(readable
      ? {
          obstacles: (rule, destinations) => [...inTheWay(rule, destinations), ...notUnderstood],
          routesInPlace: routesInPlaceOf(vpcId, view.peering.peeringId, taken.of(vpcId)),
        }
      : {}),
  };
}

/** What was left out of the reading may hold a route, or be a peering that counts: then nothing is accepted. */
function leftOut({ region, skipped: [first] = [] }: RegionInventory): string[] {
  return first === undefined
    ? []
    : [
        `Not everything that EC2 shows in ${region} could be understood, so conflicting routes cannot be ruled out: ${first}`,
      ];
}

function ofRequest(region: RegionToDecide, view: PeeringView, policy: Policy, taken: Taken): ViewDecision {
  const facts = factsOfRequest(region, view, taken);
  return { view, facts, decision: decide(view, policy, facts) };
}

/** A view of a request whose turn it is, with the facts as they are then. */
interface ViewInTurn {
  readonly view: PeeringView;
  /** The same, as it will be once the request is accepted. */
  readonly live: PeeringView;
  readonly region: RegionToDecide;
  readonly facts: DecisionFacts;
}

interface HowJudged {
  readonly unseen: ReturnType<typeof unseenAtOwnSide>;
  /** Judged as if a person had accepted it so. */
  readonly proposed?: Acceptance;
}

function judgeRequest(
  peering: Peering,
  views: readonly ViewInTurn[],
  policy: Policy,
  { unseen, proposed }: HowJudged,
): JudgedRequest {
  const asProposed = (facts: DecisionFacts): DecisionFacts =>
    proposed === undefined ? facts : { ...facts, proposed };
  const inTurn = views.map((each) => ({ ...each, facts: asProposed(each.facts) }));
  const decision = untilSeen(decidePeering(inTurn, policy), unseen);
  const sides = inTurn.map((each) =>
    requestSide(each, decision, policy, asProposed(each.region.factsOf(each.view))),
  );
  return {
    peering,
    decision,
    sides: sides.sort((a, b) => (a.view.direction < b.view.direction ? -1 : 1)),
  };
}

function requestSide(
  { view, live, facts }: ViewInTurn,
  { decision }: Decision,
  policy: Policy,
  factsOnceLive: DecisionFacts,
): RequestSide {
  const onceLive = decide(live, policy, factsOnceLive);
  const rule = policy.rules.find(({ name }) => name === onceLive.rule);
  // What is rejected gets no route.
  if (decision === 'reject' || rule === undefined) {
    return { view, onceLive, inTheWay: [], waitsFor: [] };
  }
  const destinations = destinationsOf(rule, onceLive);
  const unread = `Not one route table of ${view.local.vpcId} is among those that were read, so what stands in the way there is not known.`;
  // What is accepted has nothing in its way.
  const inTheWay = decision === 'hold' ? (facts.obstacles?.(rule, destinations) ?? [unread]) : [];
  // Whether a route comes once another one is gone is not said where something else may keep it back then.
  const waitsFor = inTheWay.length === 0 ? (facts.routesInPlace?.(rule, destinations) ?? []) : [];
  return { view, onceLive, inTheWay, waitsFor };
}

/** The sides of a peering that this account owns in managed Regions. */
export function ownSides(
  { accountId, managedRegions }: Pick<NetworkState, 'accountId' | 'managedRegions'>,
  { requester, accepter }: Pick<Peering, 'requester' | 'accepter'>,
): PeeringSide[] {
  return [requester, accepter].filter(
    (side) => side.accountId === accountId && managedRegions.includes(side.region),
  );
}

/** Why a request waits although a Region shows it: another one, where a rule may restrain it, was not read or does not show it. */
export function unseenAtOwnSide(
  state: Pick<NetworkState, 'accountId' | 'managedRegions' | 'regions' | 'others' | 'denied'>,
  peering: Pick<Peering, 'peeringId' | 'requester' | 'accepter'>,
): string | undefined {
  const read = [...state.regions, ...(state.others ?? [])];
  for (const { region, vpcId } of ownSides(state, peering)) {
    const inventories = read.filter((each) => each.region === region);
    const denied = state.denied?.get(region);
    if (inventories.length === 0 && denied !== undefined) {
      return `AWS refuses ${denied.calls.join(', ')} in ${region} (${denied.code}), so nothing is known of ${vpcId} there: no rule can be asked for it, and nothing would be routed. Permit the call there; the next sweep then decides.`;
    }
    if (inventories.length === 0) {
      return `${region} was not read, so the rules for ${vpcId} cannot be asked.`;
    }
    if (
      !inventories.some(({ peerings }) => peerings.some(({ peeringId }) => peeringId === peering.peeringId))
    ) {
      return `EC2 in ${region} does not show ${peering.peeringId} yet, so the rules for ${vpcId} cannot be asked.`;
    }
  }
  return undefined;
}

/** What there is to say of a request whose own Region is one that AWS denies to read: it waits, whatever the policy says. */
export function heldUnread(state: NetworkState, peering: Peering, policy: Policy): AssessedRequest {
  const unseen = unseenAtOwnSide(state, peering);
  return {
    ...judgeRequest(peering, [], policy, { unseen }),
    byHand: () => ({ kind: 'refused', why: unseen === undefined ? [] : [unseen] }),
  };
}

/** Nothing is answered before every own side was asked. */
function untilSeen(decision: Decision, unseen: string | undefined): Decision {
  return unseen === undefined
    ? decision
    : {
        ...decision,
        decision: 'hold',
        reasons: [unseen, ...decision.reasons],
        heldFor: [unseen],
        unseen: true,
      };
}

interface PendingRequest {
  readonly peering: Peering;
  readonly sides: readonly Pick<ViewInTurn, 'view' | 'region'>[];
}

/** The requests that this account answers, the oldest first, with their sides that it owns. */
function pendingRequests(
  regions: readonly RegionToDecide[],
  { accountId }: Pick<NetworkState, 'accountId'>,
): PendingRequest[] {
  const asked = regions.flatMap(({ inventory }) =>
    inventory.peerings.filter(
      ({ status, accepter }) =>
        status === 'pending-acceptance' &&
        accepter.accountId === accountId &&
        accepter.region === inventory.region,
    ),
  );
  if (asked.length === 0) {
    return [];
  }
  const sidesOf = new Map<string, Pick<ViewInTurn, 'view' | 'region'>[]>();
  for (const region of regions) {
    for (const view of region.views) {
      if (isRequest(view)) {
        const { peeringId } = view.peering;
        sidesOf.set(peeringId, [...(sidesOf.get(peeringId) ?? []), { view, region }]);
      }
    }
  }
  return asked.sort(byAge).map((peering) => ({ peering, sides: sidesOf.get(peering.peeringId) ?? [] }));
}

/** Requests that the policy rejects, which no route and no other request changes. */
function rejectedIn(regions: readonly RegionToDecide[], state: NetworkState, policy: Policy): string[] {
  return pendingRequests(regions, state).flatMap(({ peering, sides }) => {
    const views = sides.map((side) => ({ ...side, facts: side.region.factsOf(side.view) }));
    const decision = untilSeen(decidePeering(views, policy), unseenAtOwnSide(state, peering));
    return decision.decision === 'reject' ? [peering.peeringId] : [];
  });
}

function decideRequests(
  regions: readonly RegionToDecide[],
  state: NetworkState,
  policy: Policy,
  taken: Taken,
): Pick<Decisions, 'requests' | 'onceAccepted'> {
  const requests: AssessedRequest[] = [];
  const onceAccepted = new Map<PeeringView, Decision>();
  for (const { peering, sides } of pendingRequests(regions, state)) {
    const views = sides.map(({ view, region }) => ({
      view,
      live: asLive(view),
      region,
      facts: factsOfRequest(region, view, taken),
    }));
    const unseen = unseenAtOwnSide(state, peering);
    const judged = judgeRequest(peering, views, policy, { unseen });
    const byHand = lazy(() =>
      unseen === undefined
        ? byHandOf(judged, policy, (rule) =>
            judgeRequest(peering, views, policy, {
              unseen,
              proposed: { rule, how: 'chosen', by: '', at: 0 },
            }),
          )
        : { kind: 'refused' as const, why: [unseen] },
    );
    requests.push({ ...judged, byHand });
    if (judged.decision.decision !== 'accept') {
      continue;
    }
    taken.addPair(peering);
    for (const { view, onceLive } of judged.sides) {
      const { vpcId } = view.local;
      taken.addPeering(vpcId);
      onceAccepted.set(view, onceLive);
      taken.add(aboutToGet(view, onceLive, policy));
    }
  }
  return { requests, onceAccepted };
}

/** The requests of this account that others accept, before those of the same VPCs that it answers itself. */
function acceptedElsewhereOf({ regions, acceptedElsewhere }: NetworkState): Peering[] {
  return acceptedElsewhere === undefined
    ? []
    : regions.flatMap(({ peerings }) => peerings.filter(({ peeringId }) => acceptedElsewhere.has(peeringId)));
}

/** What follows here once other accounts have accepted what this one asked for. */
function decideAcceptedElsewhere(
  regions: readonly RegionToDecide[],
  { accountId, acceptedElsewhere }: NetworkState,
  policy: Policy,
  taken: Taken,
): Map<PeeringView, Decision> {
  const onceAccepted = new Map<PeeringView, Decision>();
  for (const { views, factsOf } of acceptedElsewhere === undefined ? [] : regions) {
    for (const view of views) {
      const { peeringId, accepter } = view.peering;
      if (isRequest(view) && accepter.accountId !== accountId && acceptedElsewhere?.has(peeringId)) {
        const onceLive = decide(asLive(view), policy, factsOf(view));
        onceAccepted.set(view, onceLive);
        taken.add(aboutToGet(view, onceLive, policy));
      }
    }
  }
  return onceAccepted;
}

function aboutToGet(view: PeeringView, later: Decision, policy: Policy): TakenDestinations {
  return {
    peeringId: view.peering.peeringId,
    vpcId: view.local.vpcId,
    ...takenLater(later, view, policy),
    ownRoutes: 'over',
    why: 'is about to get, as its request is accepted first',
  };
}

function takenLater(
  later: Decision,
  view: PeeringView,
  policy: Policy,
): Pick<TakenDestinations, 'destinations' | 'rule'> {
  const rule = later.managed ? policy.rules.find(({ name }) => name === later.rule) : undefined;
  return rule === undefined
    ? { destinations: view.remote.cidrs.flatMap((text) => readDestination(text) ?? []) }
    : { rule, destinations: destinationsOf(rule, later) };
}
