import { dueDeletions } from './expiry.ts';
import { heldText, isForPerson, isHeld } from './held.ts';
import { isHeldPair, PAIR_HELD_WORDS, pairsToDo } from './pairs.ts';
import {
  answeredRequests,
  type JudgedPair,
  type PlannedChange,
  type ShownAssessment,
  waitingForPerson,
} from './shown-assessment.ts';

/** What a plan comes to, in a sentence or two. */

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How much a plan would do, without what is held; undefined when that is nothing. */
export function workOf(
  assessment: ShownAssessment,
  changes: readonly PlannedChange[] = assessment.changes.filter((change) => !isHeld(change)),
  pairs: readonly JudgedPair[] = pairsToDo(assessment).filter((pair) => !isHeldPair(pair)),
): string | undefined {
  const requests = answeredRequests(assessment);
  const answered = (decision: string) =>
    requests.filter((each) => each.decision.decision === decision).length;
  const routes = (action: string) => changes.filter((change) => change.action === action).length;
  const peerings = (state: string) => pairs.filter((pair) => pair.state === state).length;
  const counts = [
    [peerings('to-request'), 'peering to request', 'peerings to request'],
    [peerings('to-delete'), 'peering to delete', 'peerings to delete'],
    [answered('accept'), 'request to accept', 'requests to accept'],
    [answered('reject'), 'request to reject', 'requests to reject'],
    [routes('create'), 'route to create', 'routes to create'],
    [routes('replace'), 'route to replace', 'routes to replace'],
    [routes('delete'), 'route to delete', 'routes to delete'],
    [assessment.options.length, 'peering option to set', 'peering options to set'],
  ] as const;
  const texts = counts.filter(([count]) => count > 0).map(([count, one, many]) => counted(count, one, many));
  return texts.length === 0 ? undefined : texts.join(', ');
}

function observeText({ accounts }: ShownAssessment): string {
  const observing = accounts.filter(({ policy }) => policy.mode === 'observe');
  if (observing.length === 0) {
    return '';
  }
  const whose =
    observing.length === accounts.length
      ? 'The policy'
      : `The policy of ${observing.map(({ accountId }) => accountId).join(', ')}`;
  return ` ${whose} says mode: observe, so the automation only reports it.`;
}

/** What only a person can do: answer requests that are held, and look at what no change mends. */
function leftText({ views, findings, deletions }: ShownAssessment): string {
  const waiting = waitingForPerson({ views }).length;
  const open = findings.filter(({ repairable }) => !repairable).length;
  const due = dueDeletions({ deletions }).length;
  return [
    ...(waiting === 0 ? [] : [` ${counted(waiting, 'request waits', 'requests wait')} for a person.`]),
    ...(due === 0
      ? []
      : [` ${counted(due, 'peering is', 'peerings are')} deleted by the next sweep of the stack.`]),
    ...(open === 0 ? [] : [` ${counted(open, 'finding is', 'findings are')} for a person to look at.`]),
  ].join('');
}

/** Changes and pairs that are held; undefined when there is none. */
function allHeldText(assessment: ShownAssessment): string | undefined {
  const held = pairsToDo(assessment).filter(isHeldPair);
  const words = [
    ...new Set(held.flatMap(({ heldBy }) => (heldBy === undefined ? [] : PAIR_HELD_WORDS[heldBy]))),
  ];
  const texts = [
    heldText(assessment),
    held.length === 0 ? undefined : `${counted(held.length, 'peering')} (${words.join('; ')})`,
  ].filter((each) => each !== undefined);
  return texts.length === 0 ? undefined : texts.join(', ');
}

/** What is to be done, what is held, and what is left to a person: the last line of a plan. */
export function outcomeText(assessment: ShownAssessment): string {
  const work = workOf(assessment);
  const held = allHeldText(assessment);
  const left = leftText(assessment);
  const forPerson =
    assessment.changes.some(isForPerson) ||
    assessment.connections.some(({ heldBy }) => heldBy === 'mass-request')
      ? ' peering apply makes what a person may let through, after asking.'
      : '';
  const heldPart = held === undefined ? '' : ` Held: ${held}.${forPerson}`;
  if (work !== undefined) {
    const unjudged = assessment.notJudged.length === 0 ? '' : ' Not everything was judged.';
    return `To do: ${work}.${observeText(assessment)}${heldPart}${left}${unjudged}`;
  }
  const judged = assessment.notJudged.length === 0 ? '' : ', as far as it was judged';
  return held === undefined && left === ''
    ? `Nothing to do${judged}.`
    : `Nothing to do for the automation${judged}.${heldPart}${left}`;
}
