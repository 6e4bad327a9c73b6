import { unseenAtOwnSide } from '../assessment/requests.ts';
import type { AssessedRequest } from '../assessment/types.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import { NO_MEMORY } from '../model/memory.ts';
import type { Peering, PeeringStatus } from '../model/peering.ts';
import { carryOutRequest } from './carry-out-request.ts';
import { countDenied } from './failure.ts';
import type { NamedRequest } from './named-requests.ts';
import type { ReadState } from './read-state.ts';
import { type RequestToCarryOut, waitForTurn } from './request-calls.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import { failed, passingObstacle } from './request-scope.ts';
import type { RequestsToTell } from './requests-to-tell.ts';

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
    countDenied(journal, error);
    return status;
  }
}

/** A call that fails because somebody else was faster is no failure. */
async function carryOutOrSay(
  dependencies: RequestDependencies,
  request: RequestToCarryOut,
  toTell: RequestsToTell,
): Promise<RequestOutcome> {
  const { peering } = request;
  const { peeringId, accepter } = peering;
  try {
    return await carryOutRequest(dependencies, request, toTell);
  } catch (error) {
    const status = await statusNow(dependencies, peering);
    const { kind } = classifyAwsError(error);
    return status !== 'pending-acceptance' && (kind === 'conflict' || kind === 'not-found')
      ? { peeringId, result: 'skipped', reason: `${peeringId} was decided or deleted by something else.` }
      : failed(dependencies, { peeringId, region: accepter.region }, error);
  }
}

/** A request whose turn it is, with what was read to decide it. */
export interface RequestInTurn {
  readonly request: AssessedRequest;
  readonly named: NamedRequest;
  readonly read: ReadState;
}

/** Carries out what was decided about a request, unless it has to wait: for EC2, for another service, or for time. */
export async function takeTurn(
  dependencies: RequestDependencies,
  { request, named: { kind: cause, askedBy }, read }: RequestInTurn,
  toTell: RequestsToTell,
): Promise<RequestOutcome> {
  const { peering } = request;
  const { peeringId } = peering;
  const unseen = unseenAtOwnSide(read.state, peering);
  if (unseen !== undefined) {
    return { peeringId, result: 'skipped', reason: unseen };
  }
  const passing = passingObstacle(request, read);
  if (passing !== undefined) {
    // Held now, it would be told to people, and accepted a minute later.
    return { peeringId, result: 'failed', reason: passing, retry: true };
  }
  const remembered = read.memory.get(peering.accepter.region) ?? NO_MEMORY;
  const toCarryOut = { ...request, remembered, cause, ...(askedBy === undefined ? {} : { askedBy }) };
  return (await waitForTurn(dependencies, toCarryOut)) === 'too-late'
    ? { peeringId, result: 'handed-on', reason: 'Time ran out before its turn.' }
    : carryOutOrSay(dependencies, toCarryOut, toTell);
}
