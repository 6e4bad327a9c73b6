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
import { failed, passingObstacle, waitsForPermission } from './request-scope.ts';
import type { RequestsToTell } from './requests-to-tell.ts';

/** How long EC2 may take until it shows that a request was answered (eventual consistency). Milliseconds. */
const ANSWERED_WAITS_MS = [0, 200, 400, 800, 1600, 3200];

/** What has become of a request that EC2 says cannot be answered; as it was where that cannot be read either. */
async function statusOnceShown(
  { reader, journal, sleep }: RequestDependencies,
  { peeringId, accepter, status }: Peering,
): Promise<PeeringStatus | undefined> {
  let shown: PeeringStatus | undefined = status;
  try {
    for (const wait of ANSWERED_WAITS_MS) {
      if (wait > 0) await sleep(wait);
      const found = await reader.readPeerings(accepter.region, { peeringIds: [peeringId] });
      shown = found.find((each) => each.peeringId === peeringId)?.status;
      if (shown !== 'pending-acceptance') break;
    }
    return shown;
  } catch (error) {
    journal.warn('request not read again', { peeringId, reason: classifyAwsError(error).message });
    countDenied(journal, error);
    return shown;
  }
}

/** A call that fails because somebody else was faster, or a look before that EC2 does not show yet, is no failure. */
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
    const { kind } = classifyAwsError(error);
    const mayBeAnswered = kind === 'conflict' || kind === 'not-found';
    return mayBeAnswered && (await statusOnceShown(dependencies, peering)) !== 'pending-acceptance'
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
  if (unseen !== undefined && !waitsForPermission(dependencies, peering, read.state)) {
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
