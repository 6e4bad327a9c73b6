import type { Change } from '../model/change.ts';
import type { HeldBy } from '../model/held-by.ts';
import type { Route } from '../model/route-table.ts';
import type { PacedCall } from '../ports/pace.ts';
import type { FailedCall } from './change-calls.ts';
import type { TableOutcome } from './change-outcome.ts';
import { meanwhileText } from './meanwhile-text.ts';

/** What each way for a change to end says to people. */

const WRITES: Readonly<Record<Change['action'], PacedCall>> = {
  create: 'CreateRoute',
  replace: 'ReplaceRoute',
  delete: 'DeleteRoute',
};

/** Complete the sentence "The delete of 10.0.0.0/16 in rtb-1 (eu-west-1) is not made: …". */
const WHY_NOT_MADE: Readonly<Record<HeldBy, string>> = {
  observe: 'the policy says mode: observe.',
  'repair-off': 'the policy says drift.repair: false.',
  contested: 'something else keeps undoing it. Find out what it is.',
  acceptance: 'the request for its peering has to be accepted first.',
  rejection: 'the request to which it leads has to be rejected first.',
  activation:
    'it takes a working path over, and its peering is not active yet. It follows once that is active.',
  'mass-delete':
    'the plan deletes more routes at once than guardrails.maxDeletesPercent allows. Somebody has to look at it first.',
  frozen: 'somebody froze the Region (peering freeze).',
  gap: 'addresses would be without a route meanwhile, because a change that has to come first is kept back.',
};

export function notMade({ action, destination, routeTableId, region }: Change, heldBy: HeldBy): TableOutcome {
  return {
    outcome: 'held',
    reason: `The ${action} of ${destination} in ${routeTableId} (${region}) is not made: ${WHY_NOT_MADE[heldBy]}`,
  };
}

export function written({ reason }: Change): TableOutcome {
  return { outcome: 'written', reason };
}

export function alreadySo({ action, routeTableId, region, destination, peeringId }: Change): TableOutcome {
  const how =
    action === 'delete'
      ? `has no route to ${destination} any more`
      : `already routes ${destination} to ${peeringId}`;
  return { outcome: 'already-so', reason: `${routeTableId} in ${region} ${how}.` };
}

export function skipped(reason: string): TableOutcome {
  return { outcome: 'skipped', reason };
}

export function tableGone({ routeTableId, region }: Change): TableOutcome {
  return { ...skipped(`${routeTableId} in ${region} no longer exists.`), stops: 'table' };
}

/** @param found the route at the destination now. */
export function notAsSeen(
  { destination, routeTableId, region }: Change,
  found: Route | undefined,
): TableOutcome {
  const now = found === undefined ? 'is gone' : `now goes to ${found.target.id} (${found.state})`;
  return skipped(
    `The route to ${destination} in ${routeTableId} (${region}) ${now}, which is not what the plan saw; the next pass decides again.`,
  );
}

export function waitsForCreate(
  { destination, routeTableId, region }: Change,
  waitsFor: Change,
): TableOutcome {
  return {
    outcome: 'held-back',
    reason: `The route to ${destination} in ${routeTableId} (${region}) stays until ${waitsFor.destination} is routed to ${waitsFor.peeringId}.`,
  };
}

function about({ region, routeTableId, destination, peeringId, rule }: Change) {
  return { region, routeTableId, destination, peeringId, ...(rule === undefined ? {} : { rule }) };
}

/** EC2 refused to create a route because another one is there, which somebody made after the plan was made. */
export function conflict(change: Change, found: Route, errorCode: string): TableOutcome {
  const detail = meanwhileText(change, found);
  return {
    ...skipped(detail),
    errorCode,
    finding: { kind: 'conflict', ...about(change), detail, repairable: false },
  };
}

/** What AWS said, as fields that people can be told of. */
function said({
  call,
  info,
  awsMessage,
}: FailedCall): Pick<TableOutcome, 'call' | 'errorCode' | 'awsMessage'> {
  return { call, errorCode: info.code, awsMessage };
}

export function tableFull(change: Change, failed: FailedCall): TableOutcome {
  const { code, message } = failed.info;
  const reason = `${change.routeTableId} in ${change.region} takes no further route: ${code}: ${message} Its quota is lower than guardrails.routesPerTable says. Remove routes, or have the quota raised.`;
  return {
    outcome: 'failed',
    ...said(failed),
    reason,
    finding: { kind: 'over-limit', ...about(change), detail: reason, repairable: false },
    stops: 'creates',
  };
}

/** What follows from a failed call that has no meaning of its own for the change. */
export function failure(failed: FailedCall, change: Change): TableOutcome {
  const { call, info } = failed;
  const write = WRITES[change.action];
  const before = call === write ? '' : `, which comes before ${write} of ${change.destination},`;
  const what = call === write ? `${change.destination} in ${change.routeTableId}` : change.routeTableId;
  const named = `${call} of ${what} (${change.region})${before}`;
  const because = `${info.code}: ${info.message}`;
  switch (info.kind) {
    case 'throttled':
    case 'transient':
      return {
        outcome: 'retryable',
        ...said(failed),
        reason: `${named} failed for now; the next pass reads the table again and retries. ${because}`,
      };
    case 'not-found':
    case 'conflict':
      return {
        outcome: 'retryable',
        ...said(failed),
        reason: `${named} no longer fits what EC2 holds; the next pass decides again. ${because}`,
      };
    case 'denied':
      return {
        outcome: 'failed',
        ...said(failed),
        reason: `${named} is not permitted. Check the function's role, permission boundaries and service control policies. ${because}`,
        stops: 'action',
      };
    case 'limit':
    case 'invalid':
    case 'unknown':
      return { outcome: 'failed', ...said(failed), reason: `${named} was refused by EC2. ${because}` };
  }
}
