import { appliedChanges, heldBackText, isForPerson, isHeldBack } from '../../lib/report/held.ts';
import { workOf } from '../../lib/report/outcome.ts';
import { appliedPairs, isPairHeldBack, PAIR_HELD_WORDS, pairsToDo } from '../../lib/report/pairs.ts';
import type { JudgedPair, PlannedChange } from '../../lib/report/shown-assessment.ts';
import { agrees } from '../agree.ts';
import { callerOf } from '../apply/caller.ts';
import { carryOut, documentOf, NOTHING, writeDone } from '../apply/done.ts';
import { createWork } from '../apply/work.ts';
import { type Assessment, assess, pinnedTo, tellAssessment } from '../assess.ts';
import { writeConnections } from '../connections.ts';
import { CliError } from '../errors.ts';
import { writeDecisions, writeRequests } from '../plan-decisions.ts';
import { differencesSince, type Limited, limitedBy, tellDifferences, tellLimit } from '../plan-file/limit.ts';
import { writeChanges, writeWarnings } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { refuseUnread } from '../unread.ts';
import type { ExitCode, Invocation, Verb } from '../verb.ts';

/**
 * What would be made if the person agrees. Deletes that are too many at once take an answer of a person who was told so:
 * `--yes` in a script is none.
 */
function toAgreeOn({ changes }: Assessment, { options }: Invocation): PlannedChange[] {
  return appliedChanges(changes).filter(({ heldBy }) => heldBy !== 'mass-delete' || options.yes !== true);
}

/** The same of peerings that would be requested or deleted. */
function pairsToAgreeOn(plan: Assessment, { options }: Invocation): readonly JudgedPair[] {
  return appliedPairs(plan).filter(({ heldBy }) => heldBy !== 'mass-request' || options.yes !== true);
}

function questionAbout(changes: readonly PlannedChange[], pairs: readonly JudgedPair[]): string {
  const pairsHeldBack = pairs.filter(isPairHeldBack).length;
  const heldBack =
    heldBackText({ changes: changes.filter(isForPerson) }) ??
    (pairsHeldBack === 0 ? undefined : `${pairsHeldBack} peerings (${PAIR_HELD_WORDS['mass-request']})`);
  return `Carry ${heldBack === undefined ? 'this' : `this, with ${heldBack} that the functions leave to a person`} out?`;
}

/** What stays held whatever is answered. */
function stayingHeldBack({ changes }: Assessment, agreed: readonly PlannedChange[]): PlannedChange[] {
  const made = new Set(agreed);
  return changes.filter((change) => isHeldBack(change) && !made.has(change));
}

function writePlan(
  plan: Assessment,
  todo: string | undefined,
  heldBack: string | undefined,
  work: Invocation,
): void {
  const { output, options } = work;
  writeRequests(plan, output);
  writeChanges(plan, output);
  writeConnections(plan, output);
  output.line();
  writeDecisions(plan, output, options.all ? 'all' : 'concerned');
  output.line();
  const stays = heldBack === undefined ? '' : ` Held all the same: ${heldBack}.`;
  output.line(`${todo === undefined ? 'Nothing to do.' : `To do: ${todo}.`}${stays}`);
}

/** Deletes that --yes does not let through, as what is left. */
function notLetThrough(staying: readonly PlannedChange[], pairs: readonly JudgedPair[]): string[] {
  const heldBack =
    heldBackText({ changes: staying.filter(isForPerson) }) ??
    (pairs.length === 0 ? undefined : `${pairs.length} peerings (${PAIR_HELD_WORDS['mass-request']})`);
  return heldBack === undefined
    ? []
    : [`${heldBack}: --yes does not let them through. Run peering apply on a terminal, where it asks.`];
}

/** What a plan file allows, if one was named. */
function limitOf(invocation: Invocation): Limited | undefined {
  const [path] = invocation.positionals;
  return path === undefined ? undefined : limitedBy(path, invocation, new Date());
}

/** Asks, and looks again after the answer: it may have taken hours, and a plan file is carried out as it is or not at all. */
async function agreed(
  invocation: Invocation,
  question: string,
  limit: Limited | undefined,
): Promise<'yes' | 'no' | 'not-any-more'> {
  if (!(await agrees(invocation, question, 'peering plan'))) {
    return 'no';
  }
  if (limit === undefined || invocation.options.yes) {
    return 'yes';
  }
  const differences = differencesSince(limit, await assess(invocation, policiesOf(invocation)));
  if (differences.length === 0) {
    return 'yes';
  }
  tellDifferences(limit, differences);
  return 'not-any-more';
}

export const run: Verb['run'] = async (typed): Promise<ExitCode> => {
  const limit = limitOf(typed);
  const asked = limit?.invocation ?? typed;
  const policies = policiesOf(asked);
  const shownPlan = await assess(asked, policies);
  const invocation = pinnedTo(shownPlan, asked);
  const { options, output } = invocation;
  tellAssessment(invocation, shownPlan);
  writeWarnings(shownPlan, output);
  if (limit !== undefined) {
    tellLimit(limit);
    const differences = differencesSince(limit, shownPlan);
    if (differences.length > 0) {
      tellDifferences(limit, differences);
      return 2;
    }
  }
  const wanted = toAgreeOn(shownPlan, invocation);
  const staying = stayingHeldBack(shownPlan, wanted);
  const pairs = pairsToAgreeOn(shownPlan, invocation);
  const todo = workOf(shownPlan, wanted, pairs);
  if (!options.json) {
    writePlan(shownPlan, todo, heldBackText({ changes: staying }), invocation);
  }
  const pairsHeldBack = pairsToDo(shownPlan).filter(
    (pair) => pair.heldBy === 'mass-request' && !pairs.includes(pair),
  );
  const withheld = notLetThrough(staying, pairsHeldBack);
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
  const answer = await agreed(invocation, questionAbout(wanted, pairs), limit);
  if (answer !== 'yes') {
    return answer === 'no' ? 1 : 2;
  }
  const done = await carryOut(work, wanted, pairs);
  const left = [...done.left, ...withheld];
  if (options.json) {
    output.json(documentOf(work, done, left));
  } else {
    writeDone(invocation, done, left);
  }
  return left.length === 0 ? 0 : 1;
};
