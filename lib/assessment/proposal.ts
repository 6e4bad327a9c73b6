import type { Acceptance } from '../model/acceptance.ts';
import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Peering } from '../model/peering.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import type { Policy } from '../policy/schema.ts';
import { assess } from './assess.ts';
import { against, OBSERVED, ruleFor } from './by-hand.ts';
import type { AssessedRequest, NetworkMemory, NetworkState } from './types.ts';

/** Who is about to accept which request, and the rule that they name, if any. */
export interface Proposal {
  readonly peeringId: string;
  readonly as?: string;
  readonly by: string;
}

/** What follows if a person accepts a request: the assessment as it would be then, as far as it is about this peering. */
export interface Outlook {
  readonly request: AssessedRequest;
  readonly acceptance: Acceptance;
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
}

export type Proposed =
  | { readonly kind: 'refused'; readonly why: readonly string[] }
  | ({ readonly kind: 'possible' } & Outlook);

export interface Judging {
  readonly state: NetworkState;
  readonly policy: Policy;
  readonly memory: NetworkMemory;
  readonly now: Date;
}

function refused(...why: readonly string[]): Extract<Proposed, { kind: 'refused' }> {
  return { kind: 'refused', why };
}

/** Why a peering is no request that this account can answer. */
export function notARequest({ state }: Pick<Judging, 'state'>, peeringId: string): string {
  const found = state.regions
    .flatMap(({ peerings }) => peerings)
    .find((each) => each.peeringId === peeringId);
  if (found === undefined) {
    return `${peeringId} is in none of the Regions that were read: ${state.regions.map(({ region }) => region).join(', ')}.`;
  }
  const { status, accepter } = found;
  if (status !== 'pending-acceptance') {
    return `${peeringId} is ${status}; only a request that is pending-acceptance can be answered.`;
  }
  return accepter.accountId === state.accountId
    ? `${peeringId} has to be answered in ${accepter.region}, which was not read or is not managed.`
    : `${peeringId} is a request of this account; account ${accepter.accountId} answers it.`;
}

/** The network as it is once a request is accepted: routes to it that were there before drop their traffic no longer. */
function onceAccepted(state: NetworkState, peeringId: string): NetworkState {
  const waits = ({ target, state: now }: Route) => target.id === peeringId && now === 'blackhole';
  const carrying = (table: RouteTable): RouteTable =>
    table.routes.some(waits)
      ? { ...table, routes: table.routes.map((each) => (waits(each) ? { ...each, state: 'active' } : each)) }
      : table;
  const live = (peering: Peering): Peering =>
    peering.peeringId === peeringId ? { ...peering, status: 'active' } : peering;
  return {
    ...state,
    regions: state.regions.map(
      (inventory): RegionInventory => ({
        ...inventory,
        peerings: inventory.peerings.map(live),
        tables: inventory.tables.map(carrying),
      }),
    ),
  };
}

/** The Regions with only what is said about these VPCs. Routes of one VPC never depend on those of another. */
function around({ regions }: NetworkState, vpcIds: ReadonlySet<string>): RegionInventory[] {
  return regions.map((inventory) => ({
    ...inventory,
    peerings: inventory.peerings.filter(
      ({ requester, accepter }) => vpcIds.has(requester.vpcId) || vpcIds.has(accepter.vpcId),
    ),
    tables: inventory.tables.filter(({ vpcId }) => vpcIds.has(vpcId)),
  }));
}

/** What comes of a request's routes once it is live. */
export interface OnceLive {
  /** Routes that are made. */
  readonly changes: readonly Change[];
  /** Routes of which the addresses lead to it already, by what is in the tables: nothing is made for them. */
  readonly inPlace: readonly DesiredRoute[];
}

/**
 * What would be written if a request were live, however it came to be, and what is there already: by the assessment of the network
 * as it would be, so that what stands in the way is left out. Other requests stay as they are.
 */
export function routesOnceLive(
  { state, policy, memory, now }: Judging,
  { peering: { peeringId }, sides }: AssessedRequest,
): OnceLive {
  const vpcIds = new Set(sides.map(({ view }) => view.local.vpcId));
  const small: NetworkState = { ...state, regions: around(state, vpcIds) };
  const after = assess(onceAccepted(small, peeringId), policy, memory, now);
  const changes = after.changes.filter(
    (change) => change.peeringId === peeringId && change.action !== 'delete',
  );
  const made = new Set(changes.map(placeOf));
  const regions = new Set(sides.map(({ view }) => view.region));
  return {
    changes,
    inPlace: [...regions]
      .flatMap((region) => after.inPlaceIn(region))
      .filter((each) => each.peeringId === peeringId && !made.has(placeOf(each))),
  };
}

function placeOf({ routeTableId, destination }: Pick<DesiredRoute, 'routeTableId' | 'destination'>): string {
  return `${routeTableId} ${destination}`;
}

/**
 * Judges what a person is about to accept, by the same assessment as everything else: first the request as if the rule
 * matched, with every guardrail, then the network as it would be. A person may say yes to what the policy holds, and to what no
 * rule matches. Nobody may to what a rule rejects, what a guardrail keeps from being accepted, or what cannot be decided:
 * whoever wants that changes the policy.
 */
export function propose(judging: Judging, { peeringId, as, by }: Proposal): Proposed {
  const { state, policy, memory, now } = judging;
  if (policy.mode === 'observe') {
    return refused(OBSERVED);
  }
  const asItIs = assess(state, policy, memory, now).requests.find(
    ({ peering }) => peering.peeringId === peeringId,
  );
  if (asItIs === undefined) {
    return refused(notARequest(judging, peeringId));
  }
  if (asItIs.decision.decision === 'reject') {
    return refused(...against(asItIs));
  }
  const chosen = ruleFor(asItIs, policy, as);
  if ('why' in chosen) {
    return refused(chosen.why);
  }
  const acceptance: Acceptance = { ...chosen, by, at: Math.floor(now.getTime() / 1000) };
  const proposed: NetworkState = { ...state, proposed: new Map([[peeringId, acceptance]]) };
  const request = assess(proposed, policy, memory, now).requests.find(
    ({ peering }) => peering.peeringId === peeringId,
  );
  if (request === undefined) {
    return refused(notARequest(judging, peeringId));
  }
  const why = against(request);
  if (why.length > 0) {
    return refused(...why);
  }
  const after = assess(onceAccepted(proposed, peeringId), policy, memory, now);
  return {
    kind: 'possible',
    request,
    acceptance,
    changes: after.changes.filter((change) => change.peeringId === peeringId),
    findings: after.findings.filter((finding) => finding.peeringId === peeringId),
  };
}
