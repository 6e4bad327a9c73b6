import { assess } from '../assessment/assess.ts';
import type { AssessedRequest } from '../assessment/types.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Hint } from '../model/hint.ts';
import { NO_MEMORY } from '../model/memory.ts';
import type { Peering, PeeringStatus } from '../model/peering.ts';
import { carryOutRequest } from './carry-out-request.ts';
import { type NamedRequest, requestsNamedBy } from './named-requests.ts';
import type { ReadState } from './read-state.ts';
import { type RequestToCarryOut, waitForTurn } from './request-calls.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import {
  failed,
  nothingToDecide,
  passingObstacle,
  readAround,
  tellAccepter,
  unreadable,
  unseenAtOwnSide,
} from './request-scope.ts';

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
  const { peering } = request;
  const { peeringId } = peering;
  const unseen = unseenAtOwnSide(dependencies, peering, read);
  if (unseen !== undefined) {
    return { peeringId, result: 'skipped', reason: unseen };
  }
  const passing = passingObstacle(request, read.organization);
  if (passing !== undefined) {
    // Held now, it would be told to people, and accepted a minute later.
    return { peeringId, result: 'failed', reason: passing, retry: true };
  }
  const remembered = read.memory.get(peering.accepter.region) ?? NO_MEMORY;
  const toCarryOut = { ...request, remembered, cause: named.kind };
  return (await waitForTurn(dependencies, toCarryOut)) === 'too-late'
    ? { peeringId, result: 'handed-on', reason: 'Time ran out before its turn.' }
    : carryOutOrSay(dependencies, toCarryOut);
}
