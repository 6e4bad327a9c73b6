import type { Acceptance } from '../model/acceptance.ts';
import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Peering } from '../model/peering.ts';
import { didYouMean } from '../policy/did-you-mean.ts';
import type { Policy } from '../policy/schema.ts';
import { assess } from './assess.ts';
import type { AssessedRequest, NetworkMemory, NetworkState, RequestSide } from './types.ts';

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

/** The side of the accepter, which decides. */
function accepterSide({ sides }: AssessedRequest): RequestSide | undefined {
  return sides.find(({ view }) => view.direction === 'inbound');
}

function choosable({ rules }: Policy): string[] {
  return rules.filter(({ effect }) => effect !== 'reject').map(({ name }) => name);
}

/** The rule that would manage the peering: the one that matches it once it is live, else the one that is named. */
function ruleFor(
  request: AssessedRequest,
  policy: Policy,
  as: string | undefined,
): { readonly rule: string; readonly how: Acceptance['how'] } | { readonly why: string } {
  const { peeringId } = request.peering;
  const matching = accepterSide(request)?.onceLive;
  if (matching?.rule !== undefined && matching.effect !== 'reject') {
    return as === undefined || as === matching.rule
      ? { rule: matching.rule, how: 'matched' }
      : {
          why: `Rule ${matching.rule} matches ${peeringId}, so it is managed by that rule; --as is for requests that no rule matches. Leave it out, or change the policy.`,
        };
  }
  const names = choosable(policy);
  const known = names.length === 0 ? 'the policy has none' : names.join(', ');
  if (as === undefined) {
    return {
      why: `No rule says which routes ${peeringId} would get. Name one with --as RULE: ${known}; or add a rule to the policy and deploy.`,
    };
  }
  if (names.includes(as)) {
    return { rule: as, how: 'chosen' };
  }
  const rejecting = policy.rules.some(({ name }) => name === as);
  const meant = didYouMean(as, names);
  return {
    why: rejecting
      ? `Rule ${as} rejects, so nothing is routed by it. Rules that accept or hold: ${known}.`
      : `The policy has no rule ${as}.${meant === undefined ? '' : ` Did you mean ${meant}?`} Rules that accept or hold: ${known}.`,
  };
}

/** What speaks against it, although a person may answer what the policy holds: rules that reject, guardrails, the unknown. */
function against(request: AssessedRequest): string[] {
  const { decision, sides } = request;
  if (decision.decision === 'reject') {
    return [...decision.reasons];
  }
  const side = accepterSide(request);
  return [
    ...new Set([
      ...(decision.guardrails ?? []),
      ...sides.flatMap(({ inTheWay }) => inTheWay),
      ...sides.flatMap(({ onceLive }) => onceLive.leftOut ?? []),
      ...sides.flatMap(({ onceLive }) => (onceLive.undecidable ? onceLive.reasons : [])),
      ...(side?.onceLive.managed || side?.onceLive.undecidable
        ? []
        : ['No rule of the policy would manage the peering.']),
    ]),
  ];
}

/** The network as it is once a request is accepted. */
function onceAccepted(state: NetworkState, peeringId: string): NetworkState {
  const live = (peering: Peering): Peering =>
    peering.peeringId === peeringId ? { ...peering, status: 'active' } : peering;
  return {
    ...state,
    regions: state.regions.map(
      (inventory): RegionInventory => ({ ...inventory, peerings: inventory.peerings.map(live) }),
    ),
  };
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
    return refused(
      'The policy says mode: observe, so nothing is answered. Write mode: enforce into it first.',
    );
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
