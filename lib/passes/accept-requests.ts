import { append } from '../model/append.ts';
import type { Hint } from '../model/hint.ts';
import { answeredBefore } from './answered-requests.ts';
import { type NamedRequest, othersInBurst, requestsNamedBy } from './named-requests.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import { nothingToDecide, readAround, tellAccepter } from './request-scope.ts';
import { carryOutInOrder } from './requests-in-order.ts';
import { tellUnreadRequests } from './tell-denied-reads.ts';

/** One that no event of this batch named fails nothing: its own event is on its way, or a sweep is. */
function leavingOthers(
  others: readonly NamedRequest[],
  outcomes: readonly RequestOutcome[],
): RequestOutcome[] {
  const unnamed = new Set(others.map(({ peering }) => peering.peeringId));
  return outcomes.map((outcome) =>
    outcome.result === 'failed' && unnamed.has(outcome.peeringId) ? { ...outcome, retry: false } : outcome,
  );
}

/**
 * Decides the requests that hints of one Region point at, each read again from EC2 first, and carries the decisions out
 * one after the other, in the order in which the assessment decided them. One request failing does not stop the others;
 * those that time does not suffice for are handed on. In a burst of events all pending requests of the Region are decided, and
 * what was answered by that is not looked at again.
 *
 * @param hints events that came together; a hint of the Region alone means all of its pending requests.
 * @throws AWS errors of reading which requests there are, and of handing on.
 */
export async function decideRequests(
  region: string,
  hints: readonly Hint[],
  dependencies: RequestDependencies,
): Promise<RequestOutcome[]> {
  try {
    return await decideShown(region, hints, dependencies);
  } catch (error) {
    await tellUnreadRequests(dependencies, region, { hints, error });
    throw error;
  }
}

/** @throws what keeps the requests from being read. */
async function decideShown(
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
  const answered = await answeredBefore(dependencies, hints, undecided);
  append(outcomes, answered.values());
  const open = undecided.filter(({ peering }) => !answered.has(peering.peeringId));
  if (open.length > 0) {
    const others = await othersInBurst(dependencies, region, hints, requests);
    const together = [...open, ...others];
    const read = await readAround(dependencies, together);
    append(outcomes, leavingOthers(others, await carryOutInOrder(dependencies, together, read)));
  }
  if (hints.some(({ kind }) => kind === 'region')) {
    // All pending requests were looked at: those that still wait are these.
    const waiting = outcomes.filter(({ decision, result }) => decision === 'hold' && result !== 'failed');
    dependencies.journal.metric('RequestsWaiting', waiting.length);
  }
  return outcomes;
}
