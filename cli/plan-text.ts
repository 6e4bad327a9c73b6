import { HELD_WORDS, isHeldBack } from '../lib/report/held.ts';
import type { PlannedChange } from '../lib/report/shown-assessment.ts';
import { alike } from './alike.ts';
import type { Assessment } from './assess.ts';
import { nameAndId } from './named.ts';
import { type Output, shown } from './output.ts';

const SIGNS = {
  create: ['+', 'green'],
  replace: ['~', 'yellow'],
  delete: ['-', 'red'],
} as const;

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
  const heldBack = isHeldBack(change) && heldBy !== undefined ? `, held (${HELD_WORDS[heldBy]})` : '';
  output.line(
    `  ${output.paint(`${sign} ${action}`, paint)} ${destination} -> ${nameAndId(assessment, peeringId)} in ${routeTableId} (${placeText(assessment, accountId, region)})${
      after === undefined ? '' : `, once ${after.answer}`
    }${heldBack}`,
  );
  output.line(`      ${output.paint(shown(reason), 'dim')}`);
}

function writeOption(
  assessment: Pick<Assessment, 'accounts' | 'names'>,
  { accountId, region, peeringId, vpcId, rule, heldBy }: Assessment['options'][number],
  output: Output,
): void {
  const heldBack = heldBy === undefined ? '' : `, held (${HELD_WORDS[heldBy]})`;
  output.line(
    `  ${output.paint('~ set', 'yellow')} DNS resolution of ${vpcId} for ${nameAndId(assessment, peeringId)} (${placeText(assessment, accountId, region)})${heldBack}`,
  );
  output.line(`      ${output.paint(`Rule ${rule} asks for it.`, 'dim')}`);
}

/** What would be made, and under a heading of its own what is held. */
export function writeChanges(
  assessment: Pick<Assessment, 'accounts' | 'names' | 'changes' | 'options' | 'heldOptions'>,
  output: Output,
): void {
  const { changes, options, heldOptions } = assessment;
  const free = changes.filter((change) => !isHeldBack(change));
  output.line(output.paint(`Changes (${free.length + options.length})`, 'bold'));
  if (free.length + options.length === 0) {
    output.line('  None.');
  }
  for (const change of free) {
    writeChange(assessment, change, output);
  }
  for (const option of options) {
    writeOption(assessment, option, output);
  }
  const heldBack = changes.filter(isHeldBack);
  if (heldBack.length + heldOptions.length > 0) {
    output.line();
    output.line(output.paint(`Held (${heldBack.length + heldOptions.length})`, 'bold'));
    for (const option of heldOptions) {
      writeOption(assessment, option, output);
    }
    for (const change of heldBack) {
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
    const heldBack = heldBy === undefined ? '' : `, its repair is held (${HELD_WORDS[heldBy]})`;
    output.line(`  ${output.paint(kind, repairable ? 'yellow' : 'red')}  ${place}${heldBack}`);
    output.line(`      ${output.paint(shown(detail), 'dim')}`);
  }
}

/** More than these nobody reads beside the drift that they are not. */
const MOST_PLANNED = 20;

/**
 * Changes to routes that are there, of which no finding tells: nothing drifted, but what is wanted has changed. New routes are not
 * among them, nor what AWS refuses.
 */
export function plannedBesideDrift({ changes }: Pick<Assessment, 'changes'>): PlannedChange[] {
  return changes.filter(
    ({ action, mends, refused }) => action !== 'create' && mends === undefined && refused === undefined,
  );
}

/** Nothing where there are none. */
export function writePlanned(
  assessment: Pick<Assessment, 'accounts' | 'names' | 'changes'>,
  output: Output,
): void {
  const planned = plannedBesideDrift(assessment);
  if (planned.length === 0) {
    return;
  }
  output.line();
  output.line(output.paint(`No drift, but planned (${planned.length})`, 'bold'));
  for (const change of planned.slice(0, MOST_PLANNED)) {
    writeChange(assessment, change, output);
  }
  if (planned.length > MOST_PLANNED) {
    output.line(`  and ${planned.length - MOST_PLANNED} more: peering plan lists each.`);
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
    const { resource, reason } = first;
    output.line(`  ${output.paint(shown(resource, 60), 'yellow')}${regionBehind(first)}${moreText(more)}`);
    output.line(`      ${output.paint(shown(reason), 'dim')}`);
  }
}

type Unjudged = Assessment['notJudged'][number];

function regionBehind({ region, resource }: Unjudged): string {
  return resource === region || region === '*' ? '' : ` (${region})`;
}

/** The same beside what is printed of something else: one line for each. */
export function tellNotJudged({ notJudged }: Pick<Assessment, 'notJudged'>, output: Output): void {
  for (const { first, more } of alike(notJudged, ({ reason }) => reason)) {
    const { resource, reason } = first;
    const what = reason.includes(resource) ? '' : `${shown(resource, 60)}${regionBehind(first)}: `;
    const others = more === 0 ? '' : ` The same is so of ${more} more.`;
    output.note(`not judged: ${what}${shown(reason)}${others}`);
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
