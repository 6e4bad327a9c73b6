import { assess } from '../assessment/assess.ts';
import type { AssessedRequest } from '../assessment/types.ts';
import type { Hint } from '../model/hint.ts';
import { NO_MEMORY } from '../model/memory.ts';
import type { Peering, PeeringSide, PeeringStatus } from '../model/peering.ts';
import type { Decision } from '../policy/decide.ts';
import { classifyAwsError } from '../ports/aws-error.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import type { Pace } from '../ports/pace.ts';
import { carryOutRequest, type RequestToCarryOut, waitForTurn } from './carry-out-request.ts';
import { failureOf } from './failure.ts';
import { type NamedRequest, requestsNamedBy } from './named-requests.ts';
import type { OrganizationOfPass } from './organization.ts';
import { type ReadDependencies, type ReadState, readRegions, stateOf } from './read-state.ts';
import { tellPeer } from './tell-peer.ts';

/** The writes that a decision can lead to. */
export interface RequestWriter {
  acceptPeering(region: string, peeringId: string): Promise<'done' | 'observed'>;
  rejectPeering(region: string, peeringId: string): Promise<'done' | 'observed'>;
  tag(
    region: string,
    resourceId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<'done' | 'observed'>;
}

export interface RequestDependencies extends Omit<ReadDependencies, 'memory' | 'journal'> {
  readonly writer: RequestWriter;
  readonly memory: Pick<Memory, 'read' | 'update'>;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly pace: Pick<Pace, 'take'>;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly remaining: () => number;
}

export interface RequestOutcome {
  readonly peeringId: string;
  /**
   * `unchanged`: decided the same way before, so nobody is told again. `skipped`: nothing to decide here.
   * `observed`: the policy says `mode: observe`. `handed-on`: left to the next invocation, because time ran out.
   * `failed`: could not be carried out; `reason` says why.
   */
  readonly result:
    | 'accepted'
    | 'rejected'
    | 'held'
    | 'observed'
    | 'unchanged'
    | 'skipped'
    | 'handed-on'
    | 'failed';
  readonly decision?: Decision['decision'];
  readonly rule?: string;
  readonly reason: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

/** Kept back from the Lambda's time for what follows the last decision: its event, its message, and handing on the rest. */
export const RESERVE_MS = 15_000;

/** The sides of a peering that this account owns in managed Regions. */
function ownSides(
  { accountId, managedRegions }: RequestDependencies,
  { requester, accepter }: Pick<Peering, 'requester' | 'accepter'>,
): PeeringSide[] {
  return [requester, accepter].filter(
    (side) => side.accountId === accountId && managedRegions.includes(side.region),
  );
}

/** Why there is nothing to decide about a peering here, or undefined if there is. */
function nothingToDecide(
  { accountId, managedRegions }: RequestDependencies,
  { status, accepter }: Peering,
): string | undefined {
  if (accepter.accountId !== accountId) {
    return `The request is for account ${accepter.accountId} to decide, not for this one.`;
  }
  if (!managedRegions.includes(accepter.region)) {
    return `The accepter VPC ${accepter.vpcId} is in ${accepter.region}, which is not a managed Region.`;
  }
  if (status !== 'pending-acceptance') {
    return `Its status is ${status}; only a request that is pending-acceptance can be decided.`;
  }
  return undefined;
}

/** The account that is asked may not hear of the request by itself: whether AWS sends it an event is unproven. */
async function tellAccepter(
  dependencies: RequestDependencies,
  { peeringId, status, requester, accepter }: Peering,
): Promise<void> {
  const { accountId } = dependencies;
  if (
    status === 'pending-acceptance' &&
    requester.accountId === accountId &&
    accepter.accountId !== accountId
  ) {
    await tellPeer(dependencies, accepter, { type: 'Peering Requested', peeringId });
  }
}

/** Reads the VPCs, in every managed Region of this account, whose state bears on these requests. */
async function readAround(
  dependencies: RequestDependencies,
  requests: readonly NamedRequest[],
): Promise<ReadState & { readonly failures: ReadonlyMap<string, unknown> }> {
  const scopes = new Map<string, Set<string>>();
  for (const { region, vpcId } of requests.flatMap(({ peering }) => ownSides(dependencies, peering))) {
    scopes.set(region, (scopes.get(region) ?? new Set()).add(vpcId));
  }
  const { regions, failures } = await readRegions(
    dependencies,
    [...scopes].map(([region, vpcIds]) => ({ region, vpcIds: [...vpcIds].sort() })),
  );
  return { ...(await stateOf(dependencies, regions, failures)), failures };
}

/** Why an account's place in the organization, on which the decision hangs, could not be read just now. */
function passingObstacle(
  { peering, decision }: AssessedRequest,
  { unread }: OrganizationOfPass,
): string | undefined {
  const { rules } = decision;
  const open = rules.some(({ mismatches, unknowns }) => mismatches.length === 0 && unknowns.length > 0);
  return decision.decision !== 'hold' || !open
    ? undefined
    : [peering.requester, peering.accepter]
        .map(({ accountId }) => unread.get(accountId))
        .find((problem) => problem?.retry === true)?.reason;
}

/** What has become of a request whose call failed; as it was where that cannot be read either. */
async function statusNow(
  { reader, journal }: RequestDependencies,
  { peeringId, accepter, status }: Peering,
): Promise<PeeringStatus | undefined> {
  try {
    const found = await reader.readPeerings(accepter.region, { peeringIds: [peeringId] });
    return found.find((each) => each.peeringId === peeringId)?.status;
  } catch (error) {
    journal.warn('request not read again', { peeringId, reason: classifyAwsError(error).message });
    return status;
  }
}

function failed(
  { journal }: RequestDependencies,
  about: { readonly peeringId: string; readonly region: string },
  error: unknown,
): RequestOutcome {
  const { reason, retry } = failureOf(error);
  if (!retry) {
    journal.metric('PermanentFailures', 1);
  }
  journal.error('request not carried out', {
    ...about,
    kind: classifyAwsError(error).kind,
    reason,
    retry,
  });
  return { peeringId: about.peeringId, result: 'failed', reason, retry };
}

/** Asks the next invocation to look at what is still pending in these Regions, because this one ran out of time. */
async function handOn(
  { accountId, bus, journal }: RequestDependencies,
  regions: readonly string[],
): Promise<void> {
  journal.warn('requests handed on', { regions, reason: 'time ran out before their turn' });
  await bus.publish(regions.map((region) => ({ type: 'Peering Requested', detail: { accountId, region } })));
}

async function carryOutOrSay(
  dependencies: RequestDependencies,
  request: RequestToCarryOut,
): Promise<RequestOutcome> {
  const { peering } = request;
  const { peeringId, accepter } = peering;
  try {
    return await carryOutRequest(dependencies, request);
  } catch (error) {
    const status = await statusNow(dependencies, peering);
    const { kind } = classifyAwsError(error);
    return status !== 'pending-acceptance' && (kind === 'conflict' || kind === 'not-found')
      ? { peeringId, result: 'skipped', reason: `${peeringId} was decided or deleted by something else.` }
      : failed(dependencies, { peeringId, region: accepter.region }, error);
  }
}

/** Why a request that was named cannot be decided after all, or undefined if it can. */
function unreadable(
  dependencies: RequestDependencies,
  { peering }: NamedRequest,
  failures: ReadonlyMap<string, unknown>,
): RequestOutcome | undefined {
  // A side that could not be read may be the one that a hold or reject rule is about.
  const unread = ownSides(dependencies, peering).find(({ region }) => failures.has(region));
  return unread === undefined
    ? undefined
    : failed(
        dependencies,
        { peeringId: peering.peeringId, region: unread.region },
        failures.get(unread.region),
      );
}

/**
 * Decides the requests that hints of one Region point at, each read again from EC2 first, and carries the decisions out
 * one after the other, in the order in which the assessment decided them. One request failing does not stop the others;
 * those that time does not suffice for are handed on.
 *
 * @param hints events that came together; a hint of the Region alone means all of its pending requests.
 * @throws AWS errors of reading which requests there are, and of handing on.
 */
export async function decideRequests(
  region: string,
  hints: readonly Hint[],
  dependencies: RequestDependencies,
): Promise<RequestOutcome[]> {
  const { requests, leftOut } = await requestsNamedBy(dependencies, region, hints);
  const outcomes: RequestOutcome[] = [...leftOut];
  const undecided: NamedRequest[] = [];
  for (const request of requests) {
    const { peering, kind } = request;
    const reason = nothingToDecide(dependencies, peering);
    if (reason === undefined) {
      undecided.push(request);
    } else {
      outcomes.push({ peeringId: peering.peeringId, result: 'skipped', reason });
      if (kind === 'peering') {
        await tellAccepter(dependencies, peering);
      }
    }
  }
  if (undecided.length === 0) {
    return outcomes;
  }
  const read = await readAround(dependencies, undecided);
  return [...outcomes, ...(await carryOutAll(dependencies, undecided, read))];
}

async function carryOutAll(
  dependencies: RequestDependencies,
  undecided: readonly NamedRequest[],
  read: ReadState & { readonly failures: ReadonlyMap<string, unknown> },
): Promise<RequestOutcome[]> {
  const { policy, now } = dependencies;
  const { requests } = assess(read.state, policy, read.memory, now());
  const order = new Map(requests.map(({ peering }, index) => [peering.peeringId, index]));
  const assessed = new Map(requests.map((request) => [request.peering.peeringId, request]));
  const outcomes: RequestOutcome[] = [];
  const late = new Set<string>();
  const inOrder = [...undecided].sort(
    (a, b) => (order.get(a.peering.peeringId) ?? 0) - (order.get(b.peering.peeringId) ?? 0),
  );
  for (const named of inOrder) {
    const { peeringId, accepter } = named.peering;
    const problem = unreadable(dependencies, named, read.failures);
    // What decides is the accepter Region's own answer, with the tags that were set there.
    const request = assessed.get(peeringId);
    if (problem !== undefined) {
      outcomes.push(problem);
    } else if (request === undefined) {
      const reason = `EC2 in ${accepter.region} does not show ${peeringId} as a pending request any more, or not yet.`;
      outcomes.push({ peeringId, result: 'skipped', reason });
    } else {
      const outcome = await carryOutInTurn(dependencies, { request, named, read });
      if (outcome.result === 'handed-on') late.add(accepter.region);
      outcomes.push(outcome);
    }
  }
  if (late.size > 0) {
    await handOn(dependencies, [...late]);
  }
  return outcomes;
}

async function carryOutInTurn(
  dependencies: RequestDependencies,
  {
    request,
    named,
    read,
  }: { readonly request: AssessedRequest; readonly named: NamedRequest; readonly read: ReadState },
): Promise<RequestOutcome> {
  const { peering, decision } = request;
  const { peeringId } = peering;
  const passing = passingObstacle(request, read.organization);
  if (passing !== undefined) {
    // Held now, it would be told to people, and accepted a minute later.
    return { peeringId, result: 'failed', reason: passing, retry: true };
  }
  const remembered = read.memory.get(peering.accepter.region) ?? NO_MEMORY;
  const toCarryOut = { peering, decision, remembered, cause: named.kind };
  return (await waitForTurn(dependencies, toCarryOut)) === 'too-late'
    ? { peeringId, result: 'handed-on', reason: 'Time ran out before its turn.' }
    : carryOutOrSay(dependencies, toCarryOut);
}
