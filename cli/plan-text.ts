import { alike } from './alike.ts';
import { type Assessment, answeredRequests, type JudgedPair, type PlannedChange } from './assess.ts';
import { isHeldPair, PAIR_HELD_WORDS, pairsToDo } from './connections.ts';
import { HELD_WORDS, heldText, isForPerson, isHeld } from './held.ts';
import { nameAndId } from './named.ts';
import { type Output, shown } from './output.ts';
import { dueDeletions } from './times.ts';

const SIGNS = {
  create: ['+', 'green'],
  replace: ['~', 'yellow'],
  delete: ['-', 'red'],
} as const;

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How much a plan would do, without what is held; undefined when that is nothing. */
export function workOf(
  assessment: Assessment,
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

function observeText({ accounts }: Assessment): string {
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
function leftText({ views, findings, deletions }: Assessment): string {
  const waiting = views.filter(
    ({ asked, view, decision }) =>
      asked === 'ours' && view.direction === 'inbound' && decision.decision === 'hold',
  ).length;
  const open = findings.filter(({ repairable }) => !repairable).length;
  return [
    ...(waiting === 0 ? [] : [` ${counted(waiting, 'request waits', 'requests wait')} for a person.`]),
    ...(dueDeletions({ deletions }).length === 0
      ? []
      : [
          ` ${counted(dueDeletions({ deletions }).length, 'peering is', 'peerings are')} deleted by the next sweep of the stack.`,
        ]),
    ...(open === 0 ? [] : [` ${counted(open, 'finding is', 'findings are')} for a person to look at.`]),
  ].join('');
}

/** Changes and pairs that are held; undefined when there is none. */
function allHeldText(assessment: Assessment): string | undefined {
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
export function outcomeText(assessment: Assessment): string {
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

/** Of several accounts each line says whose it is. */
function placeText({ accounts }: Pick<Assessment, 'accounts'>, accountId: string, region: string): string {
  return accounts.length > 1 ? `${accountId} ${region}` : region;
}

function writeChange(
  assessment: Pick<Assessment, 'accounts' | 'names'>,
  change: PlannedChange,
  output: Output,
): void {
  const { accountId, action, region, routeTableId, destination, peeringId, reason, after, heldBy } = change;
  const [sign, paint] = SIGNS[action];
  const held = isHeld(change) && heldBy !== undefined ? `, held (${HELD_WORDS[heldBy]})` : '';
  output.line(
    `  ${output.paint(`${sign} ${action}`, paint)} ${destination} -> ${nameAndId(assessment, peeringId)} in ${routeTableId} (${placeText(assessment, accountId, region)})${
      after === undefined ? '' : ', once accepted'
    }${held}`,
  );
  output.line(`      ${output.paint(shown(reason), 'dim')}`);
}

/** What would be made, and under a heading of its own what is held. */
export function writeChanges(
  assessment: Pick<Assessment, 'accounts' | 'names' | 'changes' | 'options'>,
  output: Output,
): void {
  const { changes, options } = assessment;
  const free = changes.filter((change) => !isHeld(change));
  output.line(output.paint(`Changes (${free.length + options.length})`, 'bold'));
  if (free.length + options.length === 0) {
    output.line('  None.');
  }
  for (const change of free) {
    writeChange(assessment, change, output);
  }
  for (const { accountId, region, peeringId, vpcId, rule } of options) {
    output.line(
      `  ${output.paint('~ set', 'yellow')} DNS resolution of ${vpcId} for ${nameAndId(assessment, peeringId)} (${placeText(assessment, accountId, region)})`,
    );
    output.line(`      ${output.paint(`Rule ${rule} asks for it.`, 'dim')}`);
  }
  const held = changes.filter(isHeld);
  if (held.length > 0) {
    output.line();
    output.line(output.paint(`Held (${held.length})`, 'bold'));
    for (const change of held) {
      writeChange(assessment, change, output);
    }
  }
}

export function writeFindings(
  assessment: Pick<Assessment, 'accounts' | 'names' | 'findings' | 'notJudged'>,
  output: Output,
): void {
  const { findings, notJudged } = assessment;
  output.line(output.paint(`Findings (${findings.length})`, 'bold'));
  if (findings.length === 0) {
    output.line(notJudged.length === 0 ? '  No drift.' : '  None, but not everything was judged.');
  }
  for (const finding of findings) {
    const { accountId, kind, region, routeTableId, destination, peeringId, detail, repairable, heldBy } =
      finding;
    const where = `(${placeText(assessment, accountId, region)})`;
    const peering = peeringId === undefined ? undefined : nameAndId(assessment, peeringId);
    const place = [routeTableId, destination, peering, where].filter((part) => part !== undefined).join(' ');
    const held = heldBy === undefined ? '' : `, its repair is held (${HELD_WORDS[heldBy]})`;
    output.line(`  ${output.paint(kind, repairable ? 'yellow' : 'red')}  ${place}${held}`);
    output.line(`      ${output.paint(shown(detail), 'dim')}`);
  }
}

/** What could not be judged, so that nobody takes it for fine. Nothing where everything was. */
export function writeNotJudged({ notJudged }: Pick<Assessment, 'notJudged'>, output: Output): void {
  if (notJudged.length === 0) {
    return;
  }
  output.line();
  output.line(output.paint(`not judged: ${notJudged.length}`, 'bold'));
  for (const { first, more } of alike(notJudged, ({ reason }) => reason)) {
    const { region, resource, reason } = first;
    output.line(
      `  ${output.paint(shown(resource, 60), 'yellow')}${resource === region || region === '*' ? '' : ` (${region})`}${moreText(more)}`,
    );
    output.line(`      ${output.paint(shown(reason), 'dim')}`);
  }
}

function moreText(more: number): string {
  return more === 0 ? '' : ` and ${more} more, of which the same is said; --json has each`;
}

export function writeWarnings({ warnings }: Pick<Assessment, 'warnings'>, output: Output): void {
  for (const { first, more } of alike(warnings, (warning) => warning)) {
    output.note(
      `warning: ${shown(first)}${more === 0 ? '' : ` (${more} more say the same; --json has each)`}`,
    );
  }
}
