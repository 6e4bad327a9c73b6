import type { RequestOutcome } from '../../lib/passes/request-dependencies.ts';
import { agrees } from '../agree.ts';
import { answerRequests } from '../apply/answer-requests.ts';
import { callerOf } from '../apply/caller.ts';
import { changeRoutes, planAgain, type RoutesDone } from '../apply/change-routes.ts';
import { createWork, type Work } from '../apply/work.ts';
import { type Assessment, assess, type PlannedChange, tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { appliedChanges, heldText, isForPerson, isHeld } from '../held.ts';
import { shown } from '../output.ts';
import { writeDecisions, writeRequests } from '../plan-decisions.ts';
import { workOf, writeChanges, writeWarnings } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { changeOf } from '../rows.ts';
import { refuseUnread } from '../unread.ts';
import type { ExitCode, Invocation, Verb } from '../verb.ts';

type ApplyDocument = Document<'apply'>;

const DONE: ReadonlySet<string> = new Set(['written', 'already-so']);

/**
 * What would be made if the person agrees. Deletes that are too many at once take an answer of a person who was told so:
 * `--yes` in a script is none.
 */
function toAgreeOn({ changes }: Assessment, { options }: Invocation): PlannedChange[] {
  return appliedChanges(changes).filter(({ heldBy }) => heldBy !== 'mass-delete' || options.yes !== true);
}

function questionAbout(changes: readonly PlannedChange[]): string {
  const held = heldText({ changes: changes.filter(isForPerson) });
  return `Carry ${held === undefined ? 'this' : `this, with ${held} that the functions leave to a person`} out?`;
}

/** What stays held whatever is answered. */
function stayingHeld({ changes }: Assessment, agreed: readonly PlannedChange[]): PlannedChange[] {
  const made = new Set(agreed);
  return changes.filter((change) => isHeld(change) && !made.has(change));
}

function writePlan(
  plan: Assessment,
  todo: string | undefined,
  held: string | undefined,
  work: Invocation,
): void {
  const { output, options } = work;
  writeRequests(plan, output);
  writeChanges(plan, output);
  output.line();
  writeDecisions(plan, output, options.all ? 'all' : 'concerned');
  output.line();
  const stays = held === undefined ? '' : ` Held all the same: ${held}.`;
  output.line(`${todo === undefined ? 'Nothing to do.' : `To do: ${todo}.`}${stays}`);
}

const NOTHING: ApplyDocument = { applied: false, requests: [], changes: [], peeringOptions: [], left: [] };

interface Done {
  readonly requests: readonly RequestOutcome[];
  readonly routes: RoutesDone;
  readonly left: readonly string[];
}

async function carryOut(work: Work, agreed: readonly PlannedChange[]): Promise<Done> {
  work.invocation.progress.doing('Answering requests');
  const requests = await answerRequests(work);
  const accepted = new Set(
    requests.filter(({ result }) => result === 'accepted').map(({ peeringId }) => peeringId),
  );
  const fresh = await planAgain(work, accepted);
  refuseUnread(fresh.source, 'No route was changed.');
  const routes = await changeRoutes(work, fresh, agreed);
  work.invocation.progress.done();
  return {
    requests,
    routes,
    left: [
      ...requests
        .filter(({ result }) => result === 'failed' || result === 'skipped')
        .map(({ peeringId, reason }) => `${peeringId}: ${reason}`),
      ...routes.result.outcomes.filter(({ outcome }) => !DONE.has(outcome)).map(({ reason }) => reason),
      ...routes.result.remaining.map(({ reason }) => reason),
      ...routes.options.filter(({ result }) => result !== 'set').map(({ reason }) => reason),
      ...routes.left,
    ],
  };
}

function documentOf(
  { shownPlan, accountId }: Work,
  { requests, routes }: Done,
  left: readonly string[],
): ApplyDocument {
  const regionOf = new Map(
    shownPlan.views.map(({ view }) => [view.peering.peeringId, view.peering.accepter.region]),
  );
  return {
    applied: true,
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
    peeringOptions: routes.options.map(({ option: { settable: _, ...option }, result, reason }) => ({
      ...option,
      accountId,
      outcome: result,
      reason,
    })),
    left: [...left],
  };
}

function writeDone({ output }: Invocation, { requests, routes }: Done, left: readonly string[]): void {
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
  for (const reason of left) {
    output.note(`not done: ${shown(reason)}`);
  }
}

/** Deletes that --yes does not let through, as what is left. */
function notLetThrough(staying: readonly PlannedChange[]): string[] {
  const held = heldText({ changes: staying.filter(isForPerson) });
  return held === undefined
    ? []
    : [`${held}: --yes does not let them through. Run peering apply on a terminal, where it asks.`];
}

export const run: Verb['run'] = async (invocation): Promise<ExitCode> => {
  const { options, output } = invocation;
  const policies = policiesOf(invocation);
  const shownPlan = await assess(invocation, policies);
  tellNotes(invocation, shownPlan.source);
  writeWarnings(shownPlan, output);
  const agreed = toAgreeOn(shownPlan, invocation);
  const staying = stayingHeld(shownPlan, agreed);
  const todo = workOf(shownPlan, agreed);
  if (!options.json) {
    writePlan(shownPlan, todo, heldText({ changes: staying }), invocation);
  }
  const withheld = notLetThrough(staying);
  if (todo === undefined) {
    if (options.json) output.json({ ...NOTHING, left: withheld });
    else for (const reason of withheld) output.note(`not done: ${reason}`);
    return withheld.length === 0 ? 0 : 1;
  }
  const work = createWork(invocation, policies, shownPlan, await callerOf(shownPlan));
  if (work.policy.mode === 'observe') {
    throw new CliError(
      'The policy says mode: observe, so nothing was changed. Write mode: enforce into it once the plan is what you want.',
    );
  }
  refuseUnread(shownPlan.source, 'Nothing was changed.');
  if (!(await agrees(invocation, questionAbout(agreed), 'peering plan'))) {
    return 1;
  }
  const done = await carryOut(work, agreed);
  const left = [...done.left, ...withheld];
  if (options.json) {
    output.json(documentOf(work, done, left));
  } else {
    writeDone(invocation, done, left);
  }
  return left.length === 0 ? 0 : 1;
};
