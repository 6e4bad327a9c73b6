import type { RequestOutcome } from '../../lib/passes/request-dependencies.ts';
import type { JudgedPair, PlannedChange } from '../../lib/report/shown-assessment.ts';
import { pairEndOf, pairText } from '../connections.ts';
import type { Document } from '../documents.ts';
import { shown } from '../output.ts';
import { changeOf } from '../rows.ts';
import { refuseUnread } from '../unread.ts';
import type { Invocation } from '../verb.ts';
import { answerRequests } from './answer-requests.ts';
import { changeRoutes, planAgain, type RoutesDone } from './change-routes.ts';
import { type ConnectedPair, connectPairs, isUndone } from './connect-pairs.ts';
import type { Work } from './work.ts';

/** What `peering apply` did, and how it says so. */

type ApplyDocument = Document<'apply'>;

const DONE: ReadonlySet<string> = new Set(['written', 'already-so']);

export const NOTHING: ApplyDocument = {
  applied: false,
  differences: [],
  requests: [],
  changes: [],
  peeringOptions: [],
  connections: [],
  left: [],
};

interface Done {
  readonly requests: readonly RequestOutcome[];
  readonly routes: RoutesDone;
  readonly connected: readonly ConnectedPair[];
  readonly left: readonly string[];
}

/** Answers the requests, then makes of the routes what was agreed on and still is to be made. */
export async function carryOut(
  work: Work,
  agreed: readonly PlannedChange[],
  agreedPairs: readonly JudgedPair[],
): Promise<Done> {
  work.invocation.progress.doing('Answering requests');
  const requests = await answerRequests(work);
  const accepted = new Set(
    requests.filter(({ result }) => result === 'accepted').map(({ peeringId }) => peeringId),
  );
  const fresh = await planAgain(work, accepted);
  refuseUnread(fresh.source, 'No route was changed.');
  const routes = await changeRoutes(work, fresh, agreed);
  work.invocation.progress.doing('Requesting peerings');
  const connected = await connectPairs(work, fresh, agreedPairs);
  work.invocation.progress.done();
  return {
    requests,
    routes,
    connected,
    left: [
      ...requests
        .filter(({ result }) => result === 'failed' || result === 'skipped')
        .map(({ peeringId, reason }) => `${peeringId}: ${reason}`),
      ...routes.result.outcomes.filter(({ outcome }) => !DONE.has(outcome)).map(({ reason }) => reason),
      ...routes.result.handedOn.map(({ reason }) => reason),
      ...routes.options.filter(({ result }) => result !== 'set').map(({ reason }) => reason),
      ...routes.left,
      ...connected.filter(isUndone).map(({ pair, reason }) => `${pair.name}: ${reason}`),
    ],
  };
}

export function documentOf(
  { shownPlan, accountId }: Work,
  { requests, routes, connected }: Done,
  left: readonly string[],
): ApplyDocument {
  const regionOf = new Map(
    shownPlan.views.map(({ view }) => [view.peering.peeringId, view.peering.accepter.region]),
  );
  return {
    applied: true,
    differences: [],
    requests: requests.map(({ peeringId, result, decision, reason }) => ({
      peeringId,
      region: regionOf.get(peeringId) ?? '',
      result,
      decision: decision ?? null,
      reason,
    })),
    changes: routes.result.outcomes.map(({ change, outcome, reason, errorCode }) => {
      const { after: _, ...rest } = changeOf({ ...change, accountId });
      return { ...rest, reason, outcome, errorCode: errorCode ?? null };
    }),
    peeringOptions: routes.options.map(
      ({ option: { settable: _, other: __, ...option }, result, reason }) => ({
        ...option,
        accountId,
        outcome: result,
        reason,
      }),
    ),
    connections: connected.map(({ pair, result, peeringId, reason }) => ({
      name: pair.name,
      requester: pairEndOf(pair.requester),
      accepter: pairEndOf(pair.accepter),
      peeringId: peeringId ?? pair.peeringId ?? null,
      outcome: result,
      reason,
    })),
    left: [...left],
  };
}

export function writeDone(
  { output }: Invocation,
  { requests, routes, connected }: Done,
  left: readonly string[],
): void {
  for (const { peeringId, result } of requests) {
    output.line(`${peeringId} ${result}`);
  }
  for (const { change, outcome } of routes.result.outcomes) {
    const { action, destination, routeTableId, region } = change;
    output.line(`${action} ${destination} in ${routeTableId} (${region}): ${outcome}`);
  }
  for (const { option, result } of routes.options) {
    output.line(`DNS resolution of ${option.vpcId} for ${option.peeringId}: ${result}`);
  }
  for (const { pair, result, peeringId } of connected) {
    output.line(`${pairText(pair)}: ${result}${peeringId === undefined ? '' : ` as ${peeringId}`}`);
  }
  for (const reason of left) {
    output.note(`not done: ${shown(reason)}`);
  }
}
