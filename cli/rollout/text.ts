import type { Output, Paint } from '../output.ts';
import { shown } from '../output.ts';
import type { UploadedObject } from '../release/bucket.ts';
import { KEY_PREFIX, type TemplateChanges } from '../release/template.ts';
import type { StepOutcome } from './operations.ts';
import type { RemovalPlan, RolloutPlan } from './plan.ts';

/** How plans and outcomes read on a terminal. */

const SHOWN_NAMES = 12;

function names(marks: string, list: readonly string[]): string[] {
  if (list.length === 0) return [];
  const some = list.slice(0, SHOWN_NAMES).map((name) => shown(name, 80));
  const more = list.length - some.length;
  return [`${marks}${list.length}: ${some.join(', ')}${more > 0 ? `, and ${more} more` : ''}`];
}

function resourceLines({ added, changed, removed }: TemplateChanges): string[] {
  const lines = [...names('+ ', added), ...names('~ ', changed), ...names('- ', removed)];
  return lines.length === 0 ? ['as before'] : lines;
}

/** One heading with the lines that belong under it, indented alike. */
function block(output: Output, title: string, lines: readonly string[]): void {
  lines.forEach((line, index) => {
    output.line(`${index === 0 ? output.paint(title.padEnd(10), 'bold') : ' '.repeat(10)}${line}`);
  });
}

const ACTIONS: Readonly<Record<RolloutPlan['action'], readonly [string, Paint]>> = {
  create: ['new', 'green'],
  update: ['changes', 'yellow'],
  unchanged: ['unchanged', 'dim'],
};

function accountsText(count: number | 'not there' | undefined): string {
  switch (count) {
    case undefined:
      return 'accounts not visible';
    case 'not there':
      return 'NOT THERE';
    default:
      return count === 1 ? '1 account' : `${count} accounts`;
  }
}

export interface RolloutText {
  readonly plan: RolloutPlan;
  readonly name: string;
  readonly region: string;
  readonly bucket: string;
  readonly uploads: readonly UploadedObject[];
  readonly versions: Readonly<Record<'before' | 'after', string | undefined>>;
  readonly mode: string;
  readonly rules: number;
  readonly accounts: ReadonlyMap<string, number | 'not there' | undefined>;
}

export function printRollout(
  output: Output,
  { plan, name, region, bucket, uploads, versions, mode, rules, accounts }: RolloutText,
): void {
  const [word, paint] = ACTIONS[plan.action];
  block(output, 'StackSet', [
    `${name} in ${region}: ${output.paint(word, paint)}${plan.instances === 0 ? '' : `, ${accountsText(plan.instances)} with a stack`}`,
  ]);
  const count = (upload: string) => uploads.filter((each) => each.upload === upload).length;
  const bytes = uploads.reduce((sum, each) => sum + each.bytes, 0);
  block(output, 'Package', [
    `s3://${bucket}/${KEY_PREFIX}: ${uploads.length} objects, ${Math.ceil(bytes / 1024)} KB; ${[
      ...(['uploaded', 'there already', 'missing'] as const).flatMap((upload) =>
        count(upload) === 0 ? [] : [`${count(upload)} ${upload}`],
      ),
    ].join(', ')}`,
  ]);
  if (plan.action !== 'create' && versions.before !== versions.after) {
    block(output, 'Version', [`${versions.before ?? 'unknown'} -> ${versions.after ?? 'unknown'}`]);
  }
  const { before, after } = plan.fingerprint;
  block(output, 'Policy', [
    `mode ${mode}, ${rules === 1 ? '1 rule' : `${rules} rules`}`,
    ...(before === undefined
      ? [`${after}`]
      : before === after
        ? [`${after} (as before)`]
        : [`${before} ->`, `${after}`]),
  ]);
  block(
    output,
    'Resources',
    plan.action === 'create' ? [`${plan.resources.added.length}, all new`] : resourceLines(plan.resources),
  );
  const { added, kept } = plan.organizationalUnits;
  block(output, 'OUs', [
    ...added.map((unit) => output.paint(`+ ${unit} (${accountsText(accounts.get(unit))})`, 'green')),
    ...kept.map((unit) => `  ${unit} (${accountsText(accounts.get(unit))})`),
    ...(added.length + kept.length === 0 ? ['none yet: name one with --ou'] : []),
  ]);
  block(
    output,
    'Not current',
    plan.notCurrent.map(
      ({ accountId, status, reason }) =>
        `${shown(accountId, 20)} ${shown(status, 20)}${reason === undefined ? '' : `: ${shown(reason, 300)}`}`,
    ),
  );
}

export function printRemoval(
  output: Output,
  { plan, name, region }: { readonly plan: RemovalPlan; readonly name: string; readonly region: string },
): void {
  const { removed, kept } = plan.organizationalUnits;
  block(output, 'StackSet', [
    `${name} in ${region}, ${accountsText(plan.instances)} with a stack: ${output.paint(
      kept.length === 0 ? 'is removed' : 'is kept',
      kept.length === 0 ? 'red' : 'dim',
    )}`,
  ]);
  block(output, 'OUs', [
    ...removed.map((unit) => output.paint(`- ${unit}`, 'red')),
    ...kept.map((unit) => `  ${unit}`),
    ...(removed.length + kept.length === 0 ? ['none'] : []),
  ]);
}

/** What a removal leaves, because it is not the StackSet's to take away. */
export function whatStays({ organizationalUnits: { kept } }: RemovalPlan): string[] {
  return [
    'in the accounts: peerings, routes and tags, and what versions before the registry left as SSM parameters under /vpc-peering-autopilot/<stage>/',
    kept.length > 0
      ? `the package in the bucket (${KEY_PREFIX}): the accounts that are left need it`
      : `the package in the bucket; when no StackSet of another stage needs it: aws s3 rm --recursive s3://BUCKET/${KEY_PREFIX}`,
  ];
}

export function printCommands(output: Output, commands: readonly string[]): void {
  output.line();
  if (commands.length === 0) {
    output.line('Nothing to do.');
    return;
  }
  output.line(
    'Nothing was changed in CloudFormation. Run this again with --apply, or run in this order, each when the',
  );
  output.line('one before has ended:');
  for (const command of commands) {
    output.line();
    output.line(`  ${command}`);
  }
}

export function printOutcomes(output: Output, outcomes: readonly StepOutcome[]): void {
  output.line();
  for (const { call, status, reason, succeeded, failed, cancelled, operationId } of outcomes) {
    const counts =
      operationId === null
        ? ''
        : `: ${accountsText(succeeded)} done, ${failed.length} failed${cancelled > 0 ? `, ${cancelled} not tried` : ''}`;
    const fine = status === 'SUCCEEDED' && failed.length === 0;
    output.line(
      `${output.paint(`${call} ${status.toLowerCase()}`, fine ? 'green' : 'red')}${counts}${reason === null ? '' : `. ${shown(reason, 300)}`}`,
    );
    for (const each of failed) {
      output.line(
        `  ${shown(each.accountId, 20)} ${shown(each.region, 40)}: ${shown(each.reason ?? 'no reason given', 500)}`,
      );
    }
  }
}
