import { FINDING_KINDS } from '../lib/model/finding.ts';
import { didYouMean } from '../lib/policy/did-you-mean.ts';
import { isHeldBack } from '../lib/report/held.ts';
import { isPairHeldBack, pairsToDo } from '../lib/report/pairs.ts';
import { answeredRequests, waitingForPerson } from '../lib/report/shown-assessment.ts';
import type { Assessment } from './assess.ts';
import { CliError } from './errors.ts';
import { shown } from './output.ts';
import type { ExitCode, Invocation } from './verb.ts';

/** `--fail-on KINDS`: what makes `plan`, `drift` and `status` end with 2. */

/** Beside the kinds of findings. docs/cli.md says what each means. */
const STATES = ['lost', 'not-judged', 'waiting', 'held', 'changes'] as const;

/** `any` is everything, `none` nothing. */
export const FAIL_ON_WORDS: readonly string[] = [...FINDING_KINDS, ...STATES, 'any', 'none'];

/** What is so of an assessment, in the words of `--fail-on`. */
function presentIn(assessment: Assessment): ReadonlySet<string> {
  const { views, findings, notJudged, changes, options } = assessment;
  const pairs = pairsToDo(assessment);
  const present = new Set<string>(findings.map(({ kind }) => kind));
  const states: Readonly<Record<(typeof STATES)[number], boolean>> = {
    lost: views.some(({ reachability }) => (reachability?.lost.length ?? 0) > 0),
    'not-judged': notJudged.length > 0,
    waiting: waitingForPerson(assessment).length > 0,
    held: changes.some(isHeldBack) || assessment.heldOptions.length > 0 || pairs.some(isPairHeldBack),
    changes:
      changes.some((change) => !isHeldBack(change)) ||
      pairs.some((pair) => !isPairHeldBack(pair)) ||
      options.length > 0 ||
      answeredRequests(assessment).length > 0,
  };
  for (const state of STATES) {
    if (states[state]) present.add(state);
  }
  if (views.some(({ reachability }) => reachability?.notChecked !== undefined)) {
    present.add('not-checked');
  }
  return present;
}

/** @throws CliError for a word that is none, before anything is read. */
export function failOnWords({ options }: Pick<Invocation, 'options'>): readonly string[] | undefined {
  const words = options['fail-on']?.flatMap((list) => list.split(',')).map((word) => word.trim());
  const odd = words?.find((word) => !FAIL_ON_WORDS.includes(word));
  if (odd !== undefined) {
    const near = didYouMean(odd, FAIL_ON_WORDS);
    throw new CliError(
      `--fail-on does not know ${shown(odd, 60)}.${near === undefined ? '' : ` Did you mean ${near}?`} It takes ${FAIL_ON_WORDS.join(', ')}.`,
    );
  }
  if (words !== undefined && words.length > 1 && words.includes('none')) {
    throw new CliError('--fail-on none means nothing else; leave it out, or the others.');
  }
  return words;
}

/** @param usual the exit code where `--fail-on` is not given. */
export function exitCodeOf(
  words: readonly string[] | undefined,
  assessment: Assessment,
  usual: ExitCode,
): ExitCode {
  if (words === undefined) {
    return usual;
  }
  const present = presentIn(assessment);
  return words.includes('any') ? (present.size > 0 ? 2 : 0) : words.some((word) => present.has(word)) ? 2 : 0;
}
