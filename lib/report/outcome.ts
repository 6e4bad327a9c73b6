import { dueDeletions } from './expiry.ts';
import { HELD_WORDS, heldBackText, isForPerson, isHeldBack } from './held.ts';
import { isPairHeldBack, PAIR_HELD_WORDS, pairsToDo } from './pairs.ts';
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
  changes: readonly PlannedChange[] = assessment.changes.filter((change) => !isHeldBack(change)),
  pairs: readonly JudgedPair[] = pairsToDo(assessment).filter((pair) => !isPairHeldBack(pair)),
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

function observeModeText({ accounts }: ShownAssessment): string {
  const accountsInObserveMode = accounts.filter(({ policy }) => policy.mode === 'observe');
  if (accountsInObserveMode.length === 0) {
    return '';
  }
  const whose =
    accountsInObserveMode.length === accounts.length
      ? 'The policy'
      : `The policy of ${accountsInObserveMode.map(({ accountId }) => accountId).join(', ')}`;
  return ` ${whose} says mode: observe, so the automation only reports it.`;
}

function noStackText({ accounts }: ShownAssessment): string {
  const without = accounts.filter(({ stack, policy }) => stack === 'none' && policy.mode !== 'observe');
  if (without.length === 0) {
    return '';
  }
  const where =
    without.length === accounts.length ? '' : ` in ${without.map(({ accountId }) => accountId).join(', ')}`;
  return ` No stack was found${where}, so none of it is done by itself.`;
}

/** What only a person can do: answer requests that are held, and look at what no change mends. */
function leftText({ views, findings, deletions }: ShownAssessment): string {
  // What is decided and not answered counts as to do, with what keeps it.
  const waiting = waitingForPerson({ views }).filter(({ decision }) => decision.decision === 'hold').length;
  const awaited = findings.filter((finding) => finding.awaited === true).length;
  const open = findings.filter(({ repairable }) => !repairable).length - awaited;
  const due = dueDeletions({ deletions }).length;
  return [
    ...(waiting === 0 ? [] : [` ${counted(waiting, 'request waits', 'requests wait')} for a person.`]),
    ...(due === 0
      ? []
      : [` ${counted(due, 'peering is', 'peerings are')} deleted by the next sweep of the stack.`]),
    ...(awaited === 0
      ? []
      : [
          ` ${counted(awaited, 'route waits', 'routes wait')} for another to go (guardrails.equalRoutes: wait).`,
        ]),
    ...(open === 0 ? [] : [` ${counted(open, 'finding is', 'findings are')} for a person to look at.`]),
  ].join('');
}

/** Peering options that are held; undefined when there is none. */
function heldOptionsText({ heldOptions }: ShownAssessment): string | undefined {
  const words = new Set(
    heldOptions.flatMap(({ heldBy }) => (heldBy === undefined ? [] : HELD_WORDS[heldBy])),
  );
  return heldOptions.length === 0
    ? undefined
    : `${counted(heldOptions.length, 'peering option')} (${[...words].join('; ')})`;
}

/** Changes, options and pairs that are held; undefined when there is none. */
function allHeldBackText(assessment: ShownAssessment): string | undefined {
  const pairsHeldBack = pairsToDo(assessment).filter(isPairHeldBack);
  const words = [
    ...new Set(pairsHeldBack.flatMap(({ heldBy }) => (heldBy === undefined ? [] : PAIR_HELD_WORDS[heldBy]))),
  ];
  const texts = [
    heldBackText(assessment),
    heldOptionsText(assessment),
    pairsHeldBack.length === 0
      ? undefined
      : `${counted(pairsHeldBack.length, 'peering')} (${words.join('; ')})`,
  ].filter((each) => each !== undefined);
  return texts.length === 0 ? undefined : texts.join(', ');
}

/** What is to be done, what is held, and what is left to a person: the last line of a plan. */
export function outcomeText(assessment: ShownAssessment): string {
  const work = workOf(assessment);
  const heldBack = allHeldBackText(assessment);
  const left = leftText(assessment);
  const forPerson =
    assessment.changes.some(isForPerson) ||
    assessment.connections.some(({ heldBy }) => heldBy === 'mass-request')
      ? ' peering apply makes what a person may let through, after asking.'
      : '';
  const heldPart = heldBack === undefined ? '' : ` Held: ${heldBack}.${forPerson}`;
  if (work !== undefined) {
    const unjudged = assessment.notJudged.length === 0 ? '' : ' Not everything was judged.';
    return `To do: ${work}.${observeModeText(assessment)}${noStackText(assessment)}${heldPart}${left}${unjudged}`;
  }
  const judged = assessment.notJudged.length === 0 ? '' : ', as far as it was judged';
  return heldBack === undefined && left === ''
    ? `Nothing to do${judged}.`
    : `Nothing to do for the automation${judged}.${heldPart}${left}`;
}

/** How many findings are mended by whom. */
export interface Mended {
  readonly findings: number;
  readonly byApply: number;
  readonly bySweep: number;
  /** Where not everything could be read, `peering apply` changes nothing. */
  readonly read: 'all' | 'not all';
}

/** A function that may not even read what it remembers notes nothing of what AWS refuses it. */
const AFTER_SWEEP = 'Should that not mend it, peering doctor says what keeps the stack from it.';

/** By whom what was found is mended: the last line of `drift`. */
export function mendedText({ findings, byApply, bySweep, read }: Mended): string {
  if (read === 'all') {
    const also =
      bySweep === 0
        ? ''
        : bySweep === byApply
          ? ', or by the next sweep of the stack'
          : `, and ${bySweep} of these by the next sweep of the stack`;
    return `${byApply} of ${findings} can be mended by peering apply${also}.${bySweep === 0 ? '' : ` ${AFTER_SWEEP}`}`;
  }
  return bySweep === 0
    ? `0 of ${findings} can be mended now: peering apply changes nothing while something could not be read, and no sweep does where its function cannot read it either. peering doctor says whether a part of the stack is gone.`
    : `${bySweep} of ${findings} can be mended by the next sweep of the stack. ${AFTER_SWEEP} peering apply changes nothing while something could not be read.`;
}
