import { assess } from '../assessment/assess.ts';
import { heldUnread } from '../assessment/requests.ts';
import type { AssessedRequest } from '../assessment/types.ts';
import type { NamedRequest } from './named-requests.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import { type ReadAround, unreadable } from './request-scope.ts';
import { takeTurn } from './request-turn.ts';
import type { RequestsToTell } from './requests-to-tell.ts';
import { tellRequests } from './tell-requests.ts';

/** Asks the next invocation to look at what is still pending in these Regions, because this one ran out of time. */
async function handOn(
  { accountId, bus, journal }: RequestDependencies,
  regions: readonly string[],
): Promise<void> {
  journal.warn('requests handed on', { regions, reason: 'time ran out before their turn' });
  await bus.publish(regions.map((region) => ({ type: 'Peering Requested', detail: { accountId, region } })));
}

/** As the assessment decided them: each request knows what those before it take up. */
function inOrderOf(
  assessed: ReadonlyMap<string, AssessedRequest>,
  undecided: readonly NamedRequest[],
): NamedRequest[] {
  const order = new Map([...assessed.keys()].map((peeringId, index) => [peeringId, index]));
  return [...undecided].sort(
    (a, b) => (order.get(a.peering.peeringId) ?? 0) - (order.get(b.peering.peeringId) ?? 0),
  );
}

/**
 * Decides requests together and carries the decisions out one after the other. Those that time does not suffice for are
 * handed on.
 *
 * @throws AWS errors of handing on.
 */
export async function carryOutInOrder(
  dependencies: RequestDependencies,
  undecided: readonly NamedRequest[],
  read: ReadAround,
): Promise<RequestOutcome[]> {
  const { policy, now } = dependencies;
  const { requests } = assess(read.state, policy, read.memory, now());
  const assessed = new Map(requests.map((request) => [request.peering.peeringId, request]));
  const outcomes: RequestOutcome[] = [];
  const handedOnRegions = new Set<string>();
  const toTell: RequestsToTell = { decided: [], expiring: [], refused: [] };
  for (const named of inOrderOf(assessed, undecided)) {
    const { peeringId, accepter } = named.peering;
    const problem = unreadable(dependencies, named, read);
    // What decides is the accepter Region's own answer, with the tags that were set there.
    const request =
      assessed.get(peeringId) ??
      (read.state.denied?.has(accepter.region) === true
        ? heldUnread(read.state, named.peering, policy)
        : undefined);
    if (problem !== undefined) {
      outcomes.push(problem);
    } else if (request === undefined) {
      const reason = `EC2 in ${accepter.region} does not show ${peeringId} as a pending request any more, or not yet.`;
      outcomes.push({ peeringId, result: 'skipped', reason });
    } else {
      const outcome = await takeTurn(dependencies, { request, named, read }, toTell);
      if (outcome.result === 'handed-on') handedOnRegions.add(accepter.region);
      outcomes.push(outcome);
    }
  }
  const outcomesOnceTold = await tellRequests(dependencies, read, toTell);
  if (handedOnRegions.size > 0) {
    await handOn(dependencies, [...handedOnRegions]);
  }
  return outcomes.map((outcome) => outcomesOnceTold.get(outcome.peeringId) ?? outcome);
}
